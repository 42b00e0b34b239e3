"""Talks in the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, LargeBinary, delete, func, literal, select, update

from conversations.records import answered, counts
from conversations.records.inserting import insert_into, put
from conversations.records.tables import meta, talks
from conversations.retention import REVIEWED_MONTHS, SETTINGS_DAYS, TOPIC_HOURS, months_before
from conversations.turns import State
from knowledge.entries import AUDIENCES, CRISIS

KEY_CHECK = "key_check"
WORDS_CHECK = "words_check:"
"""In `meta`, with the number of a key that seals: a value by which every process sees that it has the same key."""
OFF = "off_since"
"""In `meta` while everything is switched off (O2)."""
DOORLESS = "doorless_since"
"""In `meta`: from when on no talk is kept under a key that does not name its door."""


@dataclass(frozen=True)
class Row:
    """What is stored of one talk."""

    state: State
    before: State
    """The state from which a redelivery of `number` is answered."""
    number: int | None
    answered: bool
    sent: int = 0
    """How many messages of the reply to `number` have been sent already."""


def load(connection: Connection, key: bytes, now: datetime) -> Row | None:
    """The talk under a key as it may still be remembered at `now`; None where there is none."""
    row = connection.execute(select(talks).where(talks.c.key == key)).mappings().first()
    if row is None:
        return None
    age = now.timestamp() - row["touched"]
    state = faded(read_state(row["state"]), age)
    before = faded(read_state(row["before"]), age) if row["before"] else state
    return Row(state, before, row["number"], row["answered"], row["sent"])


def save(
    connection: Connection, key: bytes, state: State, before: State, number: int | None, now: datetime, sent: int = 0
) -> None:
    """Store a talk after a turn. Without an update's number there is nothing to redeliver: it counts as answered."""
    values: dict[str, Any] = {
        "state": write_state(state),
        "before": write_state(before) if number is not None else None,
        "number": number,
        "answered": number is None,
        "touched": int(now.timestamp()),
        "sent": sent,
    }
    put(connection, talks, {"key": key}, values)


def change(connection: Connection, key: bytes, to: Callable[[State], State]) -> None:
    """Change what is remembered of a talk, where anything is; also the state from which a redelivery is answered."""
    row = connection.execute(select(talks.c.state, talks.c.before).where(talks.c.key == key)).first()
    if row is not None:
        before = write_state(to(read_state(row.before))) if row.before else None
        values = {"state": write_state(to(read_state(row.state))), "before": before}
        connection.execute(update(talks).where(talks.c.key == key).values(**values))


def mark_answered(connection: Connection, key: bytes, number: int) -> None:
    """The reply to an update has been sent: a redelivery of it is passed over from now on (T8)."""
    mine = (talks.c.key == key) & (talks.c.number == number)
    connection.execute(update(talks).where(mine).values(answered=True, before=None))


def mark_sent(connection: Connection, key: bytes, number: int, sent: int) -> None:
    """So many messages of the reply to an update have been sent; a redelivery goes on from there."""
    mine = (talks.c.key == key) & (talks.c.number == number)
    connection.execute(update(talks).where(mine).values(sent=sent))


def move(connection: Connection, old: bytes, new: bytes) -> None:
    """Move a talk from the key under the old secret to the one under the new; a newer talk under the new one stays."""
    rest = [column for column in talks.c if column.name != "key"]
    row = select(literal(new, LargeBinary), *rest).where(talks.c.key == old)
    moved = insert_into(connection, talks).from_select(["key", *(column.name for column in rest)], row)
    connection.execute(moved.on_conflict_do_nothing(index_elements=["key"]))
    connection.execute(delete(talks).where(talks.c.key == old))


def forget(connection: Connection, key: bytes) -> None:
    """Delete all that stands under a key (P6)."""
    connection.execute(delete(talks).where(talks.c.key == key))


def purge(connection: Connection, now: datetime) -> dict[str, int]:
    """Apply the retention rules: what was removed, by name."""
    moment = now.timestamp()
    idle = delete(talks).where(talks.c.touched < moment - SETTINGS_DAYS * 86_400)
    gone = connection.execute(idle).rowcount
    faded_rows = 0
    old = select(talks.c.key, talks.c.state).where(talks.c.touched < moment - TOPIC_HOURS * 3_600)
    for key, written in connection.execute(old).all():
        state = read_state(written)
        if (kept := faded(state, TOPIC_HOURS * 3_600 + 1)) != state:
            row = update(talks).where(talks.c.key == key)
            connection.execute(row.values(state=write_state(kept), before=None, answered=True))
            faded_rows += 1
    since = connection.execute(select(meta.c.value).where(meta.c.name == DOORLESS)).scalar()
    if since is not None and int(since) < months_before(now, REVIEWED_MONTHS):
        connection.execute(delete(meta).where(meta.c.name == DOORLESS))
    return {
        "talks": gone,
        "topics": faded_rows,
        "counts": counts.purge(connection, now),
        "answered": answered.purge(connection, now),
    }


def known_key_check(connection: Connection) -> str | None:
    """The check value of the secret under which the keys of this database were made."""
    return connection.execute(select(meta.c.value).where(meta.c.name == KEY_CHECK)).scalar()


def store_key_check(connection: Connection, value: str) -> None:
    """Note the check value of the secret; the secret itself never stands here."""
    put(connection, meta, {"name": KEY_CHECK}, {"value": value})


def first_key_check(connection: Connection, value: str) -> str:
    """Note the check value where none is noted yet; gives what is noted. Of two first starts at once both get the same."""
    return _first(connection, KEY_CHECK, value)


def known_words_checks(connection: Connection) -> dict[int, str]:
    """The check values of the keys that seal, by number."""
    rows = connection.execute(select(meta.c.name, meta.c.value).where(meta.c.name.startswith(WORDS_CHECK))).all()
    return {int(name.removeprefix(WORDS_CHECK)): value for name, value in rows}


def first_words_check(connection: Connection, number: int, value: str) -> str:
    """Note the check value of a key that seals, where none is noted yet; gives what is noted."""
    return _first(connection, f"{WORDS_CHECK}{number}", value)


def _first(connection: Connection, name: str, value: str) -> str:
    connection.execute(insert_into(connection, meta, name=name, value=value).on_conflict_do_nothing())
    return str(connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar_one())


def has_doorless(connection: Connection) -> bool:
    """Whether anything may still be kept under a key that does not name its door."""
    return connection.execute(select(meta.c.value).where(meta.c.name == DOORLESS)).first() is not None


def switch(connection: Connection, off: bool, now: int) -> None:
    """Switch everything off, for all processes on this database, or on again (O2). `now` is seconds since 1970."""
    if off:
        put(connection, meta, {"name": OFF}, {"value": str(now)})
    else:
        connection.execute(delete(meta).where(meta.c.name == OFF))


def is_off(connection: Connection) -> bool:
    """Whether everything is switched off (O2)."""
    return connection.execute(select(meta.c.value).where(meta.c.name == OFF)).first() is not None


def how_many(connection: Connection) -> int:
    """The number of talks that are remembered."""
    return connection.execute(select(func.count()).select_from(talks)).scalar() or 0


def faded(state: State, age: float) -> State:
    """What may still be remembered of a state `age` seconds after the last message (P8)."""
    if age > SETTINGS_DAYS * 86_400:
        return State()
    if age > TOPIC_HOURS * 3_600:
        return State(area=state.area, audience=state.audience, easy_read=state.easy_read, language=state.language)
    return state


def write_state(state: State) -> str:
    """A state as JSON, without what is as it is at the start."""
    fresh = asdict(State())
    return json.dumps({name: value for name, value in asdict(state).items() if value != fresh[name]})


def read_state(written: str) -> State:
    """A state from JSON; what another version wrote, or what is damaged, is passed over (S8)."""
    try:
        rows = json.loads(written)
    except (ValueError, TypeError, RecursionError):
        return State()
    if not isinstance(rows, dict):
        return State()
    if isinstance(rows.get("last"), str):  # as it was written before there were several topics
        rows.setdefault("topics", [rows["last"]] if rows["last"] != CRISIS else [])
    values: dict[str, Any] = {
        item.name: tuple(rows[item.name]) if isinstance(rows[item.name], list) else rows[item.name]
        for item in fields(State)
        if item.name in rows and _fits(item.name, rows[item.name], item.default)
    }
    return State(**values)


def _fits(name: str, value: Any, fresh: Any) -> bool:
    """Whether a value is of the kind that its field holds; `fresh` is how the field is at the start."""
    if isinstance(fresh, tuple):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if name == "audience":
        return value is None or value in AUDIENCES
    if fresh is None:
        return value is None or isinstance(value, str)
    return type(value) is type(fresh)
