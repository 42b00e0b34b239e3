"""The web door: a message in, the turn that follows out. Danger is judged first, apart from whoever waits for the database."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from bot.metrics import ANSWER_SECONDS, MESSAGES
from bot.web.chat.limits import SHARE_SECONDS, WINDOW_SECONDS, Limits, Verdict
from conversations.engine import Judged
from conversations.replies.prompts import sorry
from conversations.talks import BEHIND_SECONDS, Talks
from conversations.turns import Message, State, Turn

log = logging.getLogger(__name__)
Result = TypeVar("Result")

SQLITE_THREADS, OTHER_THREADS = 1, 8
"""As at Telegram's door: SQLite has one writer, and more threads only wait for it."""
LONG_CHARACTERS = 400
"""What is longer takes up to half a second to judge, where a cry takes 5 ms: it has a thread of its own (S1a)."""
LEASE_SECONDS, LEASE_PAUSE = 10.0, 0.05
"""How long a message waits while another one of its talk is answered, and between tries; then it is answered all the same."""
SETTLE_SECONDS = 5
PURGE_SECONDS = 3_600
"""Between looks whether the retention rules are due, which they are once a day, whichever process applies them."""
FORGET_SECONDS = WINDOW_SECONDS
"""After it the minute of what was told is over: what stands of it in the database is deleted (W6)."""


class Door:
    """What the page's requests share in one process; nothing of it is needed by another one."""

    def __init__(self, talks: Talks, clock: Callable[[], datetime]) -> None:
        self.talks, self.clock = talks, clock
        self.limits = Limits(lambda: clock().timestamp(), talks.hashed)
        sqlite = talks.engine is None or talks.engine.dialect.name == "sqlite"
        self._worker = ThreadPoolExecutor(SQLITE_THREADS if sqlite else OTHER_THREADS, thread_name_prefix="web-talk")
        self._danger, self._danger_long = (ThreadPoolExecutor(1, thread_name_prefix="web-danger") for _ in range(2))
        self._behind: set[asyncio.Future[Any]] = set()
        """What goes on after its answer has been given."""
        self._settling = False
        self._purged = float("-inf")
        self._shared = float("-inf")
        self._told: int | None = None
        """The last minute of which something stands in the database."""
        self._forgetting = False
        self.talks.forget_rates(int(clock().timestamp()) // WINDOW_SECONDS)  # what a process that has ended left

    def note(self, address: str, chat: str) -> Verdict:
        """Count one message, and now and then tell the other processes, behind whatever waits for an answer."""
        verdict = self.limits.note(address, chat)
        if self.talks.engine is not None and time.monotonic() - self._shared > SHARE_SECONDS:
            self._shared = time.monotonic()
            self._keep(asyncio.ensure_future(self._share()))
        return verdict

    async def _share(self) -> None:
        await asyncio.sleep(SHARE_SECONDS / 2)  # what comes at once is told at once
        minute, counted = self.limits.untold()
        if counted:
            self._told = minute
            if not self._forgetting:
                self._forgetting = True
                self._keep(asyncio.ensure_future(self._forget()))
            self.limits.hear(minute, await asyncio.to_thread(self.talks.rated, minute, counted))

    async def _forget(self) -> None:
        """Delete each minute's counts once it is over, also where nobody writes any more."""
        try:
            while (minute := self._told) is not None:
                await asyncio.sleep(FORGET_SECONDS)
                if await asyncio.to_thread(self.talks.forget_rates, minute + 1) and self._told == minute:
                    self._told = None
        finally:
            self._forgetting = False

    async def hear(self, chat: str, message: Message, begin: Callable[[State], State] | None = None) -> Turn:
        """The turn of a message. A card waits for nothing: the rest is done behind it (S1a). Never raises (S8).

        `begin` changes the state of the talk first: what a link to a topic had shown.
        """
        now, begun = self.clock(), time.monotonic()
        self._tend(now)
        MESSAGES.labels("web").inc()
        try:
            judged = await self.judge(message)
            card = None
            if judged.card:
                card = await self._run(self._lane(message), self.talks.card, chat, message, judged, now)
            rest = asyncio.ensure_future(self._alone(chat, message, judged, now, begin))
            if card is None:
                turn = await rest
                ANSWER_SECONDS.labels("web").observe(time.monotonic() - begun)
                return turn
            self._keep(rest)
            seen = asyncio.ensure_future(self.at_once(chat))
            done, _ = await asyncio.wait({rest}, timeout=BEHIND_SECONDS)
            return rest.result() if done else Turn(await seen, (card,))
        except Exception as error:
            log.error("a message failed: %s", type(error).__name__)
            return Turn(State(), (sorry(State(), self.talks.guide, now),))

    async def judge(self, message: Message) -> Judged:
        """What a message says of danger."""
        return await self._run(self._lane(message), self.talks.judge, message)

    async def danger_alone(self, chat: str, message: Message) -> Turn | None:
        """The card that a message brings, where nothing else of it is to be heard; None for any other message."""
        if len(message.text or "") > LONG_CHARACTERS:
            return None
        judged = await self.judge(message)
        card = await self._run(self._danger, self.talks.card, chat, message, judged, self.clock())
        return Turn(await self.at_once(chat), (card,)) if card is not None else None

    async def at_once(self, chat: str) -> State:
        """What is remembered of a talk, where that can be had at once."""
        return await asyncio.to_thread(self.talks.at_once, chat, self.clock())

    async def _alone(
        self, chat: str, message: Message, judged: Judged, now: datetime, begin: Callable[[State], State] | None
    ) -> Turn:
        """The turn, while no other message of the talk is answered, here or by another worker (T12)."""
        owner, until = secrets.token_hex(16), time.monotonic() + LEASE_SECONDS
        values = (chat, message, judged, now, begin, owner)
        while (turn := await self._run(self._worker, self._hear, *values, time.monotonic() > until)) is None:
            await asyncio.sleep(LEASE_PAUSE)
        return turn

    def _hear(
        self, chat: str, message: Message, judged: Judged, now: datetime, begin: Callable[[State], State] | None,
        owner: str, waited: bool,
    ) -> Turn | None:  # fmt: skip
        """The turn of a message; None while another one of its talk is answered, unless this one has `waited` long enough."""
        if not self.talks.take(chat, owner) and not waited:
            return None
        try:
            if begin is not None:
                before = self.talks.state(chat, now)
                if (after := begin(before)) != before:
                    self.talks.set(chat, after, now)
            return self.talks.hear(chat, message, now, judged).turn
        finally:
            # the lease alone: a form that is sent again is answered again, as its answer may have been lost on the way
            self.talks.answered(chat, replace(message, number=None), owner)

    def _lane(self, message: Message) -> Executor:
        return self._danger_long if len(message.text or "") > LONG_CHARACTERS else self._danger

    def _tend(self, now: datetime) -> None:
        """Start what looks after the talks: the retention rules once a day (P8), and what is owed (P6)."""
        if time.monotonic() - self._purged > PURGE_SECONDS:
            self._purged = time.monotonic()
            self._keep(asyncio.ensure_future(asyncio.to_thread(self.talks.purge, now)))
        if self.talks.owes and not self._settling:
            self._settling = True
            self._keep(asyncio.ensure_future(self._settle()))

    async def _settle(self) -> None:
        try:
            while self.talks.owes:
                await asyncio.to_thread(self.talks.settle)
                if self.talks.owes:
                    await asyncio.sleep(SETTLE_SECONDS)
        finally:
            self._settling = False

    def _keep(self, work: asyncio.Future[Any]) -> None:
        self._behind.add(work)
        work.add_done_callback(self._behind.discard)

    async def _run(self, lane: Executor, call: Callable[..., Result], *values: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(lane, call, *values)
