"""Feedback as a file: CSV, XLSX or JSON Lines; a cell that a spreadsheet could run is made text (OWASP, CSV injection)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from conversations.forum.review import Item
from conversations.london import LONDON

FORMATS = ("csv", "xlsx", "jsonl")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl; charset=utf-8",
}
COLUMNS = (
    "id", "area", "received", "state", "kind", "theme", "topic", "felt", "young_person", "words", "words_for_publication",
    "published", "response", "council_response", "done",
)  # fmt: skip
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|[\t\r\n]")
"""What a spreadsheet may take for a formula at the start of a cell, with full-width forms and blanks before it."""
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
LONGEST_CELL = 32_000
"""A cell of a spreadsheet holds 32,767 characters."""


def rows(items: Iterable[Item], unreadable: str) -> list[tuple[Any, ...]]:
    """Feedback as rows of COLUMNS, in its order; `unreadable` stands in the place of words that cannot be read."""
    found = []
    for item in items:
        record = item.record
        words, public_words = (
            unreadable if name in item.unreadable else getattr(item, name) for name in ("words", "public_words")
        )
        received = datetime.fromtimestamp(record.created, LONDON).date().isoformat()
        found.append((
            record.id, record.area, received, record.state, record.kind, record.theme, record.topic, record.felt,
            record.young, words, public_words, record.published, record.response, record.council_response,
            record.done_text,
        ))  # fmt: skip
    return found


def write(name: str, table: Sequence[tuple[Any, ...]], columns: Sequence[str] = COLUMNS) -> bytes:
    """A table in one of FORMATS."""
    if name == "jsonl":
        lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in table)
        return "".join(line + "\n" for line in lines).encode("utf-8", "replace")
    return _xlsx(table, columns) if name == "xlsx" else as_csv([columns, *table])


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


def _xlsx(table: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Feedback")
    sheet.freeze_panes = "A2"
    head = [WriteOnlyCell(sheet, value=name) for name in columns]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in table:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    """A cell; text is always text, whatever it begins with."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    cell = WriteOnlyCell(sheet, value=harmless(value))
    cell.data_type = "s"
    return cell
