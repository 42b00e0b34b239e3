"""The time by which families and the forum live: days, quarters and years begin in Europe/London."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def first_second(day: date) -> int:
    """When a day begins in Europe/London, in seconds since 1970, UTC."""
    return int(datetime.combine(day, time(), LONDON).timestamp())
