"""The step before anything is public: the comment as everybody would read it, what looks like a personal detail, a yes."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import publishing, review
from conversations.forum.review import ReviewError
from conversations.forum.roles import REVIEWER


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    path = "/desk/feedback/{id}/publish"
    return [
        Route(path, staff_page(desk, look, [REVIEWER]), methods=["GET"]),
        Route(path, staff_page(desk, publish, [REVIEWER]), methods=["POST"]),
    ]


def look(visit: Visit) -> Response:
    """The preview; where there are no words for publication yet, the comment's own page."""
    return _page(visit, None)


def _page(visit: Visit, problem: str | None) -> Response:
    desk, number = visit.desk, visit.number()
    try:
        shown = publishing.preview(
            desk.engine, review.as_reviewer(visit.here.staff), number, desk.guide, desk.seals, visit.now
        )
    except ReviewError as error:
        if error.reason == "redact-first":
            return visit.go(f"/desk/feedback/{number}", said="redact-first")
        raise HTTPException(404) from None
    status = {"details": 422, "look-first": 409, "stale": 409}.get(problem or "", 200)
    return visit.page(
        "publish.html", status, shown=shown, it=shown.item.record, problem=problem, said=visit.asked("said")
    )


def publish(visit: Visit) -> Response:
    """Publish what was looked at, or take out what is marked."""
    desk, staff, number = visit.desk, review.as_reviewer(visit.here.staff), visit.number()
    try:
        if visit.sent("do") == "hide":
            publishing.hide(desk.engine, staff, number, desk.guide, desk.seals, visit.now)
            return visit.go(f"/desk/feedback/{number}/publish", said="hidden")
        publishing.publish(
            desk.engine, staff, number, visit.sent("seen"), visit.sent("stands") == "yes", visit.sent("done") == "yes",
            desk.guide, desk.seals, visit.now,
        )  # fmt: skip
    except ReviewError as error:
        return _page(visit, error.reason)
    return visit.go(f"/desk/feedback/{number}", said="published")
