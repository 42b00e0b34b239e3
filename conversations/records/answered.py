"""Which updates have been answered, so that a redelivery is passed over whatever became of the talk since (T8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from conversations.records.inserting import insert_into
from conversations.records.tables import answered

KEPT_HOURS = 48
"""Telegram delivers an update for 24 hours at most; twice that is safe."""


def hold(connection: Connection, marks: Iterable[bytes]) -> None:
    """Until this transaction ends nobody else who holds one of these updates notes anything of it; to be called first.

    What is noted of an update while it is in hand (`arrivals`, `pending`) goes when it is answered. Who looks whether it was
    answered, and then notes, would otherwise leave a row behind where the answer was noted in between: nothing takes it away.
    SQLite has one writer, who has to be it before he looks.
    """
    if connection.dialect.name == "postgresql":
        for mark in sorted(set(marks)):  # in one order, so that no two wait for each other
            connection.execute(select(func.pg_advisory_xact_lock(int.from_bytes(mark[:8], "big", signed=True))))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def known(connection: Connection, mark: bytes) -> bool:
    """Whether the update with this mark has been answered."""
    return connection.execute(select(answered.c.mark).where(answered.c.mark == mark)).first() is not None


def store(connection: Connection, mark: bytes, number: int, now: datetime) -> None:
    """Note that an update has been answered: its mark (a MAC, no key stands with it) and its number."""
    row = insert_into(connection, answered, mark=mark, number=number, at=int(now.timestamp()))
    connection.execute(row.on_conflict_do_nothing())


def forget_below(connection: Connection, number: int) -> int:
    """Delete the marks of updates that are confirmed, and so never come again: those below `number`."""
    return connection.execute(delete(answered).where(answered.c.number < number)).rowcount


def purge(connection: Connection, now: datetime) -> int:
    """Delete the marks that are too old for a redelivery."""
    return connection.execute(delete(answered).where(answered.c.at < now.timestamp() - KEPT_HOURS * 3_600)).rowcount
