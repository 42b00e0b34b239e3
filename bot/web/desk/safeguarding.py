"""Feedback that is a matter of safeguarding: a list for the few who may read it, and what to do for everybody."""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import inbox, safeguarding
from conversations.forum.roles import REVIEWER, SAFEGUARDING
from conversations.forum.safeguarding import MatterError


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    both = [REVIEWER, SAFEGUARDING]
    return [
        Route("/desk/safeguarding", staff_page(desk, listed, [SAFEGUARDING])),
        Route("/desk/safeguarding/what-to-do", staff_page(desk, what_to_do, both)),
        Route("/desk/safeguarding/{id}", staff_page(desk, show, both), methods=["GET"]),
        Route("/desk/safeguarding/{id}", staff_page(desk, write, both), methods=["POST"]),
    ]


def listed(visit: Visit) -> Response:
    """What is under safeguarding in this person's areas; every look is audited. The words stand on each one's page alone."""
    desk, staff = visit.desk, visit.here.staff
    found = inbox.under_safeguarding(desk.engine, staff, visit.asked_page, desk.seals, visit.now)
    waiting = safeguarding.open_ids(desk.engine, staff.areas)
    return visit.page("safeguarding.html", found=found, waiting=waiting)


def what_to_do(visit: Visit) -> Response:
    """Whom to ring, and what to do next."""
    area = visit.desk.guide.area(visit.area(visit.asked("area")))
    unled = safeguarding.unled(visit.desk.engine, visit.here.staff.areas)
    mine = safeguarding.moved_by(visit.desk.engine, visit.here.staff)
    return visit.page("what_to_do.html", area=area, contacts=area.social_care if area else (), unled=unled, mine=mine)


def show(visit: Visit) -> Response:
    """One matter: its words, whom to ring, the log of calls; for a lead its outcome too."""
    return _page(visit, None)


def _page(visit: Visit, problem: str | None) -> Response:
    desk, number = visit.desk, visit.number()
    try:
        matter = safeguarding.show(desk.engine, visit.here.staff, number, desk.seals, visit.now)
    except MatterError:
        raise HTTPException(404) from None
    area = desk.guide.area(matter.item.record.area)
    return visit.page(
        "matter.html", 422 if problem else 200, matter=matter, it=matter.item.record, problem=problem,
        contacts=area.social_care if area else (), said=visit.asked("said"),
    )  # fmt: skip


def write(visit: Visit) -> Response:
    """Write a call into the log, close the matter with its outcome, or open it again."""
    desk, staff, number, done = visit.desk, visit.here.staff, visit.number(), visit.sent("do")
    call = {name: visit.sent(name) for name in ("rang", "when", "said")}
    work: dict[str, Callable[[], None]] = {
        "call": lambda: safeguarding.log_call(desk.engine, staff, number, call, desk.seals, visit.now),
        "close": lambda: safeguarding.close(
            desk.engine, staff, number, visit.sent("outcome"), desk.seals, visit.now
        ),
        "reopen": lambda: safeguarding.reopen(desk.engine, staff, number, desk.seals, visit.now),
    }  # fmt: skip
    if done not in work:
        raise HTTPException(404)
    try:
        work[done]()
    except MatterError as error:
        if error.reason == "gone":
            raise HTTPException(404) from None
        return _page(visit, error.reason)
    return visit.go(f"/desk/safeguarding/{number}", said=done)
