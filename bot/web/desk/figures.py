"""Answers by helpfulness, and themes over time, for the people of the desk alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk.charts import stacked
from bot.web.visit import LONDON, Desk, Visit, month, staff_page
from conversations.forum import reports
from conversations.records import desk as records
from conversations.records.desk import Filters

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


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [Route("/desk/figures", staff_page(desk, figures, ["reviewer", "editor"]))]


def figures(visit: Visit) -> Response:
    """The last twelve months of an area."""
    area = visit.area(visit.asked("area"))
    today = visit.now.date()
    firsts = _months(today)
    starts = [int(datetime(day.year, day.month, 1, tzinfo=LONDON).timestamp()) for day in firsts]
    with visit.desk.engine.connect() as connection:
        days = firsts[0].isoformat(), today.isoformat()
        counted = records.counted(connection, (area,), ("answer", "helpful", "unhelpful", "nothing"), *days)
        by_theme = records.tally(connection, Filters((area,), since=starts[0]), "theme", starts=starts)
    names = {theme: reports.theme_name(theme, visit.desk.guide, visit.desk.wording) for theme, _ in by_theme}
    rows = {names[theme]: [by_theme.get((theme, place), 0) for place in range(MONTHS)] for theme in names}
    chart = stacked([month(day.isoformat()[:7]) for day in firsts], rows, "All other themes")
    nothing = sum(n for (what, _), n in counted.items() if what == "nothing")
    return visit.page("figures.html", area=area, chart=chart, rated=_rated(counted), nothing=nothing)


def _months(today: date) -> list[date]:
    """The first days of this month and the eleven before it."""
    days = [today.replace(day=1)]
    while len(days) < MONTHS:
        days.append((days[-1] - timedelta(days=1)).replace(day=1))
    return days[::-1]


def _rated(counted: dict[tuple[str, str], int]) -> list[Rated]:
    """Entries by how many found them not helpful, then by how often they were shown."""
    entries = {entry for what, entry in counted if what != "nothing" and entry}
    rows = [
        Rated(entry, *(counted.get((what, entry), 0) for what in ("answer", "helpful", "unhelpful")))
        for entry in entries
    ]
    return sorted(rows, key=lambda row: (-row.unhelpful, -row.helpful, -row.shown, row.entry))[:MOST_ROWS]
