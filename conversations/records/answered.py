"""Which updates have been answered, so that a redelivery is passed over whatever became of the talk since (T8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from conversations.records.inserting import insert_into
from conversations.records.tables import answered

KEPT_HOURS = 48
"""Telegram delivers an update for 24 hours at most; twice that is safe."""


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
