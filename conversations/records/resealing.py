"""Sealed texts move to the newest key, batch by batch, while the bot and the desk go on (P11)."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Connection, Engine, LargeBinary, func, inspect, select, update

from conversations.keys.sealing import ID_BYTES, SealError, Seals, key_number
from conversations.records import sealed
from conversations.records.sealed import SealedColumn

BATCH = 200
"""Rows in one transaction: short enough that nobody who saves has to wait."""

TRIED = 20
"""Texts of a column that are tried at most."""


def reseal(engine: Engine, seals: Seals, batch: int = BATCH) -> int:
    """Seal with the newest key what an older one sealed: how many texts. One that cannot be opened stays as it is."""
    total = 0
    for column in sealed.COLUMNS:
        closed: set[bytes] = set()
        seen = True
        while seen:
            seen, moved = _some(engine, column, seals, batch, closed)
            total += moved
    return total


def keys_used(connection: Connection) -> frozenset[int]:
    """The numbers of the keys that sealed texts of this database need."""
    numbers: set[int] = set()
    there = inspect(connection).get_table_names()  # a database that is not migrated yet may lack some
    for one in sealed.COLUMNS:
        if one.table.name not in there:
            continue
        column = one.table.c[one.name]
        fronts = connection.execute(select(_front(column)).where(column.is_not(None)).distinct()).scalars()
        numbers |= {key_number(front) for front in fronts}
    return frozenset(numbers)


def trial(connection: Connection, seals: Seals) -> None:
    """Open some texts of every sealed column. Raises SealError where the keys open none of one: they are other keys.

    A single text that is damaged is no sign of that.
    """
    there = inspect(connection).get_table_names()
    for one in (one for one in sealed.COLUMNS if one.table.name in there):
        column = one.table.c[one.name]
        failed: SealError | None = None
        for blob in connection.execute(select(column).where(column.is_not(None)).limit(TRIED)).scalars():
            try:
                one.open(blob, seals)
            except SealError as error:
                failed = failed or error
            else:
                break
        else:
            if failed is not None:
                raise failed


def _some(
    engine: Engine, sealed_column: SealedColumn, seals: Seals, batch: int, closed: set[bytes]
) -> tuple[bool, int]:
    """One batch in one transaction: whether it saw any text, and how many it moved. Those that cannot be opened join `closed`, which it passes over.

    A text that somebody changes meanwhile is left for the next round.
    """
    newest = seals.newest.to_bytes(ID_BYTES, "big")
    table, column = sealed_column.table, sealed_column.table.c[sealed_column.name]
    keys = tuple(table.primary_key.columns)
    moved = 0
    with engine.begin() as connection:
        wanted = column.is_not(None) & (_front(column) != newest)
        if closed:
            wanted &= column.not_in(closed)
        rows = connection.execute(select(*keys, column).where(wanted).limit(batch)).all()
        for *key, blob in rows:
            mine = column == blob
            for part, value in zip(keys, key, strict=True):
                mine &= part == value
            try:
                again = sealed_column.seal(sealed_column.open(blob, seals), seals)
            except SealError:
                closed.add(blob)
                continue
            moved += 1
            connection.execute(update(table).where(mine).values({column.name: again}))
    return bool(rows), moved


def _front(column: Column[bytes]) -> ColumnElement[bytes]:
    """The number of the key in front of a sealed text."""
    return func.substr(column, 1, ID_BYTES, type_=LargeBinary)
