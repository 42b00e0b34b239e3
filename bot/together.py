"""Bot and web server in one process: the content stands in memory once, so that both fit a machine with 1 GB."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from datetime import datetime
from socket import socket

from starlette.routing import BaseRoute

from bot.health import Health
from bot.settings import SettingsError, TelegramSettings
from bot.telegram.polling import REJECTED_SECONDS, answer
from bot.watchdog import keep_alive
from bot.web.server import Listening, serve
from bot.web.visit import Desk
from conversations.talks import Talks

log = logging.getLogger(__name__)

FIRST_PAUSE = 5.0
"""Seconds until Telegram is tried again that rejected the token at the start; they double."""


def run(
    talks: Talks, settings: TelegramSettings, clock: Callable[[], datetime], ready: Callable[[], None],
    desk: Desk, where: Listening, listener: socket, more: tuple[BaseRoute, ...] = (),
) -> None:  # fmt: skip
    """Answer Telegram and serve the desk, with `more` routes, until SIGTERM or SIGINT. What Telegram says ends neither: /readyz tells of it."""

    async def both() -> None:
        stopping, health = asyncio.Event(), Health()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stopping.set)
        serving = asyncio.create_task(serve(desk, where, listener, stopping, health, more))
        watching = asyncio.create_task(keep_alive(health))
        answering = asyncio.create_task(_answer(talks, settings, clock, ready, stopping, health))
        try:
            await asyncio.wait({serving, answering}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.set()
            await asyncio.gather(serving, answering)
            watching.cancel()

    asyncio.run(both())


async def _answer(
    talks: Talks, settings: TelegramSettings, clock: Callable[[], datetime], ready: Callable[[], None],
    stopping: asyncio.Event, health: Health,
) -> None:  # fmt: skip
    pause = FIRST_PAUSE
    while not stopping.is_set():
        try:
            await answer(talks, settings, clock, ready, stopping, health)
        except SettingsError as error:
            log.error("%s. Nobody is answered. Trying again in %d seconds.", error, pause)
            health.tell("telegram", "rejected")
            told = asyncio.create_task(stopping.wait())
            await asyncio.wait({told}, timeout=pause)
            told.cancel()
            pause = min(pause * 2, REJECTED_SECONDS)
