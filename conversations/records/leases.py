"""Leases on talks: whoever holds one answers the talk, so that two processes never answer it at once (T12).

No lease leans on a clock that somebody may set: one that reached an hour ahead would silence a talk for an hour. Nor does one
run out while the database answers nobody, as on a dying disk: who holds it could not renew it, and is alive all the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conversations.records.inserting import insert_into
from conversations.records.tables import leases, meta

LEASE_SECONDS = 4.0
"""How long a lease holds without being renewed: how long a talk waits after the process that held it was killed."""
WAIT_SECONDS = 10.0
"""How long before it writes a worker may have read the clock, as it waited for the database: a lease that was taken meanwhile reaches
further ahead by as much, and holds all the same."""
RENEW_SECONDS = 1.0
"""How often a holder renews, so that two renewals in a row may be late."""
CLOCK, TICK_SECONDS, STEP_SECONDS = "lease_clock", 0.5, 1.5
"""Where in `meta` the clock of the leases stands, how old that may grow before it is written again, and how far the clock goes on
without being written: a pause of the database, in which nobody can write, counts no more than this."""


def clock(connection: Connection) -> float:
    """The seconds that leases are counted in: as many as pass while somebody `tick`s."""
    return _counted(*_read(connection))


def tick(connection: Connection) -> float:
    """Let the clock go on, as whoever renews or takes a lease does; gives it as `clock` does."""
    real, told = _read(connection)
    now = _counted(real, told)
    value = f"{real:.3f} {now:.3f}"
    if told is None:
        connection.execute(insert_into(connection, meta, name=CLOCK, value=value).on_conflict_do_nothing())
    elif not 0 <= real - _pair(told)[0] < TICK_SECONDS:  # written once, whoever else does so now
        connection.execute(update(meta).where(meta.c.name == CLOCK, meta.c.value == told).values(value=value))
    return now


def _read(connection: Connection) -> tuple[float, str | None]:
    """The seconds of a clock that all processes share, and what stands of the leases' own.

    On SQLite they share the seconds since the machine started; on PostgreSQL, whose processes may run on many machines, those
    of the database.
    """
    told = select(meta.c.value).where(meta.c.name == CLOCK)
    if connection.dialect.name == "postgresql":
        epoch = func.extract("epoch", func.clock_timestamp())
        real, value = connection.execute(select(epoch, told.scalar_subquery())).one()
        return float(real), value
    return time.monotonic(), connection.execute(told).scalar()


def _counted(real: float, told: str | None) -> float:
    if told is None:
        return real
    at, shown = _pair(told)
    return shown + min(max(real - at, 0.0), STEP_SECONDS)


def _pair(told: str) -> tuple[float, float]:
    """When the clock of the leases was written, by the one that all share, and what it showed."""
    at, shown = told.split(" ")
    return float(at), float(shown)


def holding(now: float) -> ColumnElement[bool]:
    """Whether a lease holds at `now`. One that reaches further ahead than any that is taken is from another clock."""
    return (leases.c.until > milliseconds(now)) & (leases.c.until <= milliseconds(now + LEASE_SECONDS + WAIT_SECONDS))


def take(connection: Connection, key: bytes, owner: str, now: float) -> bool:
    """Take the lease on a talk, or keep one's own; False while another owner holds it. `now` is what `clock` gives.

    Whether a row was written is told by RETURNING: not every driver counts the rows of an upsert (psycopg gives -1).
    """
    moment = milliseconds(now)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"owner": owner, "until": moment + milliseconds(LEASE_SECONDS)}
    free = ~holding(now) | (leases.c.owner == owner)
    upsert = insert(leases).values(key=key, **row).on_conflict_do_update(index_elements=["key"], set_=row, where=free)
    return connection.execute(upsert.returning(leases.c.key)).first() is not None


def renew(connection: Connection, owner: str, keys: Iterable[bytes], now: float) -> int:
    """Hold on to those leases of an owner that it needs, though they have run out, where nobody has taken them; how many there are."""
    mine = (leases.c.owner == owner) & leases.c.key.in_(tuple(keys))
    until = milliseconds(now) + milliseconds(LEASE_SECONDS)
    return connection.execute(update(leases).where(mine).values(until=until)).rowcount


def release(connection: Connection, key: bytes, owner: str) -> None:
    """Give a lease back; nothing of it stays."""
    connection.execute(delete(leases).where((leases.c.key == key) & (leases.c.owner == owner)))


def leave(connection: Connection, owner: str) -> None:
    """Give back all leases of an owner."""
    connection.execute(delete(leases).where(leases.c.owner == owner))


def sweep(connection: Connection, now: float) -> int:
    """Delete leases that hold no more: what killed processes left behind."""
    return connection.execute(delete(leases).where(~holding(now))).rowcount


def milliseconds(seconds: float) -> int:
    """A time as it stands in the table."""
    return int(seconds * 1000)
