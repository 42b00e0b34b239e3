"""`signpost feedback export` and `signpost report`: what families said, as files."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import BY, common, known_areas
from bot.opening import open_library, open_sealed
from bot.settings import Settings, SettingsError
from conversations.london import first_second

if TYPE_CHECKING:
    from conversations.guide import Guide


@click.group()
def feedback() -> None:
    """What families said."""


@feedback.command()
@click.option("--area", required=True, help="The id of an area.")
@click.option("--format", "kind", type=click.Choice(("csv", "xlsx", "jsonl")), help="Default: by --out, else csv.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; default standard output.")
@common
def export(
    settings: Settings,
    area: str,
    kind: str | None,
    since: datetime | None,
    until: datetime | None,
    out: Path | None,
) -> None:
    """Feedback of one area as CSV, XLSX or JSON Lines; never what is under safeguarding."""
    from bot.files import feedback_export
    from conversations.forum import inbox
    from conversations.forum.inbox import Filters
    from conversations.wording import load_wording

    library = open_library(settings)
    known_areas(library, (area,))
    kind, wording = kind or _kind_of(out, feedback_export.FORMATS, "csv"), load_wording("desk", settings.knowledge)
    engine, seals = open_sealed(settings)
    filters = Filters((area,), since=_start(since), until=_start(until + timedelta(days=1) if until else None))
    items = inbox.export(engine, BY, filters, kind, seals, settings.clock())
    columns, table = list(feedback_export.COLUMNS), feedback_export.rows(items, wording("unreadable"))
    if kind == "xlsx":
        talk = load_wording("en", settings.knowledge)
        columns, table = feedback_export.in_words(table, wording, talk, library)
    write_out(feedback_export.write(kind, table, columns), out)


@click.command()
@click.option("--area", required=True, help="The id of an area.")
@click.option("--year", type=click.IntRange(2020, 2199), help="Default: this year.")
@click.option(
    "--format", "kind", type=click.Choice(("html", "pdf", "docx", "csv")), help="Default: by --out, else html."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; default standard output.")
@common
def report(settings: Settings, area: str, year: int | None, kind: str | None, out: Path | None) -> None:
    """Write the year's comments report for one area: HTML, PDF, Word or CSV."""
    from bot.files import report
    from bot.web.visit import make_desk
    from conversations.forum import reports
    from conversations.wording import load_wording

    known_areas(open_library(settings), (area,))
    kind = kind or _kind_of(out, report.FORMATS, "html")
    engine, seals = open_sealed(settings)
    now, wording, guide = settings.clock(), load_wording("desk", settings.knowledge), _reading_guide(settings)
    desk = make_desk(engine, seals, guide, wording, settings.clock, secure=True)
    whole = reports.export(engine, BY, area, year or now.year, kind, seals, guide, wording, now)
    write_out(report.write(kind, whole, desk.pages, wording), out)


def _reading_guide(settings: Settings) -> Guide:
    """A guide for a report, which asks no questions: its matcher learns one entry, where learning all takes seconds."""
    from conversations.guide import Guide
    from conversations.wording import load_wording
    from knowledge.matching.matcher import Matcher

    library = open_library(settings)
    matcher = Matcher(replace(library, entries=library.entries[:1]))
    return Guide(library, matcher, load_wording("en", settings.knowledge))


def _start(day: datetime | None) -> int | None:
    return first_second(day) if day else None


def _kind_of(out: Path | None, kinds: tuple[str, ...], otherwise: str) -> str:
    ending = out.suffix.lstrip(".").lower() if out else ""
    return ending if ending in kinds else otherwise


def write_out(body: bytes, out: Path | None) -> None:
    """Write a file that only its owner reads, or standard output. Raises SettingsError."""
    if out is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    try:
        out.touch(mode=0o600)
        out.write_bytes(body)
    except OSError as error:
        raise SettingsError(f"--out {str(out)!r} cannot be written ({error.strerror})") from None


COMMANDS = (feedback, report)
