"""Feedback as a file: CSV, XLSX or JSON Lines; CSV and JSON Lines with codes for programs, XLSX in words for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.files.tables import as_csv, xlsx
from conversations.forum.review import Item
from conversations.london import LONDON
from conversations.wording import Wording
from knowledge.entries import Library

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
    """A table in one of FORMATS; see `in_words` for what an XLSX for people has."""
    if name == "jsonl":
        lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in table)
        return "".join(line + "\n" for line in lines).encode("utf-8", "replace")
    if name == "xlsx":
        return xlsx("Feedback", columns, table)
    return as_csv([columns, *table])


def in_words(
    table: Sequence[tuple[Any, ...]], wording: Wording, talk: Wording, library: Library
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The headings and the rows of a table with COLUMNS as people read them: words for codes, days as days.

    `talk` is the wording of families, which names the themes.
    """
    headings: Mapping[str, str] = wording.rows["columns"]

    def shown(column: str, value: Any) -> Any:
        match column:
            case "received":
                return date.fromisoformat(value)
            case "area" if value in library.area_by_id:
                return library.area_by_id[value].name
            case "theme":
                return wording("general_theme") if value in ("general", "") else talk.theme(value)
            case "topic" if value in library.by_id:
                return library.by_id[value].title
            case "state" | "kind" | "felt":
                return wording.rows[{"state": "states", "kind": "kinds", "felt": "felt"}[column]].get(
                    value or "none", value
                )
        return value

    shown_rows = [tuple(shown(*pair) for pair in zip(COLUMNS, row, strict=True)) for row in table]
    return [headings[name] for name in COLUMNS], shown_rows
