"""One piece of feedback: what was said, what happens with it, its history, undo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import review
from conversations.forum.review import Item, ReviewError
from conversations.records.desk import SAFEGUARDING
from conversations.records.staff import Staff
from knowledge.entries import NATIONAL, Entry

WHO = ("reviewer", SAFEGUARDING)
STATUS = {"stale": 409, "changed-since": 409, "redact-first": 422, "too-long": 422, "not-yours": 404, "gone": 404}


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/feedback/{id}", staff_page(desk, show, WHO), methods=["GET"]),
        Route("/desk/feedback/{id}", staff_page(desk, save, WHO), methods=["POST"]),
        Route("/desk/feedback/{id}/undo", staff_page(desk, take_back, WHO), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """The page of one piece of feedback."""
    with visit.desk.engine.begin() as connection:
        item = _opened(visit, connection)
        return _page(visit, connection, item, None)


def open_item(visit: Visit, connection: Connection, staff: Staff) -> Item:
    """The record of the path as `staff` may see it; as if it were not there where they may not (W2)."""
    try:
        return review.opened(connection, staff, visit.number(), visit.desk.seals, visit.now)
    except ReviewError:
        raise HTTPException(404) from None


def _opened(visit: Visit, connection: Connection) -> Item:
    """The record of the path for one who reviews; the council's people have a page of their own."""
    staff = visit.here.staff
    return open_item(visit, connection, replace(staff, roles=tuple(role for role in staff.roles if role != "council")))


def _page(visit: Visit, connection: Connection, item: Item, problem: str | None) -> Response:
    history = review.history(connection, item, visit.desk.seals, "reviewer")
    area = visit.desk.guide.area(item.stored.area)
    return visit.page(
        "item.html", STATUS[problem] if problem else 200, item=item, it=item.stored, history=history, problem=problem,
        states=review.STATES, entries=entries_by_theme(visit.desk, item.stored.area), themes=themes(visit.desk),
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
    with visit.desk.engine.begin() as connection:
        item = _opened(visit, connection)
        version = visit.sent("version")
        read_at = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else -1
        fields = _fields(visit, item)
        try:
            review.change(connection, visit.here.staff, item, read_at, fields, visit.desk.seals, visit.now)
        except ReviewError as error:
            return _page(visit, connection, item, error.reason)
    if fields["state"] == SAFEGUARDING and item.stored.state != SAFEGUARDING:
        return visit.go("/desk/safeguarding/what-to-do", area=item.stored.area)
    return visit.go(f"/desk/feedback/{item.stored.id}", said="saved")


def _fields(visit: Visit, item: Item) -> dict[str, Any]:
    """The fields of the form; a state, theme or entry that there is none of stays as it was."""
    state, theme, topic = visit.sent("state"), visit.sent("theme"), visit.sent("topic")
    known = {entry.id for some in entries_by_theme(visit.desk, item.stored.area).values() for entry in some}
    return {
        "state": state if state in review.STATES else item.stored.state,
        "theme": theme if theme in themes(visit.desk) else item.stored.theme,
        "topic": topic if topic in known else item.stored.topic if topic else None,
        "published": visit.sent("published") == "yes",
        **{name: visit.sent(name) for name in ("public_words", "response", "done_text", "note")},
    }


def take_back(visit: Visit) -> Response:
    """Undo one change."""
    wanted = visit.sent("change")
    change_id = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 15 else -1
    with visit.desk.engine.begin() as connection:
        item = _opened(visit, connection)
        try:
            review.undo(connection, visit.here.staff, item, change_id, visit.desk.seals, visit.now)
        except ReviewError as error:
            if error.reason in ("gone", "not-yours"):
                raise HTTPException(404) from None
            visit.form = []
            visit.request.scope["method"] = "GET"
            return _page(visit, connection, item, error.reason)
    return visit.go(f"/desk/feedback/{item.stored.id}", said="undone")
