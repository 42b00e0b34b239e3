"""Which fields are wrong in a form that comes back: the page names the first of them, marks them, and has the cursor there."""

from __future__ import annotations

from collections.abc import Sequence

from bot.web.visit import Visit
from conversations.forum.issues import LONGEST_TITLE
from conversations.forum.review import LONGEST_TEXT
from conversations.outcomes import ANSWERS

ABOUT = {
    "redact-first": ("public_words",),
    "details": ("public_words",),
    "no-lead": ("take_lead",),
    "empty-back": ("words",),
    "empty-reply": ("words",),
    "reply-details": ("words",),
    "not-yours": ("answer",),
    "no-day": ("by_when",),
}
"""The fields of problems that are always about the same ones."""


def wrong_fields(visit: Visit, problem: str | None, clashing: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of the fields that a problem is about, as the form sent them; `clashing` those that two people changed."""
    if problem == "clash":
        return tuple(clashing)
    if problem == "too-long":
        return tuple(dict.fromkeys(name for name, _ in visit.form if len(visit.sent(name)) > longest(name)))
    if problem == "incomplete":
        return tuple(name for name in ("title", "you_said", "question") if not visit.sent(name).strip())
    if problem == "empty":
        return ("answer_text",) if visit.sent("answer") in ANSWERS else ("answer",)
    return ABOUT.get(problem or "", ())


def longest(name: str) -> int:
    """How many characters a field of a comment or an issue may have."""
    return LONGEST_TITLE if name == "title" else LONGEST_TEXT
