"""`signpost staff`: the people who may open the forum desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot.commands.options import BY, common, known_areas
from bot.opening import open_sealed
from bot.settings import Settings, SettingsError
from conversations.forum.roles import ROLES
from knowledge.loader import load


@click.group()
def staff() -> None:
    """Add, disable, reset and list the people who may open the forum desk."""


@staff.command()
@click.argument("name")
@click.option("--area", "areas", multiple=True, required=True, help="The id of an area; may be given more than once.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be repeated.")
@common
def add(settings: Settings, name: str, areas: tuple[str, ...], roles: tuple[str, ...]) -> None:
    """Add somebody; prints the one-time secret with which they set up a password."""
    from conversations.forum import accounts

    known_areas(load(settings.knowledge), areas)
    with _plain_errors():
        code = accounts.add(open_sealed(settings)[0], name, areas, roles, settings.clock(), BY)
    _tell(accounts.tidy_name(name), code)


@staff.command()
@click.argument("name")
@common
def reset(settings: Settings, name: str) -> None:
    """Take an account's password, codes and sessions away, and print a new set-up secret."""
    from conversations.forum import accounts

    with _plain_errors():
        code = accounts.reset(open_sealed(settings)[0], name, settings.clock(), BY)
    _tell(accounts.tidy_name(name), code)


@staff.command()
@click.argument("name")
@common
def disable(settings: Settings, name: str) -> None:
    """Close an account; its sessions end at once."""
    from conversations.forum import accounts

    with _plain_errors():
        accounts.disable(open_sealed(settings)[0], name, settings.clock(), BY)
    click.echo(f"{accounts.tidy_name(name)} can no longer sign in")


@staff.command(name="list")
@common
def list_(settings: Settings) -> None:
    """Who there is."""
    from conversations.forum import accounts

    for one in accounts.everybody(open_sealed(settings)[0]):
        state = "closed" if one.disabled else "active" if one.ready else "not set up"
        click.echo(f"{one.name}\t{','.join(one.areas)}\t{','.join(one.roles)}\t{state}")


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What is wrong with an account is said in one plain line. Raises SettingsError."""
    from conversations.forum.accounts import AccountError

    try:
        yield
    except AccountError as error:
        raise SettingsError(str(error)) from None


def _tell(name: str, code: str) -> None:
    click.echo(f"one-time set-up secret for {name}: {code}")
    click.echo("good for three days, on the desk's page /desk/set-up; pass it on by phone or in person", err=True)


COMMANDS = (staff,)
