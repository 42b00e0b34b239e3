"""Opening the database: made and migrated on first use, with one plain error where that cannot be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from conversations.keys.files import KeptError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MILLISECONDS = 5_000
"""How long a writer waits for another one before it gives up."""


class StoreError(KeptError):
    """The database cannot be used; the message says which and how to mend it."""


def open_store(url: str, migrate: bool = True) -> Engine:
    """A ready engine for an SQLAlchemy URL. Raises StoreError with one plain line."""
    from alembic.util import CommandError  # slow to load, and a single question needs no database

    try:
        address = make_url(url)
        engine = create_engine(address, hide_parameters=True)
    except (ArgumentError, ImportError) as error:
        raise StoreError(f"--database {url!r} is not an SQLAlchemy URL that works here: {error}") from None
    if address.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _sqlite_settings)
    shown = address.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("select 1"))
            if migrate:
                _migrate(connection)
    except (SQLAlchemyError, CommandError, OSError) as error:
        engine.dispose()
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StoreError(
            f"the database {shown} cannot be used: {reason}. Put back a copy of it, or name another with --database"
        ) from None
    return engine


def _sqlite_settings(connection: Any, record: Any) -> None:
    """WAL for readers beside a writer; deleted rows are overwritten, so that what is forgotten is gone (P6)."""
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "synchronous=NORMAL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(connection: Any) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_up(engine: Engine) -> bool:
    """Whether the database answers, with its tables in place."""
    try:
        with engine.connect() as connection:
            connection.execute(text("select count(*) from meta"))
    except SQLAlchemyError:
        return False
    return True


def truncate_log(engine: Engine) -> None:
    """Fold SQLite's write-ahead log into the file, so that no deleted row lives on in it (P6)."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
