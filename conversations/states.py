"""The states of feedback: one list, from which everything that depends on a state follows.

To add a state, add it to STATES, a sentence to `wording/en.yaml` and a name to `wording/desk.yaml`; without either no
door opens. Both sides of the records look here: families, who are told of a state, and the forum, which chooses it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class FeedbackState:
    """What it means for feedback to be in a state."""

    id: str
    """As it is stored, at most 24 characters; its name for staff stands under it in `wording/desk.yaml`."""
    told: str
    """The key of the sentence in `wording/en.yaml` that a family reads of it."""
    unread: bool = False
    """Nobody has read it yet: it is counted in the bar at the top of the desk."""
    counted: bool = True
    """The annual report counts it: not what is about one person, nor a matter of safeguarding (F1)."""
    publishable: bool = True
    """It may be published; what comes into a state that is not is unpublished."""
    council: Literal["asked", "answered", "never"] = "never"
    """Whether the council's people see its redacted words: to answer them, where they have answered them, or never."""
    guarded: bool = False
    """Only the safeguarding role opens it, and each look is audited; it is in no inbox, search, export or figure (F1)."""


NEW = FeedbackState("new", told="state_new", unread=True)
READ = FeedbackState("read", told="state_read")
COUNCIL = FeedbackState("council", told="state_council", council="asked")
DONE = FeedbackState("done", told="state_done", council="answered")
NOT_FOR_PUBLICATION = FeedbackState(
    "not-for-publication", told="state_not-for-publication", counted=False, publishable=False
)
SAFEGUARDING = FeedbackState("safeguarding", told="state_read", counted=False, publishable=False, guarded=True)
"""A family reads that it was read: whoever holds the phone may be the one that a child is to be kept safe from."""

STATES = (NEW, READ, COUNCIL, DONE, NOT_FOR_PUBLICATION, SAFEGUARDING)
"""Every state, in the order in which they are offered and listed."""


def state_of(id_: str) -> FeedbackState | None:
    """The state with an id; None for one that this version does not know, since a newer one wrote it."""
    return next((state for state in STATES if state.id == id_), None)


def every() -> tuple[str, ...]:
    """The ids of all states, for staff to choose from."""
    return _ids(lambda state: True)


def unread() -> tuple[str, ...]:
    """The ids of those that nobody has read yet."""
    return _ids(lambda state: state.unread)


def listed() -> tuple[str, ...]:
    """The ids of those that stand in the inbox, its search, exports and figures."""
    return _ids(lambda state: not state.guarded)


def unfinished() -> tuple[str, ...]:
    """The ids of those with which there is more to do, and which lists show."""
    return _ids(lambda state: not state.guarded and state.publishable and state.council != "answered")


def guarded() -> tuple[str, ...]:
    """The ids of those that only the safeguarding role opens."""
    return _ids(lambda state: state.guarded)


def counted() -> tuple[str, ...]:
    """The ids of those that the annual report counts."""
    return _ids(lambda state: state.counted)


def publishable() -> tuple[str, ...]:
    """The ids of those whose words may be published."""
    return _ids(lambda state: state.publishable)


def for_council() -> tuple[str, ...]:
    """The ids of those that wait for the council's response."""
    return _ids(lambda state: state.council == "asked")


def _ids(wanted: Callable[[FeedbackState], bool]) -> tuple[str, ...]:
    return tuple(state.id for state in STATES if wanted(state))
