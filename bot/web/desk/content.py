"""The content of the bot: finding an entry or a number, drafts that wait for a second person, what is in use, the way back."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk.content_entry import known_entry, known_to, writable
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import editing
from conversations.forum.editing import EditError
from conversations.forum.roles import EDITOR
from knowledge.amendments import NONE
from knowledge.entries import Entry
from knowledge.loader import entry_from
from knowledge.publishing import drafts, where_shown
from knowledge.publishing.contact_register import plain_detail
from knowledge.publishing.drafts import Difference
from knowledge.publishing.entry_form import as_fields

WHO = (EDITOR,)


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/content", staff_page(desk, listed, WHO), methods=["GET"]),
        Route("/desk/content/{id}", staff_page(desk, look, WHO), methods=["GET"]),
        Route("/desk/content/{id}", staff_page(desk, decide, WHO), methods=["POST"]),
    ]


def listed(visit: Visit) -> Response:
    """What waits and what is in use, and a search for what is to be changed."""
    desk, staff, words = visit.desk, visit.here.staff, visit.asked("q").strip()[:200]
    areas = editing.areas_of(staff)
    return visit.page(
        "content.html", writable=writable(visit), q=words, said=visit.asked("said"), drafts=editing.drafts(desk.engine, staff),
        versions=editing.versions(desk.engine, staff),
        name_of=lambda change: name_of(visit, change, editing.body_of(change, desk.seals)),
        details=where_shown.find_details(desk.guide.library, words, areas) if words else (),
        entries=where_shown.find_entries(desk.guide.library, words, areas) if words else (),
    )  # fmt: skip


def name_of(visit: Visit, change: Any, body: dict[str, Any] | None) -> str:
    """What a change is called: the title of its entry, of a new one that of the draft, or the detail that it replaces."""
    desk = visit.desk
    known = desk.guide.library.by_id.get(change.about) if change.kind == "entry" else None
    if known is not None or body is None:
        return known.title if known else desk.wording("unreadable")
    return str(body["old"] if change.kind == "detail" else body["fields"].get("title") or change.about)


def look(visit: Visit) -> Response:
    """One change: what it was and what it becomes, what is wrong with it, who may approve it."""
    return _page(visit, None)


def _page(visit: Visit, problem: str | None, status: int = 200) -> Response:
    desk, staff, change = visit.desk, visit.here.staff, _change(visit)
    body = editing.body_of(change, desk.seals)
    past = editing.history(desk.engine, change.kind, change.about)
    newest = next((one.id for one in past if one.state == "approved"), 0)
    shown = where_shown.all_shown(desk.guide.library).get(change.about) if change.kind == "detail" else None
    return visit.page(
        "content_change.html", status, change=change, body=body or {}, shown=shown, problem=problem, said=visit.asked("said"),
        faults=faults(visit, change, body) if body and change.state == "draft" else (), past=past, newest=newest,
        others=editing.second_people(desk.engine, staff, change.area), lines=lines(visit, change, body) if body else (),
        unreadable=body is None, name=name_of(visit, change, body), new=bool(body and body.get("theme")),
        in_file=in_file(visit, change),
        names={**desk.guide.wording.rows["facet_labels"], **labels(visit, change, body)},
    )  # fmt: skip


def in_file(visit: Visit, change: Any) -> bool:
    """Whether the files of the content hold the entry of a change: an undo of all that was changed leaves that one in use."""
    entry = visit.desk.guide.library.by_id.get(change.about) if change.kind == "entry" else None
    return entry is not None and entry.line > 0


def decide(visit: Visit) -> Response:
    """Approve a draft, throw it away, or take a version back."""
    desk, staff, change, what = visit.desk, visit.here.staff, _change(visit), visit.sent("do")
    version = visit.sent_number("version")
    try:
        if what == "undo":
            editing.undo(desk.engine, staff, change.id, undone_on_cards(visit, change), visit.now)
        elif what == "drop":
            editing.drop(desk.engine, staff, change.id, version, desk.seals, visit.now)
            return visit.go("/desk/content", said="dropped")
        else:
            body = editing.body_of(change, desk.seals)
            if body is None:
                raise EditError("unreadable")
            if faults(visit, change, body):
                raise EditError("faults")
            body = finished(visit, change, body)
            lead = change.kind == "detail" and on_cards(visit, change.about)
            editing.approve(desk.engine, staff, change.id, version, body, lead, desk.seals, visit.now)
    except EditError as error:
        return _page(visit, error.reason, 409 if error.reason in ("stale", "later") else 422)
    desk.renew()
    return visit.go(f"/desk/content/{change.id}", said="undone" if what == "undo" else "approved")


def _change(visit: Visit) -> Any:
    try:
        return editing.change(visit.desk.engine, visit.here.staff, visit.number())
    except EditError:
        raise HTTPException(404) from None


def on_cards(visit: Visit, *details: str) -> bool:
    """Whether safety cards show one of some details, each plain."""
    found = where_shown.all_shown(visit.desk.guide.library)
    return any(found[one].on_cards for one in details if one in found)


def undone_on_cards(visit: Visit, change: Any) -> bool:
    """Whether safety cards show what an undo of a change takes away: its own detail, or what was put in its place since."""
    if change.kind != "detail":
        return False
    body = editing.body_of(change, visit.desk.seals) or {}
    now = editing.amendments(visit.desk.engine, visit.desk.seals, NONE)[1].details.get(change.about, "")
    return on_cards(visit, change.about, plain_detail(body.get("new", "")), plain_detail(now))


def faults(visit: Visit, change: Any, body: dict[str, Any]) -> tuple[Any, ...]:
    """What a check would say against a draft."""
    library, known = visit.desk.guide.library, known_to(visit.desk)
    if change.kind == "entry":
        after = after_of(visit, change, body)
        if after is None:
            return ()
        allowed = None if known is None else known | {plain_detail(one) for one in body.get("found", {})}
        return tuple(drafts.faults_of_entry(after, library, allowed))
    shown = where_shown.all_shown(library).get(change.about)
    return tuple(drafts.faults_of_detail(shown, body["new"], library, known)) if shown else ()


def after_of(visit: Visit, change: Any, body: dict[str, Any], checked: bool = False) -> Entry | None:
    """The entry as it would be with a draft; None where it is gone, or the draft does not load any more."""
    entry = known_entry(visit, change.about, body)
    if entry is None:
        return None
    before = as_fields(entry)
    changed = drafts.completed(before, body["fields"], visit.now.date(), checked)
    made, _ = entry_from(entry.id, entry.theme, drafts.applied(before, changed))
    return None if made is None else replace(made, file=entry.file, line=entry.line)


def lines(visit: Visit, change: Any, body: dict[str, Any]) -> tuple[Difference, ...]:
    """What a change of an entry changes, line by line: of a draft as things are now, of a version as it was approved."""
    if change.kind != "entry" or "lines" in body:
        return tuple(Difference(**one) for one in body.get("lines", ()))
    entry, after = known_entry(visit, change.about, body), after_of(visit, change, body)
    return drafts.differences(entry, after) if entry and after else ()


def labels(visit: Visit, change: Any, body: dict[str, Any] | None) -> dict[str, str]:
    """The labels that an entry has for facets of its own, with those that a draft gives it."""
    if change.kind != "entry" or body is None:
        return {}
    found = (known_entry(visit, change.about, body), after_of(visit, change, body))
    return {facet.name: facet.label for entry in found if entry for facet in entry.facets if facet.label}


def finished(visit: Visit, change: Any, body: dict[str, Any]) -> dict[str, Any]:
    """What then stands for a draft that is approved: of an entry all that was ever changed of it. Raises EditError."""
    if change.kind != "entry":
        return body
    entry, checked = known_entry(visit, change.about, body), visit.sent("checked") == "yes"
    if entry is None or after_of(visit, change, body, checked) is None:
        raise EditError("gone")
    changed = drafts.completed(as_fields(entry), body["fields"], visit.now.date(), checked)
    live = editing.live_fields(visit.desk.engine, change.about, visit.desk.seals)
    told = [asdict(one) for one in lines(visit, change, body)]
    return {**body, "fields": {**live, **changed}, "lines": told}
