"""Opening the database: made and migrated on first use, with one plain error where that cannot be done."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from conversations.keys.files import KeptError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MILLISECONDS = 5_000
"""How long a writer waits for another one before it gives up."""
FOLD_MILLISECONDS = 250
"""How long the folding of the log waits for readers: it can be done later, and somebody waits for the answer."""
WAIT_SECONDS = 5
"""How long anybody waits for PostgreSQL, or for a connection to either: as long as a writer waits for another on SQLite."""
HERE = ("", "localhost", "127.0.0.1", "::1")
REMOTE_SSLMODE = "require"
"""What goes over a network goes over TLS, unless sslmode in the URL, or PGSSLMODE, says otherwise; libpq's own default would go
without, where the server has none, and tell nobody."""
MIGRATION_SECONDS = 60
"""How long a start waits for another one that is migrating the same database."""
MIGRATION_LOCK = 0x5160_9057
"""The number of PostgreSQL's advisory lock on migrations: any that nobody else of this database uses."""


class StoreError(KeptError):
    """The database cannot be used; the message says which and how to mend it."""


def open_store(url: str, migrate: bool = True) -> Engine:
    """A ready engine for an SQLAlchemy URL. Raises StoreError with one plain line."""
    address = read_url(url)
    in_memory = address.get_backend_name() == "sqlite" and sqlite_file(address) is None
    with plain_errors(address):
        if migrate and not in_memory:
            _bring_up_to_date(address)
        engine = _engine(address)
        if address.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _sqlite_settings)
        try:
            with engine.begin() as connection:
                connection.execute(text("select 1"))
                if migrate and in_memory:
                    _migrate(connection)
        except BaseException:
            engine.dispose()
            raise
    return engine


def open_reading(url: str) -> Engine | None:
    """An engine that reads and changes nothing, not even a file beside the database; None where there is no file yet.

    Nothing is migrated. Raises StoreError.
    """
    address = read_url(url)
    with plain_errors(address):
        if address.get_backend_name() != "sqlite":
            reading = _engine(address, execution_options={"postgresql_readonly": True})
            reading.connect().close()
            return reading
        file = sqlite_file(address)
        if file is None or not file.exists():
            return None
        engine = create_engine(
            "sqlite://", creator=lambda: connect_reading(file), poolclass=NullPool, hide_parameters=True
        )
        with engine.connect() as connection:
            connection.execute(text("select count(*) from sqlite_master"))
    return engine


def open_unlimited(address: URL, **options: object) -> Engine:
    """An engine on a PostgreSQL for work that takes as long as it takes, such as copying all of it; it keeps no connection."""
    return _engine(address, poolclass=NullPool, execution_options=options)


def connect_reading(file: Path) -> sqlite3.Connection:
    """A connection to an SQLite file that makes and changes no file.

    A database whose write-ahead log is folded in is read as it lies there: opening it in the plain way, even for reading
    alone, would make the files of a new log. Where there is a log it is read, and its index is left as it is. A log
    without its index, as a copy made by hand has it, is read from a copy, since SQLite would make the index.
    """
    log, index = (file.with_name(file.name + end) for end in ("-wal", "-shm"))
    logged = log.exists() and log.stat().st_size > 0
    if logged and not index.exists():
        return _in_memory(file, log)
    how = "mode=ro&readonly_shm=1" if logged else "immutable=1"
    return sqlite3.connect(f"{file.absolute().as_uri()}?{how}", uri=True, check_same_thread=False)


def _in_memory(file: Path, log: Path) -> sqlite3.Connection:
    with TemporaryDirectory() as scratch:
        for one in (file, log):
            shutil.copyfile(one, Path(scratch) / one.name)
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(Path(scratch) / file.name)) as copied:
            copied.backup(memory)
    return memory


def read_url(url: str) -> URL:
    """An SQLAlchemy URL. Raises StoreError."""
    try:
        return make_url(url)
    except ArgumentError as error:
        raise _no_url(url, error) from None


def sqlite_file(address: URL) -> Path | None:
    """The file of an SQLite database; None where it lives in memory or is no SQLite database."""
    name = address.database if address.get_backend_name() == "sqlite" else None
    return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None


def sslmode_of(address: URL, environ: Mapping[str, str] = os.environ) -> str | None:
    """The sslmode that somebody chose for a PostgreSQL; "" for one on this machine, None for a remote one without a choice."""
    chosen = address.query.get("sslmode") or environ.get("PGSSLMODE")
    if chosen:
        return str(chosen)
    hosts = address.query.get("host") or address.host or environ.get("PGHOST") or ""
    names = [name for one in ((hosts,) if isinstance(hosts, str) else hosts) for name in one.split(",")]
    return "" if all(name.startswith(("/", "@")) or name in HERE for name in names) else None


def _engine(address: URL, **more: Any) -> Engine:
    """An engine on which nothing waits without end: neither to connect, nor for a lock, a statement or its turn (S1a)."""
    if "poolclass" not in more and sqlite_file(address) is not None:
        more["pool_timeout"] = WAIT_SECONDS
    if address.get_backend_name() == "postgresql":
        settings = (
            ("statement_timeout", WAIT_SECONDS),
            ("lock_timeout", WAIT_SECONDS),
            ("idle_in_transaction_session_timeout", 60),
        )
        limits = {
            "connect_timeout": WAIT_SECONDS, "tcp_user_timeout": WAIT_SECONDS * 1_000, "keepalives_idle": 10,
            "options": " ".join(f"-c {name}={seconds}s" for name, seconds in settings),
        }  # fmt: skip
        tls = {"sslmode": REMOTE_SSLMODE} if sslmode_of(address) is None else {}
        if "poolclass" not in more:  # a migration may take longer
            more |= {"pool_timeout": WAIT_SECONDS, "pool_pre_ping": True, "connect_args": limits | tls}
        else:
            more["connect_args"] = tls
    try:
        return create_engine(address, hide_parameters=True, **more)
    except (ArgumentError, ImportError) as error:
        raise _no_url(address.render_as_string(hide_password=True), error) from None


def _no_url(url: str, error: Exception) -> StoreError:
    return StoreError(f"--database {url!r} is not an SQLAlchemy URL that works here: {error}")


@contextmanager
def plain_errors(address: URL) -> Iterator[None]:
    """What goes wrong with a database is said in one plain line. Raises StoreError."""
    from alembic.util import CommandError  # slow to load, and a single question needs no database

    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, CommandError, OSError) as error:
        shown = address.render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StoreError(
            f"the database {shown} cannot be used: {reason}. Put back a copy of it, or name another with --database"
        ) from None


def _sqlite_settings(connection: Any, record: Any) -> None:
    """WAL for readers beside a writer; deleted rows are overwritten, so that what is forgotten is gone (P6)."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    _use_log(cursor, BUSY_MILLISECONDS / 1_000)
    for pragma in ("foreign_keys=ON", "secure_delete=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _use_log(cursor: sqlite3.Cursor, patience: float) -> None:
    """Turn the write-ahead log on. SQLite does not wait for a lock here, whatever its time limit: so this does."""
    until = time.monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
        time.sleep(0.02)


# -- migrations


@cache
def newest_revision() -> str:
    """The revision that this version of the program works with."""
    revision = _scripts().get_current_head()
    assert revision is not None
    return revision


def revision_of(connection: Connection) -> str | None:
    """The revision of a database; None where nothing of ours is in it."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str) -> bool:
    """Whether this version of the program knows a revision; where not, a newer version made it."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def _bring_up_to_date(address: URL) -> None:
    """Migrate a database: whole or not at all, and of several processes one after the other. Raises StoreError.

    The driver for SQLite commits each change of the schema by itself, so that a kill half way would leave a database that
    no start can go on with. Here it begins nothing (isolation_level None), and the migration begins for itself: IMMEDIATE,
    which waits for whoever else is migrating. On PostgreSQL an advisory lock does so.
    """
    engine = _engine(address, poolclass=NullPool)
    sqlite = address.get_backend_name() == "sqlite"
    if sqlite:
        event.listen(engine, "connect", _migration_settings)
        event.listen(engine, "begin", _begin_nothing)
    with engine.connect() as connection:
        there = revision_of(connection)
        if there == newest_revision():
            return
        if there is not None and not is_known(there):
            raise StoreError(
                f"the database {address.render_as_string(hide_password=True)} was made by a newer version of Signpost "
                f"(its schema is {there}): start that version, or put back a copy from before (signpost restore)"
            )
        connection.rollback()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if sqlite else f"SET LOCAL lock_timeout = '{MIGRATION_SECONDS}s'")
        if not sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK})
        if revision_of(connection) != newest_revision():
            _migrate(connection)
            if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise StoreError("a migration would leave rows that lead nowhere: nothing was changed; tell the makers")
        connection.commit()


def _migration_settings(connection: Any, record: Any) -> None:
    """Foreign keys are checked at the end: a table that is made anew would take with it what leads to it."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={MIGRATION_SECONDS * 1_000}")
    _use_log(cursor, MIGRATION_SECONDS)
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin_nothing(connection: Connection) -> None:
    """A transaction of SQLAlchemy's begins nothing by itself: the migration says BEGIN IMMEDIATE once it must."""


def _migrate(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def is_up(engine: Engine) -> bool:
    """Whether the database answers, with its tables in place."""
    try:
        with engine.connect() as connection:
            connection.execute(text("select count(*) from meta"))
    except SQLAlchemyError:
        return False
    return True


def truncate_log(engine: Engine) -> bool:
    """Fold SQLite's write-ahead log into the file, so that no deleted row lives on in it (P6).

    False where that has to wait for somebody who is reading: SQLite says so in the first column and raises nothing.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={FOLD_MILLISECONDS}")
        try:
            busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    return not busy
