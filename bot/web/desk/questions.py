"""Questions that found no answer, and the changes of the content that they lead to."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.web.desk.feedback import entries_by_theme
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import unanswered
from conversations.forum.roles import EDITOR, REVIEWER
from conversations.forum.unanswered import ContentChange

WHO = (EDITOR, REVIEWER)
GROUPS = 10
"""Groups on one page: each asks the matcher for its best guesses."""
GUESSES = 3


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/questions", staff_page(desk, listed, WHO), methods=["GET"]),
        Route("/desk/questions", staff_page(desk, settle, WHO), methods=["POST"]),
        Route("/desk/changes", staff_page(desk, changes, WHO), methods=["GET"]),
        Route("/desk/changes", staff_page(desk, close_change, WHO), methods=["POST"]),
        Route("/desk/changes.yaml", staff_page(desk, download, WHO)),
    ]


def listed(visit: Visit) -> Response:
    """Groups of questions, each with the entries that come nearest."""
    return _page(visit, None)


def _page(visit: Visit, problem: str | None) -> Response:
    groups = unanswered.waiting(visit.desk.engine, visit.areas(visit.asked("area")), visit.desk.seals)
    asked = visit.asked("page")
    pages = max(1, -(-len(groups) // GROUPS))
    page = min(int(asked), pages) if asked.isascii() and asked.isdecimal() and 0 < len(asked) < 5 and int(asked) else 1
    shown = groups[(page - 1) * GROUPS : page * GROUPS]
    matcher = visit.desk.guide.matcher
    guesses = [
        matcher.match(words, group.area).top[:GUESSES] if (words := group.questions[0].words) else () for group in shown
    ]
    entries = {area: entries_by_theme(visit.desk, area) for area in {group.area for group in shown}}
    return visit.page(
        "questions.html", 422 if problem else 200, groups=list(zip(shown, guesses, strict=True)), entries=entries,
        page=page, pages=pages, total=sum(len(group.questions) for group in groups), problem=problem,
        said=visit.asked("said"), new_entry=unanswered.NEW_ENTRY,
    )  # fmt: skip


def settle(visit: Visit) -> Response:
    """Say which entry should answer a group of questions, or put them away."""
    desk, staff, ids = visit.desk, visit.here.staff, visit.all_sent_numbers("question")
    area = unanswered.area_of(desk.engine, ids, staff.areas)
    if area is None:
        raise HTTPException(404)
    if visit.sent("do") == "close":
        if not unanswered.close(desk.engine, staff, ids, desk.seals, visit.now):
            raise HTTPException(404)
        return visit.go("/desk/questions", said="closed")
    entry = visit.sent("entry") or visit.sent("guess")
    phrases = [" ".join(line.split())[: unanswered.LONGEST_PHRASE] for line in visit.sent("phrases").splitlines()]
    phrases = [phrase for phrase in phrases if phrase]
    known = {one.id for some in entries_by_theme(desk, area).values() for one in some}
    if entry not in known | {unanswered.NEW_ENTRY} or not phrases:
        return _page(visit, "no-entry" if phrases else "no-phrase")
    kept = unanswered.answer(desk.engine, staff, ids, entry, phrases, desk.seals, visit.now)
    if not kept:
        raise HTTPException(404)
    if not staff.may(EDITOR):
        return visit.go("/desk/changes", said="kept")
    if entry == unanswered.NEW_ENTRY:
        return visit.go("/desk/content/new", wanted=kept[0])
    return visit.go(f"/desk/content/entry/{entry}", said="kept")


def _changes(visit: Visit) -> tuple[ContentChange, ...]:
    desk, areas = visit.desk, visit.areas(visit.asked("area"))
    return unanswered.content_changes(desk.engine, areas, desk.seals, desk.guide.library)


def changes(visit: Visit) -> Response:
    """The list of changes that wait for review."""
    new_entry, said = unanswered.NEW_ENTRY, visit.asked("said")
    return visit.page("changes.html", changes=_changes(visit), said=said, new_entry=new_entry)


def close_change(visit: Visit) -> Response:
    """A change is in the content now: it leaves the list."""
    proposals = visit.all_sent_numbers("proposal")
    if not unanswered.close_changes(visit.desk.engine, visit.here.staff, proposals, visit.now):
        raise HTTPException(404)
    return visit.go("/desk/changes", said="done")


def download(visit: Visit) -> Response:
    """All waiting changes as one YAML file."""
    text = "\n".join(change.as_yaml for change in _changes(visit) if change.phrases)
    headers = {"content-disposition": 'attachment; filename="content-changes.yaml"'}
    return PlainTextResponse(text, headers=headers, media_type="application/yaml")
