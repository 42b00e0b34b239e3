"""The annual report at the desk: choose the year, write into the draft, read it, take it away."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.files import report
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import reports
from conversations.forum.reports import Draft, Report
from conversations.forum.roles import REVIEWER

WHO = (REVIEWER,)
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


def edit(visit: Visit) -> Response:
    """The draft: an introduction, the council's word, a word to each theme, and which comments stay out."""
    whole = _report(visit)
    if visit.request.method == "GET":
        return visit.page("report_edit.html", report=whole, problem=None, said=visit.asked("said"))
    introduction, council, closing = (visit.sent(name).strip() for name in ("introduction", "council", "closing"))
    sections = {one.name: visit.sent(f"section-{one.name}").strip() for one in whole.sections}
    everything = [said.id for one in whole.sections for said in one.said]
    kept = set(visit.all_sent_numbers("keep"))
    draft = Draft(
        introduction, council, closing,
        sections={name: words for name, words in sections.items() if words},
        left_out=tuple(one for one in everything if one not in kept),
        version=visit.sent_number("version"),
    )  # fmt: skip
    too_long = any(len(part) > LONGEST for part in (introduction, council, closing, *sections.values()))
    desk, who = visit.desk, visit.here.staff.name
    if not too_long and reports.write_draft(desk.engine, who, whole.area, whole.year, draft, desk.seals, visit.now):
        return visit.go(f"/desk/report/{whole.area}/{whole.year}", said="saved")
    problem, status = ("too-long", 422) if too_long else ("stale", 409)
    return visit.page("report_edit.html", status, report=whole, problem=problem, said="")


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
    headers = {"content-disposition": f'attachment; filename="report-{area}-{year}.{kind}"'}
    return Response(report.write(kind, whole, desk.pages, desk.wording), headers=headers, media_type=report.TYPES[kind])
