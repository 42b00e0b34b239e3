"""The retention rules applied to everything that families leave, in one place (P8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from conversations.records import audit, content_changes, feedback, guesses, leases, pending, questions, staff, talks
from conversations.retention import AUDIT_MONTHS, FEEDBACK_MONTHS, QUESTION_MONTHS, REVIEWED_MONTHS, months_before


def purge(connection: Connection, now: datetime) -> dict[str, int]:
    """Delete what has been kept long enough at `now`: how many rows, by name."""
    unread, reviewed = months_before(now, FEEDBACK_MONTHS), months_before(now, REVIEWED_MONTHS)
    return {
        **talks.purge(connection, now),
        "feedback": feedback.purge(connection, unread, reviewed),
        "questions": questions.purge(connection, months_before(now, QUESTION_MONTHS)),
        "drafts of the content": content_changes.purge(connection, months_before(now, QUESTION_MONTHS)),
        "guesses": guesses.purge(connection, now),
        "pending": pending.purge(connection, now),
        "leases": leases.sweep(connection, leases.clock(connection)),
        "sessions": staff.purge(connection, int(now.timestamp())),
        "audit": audit.purge(connection, months_before(now, AUDIT_MONTHS)),
    }
