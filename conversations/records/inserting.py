"""An insert that says what becomes of a row that is there already, in the words of either database.

To look first and insert then loses: of two who look at once both find nothing, the second insert fails, and all else of
its transaction goes with it. One statement cannot be parted.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(connection: Connection, table: Table, **row: Any) -> sqlite.Insert | postgresql.Insert:
    """An insert of a row (or of rows that `from_select` brings), to which `on_conflict_do_nothing` or `on_conflict_do_update` can be added."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).values(**row) if row else postgresql.insert(table)
    return sqlite.insert(table).values(**row) if row else sqlite.insert(table)


def count_one(connection: Connection, table: Table, **key: Any) -> int:
    """Add one to the `n` of the row with a primary key, from none where it is not there; gives what stands there now."""
    first = insert_into(connection, table, **key, n=1)
    more = first.on_conflict_do_update(index_elements=list(key), set_={"n": table.c.n + 1})
    return int(connection.execute(more.returning(table.c.n)).scalar_one())


def put(connection: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Store values under a primary key, whatever stood there."""
    first = insert_into(connection, table, **key, **values)
    connection.execute(first.on_conflict_do_update(index_elements=list(key), set_=values))
