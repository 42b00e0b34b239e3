"""Editions of the annual report: what is handed in is frozen with its date, and what a family takes back leaves it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from conversations.forum import report_counts
from conversations.forum.audit import recorded
from conversations.forum.report_rows import Row
from conversations.forum.reports import Line, Promise, Report, Section, build, published, read_draft
from conversations.guide import Guide
from conversations.keys.sealing import SealError, Seals
from conversations.records import editions
from conversations.records.editions import Edition
from conversations.wording import Wording


class EditionError(Exception):
    """No edition; `reason` says why: the year is not over, the draft has changed since it was looked at, or it cannot be read."""

    def __init__(self, reason: Literal["not-over", "stale", "unreadable"]) -> None:
        super().__init__(reason)
        self.reason = reason


def listed(engine: Engine, area: str, year: int) -> tuple[Edition, ...]:
    """The editions of a year's report, the first one first."""
    with engine.connect() as connection:
        return editions.listed(connection, area, year)


def freeze(
    engine: Engine, who: str, area: str, year: int, version: int, seals: Seals, guide: Guide, wording: Wording,
    now: datetime,
) -> int:  # fmt: skip
    """Freeze the report of a year as it stands with the draft of a `version`; gives the number of the edition.

    Raises EditionError.
    """
    try:
        with recorded(engine, who, now) as recording:
            connection = recording.connection
            whole, counted = build(connection, area, year, seals, guide, wording, now)
            if not whole.finished:
                raise EditionError("not-over")
            if whole.uncounted or whole.draft.unreadable:
                raise EditionError("unreadable")
            if whole.draft.version != version:
                raise EditionError("stale")
            there, sections = editions.listed(connection, area, year), published(whole)
            rows = [(section.name, row) for section in sections for row in section.rows]
            frozen = asdict(replace(whole, sections=tuple(replace(one, rows=()) for one in sections), promises=()))
            lines = [(row.comment, json.dumps({"section": name, "row": asdict(row)})) for name, row in rows]
            lines += [(one.comment, json.dumps({"promise": asdict(one)})) for one in whole.promises]
            written = json.dumps({**frozen, "counted": report_counts.written(counted), "rows": len(lines)})
            edition = Edition(len(there) + 1, recording.moment, who)
            editions.keep(connection, area, year, edition, written, lines, seals)
            recording.note("report edition", area, f"report {year}, edition {edition.number}")
    except IntegrityError:
        raise EditionError("stale") from None
    return edition.number


def edition(
    engine: Engine, who: str, area: str, year: int, number: int, kind: str, seals: Seals, now: datetime
) -> Report | None:
    """An edition without what has left it since, for a file of some kind; audited. None where there is none.

    Raises EditionError("unreadable").
    """
    with recorded(engine, who, now) as recording:
        found = {one.number: one for one in editions.listed(recording.connection, area, year)}
        if number not in found:
            return None
        try:
            written = editions.read(recording.connection, area, year, number, seals)
            rows = editions.rows(recording.connection, area, year, number, seals)
        except SealError:
            raise EditionError("unreadable") from None
        recording.note("exported", area, f"report {year}, edition {number} as {kind}")
    return replace(_read(json.loads(written or "{}"), rows), edition=found[number])


def _read(frozen: dict[str, Any], rows: tuple[str, ...]) -> Report:
    """A report again, from what `freeze` made of it."""
    by_section: dict[str, list[Row]] = {}
    promises: list[Promise] = []
    for line in map(json.loads, rows):
        if "promise" in line:
            promises.append(Promise(**line["promise"]))
            continue
        values = {**line["row"], "did": tuple((who, text) for who, text in line["row"]["did"])}
        by_section.setdefault(line["section"], []).append(Row(**values))
    sections = (
        Section(one["name"], one["label"], tuple(by_section.get(one["name"], ())), one["text"])
        for one in frozen["sections"]
    )
    known = {name: value for name, value in frozen.items() if name in Report.__dataclass_fields__}
    return Report(**{
        **known, "contact": tuple(frozen["contact"]), "draft": read_draft(frozen["draft"]),
        "tables": tuple((way, tuple(Line(**line) for line in lines)) for way, lines in frozen["tables"]),
        "ratings": tuple(Line(**line) for line in frozen["ratings"]),
        "promises": tuple(promises),
        "sections": tuple(one for one in sections if one.rows or one.text),
        "left": tuple(frozen["left"]) if frozen["left"] else None, "edition": None,
    })  # fmt: skip
