"""What waits for somebody at the desk: counts and days, no words."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from conversations import states
from conversations.records.questions import NEW
from conversations.records.staff_tables import changes, drafts
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


def asked_since(connection: Connection, areas: tuple[str, ...]) -> tuple[int, ...]:
    """Since when each comment has waited for the council, oldest first (seconds since 1970).

    It is the newest change of its state; where none is known, the day of its review, or on which it came.
    """
    moved = select(changes.c.feedback, func.max(changes.c.at).label("at")).where(changes.c.field == "state")
    newest = moved.group_by(changes.c.feedback).subquery()
    since = func.coalesce(newest.c.at, feedback.c.reviewed, feedback.c.created)
    wanted = select(since).select_from(feedback.outerjoin(newest, newest.c.feedback == feedback.c.id))
    wanted = wanted.where(
        feedback.c.area.in_(areas), feedback.c.state.in_(states.for_council()), feedback.c.public_words.is_not(None),
        feedback.c.council_response.is_(None),
    )  # fmt: skip
    return tuple(sorted(connection.execute(wanted).scalars()))


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
