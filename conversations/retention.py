"""How long each thing is kept, in one place: printed by /privacy, applied by the purge (P8)."""

from __future__ import annotations

from datetime import datetime

TOPIC_HOURS = 24
"""What was asked about: the last entry, what was offered."""
SETTINGS_DAYS = 30
"""Area, audience, easy read, language: days without a message."""
FEEDBACK_MONTHS = 12
"""Feedback that nobody has reviewed."""
REVIEWED_MONTHS = 24
"""Feedback that was reviewed, counted from the day on which it was given: two yearly reports can look at it."""
QUESTION_MONTHS = 6
"""Questions that found no answer and were passed on."""
AUDIT_MONTHS = 24
"""Who signed in to the forum desk and changed what; as long as the feedback that it speaks of."""
YES_HOURS = 24
"""How long the yes under a preview is good."""
GUESS_HOURS = 2
"""How long it is noted that a receipt code was guessed wrongly."""
COUNT_DAYS = 800
"""Daily counts without a key: two years and a little, so that a yearly report can look back."""
PENDING_HOURS = 24
"""Where an answer goes that is still owed; Telegram itself keeps an update no longer."""
BACKUP_DAYS = 30
"""How long the copies that the operator makes may live; docs/running.md says so to the operator."""


def months_before(now: datetime, months: int) -> int:
    """The moment so many calendar months before `now`, in seconds since 1970."""
    count = now.year * 12 + now.month - 1 - months
    return int(now.replace(year=count // 12, month=count % 12 + 1, day=min(now.day, 28)).timestamp())


def limits() -> dict[str, int]:
    """Every limit by the name that the wording has for it."""
    return {
        "topic_hours": TOPIC_HOURS,
        "settings_days": SETTINGS_DAYS,
        "feedback_months": FEEDBACK_MONTHS,
        "reviewed_months": REVIEWED_MONTHS,
        "question_months": QUESTION_MONTHS,
        "yes_hours": YES_HOURS,
        "backup_days": BACKUP_DAYS,
    }
