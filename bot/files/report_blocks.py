"""The annual report as a row of blocks, the same for every kind of file: page, PDF, Word and CSV draw these and add nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.files.tables import NOT_IN_XML
from conversations.forum import reports
from conversations.forum.disclosure_control import SMALLEST
from conversations.forum.report_rows import Row
from conversations.forum.reports import Line, Report
from conversations.london import LONDON
from conversations.wording import Wording


@dataclass(frozen=True)
class Heading:
    """A heading; level 2 is that of a chapter."""

    level: int
    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; `look` is empty, `lead`, or `warning`."""

    text: str
    look: str = ""


@dataclass(frozen=True)
class Bars:
    """A table of counts with a bar to each."""

    caption: str
    what: str
    unit: str
    lines: tuple[Line, ...]


Cell = tuple[tuple[str, str], ...]
"""Paragraphs, each with who says it; empty where that is plain."""


@dataclass(frozen=True)
class Table:
    """A table of words."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


Block = Heading | Text | Bars | Table


@dataclass(frozen=True)
class Cover:
    """What stands on the first page."""

    title: str
    forum: str
    council: str
    dated: str


def cover(report: Report, wording: Wording) -> Cover:
    """The cover of a report."""
    text = wording.rows["report"]
    if report.edition is not None:
        dated = text["edition"].format(number=report.edition.number, date=day(report.edition.at))
    else:
        dated = text["draft"] if report.finished else text["unfinished"].format(year=report.year)
    title = text["title"].format(area=report.area_name, year=report.year)
    return Cover(
        title, text["by_forum"].format(forum=report.forum), text["for_council"].format(council=report.council), dated
    )


def blocks(report: Report, wording: Wording) -> tuple[Block, ...]:
    """All that a report says after its cover, in order; characters that no file can hold are taken out."""
    parts = (_opening, _listened, _themes, _said, _promises, _ending)
    return tuple(_clean(block) for part in parts for block in part(report, wording))


def day(seconds: int) -> str:
    """3 November 2026, from seconds since 1970."""
    when = datetime.fromtimestamp(seconds, LONDON)
    return f"{when.day} {when:%B %Y}"


def _opening(report: Report, wording: Wording) -> Iterator[Block]:
    text = wording.rows["report"]
    first, last = f"1 January {report.year}", f"31 December {report.year}"
    yield Text(text["lead"].format(area=report.area_name, first=first, last=last), "lead")
    yield Text(text["safe"])
    if report.uncounted:
        yield Text(text["uncounted"], "warning")
    if report.left is not None:
        n, at = report.left
        yield Text(text["left" if n >= SMALLEST else "left_few"].format(n=n, date=day(at)))
    yield from _told(report.draft.introduction)


def _listened(report: Report, wording: Wording) -> Iterator[Block]:
    text = wording.rows["report"]
    yield Heading(2, text["listened"])
    yield Text(text["listened_how"])
    said = []
    if report.talks is not None:
        said.append(text["talks"].format(n=report.talks))
    if report.answers is not None:
        said.append(text["answers"].format(n=report.answers))
    if report.ratings:
        helpful, unhelpful = report.ratings  # in this order always; an edition holds the labels as they were then
        said.append(text["rated"].format(helpful=helpful.n, unhelpful=unhelpful.n))
    if not report.uncounted:
        said.append(text["few"] if report.total is None else text["total"].format(n=report.total))
    ages = {line.label: line.n for line in dict(report.tables).get("age", ())}
    if (young := ages.get(wording.rows["ages"]["young"])) is not None:
        said.append(text["young"].format(n=young))
    yield Text(" ".join(said))
    if not report.uncounted:
        yield Text(" ".join(_gaps(report, wording)))


def _gaps(report: Report, wording: Wording) -> list[str]:
    """What a report says of questions without an answer."""
    text = wording.rows["report"]
    if report.nothing_found is None:
        return [text["gaps_few"]]
    lines = [text["gaps_found"].format(n=report.nothing_found)]
    return [*lines, text["gaps_passed"].format(n=report.passed_on)] if report.passed_on is not None else lines


def _themes(report: Report, wording: Wording) -> Iterator[Block]:
    text = wording.rows["report"]
    if not report.tables:
        return
    yield Heading(2, text["themes"])
    themes = dict(report.tables).get("theme", ())
    if themes:
        largest, *others = sorted(themes, key=lambda line: -line.n)
        names = [text["one_of"].format(label=line.label, n=line.n) for line in (largest, *others)]
        if largest.n == others[0].n:
            yield Text(text["themes_even"].format(total=report.total, labels=_list(names, text["and"])))
        else:
            first = text["themes_first"].format(label=largest.label, n=largest.n, total=report.total)
            yield Text(f"{first} {text['themes_then'].format(labels=_list(names[1:], text['and']))}")
    for way, lines in report.tables:
        yield Bars(text[f"by_{way}"], text[f"head_{way}"], text["comments"], lines)


def _list(names: Sequence[str], and_: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}{and_}{names[-1]}"


def _said(report: Report, wording: Wording) -> Iterator[Block]:
    text, sections = wording.rows["report"], reports.published(report)
    yield Heading(2, text["said"])
    if not sections:
        yield Text(text["said_none"])
    for section in sections:
        yield Heading(3, section.label)
        yield from _told(section.text)
        if not section.rows:
            continue
        planned = any(row.next for row in section.rows)
        head = (text["you_said"], text["came_of_it"], *([text["next"]] if planned else []))
        rows = (
            (
                ((text["young_said"] if row.young else "", row.said),),
                answers(row, wording) or (("", text["no_answer"]),),
                *([(("", row.next or text["no_next"]),)] if planned else []),
            )
            for row in section.rows
        )
        yield Table(f"{text['said']}: {section.label}", head, tuple(rows))


def answers(row: Row, wording: Wording) -> Cell:
    """What came of a comment, each with who says it."""
    text = wording.rows["report"]
    says = {"forum": text["forum_says"], "council": text["council_says"], "done": text["we_did"]}
    return tuple((says[who], words) for who, words in row.did)


def _promises(report: Report, wording: Wording) -> Iterator[Block]:
    text = wording.rows["report"]
    if report.promises:
        yield Heading(2, text["promises"])
        rows = (
            ((("", one.said),), (("", one.promised),), (("", one.kept or text["not_told"]),)) for one in report.promises
        )
        yield Table(text["promises"], (text["you_said"], text["promised"], text["kept"]), tuple(rows))


def _ending(report: Report, wording: Wording) -> Iterator[Block]:
    text = wording.rows["report"]
    if report.draft.council:
        yield Heading(2, text["council_whole"])
        yield from _told(report.draft.council)
    yield Heading(2, text["take_part"])
    yield Text(text["take_part_how"])
    yield from _told(report.draft.closing)
    if report.contact:
        yield Heading(2, text["contact"])
        for line in report.contact:
            yield Text(line)


def _told(words: str) -> Iterator[Block]:
    """What somebody wrote, a paragraph a line."""
    for part in words.split("\n"):
        if part.strip():
            yield Text(part.strip())


def _clean(block: Block) -> Block:
    """The block without characters that XML cannot hold."""

    def clean(text: str) -> str:
        return NOT_IN_XML.sub(" ", text)

    match block:
        case Heading(level, text):
            return Heading(level, clean(text))
        case Text(text, look):
            return Text(clean(text), look)
        case Bars(caption, what, unit, lines):
            return Bars(clean(caption), what, unit, tuple(Line(clean(line.label), line.n) for line in lines))
        case Table(caption, head, rows):
            cells = (tuple(tuple((who, clean(words)) for who, words in cell) for cell in row) for row in rows)
            return Table(clean(caption), head, tuple(cells))
