"""The bot as Telegram knows it: its connections, its token, and what Telegram shows of it."""

from __future__ import annotations

import asyncio
import logging

from telegram import Bot, BotCommand
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.settings import SettingsError, TelegramSettings
from bot.telegram.sending import Patience, deliver
from conversations.steps.commands import COMMANDS
from conversations.wording import Wording

log = logging.getLogger(__name__)

CALLS_AT_ONCE = 256
REJECTED = "Telegram rejects the token: copy it again from @BotFather into SIGNPOST_TELEGRAM_TOKEN or its file"


def make_bot(settings: TelegramSettings, read_seconds: float = 20.0) -> Bot:
    """A bot with connections for many talks at once; calls for updates have a connection of their own."""
    request = HTTPXRequest(CALLS_AT_ONCE, read_seconds, write_timeout=10, connect_timeout=10, pool_timeout=60)
    polling = HTTPXRequest(1, read_seconds, write_timeout=10, connect_timeout=10, pool_timeout=60)
    return Bot(settings.token, base_url=f"{settings.url}/bot", request=request, get_updates_request=polling)


async def connect(bot: Bot) -> None:
    """Wait until Telegram knows the bot, and end a webhook, beside which it gives no updates. Raises InvalidToken."""
    endless = Patience(total=float("inf"))
    await deliver(bot.initialize, endless, final=(BadRequest, InvalidToken))
    await deliver(bot.delete_webhook, endless)


async def introduce(bot: Bot, wording: Wording) -> None:
    """Tell Telegram the commands and what the bot is for; its menu and its first screen show them (T1)."""
    commands = [BotCommand(name, wording(f"command_{name}")) for name in COMMANDS]
    try:
        await deliver(lambda: bot.set_my_commands(commands))
        await deliver(lambda: bot.set_my_description(wording("description")))
        await deliver(lambda: bot.set_my_short_description(wording("short_description")))
    except TelegramError as error:
        log.warning("commands and description are not set: %s", type(error).__name__)


def greeting(settings: TelegramSettings) -> str:
    """What Telegram says of a token. Raises SettingsError where it rejects it."""
    bot = make_bot(settings, read_seconds=5)
    try:
        asyncio.run(bot.get_me())
    except InvalidToken:
        raise SettingsError(REJECTED) from None
    except TelegramError as error:
        return f"well formed; Telegram could not be asked just now ({type(error).__name__})"
    return "Telegram knows it"
