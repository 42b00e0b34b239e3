"""`signpost check`: whether the content is fit to publish."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from bot.commands.options import NOT_RIGHT, PlainError, common
from bot.opening import open_library
from bot.settings import Settings
from conversations.wording import load_wording
from knowledge.amendments import read_amendments
from knowledge.loader import ContentError


@click.command()
@click.option("--strict", is_flag=True, help="Fail on what still awaits a person, too.")
@click.option("--json", "as_json", is_flag=True, help="The faults as JSON.")
@click.option("--review", is_flag=True, help="The page of what a person must confirm, instead.")
@click.option("--table", is_flag=True, help="Reading grades, lengths and dates by entry, instead.")
@common
def check(settings: Settings, strict: bool, as_json: bool, review: bool, table: bool) -> None:
    """Is the content fit to publish? Faults with file, line, entry and field."""
    if review or table:
        from knowledge.publishing.review_pages import reading_table, review_page

        click.echo((review_page if review else reading_table)(open_library(settings)))
        return
    from knowledge.publishing.checks import Verdict  # reading grades are slow to load, and only this command needs them
    from knowledge.publishing.checks import check as check_content

    try:
        verdict = check_content(settings.knowledge, settings.clock().date(), read_amendments(settings.amendments))
        for name in ("en", "page", "desk"):
            load_wording(name, settings.knowledge)
    except ContentError as error:
        verdict = Verdict(error.faults, ())
    faults, awaiting = verdict.faults, verdict.awaiting
    if as_json:
        rows = {"faults": [vars(fault) for fault in faults], "awaiting": [vars(fault) for fault in awaiting]}
        click.echo(json.dumps(rows))
    else:
        for fault in (*faults, *(awaiting if strict else ())):
            click.echo(str(fault))
        click.echo(
            f"{len(faults)} to mend; {len(awaiting)} await a person" + ("" if strict else " (--strict shows them)")
        )
    if faults or (strict and awaiting):
        raise SystemExit(NOT_RIGHT)


@click.group()
def content() -> None:
    """What was changed at the forum desk."""


@content.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@common
def export(settings: Settings, folder: Path) -> None:
    """Write it into FOLDER: a checkout's content folder, or a new one, which begins as a copy of the one in use."""
    from knowledge.publishing.export import ExportError
    from knowledge.publishing.export import export as write

    amendments = read_amendments(settings.amendments)
    try:
        if not folder.exists():
            shutil.copytree(settings.knowledge, folder)
        changed = write(amendments, folder)
    except (OSError, ExportError) as error:
        raise PlainError(f"{folder}: {error}") from None
    for name in changed:
        click.echo(name)
    click.echo(f"{len(changed)} files of {folder} say now what was approved at the desk")


COMMANDS = (check, content)
