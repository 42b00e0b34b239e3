"""A phone number, an email address or a link: everything that shows it, and another one in its place."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import editing
from conversations.forum.editing import EditError
from conversations.forum.roles import EDITOR
from knowledge.publishing.contact_register import kind_of_detail, plain_detail
from knowledge.publishing.where_shown import Shown, all_shown

LONGEST = 300


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/content/number", staff_page(desk, look, [EDITOR]), methods=["GET"]),
        Route("/desk/content/number", staff_page(desk, save, [EDITOR]), methods=["POST"]),
    ]


def look(visit: Visit) -> Response:
    """A number with all that shows it, and the form for the new one."""
    return _page(visit, _shown(visit, visit.asked("is")), None)


def _shown(visit: Visit, asked: str) -> Shown:
    found = all_shown(visit.desk.guide.library).get(plain_detail(asked))
    mine = editing.areas_of(visit.here.staff)
    if found is None or not any(place.area in mine for place in found.places):
        raise HTTPException(404)
    return found


def _page(visit: Visit, shown: Shown, problem: str | None, status: int = 200) -> Response:
    draft = editing.draft_of(visit.desk.engine, "detail", shown.plain)
    body = editing.body_of(draft, visit.desk.seals) if draft else None
    return visit.page(
        "content_detail.html", status, shown=shown, problem=problem, draft=draft, body=body or {"new": "", "found": ""},
        past=editing.history(visit.desk.engine, "detail", shown.plain),
    )  # fmt: skip


def save(visit: Visit) -> Response:
    """Keep the new number as a draft."""
    shown = _shown(visit, visit.sent("is"))
    new, found = (" ".join(visit.sent(name).split())[:LONGEST] for name in ("new", "found"))
    if problem := _problem(shown, new, found):
        return _page(visit, shown, problem, 422)
    body = {"old": shown.detail, "new": new, "found": found}
    known, version = shown.area, max(visit.sent_number("version"), 0)
    try:
        number = editing.save(
            visit.desk.engine,
            visit.here.staff,
            "detail",
            shown.plain,
            known,
            body,
            version,
            visit.desk.seals,
            visit.now,
        )
    except EditError as error:
        return _page(visit, shown, error.reason, 409)
    return visit.go(f"/desk/content/{number}", said="saved")


def _problem(shown: Shown, new: str, found: str) -> str | None:
    """What is wrong with what was typed."""
    if kind_of_detail(new) != shown.kind:
        return shown.kind
    if plain_detail(new) == shown.plain:
        return "same"
    return None if found else "found"
