"""`signpost webhook`: tells Telegram where to send updates, or to keep them for long polling again. Nothing that waits is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from bot.commands.options import common
from bot.settings import WEBHOOK_KEYS, Settings, SettingsError, read_telegram, read_webhook, webhook_address

if TYPE_CHECKING:
    from telegram import Bot

Result = TypeVar("Result")
CONNECTIONS = 100
"""The most that Telegram opens at once: a held request must keep nobody else waiting."""


@click.group()
def webhook() -> None:
    """Where Telegram sends updates."""


@webhook.command("set")
@common
@click.option("--address", envvar="SIGNPOST_ADDRESS", help="What people type: https://chat.example.org.")
def set_(settings: Settings, address: str | None) -> None:
    """Have Telegram send updates to `signpost serve`; what waits there is sent too."""
    from bot.telegram.updates import WANTED

    secret, url = read_webhook(), webhook_address(address)
    if secret is None:
        raise SettingsError(f"no secret: set {WEBHOOK_KEYS[0]}, or {WEBHOOK_KEYS[1]} to a file that holds it")

    async def call(bot: Bot) -> None:
        await bot.set_webhook(
            url,
            max_connections=CONNECTIONS,
            allowed_updates=list(WANTED),
            drop_pending_updates=False,
            secret_token=secret,
        )

    _ask(call)
    click.echo(f"Telegram sends updates to {url}. `signpost webhook remove` ends it.")


@webhook.command()
@common
def remove(settings: Settings) -> None:
    """Have Telegram keep updates for long polling (`signpost telegram`, `signpost run`); none is dropped."""
    _ask(lambda bot: bot.delete_webhook(drop_pending_updates=False))
    click.echo("Telegram keeps updates until `signpost telegram` or `signpost run` fetches them, for 24 hours at most.")


@webhook.command()
@common
def show(settings: Settings) -> None:
    """Where Telegram sends updates, how many wait, and what went wrong last."""
    info = _ask(lambda bot: bot.get_webhook_info())
    where = f"Updates are sent to {info.url}" if info.url else "No webhook is set: updates are fetched by long polling"
    click.echo(f"{where}. {info.pending_update_count} wait.")
    if info.last_error_date is not None:
        click.echo(f"Last error, {info.last_error_date:%Y-%m-%d %H:%M} UTC: {info.last_error_message}")


def _ask(call: Callable[[Bot], Awaitable[Result]]) -> Result:
    """What Telegram answers to a call. Raises SettingsError."""
    from telegram.error import InvalidToken, TelegramError  # slow to load

    from bot.telegram.client import REJECTED, make_bot

    settings = read_telegram()

    async def ask() -> Result:
        bot = make_bot(settings)
        try:
            return await call(bot)
        finally:
            await bot.shutdown()

    try:
        return asyncio.run(ask())
    except InvalidToken:
        raise SettingsError(REJECTED) from None
    except TelegramError as error:
        raise SettingsError(f"Telegram did not do it: {error.message}") from None


COMMANDS = (webhook,)
