"""A table as CSV, or as an XLSX sheet that can be worked with: headings that stay, a filter, widths, wrapped texts, real dates.

A cell that a spreadsheet could run is made text (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|[\t\r\n]")
"""What a spreadsheet may take for a formula at the start of a cell, with full-width forms and blanks before it."""
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
LONGEST_CELL = 32_000
"""A cell of a spreadsheet holds 32,767 characters."""
WIDEST, NARROWEST = 60, 9
"""Widths of a column, in characters."""
LOOKED_AT = 500
"""Rows from which the widths are taken."""
DAY = "d mmm yyyy"
TOP, WRAPPED = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)


def as_csv(table: Iterable[Sequence[Any]]) -> bytes:
    """CSV with every cell quoted, as UTF-8 with a byte order mark, without which spreadsheets misread it."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in table:
        writer.writerow([harmless(value) for value in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def harmless(value: Any) -> str:
    """A value as the text of a cell; what could be a formula begins with an apostrophe, which makes it text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = NOT_IN_XML.sub(" ", str(value))[:LONGEST_CELL]
    return f"'{text}" if FORMULA.match(text) else text


def xlsx(title: str, columns: Sequence[str], table: Sequence[Sequence[Any]], note: str = "") -> bytes:
    """A workbook with one sheet; a `note` stands on a second one. Text is text, whatever it begins with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(table) + 1}"
    for place, name in enumerate(columns):
        longest = max([len(_shown(row[place])) for row in table[:LOOKED_AT]], default=0)
        width = min(WIDEST, max(NARROWEST, len(name) + 4, longest + 2))
        sheet.column_dimensions[get_column_letter(place + 1)].width = width
    head = [WriteOnlyCell(sheet, value=name) for name in columns]
    for cell in head:
        cell.font, cell.alignment = Font(bold=True), WRAPPED
    sheet.append(head)
    for row in table:
        sheet.append([_cell(sheet, value) for value in row])
    if note:
        about = book.create_sheet("About")
        about.column_dimensions["A"].width = WIDEST
        about.append([_cell(about, note)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _shown(value: Any) -> str:
    return "30 Sept 2026" if isinstance(value, date) else "" if value is None else str(value)


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, int | float) and not isinstance(value, bool)):
        shown = datetime.combine(value, time()) if isinstance(value, date) else value
        cell = WriteOnlyCell(sheet, value=shown)
        cell.alignment = TOP
        if isinstance(value, date):
            cell.number_format = DAY
        return cell
    cell = WriteOnlyCell(sheet, value=harmless(value))
    cell.data_type, cell.alignment = "s", WRAPPED
    return cell
