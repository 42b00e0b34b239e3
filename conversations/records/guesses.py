"""Wrong receipt codes by the hour, so that nobody finds one by trying (P12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from conversations.records.inserting import count_one
from conversations.records.tables import guesses
from conversations.retention import GUESS_HOURS

ALL = b"all"
"""The row that counts the guesses of everybody."""


def add(connection: Connection, key: bytes, now: datetime) -> None:
    """Note one wrong code of a talk."""
    hour = int(now.timestamp()) // 3600
    for whose in (key, ALL):
        count_one(connection, guesses, key=whose, hour=hour)


def count(connection: Connection, key: bytes, now: datetime) -> int:
    """Wrong codes of a talk (or of `ALL`) in this hour."""
    here = (guesses.c.key == key) & (guesses.c.hour == int(now.timestamp()) // 3600)
    return int(connection.execute(select(func.sum(guesses.c.n)).where(here)).scalar() or 0)


def forget(connection: Connection, key: bytes) -> None:
    """Delete what is noted of a talk (P6); what everybody together guessed stays."""
    connection.execute(delete(guesses).where(guesses.c.key == key))


def purge(connection: Connection, now: datetime) -> int:
    """Delete what is older than it needs to be."""
    return connection.execute(
        delete(guesses).where((guesses.c.hour >= 0) & (guesses.c.hour < int(now.timestamp()) // 3600 - GUESS_HOURS))
    ).rowcount
