"""The annual comments report of one area (SEND Regulations 2014, regulation 56): counts, words and responses, nobody identifiable."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from conversations import states
from conversations.forum.audit import recorded
from conversations.forum.disclosure_control import SMALLEST, Group, hidden, merged
from conversations.guide import Guide
from conversations.keys.sealing import SealError, Seals
from conversations.london import LONDON, first_second
from conversations.records import counts, drafts, feedback, questions
from conversations.records.counts import HELPFUL, NOTHING, UNHELPFUL
from conversations.records.feedback import Feedback, Filters
from conversations.turns import FEEDBACK_KINDS, WAYS
from conversations.wording import Wording

FELT = ("good", "mixed", "bad", "none")
OTHER = "other-themes"
"""The name of the merged themes in a draft."""


@dataclass(frozen=True)
class Line:
    """One line of a table: what is counted, and how many."""

    label: str
    n: int


@dataclass(frozen=True)
class Cross:
    """A table of two ways; None stands for a cell that is not shown. Its sums are those of the tables of one way."""

    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True)
class PublishedComment:
    """One published comment with what came of it."""

    id: int
    words: str
    young: bool
    """True only where both the young and the others of its group are 5 or more."""
    response: str | None
    council_response: str | None
    done_text: str | None


@dataclass(frozen=True)
class Section:
    """The published comments of one theme, or of the themes that were merged."""

    name: str
    label: str
    said: tuple[PublishedComment, ...]
    text: str = ""


@dataclass(frozen=True)
class Draft:
    """What people write into a report, and which comments they leave out."""

    introduction: str = ""
    council: str = ""
    closing: str = ""
    sections: dict[str, str] = field(default_factory=dict)
    left_out: tuple[int, ...] = ()
    version: int = 0
    unreadable: bool = False
    """What was saved before cannot be read; all else is as at the start, but for the version."""


@dataclass(frozen=True)
class Report:
    """Everything that a report shows; counts are safe to publish. None where there are too few to count."""

    area: str
    area_name: str
    year: int
    finished: bool
    total: int | None
    tables: tuple[tuple[str, tuple[Line, ...]], ...]
    """Tables of one way: the name of each in the wording, and its lines."""
    cross: Cross | None
    ratings: tuple[Line, ...]
    nothing_found: int | None
    passed_on: int | None
    sections: tuple[Section, ...]
    draft: Draft


@dataclass(frozen=True)
class _Population:
    """What is counted: one area, one year."""

    filters: Filters
    tally: dict[tuple[Any, ...], int]
    """(theme, kind, felt, young, state, came, quarter) -> n."""

    def by(self, place: int, names: tuple[str, ...]) -> dict[str, int]:
        """Counts by one of the columns, in the order of `names`; names that nobody chose stand with 0."""
        counted = dict.fromkeys(names, 0)
        for key, n in self.tally.items():
            name = str(key[place]) if key[place] is not None else "none"
            counted[name] = counted.get(name, 0) + n
        return counted


def bounds_of(year: int) -> tuple[int, int]:
    """The first second of a year and of the next, in Europe/London."""
    first, last = (first_second(date(one, 1, 1)) for one in (year, year + 1))
    return first, last


def report(engine: Engine, area: str, year: int, seals: Seals, guide: Guide, wording: Wording, now: datetime) -> Report:
    """The report of a year with its draft; counts of under 5 are in it nowhere."""
    with engine.connect() as connection:
        return _report(connection, area, year, seals, guide, wording, now)


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
        whole = _report(recording.connection, area, year, seals, guide, wording, now)
        recording.note("exported", area, f"report {year} as {kind}")
    return whole


def _report(
    connection: Connection, area: str, year: int, seals: Seals, guide: Guide, wording: Wording, now: datetime
) -> Report:
    since, until = bounds_of(year)
    filters = Filters((area,), states.counted(), since=since, until=until)
    quarters = [first_second(date(year, month, 1)) for month in (1, 4, 7, 10)]
    columns = ("theme", "kind", "felt", "young", "state", "came")
    people = _Population(filters, feedback.tally(connection, filters, *columns, starts=quarters))
    total = sum(people.tally.values())
    themes = merged(people.by(0, (*guide.themes, "general")))
    kinds = merged(people.by(1, FEEDBACK_KINDS))
    draft = _draft(connection, area, year, seals)
    known = guide.area(area)
    return Report(
        area=area,
        area_name=known.name if known else area.capitalize(),
        year=year,
        finished=now.astimezone(LONDON).year > year,
        total=total if total >= SMALLEST else None,
        tables=_tables(people, themes, kinds, guide, wording),
        cross=_cross(people, themes, kinds, guide, wording),
        ratings=_ratings(connection, area, year, wording),
        **_gaps(connection, area, year),
        sections=_sections(connection, people, themes, draft, seals, guide, wording),
        draft=draft,
    )


def _tables(
    people: _Population, themes: tuple[Group, ...], kinds: tuple[Group, ...], guide: Guide, wording: Wording
) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """The tables of one way that say more than the total."""
    quarters = dict(zip(wording.list("quarters"), people.by(6, ("0", "1", "2", "3")).values(), strict=True))
    young = people.by(3, ("True", "False"))
    ages = {"young": young["True"], "others": young["False"]}
    named = (
        ("by_kind", _lines(kinds, wording.rows["kinds"], wording)),
        ("by_theme", tuple(Line(theme_label(group, guide, wording), group.n) for group in themes)),
        ("by_felt", _lines(merged(people.by(2, FELT)), wording.rows["felt"], wording)),
        ("by_age", _lines(merged(ages), wording.rows["ages"], wording)),
        ("by_came", _lines(merged(people.by(5, WAYS)), wording.rows["came"], wording)),
        ("by_quarter", _lines(merged(quarters), {}, wording)),
        ("by_state", _lines(merged(people.by(4, states.counted())), wording.rows["states"], wording)),
    )
    return tuple((name, lines) for name, lines in named if len(lines) > 1)


def _lines(groups: tuple[Group, ...], labels: dict[str, str], wording: Wording) -> tuple[Line, ...]:
    return tuple(
        Line(_label(tuple(labels.get(name, name) for name in group.names), wording), group.n) for group in groups
    )


def _label(names: tuple[str, ...], wording: Wording) -> str:
    if len(names) == 1:
        return names[0]
    return wording("other_groups", names="; ".join(map(_inside, names)))


def _inside(name: str) -> str:
    """A name as it stands inside a sentence: "EHC plans" keeps its capitals."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def theme_name(theme: str, guide: Guide, wording: Wording) -> str:
    """A theme as people read it."""
    return wording("general_theme") if theme in ("general", "") else guide.wording.theme(theme)


def theme_label(group: Group, guide: Guide, wording: Wording) -> str:
    """The themes of a group as people read them."""
    if set(group.names) >= {*guide.themes, "general"}:
        return str(wording.rows["report"]["all_themes"])
    return _label(tuple(theme_name(name, guide, wording) for name in group.names), wording)


def _cross(
    people: _Population, themes: tuple[Group, ...], kinds: tuple[Group, ...], guide: Guide, wording: Wording
) -> Cross | None:
    """Themes by kinds, with enough cells hidden that none under 5 can be worked out; None where nothing would be left."""
    if len(themes) < 2 or len(kinds) < 2:
        return None
    row_of = {name: place for place, group in enumerate(themes) for name in group.names}
    column_of = {name: place for place, group in enumerate(kinds) for name in group.names}
    cells = [[0] * len(kinds) for _ in themes]
    for key, n in people.tally.items():
        cells[row_of[str(key[0])]][column_of[str(key[1])]] += n
    away = hidden(cells)
    if away is None or len(away) == len(themes) * len(kinds):
        return None
    rows = tuple(Line(theme_label(group, guide, wording), group.n) for group in themes)
    shown = (tuple(None if (i, j) in away else n for j, n in enumerate(row)) for i, row in enumerate(cells))
    return Cross(rows, _lines(kinds, wording.rows["kinds"], wording), tuple(shown))


def _days(year: int) -> tuple[str, str]:
    return date(year, 1, 1).isoformat(), date(year, 12, 31).isoformat()


def _ratings(connection: Connection, area: str, year: int, wording: Wording) -> tuple[Line, ...]:
    """Helpful and not helpful, where both are 5 or more."""
    counted = counts.summed(connection, area, (HELPFUL, UNHELPFUL), *_days(year))
    sums = {what: sum(n for (kind, _), n in counted.items() if kind == what) for what in (HELPFUL, UNHELPFUL)}
    groups = merged(sums)
    return tuple(Line(wording.rows["report"][group.names[0]], group.n) for group in groups) if len(groups) > 1 else ()


def _gaps(connection: Connection, area: str, year: int) -> dict[str, int | None]:
    """Questions without an answer, and how many were passed on where neither they nor the rest are under 5."""
    nothing = sum(counts.summed(connection, area, (NOTHING,), *_days(year)).values())
    passed = questions.how_many(connection, area, *bounds_of(year))
    apart = passed >= SMALLEST and nothing - passed >= SMALLEST
    return {"nothing_found": nothing if nothing >= SMALLEST else None, "passed_on": passed if apart else None}


def _sections(
    connection: Connection, people: _Population, themes: tuple[Group, ...], draft: Draft,
    seals: Seals, guide: Guide, wording: Wording,
) -> tuple[Section, ...]:  # fmt: skip
    """Published comments by theme; where there are too few to count at all they stand together under one heading."""
    groups = themes or (Group((*guide.themes, "general"), 0),)
    by_group: dict[int, list[Feedback]] = {}
    place_of = {name: place for place, group in enumerate(groups) for name in group.names}
    for record in feedback.listed_published(connection, people.filters):
        by_group.setdefault(place_of.get(record.theme, len(groups) - 1), []).append(record)
    sections = []
    for place, found in sorted(by_group.items()):
        group = groups[place]
        apart = _audience_may_stand(people, group)
        name = group.names[0] if len(group.names) == 1 else OTHER
        label = theme_label(group, guide, wording) if themes else wording.rows["report"]["comments"]
        opened = ((record, _public_words(record, seals, wording)) for record in found)
        said = tuple(_said(record, words, apart) for record, words in opened if words is not None)
        sections.append(Section(name, label, said, draft.sections.get(name, "")))
    return tuple(sections)


def _public_words(record: Feedback, seals: Seals, wording: Wording) -> str | None:
    """The words for publication, or a line in their place where they cannot be read; a person can leave it out."""
    try:
        return record.public_words(seals)
    except SealError:
        return wording("unreadable")


def _audience_may_stand(people: _Population, group: Group) -> bool:
    """Whether words of a group may say that a young person said them: 5 or more young people, and 5 or more others."""
    ages = {True: 0, False: 0}
    for key, n in people.tally.items():
        if key[0] in group.names:
            ages[bool(key[3])] += n
    return min(ages.values()) >= SMALLEST


def _said(record: Feedback, words: str, apart: bool) -> PublishedComment:
    return PublishedComment(
        record.id, words, apart and record.young, record.response, record.council_response, record.done_text
    )


def _draft(connection: Connection, area: str, year: int, seals: Seals) -> Draft:
    """What was written into a report so far."""
    try:
        kept = drafts.read(connection, area, year, seals)
    except SealError:
        return Draft(version=drafts.version_of(connection, area, year), unreadable=True)
    if kept is None:
        return Draft()
    rows = json.loads(kept[0])
    known = {item.name for item in fields(Draft)}
    values: dict[str, Any] = {name: value for name, value in rows.items() if name in known}
    return replace(Draft(**values), left_out=tuple(rows.get("left_out", ())), version=kept[1])


def write_draft(engine: Engine, who: str, area: str, year: int, draft: Draft, seals: Seals, now: datetime) -> bool:
    """Keep what was written into a report; False where somebody else has since `draft.version`."""
    with recorded(engine, who, now) as recording:
        written, moment = json.dumps(asdict(draft)), recording.moment
        kept = drafts.write(recording.connection, area, year, written, draft.version, who, moment, seals)
        if kept:
            recording.note("report draft", area, f"report {year}")
    return kept


def published(whole: Report) -> tuple[Section, ...]:
    """The sections without the comments that were left out, and without sections that have nothing left to say."""
    kept = (
        Section(one.name, one.label, tuple(said for said in one.said if said.id not in whole.draft.left_out), one.text)
        for one in whole.sections
    )
    return tuple(one for one in kept if one.said or one.text)
