"""Today, the first page: what waits, and where to go for it."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import safeguarding, today


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [Route("/desk/today", staff_page(desk, show))]


def show(visit: Visit) -> Response:
    """What waits for this person, as far as their roles go."""
    found = today.today(visit.desk.engine, visit.here.staff, visit.now)
    mine = safeguarding.moved_by(visit.desk.engine, visit.here.staff)
    return visit.page("today.html", today=found, mine=mine)
