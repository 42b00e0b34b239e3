"""Feedback that is a matter of safeguarding: a list for the few who may read it, and what to do for everybody."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import inbox
from conversations.forum.roles import REVIEWER, SAFEGUARDING


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/safeguarding", staff_page(desk, listed, [SAFEGUARDING])),
        Route("/desk/safeguarding/what-to-do", staff_page(desk, what_to_do, [REVIEWER, SAFEGUARDING])),
    ]


def listed(visit: Visit) -> Response:
    """What is under safeguarding in this person's areas; every look is audited. The words stand on each one's page alone."""
    desk = visit.desk
    found = inbox.under_safeguarding(desk.engine, visit.here.staff, visit.asked_page, desk.seals, visit.now)
    return visit.page("safeguarding.html", found=found)


def what_to_do(visit: Visit) -> Response:
    """Whom to ring, and what to do next."""
    area = visit.desk.guide.area(visit.area(visit.asked("area")))
    return visit.page("what_to_do.html", area=area, contacts=area.social_care if area else ())
