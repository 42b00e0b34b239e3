"""How answers were rated, and themes over time, for the people of the desk alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine

from conversations.london import first_second
from conversations.records import counts, feedback
from conversations.records.counts import ANSWER, HELPFUL, NOTHING, UNHELPFUL
from conversations.records.feedback import Filters
from conversations.turns import WAYS

MONTHS = 12
MOST_ROWS = 100


@dataclass(frozen=True)
class Rated:
    """How one answer was rated."""

    entry: str
    shown: int
    helpful: int
    unhelpful: int

    @property
    def share(self) -> int | None:
        """Percent that found it helpful, or None where nobody said."""
        said = self.helpful + self.unhelpful
        return round(100 * self.helpful / said) if said else None


@dataclass(frozen=True)
class Figures:
    """The last twelve months of an area."""

    months: tuple[date, ...]
    """The first day of each, oldest first."""
    themes: dict[str, tuple[int, ...]]
    """Feedback by theme: a number for each month."""
    came: dict[str, int]
    """Feedback by how it came: from the chat, on paper, by phone, at a meeting."""
    rated: tuple[Rated, ...]
    """Entries by how many found them not helpful, then by how often they were shown."""
    nothing: int
    """Questions that found no answer."""


def figures(engine: Engine, area: str, today: date) -> Figures:
    """The figures of an area up to today."""
    months = _months(today)
    starts = [first_second(day) for day in months]
    with engine.connect() as connection:
        what = (ANSWER, HELPFUL, UNHELPFUL, NOTHING)
        counted = counts.summed(connection, area, what, months[0].isoformat(), today.isoformat())
        by_theme = feedback.tally(connection, Filters((area,), since=starts[0]), "theme", starts=starts)
        came = {
            str(key[0]): n for key, n in feedback.tally(connection, Filters((area,), since=starts[0]), "came").items()
        }
    themes = dict.fromkeys(theme for theme, _ in by_theme)
    return Figures(
        months,
        {theme: tuple(by_theme.get((theme, place), 0) for place in range(MONTHS)) for theme in themes},
        {way: came[way] for way in WAYS if way in came},
        _rated(counted),
        sum(n for (kind, _), n in counted.items() if kind == NOTHING),
    )


def _months(today: date) -> tuple[date, ...]:
    """The first days of this month and the eleven before it."""
    days = [today.replace(day=1)]
    while len(days) < MONTHS:
        days.append((days[-1] - timedelta(days=1)).replace(day=1))
    return tuple(days[::-1])


def _rated(counted: dict[tuple[str, str], int]) -> tuple[Rated, ...]:
    entries = {entry for what, entry in counted if what != NOTHING and entry}
    rows = [
        Rated(entry, *(counted.get((what, entry), 0) for what in (ANSWER, HELPFUL, UNHELPFUL))) for entry in entries
    ]
    return tuple(sorted(rows, key=lambda row: (-row.unhelpful, -row.helpful, -row.shown, row.entry))[:MOST_ROWS])
