"""Answers by helpfulness, and themes over time, for the people of the desk alone."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk.charts import stacked
from bot.web.visit import Desk, Visit, month, staff_page
from conversations.forum import figures, reports
from conversations.forum.roles import EDITOR, REVIEWER


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [Route("/desk/figures", staff_page(desk, show, [REVIEWER, EDITOR]))]


def show(visit: Visit) -> Response:
    """The last twelve months of an area."""
    area, desk = visit.area(visit.asked("area")), visit.desk
    found = figures.figures(desk.engine, area, visit.now.date())
    rows = {reports.theme_name(theme, desk.guide, desk.wording): list(ns) for theme, ns in found.themes.items()}
    chart = stacked([month(day.isoformat()[:7]) for day in found.months], rows, "All other themes")
    return visit.page("figures.html", area=area, chart=chart, rated=found.rated, nothing=found.nothing, came=found.came)
