"""What families told of each theme, and how answers were rated, beside the time before; for the people of the desk alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine

from conversations.forum.audit import recorded
from conversations.london import first_second
from conversations.records import counts, feedback
from conversations.records.counts import ANSWER, HELPFUL, NOTHING, UNHELPFUL
from conversations.records.feedback import Filters
from conversations.turns import WAYS

MONTHS, QUARTER = 12, 3
MOST_ROWS = 100
FELT = ("bad", "mixed", "good", "none")
"""How it felt, in the order in which it is drawn: from dark to light."""


@dataclass(frozen=True)
class Row:
    """What came in on one theme, or in one area."""

    name: str
    n: int = 0
    """In the last twelve months."""
    before: int = 0
    """In the twelve months before them."""
    quarter: int = 0
    """In the last three months."""
    quarter_before: int = 0
    young: int = 0
    """From young people, in the last twelve months."""
    felt: tuple[int, ...] = (0,) * len(FELT)
    """By FELT, in the last twelve months."""

    @property
    def young_share(self) -> int:
        """Percent from young people."""
        return round(100 * self.young / self.n) if self.n else 0


@dataclass(frozen=True)
class Rated:
    """How one answer was rated, and how many comments there are on what it is about."""

    area: str
    entry: str
    shown: int
    helpful: int
    unhelpful: int
    comments: int = 0

    @property
    def share(self) -> int | None:
        """Percent that found it helpful, or None where nobody said."""
        said = self.helpful + self.unhelpful
        return round(100 * self.helpful / said) if said else None

    @property
    def rejected(self) -> bool:
        """Whether more families found it unhelpful than helpful."""
        return self.unhelpful > self.helpful


@dataclass(frozen=True)
class Figures:
    """The last twelve months of some areas, up to the month of `last`."""

    first: date
    last: date
    themes: tuple[Row, ...] = ()
    """Those of which something came in within two years, the largest first."""
    areas: tuple[Row, ...] = ()
    came: dict[str, int] = field(default_factory=dict)
    """Comments of the last twelve months by how they came: from the chat, on paper, by phone, at a meeting."""
    rated: tuple[Rated, ...] = ()
    """Entries by how many found them not helpful, then by how often they were shown."""
    nothing: int = 0
    """Questions that found no answer."""

    @property
    def total(self) -> Row:
        """All themes together."""
        return _sum("", self.themes)


@dataclass
class _Tally:
    """The counts of one row while they are gathered."""

    places: list[int] = field(default_factory=lambda: [0] * 4)
    felt: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FELT, 0))
    young: int = 0

    def add(self, felt: str | None, young: bool, place: int, n: int) -> None:
        """Count some comments; those of place 0 are of the year before."""
        self.places[place] += n
        if place:
            self.felt[felt or "none"] += n
            self.young += n if young else 0

    def row(self, name: str) -> Row:
        """The row that they make."""
        before, _, quarter_before, quarter = self.places
        return Row(name, sum(self.places[1:]), before, quarter, quarter_before, self.young, tuple(self.felt.values()))


def figures(engine: Engine, areas: tuple[str, ...], today: date) -> Figures:
    """The figures of some areas up to today."""
    with engine.connect() as connection:
        return _figures(connection, areas, today)


def export(engine: Engine, who: str, areas: tuple[str, ...], kind: str, now: datetime) -> Figures:
    """The same, for a file of some kind that somebody takes away; every export is audited."""
    with recorded(engine, who, now) as recording:
        found = _figures(recording.connection, areas, now.date())
        for area in areas:
            recording.note("exported", area, f"figures as {kind}")
    return found


def rated(engine: Engine, area: str, today: date) -> tuple[Rated, ...]:
    """How the answers of an area were rated in the last twelve months, the most rejected first."""
    with engine.connect() as connection:
        return _rated(connection, (area,), _months_back(today, MONTHS - 1), today)[0]


def _figures(connection: Connection, areas: tuple[str, ...], today: date) -> Figures:
    first = _months_back(today, MONTHS - 1)
    days = (
        _months_back(today, 2 * MONTHS - 1),
        first,
        _months_back(today, 2 * QUARTER - 1),
        _months_back(today, QUARTER - 1),
    )
    starts = [first_second(day) for day in days]
    themes: dict[str, _Tally] = {}
    by_area = {area: _Tally() for area in areas}
    wanted = Filters(areas, since=starts[0])
    for key, n in feedback.tally(connection, wanted, "area", "theme", "felt", "young", starts=starts).items():
        area, theme, felt, young, place = key
        for tally in (by_area[area], themes.setdefault(theme, _Tally())):
            tally.add(felt, young, place, n)
    came = {str(key[0]): n for key, n in feedback.tally(connection, Filters(areas, since=starts[1]), "came").items()}
    rows = (tally.row(theme) for theme, tally in themes.items())
    answers, nothing = _rated(connection, areas, first, today)
    return Figures(
        first, today,
        themes=tuple(sorted(rows, key=lambda row: (-row.n, -row.before, row.name))),
        areas=tuple(tally.row(area) for area, tally in by_area.items()),
        came={way: came[way] for way in WAYS if way in came},
        rated=answers, nothing=nothing,
    )  # fmt: skip


def _sum(name: str, rows: Iterable[Row]) -> Row:
    rows = tuple(rows)
    felt = tuple(map(sum, zip(*(row.felt for row in rows), strict=True))) if rows else Row("").felt
    parts = ("n", "before", "quarter", "quarter_before", "young")
    return Row(name, **{part: sum(getattr(row, part) for row in rows) for part in parts}, felt=felt)


def _months_back(today: date, months: int) -> date:
    """The first day of the month so many months ago; 0 is this month."""
    day = today.replace(day=1)
    for _ in range(months):
        day = (day - timedelta(days=1)).replace(day=1)
    return day


def _rated(
    connection: Connection, areas: tuple[str, ...], first: date, last: date
) -> tuple[tuple[Rated, ...], int]:  # fmt: skip
    """How the answers were rated between two days, and how many questions found none."""
    rows, nothing, what = list[Rated](), 0, (ANSWER, HELPFUL, UNHELPFUL, NOTHING)
    summed = {area: counts.summed(connection, area, what, first.isoformat(), last.isoformat()) for area in areas}
    topics: dict[tuple[str, str], int] = {}
    if any(summed.values()):
        topics = feedback.tally(connection, Filters(areas, since=first_second(first)), "area", "topic")
    for area, counted in summed.items():
        nothing += sum(n for (kind, _), n in counted.items() if kind == NOTHING)
        for entry in {entry for kind, entry in counted if kind != NOTHING and entry}:
            shown, helpful, unhelpful = (counted.get((kind, entry), 0) for kind in (ANSWER, HELPFUL, UNHELPFUL))
            rows.append(Rated(area, entry, shown, helpful, unhelpful, topics.get((area, entry), 0)))
    ranked = sorted(rows, key=lambda row: (-row.unhelpful, -row.helpful, -row.shown, row.entry, row.area))
    return tuple(ranked[:MOST_ROWS]), nothing
