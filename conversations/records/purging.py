"""The retention rules applied to everything that families leave, in one place (P8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from conversations.keys.sealing import Seals
from conversations.records import (
    arrivals,
    audit,
    content_changes,
    feedback,
    guesses,
    issues,
    leases,
    pending,
    questions,
    rates,
    staff,
    talks,
)
from conversations.records.inserting import put
from conversations.records.tables import meta
from conversations.retention import AUDIT_MONTHS, FEEDBACK_MONTHS, QUESTION_MONTHS, REVIEWED_MONTHS, months_before

PURGED = "purged_at"
"""In `meta`: when the rules were last applied, in seconds since 1970."""
PURGE_HOURS = 23
"""Once a day; an hour is left to doors that look every hour."""


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether no process has applied the rules for a day; also where the clock has gone back since."""
    purged = connection.execute(select(meta.c.value).where(meta.c.name == PURGED)).scalar()
    return purged is None or not 0 <= now.timestamp() - int(purged) < PURGE_HOURS * 3_600


def note(connection: Connection, now: datetime) -> None:
    """Note that the rules have been applied."""
    put(connection, meta, {"name": PURGED}, {"value": str(int(now.timestamp()))})


def purge(connection: Connection, now: datetime, seals: Seals | None = None) -> dict[str, int]:
    """Delete what has been kept long enough at `now`: how many rows, by name. `seals` open the drafts that hold words of it."""
    unread, reviewed = months_before(now, FEEDBACK_MONTHS), months_before(now, REVIEWED_MONTHS)
    return {
        **talks.purge(connection, now),
        "feedback": feedback.purge(connection, unread, reviewed),
        "issues": issues.purge(connection, reviewed),
        "questions": questions.purge(connection, months_before(now, QUESTION_MONTHS), seals),
        "drafts of the content": content_changes.purge(connection, months_before(now, QUESTION_MONTHS)),
        "guesses": guesses.purge(connection, now),
        "rates": rates.purge(connection, now),
        "pending": pending.purge(connection, now),
        "leases": leases.sweep(connection, leases.clock(connection)),
        "arrivals": arrivals.sweep(connection, leases.clock(connection)),
        "sessions": staff.purge(connection, int(now.timestamp())),
        "audit": audit.purge(connection, months_before(now, AUDIT_MONTHS)),
    }
