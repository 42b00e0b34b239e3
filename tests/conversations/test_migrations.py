"""Migrations are whole or not at all, and of several starts one migrates while the others wait."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from alembic import op
from sqlalchemy import create_engine, text

from conversations.records.store import StoreError, is_up, newest_revision, open_store, revision_of
from tests.support.clock import PATIENCE

STARTS = multiprocessing.get_context("forkserver")
"""Processes of their own that need not import the store first, which takes longer than all that is tried here."""
STARTS.set_forkserver_preload(["alembic.command", "conversations.records.store", __name__])
MAKING = ("create_table", "create_index", "batch_alter_table", "execute")


def start_once(told: Event, url: str) -> None:
    """A start that begins when it is told."""
    told.wait()
    open_store(url).dispose()


def start_and_die(url: str, after: int) -> None:
    """A start that ends as by SIGKILL after so many operations of migrations, between two statements of one."""
    made = itertools.count(1)

    def counted(plain: Callable[..., object]) -> Callable[..., object]:
        def operation(*given: object, **named: object) -> object:
            if next(made) > after:
                os._exit(9)
            return plain(*given, **named)

        return operation

    for name in MAKING:
        setattr(op, name, counted(getattr(op, name)))
    open_store(url)


@pytest.fixture(autouse=True)
def new_databases() -> None:
    """Each is migrated here."""


def database(folder: Path) -> str:
    return f"sqlite:///{folder / 'kept.sqlite3'}"


@pytest.mark.slow
@pytest.mark.parametrize("operations", [0, 1, 2, 3, 4, 6, 9, 13, 18])
def test_a_kill_within_a_migration_leaves_a_database_that_opens_afterwards(tmp_path: Path, operations: int) -> None:
    killed = STARTS.Process(target=start_and_die, args=(database(tmp_path), operations))
    killed.start()
    killed.join(PATIENCE)
    assert killed.exitcode == 9
    engine = open_store(database(tmp_path))
    with engine.connect() as connection:
        assert revision_of(connection) == newest_revision()
    assert is_up(engine)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object, **named: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(op, "create_index", broken)
    with pytest.raises(StoreError, match="the disk is full"):
        open_store(database(tmp_path))
    monkeypatch.undo()
    engine = open_store(database(tmp_path))
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from feedback")).scalar() == 0


@pytest.mark.slow
def test_of_two_first_starts_at_once_both_succeed_ten_times_of_ten(tmp_path: Path) -> None:
    for turn in range(10):
        folder = tmp_path / str(turn)
        folder.mkdir()
        told = STARTS.Event()
        starts = [STARTS.Process(target=start_once, args=(told, database(folder))) for _ in range(2)]
        for start in starts:
            start.start()
        told.set()
        for start in starts:
            start.join(PATIENCE)
        assert [start.exitcode for start in starts] == [0, 0]


def test_a_database_of_a_newer_version_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    with open_store(database(tmp_path)).begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version of Signpost"):
        open_store(database(tmp_path))


def test_a_start_that_has_nothing_to_migrate_waits_for_no_writer(tmp_path: Path) -> None:
    engine = open_store(database(tmp_path))
    with engine.connect() as writing:
        writing.exec_driver_sql("BEGIN IMMEDIATE")
        open_store(database(tmp_path)).dispose()
        writing.rollback()


def test_what_was_public_before_issues_keeps_the_day_of_its_publication_and_a_way_back(tmp_path: Path) -> None:
    from alembic import command

    from conversations.records.store import _config

    config, plain = _config(), create_engine(database(tmp_path))
    with plain.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
        row = "(1, 'wirral', x'01', 1, 'other', 'general', 0, 'done', {}, 5, 1)"
        columns = "id, area, receipt, created, kind, theme, young, state, published, reviewed, version"
        connection.execute(text(f"insert into feedback ({columns}) values {row.format(1)}"))
        connection.execute(
            text("insert into changes (feedback, at, who, field, before, after, undone) "
                 "values (1, 70, 'ann', 'published', x'00', x'00', 0)")
        )  # fmt: skip
    with open_store(database(tmp_path)).connect() as connection:
        assert connection.execute(text("select published_at, issue from feedback")).one() == (70, None)
    with plain.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
        assert connection.execute(text("select published, reviewed from feedback")).one() == (1, 5)
        assert revision_of(connection) == "0007"
