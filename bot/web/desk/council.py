"""The council's own view: what a reviewer passed on, in its redacted words, and the response that the regulation asks for."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk.feedback import STATUS, clashes, digests, opened
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import inbox, review
from conversations.forum.review import Item, ReviewError
from conversations.forum.roles import COUNCIL


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/council", staff_page(desk, listed, [COUNCIL])),
        Route("/desk/council/{id}", staff_page(desk, show, [COUNCIL]), methods=["GET"]),
        Route("/desk/council/{id}", staff_page(desk, save, [COUNCIL]), methods=["POST"]),
    ]


def listed(visit: Visit) -> Response:
    """What waits for the council's response, newest first."""
    found = inbox.for_council(visit.desk.engine, visit.areas(visit.asked("area")), visit.asked_page, visit.desk.seals)
    return visit.page("council.html", found=found)


def show(visit: Visit) -> Response:
    """One comment in its redacted words, and the form for the council's response."""
    return _page(visit, None)


def _page(visit: Visit, problem: str | None) -> Response:
    there, sent, was = opened(visit, review.as_council(visit.here.staff)), _sent(visit), digests(visit)
    return visit.page(
        "council_item.html", STATUS[problem] if problem else 200, item=there.item, it=there.item.record,
        history=there.history, problem=problem, said=visit.asked("said"), digest_of=review.digest_of,
        typed=review.changed(there.item, sent, was), clashes=clashes(there, sent, was),
    )  # fmt: skip


def _sent(visit: Visit) -> dict[str, str]:
    return {"council_response": visit.sent("council_response")} if visit.request.method == "POST" else {}


def save(visit: Visit) -> Response:
    """Keep the council's response; where it cannot be kept the page comes back with what was typed."""
    desk, staff, number = visit.desk, review.as_council(visit.here.staff), visit.number()

    def fields(item: Item) -> dict[str, str]:
        if review.clashing(item, _sent(visit), digests(visit)):
            raise ReviewError("clash")
        return review.changed(item, _sent(visit), digests(visit))

    try:
        review.save(desk.engine, staff, number, fields, desk.seals, visit.now)
    except ReviewError as error:
        return _page(visit, error.reason)
    return visit.go(f"/desk/council/{number}", said="saved")
