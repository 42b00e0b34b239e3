"""The council's own view: what a reviewer passed on, in its redacted words, and the response that the regulation asks for."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk.feedback import STATUS, open_item
from bot.web.desk.inbox import find
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import review
from conversations.forum.review import ReviewError
from conversations.records.desk import Filters
from conversations.records.staff import Staff


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/council", staff_page(desk, listed, ["council"])),
        Route("/desk/council/{id}", staff_page(desk, show, ["council"]), methods=["GET", "POST"]),
    ]


def listed(visit: Visit) -> Response:
    """What waits for the council's response, newest first."""
    area = visit.area(visit.asked("area"), optional=True)
    areas = (area,) if area else visit.here.staff.areas
    return visit.page("council.html", found=find(visit, Filters(areas, ("council",)), "", role="council"))


def show(visit: Visit) -> Response:
    """One comment in its redacted words, and the form for the council's response."""
    staff, problem = as_council(visit.here.staff), None
    with visit.desk.engine.begin() as connection:
        item = open_item(visit, connection, staff)
        if visit.request.method == "POST":
            version = visit.sent("version")
            read_at = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else -1
            fields = {"council_response": visit.sent("council_response")}
            try:
                review.change(connection, staff, item, read_at, fields, visit.desk.seals, visit.now)
                return visit.go(f"/desk/council/{item.stored.id}", said="saved")
            except ReviewError as error:
                problem = error.reason
        history = review.history(connection, item, visit.desk.seals, "council")
    status = STATUS[problem] if problem else 200
    return visit.page(
        "council_item.html",
        status,
        item=item,
        it=item.stored,
        history=history,
        problem=problem,
        said=visit.asked("said"),
    )


def as_council(staff: Staff) -> Staff:
    """On the council's pages even a reviewer sees what the council sees."""
    return replace(staff, roles=("council",))
