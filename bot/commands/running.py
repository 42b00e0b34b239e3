"""`signpost telegram`, `serve`, `doctor` and `purge`: what runs, and what looks after it."""

from __future__ import annotations

import click

from bot.commands.options import WRONG_USE, common
from bot.opening import make_guide, open_kept
from bot.settings import Settings, framing_origins, hosts_for, make_data_folder, read_telegram


@click.command()
@common
def telegram(settings: Settings) -> None:
    """The bot on Telegram, by long polling."""
    from bot.telegram import polling  # slow to load, and only this command needs it
    from conversations.talks import Talks

    ours = read_telegram()
    make_data_folder(settings)
    engine, secrets = open_kept(settings)
    talks = Talks(make_guide(settings), engine, secrets)
    polling.run(talks, ours, settings.clock, lambda: click.echo("Listening on Telegram. Ctrl-C stops."))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--address", envvar="SIGNPOST_ADDRESS", help="What people type: https://desk.example.org.")
@click.option("--certificate", envvar="SIGNPOST_CERTIFICATE", help="A TLS certificate, where no proxy brings TLS.")
@click.option("--certificate-key", envvar="SIGNPOST_CERTIFICATE_KEY", help="Its key.")
@click.option("--insecure-loopback", is_flag=True, help="Plain http on this machine alone, to try things out.")
@click.option("--framed-by", envvar="SIGNPOST_FRAMED_BY", help="Sites that may show the chat page in a frame.")
@common
def serve(
    settings: Settings, host: str, port: int, address: str | None, certificate: str | None,
    certificate_key: str | None, insecure_loopback: bool, framed_by: str | None,
) -> None:  # fmt: skip
    """Run the web server: the chat page, the forum desk and the health pages."""
    from bot.web.chat import routes
    from bot.web.chat.page import open_chat
    from bot.web.server import run
    from bot.web.visit import make_desk
    from conversations.keys.sealing import Seals
    from conversations.wording import load_wording

    hosts, origins = hosts_for(host, address, certificate, insecure_loopback), framing_origins(framed_by)
    make_data_folder(settings)
    engine, secrets = open_kept(settings)
    guide, wording = make_guide(settings), load_wording("desk", settings.knowledge)
    seals = secrets.seals or Seals.load(settings.keys)
    desk = make_desk(engine, seals, guide, wording, settings.clock, secure=not insecure_loopback)
    words = load_wording("page", settings.knowledge)
    chat = open_chat(guide, engine, secrets, words, settings.clock, desk.secure, origins)
    run(desk, hosts, host, port, certificate, certificate_key, routes.routes(chat))


@click.command()
@common
def doctor(settings: Settings) -> None:
    """Settings, content, database, secret keys: checked before a start."""
    from bot.commands.doctor import examine  # slow to load, and only this command needs it

    findings = examine(settings)
    for finding in findings:
        click.echo(str(finding), err=not finding.good)
    if not all(finding.good for finding in findings):
        raise SystemExit(WRONG_USE)


@click.command()
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


COMMANDS = (telegram, serve, doctor, purge)
