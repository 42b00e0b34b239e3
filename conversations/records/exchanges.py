"""What forum and council write to each other about a comment or an issue: asked, asked back, not ours; sealed."""

from __future__ import annotations

import dataclasses
from typing import Literal

from sqlalchemy import Connection, insert, select

from conversations.keys.sealing import Seals
from conversations.records.sealed import EXCHANGE_WORDS
from conversations.records.staff_tables import exchanges

About = tuple[Literal["feedback", "issue"], int]
"""Which record a line is about."""


@dataclasses.dataclass(frozen=True)
class Exchange:
    """One line, as it is stored."""

    at: int
    who: str
    kind: str
    """`asked` by the forum; `back` or `not-ours` by the council (conversations.outcomes)."""
    sealed_words: bytes = dataclasses.field(repr=False)

    def words(self, seals: Seals) -> str:
        """What was written. Raises SealError."""
        return EXCHANGE_WORDS.open(self.sealed_words, seals)


COLUMNS = tuple(exchanges.c[name.removeprefix("sealed_")].label(name) for name in Exchange.__dataclass_fields__)


def add(connection: Connection, about: About, kind: str, words: str, who: str, now: int, seals: Seals) -> None:
    """Keep a line."""
    row = {about[0]: about[1], "at": now, "who": who, "kind": kind, "words": EXCHANGE_WORDS.seal(words, seals)}
    connection.execute(insert(exchanges).values(**row))


def of_record(connection: Connection, about: About) -> tuple[Exchange, ...]:
    """The lines about a record, oldest first."""
    mine = select(*COLUMNS).where(exchanges.c[about[0]] == about[1]).order_by(exchanges.c.id)
    return tuple(Exchange(**row) for row in connection.execute(mine).mappings())
