"""Daily counts of what happened in talks; no key stands with them (P8, S5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from conversations.records.inserting import count_one
from conversations.records.tables import counts
from conversations.retention import COUNT_DAYS
from conversations.turns import AnswerRated, AnswerShown, Event, NothingFound, SafetyCardShown

ANSWER, NOTHING, HELPFUL, UNHELPFUL, TALK = "answer", "nothing", "helpful", "unhelpful", "talk"
"""What is counted, beside `card:` with the danger of a safety card."""


def add(connection: Connection, event: Event, area: str | None, now: datetime) -> None:
    """Add one to the day's count of what happened; an event that is not counted adds nothing."""
    match event:
        case AnswerShown(entry):
            what, about = ANSWER, entry
        case SafetyCardShown(danger):
            what, about = f"card:{danger}", ""
        case NothingFound():
            what, about = NOTHING, ""
        case AnswerRated(entry, helpful):
            what, about = HELPFUL if helpful else UNHELPFUL, entry
        case _:
            return
    day = now.date().isoformat()
    count_one(connection, counts, day=day, what=what, area=(area or "")[:64], entry=about[:200])


def begun(connection: Connection, area: str, now: datetime) -> None:
    """Add one to the day's count of talks in which an area was chosen."""
    count_one(connection, counts, day=now.date().isoformat(), what=TALK, area=area[:64], entry="")


def summed(
    connection: Connection, area: str, what: tuple[str, ...], first: str, last: str
) -> dict[tuple[str, str], int]:
    """Counts of an area between two days (YYYY-MM-DD, both included), summed: (what, entry) -> n."""
    mine = (counts.c.area == area) & counts.c.what.in_(what) & (counts.c.day >= first) & (counts.c.day <= last)
    wanted = select(counts.c.what, counts.c.entry, func.sum(counts.c.n)).where(mine)
    return {(row[0], row[1]): int(row[2]) for row in connection.execute(wanted.group_by(counts.c.what, counts.c.entry))}


def purge(connection: Connection, now: datetime) -> int:
    """Delete the counts of days that are too long ago (P8)."""
    first = datetime.fromtimestamp(now.timestamp() - COUNT_DAYS * 86_400, now.tzinfo).date().isoformat()
    return connection.execute(delete(counts).where(counts.c.day < first)).rowcount
