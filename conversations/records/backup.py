"""A copy of a database, whole, while everything runs, and putting one back. A copy is a file of SQLite, of whichever database."""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, Table, create_engine, delete, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from conversations.records import copying, rates, resealing, talks
from conversations.records.staff_tables import sessions
from conversations.records.store import StoreError, connect_reading, is_known, read_url, revision_of, sqlite_file
from conversations.records.tables import feedback, guesses, questions
from conversations.records.tables import talks as talks_table

LOG, INDEX, JOURNAL = "-wal", "-shm", "-journal"
BESIDE = (LOG, INDEX, JOURNAL)
"""What SQLite keeps beside a database."""
SHARED_FIRST, SHARED_SIZE = 0x4000_0002, 510
"""The bytes of a database file that everybody locks, shared, who has it open with a write-ahead log (SQLite, os.h)."""
ASIDE = "before-restore"


class OtherDatabase(StoreError):
    """The database is none that a file can be copied of."""


@dataclass(frozen=True)
class Contents:
    """What a database holds, counted, and which keys it needs."""

    revision: str
    feedback: int
    questions: int
    talks: int
    sealed_with: tuple[int, ...]
    """The numbers of the keys that sealed texts need."""
    key_check: str | None
    """The check value of the secret of its talks; None where nothing was ever made under one."""


def back_up(url: str, to: Path) -> Contents:
    """Copy a database into a file (mode 0600) that holds all that was committed when it began; gives what is in it.

    What the chat page counted by the minute is not in it: no copy keeps what lives two minutes.

    The file is written beside its name, checked, and moved in place at the end, so that no half of one ever stands under
    it. Raises StoreError, and then a file that stood there before is as it was.
    """
    address = read_url(url)
    if _is_postgresql(address):
        shown = address.render_as_string(hide_password=True)
        with _plain_errors(f"the database {shown} cannot be copied to {to}"), _draft(to) as draft:
            if not copying.save(address, draft):
                raise StoreError(f"nothing of Signpost is in the database {shown}")
            return _moved(draft, to)
    file = _file(address)
    if not file.is_file():
        raise StoreError(f"there is no database {file}: is --data, or SIGNPOST_DATA, the folder of the running bot?")
    if to.resolve() in {file.resolve(), *(path.resolve() for path in _beside(file))}:
        raise StoreError(f"{to} is the database itself: name another file")
    engine = create_engine("sqlite://", creator=lambda: _open_existing(file), poolclass=NullPool, hide_parameters=True)
    with _plain_errors(f"the database {file} cannot be copied to {to}"), _draft(to) as draft:
        with closing(engine.raw_connection()) as source:
            assert isinstance(source.driver_connection, sqlite3.Connection)
            _copy(source.driver_connection, draft)
        return _moved(draft, to)


def _moved(draft: Path, to: Path) -> Contents:
    """A finished copy without the minutes, moved in place; what is in it."""
    _forget_minutes(draft)
    contents = contents_of(draft)
    _move(draft, to)
    return contents


def contents_of(file: Path) -> Contents:
    """What a copy of a database holds. Raises StoreError where it is damaged, foreign, or of a newer version."""
    if not file.is_file():
        raise StoreError(f"there is no file {file}")
    engine = create_engine("sqlite://", creator=lambda: connect_reading(file), poolclass=NullPool, hide_parameters=True)
    with _plain_errors(f"{file} is no whole copy of a database of Signpost"), engine.connect() as connection:
        said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        if said != ["ok"]:
            raise StoreError(f"{file} is damaged: {str(said[0]).splitlines()[0]}")
        revision, tables = revision_of(connection), inspect(connection).get_table_names()
        if revision is None or not {"talks", "counts", "meta"} <= set(tables):
            empty = "" if tables else ": it is empty, as `cp` leaves it while the bot runs"
            raise StoreError(f"{file} is no database of Signpost{empty}")
        if not is_known(revision):
            raise StoreError(f"{file} was made by a newer version of Signpost (its schema is {revision}): use that one")
        given, asked, spoken = (_count(connection, table, tables) for table in (feedback, questions, talks_table))
        used = tuple(sorted(resealing.keys_used(connection)))
        return Contents(revision, given, asked, spoken, used, talks.known_key_check(connection))


def restore(url: str, copy: Path, now: datetime, even_if_in_use: bool = False) -> tuple[Contents, Path | None]:
    """Put a copy in the place of a database; gives what is in it, and where the database lies that was there before.

    Nobody is signed in at the desk afterwards. Raises StoreError where the copy is damaged, foreign or too new, or where
    another process has the database open and that was not allowed; then nothing is changed. What was there before is put aside:
    a file beside its name, of a PostgreSQL a copy beside `copy`.
    """
    address = read_url(url)
    if _is_postgresql(address):
        return _restore_postgresql(address, copy, now, even_if_in_use)
    file = _file(address)
    if file.exists() and copy.exists() and file.samefile(copy):
        raise StoreError(f"{copy} is the database itself: name a copy of it")
    contents_of(copy)
    if not even_if_in_use and in_use(file):
        raise _used(str(file))
    with _plain_errors(f"{copy} cannot be put in the place of {file}"), _draft(file) as draft:
        with closing(connect_reading(copy)) as source:
            _copy(source, draft)
        _end_sessions(draft)
        _forget_minutes(draft)
        contents = contents_of(draft)
        _give_to_owner(draft, file.parent)
        aside = _put_aside(file, now)
        _move(draft, file)
    return contents, aside


def _restore_postgresql(address: URL, copy: Path, now: datetime, even_if_in_use: bool) -> tuple[Contents, Path | None]:
    shown = address.render_as_string(hide_password=True)
    contents_of(copy)
    aside = _aside(copy, now)
    with _plain_errors(f"{copy} cannot be put in the place of {shown}"):
        if not even_if_in_use and copying.in_use(address):
            raise _used(shown)
        with _draft(aside) as draft:
            was_there = copying.save(address, draft)
            if was_there:
                _moved(draft, aside)
        with _draft(copy) as draft:
            with closing(connect_reading(copy)) as source:
                _copy(source, draft)
            _end_sessions(draft)
            _forget_minutes(draft)
            copying.load(draft, address)
            contents = contents_of(draft)
    return contents, aside if was_there else None


def _used(shown: str) -> StoreError:
    return StoreError(
        f"the database {shown} is in use: stop the bot and the desk first. (--even-if-in-use restores all the same; "
        "what they write until they end is lost)"
    )


def in_use(file: Path) -> bool:
    """Whether another process has a database open: it then holds a lock, which ends with it, however it ends."""
    try:
        descriptor = os.open(file, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_postgresql(address: URL) -> bool:
    return address.get_backend_name() == "postgresql"


def _file(address: URL) -> Path:
    file = sqlite_file(address)
    if file is None:
        raise OtherDatabase(f"{address.render_as_string(hide_password=True)} is no file: only a file can be copied")
    return file


def _open_existing(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=30)


def _end_sessions(draft: Path) -> None:
    """Whoever was signed out, or shut out, since the copy was made must not be in again by it."""
    with _writing(draft) as connection:
        if inspect(connection).has_table(sessions.name):  # an older schema has none
            connection.execute(delete(sessions))


def _forget_minutes(draft: Path) -> None:
    """Counts of the minutes are deleted for good, not only marked as free."""
    with _writing(draft) as connection:
        if inspect(connection).has_table(guesses.name):
            rates.forget_all(connection)


@contextmanager
def _writing(draft: Path) -> Iterator[Connection]:
    """A transaction on a copy of a database; what is deleted in it is overwritten."""
    engine = create_engine("sqlite://", creator=lambda: _open_existing(draft), poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
        connection.rollback()
        with connection.begin():
            yield connection


def _copy(source: sqlite3.Connection, draft: Path) -> None:
    """All pages in one step, which sees one moment of the database and holds up nobody who writes (SQLite's backup API)."""
    with closing(sqlite3.connect(draft)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # so that the copy is one file


@contextmanager
def _draft(to: Path) -> Iterator[Path]:
    """An empty file beside a name, mode 0600, gone at the end unless it was moved."""
    draft = to.with_name(f"{to.name}.{secrets.token_hex(4)}.draft")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
    finally:
        for path in (draft, *_beside(draft)):
            path.unlink(missing_ok=True)


def _move(draft: Path, to: Path) -> None:
    """Move a file in place once all of it is on the disk."""
    for path, flags in ((draft, os.O_RDWR), (to.parent, os.O_RDONLY)):
        descriptor = os.open(path, flags)
        try:
            if path == to.parent:
                os.replace(draft, to)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _put_aside(file: Path, now: datetime) -> Path | None:
    """Keep the database that is there under another name, with its log; None where there is none.

    First all of it stands under both names, so that a kill at any moment leaves it whole under the new one.
    """
    if not file.exists():
        return None
    aside = _aside(file, now)
    there = [end for end in ("", *BESIDE) if file.with_name(file.name + end).exists()]
    for end in there:
        os.link(file.with_name(file.name + end), aside.with_name(aside.name + end))
    for end in there[1:]:
        file.with_name(file.name + end).unlink()  # an old log beside a new database would be read into it
    return aside


def _aside(file: Path, now: datetime) -> Path:
    return file.with_name(f"{file.name}.{ASIDE}-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}")


def _give_to_owner(file: Path, folder: Path) -> None:
    """What root puts back belongs to whoever owns the folder, or the bot could not open it."""
    owner = folder.stat()
    if os.geteuid() == 0:
        with suppress(OSError):
            os.chown(file, owner.st_uid, owner.st_gid)


def _beside(file: Path) -> tuple[Path, ...]:
    return tuple(file.with_name(file.name + end) for end in BESIDE)


def _count(connection: Connection, table: Table, tables: list[str]) -> int:
    """Rows of a table; 0 where an older schema has none."""
    return (connection.execute(select(func.count()).select_from(table)).scalar() or 0) if table.name in tables else 0


@contextmanager
def _plain_errors(what: str) -> Iterator[None]:
    """What goes wrong is said in one plain line. Raises StoreError."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StoreError(f"{what}: {reason}") from None
