"""All that stands in a PostgreSQL as a file of SQLite, at one moment, and back: a copy is the same of either database.

Unlike PostgreSQL's own tools it needs no program beside this one, and a copy of the one database can be put back into the other.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    cast,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import REGCLASS

from conversations.records import staff_tables, tables
from conversations.records.store import (
    MIGRATION_LOCK,
    StoreError,
    is_known,
    newest_revision,
    open_store,
    open_unlimited,
    revision_of,
)

TABLES: tuple[Table, ...] = tuple(staff_tables.staff.metadata.sorted_tables)
"""All tables, each behind those that it leads to."""
ROWS_AT_ONCE = 1_000
NUMBERED = tuple(table for table in TABLES if isinstance(table.c.get("id", Column(String)).type, Integer))
"""Tables whose rows the database numbers."""
SEQUENCES = Table("sqlite_sequence", MetaData(), Column("name", String, primary_key=True), Column("seq", Integer))
"""The highest numbers that SQLite ever gave, of tables in which none may come back."""
assert tables.metadata is staff_tables.staff.metadata


def save(address: URL, draft: Path) -> bool:
    """Copy a PostgreSQL, as it stands at one moment, into an empty file; False where nothing of ours is in it. Raises StoreError."""
    shown = address.render_as_string(hide_password=True)
    source = open_unlimited(address, isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with source.connect() as connection:
        there = revision_of(connection)
        if there is None:
            return False
        if there != newest_revision():
            newer = "" if is_known(there) else "newer "
            raise StoreError(
                f"the database {shown} is of another, {newer}version of Signpost (its schema is {there}): use that version"
            )
        target = open_store(f"sqlite:///{draft}")
        with target.begin() as copy:
            highest = {table.name: _highest_given(connection, table) for table in NUMBERED}
            _fill(connection, copy)
            for name in copy.execute(select(SEQUENCES.c.name)).scalars().all():
                copy.execute(SEQUENCES.update().where(SEQUENCES.c.name == name).values(seq=highest.pop(name, 0) or 0))
            lost = [{"name": name, "seq": seq} for name, seq in highest.items() if seq and _is_kept(name)]
            if lost:
                copy.execute(insert(SEQUENCES), lost)
        target.dispose()
    with closing(sqlite3.connect(draft)) as whole:
        whole.execute("PRAGMA journal_mode=DELETE")  # so that the copy is one file
    return True


def load(draft: Path, address: URL) -> None:
    """Put a copy, a file of SQLite that this may change, in the place of all that stands in a PostgreSQL; whole or not at all."""
    open_store(address.render_as_string(hide_password=False)).dispose()  # has its tables made
    source, target = open_store(f"sqlite:///{draft}"), open_unlimited(address)
    with source.connect() as copy, target.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK})
        given = dict(copy.execute(select(SEQUENCES.c.name, SEQUENCES.c.seq)).tuples().all())
        _fill(copy, connection)
        for table in NUMBERED:
            highest = copy.execute(select(func.max(table.c.id))).scalar() or 0
            sequence = func.pg_get_serial_sequence(table.name, "id")
            seq = max(highest, given.get(table.name, 0))
            connection.execute(select(func.setval(cast(sequence, REGCLASS), max(seq, 1), seq > 0)))
    source.dispose()
    target.dispose()


def in_use(address: URL) -> bool:
    """Whether anybody else is connected to a PostgreSQL."""
    others = text(
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        " and backend_type = 'client backend'"
    )
    with open_unlimited(address).connect() as connection:
        return bool(connection.execute(others).scalar())


def _fill(source: Connection, target: Connection) -> None:
    """Every row of one database in the place of all rows of another of the same schema."""
    for table in reversed(TABLES):
        target.execute(delete(table))
    for table in TABLES:
        rows = source.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
        for some in rows.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in some])


def _highest_given(connection: Connection, table: Table) -> int | None:
    """The highest number that PostgreSQL ever gave to a row of a table."""
    sequence = cast(func.pg_get_serial_sequence(table.name, "id"), REGCLASS)
    return connection.execute(select(func.pg_sequence_last_value(sequence))).scalar()


def _is_kept(name: str) -> bool:
    """Whether SQLite remembers the highest number of a table too."""
    return any(table.name == name and table.dialect_options["sqlite"]["autoincrement"] for table in NUMBERED)
