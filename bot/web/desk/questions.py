"""Questions that found no answer, and the changes of the content that they lead to."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.web.desk.feedback import entries_by_theme
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import unanswered
from conversations.records import desk as records
from conversations.records import staff as people

WHO = ("editor", "reviewer")
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


def _areas(visit: Visit, asked: str) -> tuple[str, ...]:
    area = visit.area(asked, optional=True)
    return (area,) if area else visit.here.staff.areas


def listed(visit: Visit) -> Response:
    """Groups of questions, each with the entries that come nearest."""
    return _page(visit, None)


def _page(visit: Visit, problem: str | None) -> Response:
    with visit.desk.engine.connect() as connection:
        groups = unanswered.waiting(connection, _areas(visit, visit.asked("area")), visit.desk.seals)
    asked = visit.asked("page")
    pages = max(1, -(-len(groups) // GROUPS))
    page = min(int(asked), pages) if asked.isascii() and asked.isdecimal() and 0 < len(asked) < 5 and int(asked) else 1
    shown = groups[(page - 1) * GROUPS : page * GROUPS]
    matcher = visit.desk.guide.matcher
    guesses = [matcher.match(group.questions[0].words, group.area).top[:GUESSES] for group in shown]
    entries = {area: entries_by_theme(visit.desk, area) for area in {group.area for group in shown}}
    return visit.page(
        "questions.html", 422 if problem else 200, groups=list(zip(shown, guesses, strict=True)), entries=entries,
        page=page, pages=pages, total=sum(len(group.questions) for group in groups), problem=problem,
        said=visit.asked("said"), new_entry=unanswered.NEW_ENTRY,
    )  # fmt: skip


def settle(visit: Visit) -> Response:
    """Say which entry should answer a group of questions, or put them away."""
    ids = [int(one) for one in visit.all_sent("question") if one.isascii() and one.isdecimal() and len(one) < 15]
    now, who = int(visit.now.timestamp()), visit.here.staff.name
    with visit.desk.engine.begin() as connection:
        asked = records.questions_by_ids(connection, ids, visit.here.staff.areas)
        if not asked or len({row.area for row in asked}) != 1 or len(asked) != len(set(ids)):
            raise HTTPException(404)
        about = f"questions {', '.join(str(row.id) for row in asked)}"
        if visit.sent("do") == "close":
            unanswered.close(connection, asked, visit.desk.seals, who, now)
            people.note(connection, who, "question closed", now, asked[0].area, about)
            return visit.go("/desk/questions", said="closed")
        entry = visit.sent("entry") or visit.sent("guess")
        phrases = [" ".join(line.split())[: unanswered.LONGEST_PHRASE] for line in visit.sent("phrases").splitlines()]
        phrases = [phrase for phrase in phrases if phrase]
        known = {one.id for some in entries_by_theme(visit.desk, asked[0].area).values() for one in some}
        if entry not in known | {unanswered.NEW_ENTRY} or not phrases:
            return _page(visit, "no-entry" if phrases else "no-phrase")
        unanswered.answer(connection, asked, entry, phrases, visit.desk.seals, who, now)
        people.note(connection, who, "question answered", now, asked[0].area, about)
    return visit.go("/desk/changes", said="kept")


def changes(visit: Visit) -> Response:
    """The list of changes that wait for review."""
    with visit.desk.engine.connect() as connection:
        areas = _areas(visit, visit.asked("area"))
        found = unanswered.content_changes(connection, areas, visit.desk.seals, visit.desk.guide.library)
    return visit.page("changes.html", changes=found, said=visit.asked("said"), new_entry=unanswered.NEW_ENTRY)


def close_change(visit: Visit) -> Response:
    """A change is in the content now: it leaves the list."""
    ids = [int(one) for one in visit.all_sent("proposal") if one.isascii() and one.isdecimal() and len(one) < 15]
    with visit.desk.engine.begin() as connection:
        if not records.close_proposals(connection, ids, visit.here.staff.areas):
            raise HTTPException(404)
        people.note(connection, visit.here.staff.name, "content change done", int(visit.now.timestamp()))
    return visit.go("/desk/changes", said="done")


def download(visit: Visit) -> Response:
    """All waiting changes as one YAML file."""
    with visit.desk.engine.connect() as connection:
        areas = _areas(visit, visit.asked("area"))
        found = unanswered.content_changes(connection, areas, visit.desk.seals, visit.desk.guide.library)
    text = "\n".join(change.as_yaml for change in found)
    headers = {"content-disposition": 'attachment; filename="content-changes.yaml"'}
    return PlainTextResponse(text, headers=headers, media_type="application/yaml")
