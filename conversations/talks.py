"""Hear one message: load the talk, step, save, give the replies back. The only code that joins the floors."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from secrets import token_bytes as random_bytes
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from conversations.engine import Judged, judge, step
from conversations.feedback.consent import NUMBER_BYTES, YesContext, dropped
from conversations.feedback.flow import TAKEN_BACK, YES_PRESS
from conversations.feedback.lookups import told
from conversations.guide import Guide, InUse, in_use
from conversations.keys.sealing import Seals
from conversations.keys.talk_key import Secrets, YesSigner
from conversations.owed import Owed
from conversations.records import (
    answered,
    arrivals,
    counts,
    feedback,
    guesses,
    leases,
    pending,
    purging,
    questions,
    rates,
    talks,
)
from conversations.records.arrivals import Arrival
from conversations.records.store import truncate_log
from conversations.replies.easy import eased
from conversations.replies.prompts import info, sorry, switched_off
from conversations.turns import (
    ChangesWanted,
    Event,
    FeedbackGiven,
    Forgotten,
    Message,
    MineWanted,
    QuestionKept,
    Reply,
    State,
    Turn,
)
from knowledge.danger.detector import danger

log = logging.getLogger(__name__)
Result = TypeVar("Result")

REMEMBERED_WITHOUT_DATABASE = 10_000
"""Talks whose choices are held in memory while there is no database; the oldest go first."""

LOOKUP_SECONDS = 0.25
"""How long a safety card waits for what makes it better: the area, easy read, who writes. On an idle disk it takes 2 ms."""
LOOKUPS = 2
"""So many cards at once may wait for a database that hangs; the others then go without."""

ALWAYS = re.compile(r"\s*/(?:forget|mydata|privacy|stop)\b", re.IGNORECASE)
"""What is answered though everything is switched off: whose data it is may always see it and have it deleted (P6, P7)."""

MOST_NUMBER = 2**63
"""No database holds the number of an update that is so far from nought."""

HANGS_SECONDS, SPARED_SECONDS = 1.0, 10.0
"""A transaction that failed after so long was made to wait; for so long then nobody else waits, so that answers go on (S9)."""
COLLIDED, TRIES = ("40P01", "40001"), 3
"""What PostgreSQL says to one of two transactions that waited for each other, and how often what it ended is tried."""
BEHIND_SECONDS = 0.75
"""How long `reply` waits for what is written behind a card; with the lookup and the judging it stays well under 2 s (S1a)."""


@dataclass(frozen=True)
class Heard:
    """A turn, and whether it could be saved."""

    turn: Turn
    saved: bool
    sent: int = 0
    """Of a redelivery: how many messages of its replies have been sent already."""


@dataclass(frozen=True)
class Loaded:
    """What is stored of a talk when a message comes."""

    key: bytes
    state: State
    before: State
    """The state from which the message is answered: of a redelivery, the one before it was first heard."""
    answered: bool
    """Whether this very update has been answered already."""
    again: bool = False
    sent: int = 0


@dataclass(frozen=True)
class Seen:
    """What a safety card can be made better with, where it can be had at once."""

    state: State = field(default_factory=State)
    answered: bool = False


class Hanging(SQLAlchemyError):
    """The database made somebody wait in vain a moment ago; it is not asked again yet."""


class Talks:
    """All talks of one process, over a database or, where there is none, in memory alone (S9).

    `chat` is a talk's name, as `conversations.keys.talk_key.talk_name` makes it.
    """

    def __init__(self, guide: Guide | InUse, engine: Engine | None, secrets: Secrets | None) -> None:
        self._in_use = in_use(guide)
        self.engine = engine
        self.secrets = secrets
        self._memory: dict[str, State] = {}
        self._owed = Owed()
        self._off = False
        """Whether everything is switched off, as it was when the database was last asked (O2)."""
        self._unfolded = False
        """Whether what was deleted still stands in the database's log, as somebody was reading."""
        self._lookups = threading.Semaphore(LOOKUPS)
        self._spared_until = 0.0
        self._behind: dict[str, threading.Thread] = {}
        """What `reply` left to be done, by chat; each waits for the one before it."""
        self._doorless: bool | None = None
        """Whether talks may still be kept under keys that do not name their door; looked up once."""

    @property
    def guide(self) -> Guide:
        """The guide that is in use now."""
        return self._in_use.guide

    def judge(self, message: Message) -> Judged:
        """What a message says of danger; asks neither the talk nor the database. Never raises (S1a)."""
        try:
            return judge(message, self.guide)
        except Exception as error:
            log.error("not judged: %s", type(error).__name__)
            worry = danger(message.text or "")
            return Judged(worry, worry is not None and worry.strength == "card")

    def card(self, chat: str, message: Message, judged: Judged, now: datetime) -> Reply | None:
        """The safety card that a message brings, to be sent before anything else is done; None for any other message.

        Nothing is written and no lease is taken: `hear` does what is left, in the order of the talk, and gives the card
        again as its first reply. Waits for the database no longer than `at_once` does, so that it may not know the area;
        where it is sure that this very update was answered before, there is no card. Never raises (S1a).
        """
        if not judged.card:
            return None
        seen = Seen() if message.group else self._seen(chat, _numbered(message), now)
        if seen.answered:
            return None
        turn = self._stepped(seen.state, message, now, None, judged)
        first = turn.replies[0] if turn.replies else sorry(seen.state, self.guide.to(seen.state), now)
        return first if first.safety == "card" or first.kind == "sorry" else None  # the talk may bind it to its topic

    def reply(self, chat: str, message: Message, now: datetime) -> Turn:
        """The turn of a message, for a door that does one thing after the other.

        A safety card does not wait for the database: where that takes long, the card alone is given, and the rest is
        done behind it, in the order of the talk. The message counts as answered with it. Never raises (S1a, S8).
        """
        judged = self.judge(message)
        card = self.card(chat, message, judged, now)
        before = self._behind.get(chat)
        done: SimpleQueue[Turn] = SimpleQueue()

        def rest() -> None:
            if before is not None:
                before.join()
            heard = self.hear(chat, message, now, judged)
            self.answered(chat, message)
            done.put(heard.turn)

        if card is None:
            rest()
            return done.get()
        work = threading.Thread(target=rest, daemon=True)
        self._behind = {name: thread for name, thread in self._behind.items() if thread.is_alive()} | {chat: work}
        work.start()
        try:
            return done.get(timeout=BEHIND_SECONDS)
        except Empty:
            return Turn(self._memory.get(chat, State()), (card,))

    def changes(self, area: str, now: datetime, easy_read: bool = False, most: int = 10) -> tuple[Reply, ...]:
        """What changed in an area because families spoke (F5), for a page that belongs to no talk; nothing where it
        cannot be looked up. Never raises.
        """
        if self.engine is None or self.secrets is None:
            return ()
        try:
            with self._transaction(self.engine) as connection:
                asked = Turn(State(area=area, easy_read=easy_read), wants=ChangesWanted(most))
                return eased(told(asked, connection, b"", self.secrets, self.guide, now), self.guide).replies
        except Exception as error:
            log.error("not read: %s", type(error).__name__)
            return ()

    def finish(self, seconds: float) -> None:
        """Wait until what `reply` left is done, but no longer than this."""
        end = time.monotonic() + seconds
        for thread in tuple(self._behind.values()):
            thread.join(max(0.0, end - time.monotonic()))

    def hear(self, chat: str, message: Message, now: datetime, judged: Judged | None = None) -> Heard:
        """The turn that follows a message of a chat, saved with its counts in one transaction. Never raises (S8).

        `judged` is what `judge` found in it, where that has been done already.
        """
        message = _numbered(message)
        judged = judged or self.judge(message)
        if message.group:
            return Heard(self._stepped(State(), message, now, None, judged), saved=True)
        if self.engine is None or self.secrets is None:
            return self._unsaved(chat, message, now, judged, self._memory.get(chat, State()))
        loaded: Loaded | None = None
        try:
            loaded = self._load(self.engine, self.secrets, chat, message, now)
            if loaded.answered:
                return Heard(Turn(loaded.state), saved=True)
            values = (self.engine, self.secrets, loaded, message, now, judged)
            heard = _tried(lambda: self._saved(*values))
        except Exception as error:
            log.error("not saved: %s", type(error).__name__)
            state = self._memory.get(chat, loaded.before if loaded else State())
            return self._unsaved(chat, message, now, judged, state, loaded, error)
        self._memory.pop(chat, None)
        return heard

    def take(self, chat: str, owner: str) -> bool:
        """Take the lease on a talk; False while another process answers it. Without a database there is no other."""
        return self._take(chat, owner, None) is not False

    def is_due(self, chat: str, owner: str, message: Message) -> bool | None:
        """Whether a message, which was noted with `arrive`, is the first of its talk that is unanswered, at any process; its lease is then
        taken, and else left to whoever has a lower one (T12). None where the database does not say.
        """
        return self._take(chat, owner, _numbered(message).number)

    def _take(self, chat: str, owner: str, number: int | None) -> bool | None:
        if self.engine is None or self.secrets is None:
            return True
        try:
            with self._transaction(self.engine) as connection:
                key, now = self.secrets.key(chat), leases.tick(connection)
                if number is not None and not arrivals.is_first(connection, key, number, now):
                    leases.release(connection, key, owner)
                    return False
                return leases.take(connection, key, owner, now)
        except Exception as error:
            log.error("no lease: %s", type(error).__name__)
            return None

    def arrive(self, chat: str, message: Message, owner: str) -> Arrival:
        """Note that `owner` has a message in hand, where those of a talk may come to several processes (T12). Never raises."""
        number = _numbered(message).number
        found = Arrival()

        def write(connection: Connection, secrets: Secrets) -> None:
            nonlocal found
            if number is None:
                return
            mark = self._mark(chat, number)
            answered.hold(connection, (mark,))
            if self._answered_before(connection, chat, number):
                found = Arrival(mine=False, carded=True)
                return
            key, now = secrets.key(chat), leases.clock(connection)
            found = arrivals.store(connection, key, number, owner, now)
            before = pending.adopt(connection, mark, owner) if found.mine else None
            if before == owner:  # it was let go before this was noted
                arrivals.acknowledge(connection, key, number, owner, now)
            elif before is not None:
                leases.take(connection, secrets.key(_life(owner)), owner, now)

        self._note("arrival not noted", write)
        return found

    def carded(self, chat: str, message: Message) -> None:
        """The safety card of a message that arrived has been sent: another process that gets it need not send it again."""
        number = _numbered(message).number
        if number is not None:
            self._note("card not noted", lambda to, secrets: arrivals.mark_carded(to, secrets.key(chat), number))

    def leave(self, owner: str) -> None:
        """A process ends: what it has in hand is left to the others at once."""

        def write(connection: Connection, _: Secrets) -> None:
            leases.leave(connection, owner)
            arrivals.leave(connection, owner)

        self._note("not left to others", write)

    def renew(self, owner: str, chats: Iterable[str] = (), arrived: Iterable[int] = ()) -> None:
        """Hold on to the leases of an owner on the `chats` that it answers, to the sign that it is alive, and to what has `arrived` there and
        is still in hand, by number; also where the database made others wait in vain, as nobody waits for this.
        """
        numbers = [number for number in arrived if abs(number) < MOST_NUMBER]

        def write(connection: Connection, secrets: Secrets) -> None:
            keys = [secrets.key(name) for name in (_life(owner), *chats)]
            leases.renew(connection, owner, keys, leases.clock(connection))

        self._note("the clock was not told", lambda connection, _: leases.tick(connection), trying=True)
        self._note("not renewed", write, trying=True)
        if numbers:
            hold = arrivals.renew
            self._note("not held", lambda to, _: hold(to, owner, numbers, leases.clock(to)), trying=True)

    def sent(self, chat: str, message: Message, count: int) -> None:
        """So many messages of the reply have been sent: a redelivery goes on from there."""
        number = _numbered(message).number
        if number is not None and not message.group:
            key = self._key
            self._note("not marked as sent", lambda to, _: talks.mark_sent(to, key(to, chat), number, count))

    def answered(self, chat: str, message: Message, owner: str | None = None, album: str | None = None) -> bool:
        """The replies to a message have been sent: a redelivery of it is passed over from now on (T8).

        Gives back the lease of `owner` in the same transaction, where one is named; notes the `album` that it was a part of.
        Nothing is noted of a group (T5). False where it could not be noted.
        """
        number = _numbered(message).number

        def write(connection: Connection, secrets: Secrets) -> None:
            if number is not None:
                answered.hold(connection, (self._mark(chat, number),))
            if owner is not None:
                leases.release(connection, secrets.key(chat), owner)
            if number is not None:
                talks.mark_answered(connection, self._key(connection, chat), number)
                answered.store(connection, self._mark(chat, number), number, datetime.now(UTC))
                if album is not None:
                    answered.store(connection, self._album_mark(chat, album), number, datetime.now(UTC))
                pending.settle(connection, (self._mark(chat, number),))
                arrivals.settle(connection, secrets.key(chat), number)

        return message.group or self._note("not marked as answered", write)

    def album_answered(self, chat: str, album: str) -> bool:
        """Whether a part of an album has been answered, at any process (T4). Never raises."""
        known = False

        def read(connection: Connection, _: Secrets) -> None:
            nonlocal known
            known = answered.known(connection, self._album_mark(chat, album))

        return self._note("album not looked up", read) and known

    def let_go(self, owner: str, addresses: dict[tuple[str, int], str], shared: bool = True) -> bool:
        """Note what is confirmed to Telegram before it is answered: by chat and number, where its answer goes (T8).

        Whether it could be noted; of what has been answered meanwhile nothing is. `owner` is shown to be alive until it renews
        no more. Where messages of a talk are `shared` among processes, these come first until they are answered (T12). Never raises.
        """

        def write(connection: Connection, secrets: Secrets) -> None:
            assert secrets.seals is not None
            answered.hold(connection, (self._mark(*one) for one in addresses))
            now = leases.clock(connection)
            leases.take(connection, secrets.key(_life(owner)), owner, now)
            waiting = [one for one in addresses if not self._answered_before(connection, *one)]
            rows = [(self._mark(*one), addresses[one]) for one in waiting]
            pending.store(connection, rows, owner, datetime.now(UTC), secrets.seals)
            for chat, number in waiting if shared else ():
                arrivals.acknowledge(connection, secrets.key(chat), number, owner, now)

        return self._note("return addresses not kept", write)

    def take_over(self, owner: str) -> dict[bytes, str]:
        """What a process that is gone confirmed and did not answer: where its answers go, by mark. Never raises."""
        found: dict[bytes, str] = {}

        def write(connection: Connection, secrets: Secrets) -> None:
            nonlocal found
            if secrets.seals is None:
                return
            found = pending.take_over(connection, owner, leases.clock(connection), secrets.seals)
            if found:
                leases.take(connection, secrets.key(_life(owner)), owner, leases.clock(connection))

        self._note("the clock was not told", lambda connection, _: leases.tick(connection))
        return found if self._note("nothing taken over", write) else {}

    def still_owed(self, owner: str, marks: Iterable[bytes]) -> list[bytes]:
        """Those of the answers with these marks that nobody has given, nor taken in hand, since `owner` took them over; all where that
        cannot be told. Never raises.
        """
        left = list(marks)

        def read(connection: Connection, _: Secrets) -> None:
            nonlocal left
            left = pending.of(connection, owner, left)

        self._note("return addresses not looked up", read)
        return left

    def told(self, marks: Iterable[bytes]) -> None:
        """Nobody waits any more for the answers with these marks."""
        self._note("return addresses not deleted", lambda connection, _: pending.settle(connection, marks))

    def mark_of(self, chat: str, number: int) -> bytes:
        """What is noted of an update, where there is a database."""
        return self._mark(chat, number)

    def confirmed(self, number: int) -> None:
        """Updates below `number` never come again: what was noted of them goes, and leases that ran out with it."""

        def write(connection: Connection, _: Secrets) -> None:
            answered.forget_below(connection, number)
            leases.sweep(connection, leases.clock(connection))

        self._note("not tidied", write)

    def rated(self, minute: int, counted: Mapping[bytes, int]) -> dict[bytes, int]:
        """What all processes together counted in a minute, with what this one adds; nothing without a database. Never raises.

        The keys are hashes of `hashed`, which lead to no address and no talk.
        """
        totals: dict[bytes, int] = {}
        self._note("rates not told", lambda connection, _: totals.update(rates.add(connection, minute, counted)))
        return totals

    def forget_rates(self, minute: int) -> bool:
        """Delete what was counted in all minutes before one; whether it could be done. Never raises."""
        return self._note("rates not forgotten", lambda connection, _: rates.forget(connection, minute))

    @property
    def hashed(self) -> Callable[[str], bytes] | None:
        """A keyed hash that is the same in all processes; None where there is no secret."""
        return self.secrets.key if self.secrets is not None else None

    def sweep(self) -> None:
        """Delete what killed processes left behind: leases, what they had in hand that nobody was given again, and counts of
        minutes that are over.
        """

        def write(connection: Connection, _: Secrets) -> None:
            leases.sweep(connection, leases.clock(connection))
            arrivals.sweep(connection, leases.clock(connection))
            rates.purge(connection, datetime.now(UTC))

        self._note("not swept", write)

    def purge(self, now: datetime) -> None:
        """Apply the retention rules (P8) where no process has for a day, and what is owed. What cannot be done now is done
        the next time. Of several that come at once one does it, by a lease.
        """
        self.settle()
        owner, mine = random_bytes(8).hex(), False

        def begin(connection: Connection, secrets: Secrets) -> None:
            nonlocal mine
            if purging.is_due(connection, now):
                mine = leases.take(connection, secrets.key("purge"), owner, leases.clock(connection))

        def work(connection: Connection, secrets: Secrets) -> None:
            if purging.is_due(connection, now):  # another may have done it since
                purging.purge(connection, now, secrets.seals)
                purging.note(connection, now)
            leases.release(connection, secrets.key("purge"), owner)

        if self._note("not purged", begin) and mine:
            self._note("not purged", work)
        if self.engine is not None:
            self._fold(self.engine)

    @property
    def owes(self) -> bool:
        """Whether something waits for the database: a wish to be forgotten, a yes that must not hold (P6, S4), or traces of
        what was deleted in its log.
        """
        return bool(self._owed) or self._unfolded

    def settle(self) -> None:
        """Carry out what is owed to talks; what cannot be done now stays owed. Never raises."""
        if self.engine is None:
            return
        if self._unfolded:
            self._fold(self.engine)
        try:
            for key in self._owed.keys():  # noqa: SIM118 - not a mapping
                self._pay(self.engine, key, trying=True)
        except Exception as error:
            log.error("still owed: %s", type(error).__name__)

    def _fold(self, engine: Engine) -> bool:
        """Take what was deleted out of the database's log; where somebody is reading, at the next chance. Never raises."""
        try:
            self._unfolded = not truncate_log(engine)
        except Exception as error:
            log.error("log not folded: %s", type(error).__name__)
            self._unfolded = True
        return not self._unfolded

    def _note(self, failure: str, write: Callable[[Connection, Secrets], object], trying: bool = False) -> bool:
        """Write in one transaction what a talk can do without; whether it was written. Never raises (S9)."""
        if self.engine is None or self.secrets is None:
            return False
        engine, secrets = self.engine, self.secrets

        def work() -> None:
            with self._transaction(engine, trying) as connection:
                write(connection, secrets)

        try:
            _tried(work)
        except Exception as error:
            log.error("%s: %s", failure, type(error).__name__)
            return False
        return True

    @contextmanager
    def _transaction(self, engine: Engine, trying: bool = False) -> Iterator[Connection]:
        """A transaction. Raises Hanging at once after one that waited in vain, unless it is `trying` whether that is over."""
        begun = time.monotonic()
        if begun < self._spared_until and not trying:
            raise Hanging
        try:
            with engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            if time.monotonic() - begun > HANGS_SECONDS and not _collided(error):
                self._spared_until = time.monotonic() + SPARED_SECONDS
            raise
        self._spared_until = 0.0

    def set(self, chat: str, state: State, now: datetime) -> State:
        """Set a talk's choices as its buttons would set them; what is not chosen stays. Never raises."""
        if self.engine is None or self.secrets is None:
            self._remember(chat, state)
            return state
        try:
            self._pay(self.engine, self.secrets.key(chat))
            with self._transaction(self.engine) as connection:
                talks.save(connection, self._key(connection, chat), state, state, None, now)
            self._memory.pop(chat, None)
        except Exception as error:
            log.error("not set: %s", type(error).__name__)
            self._remember(chat, state)
        return state

    def at_once(self, chat: str, now: datetime) -> State:
        """What is remembered of a talk where that can be had at once, whatever the database does; else nothing (S1a)."""
        return self._seen(chat, Message(), now).state

    def _seen(self, chat: str, message: Message, now: datetime) -> Seen:
        """What can be read at once of a talk, and of whether a message of it has been answered.

        A database that hangs holds up few threads, which end with the process, and after them nobody.
        """
        if self.engine is None or self.secrets is None:
            return Seen(self._memory.get(chat, State()))
        if not self._lookups.acquire(blocking=False):
            return Seen(self._memory.get(chat, State()))
        found: SimpleQueue[Seen] = SimpleQueue()
        values = (self.engine, self.secrets, chat, message, now, found)
        threading.Thread(target=self._look, args=values, daemon=True).start()
        try:
            return found.get(timeout=LOOKUP_SECONDS)
        except Empty:
            return Seen(self._memory.get(chat, State()))

    def _look(
        self, engine: Engine, secrets: Secrets, chat: str, message: Message, now: datetime, found: SimpleQueue[Seen]
    ) -> None:
        """Put into `found` what is stored of a talk, in a thread of its own; reads only."""
        seen = Seen(self._memory.get(chat, State()))
        try:
            with engine.connect() as connection:
                if message.number is not None:
                    seen = replace(seen, answered=self._answered_before(connection, chat, message.number))
                if chat not in self._memory and self._owed.to_forget(secrets.key(chat)) is None:
                    rows = (talks.load(connection, one, now) for one in self._keys(secrets, chat))
                    seen = replace(seen, state=next((row.state for row in rows if row is not None), State()))
        except Exception as error:
            log.error("not read: %s", type(error).__name__)
        finally:
            self._lookups.release()
            found.put(seen)

    def state(self, chat: str, now: datetime) -> State:
        """What is remembered of a talk; where that cannot be read, what this process remembers. Never raises."""
        if self.engine is None or self.secrets is None:
            return self._memory.get(chat, State())
        try:
            self._pay(self.engine, self.secrets.key(chat))
            with self._transaction(self.engine) as connection:
                row = talks.load(connection, self._key(connection, chat), now)
        except Exception as error:
            log.error("not read: %s", type(error).__name__)
            return self._memory.get(chat, State())
        return row.state if row else State()

    def _load(self, engine: Engine, secrets: Secrets, chat: str, message: Message, now: datetime) -> Loaded:
        """What is stored of a talk, once what is owed to it has been done."""
        self._pay(engine, secrets.key(chat))
        with self._transaction(engine) as connection:
            key = self._key(connection, chat)
            self._off = talks.is_off(connection)
            row = talks.load(connection, key, now)
            known = message.number is not None and self._answered_before(connection, chat, message.number)
        if row is None:
            return Loaded(key, State(), State(), known)
        again = message.number is not None and row.number == message.number
        return Loaded(key, row.state, row.before if again else row.state, known, again, row.sent if again else 0)

    def _saved(
        self, engine: Engine, secrets: Secrets, loaded: Loaded, message: Message, now: datetime, judged: Judged
    ) -> Heard:
        """The turn from what was loaded, stored with all that it says happened. Raises what storing raises."""
        key = loaded.key
        turn = self._stepped(loaded.before, message, now, self._yes_context(secrets, key, message), judged)
        with self._transaction(engine) as connection:
            if _forgets(turn):
                _forget(connection, key, secrets.seals)
            else:
                talks.save(connection, key, turn.state, loaded.before, message.number, now, loaded.sent)
            for event in turn.events:
                _keep(connection, event, key, secrets, now)
            turn = self._told(turn, connection, key, secrets, now)
            if not loaded.again:
                for event in turn.events:
                    counts.add(connection, event, turn.state.area, now)
                if turn.state.area and turn.state.area != loaded.before.area:
                    counts.begun(connection, turn.state.area, now)
        if (_forgets(turn) or (message.press or "").startswith(TAKEN_BACK)) and not self._fold(engine):
            turn = replace(turn, replies=(*turn.replies, info("forgotten_trace", self.guide.to(loaded.before))))
        return Heard(eased(turn, self.guide, loaded.before), saved=True, sent=loaded.sent)

    def _unsaved(
        self, chat: str, message: Message, now: datetime, judged: Judged, state: State, loaded: Loaded | None = None,
        error: Exception | None = None,
    ) -> Heard:  # fmt: skip
        """The turn where nothing can be stored: it says what could not be done, and what has to be done is owed (S9).

        An `error` that is not the database's own is answered with the reply of S8, unless the reply is a safety card.
        """
        turn, guide = self._stepped(state, message, now, None, judged), self.guide.to(state)
        self._remember(chat, turn.state)
        noted = self._owe(chat, message, turn)
        card = bool(turn.replies) and turn.replies[0].safety == "card"
        if error is not None and not card and not isinstance(error, SQLAlchemyError):
            turn = replace(turn, replies=(sorry(state, guide, now),))
        elif _forgets(turn):
            names = ("forget_failed", "forget_noted") if noted else ("forget_failed",)
            turn = replace(turn, replies=tuple(info(name, guide) for name in names))
        elif isinstance(turn.wants, MineWanted):
            turn = self._mine(turn, loaded, now)
        elif error is not None:
            turn = replace(turn, replies=(*turn.replies, info("not_saved", guide)))
        events = tuple(event for event in turn.events if not isinstance(event, Forgotten))
        return Heard(eased(replace(turn, events=events, wants=None), self.guide, state), saved=False)

    def _mine(self, turn: Turn, loaded: Loaded | None, now: datetime) -> Turn:
        """Everything that is held where it can be read though not written; else that it could not be looked up (P7)."""
        if self.engine is not None and self.secrets is not None and loaded is not None:
            try:
                with self.engine.connect() as connection:
                    return told(turn, connection, loaded.key, self.secrets, self.guide, now)
            except Exception as error:
                log.error("not read: %s", type(error).__name__)
        return replace(turn, replies=(info("my_data_failed", self.guide.to(turn.state)),))

    def _owe(self, chat: str, message: Message, turn: Turn) -> bool:
        """Note what a turn that was not stored leaves to be done; whether it will be done by itself.

        A yes that could not be stored stays good, so that it can be pressed again; anything else voids it (P3, S4).
        """
        if self.engine is None or self.secrets is None:
            return False
        keys = self._keys(self.secrets, chat)
        if _forgets(turn):
            self._owed.forget(keys)
        elif not (message.press or "").startswith(YES_PRESS):
            self._owed.void(keys)
        return True

    def _pay(self, engine: Engine, key: bytes, trying: bool = False) -> None:
        """Do what is owed to the talk under a key; where it cannot be done now it stays owed. Raises what storing raises."""
        forget, void = self._owed.to_forget(key), self._owed.to_void(key)
        if forget is None and void is None:
            return
        with self._transaction(engine, trying) as connection:
            for one in forget or ():
                _forget(connection, one, self.secrets.seals if self.secrets else None)
            for one in void or ():
                talks.change(connection, one, dropped)
        self._owed.settled(key, forget, void)
        if forget is not None:
            self._fold(engine)

    def _answered_before(self, connection: Connection, chat: str, number: int) -> bool:
        """Whether an update has been answered, maybe by a version whose marks did not name the door."""
        assert self.secrets is not None
        older = self.secrets.older_keys(f"{chat}\0{number}", doorless=True) if self._doorless else ()
        return any(answered.known(connection, mark) for mark in (self._mark(chat, number), *older))

    def _mark(self, chat: str, number: int) -> bytes:
        """What is noted of an answered update: a MAC that tells neither the chat nor leads to its talk."""
        assert self.secrets is not None
        return self.secrets.key(f"{chat}\0{number}")

    def _album_mark(self, chat: str, album: str) -> bytes:
        """What is noted of an album: a MAC as of an update."""
        assert self.secrets is not None
        return self.secrets.key(f"{chat}\0album\0{album}")

    def _keys(self, secrets: Secrets, chat: str) -> tuple[bytes, ...]:
        """The key of a chat, then those under which its talk may still stand; asks no database."""
        return (secrets.key(chat), *secrets.older_keys(chat, self._doorless is not False))

    def _key(self, connection: Connection, chat: str) -> bytes:
        """The key of a chat; its talk moves over to it from the keys that it had before (P2)."""
        assert self.secrets is not None
        if self._doorless is None:
            self._doorless = talks.has_doorless(connection)
        key = self.secrets.key(chat)
        for old in self.secrets.older_keys(chat, self._doorless):
            for table in (talks, feedback, questions):
                table.move(connection, old, key)
        return key

    def _yes_context(self, secrets: Secrets, key: bytes, message: Message) -> YesContext | None:
        """What binds a yes to this talk; a redelivered message draws the same number, so that its preview stays good."""
        if secrets.seals is None:
            return None
        signer = YesSigner(secrets, key)
        if message.number is None:
            return YesContext(signer, random_bytes(NUMBER_BYTES))
        drawn = signer.draw(str(message.number).encode(), "number")
        return YesContext(signer, (drawn % 256**NUMBER_BYTES).to_bytes(NUMBER_BYTES, "big"))

    def _told(self, turn: Turn, connection: Connection, key: bytes, secrets: Secrets, now: datetime) -> Turn:
        """The turn with what only the records know; where that raises, with the reply of S8."""
        try:
            return told(turn, connection, key, secrets, self.guide, now)
        except SQLAlchemyError:
            raise
        except Exception as error:
            log.error("not told: %s", type(error).__name__)
            return replace(turn, replies=(sorry(turn.state, self.guide.to(turn.state), now),), wants=None)

    def _stepped(
        self, state: State, message: Message, now: datetime, context: YesContext | None, judged: Judged
    ) -> Turn:
        """The turn, or where anything raises a reply with 999, 111 and the area's contact (S8)."""
        try:
            if self._off and not ALWAYS.match(message.text or ""):
                return self._switched_off(state, message, now, judged)
            return step(state, message, self.guide, now, yes_context=context, judged=judged)
        except Exception as error:
            log.error("a turn failed: %s", type(error).__name__)
            return Turn(state, (sorry(state, self.guide.to(state), now),))

    def _switched_off(self, state: State, message: Message, now: datetime, judged: Judged) -> Turn:
        """The card alone where there is danger; else what is said to anything (O2)."""
        if judged.card:
            turn = step(state, message, self.guide, now, judged=judged)
            if turn.replies and turn.replies[0].safety == "card":
                return replace(turn, replies=turn.replies[:1], wants=None)
        return Turn(state, (switched_off(state, self.guide.to(state), now),))

    def _remember(self, chat: str, state: State) -> None:
        self._memory.pop(chat, None)
        self._memory[chat] = state
        while len(self._memory) > REMEMBERED_WITHOUT_DATABASE:
            self._memory.pop(next(iter(self._memory)))


def _numbered(message: Message) -> Message:
    """The message, without a number that no database can hold: it is answered, only not known again."""
    number = message.number
    return message if number is None or abs(number) < MOST_NUMBER else replace(message, number=None)


def _life(owner: str) -> str:
    """The name under which a lease shows that a process is alive."""
    return f"process\0{owner}"


def _collided(error: Exception) -> bool:
    """Whether two transactions waited for each other, and the database ended one of them."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in COLLIDED


def _tried(work: Callable[[], Result]) -> Result:
    """What `work` gives, which begins a transaction; tried again where the database ended that so that another one could go on."""
    for _ in range(TRIES - 1):
        try:
            return work()
        except DBAPIError as error:
            if not _collided(error):
                raise
    return work()


def _forgets(turn: Turn) -> bool:
    return any(isinstance(event, Forgotten) for event in turn.events)


def _forget(connection: Connection, key: bytes, seals: Seals | None) -> None:
    """Delete everything under a key (P6)."""
    for table in (talks, feedback, guesses, arrivals):
        table.forget(connection, key)
    questions.forget(connection, key, seals)


def _keep(connection: Connection, event: Event, key: bytes, secrets: Secrets, now: datetime) -> None:
    """Store what somebody said yes to; the same yes again stores nothing more."""
    moment = int(now.timestamp())
    match event:
        case FeedbackGiven():
            assert secrets.seals is not None
            feedback.store(connection, event, key, secrets.receipts(event.code)[0], moment, secrets.seals)
        case QuestionKept():
            number = YesSigner(secrets, key).draw(event.number.encode(), "question").to_bytes(32, "big")
            assert secrets.seals is not None
            questions.store(connection, event, key, number, moment, secrets.seals)
        case _:
            return
