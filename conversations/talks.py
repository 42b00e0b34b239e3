"""Hear one message: load the talk, step, save, give the replies back. The only code that joins the floors."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_bytes as random_bytes

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from conversations.engine import step
from conversations.feedback.consent import NUMBER_BYTES, YesContext
from conversations.feedback.flow import TAKEN_BACK
from conversations.feedback.lookups import told
from conversations.guide import Guide
from conversations.keys.talk_key import Secrets, YesSigner
from conversations.records import answered, counts, feedback, guesses, leases, questions, talks
from conversations.records.purging import purge
from conversations.records.store import truncate_log
from conversations.replies.prompts import info, sorry
from conversations.turns import Event, FeedbackGiven, Forgotten, Message, QuestionKept, State, Turn

log = logging.getLogger(__name__)

REMEMBERED_WITHOUT_DATABASE = 10_000
"""Talks whose choices are held in memory while there is no database; the oldest go first."""


@dataclass(frozen=True)
class Heard:
    """A turn, and whether it could be saved."""

    turn: Turn
    saved: bool
    sent: int = 0
    """Of a redelivery: how many messages of its replies have been sent already."""


class Talks:
    """All talks of one process, over a database or, where there is none, in memory alone (S9).

    `chat` is a talk's name, as `conversations.keys.talk_key.talk_name` makes it.
    """

    def __init__(self, guide: Guide, engine: Engine | None, secrets: Secrets | None) -> None:
        self.guide = guide
        self.engine = engine
        self.secrets = secrets
        self._memory: dict[str, State] = {}
        self._doorless: bool | None = None
        """Whether talks may still be kept under keys that do not name their door; looked up once."""

    def hear(self, chat: str, message: Message, now: datetime) -> Heard:
        """The turn that follows a message of a chat, saved with its counts in one transaction. Never raises."""
        if message.group:
            return Heard(self._stepped(State(), message, now), saved=True)
        if self.engine is None or self.secrets is None:
            return self._without_database(chat, message, now)
        try:
            return self._heard(self.engine, self.secrets, chat, message, now)
        except SQLAlchemyError as error:
            log.error("not saved: %s", type(error).__name__)
            heard = self._without_database(chat, message, now)
            note = info("not_saved", self.guide)
            return replace(heard, turn=replace(heard.turn, replies=(*heard.turn.replies, note)))

    def take(self, chat: str, owner: str) -> bool:
        """Take the lease on a talk; False while another process answers it. Without a database there is no other."""
        if self.engine is None or self.secrets is None:
            return True
        try:
            with self.engine.begin() as connection:
                return leases.take(connection, self.secrets.key(chat), owner, time.time())
        except SQLAlchemyError as error:
            log.error("no lease: %s", type(error).__name__)
            return True

    def renew(self, owner: str) -> None:
        """Hold on to all leases of an owner."""
        self._note("not renewed", lambda connection, _: leases.renew(connection, owner, time.time()))

    def sent(self, chat: str, message: Message, count: int) -> None:
        """So many messages of the reply have been sent: a redelivery goes on from there."""
        number = message.number
        if number is not None and not message.group:
            key = self._key
            self._note("not marked as sent", lambda to, _: talks.mark_sent(to, key(to, chat), number, count))

    def answered(self, chat: str, message: Message, owner: str | None = None) -> None:
        """The replies to a message have been sent: a redelivery of it is passed over from now on (T8).

        Gives back the lease of `owner` in the same transaction, where one is named. Nothing is noted of a group (T5).
        """

        def write(connection: Connection, secrets: Secrets) -> None:
            if message.number is not None:
                talks.mark_answered(connection, self._key(connection, chat), message.number)
                answered.store(connection, self._mark(chat, message.number), message.number, datetime.now(UTC))
            if owner is not None:
                leases.release(connection, secrets.key(chat), owner)

        if not message.group:
            self._note("not marked as answered", write)

    def confirmed(self, number: int) -> None:
        """Updates below `number` never come again: what was noted of them goes, and leases that ran out with it."""

        def write(connection: Connection, _: Secrets) -> None:
            answered.forget_below(connection, number)
            leases.sweep(connection, time.time())

        self._note("not tidied", write)

    def purge(self, now: datetime) -> None:
        """Apply the retention rules (P8); what cannot be done now is done the next time."""
        self._note("not purged", lambda connection, _: purge(connection, now))
        if self.engine is not None:
            with suppress(SQLAlchemyError):
                truncate_log(self.engine)

    def _note(self, failure: str, write: Callable[[Connection, Secrets], object]) -> None:
        """Write in one transaction what a talk can do without. Never raises (S9)."""
        if self.engine is None or self.secrets is None:
            return
        try:
            with self.engine.begin() as connection:
                write(connection, self.secrets)
        except SQLAlchemyError as error:
            log.error("%s: %s", failure, type(error).__name__)

    def set(self, chat: str, state: State, now: datetime) -> State:
        """Set a talk's choices as its buttons would set them; what is not chosen stays."""
        if self.engine is None or self.secrets is None:
            self._remember(chat, state)
            return state
        with self.engine.begin() as connection:
            talks.save(connection, self._key(connection, chat), state, state, None, now)
        return state

    def state(self, chat: str, now: datetime) -> State:
        """What is remembered of a talk."""
        if self.engine is None or self.secrets is None:
            return self._memory.get(chat, State())
        with self.engine.begin() as connection:
            row = talks.load(connection, self._key(connection, chat), now)
        return row.state if row else State()

    def _heard(self, engine: Engine, secrets: Secrets, chat: str, message: Message, now: datetime) -> Heard:
        with engine.begin() as connection:
            key = self._key(connection, chat)
            row = talks.load(connection, key, now)
            if message.number is not None and self._answered_before(connection, chat, message.number):
                return Heard(Turn(row.state if row else State()), saved=True)
        again = row is not None and message.number is not None and row.number == message.number
        before = State() if row is None else row.before if again else row.state
        sent = row.sent if row is not None and again else 0
        turn = self._stepped(before, message, now, self._yes_context(secrets, key, message))
        with engine.begin() as connection:
            if any(isinstance(event, Forgotten) for event in turn.events):
                for table in (talks, feedback, questions, guesses):
                    table.forget(connection, key)
            else:
                talks.save(connection, key, turn.state, before, message.number, now, sent)
            for event in turn.events:
                _keep(connection, event, key, secrets, now)
            turn = self._told(turn, connection, key, secrets, now)
            if not again:
                for event in turn.events:
                    counts.add(connection, event, turn.state.area, now)
        if any(isinstance(event, Forgotten) for event in turn.events) or (message.press or "").startswith(TAKEN_BACK):
            truncate_log(engine)
        return Heard(turn, saved=True, sent=sent)

    def _answered_before(self, connection: Connection, chat: str, number: int) -> bool:
        """Whether an update has been answered, maybe by a version whose marks did not name the door."""
        assert self.secrets is not None
        older = self.secrets.older_keys(f"{chat}\0{number}", doorless=True) if self._doorless else ()
        return any(answered.known(connection, mark) for mark in (self._mark(chat, number), *older))

    def _mark(self, chat: str, number: int) -> bytes:
        """What is noted of an answered update: a MAC that tells neither the chat nor leads to its talk."""
        assert self.secrets is not None
        return self.secrets.key(f"{chat}\0{number}")

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
            return replace(turn, replies=(sorry(turn.state, self.guide, now),), wants=None)

    def _stepped(self, state: State, message: Message, now: datetime, context: YesContext | None = None) -> Turn:
        """The turn, or where anything raises a reply with 999, 111 and the area's contact (S8)."""
        try:
            return step(state, message, self.guide, now, yes_context=context)
        except Exception as error:
            log.error("a turn failed: %s", type(error).__name__)
            return Turn(state, (sorry(state, self.guide, now),))

    def _without_database(self, chat: str, message: Message, now: datetime) -> Heard:
        turn = self._stepped(self._memory.get(chat, State()), message, now)
        self._remember(chat, turn.state)
        return Heard(turn, saved=False)

    def _remember(self, chat: str, state: State) -> None:
        self._memory.pop(chat, None)
        self._memory[chat] = state
        while len(self._memory) > REMEMBERED_WITHOUT_DATABASE:
            self._memory.pop(next(iter(self._memory)))


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
