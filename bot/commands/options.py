"""What every subcommand shares: the common options, exit codes, and errors as one plain line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from bot.settings import SettingsError, read_settings
from conversations.keys.files import KeptError
from knowledge.amendments import AmendmentsError
from knowledge.entries import Library
from knowledge.loader import ContentError

NOT_RIGHT, WRONG_USE = 1, 2
"""Exit codes: the thing that was checked is not right; the command was used wrongly."""
BY = "command line"
"""Who did it, in the audit trail."""

COMMON = (
    click.option("--knowledge", metavar="DIR", help="Another content folder in place of the built-in one."),
    click.option("--database", metavar="URL", help="An SQLAlchemy URL; default an SQLite file in the data folder."),
    click.option("--data", metavar="DIR", help="The data folder: database, keys, index cache. Default ./data."),
    click.option("--now", metavar="TIME", help="The clock, for checks: 2027-08-01T02:00+01:00."),
)


class PlainError(click.ClickException):
    """One plain line on stderr, and exit code 2."""

    exit_code = WRONG_USE

    def show(self, file: Any = None) -> None:
        """Print the message alone."""
        click.echo(f"signpost: {self.message}", err=True)


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every subcommand has, read into Settings; known errors become one plain line."""

    @wraps(command)
    def run(knowledge: str | None, database: str | None, data: str | None, now: str | None, **rest: Any) -> Any:
        try:
            return command(read_settings(knowledge, data, database, now), **rest)
        except (SettingsError, KeptError, ContentError, AmendmentsError) as error:
            first, *more = str(error).splitlines()
            raise PlainError(first + (f" (and {len(more)} more: signpost check)" if more else "")) from None

    for option in COMMON:
        run = option(run)
    return run


def known_areas(library: Library, areas: tuple[str, ...]) -> None:
    """Raise SettingsError where an area is not covered by a library."""
    for area in areas:
        if area not in library.area_by_id:
            known = ", ".join(library.area_by_id) or "none"
            raise SettingsError(f"--area {area!r} is not covered; the areas are: {known}")
