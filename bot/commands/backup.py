"""`signpost backup` and `signpost restore`: the database, whole, while everything runs; the keys apart."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.options import NOT_RIGHT, common
from bot.opening import keys_lacking
from bot.settings import Settings, SettingsError, make_data_folder
from conversations.keys.files import copy_secrets
from conversations.retention import BACKUP_DAYS

FILE = click.Path(dir_okay=False, path_type=Path)
DIR = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--keys", type=DIR, help="Copy the keys too, into this folder; keep it in another place than FILE.")
@common
def backup(settings: Settings, file: Path, keys: Path | None) -> None:
    """Copy the database into FILE, whole, while the bot runs. The keys are never in it."""
    from conversations.records.backup import back_up

    if keys is not None and keys.resolve() == settings.keys.resolve():
        raise SettingsError(f"--keys {str(keys)!r} is where the keys are: name another folder, in another place")
    held = back_up(settings.database, file)
    click.echo(f"{file}: {held.feedback} pieces of feedback, {held.questions} questions, {held.talks} talks; checked")
    why = "whoever has both can read all feedback, and tell whether a known chat has used Signpost"
    if keys is None:
        needed = ", ".join(["talk.key", *(f"words.{number}.key" for number in held.sealed_with)])
        click.echo(f"The keys are not in it: {why}. It needs {needed}; --keys DIR copies them elsewhere.")
    else:
        names = ", ".join(copy_secrets(settings.keys, keys)) or "none there"
        click.echo(f"{keys}: {names}. Keep them in another place than {file}: {why}.")
        if file.resolve().parent in (keys.resolve(), *keys.resolve().parents):
            click.echo("signpost: they lie side by side now: move one of them to another place", err=True)
    click.echo(f"Delete the copy within {BACKUP_DAYS} days: that is what /forget and /privacy promise.")


@click.command()
@click.argument("file", type=FILE)
@click.option("--keys", type=DIR, help="Put the keys of this folder back too, where they are missing.")
@click.option(
    "--even-if-in-use", is_flag=True, help="Also while the bot or the desk runs; what it writes then is lost."
)
@common
def restore(settings: Settings, file: Path, keys: Path | None, even_if_in_use: bool) -> None:
    """Put a copy in the place of the database, which is put aside, and say which keys it needs."""
    from conversations.records.backup import contents_of
    from conversations.records.backup import restore as put_back

    contents_of(file)
    make_data_folder(settings)
    held, aside = put_back(settings.database, file, settings.clock(), even_if_in_use)
    click.echo(f"restored: {held.feedback} pieces of feedback, {held.questions} questions, {held.talks} talks")
    if aside is not None:
        click.echo(f"the database that was there is {aside} now: delete it within {BACKUP_DAYS} days")
    click.echo("what people deleted after this copy was made is in it again")
    click.echo("everybody at the desk signs in anew; accounts are as they were then: look at `signpost staff list`")
    if keys is not None:
        copy_secrets(keys, settings.keys)
    lacking = keys_lacking(settings.keys, held.sealed_with, held.key_check)
    for problem in lacking:
        click.echo(f"signpost: {problem}", err=True)
    if lacking:
        raise SystemExit(NOT_RIGHT)
    needed = ["talk.key"] * (held.key_check is not None) + [f"words.{number}.key" for number in held.sealed_with]
    click.echo(f"it needs {', '.join(needed) or 'no keys'}: all there. Start with `signpost doctor`.")


COMMANDS = (backup, restore)
