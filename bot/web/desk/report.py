"""The annual report at the desk: choose the year, write into the draft, read it, take it away."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.files import report
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import reports
from conversations.forum.reports import Draft, Report
from conversations.records import staff as people

WHO = ("reviewer",)
LONGEST = 8_000
"""Characters of each part that is written."""
FIRST_YEAR = 2020
YEARS_SHOWN = 5


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/report", staff_page(desk, choose, WHO)),
        Route("/desk/report/{area}/{year}", staff_page(desk, edit, WHO), methods=["GET", "POST"]),
        Route("/desk/report/{area}/{year}/file.{format}", staff_page(desk, file, WHO)),
    ]


def choose(visit: Visit) -> Response:
    """Areas and years."""
    years = [visit.now.year - back for back in range(YEARS_SHOWN)]
    return visit.page("report_years.html", years=years)


def _report(visit: Visit) -> Report:
    area = visit.area(str(visit.request.path_params["area"]))
    year = visit.number("year")
    if not FIRST_YEAR <= year <= visit.now.year:
        raise HTTPException(404)
    desk = visit.desk
    with desk.engine.connect() as connection:
        return reports.report(connection, area, year, desk.seals, desk.guide, desk.wording, visit.now)


def edit(visit: Visit) -> Response:
    """The draft: an introduction, the council's word, a word to each theme, and which comments stay out."""
    whole = _report(visit)
    if visit.request.method == "GET":
        return visit.page("report_edit.html", report=whole, problem=None, said=visit.asked("said"))
    version = visit.sent("version")
    introduction, council, closing = (visit.sent(name).strip() for name in ("introduction", "council", "closing"))
    sections = {one.name: visit.sent(f"section-{one.name}").strip() for one in whole.sections}
    everything = [said.id for one in whole.sections for said in one.said]
    kept = {int(one) for one in visit.all_sent("keep") if one.isascii() and one.isdecimal() and len(one) < 15}
    draft = Draft(
        introduction, council, closing,
        sections={name: words for name, words in sections.items() if words},
        left_out=tuple(one for one in everything if one not in kept),
        version=int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else -1,
    )  # fmt: skip
    problem = (
        "too-long"
        if any(len(part) > LONGEST for part in (introduction, council, closing, *sections.values()))
        else None
    )
    if problem is None:
        who, desk = visit.here.staff.name, visit.desk
        with desk.engine.begin() as connection:
            if reports.write_draft(connection, whole.area, whole.year, draft, desk.seals, who, visit.now):
                about = f"report {whole.year}"
                people.note(connection, who, "report draft", int(visit.now.timestamp()), whole.area, about)
                return visit.go(f"/desk/report/{whole.area}/{whole.year}", said="saved")
        problem = "stale"
    return visit.page("report_edit.html", 409 if problem == "stale" else 422, report=whole, problem=problem, said="")


def file(visit: Visit) -> Response:
    """The report as a page to read and print, or as a file."""
    wanted = str(visit.request.path_params["format"])
    if wanted not in report.FORMATS:
        raise HTTPException(404)
    whole, desk = _report(visit), visit.desk
    if wanted == "html" and not visit.asked("download"):
        return HTMLResponse(report.as_html(whole, desk.pages, desk.wording))
    with desk.engine.begin() as connection:
        moment, about = int(visit.now.timestamp()), f"report {whole.year} as {wanted}"
        people.note(connection, visit.here.staff.name, "exported", moment, whole.area, about)
    name = f"report-{whole.area}-{whole.year}.{wanted}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    body = report.write(wanted, whole, desk.pages, desk.wording)
    return Response(body, headers=headers, media_type=report.TYPES[wanted])
