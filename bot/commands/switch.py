"""`signpost off` and `signpost on`: all workers at once answer with the safety card and the contact alone, or as ever (O2)."""

from __future__ import annotations

import click

from bot.commands.options import BY, common
from bot.opening import open_kept
from bot.settings import Settings, make_data_folder


@click.command()
@common
def off(settings: Settings) -> None:
    """Answer nothing but danger: from the next message on, in every process on this database."""
    _switch(settings, off=True)
    click.echo(
        "Off: danger gets the safety card, anything else 999, 111 and the area's contact. `signpost on` ends it."
    )


@click.command()
@common
def on(settings: Settings) -> None:
    """Answer as ever again."""
    _switch(settings, off=False)
    click.echo("On: everything is answered again.")


def _switch(settings: Settings, off: bool) -> None:
    from conversations.records import audit, talks  # slow to load, and most commands need no database

    make_data_folder(settings)
    engine, _ = open_kept(settings)
    moment = int(settings.clock().timestamp())
    with engine.begin() as connection:
        talks.switch(connection, off, moment)
        audit.note(connection, BY, "switched off" if off else "switched on", moment)


COMMANDS = (off, on)
