"""Updates from Telegram by webhook, at any number of processes: each is acknowledged once it is answered, or noted to be.

A request is held until then, so that what a killed process had in hand comes again. What takes long is noted, without a word
of what was typed, and let go (see `pending`); where it cannot be noted, Telegram is asked to send it again later. Danger is
judged, and its card sent, when the update comes in, whatever becomes of the request.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from telegram.warnings import PTBUserWarning

from bot.health import Health
from bot.limits import Rate
from bot.metrics import WEBHOOK
from bot.settings import WEBHOOK_PATH, TelegramSettings
from bot.telegram.client import REJECTED, introduce, make_bot
from bot.telegram.door import LAST_SECONDS, MOST_IN_HAND, SWITCH_SECONDS, Door
from bot.telegram.parts import may_go_on
from bot.telegram.pending import NOTE_SECONDS
from bot.telegram.window import STUCK_SECONDS
from conversations.talks import Talks

log = logging.getLogger(__name__)
warnings.filterwarnings("ignore", "Please use 'Bot", PTBUserWarning)

HEADER = "x-telegram-bot-api-secret-token"
STRANGERS_A_MINUTE = 60
"""Requests without the secret from one address; more are not even told that it is wrong."""
AGAIN_SECONDS = 5
"""When Telegram is to send an update again that could be neither answered nor noted."""
OPENING_SECONDS, ELSEWHERE_SECONDS = 10.0, 1
"""How long an update waits for a process that listens and is not ready yet: told to come again later, a cry would wait for nothing (S1a).
And when it is to come again where this process stops: another one stands beside it."""
SWEEP_SECONDS = 60
FIRST_PAUSE, WATCH_SECONDS = 1.0, 60.0
"""Between questions whether Telegram knows the bot: after one that failed, and at most."""
OK, MALFORMED, FORBIDDEN, TOO_MANY, LATER = 200, 400, 403, 429, 503


class Held:
    """The updates that are in hand, and the requests that wait for them."""

    def __init__(self) -> None:
        self._in_hand: dict[int, asyncio.Future[int]] = {}
        self._let_go: set[int] = set()
        """Acknowledged before they are answered."""

    @property
    def unanswered(self) -> tuple[int, ...]:
        """The updates that are acknowledged and not answered yet."""
        return tuple(self._let_go)

    def add(self, number: int) -> tuple[asyncio.Future[int], bool]:
        """Take an update in: with what status its request will be answered, and whether it is not in hand already."""
        status = asyncio.get_running_loop().create_future()
        if self.is_let_go(number):
            status.set_result(OK)
            return status, False
        before = self._in_hand.get(number)
        if before is not None and not before.done():
            return before, False
        self._in_hand[number] = status
        return status, before is None

    def is_let_go(self, number: int) -> bool:
        """Whether an update is acknowledged and not answered yet: it does not come again."""
        return number in self._let_go

    def done(self, number: int) -> None:
        """An update needs nothing more."""
        self._let_go.discard(number)
        self._answer(self._in_hand.pop(number, None), OK)

    def dropped(self, number: int) -> None:
        """An update is not answered here: Telegram gives it to another process."""
        self._let_go.discard(number)
        self._answer(self._in_hand.pop(number, None), LATER)

    def let_go(self, number: int) -> None:
        """Acknowledge an update before it is answered."""
        if number in self._in_hand:
            self._let_go.add(number)
            self._answer(self._in_hand.pop(number), OK)

    def put_off(self, number: int) -> None:
        """Have an update come again, though it stays in hand here: so that its request holds up no other."""
        self._answer(self._in_hand.get(number), LATER)

    @staticmethod
    def _answer(request: asyncio.Future[int] | None, status: int) -> None:
        if request is not None and not request.done():
            request.set_result(status)


class Webhook:
    """The route that Telegram sends to, and the door behind it."""

    def __init__(self, talks: Talks, settings: TelegramSettings, secret: str, clock: Callable[[], datetime]) -> None:
        self.talks, self.settings, self.clock = talks, settings, clock
        self._secret = secret.encode()
        self._strangers = Rate(STRANGERS_A_MINUTE)
        self._held = Held()
        self._door: Door | None = None
        """None before it has been opened, and once it is time to stop."""
        self._opened = asyncio.Event()

    def route(self) -> Route:
        """The route of the web application."""
        return Route(WEBHOOK_PATH, self._receive, methods=["POST"])

    async def ready(self) -> None:
        """Wait until it can answer."""
        await self._opened.wait()

    async def run(self, stopping: asyncio.Event, health: Health) -> None:
        """Answer what comes in until it is time to stop, then finish the answers in hand."""
        sys.setswitchinterval(SWITCH_SECONDS)
        bot = make_bot(self.settings)
        door = Door(bot, self.talks, self.clock, stopping, health, self._held, shared=True)

        async def take() -> None:
            await door.warm()
            self._door = door
            self._opened.set()
            sweeping = asyncio.create_task(self._sweep(door))
            watching = asyncio.create_task(_watch(bot, self.talks, health))
            try:
                await stopping.wait()
            finally:
                self._door = None
                sweeping.cancel()
                watching.cancel()

        async def leave() -> None:
            await door.aside(self.talks.leave, door.owner)

        try:
            await door.run(take(), leave)
        finally:
            await asyncio.wait({asyncio.create_task(bot.shutdown())}, timeout=LAST_SECONDS)

    async def _receive(self, request: Request) -> Response:
        status = await self._status(request)
        WEBHOOK.labels(str(status)).inc()
        again = AGAIN_SECONDS if self._door is not None else ELSEWHERE_SECONDS
        return Response(status_code=status, headers={"retry-after": str(again)} if status == LATER else None)

    async def _status(self, request: Request) -> int:
        """With what status an update is answered, once that is known."""
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode("utf-8", "surrogateescape"), self._secret):
            address = request.client.host if request.client else ""
            return FORBIDDEN if self._strangers.allows(address) else TOO_MANY
        if (row := read_update(await request.body())) is None:
            return MALFORMED
        if not self._opened.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._opened.wait(), OPENING_SECONDS)
        door, number = self._door, row["update_id"]
        if door is None or door.in_hand >= MOST_IN_HAND:
            return LATER
        status, fresh = self._held.add(number)
        if fresh:
            door.open(row)
        if not status.done():
            door.begin(self._not_for_long(door, number, status))
        await asyncio.wait({status})
        return status.result()

    async def _not_for_long(self, door: Door, number: int, status: asyncio.Future[int]) -> None:
        """Let an update go that takes long, or of which more may come: Telegram shows the next of a chat only then."""
        incoming = door.pending.in_hand.get(number)
        if incoming is None:
            return
        await asyncio.wait({door.urgent[number] if may_go_on(incoming) else status}, timeout=STUCK_SECONDS)
        if status.done():
            return
        if not door.may_let_go(number):
            self._held.put_off(number)
            return
        noting = door.begin(door.pending.let_go([number]))
        await asyncio.wait({noting}, timeout=NOTE_SECONDS)
        if noting.done() and not noting.cancelled() and noting.exception() is None and noting.result():
            self._held.let_go(number)
        elif not may_go_on(incoming):
            self._held.put_off(number)

    async def _sweep(self, door: Door) -> None:
        """Take away, once a minute, what killed processes left behind."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await door.behind.run(None, self.talks.sweep)


def read_update(body: bytes) -> dict[str, Any] | None:
    """An update as Telegram's JSON; None for what is no update."""
    try:
        row = json.loads(body)
    except (ValueError, RecursionError):
        return None
    number = row.get("update_id") if isinstance(row, dict) else None
    return row if isinstance(number, int) and not isinstance(number, bool) else None


async def _watch(bot: Bot, talks: Talks, health: Health) -> None:
    """Ask Telegram now and then whether it knows the bot. What it says ends nothing: the log and /readyz tell of it."""
    pause, greeted = FIRST_PAUSE, False
    while True:
        try:
            await bot.get_me()
        except TelegramError as error:
            rejected = isinstance(error, InvalidToken)
            if rejected:
                log.error("%s. Nobody is answered. Trying again in %d seconds.", REJECTED, pause)
            else:
                log.warning("Telegram was not reached, trying again: %s", type(error).__name__)
            health.tell("telegram", "rejected" if rejected else type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, WATCH_SECONDS)
            continue
        health.tell("telegram", None)
        if not greeted:
            greeted = True
            await introduce(bot, talks.guide.wording)
        pause = FIRST_PAUSE
        await asyncio.sleep(WATCH_SECONDS)
