"""`signpost digest`: tells the forum what waits at the desk, in counts alone."""

from __future__ import annotations

import os

import click

from bot.commands.options import NOT_RIGHT, common, known_areas
from bot.opening import open_sealed
from bot.settings import Settings, SettingsError
from conversations.wording import load_wording
from knowledge.loader import load


@click.command()
@click.option("--print", "shown", is_flag=True, help="Show what would be sent, and send nothing.")
@common
def digest(settings: Settings, shown: bool) -> None:
    """Send what waits at the desk, in counts, to those who are set. Where nothing waits nothing is sent."""
    from bot.digests import read_outlets, send
    from conversations.forum.digest import digest as counted
    from conversations.forum.digest import letter

    outlets, library, wording = read_outlets(), load(settings.knowledge), load_wording("desk", settings.knowledge)
    if not outlets.areas:
        raise SettingsError("no digest is set: SIGNPOST_DIGEST_MAIL or SIGNPOST_DIGEST_CHATS says who gets one")
    known_areas(library, outlets.areas)
    engine, failed = open_sealed(settings)[0], False
    place = os.environ.get("SIGNPOST_ADDRESS", "").rstrip("/")
    for area in outlets.areas:
        found = counted(engine, area, settings.clock())
        if not found:
            click.echo(f"{area}: nothing waits, nothing is sent")
            continue
        subject, text = letter(found, library.area_by_id[area].name, f"{place}/desk/" if place else "", wording)
        if shown:
            click.echo(f"{subject}\n\n{text}\n")
            continue
        try:
            click.echo(f"{area}: sent to {send(outlets, area, subject, text)}")
        except SettingsError as error:
            failed = True
            click.echo(f"{area}: {error}", err=True)
    if failed:
        raise SystemExit(NOT_RIGHT)


COMMANDS = (digest,)
