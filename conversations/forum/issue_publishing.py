"""An issue before it is public: as everybody would read it, what looks like a personal detail in any part, and a yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from conversations import states
from conversations.forum import review
from conversations.forum.audit import recorded
from conversations.forum.issues import PUBLIC_FIELDS, OpenIssue, change, open_issue
from conversations.forum.publishing import marked_pieces
from conversations.forum.review import ReviewError, digest_of
from conversations.forum.roles import REVIEWER
from conversations.guide import Guide
from conversations.keys.sealing import Seals
from conversations.masking.mask import mask
from conversations.masking.public_details import public_of
from conversations.outcomes import TEXTS, came_of_it
from conversations.records import feedback
from conversations.records.feedback import Filters
from conversations.records.staff import Staff

Pieces = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it looks like a personal detail."""


@dataclass(frozen=True)
class Preview:
    """An issue as everybody would read it."""

    issue: OpenIssue
    title: Pieces
    you_said: Pieces
    came_of_it: tuple[Pieces, ...]
    comments: int
    """How many comments are in it."""
    seen: str
    """The digest of exactly these texts: what is published is what was looked at."""

    @property
    def found(self) -> tuple[str, ...]:
        """All that looks like a personal detail."""
        return tuple(text for part in (self.title, self.you_said, *self.came_of_it) for text, marked in part if marked)


def preview(engine: Engine, staff: Staff, issue_id: int, guide: Guide, seals: Seals, now: datetime) -> Preview:
    """An issue as everybody would read it. Raises ReviewError: "incomplete" where it has not all that is needed."""
    with engine.connect() as connection:
        there = open_issue(connection, staff, issue_id, seals)
        comments = feedback.how_many(connection, Filters((there.record.area,), issue=issue_id))
    return _preview(there, comments, guide, now)


def publish(
    engine: Engine, staff: Staff, issue_id: int, seen: str, stands: bool, done: bool, guide: Guide, seals: Seals,
    now: datetime,
) -> None:  # fmt: skip
    """Publish what was looked at, for all comments of an issue; with `done` set them to done. Raises ReviewError.

    "look-first" where a text has changed since it was `seen`; "details" where something still looks like a personal
    detail and nobody said that it `stands`.
    """
    with recorded(engine, staff.name, now) as recording:
        there = open_issue(recording.connection, staff, issue_id, seals)
        shown = _preview(there, 0, guide, now)
        if not staff.may(REVIEWER):
            raise ReviewError("not-yours")
        if shown.seen != seen:
            raise ReviewError("look-first")
        if shown.found and not stands:
            raise ReviewError("details")
        change(recording, there, {"published": recording.moment}, seals)
        inside = feedback.listed(recording.connection, Filters((there.record.area,), issue=issue_id)) if done else ()
        for record in inside:
            item = review.unsealed(record, seals, REVIEWER)
            review.change(recording, item, REVIEWER, {"state": states.DONE.id}, seals)


def mask_all(engine: Engine, staff: Staff, issue_id: int, guide: Guide, seals: Seals, now: datetime) -> None:
    """Put a label in the place of all that looks like a personal detail, in every public text. Raises ReviewError."""
    with recorded(engine, staff.name, now) as recording:
        there = open_issue(recording.connection, staff, issue_id, seals)
        labels, public = guide.wording.rows["masks"], public_of(guide.library)
        texts = {name: there.values[name] for name in PUBLIC_FIELDS if name in TEXTS and there.values[name]}
        change(recording, there, {name: mask(text, public, labels).words for name, text in texts.items()}, seals)


def _preview(there: OpenIssue, comments: int, guide: Guide, now: datetime) -> Preview:
    outcome = there.outcome
    if not outcome.whole:
        raise ReviewError("incomplete")
    told = came_of_it(outcome, guide.wording, now.date())
    parts = [marked_pieces(text, guide) for text in (outcome.title, outcome.you_said, *told)]
    seen = digest_of("\0".join(f"{name}\1{there.values[name]}" for name in PUBLIC_FIELDS))
    return Preview(there, parts[0], parts[1], tuple(parts[2:]), comments, seen)
