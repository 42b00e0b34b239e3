"""One piece of feedback: what was said, what happens with it, its history, undo."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations import states
from conversations.forum import review
from conversations.forum.accounts import Staff
from conversations.forum.review import Item, Opened, ReviewError
from conversations.forum.roles import REVIEWER, SAFEGUARDING
from knowledge.entries import NATIONAL, Entry

WHO = (REVIEWER, SAFEGUARDING)
STATUS = {
    "stale": 409,
    "changed-since": 409,
    "redact-first": 422,
    "too-long": 422,
    "unreadable": 409,
    "not-yours": 404,
    "gone": 404,
}


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/feedback/{id}", staff_page(desk, show, WHO), methods=["GET"]),
        Route("/desk/feedback/{id}", staff_page(desk, save, WHO), methods=["POST"]),
        Route("/desk/feedback/{id}/undo", staff_page(desk, take_back, WHO), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """The page of one piece of feedback."""
    return _page(visit, None)


def opened(visit: Visit, staff: Staff) -> Opened:
    """The record of the path as `staff` may see it; as if it were not there where they may not (W2)."""
    try:
        return review.show(visit.desk.engine, staff, visit.number(), visit.desk.seals, visit.now)
    except ReviewError:
        raise HTTPException(404) from None


def _page(visit: Visit, problem: str | None) -> Response:
    there = opened(visit, review.as_reviewer(visit.here.staff))
    it = there.item.record
    area = visit.desk.guide.area(it.area)
    return visit.page(
        "item.html", STATUS[problem] if problem else 200, item=there.item, it=it, history=there.history, problem=problem,
        states=states.every(), entries=entries_by_theme(visit.desk, it.area), themes=themes(visit.desk),
        contacts=area.social_care if area else (), said=visit.asked("said"),
    )  # fmt: skip


def themes(desk: Desk) -> tuple[str, ...]:
    """The themes that feedback can have."""
    return (*desk.guide.themes, "general")


def entries_by_theme(desk: Desk, area: str) -> dict[str, list[Entry]]:
    """The entries that answer in an area, by theme."""
    found: dict[str, list[Entry]] = {}
    for entry in desk.guide.library.entries:
        if entry.area in (area, NATIONAL) and not entry.small_talk:
            found.setdefault(entry.theme, []).append(entry)
    return {theme: found[theme] for theme in desk.guide.themes if theme in found}


def save(visit: Visit) -> Response:
    """Keep what was changed; where it cannot be kept the page comes back with what was typed."""
    desk, staff, number = visit.desk, review.as_reviewer(visit.here.staff), visit.number()
    try:
        item = review.save(
            desk.engine, staff, number, visit.sent_number("version"), lambda item: _fields(visit, item), desk.seals, visit.now
        )  # fmt: skip
    except ReviewError as error:
        return _page(visit, error.reason)
    if visit.sent("state") in states.guarded() and item.record.state not in states.guarded():
        return visit.go("/desk/safeguarding/what-to-do", area=item.record.area)
    return visit.go(f"/desk/feedback/{number}", said="saved")


def _fields(visit: Visit, item: Item) -> dict[str, Any]:
    """The fields of the form; a state, theme or entry that there is none of stays as it was."""
    state, theme, topic = visit.sent("state"), visit.sent("theme"), visit.sent("topic")
    known = {entry.id for some in entries_by_theme(visit.desk, item.record.area).values() for entry in some}
    return {
        "state": state if state in states.every() else item.record.state,
        "theme": theme if theme in themes(visit.desk) else item.record.theme,
        "topic": topic if topic in known else item.record.topic if topic else None,
        "published": visit.sent("published") == "yes",
        **{name: visit.sent(name) for name in ("public_words", "response", "done_text", "note")},
    }


def take_back(visit: Visit) -> Response:
    """Undo one change."""
    desk, staff, number = visit.desk, review.as_reviewer(visit.here.staff), visit.number()
    try:
        review.undo(desk.engine, staff, number, visit.sent_number("change"), desk.seals, visit.now)
    except ReviewError as error:
        if error.reason in ("gone", "not-yours"):
            raise HTTPException(404) from None
        visit.form = []
        visit.request.scope["method"] = "GET"
        return _page(visit, error.reason)
    return visit.go(f"/desk/feedback/{number}", said="undone")
