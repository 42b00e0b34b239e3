"""What waits at the desk as a short letter, and that a matter of safeguarding was opened: no words of anybody (F1, F3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine

from conversations import states
from conversations.forum import safeguarding
from conversations.outcomes import ANSWERED, ASKED, BACK, NOT_OURS
from conversations.records import feedback, issues, waiting
from conversations.records.feedback import Filters
from conversations.wording import Wording


@dataclass(frozen=True)
class Digest:
    """What waits in one area."""

    matters: int
    new: int
    answered: int
    council: int
    came_back: int
    issues_answered: int
    issues_asked: int
    questions: int
    unread_soon: int

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return any(asdict(self).values())


def digest(engine: Engine, area: str, now: datetime) -> Digest:
    """The counts of an area now."""
    areas = (area,)
    with engine.connect() as connection:
        known = issues.listed(connection, areas)
        passed_on = [*(one.standing for one in waiting.passed_on(connection, areas)), *(one.standing for one in known)]
        return Digest(
            matters=safeguarding.count_open(engine, areas),
            new=feedback.how_many(connection, Filters(areas, states.unread())),
            answered=len(waiting.answered(connection, areas)),
            council=feedback.how_many(connection, Filters(areas, states.for_council())),
            came_back=sum(one in (BACK, NOT_OURS) for one in passed_on),
            issues_answered=sum(one.standing == ANSWERED and one.published is None for one in known),
            issues_asked=sum(one.standing == ASKED for one in known),
            questions=waiting.questions_waiting(connection, areas),
            unread_soon=waiting.deleted_soon(connection, areas, now)[0],
        )


def letter(found: Digest, area_name: str, address: str, wording: Wording) -> tuple[str, str]:
    """The subject and the text of a digest; `address` is where the desk is, or empty."""
    words = wording.rows["digest"]
    lines = [words[name].format(n=n) for name, n in asdict(found).items() if n]
    text = "\n".join([words["first"].format(area=area_name), "", *lines, "", *_end(words, address)])
    return words["subject"].format(area=area_name), text


def alert(area_name: str, address: str, wording: Wording) -> tuple[str, str]:
    """The subject and the text of a letter that a comment was moved to safeguarding in an area: nothing of it."""
    words = wording.rows["digest"]
    text = "\n".join([words["moved"].format(area=area_name), "", *_end(words, address)])
    return words["moved_subject"].format(area=area_name), text


def _end(words: Mapping[str, str], address: str) -> tuple[str, ...]:
    where = (words["where"].format(address=address),) if address else ()
    return (*where, words["last"])
