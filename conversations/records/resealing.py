"""Sealed texts move to the newest key, batch by batch, while the bot and the desk go on (P11)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, ColumnElement, Connection, Engine, LargeBinary, Table, func, select, update

from conversations.keys.sealing import ID_BYTES, Seals, key_number, key_numbers
from conversations.records import feedback as feedback_records
from conversations.records import questions as question_records
from conversations.records.staff_tables import changes, drafts, proposals, staff
from conversations.records.tables import feedback, questions

BATCH = 200
"""Rows in one transaction: short enough that nobody who saves has to wait."""
SEALED: tuple[tuple[Table, str, str], ...] = (
    (feedback, "words", feedback_records.WORDS),
    (feedback, "public_words", feedback_records.PUBLIC),
    (feedback, "note", feedback_records.NOTE),
    (questions, "words", question_records.WORDS),
    (changes, "before", "changes"),
    (changes, "after", "changes"),
    (proposals, "phrase", "proposals.phrase"),
    (drafts, "written", "report.draft"),
    (staff, "totp", "staff.totp"),
)
"""Every sealed column, with what is bound into its seal. A test holds it against the comments of the tables."""


def reseal(engine: Engine, seals: Seals, batch: int = BATCH) -> int:
    """Seal with the newest key what an older one sealed: how many texts. Raises SealError where a key is missing."""
    total = 0
    for table, column, about in SEALED:
        while done := _some(engine, table, table.c[column], about, seals, batch):
            total += done
    return total


def keys_used(connection: Connection) -> frozenset[int]:
    """The numbers of the keys that sealed texts of this database need."""
    numbers: set[int] = set()
    for table, name, _ in SEALED:
        front = _front(table.c[name])
        numbers |= {
            key_number(one)
            for one in connection.execute(select(front).where(table.c[name].is_not(None)).distinct()).scalars()
        }
    return frozenset(numbers)


def missing_keys(connection: Connection, folder: Path) -> tuple[str, ...]:
    """The names of key files that this database needs and the folder lacks."""
    return tuple(f"words.{number}.key" for number in sorted(keys_used(connection) - set(key_numbers(folder))))


def trial(connection: Connection, seals: Seals) -> None:
    """Open one text of every sealed column. Raises SealError where the keys are not the ones it was sealed with."""
    for table, name, about in SEALED:
        column = table.c[name]
        blob = connection.execute(select(column).where(column.is_not(None)).limit(1)).scalar()
        if blob is not None:
            seals.unseal(blob, about)


def _some(engine: Engine, table: Table, column: Column[bytes], about: str, seals: Seals, batch: int) -> int:
    """One batch in one transaction. A text that somebody changes meanwhile is left for the next round."""
    newest = seals.newest.to_bytes(ID_BYTES, "big")
    keys = tuple(table.primary_key.columns)
    with engine.begin() as connection:
        old = select(*keys, column).where(column.is_not(None) & (_front(column) != newest)).limit(batch)
        rows = connection.execute(old).all()
        for *key, blob in rows:
            mine = column == blob
            for part, value in zip(keys, key, strict=True):
                mine &= part == value
            connection.execute(
                update(table).where(mine).values({column.name: seals.seal(seals.unseal(blob, about), about)})
            )
    return len(rows)


def _front(column: Column[bytes]) -> ColumnElement[bytes]:
    """The number of the key in front of a sealed text."""
    return func.substr(column, 1, ID_BYTES, type_=LargeBinary)
