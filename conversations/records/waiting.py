"""What waits for somebody at the desk: counts and days, no words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from conversations import states
from conversations.outcomes import ANSWERED, ASKED
from conversations.records.questions import NEW
from conversations.records.staff_tables import changes, drafts, exchanges
from conversations.records.tables import feedback, questions
from conversations.retention import FEEDBACK_MONTHS, REVIEWED_MONTHS, months_before

SOON_DAYS = 30
"""What retention deletes within so many days is told."""


def oldest_new(connection: Connection, areas: tuple[str, ...]) -> int | None:
    """When the oldest comment came that nobody has read, in seconds since 1970; None where there is none."""
    wanted = select(func.min(feedback.c.created)).where(
        feedback.c.area.in_(areas), feedback.c.state.in_(states.unread())
    )
    return connection.execute(wanted).scalar()


@dataclass(frozen=True)
class Passed:
    """A comment that was passed on to the council."""

    id: int
    since: int
    """Since when it stands as it does, in seconds since 1970."""
    standing: str
    """One of conversations.outcomes.STANDINGS, but for `open`."""


def passed_on(connection: Connection, areas: tuple[str, ...]) -> tuple[Passed, ...]:
    """The comments that were passed on to the council and are not done, the longest waiting first.

    A comment waits since the newest change of its state (where none is known, since its review, or since it came), or since
    the forum last wrote. What the council sent back waits for the forum.
    """
    moved = select(changes.c.feedback, func.max(changes.c.at).label("at")).where(changes.c.field == "state")
    state = moved.where(changes.c.feedback.is_not(None)).group_by(changes.c.feedback).subquery()
    newest = select(func.max(exchanges.c.id)).where(exchanges.c.feedback.is_not(None)).group_by(exchanges.c.feedback)
    line = select(exchanges).where(exchanges.c.id.in_(newest)).subquery()
    joined = feedback.outerjoin(state, state.c.feedback == feedback.c.id)
    wanted = select(
        feedback.c.id, func.coalesce(state.c.at, feedback.c.reviewed, feedback.c.created), line.c.at, line.c.kind,
        feedback.c.council_response.is_not(None),
    ).select_from(joined.outerjoin(line, line.c.feedback == feedback.c.id))  # fmt: skip
    wanted = wanted.where(
        feedback.c.area.in_(areas), feedback.c.state.in_(states.for_council()), feedback.c.public_words.is_not(None)
    )
    found = []
    for id_, moved_at, line_at, kind, has_response in connection.execute(wanted):
        since, standing = (line_at, kind) if line_at is not None and line_at >= moved_at else (moved_at, ASKED)
        found.append(Passed(id_, since, ANSWERED if has_response else standing))
    return tuple(sorted(found, key=lambda one: (one.since, one.id)))


def answered(connection: Connection, areas: tuple[str, ...]) -> tuple[int, ...]:
    """The comments that the council has answered and nobody has published, oldest first."""
    wanted = select(feedback.c.id).where(
        feedback.c.area.in_(areas), feedback.c.state.in_(states.publishable()), feedback.c.published.is_(False),
        feedback.c.council_response.is_not(None),
    )  # fmt: skip
    return tuple(connection.execute(wanted.order_by(feedback.c.created, feedback.c.id)).scalars())


def deleted_soon(connection: Connection, areas: tuple[str, ...], now: datetime) -> tuple[int, int]:
    """How many comments retention deletes within SOON_DAYS (P8): those nobody has reviewed, and the others."""
    later = now + timedelta(days=SOON_DAYS)
    unread = feedback.c.reviewed.is_(None) & (feedback.c.created < months_before(later, FEEDBACK_MONTHS))
    read = feedback.c.reviewed.is_not(None) & (feedback.c.created < months_before(later, REVIEWED_MONTHS))
    mine = feedback.c.area.in_(areas) & feedback.c.state.in_(states.listed())
    counted = [select(func.count()).select_from(feedback).where(mine, which) for which in (unread, read)]
    return connection.execute(counted[0]).scalar() or 0, connection.execute(counted[1]).scalar() or 0


def questions_waiting(connection: Connection, areas: tuple[str, ...]) -> int:
    """How many questions nobody has answered."""
    wanted = select(func.count()).select_from(questions).where(questions.c.area.in_(areas), questions.c.state == NEW)
    return connection.execute(wanted).scalar() or 0


def draft_saved(connection: Connection, area: str, year: int) -> tuple[int, str] | None:
    """When and by whom a year's report was last saved; None where it has not been begun."""
    mine = select(drafts.c.at, drafts.c.who).where(drafts.c.area == area, drafts.c.year == year)
    row = connection.execute(mine).first()
    return (row[0], row[1]) if row else None
