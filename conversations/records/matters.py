"""Matters of safeguarding: who moved a comment there, whether it is closed, and its log, whose words are sealed."""

from __future__ import annotations

import dataclasses

from sqlalchemy import Connection, delete, insert, select, update

from conversations import states
from conversations.keys.sealing import Seals
from conversations.records.sealed import MATTER_WORDS
from conversations.records.staff_tables import matter_log, matters
from conversations.records.tables import feedback


@dataclasses.dataclass(frozen=True)
class Matter:
    """How a comment came under safeguarding."""

    mover: str
    moved: int
    """Seconds since 1970, UTC."""
    closed: int | None
    """When a lead closed it, or None while it is open."""


@dataclasses.dataclass(frozen=True)
class StoredLine:
    """One line of the log, as it is stored."""

    id: int
    at: int
    who: str
    kind: str
    """call, closed or reopened."""
    sealed_words: bytes = dataclasses.field(repr=False)

    def words(self, seals: Seals) -> str:
        """What was written, as JSON. Raises SealError."""
        return MATTER_WORDS.open(self.sealed_words, seals)


COLUMNS = tuple(matter_log.c[name.removeprefix("sealed_")].label(name) for name in StoredLine.__dataclass_fields__)


def begin(connection: Connection, feedback_id: int, mover: str, now: int) -> None:
    """A comment has been moved under safeguarding, perhaps not for the first time."""
    leave(connection, feedback_id)
    connection.execute(insert(matters).values(feedback=feedback_id, mover=mover, moved=now))


def leave(connection: Connection, feedback_id: int) -> None:
    """A comment is under safeguarding no more; its log stays with it."""
    connection.execute(delete(matters).where(matters.c.feedback == feedback_id))


def of_feedback(connection: Connection, feedback_id: int) -> Matter | None:
    """How a comment came there; None where it is not there, or was moved before this was kept."""
    mine = select(matters.c.mover, matters.c.moved, matters.c.closed).where(matters.c.feedback == feedback_id)
    row = connection.execute(mine).mappings().first()
    return Matter(**row) if row else None


def set_closed(connection: Connection, feedback_id: int, closed: int | None, who: str, now: int) -> None:
    """Close a matter at a moment, or open it again; `who` stands as its mover where nobody is known."""
    if of_feedback(connection, feedback_id) is None:
        begin(connection, feedback_id, who, now)
    connection.execute(update(matters).where(matters.c.feedback == feedback_id).values(closed=closed))


def note(connection: Connection, feedback_id: int, line: tuple[str, str], who: str, now: int, seals: Seals) -> None:
    """Write a line of the log: its kind, and its words as JSON."""
    row = {"feedback": feedback_id, "at": now, "who": who, "kind": line[0], "words": MATTER_WORDS.seal(line[1], seals)}
    connection.execute(insert(matter_log).values(**row))


def log(connection: Connection, feedback_id: int) -> tuple[StoredLine, ...]:
    """The log of a comment, oldest line first."""
    mine = select(*COLUMNS).where(matter_log.c.feedback == feedback_id).order_by(matter_log.c.id)
    return tuple(StoredLine(**row) for row in connection.execute(mine).mappings())


def open_ids(connection: Connection, areas: tuple[str, ...]) -> frozenset[int]:
    """The comments under safeguarding that nobody has closed."""
    joined = feedback.outerjoin(matters, matters.c.feedback == feedback.c.id)
    found = select(feedback.c.id).select_from(joined)
    found = found.where(feedback.c.area.in_(areas), feedback.c.state.in_(states.guarded()), matters.c.closed.is_(None))
    return frozenset(connection.execute(found).scalars())


def moved_by(connection: Connection, mover: str, areas: tuple[str, ...]) -> tuple[int, ...]:
    """The open matters that somebody moved there, newest first."""
    mine = select(matters.c.feedback).join(feedback, feedback.c.id == matters.c.feedback)
    mine = mine.where(matters.c.mover == mover, matters.c.closed.is_(None), feedback.c.area.in_(areas))
    return tuple(connection.execute(mine.order_by(matters.c.moved.desc())).scalars())
