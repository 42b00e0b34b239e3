"""The `signpost` command: every door and every check is a subcommand."""

from __future__ import annotations

import logging
import sys

import click

from bot.commands import backup, content, digest, feedback, keys, running, staff, switch, talk

GROUPS = (talk, running, content, staff, feedback, keys, backup, switch, digest)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Signpost shows families of children with SEND the right door."""
    for stream in (sys.stdin, sys.stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace" if stream is sys.stdin else "backslashreplace")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for noisy in ("httpx", "httpcore", "sqlalchemy", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)  # it would print an update that it cannot read (P9)


for group in GROUPS:
    for command in group.COMMANDS:
        main.add_command(command)
