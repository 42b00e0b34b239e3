"""`signpost keys`: the keys that seal what families chose to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from bot.settings import Settings, make_data_folder
from conversations.keys import Secrets
from conversations.retention import BACKUP_DAYS
from conversations.sealing import add_key, key_numbers

if TYPE_CHECKING:
    from sqlalchemy import Engine

Common = Callable[[Callable[..., Any]], Callable[..., Any]]
Opened = Callable[[Settings], "tuple[Engine, Secrets]"]


def add_key_commands(main: click.Group, common: Common, open_kept: Opened) -> None:
    """Hang `signpost keys` under `signpost`."""

    @main.group()
    def keys() -> None:
        """The keys that seal what families chose to say."""

    @keys.command()
    @common
    def rotate(settings: Settings) -> None:
        """Make a new key, and seal everything with it that older ones sealed (P11)."""
        from conversations.records.resealing import reseal
        from conversations.records.store import truncate_log

        make_data_folder(settings)
        engine, _ = open_kept(settings)
        seals = add_key(settings.keys)
        moved = reseal(engine, seals)
        truncate_log(engine)
        click.echo(f"{moved} texts are sealed with words.{seals.newest}.key now")
        if old := [f"words.{number}.key" for number in key_numbers(settings.keys) if number != seals.newest]:
            click.echo(f"{', '.join(old)}: only copies of the database need them; delete them after {BACKUP_DAYS} days")
