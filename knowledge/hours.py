"""Opening hours as text ("Mon-Fri 9:00-17:00"), and whether a contact is open now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache

import holidays

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = re.compile(r"\s*24\s*/\s*7\s*$|\s*24 hours( a day|, every day)?\s*$", re.IGNORECASE)
PART = re.compile(
    r"\s*(?P<first>[a-z]{3})[a-z]*(?:\s*(?:-|to)\s*(?P<last>[a-z]{3})[a-z]*)?\s+"
    r"(?P<opens>\d{1,2}(?:[:.]\d{2})?\s*(?:am|pm)?)\s*(?:-|to)\s*(?P<closes>\d{1,2}(?:[:.]\d{2})?\s*(?:am|pm)?)\s*$",
    re.IGNORECASE,
)
CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Hours:
    """A week's opening times: for each day, Monday first, (opens, closes) pairs; `always` for round the clock."""

    week: tuple[tuple[tuple[time, time], ...], ...]
    always: bool = False

    @property
    def on_holidays(self) -> bool:
        """Services that open on all seven days are taken to open on bank holidays; the others are not."""
        return self.always or all(self.week)


@dataclass(frozen=True)
class Status:
    """Whether it is open at a moment, and when that changes next; `changes` is None for round the clock."""

    open: bool
    changes: datetime | None
    holiday: bool = False
    """True where it is closed for a bank holiday."""


@lru_cache(maxsize=512)
def parse(text: str) -> Hours | None:
    """Hours from text such as "24/7", "Mon-Fri 9:00-17:00" or "Mon-Thu 9am-5pm, Fri 9am-4pm"; None if it is not."""
    if ALWAYS.match(text):
        return Hours(((),) * 7, always=True)
    week: list[list[tuple[time, time]]] = [[] for _ in DAYS]
    for part in re.split(r"[,;]", text):
        found = PART.match(part)
        opens, closes = (_clock(found["opens"]), _clock(found["closes"])) if found else (None, None)
        if not found or opens is None or closes is None or opens >= closes:
            return None
        first, last = found["first"].lower(), (found["last"] or found["first"]).lower()
        if first not in DAYS or last not in DAYS or DAYS.index(first) > DAYS.index(last):
            return None
        for day in range(DAYS.index(first), DAYS.index(last) + 1):
            week[day].append((opens, closes))
    return Hours(tuple(tuple(sorted(day)) for day in week))


def status(hours: Hours, now: datetime) -> Status:
    """Whether it is open at `now` (Europe/London), with bank holidays of England taken into account."""
    if hours.always:
        return Status(open=True, changes=None)
    for opens, closes in _day(hours, now):
        if opens <= now.time() < closes:
            return Status(open=True, changes=datetime.combine(now.date(), closes, now.tzinfo))
    closed_today = is_bank_holiday(now) and not hours.on_holidays and bool(hours.week[now.weekday()])
    for ahead in range(15):
        day = now + timedelta(days=ahead)
        for opens, _ in _day(hours, day):
            if ahead or opens > now.time():
                return Status(False, datetime.combine(day.date(), opens, now.tzinfo), closed_today)
    return Status(open=False, changes=None, holiday=closed_today)


def is_bank_holiday(now: datetime) -> bool:
    """True on a bank holiday of England."""
    return now.date() in _bank_holidays(now.year)


@lru_cache(maxsize=8)
def _bank_holidays(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv="ENG", years=(year, year + 1))


def _day(hours: Hours, day: datetime) -> tuple[tuple[time, time], ...]:
    return () if is_bank_holiday(day) and not hours.on_holidays else hours.week[day.weekday()]


def _clock(text: str) -> time | None:
    found = CLOCK.match(text.strip())
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
