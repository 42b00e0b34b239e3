"""What families told of each theme, and answers by helpfulness: on a page, as a picture and as a table; for the desk alone."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.files.tables import as_csv, xlsx
from bot.web.visit import Desk, Visit, month, staff_page
from conversations.forum import figures, reports
from conversations.forum.figures import FELT, Figures, Row
from conversations.forum.roles import EDITOR, REVIEWER

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "svg": "image/svg+xml",
}
NUMBERS = ("n", "before", "quarter", "quarter_before", "young", "young_share")
SHADES = {"bad": "#4a1535", "mixed": "#8f4a12", "good": "#2b8577", "none": "#7f8795"}
"""From dark to light; each has 3:1 with white (WCAG 2.2, 1.4.11). desk.css has the same."""


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    who = [REVIEWER, EDITOR]
    return [
        Route("/desk/figures", staff_page(desk, show, who)),
        Route("/desk/figures/file.{format}", staff_page(desk, file, who)),
    ]


def show(visit: Visit) -> Response:
    """The last twelve months of an area, or of all that this person has."""
    areas = visit.areas(visit.asked("area"))
    found = figures.figures(visit.desk.engine, areas, visit.now.date())
    return visit.page(
        "figures.html", found=found, here=areas, felts=FELT, theme_row=_named(visit, found), period=_period(found)
    )


def file(visit: Visit) -> Response:
    """The same as a picture, or as a table for a spreadsheet."""
    kind, desk = str(visit.request.path_params["format"]), visit.desk
    if kind not in TYPES:
        raise HTTPException(404)
    areas = visit.areas(visit.asked("area"))
    found = figures.export(desk.engine, visit.here.staff.name, areas, kind, visit.now)
    text = desk.wording.rows["figures"]
    first, last = _period(found)
    title = text["title"].format(areas=", ".join(_area_name(desk, area) for area in areas), first=first, last=last)
    if kind == "svg":
        rows = _named(visit, found)
        shown = {
            "title": title,
            "rows": rows,
            "most": max([1, *(row.n for _, row in rows)]),
            "felts": FELT,
            "shades": SHADES,
        }
        body = desk.pages.get_template("figures.svg").render(shown).encode()
    else:
        columns, table = _table(visit, found)
        body = (
            xlsx("Figures", columns, table, f"{title}. {text['note']}") if kind == "xlsx" else as_csv([columns, *table])
        )
    name = f"figures-{'-'.join(areas)}-{visit.now.date().isoformat()}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, media_type=TYPES[kind])


def _period(found: Figures) -> tuple[str, str]:
    return month(found.first.isoformat()[:7]), month(found.last.isoformat()[:7])


def _area_name(desk: Desk, area: str) -> str:
    known = desk.guide.area(area)
    return known.name if known else area.capitalize()


def _named(visit: Visit, found: Figures) -> list[tuple[str, Row]]:
    """The rows of the themes with their names, largest first."""
    return [(reports.theme_name(row.name, visit.desk.guide, visit.desk.wording), row) for row in found.themes]


def _table(visit: Visit, found: Figures) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows: each theme, all together, and each area where there is more than one."""
    desk = visit.desk
    text, felt = desk.wording.rows["figures"], desk.wording.rows["felt"]
    columns = [text["theme"], *(text[name] for name in NUMBERS), *(felt[name] for name in FELT)]
    rows = [*_named(visit, found), (text["all"], found.total)]
    if len(found.areas) > 1:
        rows += [(f"{text['area']}: {_area_name(desk, row.name)}", row) for row in found.areas]
    return columns, [[name, *(getattr(row, part) for part in NUMBERS), *row.felt] for name, row in rows]
