"""The annual report as a file: HTML that prints well, tagged PDF, Word to edit, or CSV; all from the same blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment

from bot.files.report_blocks import Bars, Heading, Table, Text, blocks, cover
from bot.files.report_pdf import as_pdf
from bot.files.report_word import as_word
from bot.files.tables import as_csv
from conversations.forum.reports import Report
from conversations.wording import Wording

FORMATS = ("html", "pdf", "docx", "csv")
TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
}
STYLE = Path(__file__).parents[1] / "web" / "desk" / "static" / "report.css"


def write(name: str, report: Report, pages: Environment, wording: Wording) -> bytes:
    """The report in one of FORMATS."""
    if name == "csv":
        return as_csv(csv_rows(report, wording))
    if name == "html":
        return as_html(report, pages, wording, STYLE.read_text(encoding="utf-8")).encode()
    draw = as_pdf if name == "pdf" else as_word
    return draw(cover(report, wording), blocks(report, wording), wording)


def as_html(report: Report, pages: Environment, wording: Wording, style: str | None = None) -> str:
    """The report as a page; with `style` inside it, where it is a file of its own, else linked for the desk's strict CSP."""
    page = pages.get_template("report_file.html")
    return page.render(report=report, cover=cover(report, wording), blocks=blocks(report, wording), style=style)


def csv_rows(report: Report, wording: Wording) -> list[list[Any]]:
    """The report as lines: which part, which line, its count or its text."""
    text, front = wording.rows["report"], cover(report, wording)
    rows: list[list[Any]] = [[text["part"], text["line"], text["count"], text["text"]]]
    rows += [[front.title, "", "", words] for words in (front.forum, front.council, front.dated)]
    if report.total is not None:
        rows.append([text["counts"], text["all"], report.total, ""])
    part = front.title
    for block in blocks(report, wording):
        match block:
            case Heading(_, words):
                part = words
            case Text(words):
                rows.append([part, "", "", words])
            case Bars(caption, _, _, lines):
                rows += [[caption, line.label, line.n, ""] for line in lines]
            case Table(_, head, lines_of):
                for line in lines_of:
                    for name, cell in zip(head, line, strict=True):
                        rows += [[part, who or name, "", words] for who, words in cell]
    return rows
