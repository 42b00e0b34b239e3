"""The annual comments report of one area (SEND Regulations 2014, regulation 56): counts, words and responses, nobody identifiable."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from conversations.forum import report_counts, report_rows
from conversations.forum.audit import recorded
from conversations.forum.disclosure_control import Group
from conversations.forum.report_counts import GENERAL, Counted
from conversations.forum.report_rows import Row
from conversations.guide import Guide
from conversations.keys.sealing import SealError, Seals
from conversations.london import LONDON
from conversations.records import drafts, editions
from conversations.records.editions import Edition
from conversations.wording import Wording
from knowledge.entries import Contact

OTHER = "other-themes"
"""The name of the merged themes in a draft."""
WAYS = ("theme", "kind", "felt", "age", "came", "quarter", "state")
"""What comments are counted by, in the order of the report; its titles stand under `by_…` in the wording."""


@dataclass(frozen=True)
class Line:
    """One line of a table: what is counted, and how many."""

    label: str
    n: int


@dataclass(frozen=True)
class Section:
    """The rows of one theme, or of the themes that were merged."""

    name: str
    label: str
    rows: tuple[Row, ...]
    text: str = ""


@dataclass(frozen=True)
class Promise:
    """What last year's report said would come next, and what became of it."""

    key: str
    comment: int | None
    said: str
    promised: str
    kept: str


@dataclass(frozen=True)
class Draft:
    """What people write into a report, and which rows they leave out."""

    introduction: str = ""
    council: str = ""
    closing: str = ""
    other_name: str = ""
    """What the themes that are too small to stand alone are called together."""
    sections: dict[str, str] = field(default_factory=dict)
    next: dict[str, str] = field(default_factory=dict)
    """What comes next, and by when, by the key of a row; empty where somebody took away what an issue says of it."""
    kept: dict[str, str] = field(default_factory=dict)
    """What became of last year's promises, by the key of a row of last year."""
    left_out: tuple[str, ...] = ()
    version: int = 0
    unreadable: bool = False
    """What was saved before cannot be read; all else is as at the start, but for the version."""


@dataclass(frozen=True)
class Report:
    """Everything that a report shows; counts are safe to publish. None where there are too few to count."""

    area: str
    area_name: str
    forum: str
    council: str
    contact: tuple[str, ...]
    year: int
    finished: bool
    total: int | None
    tables: tuple[tuple[str, tuple[Line, ...]], ...]
    """Tables of one way, by WAYS, those that say more than the total."""
    talks: int | None
    answers: int | None
    ratings: tuple[Line, ...]
    nothing_found: int | None
    passed_on: int | None
    sections: tuple[Section, ...]
    promises: tuple[Promise, ...]
    draft: Draft
    edition: Edition | None = None
    left: tuple[int, int] | None = None
    """How many rows of the edition before are public no more, and when that edition was frozen; None where none left."""
    uncounted: bool = False
    """The counts of the first edition cannot be read: no others may be shown beside them."""


def report(engine: Engine, area: str, year: int, seals: Seals, guide: Guide, wording: Wording, now: datetime) -> Report:
    """The report of a year with its draft; counts of under 5 are in it nowhere."""
    with engine.connect() as connection:
        return build(connection, area, year, seals, guide, wording, now)[0]


def export(
    engine: Engine,
    who: str,
    area: str,
    year: int,
    kind: str,
    seals: Seals,
    guide: Guide,
    wording: Wording,
    now: datetime,
) -> Report:
    """The report of a year, for a file of some kind that somebody takes away; every export is audited."""
    with recorded(engine, who, now) as recording:
        whole, _ = build(recording.connection, area, year, seals, guide, wording, now)
        recording.note("exported", area, f"report {year} as {kind}")
    return whole


def build(
    connection: Connection, area: str, year: int, seals: Seals, guide: Guide, wording: Wording, now: datetime
) -> tuple[Report, Counted]:
    """The report of a year as it stands now, and its counts.

    Once there is an edition, these are the counts of the first one: two reports of a year never differ in a number,
    so that no difference tells that somebody took their words back (P10).
    """
    there = editions.listed(connection, area, year)
    counted, uncounted = _counts(connection, area, year, there, seals, guide)
    draft = _draft(connection, area, year, seals)
    known = guide.area(area)
    forum = known.forum if known else None
    ratings = tuple(Line(wording.rows["report"][group.names[0]], group.n) for group in counted.ratings)
    made = Report(
        area=area,
        area_name=known.name if known else area.capitalize(),
        forum=forum.name if forum else wording.rows["report"]["forum"],
        council=known.council if known and known.council else wording.rows["report"]["council"],
        contact=_contact(forum),
        year=year,
        finished=now.astimezone(LONDON).year > year,
        total=counted.total,
        tables=_tables(counted, draft, guide, wording),
        talks=counted.talks,
        answers=counted.answers,
        ratings=ratings,
        nothing_found=counted.nothing_found,
        passed_on=counted.passed_on,
        sections=_sections(connection, counted, area, year, draft, seals, guide, wording),
        promises=_promises(connection, area, year, draft, seals, wording),
        draft=draft,
        left=left_since(connection, area, year, there[-1], seals) if there and not uncounted else None,
        uncounted=uncounted,
    )
    return made, counted


def _counts(
    connection: Connection, area: str, year: int, there: tuple[Edition, ...], seals: Seals, guide: Guide
) -> tuple[Counted, bool]:
    if not there:
        return report_counts.count(connection, area, year, guide.themes), False
    try:
        written = editions.read(connection, area, year, there[0].number, seals)
    except SealError:
        return Counted(), True
    return report_counts.read(json.loads(written or "{}")["counted"]), False


def left_since(connection: Connection, area: str, year: int, last: Edition, seals: Seals) -> tuple[int, int] | None:
    """How many rows of an edition are public no more, and when it was frozen; None where all are, or nobody can tell."""
    try:
        written = editions.read(connection, area, year, last.number, seals)
    except SealError:
        return None
    gone = json.loads(written or "{}")["rows"] - editions.standing(connection, area, year, last.number)
    return (gone, last.at) if gone else None


def _contact(forum: Contact | None) -> tuple[str, ...]:
    if forum is None:
        return ()
    return tuple(text for text in (forum.name, forum.phone, forum.text, forum.email, forum.url, forum.note) if text)


def _tables(counted: Counted, draft: Draft, guide: Guide, wording: Wording) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """The tables of one way that say more than the total."""
    quarters = {str(place): name for place, name in enumerate(wording.list("quarters"))}
    names = {
        "kind": wording.rows["kinds"], "felt": wording.rows["felt"], "quarter": quarters,
        "age": {"True": wording.rows["ages"]["young"], "False": wording.rows["ages"]["others"]},
        "came": wording.rows["came"], "state": wording.rows["states"],
    }  # fmt: skip

    def label(way: str, group: Group) -> str:
        if way == "theme":
            return theme_label(group, draft, guide, wording)
        return str(names[way].get(group.names[0], group.names[0])) if len(group.names) == 1 else wording("other_groups")

    found = ((way, tuple(Line(label(way, group), group.n) for group in counted.by(way))) for way in WAYS)
    return tuple((way, lines) for way, lines in found if len(lines) > 1)


def theme_name(theme: str, guide: Guide, wording: Wording) -> str:
    """A theme as people read it."""
    return wording("general_theme") if theme in (GENERAL, "") else guide.wording.theme(theme)


def theme_label(group: Group, draft: Draft, guide: Guide, wording: Wording) -> str:
    """The themes of a group as people read them; those that were merged by the name that somebody gave them."""
    if len(group.names) == 1:
        return theme_name(group.names[0], guide, wording)
    if set(group.names) >= {*guide.themes, GENERAL}:
        return str(wording.rows["report"]["all_themes"])
    return draft.other_name or str(wording.rows["report"]["other_themes"])


def _sections(
    connection: Connection, counted: Counted, area: str, year: int, draft: Draft,
    seals: Seals, guide: Guide, wording: Wording,
) -> tuple[Section, ...]:  # fmt: skip
    """The rows by theme; where there are too few to count at all they stand together under one heading."""
    groups = counted.by("theme") or (Group((*guide.themes, GENERAL), 0),)
    place_of = {name: place for place, group in enumerate(groups) for name in group.names}
    by_group: dict[int, list[Row]] = {}
    for row in report_rows.rows(connection, area, year, seals, wording):
        shown = replace(row, young=row.young and row.theme in counted.apart, next=draft.next.get(row.key, row.next))
        by_group.setdefault(place_of.get(row.theme, len(groups) - 1), []).append(shown)
    sections = []
    for place, rows in sorted(by_group.items()):
        group = groups[place]
        name = group.names[0] if len(group.names) == 1 else OTHER
        label = theme_label(group, draft, guide, wording) if group.n else str(wording.rows["report"]["comments"])
        sections.append(Section(name, label, tuple(rows), draft.sections.get(name, "")))
    return tuple(sections)


def _promises(
    connection: Connection, area: str, year: int, draft: Draft, seals: Seals, wording: Wording
) -> tuple[Promise, ...]:
    """What the report of the year before said would come next, as far as its comments are public still."""
    before = _draft(connection, area, year - 1, seals)
    if not before.next:
        return ()
    rows = report_rows.rows(connection, area, year - 1, seals, wording)
    return tuple(
        Promise(row.key, row.comment, row.said, before.next[row.key], draft.kept.get(row.key, ""))
        for row in rows
        if before.next.get(row.key) and row.key not in before.left_out
    )


def _draft(connection: Connection, area: str, year: int, seals: Seals) -> Draft:
    """What was written into a report so far."""
    try:
        kept = drafts.read(connection, area, year, seals)
    except SealError:
        return Draft(version=drafts.version_of(connection, area, year), unreadable=True)
    return replace(read_draft(json.loads(kept[0])), version=kept[1]) if kept else Draft()


def read_draft(rows: dict[str, Any]) -> Draft:
    """A draft from its JSON, also from that of an older version."""
    known = {item.name for item in fields(Draft)}
    values: dict[str, Any] = {name: value for name, value in rows.items() if name in known}
    return replace(Draft(**values), left_out=tuple(str(key) for key in rows.get("left_out", ())))


def write_draft(engine: Engine, who: str, area: str, year: int, draft: Draft, seals: Seals, now: datetime) -> bool:
    """Keep what was written into a report; False where somebody else has since `draft.version`."""
    with recorded(engine, who, now) as recording:
        written, moment = json.dumps(asdict(draft)), recording.moment
        kept = drafts.write(recording.connection, area, year, written, draft.version, who, moment, seals)
        if kept:
            recording.note("report draft", area, f"report {year}")
    return kept


def published(whole: Report) -> tuple[Section, ...]:
    """The sections without the rows that were left out, and without sections that have nothing left to say."""
    kept = (
        replace(one, rows=tuple(row for row in one.rows if row.key not in whole.draft.left_out))
        for one in whole.sections
    )
    return tuple(one for one in kept if one.rows or one.text)
