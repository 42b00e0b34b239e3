"""Leases on talks: whoever holds one answers the talk, so that two processes never answer it at once (T12).

No lease leans on a clock that somebody may set: one that reached an hour ahead would silence a talk for an hour.
"""

from __future__ import annotations

import time

from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conversations.records.tables import leases

LEASE_SECONDS = 4.0
"""How long a lease holds without being renewed: how long a talk waits after the process that held it was killed."""
WAIT_SECONDS = 10.0
"""How long before it writes a worker may have read the clock, as it waited for the database: a lease that was taken meanwhile reaches
further ahead by as much, and holds all the same."""
RENEW_SECONDS = 1.0
"""How often a holder renews, so that two renewals in a row may be late."""


def clock(connection: Connection) -> float:
    """The seconds that leases are counted in: those since the machine started, which SQLite's processes share; on PostgreSQL,
    whose processes may run on many machines, those of the database.
    """
    if connection.dialect.name == "postgresql":
        return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())
    return time.monotonic()


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


def renew(connection: Connection, owner: str, now: float) -> int:
    """Hold on to all leases of an owner that have not run out; how many there are."""
    moment = milliseconds(now)
    mine = (leases.c.owner == owner) & (leases.c.until > moment)
    return connection.execute(update(leases).where(mine).values(until=moment + milliseconds(LEASE_SECONDS))).rowcount


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
