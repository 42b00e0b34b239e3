"""Opening hours in Europe/London, bank holidays among them."""

from datetime import datetime

import pytest

from conversations.london import LONDON
from knowledge.hours import parse, status


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    "text", ["24/7", "Mon-Fri 8:30-15:30", "Mon-Thu 9am-5pm, Fri 9am-4pm", "Mon-Sun 8:00-22:00", "Sat 10:00-12:00"]
)
def test_hours_are_read(text: str) -> None:
    assert parse(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "weekdays",
        "Mon-Fri",
        "Fri-Mon 9:00-17:00",
        "Mon-Fri 17:00-9:00",
        "Mon-Fri 25:00-26:00",
        "Mon-Fri 9:00-17:00 approx",
    ],
)
def test_what_is_no_hours_is_not_guessed(text: str) -> None:
    assert parse(text) is None


def test_open_now_says_until_when() -> None:
    hours = parse("Mon-Fri 8:30-15:30")
    assert hours is not None
    now = status(hours, at("2026-11-24T09:00"))
    assert now.open
    assert now.changes == at("2026-11-24T15:30")


def test_closed_at_night_says_when_it_opens() -> None:
    hours = parse("Mon-Fri 8:30-15:30")
    assert hours is not None
    now = status(hours, at("2026-11-27T20:00"))
    assert (now.open, now.changes) == (False, at("2026-11-30T08:30"))


def test_christmas_is_passed_over() -> None:
    hours = parse("Mon-Fri 9:00-17:00")
    assert hours is not None
    now = status(hours, at("2026-12-25T10:00"))
    assert (now.open, now.holiday, now.changes) == (False, True, at("2026-12-29T09:00"))


def test_the_hour_when_the_clocks_change_is_read_in_london_time() -> None:
    hours = parse("Mon-Sun 1:00-2:00")
    assert hours is not None
    assert status(hours, at("2027-03-28T02:30")).changes == at("2027-03-29T01:00")
