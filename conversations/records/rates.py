"""How many messages came in one minute from one address or talk, in all processes together. No address and no talk is kept.

What stands here is a hash whose key is another one each minute and needs the secret of talks; it goes a minute later. The rows
lie in the table of guesses, below zero, where no hour of a guess is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete

from conversations.records.inserting import insert_into
from conversations.records.tables import guesses


def add(connection: Connection, minute: int, counted: Mapping[bytes, int]) -> dict[bytes, int]:
    """Add to the counts of a minute (since 1970), and what all processes have counted in it by then; earlier minutes go."""
    row = -1 - minute
    forget(connection, minute)
    totals: dict[bytes, int] = {}
    for key, n in sorted(counted.items()):  # in one order, so that no two processes wait for each other
        first = insert_into(connection, guesses, key=key, hour=row, n=n)
        more = first.on_conflict_do_update(index_elements=["key", "hour"], set_={"n": guesses.c.n + n})
        totals[key] = int(connection.execute(more.returning(guesses.c.n)).scalar_one())
    return totals


def forget(connection: Connection, minute: int) -> None:
    """Delete the counts of all minutes before one."""
    connection.execute(delete(guesses).where((guesses.c.hour < 0) & (guesses.c.hour > -1 - minute)))


def forget_all(connection: Connection) -> None:
    """Delete the counts of every minute: a copy of a database needs none."""
    connection.execute(delete(guesses).where(guesses.c.hour < 0))


def purge(connection: Connection, now: datetime) -> int:
    """Delete every minute but this one and its neighbours, as clocks differ: what stayed where nobody wrote any more."""
    row = -1 - int(now.timestamp()) // 60
    here = (row - 1, row, row + 1)
    return connection.execute(delete(guesses).where((guesses.c.hour < 0) & guesses.c.hour.not_in(here))).rowcount
