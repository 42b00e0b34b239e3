"""The annual report as a file: HTML that prints well, PDF, or CSV; all three from the same counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace
from jinja2 import Environment

from bot.files.feedback_export import as_csv
from conversations.forum import reports
from conversations.forum.reports import Report
from conversations.wording import Wording

FORMATS = ("html", "pdf", "csv")
TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}
FONTS = Path(__file__).parent / "fonts"
STYLE = Path(__file__).parents[1] / "web" / "desk" / "static" / "report.css"
FAMILY = "dejavu"
INK, QUIET = (29, 36, 51), (84, 92, 107)


def write(name: str, report: Report, pages: Environment, wording: Wording) -> bytes:
    """The report in one of FORMATS."""
    if name == "pdf":
        return as_pdf(report, wording)
    if name == "csv":
        return as_csv(csv_rows(report, wording))
    style = STYLE.read_text(encoding="utf-8")
    return as_html(report, pages, wording, style).encode()


def as_html(report: Report, pages: Environment, wording: Wording, style: str | None = None) -> str:
    """The report as a page; with `style` inside it, where it is a file of its own, else linked for the desk's strict CSP."""
    sections = reports.published(report)
    text = wording.rows["report"]
    return pages.get_template("report_file.html").render(report=report, sections=sections, text=text, style=style)


def csv_rows(report: Report, wording: Wording) -> list[list[Any]]:
    """The report as lines: which part, which line, its count or its text."""
    text = wording.rows["report"]
    rows: list[list[Any]] = [[text["part"], text["line"], text["count"], text["text"]]]
    rows.append([report_title(report, wording), "", "", ""])
    if not report.finished:
        rows.append([text["unfinished"].format(year=report.year), "", "", ""])
    if report.total is None:
        rows.append([text["counts"], text["few"], "", ""])
    else:
        rows.append([text["counts"], text["all"], report.total, ""])
    for name, lines in report.tables:
        rows += [[text[name], line.label, line.n, ""] for line in lines]
    if report.cross is not None:
        for row, cells in zip(report.cross.rows, report.cross.cells, strict=True):
            for column, cell in zip(report.cross.columns, cells, strict=True):
                shown = text["hidden"] if cell is None else cell
                rows.append([text["by_both"], f"{row.label} / {column.label}", shown, ""])
    rows += [[text["ratings"], line.label, line.n, ""] for line in report.ratings]
    rows += [[text["gaps"], line, "", ""] for line in gap_lines(report, wording)]
    draft = report.draft
    rows += [
        [part, "", "", words]
        for part, words in ((text["said"], draft.introduction), (text["council_says"], draft.council))
        if words
    ]
    for section in reports.published(report):
        if section.text:
            rows.append([section.label, text["forum_says"], "", section.text])
        for said in section.said:
            rows.append([section.label, text["young_said"] if said.young else text["you_said"], "", said.words])
            rows += [[section.label, label, "", words] for label, words in answers(said, wording)]
    return rows


def report_title(report: Report, wording: Wording) -> str:
    """The title of a report."""
    return str(wording.rows["report"]["title"]).format(area=report.area_name, year=report.year)


def gap_lines(report: Report, wording: Wording) -> list[str]:
    """What a report says of questions without an answer."""
    text = wording.rows["report"]
    if report.nothing_found is None:
        return [text["gaps_few"]]
    lines = [text["gaps_found"].format(n=report.nothing_found)]
    return [*lines, text["gaps_passed"].format(n=report.passed_on)] if report.passed_on is not None else lines


def answers(said: reports.PublishedComment, wording: Wording) -> list[tuple[str, str]]:
    """What came of a comment, each with who says it."""
    text = wording.rows["report"]
    pairs = (
        (text["forum_says"], said.response), (text["council_says"], said.council_response), (text["we_did"], said.done_text)
    )  # fmt: skip
    return [(label, words) for label, words in pairs if words]


class _Paper(FPDF):
    """A4 pages with their numbers below."""

    footing = ""

    def footer(self) -> None:
        """Number the page."""
        self.set_y(-14)
        self.set_font(FAMILY, size=8)
        self.set_text_color(*QUIET)
        self.cell(0, 8, self.footing.format(page=self.page_no(), pages="{nb}"), align="R")


def as_pdf(report: Report, wording: Wording) -> bytes:
    """The report as PDF, drawn without a browser or any system package; its fonts come with the program."""
    text, paper = wording.rows["report"], _Paper(format="A4")
    paper.footing = text["page"]
    paper.set_margins(20, 18, 20)
    paper.set_auto_page_break(True, 20)
    paper.add_font(FAMILY, "", FONTS / "DejaVuSans.ttf")
    paper.add_font(FAMILY, "B", FONTS / "DejaVuSans-Bold.ttf")
    paper.set_title(report_title(report, wording))
    paper.set_lang("en-GB")
    paper.add_page()
    _line(paper, report_title(report, wording), 18, bold=True)
    first, last = f"1 January {report.year}", f"31 December {report.year}"
    _line(paper, text["lead"].format(area=report.area_name, first=first, last=last), 10)
    if not report.finished:
        _line(paper, text["unfinished"].format(year=report.year), 10, bold=True)
    _line(paper, text["safe"], 10)
    _line(paper, report.draft.introduction, 10.5)
    _counts(paper, report, wording)
    _words(paper, report, wording)
    return bytes(paper.output())


def _counts(paper: FPDF, report: Report, wording: Wording) -> None:
    text = wording.rows["report"]
    _line(paper, text["counts"], 14, bold=True)
    _line(paper, text["few"] if report.total is None else text["total"].format(n=report.total), 10.5)
    for name, lines in report.tables:
        rows = [[line.label, str(line.n)] for line in lines]
        _table(paper, text[name], [[text["line"], text["comments"]], *rows], (80, 20))
    if report.cross is not None:
        head = [text["theme"], *(column.label for column in report.cross.columns)]
        body = [
            [row.label, *("–" if cell is None else str(cell) for cell in cells)]
            for row, cells in zip(report.cross.rows, report.cross.cells, strict=True)
        ]
        _table(
            paper, text["by_both"], [head, *body], (34, *([66 / len(report.cross.columns)] * len(report.cross.columns)))
        )
        _line(paper, f"–: {text['hidden']}", 8.5)
    if report.ratings:
        _table(
            paper,
            text["ratings"],
            [["", text["count"]], *([line.label, str(line.n)] for line in report.ratings)],
            (80, 20),
        )
    _line(paper, text["gaps"], 12, bold=True)
    _line(paper, " ".join(gap_lines(report, wording)), 10.5)


def _words(paper: FPDF, report: Report, wording: Wording) -> None:
    text, sections = wording.rows["report"], reports.published(report)
    _line(paper, text["said"], 14, bold=True)
    if not sections:
        _line(paper, text["said_none"], 10.5)
    for section in sections:
        _line(paper, section.label, 12, bold=True)
        _line(paper, section.text, 10.5)
        for said in section.said:
            _line(paper, text["young_said"] if said.young else text["you_said"], 9, bold=True, below=0.5)
            _line(paper, said.words, 10.5, indent=6)
            for label, words in answers(said, wording):
                _line(paper, label, 9, bold=True, below=0.5)
                _line(paper, words, 10.5, indent=6)
    if report.draft.council:
        _line(paper, text["council_says"], 12, bold=True)
        _line(paper, report.draft.council, 10.5)
    _line(paper, report.draft.closing, 10.5)


def _line(paper: FPDF, words: str, size: float, bold: bool = False, indent: float = 0, below: float = 2.5) -> None:
    """A paragraph or a heading; nothing where there are no words. A heading near the end of a page goes to the next."""
    if not words:
        return
    if bold and paper.get_y() > paper.h - 45:
        paper.add_page()
    paper.set_font(FAMILY, "B" if bold else "", size)
    paper.set_text_color(*INK)
    paper.set_x(paper.l_margin + indent)
    paper.multi_cell(0, size * 0.55, words, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(below)


def _table(paper: FPDF, title: str, rows: list[list[str]], widths: tuple[float, ...]) -> None:
    _line(paper, title, 12, bold=True)
    paper.set_font(FAMILY, "", 8.5 if len(widths) > 3 else 10)
    aligned = ("LEFT", *(["RIGHT"] * (len(widths) - 1)))
    with paper.table(
        rows, col_widths=widths, text_align=aligned, line_height=6, borders_layout="HORIZONTAL_LINES",
        headings_style=FontFace(emphasis="BOLD"),
    ):  # fmt: skip
        pass
    paper.ln(4)
