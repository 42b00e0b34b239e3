"""`signpost telegram`, `serve`, `doctor` and `purge`: what runs, and what looks after it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from bot.commands.options import WRONG_USE, common
from bot.opening import open_kept
from bot.settings import (
    Settings,
    SettingsError,
    framing_origins,
    hosts_for,
    make_data_folder,
    read_metrics,
    read_proxies,
    read_telegram,
    read_webhook,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from starlette.routing import BaseRoute

    from bot.renewal import Renewal
    from bot.web.server import Listening
    from bot.web.visit import Desk
    from conversations.keys.talk_key import Secrets
    from conversations.wording import Wording


@click.command()
@common
def telegram(settings: Settings) -> None:
    """The bot on Telegram, by long polling."""
    from bot.telegram import polling  # slow to load, and only this command needs it
    from conversations.talks import Talks

    ours = read_telegram()
    make_data_folder(settings)
    engine, secrets = open_kept(settings)
    talks = Talks(_renewal(settings, engine, secrets).in_use, engine, secrets)
    polling.run(talks, ours, settings.clock, lambda: click.echo("Listening on Telegram. Ctrl-C stops."))


WEB = (
    click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on."),
    click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."),
    click.option("--address", envvar="SIGNPOST_ADDRESS", help="What people type: https://desk.example.org."),
    click.option("--certificate", envvar="SIGNPOST_CERTIFICATE", help="A TLS certificate, where no proxy brings TLS."),
    click.option("--certificate-key", envvar="SIGNPOST_CERTIFICATE_KEY", help="Its key."),
    click.option(
        "--proxy", envvar="SIGNPOST_PROXY", help="Addresses of proxies to believe, with commas; else this machine's."
    ),
    click.option("--framed-by", envvar="SIGNPOST_FRAMED_BY", help="Sites that may show the chat page in a frame."),
    click.option("--insecure-loopback", is_flag=True, help="Plain http on this machine alone, to try things out."),
)


def web(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of what listens, read into a Listening. Raises SettingsError."""

    @wraps(command)
    def run(
        settings: Settings, host: str, port: int, address: str | None, certificate: str | None,
        certificate_key: str | None, proxy: str | None, framed_by: str | None, insecure_loopback: bool,
    ) -> Any:  # fmt: skip
        from bot.web.server import Listening  # slow to load, and only what listens needs it

        hosts = hosts_for(host, address, certificate, insecure_loopback)
        secure = not insecure_loopback
        believed, framing = read_proxies(proxy), framing_origins(framed_by)
        where = Listening(hosts, host, port, certificate, certificate_key, believed, secure, framing, read_metrics())
        return command(settings, where)

    for option in reversed(WEB):
        run = option(run)
    return run


@click.command()
@common
@web
def serve(settings: Settings, where: Listening) -> None:
    """Run the web server: the chat page, the forum desk, the health pages, and Telegram's webhook where it has a secret.

    Any number of these may run on one PostgreSQL, behind any balancer.
    """
    from bot.web.server import run

    secret = read_webhook()
    ours = read_telegram() if secret is not None else None
    make_data_folder(settings)
    engine, secrets = open_kept(settings)
    renewal = _renewal(settings, engine, secrets)
    desk, chat = _pages(settings, engine, secrets, renewal, where)
    if secret is None or ours is None:
        run(desk, where, chat)
        return
    from bot.telegram.webhook import Webhook  # slow to load, and only a webhook needs it
    from conversations.talks import Talks

    webhook = Webhook(Talks(renewal.in_use, engine, secrets), ours, secret, settings.clock)
    run(desk, where, (*chat, webhook.route()), webhook.run, webhook.ready)


def _renewal(settings: Settings, engine: Engine, secrets: Secrets) -> Renewal:
    """The content in use, which from now on follows what the desk approves."""
    from bot.renewal import Renewal  # slow to load, and only what stays up needs it
    from conversations.keys.sealing import Seals

    renewal = Renewal(settings, engine, secrets.seals or Seals.load(settings.keys))
    renewal.begin()
    return renewal


def _pages(
    settings: Settings, engine: Engine, secrets: Secrets, renewal: Renewal, where: Listening
) -> tuple[Desk, tuple[BaseRoute, ...]]:
    """What the web server shows: the desk, and the routes of the chat page."""
    from bot.web.chat import routes
    from bot.web.chat.page import open_chat
    from bot.web.visit import make_desk
    from conversations.keys.sealing import Seals
    from conversations.wording import load_wording

    seals, words = secrets.seals or Seals.load(settings.keys), load_wording("desk", settings.knowledge)
    desk = make_desk(
        engine, seals, renewal.in_use, words, settings.clock, secure=where.secure, renew=renewal.wanted,
        alert=_alerts(renewal, words),
    )  # fmt: skip
    words = load_wording("page", settings.knowledge)
    chat = open_chat(renewal.in_use, engine, secrets, words, settings.clock, where.secure, where.framed_by)
    return replace(desk, lost=routes.lost(chat)), routes.routes(chat)


def _alerts(renewal: Renewal, words: Wording) -> Callable[[str], None]:
    """What tells the outlets of the digest that a comment was moved to safeguarding; where they are set wrong, nobody, and that is said."""
    from bot.digests import alerts, read_outlets
    from conversations.forum.digest import alert

    place = os.environ.get("SIGNPOST_ADDRESS", "").rstrip("/")

    def letter(area: str) -> tuple[str, str]:
        known = renewal.in_use.guide.area(area)
        return alert(known.name if known else area.capitalize(), f"{place}/desk/" if place else "", words)

    try:
        return alerts(read_outlets(), letter)
    except SettingsError as error:  # no reason to keep families out
        click.echo(f"signpost: nobody will be told of a matter of safeguarding: {error}", err=True)
        return lambda area: None


@click.command("run")
@common
@web
def run_both(settings: Settings, where: Listening) -> None:
    """The bot on Telegram and the web server, in one process."""
    from bot import together  # slow to load, and only this command needs it
    from bot.web.server import listen
    from conversations.talks import Talks

    ours, listener = read_telegram(), listen(where)
    make_data_folder(settings)
    engine, secrets = open_kept(settings)
    renewal = _renewal(settings, engine, secrets)
    desk, chat = _pages(settings, engine, secrets, renewal, where)
    ready = partial(click.echo, "Listening on Telegram. Ctrl-C stops.")
    together.run(Talks(renewal.in_use, engine, secrets), ours, settings.clock, ready, desk, where, listener, chat)


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
    engine, secrets = open_kept(settings)
    with engine.begin() as connection:
        removed = purge_records(connection, settings.clock(), secrets.seals)
    folded = truncate_log(engine)
    click.echo(", ".join(f"{name}: {number} removed" for name, number in removed.items()))
    if not folded:
        click.echo(
            "traces of it stay in the log of the database while somebody reads; the next purge takes them away",
            err=True,
        )


COMMANDS = (telegram, serve, run_both, doctor, purge)
