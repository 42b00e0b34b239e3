"""Updates from Telegram by long polling, for one machine: confirmed once they are answered."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from telegram import Bot
from telegram.error import EndPointNotFound, InvalidToken, RetryAfter, TelegramError
from telegram.warnings import PTBUserWarning

from bot.health import Health
from bot.settings import SettingsError, TelegramSettings
from bot.telegram.client import REJECTED, connect, introduce, make_bot
from bot.telegram.door import LAST_SECONDS, MOST_IN_HAND, SWITCH_SECONDS, Door, until
from bot.telegram.pending import NOTE_SECONDS
from bot.telegram.sending import seconds
from bot.telegram.updates import WANTED
from bot.telegram.window import BATCH, Window
from bot.watchdog import keep_alive
from conversations.records.leases import RENEW_SECONDS
from conversations.talks import Talks

log = logging.getLogger(__name__)
warnings.filterwarnings("ignore", "Please use 'Bot", PTBUserWarning)  # updates are read one by one, see `_fetch`

POLL_SECONDS = 30
"""How long Telegram holds a call for updates while there are none."""
REJECTED_SECONDS = 300
"""The longest pause between tries while Telegram rejects the token."""
SHORT_PAUSE, LONG_PAUSE = 0.02, 0.25
"""Seconds between calls while updates are in hand: Telegram answers such a call at once, with those that it gave before."""


def run(talks: Talks, settings: TelegramSettings, clock: Callable[[], datetime], ready: Callable[[], None]) -> None:
    """Answer Telegram until SIGTERM or SIGINT; `ready` is called once it listens. Raises SettingsError."""
    asyncio.run(_run(talks, settings, clock, ready))


async def _run(
    talks: Talks, settings: TelegramSettings, clock: Callable[[], datetime], ready: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    health = Health()
    watching = asyncio.create_task(keep_alive(health))
    await answer(talks, settings, clock, ready, stopping, health)
    watching.cancel()


async def answer(
    talks: Talks, settings: TelegramSettings, clock: Callable[[], datetime], ready: Callable[[], None],
    stopping: asyncio.Event, health: Health,
) -> None:  # fmt: skip
    """Answer Telegram until it is time to stop; what is wrong meanwhile stands in `health`. Raises SettingsError."""
    sys.setswitchinterval(SWITCH_SECONDS)
    bot = make_bot(settings)
    polling = Polling(bot, talks, clock, stopping, health)
    try:
        if await until(connect(bot), stopping):
            await polling.door.warm()
            ready()
            await polling.run()
    except InvalidToken:
        raise SettingsError(REJECTED) from None
    except TelegramError as error:
        raise SettingsError(f"{settings.url} does not answer as Telegram does: {type(error).__name__}") from None
    finally:
        health.lanes.clear()
        await asyncio.wait({asyncio.create_task(bot.shutdown())}, timeout=LAST_SECONDS)


class Polling:
    """Asks Telegram for updates, and confirms what is done."""

    def __init__(
        self, bot: Bot, talks: Talks, clock: Callable[[], datetime], stopping: asyncio.Event, health: Health
    ) -> None:
        self.bot, self.talks, self.stopping, self.health = bot, talks, stopping, health
        self.window = Window()
        self.door = Door(bot, talks, clock, stopping, health, self.window)
        self.tidying: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Answer until it is time to stop, then finish the answers in hand."""
        introducing = asyncio.create_task(introduce(self.bot, self.talks.guide.wording))
        try:
            await self.door.run(self._poll(), self._confirm)
        finally:
            introducing.cancel()

    async def _poll(self) -> None:
        self.pause, self.tidied = SHORT_PAUSE, time.monotonic()
        while not self.stopping.is_set():
            try:
                await self._round()
            except Exception as error:
                log.error("updates could not be taken in, trying again: %s", type(error).__name__)
                await asyncio.sleep(LONG_PAUSE)

    async def _round(self) -> None:
        """Fetch once, and give what is new to the talks."""
        offset = self.window.offset
        rows = await self._fetch(offset, POLL_SECONDS if self.window.idle else 0)
        fresh = self.window.add([row["update_id"] for row in rows], time.monotonic())
        for row in rows:
            if row["update_id"] in fresh:
                self.door.open(row)
        if not fresh and len(rows) >= BATCH:
            await self._let_go(self.window.stuck(time.monotonic()))
        if offset is not None and time.monotonic() - self.tidied > RENEW_SECONDS:
            self.tidied = time.monotonic()
            if self.tidying is None or self.tidying.done():
                self.tidying = self.door.begin(
                    self._tidy(offset)
                )  # what comes next must not wait for the database (S1a)
        self.pause = SHORT_PAUSE if fresh else min(self.pause * 2, LONG_PAUSE)
        if not self.window.idle:
            await self.window.wait(self.pause)
        while self.door.in_hand >= MOST_IN_HAND and not self.stopping.is_set():
            await self.window.wait(LONG_PAUSE)

    async def _tidy(self, offset: int) -> None:
        await self.door.aside(self.talks.confirmed, offset)

    async def _let_go(self, numbers: tuple[int, ...]) -> None:
        """Let Telegram show what comes after these updates. A database that hangs does not hold that up (S1a)."""
        if numbers := tuple(number for number in numbers if self.door.may_let_go(number)):
            await asyncio.wait({self.door.begin(self.door.pending.let_go(numbers))}, timeout=NOTE_SECONDS)
            self.window.let_go(numbers)

    async def _fetch(self, offset: int | None, timeout: int) -> list[dict[str, Any]]:
        """The updates from `offset` on, as Telegram's JSON: one that cannot be read must not hide the others."""
        asked = {"offset": offset, "timeout": timeout, "limit": BATCH, "allowed_updates": list(WANTED)}
        wait = 0.5
        while True:
            try:
                rows = await self.bot.do_api_request("getUpdates", asked, read_timeout=timeout + 10)
                self.health.tell("telegram", None)
                return [row for row in rows if isinstance(row, dict) and isinstance(row.get("update_id"), int)]
            except RetryAfter as error:
                await asyncio.sleep(seconds(error))
            except TelegramError as error:
                if isinstance(
                    error, InvalidToken | EndPointNotFound
                ):  # 401 and 404; once it was good, so it may be again
                    log.error("%s. Nobody is answered. Trying again in %d seconds.", REJECTED, wait)
                    most = REJECTED_SECONDS
                else:
                    log.warning("no updates, trying again: %s", type(error).__name__)
                    most = POLL_SECONDS
                self.health.tell("telegram", type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(wait * 2, most)

    async def _confirm(self) -> None:
        """Tell Telegram at the end what is done; a call that fails costs nothing, for done is noted."""
        offset = self.window.offset
        if offset is None:
            return
        asked = {"offset": offset, "timeout": 0, "limit": 1, "allowed_updates": list(WANTED)}
        with suppress(TelegramError):
            await self.bot.do_api_request("getUpdates", asked, read_timeout=5)
            await self.door.aside(self.talks.confirmed, offset)
