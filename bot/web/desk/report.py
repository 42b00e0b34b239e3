"""The annual report at the desk: choose the year, write into the draft, read it, freeze it, take it away."""

from __future__ import annotations

from collections.abc import Container

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.files import report
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import editions, reports
from conversations.forum.editions import EditionError
from conversations.forum.reports import Draft, Report
from conversations.forum.roles import REVIEWER

WHO = (REVIEWER,)
LONGEST = 8_000
"""Characters of each part that is written."""
LONGEST_LINE = 300
"""Characters of what comes next for one row, of what became of a promise, and of the name of small themes."""
FIRST_YEAR = 2020
YEARS_SHOWN = 5
STATUS = {None: 200, "too-long": 422, "not-over": 422, "stale": 409, "unreadable": 409}


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/report", staff_page(desk, choose, WHO)),
        Route("/desk/report/{area}/{year}", staff_page(desk, edit, WHO), methods=["GET", "POST"]),
        Route("/desk/report/{area}/{year}/file.{format}", staff_page(desk, file, WHO)),
        Route("/desk/report/{area}/{year}/editions", staff_page(desk, freeze, WHO), methods=["POST"]),
        Route("/desk/report/{area}/{year}/editions/{number}.{format}", staff_page(desk, edition, WHO)),
    ]


def choose(visit: Visit) -> Response:
    """Areas and years."""
    years = [visit.now.year - back for back in range(YEARS_SHOWN)]
    return visit.page("report_years.html", years=years)


def _asked(visit: Visit) -> tuple[str, int]:
    """The area and the year of the path, where there can be a report of them."""
    area, year = visit.area(str(visit.request.path_params["area"])), visit.number("year")
    if not FIRST_YEAR <= year <= visit.now.year:
        raise HTTPException(404)
    return area, year


def _report(visit: Visit) -> Report:
    area, year = _asked(visit)
    desk = visit.desk
    return reports.report(desk.engine, area, year, desk.seals, desk.guide, desk.wording, visit.now)


def _page(visit: Visit, whole: Report, problem: str | None) -> Response:
    there = editions.listed(visit.desk.engine, whole.area, whole.year)
    merged = any(one.name == reports.OTHER for one in whole.sections)
    return visit.page(
        "report_edit.html", STATUS[problem], report=whole, problem=problem, said=visit.asked("said"), editions=there,
        merged=merged, wrong=_too_long(visit), formats=report.FORMATS, longest=LONGEST, longest_line=LONGEST_LINE,
    )  # fmt: skip


def edit(visit: Visit) -> Response:
    """The draft: an introduction, the council's word, a word to each theme, what comes next, and what stays out."""
    whole = _report(visit)
    if visit.request.method == "GET":
        return _page(visit, whole, None)
    introduction, council, closing = (visit.sent(name).strip() for name in ("introduction", "council", "closing"))
    before, keep = whole.draft, set(visit.all_sent("keep"))
    sections, coming, became = _sent(visit, "section-"), _sent(visit, "next-"), _sent(visit, "kept-")
    other_name = visit.sent("other_name").strip()
    draft = Draft(
        introduction, council, closing, other_name,
        sections=_written({**before.sections, **sections}),
        next=_written({**before.next, **coming}, emptied={*before.next, *visit.all_sent("had")}),
        kept=_written({**before.kept, **became}),
        left_out=tuple(
            key for key in dict.fromkeys((*before.left_out, *coming)) if key not in coming or key not in keep
        ),
        version=visit.sent_number("version"),
    )  # fmt: skip
    if _too_long(visit):
        return _page(visit, whole, "too-long")
    desk, who = visit.desk, visit.here.staff.name
    if not reports.write_draft(desk.engine, who, whole.area, whole.year, draft, desk.seals, visit.now):
        return _page(visit, whole, "stale")
    return visit.go(f"/desk/report/{whole.area}/{whole.year}", said="saved")


def _too_long(visit: Visit) -> tuple[str, ...]:
    """The names of the fields whose text is longer than it may be."""
    lines = ("other_name", "next-", "kept-")
    return tuple(
        name
        for name in dict.fromkeys(name for name, _ in visit.form)
        if len(visit.sent(name).strip()) > (LONGEST_LINE if name.startswith(lines) else LONGEST)
    )


def _sent(visit: Visit, kind: str) -> dict[str, str]:
    """What the form sent of one kind, by key. What it did not show stays as it stands: a colleague may publish meanwhile."""
    there = (name for name, _ in visit.form if name.startswith(kind))
    return {name.removeprefix(kind): visit.sent(name).strip() for name in there}


def _written(texts: dict[str, str], emptied: Container[str] = ()) -> dict[str, str]:
    """What is written, by key; of `emptied` also that it is empty: else the day that an issue names would come back."""
    return {name: words for name, words in texts.items() if words or name in emptied}


def file(visit: Visit) -> Response:
    """The report as a page to read and print, or as a file."""
    kind = str(visit.request.path_params["format"])
    if kind not in report.FORMATS:
        raise HTTPException(404)
    desk, who = visit.desk, visit.here.staff.name
    if kind == "html" and not visit.asked("download"):
        return HTMLResponse(report.as_html(_report(visit), desk.pages, desk.wording))
    area, year = _asked(visit)
    whole = reports.export(desk.engine, who, area, year, kind, desk.seals, desk.guide, desk.wording, visit.now)
    return _download(visit, whole, kind, f"report-{area}-{year}")


def freeze(visit: Visit) -> Response:
    """Freeze the report as it stands as an edition with its date."""
    (area, year), desk = _asked(visit), visit.desk
    try:
        editions.freeze(
            desk.engine, visit.here.staff.name, area, year, visit.sent_number("version"), desk.seals, desk.guide,
            desk.wording, visit.now,
        )  # fmt: skip
    except EditionError as error:
        visit.form, visit.request.scope["method"] = [], "GET"
        return _page(visit, _report(visit), error.reason)
    return visit.go(f"/desk/report/{area}/{year}", said="frozen")


def edition(visit: Visit) -> Response:
    """An edition as a file, without what was taken back since."""
    (area, year), kind, number = _asked(visit), str(visit.request.path_params["format"]), visit.number("number")
    if kind not in report.FORMATS:
        raise HTTPException(404)
    desk, who = visit.desk, visit.here.staff.name
    try:
        whole = editions.edition(desk.engine, who, area, year, number, kind, desk.seals, visit.now)
    except EditionError as error:
        return _page(visit, _report(visit), error.reason)
    if whole is None:
        raise HTTPException(404)
    return _download(visit, whole, kind, f"report-{area}-{year}-edition-{number}")


def _download(visit: Visit, whole: Report, kind: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}.{kind}"'}
    body = report.write(kind, whole, visit.desk.pages, visit.desk.wording)
    return Response(body, headers=headers, media_type=report.TYPES[kind])
