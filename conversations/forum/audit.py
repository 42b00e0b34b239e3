"""What is done at the desk and its line in the audit trail, in one transaction: what has no line is not kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from conversations.records import audit


@dataclass
class Recording:
    """One transaction of somebody at the desk, and how many lines it has written in the audit trail."""

    connection: Connection
    who: str
    moment: int
    """Seconds since 1970, UTC."""
    lines: int = 0

    def note(self, what: str, area: str = "", about: str = "") -> None:
        """Write a line: what was done, and to which record; never words of a family."""
        audit.note(self.connection, self.who, what, self.moment, area, about)
        self.lines += 1


@contextmanager
def recorded(engine: Engine, who: str, now: datetime) -> Iterator[Recording]:
    """A transaction that is kept with its lines in the audit trail, and undone where it has written none.

    Whoever forgets the line thus finds at the first try that nothing is saved. Where anything raises, neither the work
    nor its lines are kept.
    """
    with engine.connect() as connection, connection.begin() as transaction:
        recording = Recording(connection, who, int(now.timestamp()))
        yield recording
        if not recording.lines:
            transaction.rollback()
