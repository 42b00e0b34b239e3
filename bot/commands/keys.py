"""`signpost keys`: the keys that seal what families chose to say."""

from __future__ import annotations

import click

from bot.commands.options import common
from bot.opening import open_kept
from bot.settings import Settings, make_data_folder
from conversations.keys.sealing import Seals, add_key, is_given, key_numbers
from conversations.retention import BACKUP_DAYS


@click.group()
def keys() -> None:
    """The keys that seal what families chose to say."""


@keys.command()
@common
def rotate(settings: Settings) -> None:
    """Make a new key, and seal everything with it that older ones sealed (P11).

    Where the environment gives the newest key none is made: give a newer one to every process first.
    """
    from conversations.records.resealing import keys_used, reseal
    from conversations.records.store import truncate_log

    make_data_folder(settings)
    engine, _ = open_kept(settings)
    newest = max(key_numbers(settings.keys))
    seals = Seals.load(settings.keys) if is_given(newest) else add_key(settings.keys)
    if seals.newest != newest:
        open_kept(settings)  # notes by what value all others see that they have this key
    moved = reseal(engine, seals)
    truncate_log(engine)
    with engine.connect() as connection:
        needed = {f"words.{number}.key" for number in keys_used(connection) if number != seals.newest}
    click.echo(f"{moved} texts are sealed with words.{seals.newest}.key now")
    if needed:
        click.echo(f"some texts cannot be opened: keep {', '.join(sorted(needed))}, or put it back", err=True)
    names = [f"words.{number}.key" for number in key_numbers(settings.keys) if number != seals.newest]
    if old := [name for name in names if name not in needed]:
        click.echo(f"{', '.join(old)}: only copies of the database need them; delete them after {BACKUP_DAYS} days")


COMMANDS = (keys,)
