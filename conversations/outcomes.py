"""What came of a matter, as everybody reads it: the same sentences in the chat, on a receipt, and in the desk's preview.

Both sides of the records look here, as they do at `states`: the forum, which writes it, and families, who are told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from conversations.wording import Wording

DONE, PLANNED, CANNOT = "done", "planned", "cannot"
ANSWERS = (DONE, PLANNED, CANNOT)
"""What the council may answer: each is told apart to families (F5)."""
OPEN, ASKED, BACK, NOT_OURS, ANSWERED = "open", "asked", "back", "not-ours", "answered"
STANDINGS = (OPEN, ASKED, BACK, NOT_OURS, ANSWERED)
"""How a matter stands with the council: not passed on yet, waiting for it, asked back, not the council's, answered."""
TEXTS = ("title", "you_said", "question", "answer_text", "who", "we_did")
"""The texts of an issue. The question goes to the council alone; all others are for everybody."""
ONLY_THANKS = re.compile(
    r"\W*(?:(?:many|a big|big)\W+)?(?:thanks|thank\W+you|thankyou)\b[^.!?\n]*(?:[.!?\n]\W*)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Outcome:
    """What everybody may read of an issue."""

    title: str = ""
    you_said: str = ""
    answer: str | None = None
    """One of ANSWERS."""
    answer_text: str = ""
    by_when: str | None = None
    """A day, YYYY-MM-DD."""
    who: str = ""
    we_did: str = ""

    @property
    def whole(self) -> bool:
        """Whether it can be published: a title, what was said, and an answer or a deed."""
        answered = self.answer is not None and deed(self.answer_text) is not None
        return bool(self.title and self.you_said and (answered or deed(self.we_did)))


def deed(text: str | None) -> str | None:
    """A text that tells of something done or answered; None for none, and for thanks alone ("Thank you for telling us.")."""
    return None if not text or ONLY_THANKS.fullmatch(text) else text


def came_of_it(outcome: Outcome, wording: Wording, today: date) -> tuple[str, ...]:
    """What came of an issue in sentences of `wording` (en.yaml): done, planned and what cannot be done are told apart."""
    told = []
    if outcome.answer in ANSWERS and (answer := deed(outcome.answer_text)):
        told.append(wording(f"issue_{outcome.answer}", text=answer))
        if outcome.answer != CANNOT and (when := read_day(outcome.by_when)):
            late = outcome.answer == PLANNED and when < today
            told.append(wording("issue_late" if late else f"issue_when_{outcome.answer}", when=day_name(when, wording)))
        if outcome.who:
            told.append(wording("issue_who", who=outcome.who))
    if did := deed(outcome.we_did):
        told.append(wording("we_did", text=did))
    return tuple(told)


def read_day(text: str | None) -> date | None:
    """A day, YYYY-MM-DD; None where it is none."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1990 < day.year < 2200 else None


def day_name(day: date, wording: Wording) -> str:
    """1 March 2027."""
    return f"{day.day} {wording.list('months')[day.month - 1]} {day.year}"
