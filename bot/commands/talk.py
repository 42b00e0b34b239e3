"""`signpost ask` and `signpost chat`: the bot without Telegram."""

from __future__ import annotations

import json
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import click

from bot import ask as asking
from bot.commands.options import PlainError, common, known_areas
from bot.opening import make_guide, open_kept
from bot.settings import Settings, SettingsError, make_data_folder
from conversations.guide import Guide
from conversations.keys.files import KeptError
from conversations.keys.talk_key import Secrets
from conversations.turns import plain
from knowledge.entries import AUDIENCES

if TYPE_CHECKING:
    from sqlalchemy import Engine

LAST_SECONDS = 10.0
"""How long `chat` waits at its end for what is still to be written: longer than SQLite waits for another writer."""


@click.command()
@click.argument("question", required=False)
@click.option("--area", help="The id of an area, such as wirral.")
@click.option("--audience", type=click.Choice(AUDIENCES), help="Who asks.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines in, JSON Lines out; one line for a question given.")
@click.option("--explain", is_flag=True, help="Say why.")
@common
def ask(
    settings: Settings, question: str | None, area: str | None, audience: Any, as_json: bool, explain: bool
) -> None:
    """One question, one answer."""
    guide = make_guide(settings)
    known_areas(guide.library, (area,) if area else ())
    if question is None and not as_json:
        raise PlainError('what is the question? signpost ask "how do I get an EHC plan"')
    if question is not None:
        asked = asking.Question(question, area, audience)
        turn = asking.ask(asked, guide, settings.clock())
        if as_json:
            click.echo(json.dumps(asking.as_json(asked, turn, guide)))
        else:
            click.echo("\n\n".join(plain(reply) for reply in turn.replies))
            if explain:
                click.echo("\n" + asking.explained(asked, guide, settings.clock()))
        return
    _any_bytes()
    for line in sys.stdin:
        if line.strip():
            click.echo(json.dumps(_answered(line, guide, settings, area, audience)))
            sys.stdout.flush()


def _any_bytes() -> None:
    """Let no byte on stdin end the process: what is not UTF-8 is read as a mark that stands for it (S8)."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")


def _answered(line: str, guide: Guide, settings: Settings, area: str | None, audience: Any) -> dict[str, Any]:
    try:
        asked = asking.read_question(line, area, audience)
    except asking.QuestionError as error:
        return {"id": error.id, "error": str(error)}
    return asking.as_json(asked, asking.ask(asked, guide, settings.clock()), guide)


@click.command()
@click.option("--area", help="The id of an area, such as wirral.")
@click.option("--audience", type=click.Choice(AUDIENCES), help="Who asks.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines in, JSON Lines out.")
@common
def chat(settings: Settings, area: str | None, audience: Any, as_json: bool) -> None:
    """Talk in the terminal."""
    from conversations.talks import Talks  # what opens the database is slow to load, and a single question needs none

    note = None
    engine: Engine | None = None
    secrets: Secrets | None = None
    try:
        make_data_folder(settings)
        engine, secrets = open_kept(settings)
    except (SettingsError, KeptError) as error:
        note = f"Nothing can be saved: {error}. You can talk all the same."
    guide = make_guide(settings)
    known_areas(guide.library, (area,) if area else ())
    talks = Talks(guide, engine, secrets)
    _any_bytes()
    if as_json:
        if note:
            click.echo(f"signpost: {note}", err=True)
        from bot.chat_json import Stream

        stream = Stream(talks, area, audience)
        for line in sys.stdin:
            if line.strip():
                click.echo(json.dumps(stream.line(line, settings.clock())))
                sys.stdout.flush()
        talks.finish(LAST_SECONDS)
        return
    from bot import terminal

    terminal.talk(talks, settings.clock, area=area, audience=audience, note=note)
    talks.finish(LAST_SECONDS)


COMMANDS = (ask, chat)
