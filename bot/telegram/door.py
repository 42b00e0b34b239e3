"""The Telegram door, however updates come in: many talks at once, each in order, danger before all else; out through `sending`."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from bisect import insort
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from telegram import Bot, Update

from bot.edits import Edits
from bot.health import Health
from bot.limits import FairLane, Rate
from bot.metrics import ANSWER_SECONDS, CARD_SECONDS, IN_HAND, MESSAGES, NOT_SAVED, SENDS
from bot.telegram.html import Part, draw
from bot.telegram.parts import MOST_PARTS, goes_on, joined, may_go_on
from bot.telegram.pending import NOTE_SECONDS, Pending
from bot.telegram.sending import Outcome, Sender
from bot.telegram.updates import Incoming, to_message, unreadable
from conversations.engine import Judged
from conversations.keys.talk_key import talk_name
from conversations.records.arrivals import Arrival
from conversations.records.leases import RENEW_SECONDS
from conversations.replies.prompts import slower, sorry
from conversations.talks import Heard, Talks
from conversations.turns import Message, Reply, State

log = logging.getLogger(__name__)
Result = TypeVar("Result")

MOST_IN_HAND = 1000
"""Updates, and so tasks, at once; more wait at Telegram."""
MESSAGES_A_MINUTE = 100
"""Of one chat. A person types no faster; what comes beyond is only judged for danger, and told once a minute to be slower."""
SHORT_PAUSE = 0.02
"""Seconds between looks at what may come at any moment."""
TWICE_SECONDS, TWICE_PAUSE = 1.0, 0.1
"""How long a card is left to the process that had the update first, and between looks: it still leaves within two seconds (S1a)."""
AT_ONCE_SECONDS = 0.15
"""What is handed out at once, such as a message and a press, reaches its processes within this time; the lowest is answered first."""
GATHER_SECONDS = 1.0
"""How long the rest of an album or of a paste is waited for; apps send it at once."""
LEASE_PAUSE = 0.2
"""Seconds until a talk is tried again that another process is answering."""
LOST_SECONDS = 2.0
"""How long the order of a talk waits for a database that fails."""
DRAIN_SECONDS, LAST_SECONDS = 14, 2
"""How long answers in hand may still be sent after SIGTERM, and how long each last call may take: within 20 s it has ended,
whatever hangs; systemd and the container allow 30."""
SQLITE_THREADS, OTHER_THREADS = 1, 8
"""Threads for matching and the database. SQLite has one writer, and those who wait for it sleep: with 500 people talking,
four threads had a p99 of 4.0 s where one had 0.15 s."""
LONG_CHARACTERS = 400
"""What is longer takes up to half a second to judge, where a cry takes 5 ms: it has a thread of its own."""
PURGE_SECONDS = 3_600
"""Between looks whether the retention rules are due, which they are once a day."""
SETTLE_SECONDS = 5
"""Between tries to do what is owed to talks; each try may wait as long as the database lets it."""
SWITCH_SECONDS = 0.0005
"""How long one thread may compute while another waits: with Python's own 5 ms each of the database's many short calls
waits as long for the network's thread to pause."""
GROUP_SECONDS = 3600
"""In a group the bot says once an hour that it only talks one to one (T5)."""
GROUPS_REMEMBERED = 1000


async def until(work: Any, stopping: asyncio.Event) -> bool:
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


def _number(waiting: Waiting) -> int:
    return waiting.incoming.number


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
    arrived: asyncio.Future[Arrival] | None = field(default=None, repr=False)
    """What was known of the update when it came, where that is noted."""
    since: float = 0.0
    """When it came, on the monotonic clock."""


class Intake(Protocol):
    """Where updates come from, and what is told to it of each."""

    @property
    def unanswered(self) -> tuple[int, ...]:
        """The updates that were confirmed before they are answered."""

    def is_let_go(self, number: int) -> bool:
        """Whether an update is confirmed and not answered yet: it does not come again."""

    def done(self, number: int) -> None:
        """An update needs nothing more."""

    def dropped(self, number: int) -> None:
        """An update is not answered here, as it is time to stop: it is to come again."""


class Door:
    """Holds what is in hand between Telegram and the talks; nothing of it outlives the process."""

    def __init__(
        self,
        bot: Bot,
        talks: Talks,
        clock: Callable[[], datetime],
        stopping: asyncio.Event,
        health: Health,
        intake: Intake,
        shared: bool = False,
    ) -> None:
        """`shared`: messages of a talk may come to several processes at once, so that it is noted which came to this one."""
        self.bot, self.talks, self.clock, self.stopping = bot, talks, clock, stopping
        self.health, self.intake, self.shared = health, intake, shared
        self.sender = Sender(bot)
        self.owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self.behind = FairLane(2, "behind")
        """Threads for what may wait long for the database; nobody waits for them at the end."""
        self.holding = FairLane(1, "holding")
        """The thread that holds on to what is in hand: it waits behind nothing else."""
        self.pending = Pending(talks, self.sender, self.owner, self.behind, shared)
        self.edits = Edits()
        self.rate, self.slowed = Rate(MESSAGES_A_MINUTE), Rate(1)
        """What a chat may ask for, and how often it is told that it writes too fast."""
        self.danger, self.danger_long = FairLane(1, "danger"), FairLane(1, "danger-long")
        """The threads that judge what was typed and make the cards, apart from those that may wait for the database (S1a)."""
        sqlite = talks.engine is None or talks.engine.dialect.name == "sqlite"
        threads = SQLITE_THREADS if sqlite else OTHER_THREADS
        self.worker = FairLane(threads, "talk", after=(self.danger, self.danger_long))
        self.arrivals = FairLane(1 if sqlite else 2, "arrivals")
        """The threads that note what came in, apart from those that think."""
        self.owed: dict[tuple[int, int], Message] = {}
        """By chat and number what is answered and could not be marked as such."""
        health.lanes[:] = self.danger, self.danger_long
        self.urgent: dict[int, asyncio.Task[Urgent]] = {}
        """What was found first in each update that is in hand, by number."""
        self.judging: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        """By chat: one message of each is judged at a time, so that nobody's flood keeps another's cry waiting."""
        self.waiting: dict[int, deque[Waiting]] = {}
        """The messages of each chat that is being answered, in order."""
        self.tasks: set[asyncio.Task[Any]] = set()
        self.groups: dict[int, float] = {}
        self.in_hand = 0
        self.lost = False
        """Whether the database was asked in vain for longer than a moment."""

    async def warm(self) -> None:
        """Read what judging needs: the first card is to be as quick as any (S1a)."""
        await self.danger.run(None, self.talks.judge, Message(text=self.talks.guide.wording("description")))

    async def run(self, taking: Coroutine[Any, Any, None], last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Answer while `taking` takes updates in, until it is time to stop; then finish the answers in hand, and do the `last`."""
        IN_HAND.set_function(lambda: self.in_hand)
        tending = [asyncio.create_task(work) for work in (self._renew(), self._purge(), self._settle())]
        try:
            await until(taking, self.stopping)
        finally:
            self.stopping.set()
            if self.tasks:
                await asyncio.wait(self.tasks, timeout=DRAIN_SECONDS)
            if self.owed:
                await asyncio.wait({asyncio.create_task(self._pay())}, timeout=NOTE_SECONDS)
            if left := self.intake.unanswered:  # the next process tells them
                await asyncio.wait({asyncio.create_task(self.pending.let_go(left))}, timeout=NOTE_SECONDS)
            for task in tending:
                task.cancel()
            await asyncio.wait({asyncio.create_task(last())}, timeout=LAST_SECONDS)
            self.health.lanes.clear()
            IN_HAND.set_function(lambda: 0)
            for lane in (self.danger, self.danger_long, self.arrivals, self.worker, self.holding, self.behind):
                lane.close()

    async def _purge(self) -> None:
        """Apply the retention rules once a day, whichever process does (P8)."""
        while True:
            await self.aside(self.talks.purge, self.clock())
            await asyncio.sleep(PURGE_SECONDS)

    def open(self, row: dict[str, Any]) -> None:
        """Give an update to the task of its chat; one that wants no answer is done."""
        number, since = row["update_id"], time.monotonic()
        try:
            incoming = to_message(Update.de_json(row, self.bot))
        except Exception as error:
            log.error("an update could not be read: %s", type(error).__name__)
            incoming = unreadable(row)
        if incoming is None:
            self.intake.done(number)
            return
        MESSAGES.labels("telegram").inc()
        self.pending.in_hand[number] = incoming
        same = incoming.source is not None and not self._says_anew(incoming, incoming.source)
        if not self.rate.allows(incoming.chat):
            self.urgent[number] = self.begin(self._urgent(incoming, None, since))
            self.begin(self._too_fast(incoming, self.urgent[number]))
            return
        arrived = self._note_arrival(incoming) if self.shared and not incoming.message.group else None
        urgent = self.urgent[number] = self.begin(self._urgent(incoming, arrived, since))
        self.in_hand += 1
        queue = self.waiting.get(incoming.chat)
        if queue is None:
            self.waiting[incoming.chat] = deque()
            self.begin(self._talk(incoming.chat))
        insort(self.waiting[incoming.chat], Waiting(incoming, urgent, same, arrived, since), key=_number)

    def _note_arrival(self, incoming: Incoming) -> asyncio.Future[Arrival]:
        name = _name(incoming.chat)
        return self.arrivals.run(None, self.talks.arrive, name, replace(incoming.message, text=None), self.owner)

    async def _too_fast(self, incoming: Incoming, urgent: asyncio.Task[Urgent]) -> None:
        """What becomes of a message too many: its card, where it needs one; else, once a minute, a word on why nothing comes."""
        try:
            if not (await urgent).judged.card and not incoming.message.group and self.slowed.allows(incoming.chat):
                await self._put(incoming, draw(slower(self.talks.guide))[0], moves=False)
        except Exception as error:
            log.error("nobody was told to be slower: %s", type(error).__name__)
        finally:
            if self.intake.is_let_go(incoming.number):  # nobody is to ask for it again
                await self._mark_answered(incoming, None)
            self._finished(incoming.number)

    def _finished(self, number: int) -> None:
        """An update needs nothing more."""
        self.pending.in_hand.pop(number, None)
        self.urgent.pop(number, None)
        self.intake.done(number)

    def may_let_go(self, number: int) -> bool:
        """Whether an update may be confirmed before it is answered: what speaks of danger only once its card was sent, as what is
        confirmed is lost in a crash (S1a).
        """
        urgent = self.urgent.get(number)
        if urgent is None or not urgent.done():
            return False
        found = urgent.result()
        return found.sent or not found.judged.card

    def _goes_on(self, number: int) -> bool:
        """Whether an update is still answered: at a stop only what does not come again."""
        return not self.stopping.is_set() or self.intake.is_let_go(number)

    def _says_anew(self, incoming: Incoming, source: int) -> bool:
        """Whether a message is new, or an edit of other words than before."""
        return self.edits.changed(f"{incoming.chat}:{source}", incoming.message.text) or not incoming.edited

    def begin(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Start what is waited for at a stop."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _urgent(self, incoming: Incoming, arrived: asyncio.Future[Arrival] | None, since: float) -> Urgent:
        """Judge a message, and send its safety card at once: before any lease or row, and before any other reply (S1a).

        What fails here is done again by `_answer`: a card may come twice, but is not lost. Never raises.
        """
        try:
            lane = self.danger_long if len(incoming.message.text or "") > LONG_CHARACTERS else self.danger
            async with self.judging.setdefault(incoming.chat, asyncio.Lock()):
                judged = await lane.run(incoming.chat, self.talks.judge, incoming.message)
            if not judged.card:
                return Urgent(judged, sent=False)
            if arrived is not None and await self._carded_elsewhere(incoming, arrived, since):
                return Urgent(judged, sent=True)
            card = await lane.run(incoming.chat, self._card, incoming, judged)
            if card is None:
                return Urgent(judged, sent=False)
            parts = self._drawn(card, State())
            outcomes = [await self._put(incoming, part, moves=False) for part in parts]
            CARD_SECONDS.observe(time.monotonic() - since)
            if arrived is not None and "sent" in outcomes:
                self.arrivals.run(None, self.talks.carded, _name(incoming.chat), replace(incoming.message, text=None))
            return Urgent(judged, sent=all(outcome in ("sent", "blocked") for outcome in outcomes))
        except Exception as error:
            log.error("a card failed: %s", type(error).__name__)
            return Urgent(self.talks.judge(incoming.message), sent=False)

    def _card(self, incoming: Incoming, judged: Judged) -> Reply | None:
        return self.talks.card(_name(incoming.chat), incoming.message, judged, self.clock())

    async def _carded_elsewhere(self, incoming: Incoming, arrived: asyncio.Future[Arrival], since: float) -> bool:
        """Whether this very update brought its card at another process. One that has it in hand is given a moment to send it;
        a database that does not answer at once is not waited for.
        """
        while True:
            await asyncio.wait({arrived}, timeout=max(0.0, min(NOTE_SECONDS, since + TWICE_SECONDS - time.monotonic())))
            if not arrived.done():
                return False
            arrival = arrived.result()
            if arrival.mine or arrival.carded or time.monotonic() > since + TWICE_SECONDS:
                return arrival.carded
            await asyncio.sleep(TWICE_PAUSE)
            arrived = self._note_arrival(incoming)

    async def _talk(self, chat: int) -> None:
        """Answer one chat, lowest update first, until nothing of it waits. What waits at a stop comes again."""
        queue, parts = self.waiting[chat], list[Waiting]()
        try:
            while queue and self._goes_on(queue[0].incoming.number):
                if self.shared and not await self._is_due(queue[0]):
                    await asyncio.sleep(LEASE_PAUSE)
                    continue
                parts = await self._gathered(queue)
                try:
                    if not (await self._needs_no_more(parts) or await self._answer_or_sorry(await self._as_one(parts))):
                        return
                    ANSWER_SECONDS.labels("telegram").observe(time.monotonic() - parts[-1].since)
                    owner = None if queue and self._goes_on(queue[0].incoming.number) else self.owner
                    for part in parts:
                        await self._mark_answered(part.incoming, owner if part is parts[-1] else None)
                except Exception as error:
                    log.error("an answer failed: %s", type(error).__name__)
                    self._owe(part.incoming for part in parts)
                for part in parts:
                    self._finished(part.incoming.number)
                self.in_hand -= len(parts)
                parts = []
        finally:
            self.in_hand -= len(queue) + len(parts)
            for left in (*parts, *queue):
                self.intake.dropped(left.incoming.number)
            del self.waiting[chat]

    async def _is_due(self, waiting: Waiting) -> bool:
        """Whether a message is the first of its talk that waits for an answer, here or at any process; its lease is then held."""
        if waiting.arrived is None:
            return True
        await asyncio.wait({waiting.arrived})
        if (apart := waiting.since + AT_ONCE_SECONDS - time.monotonic()) > 0:
            await asyncio.sleep(apart)
        incoming = waiting.incoming
        if self.waiting[incoming.chat][0] is not waiting:  # a lower one has come meanwhile
            return False
        if not await self._takes(incoming):
            return False
        if not waiting.arrived.result().mine:  # whoever had it is gone, or has answered it: nobody else tells of it now
            await self._note_arrival(incoming)
        return True

    async def _takes(self, incoming: Incoming) -> bool:
        """Whether a message comes first in its talk. A database that fails for a moment, as one that is started anew, is asked again;
        for one that is gone for longer nobody waits (S9).
        """
        end = time.monotonic() + LOST_SECONDS
        while (due := await self.aside(self.talks.is_due, _name(incoming.chat), self.owner, incoming.message)) is None:
            if self.lost or time.monotonic() > end:
                self.lost = True
                return True
            await asyncio.sleep(LEASE_PAUSE)
        self.lost = False
        return due

    async def _mark_answered(self, incoming: Incoming, owner: str | None) -> None:
        message = replace(incoming.message, text=None)
        if not await self.aside(self.talks.answered, _name(incoming.chat), message, owner, incoming.album):
            self._owe([incoming])

    def _owe(self, answered: Iterable[Incoming]) -> None:
        """Mark these as answered later: until then the talk's next messages at other processes wait (T12), and whoever comes
        after this process would tell people to write again who have their answer (T8).
        """
        for one in answered:
            if self.shared or self.intake.is_let_go(one.number):
                self.owed[one.chat, one.number] = replace(one.message, text=None)
        while len(self.owed) > MOST_IN_HAND:
            del self.owed[next(iter(self.owed))]

    async def _gathered(self, queue: deque[Waiting]) -> list[Waiting]:
        """The next message with all that was sent with it at once; a card is not held back by this, nor what has one."""
        parts = [queue.popleft()]
        while len(parts) < MOST_PARTS and may_go_on(parts[-1].incoming):
            end = parts[-1].since + GATHER_SECONDS
            while not queue and time.monotonic() < end and not self.stopping.is_set():
                await asyncio.sleep(SHORT_PAUSE)
            if not queue or not goes_on(parts[-1].incoming, queue[0].incoming):
                break
            if parts[0].incoming.album is None and any(
                [(await one.urgent).judged.card for one in (parts[-1], queue[0])]
            ):
                break
            parts.append(queue.popleft())
        return parts

    async def _needs_no_more(self, parts: list[Waiting]) -> bool:
        """Whether these are pictures of an album, without a word, of which another process had a part and answered it (T4)."""
        first = parts[0].incoming
        if first.album is None or first.message.group or any(part.incoming.message.text for part in parts):
            return False
        return await self.aside(self.talks.album_answered, _name(first.chat), first.album)

    async def _as_one(self, parts: list[Waiting]) -> Waiting:
        """The parts of a message as the one that it was; danger is sought in all of it."""
        if len(parts) == 1:
            return parts[0]
        whole = joined([part.incoming for part in parts])
        said = next((part for part in parts if part.incoming.message.text == whole.message.text), None)
        since = parts[-1].since
        urgent = said.urgent if said is not None else self.begin(self._urgent(whole, None, since))
        return Waiting(whole, urgent, since=since)

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

    def aside(self, call: Callable[..., Result], *values: object) -> asyncio.Future[Result]:
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
        if not heard.saved:
            NOT_SAVED.labels("telegram").inc()
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
                await self.aside(self.talks.sent, _name(incoming.chat), incoming.message, index + 1)

    async def _put(self, incoming: Incoming, part: Part, moves: bool) -> Outcome:
        if moves and incoming.menu is not None:
            outcome = await self.sender.edit(incoming.chat, incoming.menu, part, incoming.thread)
        else:
            outcome = await self.sender.send(incoming.chat, part, incoming.thread)
        SENDS.labels(outcome.replace(" ", "_")).inc()
        return outcome

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
            if self.waiting or self.intake.unanswered or self.pending.telling or self.owed:
                arrived = (*self.pending.in_hand, *(number for _, number in self.owed)) if self.shared else ()
                chats = [_name(chat) for chat in self.waiting]
                await self.holding.run(None, self.talks.renew, self.owner, chats, arrived)

    async def _settle(self) -> None:
        """Carry out what is owed to talks since the database could not be written (P6), and to those whom a process left.

        What was left and comes again has come by then, so that nobody is told to write again whose answer is on its way.
        """
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            if self.talks.owes:
                await self.behind.run(None, self.talks.settle)
            await self._pay()
            try:
                await self.pending.tell()
            except Exception as error:
                log.error("some were not told to write again: %s", type(error).__name__)

    async def _pay(self) -> None:
        """Mark as answered what could not be marked when it was."""
        for (chat, number), message in tuple(self.owed.items()):
            if await self.behind.run(None, self.talks.answered, _name(chat), message):
                self.owed.pop((chat, number), None)
