"""A look at a database that changes nothing: neither a row, nor a file beside it, nor its schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, func, inspect, select

from conversations.keys.sealing import Seals
from conversations.records import resealing, talks
from conversations.records.staff import everybody
from conversations.records.staff_tables import audit, staff
from conversations.records.store import StoreError, is_known, open_reading, plain_errors, read_url, revision_of
from conversations.records.tables import answered, counts, feedback, questions
from conversations.records.tables import talks as talks_table

KEPT = (talks_table, feedback, questions, staff)
"""Tables of which a database that was ever used has a row in one."""
MOMENTS = (talks_table.c.touched, feedback.c.created, questions.c.created, answered.c.at, audit.c.at)


@dataclass(frozen=True)
class Seen:
    """What a look at a database shows."""

    revision: str | None
    """The revision of its schema; None where it has none of our tables."""
    talks: int
    used: bool
    """Whether anything was ever kept in it, or made under a secret."""
    sealed_with: tuple[int, ...]
    """The numbers of the keys that its sealed texts need."""
    key_check: str | None
    newest: int | None
    """The newest moment in it, in seconds since 1970, UTC."""
    newest_day: date | None
    """The newest day with a count."""
    unled: tuple[str, ...] = ()
    """Areas that have people at the desk, of whom nobody holds the safeguarding role."""
    words_checks: dict[int, str] = field(default_factory=dict)
    """By number, by what value a key that seals is known again."""


def look(url: str) -> Seen | None:
    """A look at a database; None where there is no file yet. Raises StoreError where it is damaged or too new."""
    with _reading(url) as connection:
        if connection is None:
            return None
        if connection.dialect.name == "sqlite":
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if said != "ok":
                raise StoreError(f"the database is damaged ({said}): put back a copy of it (signpost restore)")
        revision, tables = revision_of(connection), inspect(connection).get_table_names()
        if revision is None:
            if tables:
                raise StoreError(f"the database holds tables, but none of Signpost's ({', '.join(sorted(tables)[:3])})")
            return Seen(None, 0, False, (), None, None, None)
        if not is_known(revision):
            raise StoreError(
                f"the database was made by a newer version of Signpost (its schema is {revision}): start that version, "
                "or put back a copy from before (signpost restore)"
            )
        key_check = talks.known_key_check(connection)
        there = [table for table in KEPT if table.name in tables]
        used = any(connection.execute(select(table).limit(1)).first() is not None for table in there)
        moments = [connection.execute(select(func.max(one))).scalar() for one in MOMENTS if one.table.name in tables]
        day = connection.execute(select(func.max(counts.c.day))).scalar()
        return Seen(
            revision, talks.how_many(connection), used or key_check is not None,
            tuple(sorted(resealing.keys_used(connection))), key_check,
            max((int(one) for one in moments if one is not None), default=None), date.fromisoformat(day) if day else None,
            _unled(connection) if staff.name in tables else (), talks.known_words_checks(connection),
        )  # fmt: skip


def _unled(connection: Connection) -> tuple[str, ...]:
    people = [one for one in everybody(connection) if one.ready and not one.disabled]
    led = {area for one in people if one.may("safeguarding") for area in one.areas}
    return tuple(sorted({area for one in people for area in one.areas} - led))


@contextmanager
def _reading(url: str) -> Iterator[Connection | None]:
    """A connection that reads; None where there is no file yet. Raises StoreError."""
    engine = open_reading(url)
    if engine is None:
        yield None
        return
    try:
        with plain_errors(read_url(url)), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def try_keys(url: str, seals: Seals) -> None:
    """Open texts of every sealed column. Raises SealError where the keys are not the ones they were sealed with."""
    with _reading(url) as connection:
        if connection is not None:
            resealing.trial(connection, seals)
