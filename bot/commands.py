"""The `signpost` command: every door and every check is a subcommand."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from bot import asking
from bot.key_commands import add_key_commands
from bot.settings import Settings, SettingsError, make_data_folder, read_settings, read_telegram
from bot.staff_commands import add_commands
from conversations.guide import Guide
from conversations.keys import KeptError, SecretError, Secrets, load_secrets
from conversations.turns import plain
from conversations.wording import load_wording
from knowledge.danger import rule_book
from knowledge.entries import AUDIENCES, Library
from knowledge.loader import ContentError, load
from knowledge.matcher import Matcher

if TYPE_CHECKING:
    from sqlalchemy import Engine

NOT_RIGHT, WRONG_USE = 1, 2

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
        except (SettingsError, KeptError, ContentError) as error:
            first, *more = str(error).splitlines()
            raise PlainError(first + (f" (and {len(more)} more: signpost check)" if more else "")) from None

    for option in COMMON:
        run = option(run)
    return run


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


@main.command()
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
    _known_area(area, guide.library)
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
                click.echo("\n" + asking.explained(asked, guide).explain())
        return
    for line in sys.stdin:
        if line.strip():
            click.echo(json.dumps(_answered(line, guide, settings, area, audience)))
            sys.stdout.flush()


def _answered(line: str, guide: Guide, settings: Settings, area: str | None, audience: Any) -> dict[str, Any]:
    try:
        asked = asking.read_question(line, area, audience)
    except asking.QuestionError as error:
        return {"id": error.id, "error": str(error)}
    return asking.as_json(asked, asking.ask(asked, guide, settings.clock()), guide)


@main.command()
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
    _known_area(area, guide.library)
    talks = Talks(guide, engine, secrets)
    if as_json:
        if note:
            click.echo(f"signpost: {note}", err=True)
        from bot.stream import Stream

        stream = Stream(talks, area, audience)
        for line in sys.stdin:
            if line.strip():
                click.echo(json.dumps(stream.line(line, settings.clock())))
                sys.stdout.flush()
        return
    from bot import terminal

    terminal.talk(talks, settings.clock, area=area, audience=audience, note=note)


@main.command()
@common
def telegram(settings: Settings) -> None:
    """The bot on Telegram, by long polling."""
    from bot import telegram_app  # slow to load, and only this command needs it
    from conversations.talks import Talks

    ours = read_telegram()
    make_data_folder(settings)
    engine, secrets = open_kept(settings)
    talks = Talks(make_guide(settings), engine, secrets)
    telegram_app.run(talks, ours, settings.clock, lambda: click.echo("Listening on Telegram. Ctrl-C stops."))


@main.command()
@click.option("--strict", is_flag=True, help="Fail on what still awaits a person, too.")
@click.option("--json", "as_json", is_flag=True, help="The faults as JSON.")
@click.option("--review", is_flag=True, help="The page of what a person must confirm, instead.")
@click.option("--table", is_flag=True, help="Reading grades, lengths and dates by entry, instead.")
@common
def check(settings: Settings, strict: bool, as_json: bool, review: bool, table: bool) -> None:
    """Is the content fit to publish? Faults with file, line, entry and field."""
    if review or table:
        from knowledge.pages import reading_table, review_page

        click.echo((review_page if review else reading_table)(load(settings.knowledge)))
        return
    from knowledge.checks import Verdict  # reading grades are slow to load, and only this command needs them
    from knowledge.checks import check as check_content

    try:
        verdict = check_content(settings.knowledge, settings.clock().date())
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


@main.command(name="doctor")
@common
def doctor_(settings: Settings) -> None:
    """Settings, content, database, secret keys: checked before a start."""
    from bot import doctor  # slow to load, and only this command needs it

    findings = doctor.examine(settings)
    for finding in findings:
        click.echo(str(finding), err=not finding.good)
    if not all(finding.good for finding in findings):
        raise SystemExit(WRONG_USE)


@main.command()
@common
def purge(settings: Settings) -> None:
    """Apply the retention rules now."""
    from conversations.records.purging import purge as purge_records
    from conversations.records.store import truncate_log

    make_data_folder(settings)
    engine, _ = open_kept(settings)
    with engine.begin() as connection:
        removed = purge_records(connection, settings.clock())
    truncate_log(engine)
    click.echo(", ".join(f"{name}: {number} removed" for name, number in removed.items()))


def make_guide(settings: Settings) -> Guide:
    """The library, the matcher and the wording of a content folder. Raises ContentError."""
    library = load(settings.knowledge)
    rule_book()  # now, not at the first message: without its rules no bot starts
    cache = settings.cache if settings.data.is_dir() else None
    return Guide(library, Matcher(library, cache=cache), load_wording("en", settings.knowledge))


def open_kept(settings: Settings) -> tuple[Engine, Secrets]:
    """The database, migrated, and the secrets that fit it. Raises KeptError."""
    from conversations.records import talks as records
    from conversations.records.resealing import missing_keys
    from conversations.records.store import open_store

    engine = open_store(settings.database)
    with engine.begin() as connection:
        known = records.known_key_check(connection)
        if lacking := missing_keys(connection, settings.keys):
            raise SecretError(
                f"{settings.keys} lacks {', '.join(lacking)}, with which this database is sealed: put it back"
            )
        secrets = load_secrets(settings.keys, make=known is None)
        if known not in (None, secrets.check, secrets.old_check):
            raise SecretError(
                f"the secret in {settings.keys} is not the one that this database was made with: put the old one back, "
                "or keep it beside the new one as talk.old.key"
            )
        if known != secrets.check:
            records.store_key_check(connection, secrets.check)
    return engine, secrets


def _known_area(area: str | None, library: Library) -> None:
    if area is not None and area not in library.area_by_id:
        known = ", ".join(library.area_by_id) or "none"
        raise PlainError(f"--area {area!r} is not covered; the areas are: {known}")


add_commands(main, common, open_kept, make_guide)
add_key_commands(main, common, open_kept)
