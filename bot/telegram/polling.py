"""The Telegram door: updates in by long polling, many talks at once, each in order; out through `sending`."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from telegram import Bot, Update
from telegram.error import EndPointNotFound, InvalidToken, RetryAfter, TelegramError
from telegram.warnings import PTBUserWarning

from bot.edits import Edits
from bot.health import Health
from bot.limits import FairLane, Rate
from bot.settings import SettingsError, TelegramSettings
from bot.telegram.client import REJECTED, connect, introduce, make_bot
from bot.telegram.html import Part, draw
from bot.telegram.parts import MOST_PARTS, goes_on, joined, may_go_on
from bot.telegram.pending import NOTE_SECONDS, Pending
from bot.telegram.sending import Outcome, Sender, seconds
from bot.telegram.updates import WANTED, Incoming, to_message, unreadable
from bot.telegram.window import BATCH, Window
from bot.watchdog import keep_alive
from conversations.engine import Judged
from conversations.keys.talk_key import talk_name
from conversations.records.leases import RENEW_SECONDS
from conversations.replies.prompts import slower, sorry
from conversations.talks import Heard, Talks
from conversations.turns import Reply, State
from conversations.wording import Wording

log = logging.getLogger(__name__)
Result = TypeVar("Result")
warnings.filterwarnings("ignore", "Please use 'Bot", PTBUserWarning)  # updates are read one by one, see `_fetch`

POLL_SECONDS = 30
"""How long Telegram holds a call for updates while there are none."""
MOST_IN_HAND = 1000
"""Updates, and so tasks, at once; more wait at Telegram."""
MESSAGES_A_MINUTE = 100
"""Of one chat. A person types no faster; what comes beyond is only judged for danger, and told once a minute to be slower."""
REJECTED_SECONDS = 300
"""The longest pause between tries while Telegram rejects the token."""
SHORT_PAUSE, LONG_PAUSE = 0.02, 0.25
"""Seconds between calls while updates are in hand: Telegram answers such a call at once, with those that it gave before."""
GATHER_SECONDS = 1.0
"""How long the rest of an album or of a paste is waited for; apps send it at once."""
LEASE_PAUSE = 0.2
"""Seconds until a talk is tried again that another process is answering."""
DRAIN_SECONDS, LAST_SECONDS = 14, 2
"""How long answers in hand may still be sent after SIGTERM, and how long each last call may take: within 20 s it has ended,
whatever hangs; systemd and the container allow 30."""
SQLITE_THREADS, OTHER_THREADS = 1, 8
"""Threads for matching and the database. SQLite has one writer, and those who wait for it sleep: with 500 people talking,
four threads had a p99 of 4.0 s where one had 0.15 s."""
LONG_CHARACTERS = 400
"""What is longer takes up to half a second to judge, where a cry takes 5 ms: it has a thread of its own."""
SWITCH_SECONDS = 0.0005
"""How long one thread may compute while another waits: with Python's own 5 ms each of the database's many short calls
waits as long for the network's thread to pause."""
PURGE_SECONDS = 86_400
SETTLE_SECONDS = 5
"""Between tries to do what is owed to talks; each try may wait as long as the database lets it."""
GROUP_SECONDS = 3600
"""In a group the bot says once an hour that it only talks one to one (T5)."""
GROUPS_REMEMBERED = 1000


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
    sqlite = talks.engine is None or talks.engine.dialect.name == "sqlite"
    door = Door(bot, talks, clock, stopping, SQLITE_THREADS if sqlite else OTHER_THREADS, health)
    try:
        health.lanes[:] = door.danger, door.danger_long
        if await _until(connect(bot), stopping):
            ready()
            await door.run(talks.guide.wording)
    except InvalidToken:
        raise SettingsError(REJECTED) from None
    except TelegramError as error:
        raise SettingsError(f"{settings.url} does not answer as Telegram does: {type(error).__name__}") from None
    finally:
        health.lanes.clear()
        await asyncio.wait({asyncio.create_task(bot.shutdown())}, timeout=LAST_SECONDS)


async def _until(work: Any, stopping: asyncio.Event) -> bool:
    """Whether the work was done before it was time to stop."""
    task, stop = asyncio.ensure_future(work), asyncio.ensure_future(stopping.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if task.done():
        task.result()
        return True
    while not task.done():  # up to Python 3.11 `wait_for` can swallow a cancellation
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    return False


def _name(chat: int) -> str:
    return talk_name("telegram", str(chat))


@dataclass(frozen=True)
class Urgent:
    """What was found in a message before anything else was done with it."""

    judged: Judged
    sent: bool
    """Whether its safety card has been sent."""


@dataclass(frozen=True)
class Waiting:
    """An update in the queue of its chat."""

    incoming: Incoming
    urgent: asyncio.Task[Urgent] = field(repr=False)
    """Begun when the update came in, whatever stands before it in the queue (S1a)."""
    same: bool = False
    """True for an edit that changed no word: it is judged for danger, and otherwise passed over."""


class Door:
    """Holds what is in hand between Telegram and the talks; nothing of it outlives the process."""

    def __init__(
        self,
        bot: Bot,
        talks: Talks,
        clock: Callable[[], datetime],
        stopping: asyncio.Event,
        threads: int,
        health: Health,
    ) -> None:
        self.bot, self.talks, self.clock, self.stopping = bot, talks, clock, stopping
        self.health = health
        self.sender = Sender(bot)
        self.owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self.window = Window()
        self.behind = FairLane(2, "behind")
        """Threads for what may wait long for the database; nobody waits for them at the end."""
        self.pending = Pending(talks, self.sender, self.owner, self.behind)
        self.edits = Edits()
        self.rate, self.slowed = Rate(MESSAGES_A_MINUTE), Rate(1)
        """What a chat may ask for, and how often it is told that it writes too fast."""
        self.danger, self.danger_long = FairLane(1, "danger"), FairLane(1, "danger-long")
        """The threads that judge what was typed and make the cards, apart from those that may wait for the database (S1a)."""
        self.worker = FairLane(threads, "talk", after=(self.danger, self.danger_long))
        self.judging: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        """By chat: one message of each is judged at a time, so that nobody's flood keeps another's cry waiting."""
        self.waiting: dict[int, deque[Waiting]] = {}
        """The messages of each chat that is being answered, in order."""
        self.tasks: set[asyncio.Task[Any]] = set()
        self.groups: dict[int, float] = {}
        self.in_hand = 0
        self.tidying: asyncio.Task[None] | None = None

    async def run(self, wording: Wording) -> None:
        """Answer until it is time to stop, then finish the answers in hand."""
        introducing = asyncio.create_task(introduce(self.bot, wording))
        renewing = asyncio.create_task(self._renew())
        purging = asyncio.create_task(self._purge())
        settling = asyncio.create_task(self._settle())
        try:
            await _until(self._poll(), self.stopping)
        finally:
            self.stopping.set()
            introducing.cancel()
            if self.tasks:
                await asyncio.wait(self.tasks, timeout=DRAIN_SECONDS)
            if left := self.window.unanswered:  # the next process tells them
                await asyncio.wait({asyncio.create_task(self.pending.let_go(left))}, timeout=NOTE_SECONDS)
            renewing.cancel()
            purging.cancel()
            settling.cancel()
            await asyncio.wait({asyncio.create_task(self._confirm())}, timeout=LAST_SECONDS)
            for lane in (self.danger, self.danger_long, self.worker, self.behind):
                lane.close()

    async def _purge(self) -> None:
        """Apply the retention rules at the start and once a day (P8)."""
        while True:
            await self._aside(self.talks.purge, self.clock())
            await asyncio.sleep(PURGE_SECONDS)

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
                self._open(row)
        if not fresh and len(rows) >= BATCH:
            await self._let_go(self.window.stuck(time.monotonic()))
        if offset is not None and time.monotonic() - self.tidied > RENEW_SECONDS:
            self.tidied = time.monotonic()
            if self.tidying is None or self.tidying.done():
                self.tidying = self._begin(self._tidy(offset))  # what comes next must not wait for the database (S1a)
        self.pause = SHORT_PAUSE if fresh else min(self.pause * 2, LONG_PAUSE)
        if not self.window.idle:
            await self.window.wait(self.pause)
        while self.in_hand >= MOST_IN_HAND and not self.stopping.is_set():
            await self.window.wait(LONG_PAUSE)

    async def _tidy(self, offset: int) -> None:
        await self._aside(self.talks.confirmed, offset)

    async def _let_go(self, numbers: tuple[int, ...]) -> None:
        """Let Telegram show what comes after these updates. A database that hangs does not hold that up (S1a)."""
        if numbers:
            await asyncio.wait({self._begin(self.pending.let_go(numbers))}, timeout=NOTE_SECONDS)
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

    def _open(self, row: dict[str, Any]) -> None:
        """Give an update to the task of its chat; one that wants no answer is done."""
        number = row["update_id"]
        try:
            incoming = to_message(Update.de_json(row, self.bot))
        except Exception as error:
            log.error("an update could not be read: %s", type(error).__name__)
            incoming = unreadable(row)
        if incoming is None:
            self.window.done(number)
            return
        self.pending.in_hand[number] = incoming
        same = incoming.source is not None and not self._says_anew(incoming, incoming.source)
        urgent = self._begin(self._urgent(incoming))
        queue = self.waiting.get(incoming.chat)
        if not self.rate.allows(incoming.chat):
            self._begin(self._too_fast(incoming, urgent))
            return
        self.in_hand += 1
        if queue is not None:
            queue.append(Waiting(incoming, urgent, same))
        else:
            self.waiting[incoming.chat] = deque([Waiting(incoming, urgent, same)])
            self._begin(self._talk(incoming.chat))

    async def _too_fast(self, incoming: Incoming, urgent: asyncio.Task[Urgent]) -> None:
        """What becomes of a message too many: its card, where it needs one; else, once a minute, a word on why nothing comes."""
        try:
            if not (await urgent).judged.card and not incoming.message.group and self.slowed.allows(incoming.chat):
                await self._put(incoming, draw(slower(self.talks.guide))[0], moves=False)
        except Exception as error:
            log.error("nobody was told to be slower: %s", type(error).__name__)
        finally:
            self._finished(incoming.number)

    def _finished(self, number: int) -> None:
        """An update needs nothing more."""
        self.pending.in_hand.pop(number, None)
        self.window.done(number)

    def _goes_on(self, number: int) -> bool:
        """Whether an update is still answered: at a stop only what does not come again."""
        return not self.stopping.is_set() or self.window.is_let_go(number)

    def _says_anew(self, incoming: Incoming, source: int) -> bool:
        """Whether a message is new, or an edit of other words than before."""
        return self.edits.changed(f"{incoming.chat}:{source}", incoming.message.text) or not incoming.edited

    def _begin(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Start what is waited for at a stop."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _urgent(self, incoming: Incoming) -> Urgent:
        """Judge a message, and send its safety card at once: before any lease or row, and before any other reply (S1a).

        What fails here is done again by `_answer`: a card may come twice, but is not lost. Never raises.
        """
        try:
            lane = self.danger_long if len(incoming.message.text or "") > LONG_CHARACTERS else self.danger
            async with self.judging.setdefault(incoming.chat, asyncio.Lock()):
                judged, card = await lane.run(incoming.chat, self._judge, incoming)
            if card is None:
                return Urgent(judged, sent=False)
            parts = self._drawn(card, State())
            outcomes = [await self._put(incoming, part, moves=False) for part in parts]
            return Urgent(judged, sent=all(outcome in ("sent", "blocked") for outcome in outcomes))
        except Exception as error:
            log.error("a card failed: %s", type(error).__name__)
            return Urgent(self.talks.judge(incoming.message), sent=False)

    def _judge(self, incoming: Incoming) -> tuple[Judged, Reply | None]:
        judged = self.talks.judge(incoming.message)
        return judged, self.talks.card(_name(incoming.chat), incoming.message, judged, self.clock())

    async def _talk(self, chat: int) -> None:
        """Answer one chat, lowest update first, until nothing of it waits. What waits at a stop comes again."""
        queue = self.waiting[chat]
        try:
            while queue and self._goes_on(queue[0].incoming.number):
                parts = await self._gathered(queue)
                try:
                    if not await self._answer_or_sorry(await self._as_one(parts)):
                        return
                    owner = None if queue and self._goes_on(queue[0].incoming.number) else self.owner
                    for part in parts:
                        last = owner if part is parts[-1] else None
                        await self._aside(self.talks.answered, _name(chat), part.incoming.message, last)
                except Exception as error:
                    log.error("an answer failed: %s", type(error).__name__)
                for part in parts:
                    self._finished(part.incoming.number)
                self.in_hand -= len(parts)
        finally:
            self.in_hand -= len(queue)
            del self.waiting[chat]

    async def _gathered(self, queue: deque[Waiting]) -> list[Waiting]:
        """The next message with all that was sent with it at once; a card is not held back by this, nor what has one."""
        parts = [queue.popleft()]
        while len(parts) < MOST_PARTS and may_go_on(parts[-1].incoming):
            until = time.monotonic() + GATHER_SECONDS
            while not queue and time.monotonic() < until and not self.stopping.is_set():
                await asyncio.sleep(SHORT_PAUSE)
            if not queue or not goes_on(parts[-1].incoming, queue[0].incoming):
                break
            if parts[0].incoming.album is None and any(
                [(await one.urgent).judged.card for one in (parts[-1], queue[0])]
            ):
                break
            parts.append(queue.popleft())
        return parts

    async def _as_one(self, parts: list[Waiting]) -> Waiting:
        """The parts of a message as the one that it was; danger is sought in all of it."""
        if len(parts) == 1:
            return parts[0]
        whole = joined([part.incoming for part in parts])
        said = next((part for part in parts if part.incoming.message.text == whole.message.text), None)
        return Waiting(whole, said.urgent if said is not None else self._begin(self._urgent(whole)))

    async def _answer_or_sorry(self, waiting: Waiting) -> bool:
        """Answer one update; where that fails in any way, with 999, 111 and the area's contact (S8). False at a stop."""
        incoming = waiting.incoming
        try:
            urgent = await waiting.urgent
            if waiting.same and not urgent.judged.card:
                return True
            if incoming.readable:
                return await self._answer(incoming, urgent)
        except Exception as error:
            log.error("an answer failed: %s", type(error).__name__)
        state = await self.behind.run(None, self._seen_at_once, incoming)
        await self._put(incoming, self._last_resort(state), moves=False)
        return True

    def _seen_at_once(self, incoming: Incoming) -> State:
        return State() if incoming.message.group else self.talks.at_once(_name(incoming.chat), self.clock())

    def _last_resort(self, state: State) -> Part:
        """The one message that is sent where no other can be (S8)."""
        return draw(sorry(state, self.talks.guide, self.clock()))[0]

    async def _answer(self, incoming: Incoming, urgent: Urgent) -> bool:
        """Answer one update; False where it is time to stop while another process answers its talk."""
        noticing = asyncio.create_task(self.sender.acknowledge(incoming.query)) if incoming.query else None
        while (heard := await self.worker.run(incoming.chat, self._hear, incoming, urgent.judged)) is None:
            await asyncio.sleep(LEASE_PAUSE)
            if not self._goes_on(incoming.number):
                return False
        await self._send(incoming, heard, urgent.sent)
        if noticing is not None:
            await noticing
        return True

    def _aside(self, call: Callable[..., Result], *values: object) -> asyncio.Future[Result]:
        """Call on behalf of all in a worker thread, so that neither a disk nor a long thought holds up the network."""
        return self.worker.run(None, call, *values)

    def _hear(self, incoming: Incoming, judged: Judged) -> Heard | None:
        """The turn of a message, in a worker thread; None while another process answers this talk."""
        chat = _name(incoming.chat)
        if not incoming.message.group and not self.talks.take(chat, self.owner):
            return None
        return self.talks.hear(chat, incoming.message, self.clock(), judged)

    async def _send(self, incoming: Incoming, heard: Heard, carded: bool) -> None:
        """Send what has not been sent yet of a turn, in order; a person who blocked the bot gets no more of it.

        `carded`: its first reply is a safety card, which was sent before all else.
        """
        replies = heard.turn.replies
        if incoming.message.group and not carded and not self._says_again(incoming.chat, replies):
            return
        state = heard.turn.state
        parts = [(part, reply.moves and reply is replies[0]) for reply in replies for part in self._drawn(reply, state)]
        ahead = len(self._drawn(replies[0], state)) if carded and replies and replies[0].safety == "card" else 0
        for index, (part, moves) in enumerate(parts):
            if index < max(heard.sent, ahead):
                continue
            outcome = await self._put(incoming, part, moves and len(parts) == 1)
            if outcome == "blocked":
                return
            if outcome == "refused":  # what Telegram does not take must not leave anybody without a word
                await self._put(incoming, self._last_resort(state), moves=False)
            if index + 1 < len(parts):
                await self._aside(self.talks.sent, _name(incoming.chat), incoming.message, index + 1)

    async def _put(self, incoming: Incoming, part: Part, moves: bool) -> Outcome:
        if moves and incoming.menu is not None:
            return await self.sender.edit(incoming.chat, incoming.menu, part, incoming.thread)
        return await self.sender.send(incoming.chat, part, incoming.thread)

    def _drawn(self, reply: Reply, state: State) -> tuple[Part, ...]:
        """The parts of a reply, or of the one that holds when all fails (S8)."""
        try:
            return draw(reply)
        except Exception as error:
            log.error("a reply could not be drawn: %s", type(error).__name__)
            return (self._last_resort(state),)

    def _says_again(self, group: int, replies: tuple[Reply, ...]) -> bool:
        """Whether a group is answered: with a safety card always, else once an hour."""
        now = time.monotonic()
        if (
            all(reply.safety is None for reply in replies)
            and now - self.groups.get(group, -GROUP_SECONDS) < GROUP_SECONDS
        ):
            return False
        self.groups.pop(group, None)
        self.groups[group] = now
        while len(self.groups) > GROUPS_REMEMBERED:
            self.groups.pop(next(iter(self.groups)))
        return True

    async def _renew(self) -> None:
        """Hold on to the leases of the talks in hand."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if self.waiting or self.window.unanswered or self.pending.telling:
                await self._aside(self.talks.renew, self.owner)

    async def _settle(self) -> None:
        """Carry out what is owed to talks since the database could not be written (P6), and to those whom a process left."""
        while True:
            if self.talks.owes:
                await self.behind.run(None, self.talks.settle)
            try:
                await self.pending.tell()
            except Exception as error:
                log.error("some were not told to write again: %s", type(error).__name__)
            await asyncio.sleep(SETTLE_SECONDS)

    async def _confirm(self) -> None:
        """Tell Telegram at the end what is done; a call that fails costs nothing, for done is noted."""
        offset = self.window.offset
        if offset is None:
            return
        asked = {"offset": offset, "timeout": 0, "limit": 1, "allowed_updates": list(WANTED)}
        with suppress(TelegramError):
            await self.bot.do_api_request("getUpdates", asked, read_timeout=5)
            await self._aside(self.talks.confirmed, offset)
