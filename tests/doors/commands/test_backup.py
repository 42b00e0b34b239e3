"""A database is copied whole while it is written to, lost, and put back with everything that families consented to."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from conversations.keys.sealing import Seals, add_key
from conversations.keys.talk_key import load_secrets
from conversations.records import feedback, rates, staff, talks
from conversations.records.copying import TABLES
from conversations.records.feedback import Filters
from conversations.records.store import open_store
from conversations.turns import FeedbackGiven
from tests.support.postgres import needed, postgres
from tests.support.warm import run_warm

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
CLEAN = {"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"}
WRITER = """
import sys, itertools
from pathlib import Path
from conversations.keys.sealing import Seals
from conversations.records import feedback
from conversations.records.store import open_store
from conversations.turns import FeedbackGiven
data = Path(sys.argv[1])
engine, seals = open_store(f"sqlite:///{data / 'signpost.sqlite3'}"), Seals.load(data / "keys")
for number in itertools.count(1):
    given = FeedbackGiven("wirral", "other", None, None, "general", False, f"said by family {number}", "")
    with engine.begin() as connection:
        feedback.store(connection, given, b"k" * 32, number.to_bytes(32, "big"), 1_800_000_000, seals)
    print(number, flush=True)
"""


def signpost(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return run_warm([*map(str, arguments), "--data", str(folder / "data")], CLEAN)


def give(folder: Path, *words: str) -> None:
    """A database with feedback, and the keys that fit it."""
    secrets = load_secrets(folder / "data" / "keys")
    engine = open_store(f"sqlite:///{folder / 'data' / 'signpost.sqlite3'}")
    assert secrets.seals is not None
    with engine.begin() as connection:
        talks.store_key_check(connection, secrets.check)
        for word in words:
            given = FeedbackGiven("wirral", "other", None, None, "general", False, word, "")
            feedback.store(connection, given, b"k" * 32, word.encode().ljust(32), 1_800_000_000, secrets.seals)
    engine.dispose()


def said(folder: Path) -> list[str]:
    """The words of all feedback in a data folder, opened with its keys."""
    engine, seals = (
        open_store(f"sqlite:///{folder / 'data' / 'signpost.sqlite3'}"),
        Seals.load(folder / "data" / "keys"),
    )
    with engine.connect() as connection:
        found = [one.words(seals) for one in feedback.listed(connection, Filters(("wirral",)))]
    engine.dispose()
    return sorted(found)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that keeps feedback without a pause, and tells the number of each piece once it is kept."""
    give(tmp_path)
    command = [sys.executable, "-c", WRITER, str(tmp_path / "data")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_all_that_was_told_as_kept_comes_back_after_the_database_is_lost(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    assert writer.stdout is not None
    for _ in range(200):
        told = int(writer.stdout.readline())
    copy = tmp_path / "copies" / "today.sqlite3"
    copy.parent.mkdir()
    done = signpost("backup", copy, "--keys", tmp_path / "elsewhere", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert writer.poll() is None, "it wrote all the while"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    shutil.rmtree(tmp_path / "data")
    again = signpost("restore", copy, "--keys", tmp_path / "elsewhere", folder=tmp_path)
    assert again.returncode == 0, again.stderr
    assert {f"said by family {number}" for number in range(1, told + 1)} <= set(said(tmp_path))


def test_a_copy_is_one_file_for_its_owner_alone_and_holds_no_key(tmp_path: Path) -> None:
    give(tmp_path, "the scheme is full")
    copy = tmp_path / "copies" / "x.sqlite3"
    copy.parent.mkdir()
    done = signpost("backup", copy, folder=tmp_path)
    assert [file.name for file in copy.parent.iterdir()] == ["x.sqlite3"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    for key in (tmp_path / "data" / "keys").iterdir():
        assert key.read_bytes().strip() not in copy.read_bytes()
        assert bytes.fromhex(key.read_text()) not in copy.read_bytes()
        assert key.name in done.stdout, "it says which keys it needs"
    assert "apart" in done.stdout or "not in it" in done.stdout


def test_keys_are_copied_for_their_owner_alone_and_never_over_another(tmp_path: Path) -> None:
    give(tmp_path, "the scheme is full")
    keys, copy = tmp_path / "elsewhere", tmp_path / "x.sqlite3"
    assert signpost("backup", copy, "--keys", keys, folder=tmp_path).returncode == 0
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in keys.iterdir()} == {0o600}
    add_key(tmp_path / "data" / "keys")
    assert signpost("backup", copy, "--keys", keys, folder=tmp_path).returncode == 0
    assert (keys / "words.2.key").is_file()
    (keys / "words.1.key").write_text("ab" * 32)
    refused = signpost("backup", copy, "--keys", keys, folder=tmp_path)
    assert refused.returncode == 2
    assert (keys / "words.1.key").read_text() == "ab" * 32


def test_a_copy_that_cannot_be_made_leaves_the_one_before(tmp_path: Path) -> None:
    give(tmp_path, "the scheme is full")
    copy = tmp_path / "x.sqlite3"
    assert signpost("backup", copy, folder=tmp_path).returncode == 0
    before = copy.read_bytes()
    database = tmp_path / "data" / "signpost.sqlite3"
    damaged = bytearray(database.read_bytes())
    damaged[4_096:] = b"x" * (len(damaged) - 4_096)
    database.write_bytes(damaged)
    done = signpost("backup", copy, folder=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert copy.read_bytes() == before
    assert not list(tmp_path.glob("*.draft*"))
    assert signpost("backup", database, folder=tmp_path).returncode == 2
    nowhere = signpost("backup", copy, "--data", tmp_path / "none", folder=tmp_path / "none")
    assert nowhere.returncode == 2
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("wrong", ["damaged", "foreign", "empty", "newer", "nothing", "no file"])
def test_what_is_no_whole_copy_is_refused_and_nothing_changes(tmp_path: Path, wrong: str) -> None:
    give(tmp_path, "the scheme is full")
    copy, database = tmp_path / "x.sqlite3", tmp_path / "data" / "signpost.sqlite3"
    assert signpost("backup", copy, folder=tmp_path).returncode == 0
    if wrong == "damaged":
        content = bytearray(copy.read_bytes())
        content[8_192:40_960] = b"x" * 32_768
        copy.write_bytes(content)
    elif wrong == "nothing":
        copy.write_bytes(b"")
    elif wrong == "no file":
        copy.unlink()
    else:
        if wrong in ("foreign", "empty"):
            copy.unlink()
        with sqlite3.connect(copy) as base:
            if wrong == "foreign":
                base.execute("create table songs (title)")
            elif wrong == "newer":
                base.execute("update alembic_version set version_num = '9999'")
            else:
                base.execute("PRAGMA journal_mode=WAL")
        base.close()
    before = {file.name: file.read_bytes() for file in database.parent.iterdir() if file.is_file()}
    done = signpost("restore", copy, folder=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert {file.name: file.read_bytes() for file in database.parent.iterdir() if file.is_file()} == before


def test_a_database_in_use_is_not_replaced_unless_told(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    assert writer.stdout is not None
    writer.stdout.readline()
    copy = tmp_path / "x.sqlite3"
    assert signpost("backup", copy, folder=tmp_path).returncode == 0
    refused = signpost("restore", copy, folder=tmp_path)
    assert (refused.returncode, "in use" in refused.stderr) == (2, True)
    assert signpost("restore", copy, "--even-if-in-use", folder=tmp_path).returncode == 0
    writer.kill()
    writer.wait()
    assert said(tmp_path)


def test_the_database_that_was_there_is_put_aside_whole(tmp_path: Path) -> None:
    give(tmp_path, "in the copy")
    copy = tmp_path / "x.sqlite3"
    assert signpost("backup", copy, folder=tmp_path).returncode == 0
    give(tmp_path, "came later")
    done = signpost("restore", copy, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert said(tmp_path) == ["in the copy"]
    (aside,) = (tmp_path / "data").glob("signpost.sqlite3.before-restore-*")
    assert str(aside) in done.stdout
    assert signpost("restore", aside, folder=tmp_path).returncode == 0
    assert said(tmp_path) == ["came later", "in the copy"]


def test_whoever_was_signed_in_when_the_copy_was_made_is_not_signed_in_by_it(tmp_path: Path) -> None:
    give(tmp_path, "in the copy")
    database, copy = tmp_path / "data" / "signpost.sqlite3", tmp_path / "x.sqlite3"
    engine = open_store(f"sqlite:///{database}")
    with engine.begin() as connection:
        staff.add(connection, "ann", ("wirral",), ("reviewer",), 1_800_000_000)
        account = staff.named(connection, "ann")
        assert account is not None
        staff.open_session(connection, b"t" * 32, account.staff.id, "desk", 1_800_000_000)
    engine.dispose()
    assert signpost("backup", copy, folder=tmp_path).returncode == 0
    done = signpost("restore", copy, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "signs in anew" in done.stdout
    with sqlite3.connect(database) as base:
        assert base.execute("select count(*) from staff").fetchone() == (1,)
        assert base.execute("select count(*) from sessions").fetchone() == (0,)


def test_a_copy_holds_nothing_that_was_counted_by_the_minute(tmp_path: Path) -> None:
    give(tmp_path, "in the copy")
    database, copy = tmp_path / "data" / "signpost.sqlite3", tmp_path / "x.sqlite3"
    engine, key = open_store(f"sqlite:///{database}"), b"hash of an address and a minute!"
    with engine.begin() as connection:
        rates.add(connection, 30_000_000, {key: 7})
        connection.execute(text("insert into guesses (key, hour, n) values ('all', 490000, 3)"))
    assert signpost("backup", copy, folder=tmp_path).returncode == 0
    with sqlite3.connect(copy) as base:
        assert base.execute("select hour, n from guesses").fetchall() == [(490_000, 3)]
    assert key not in copy.read_bytes()
    by_hand = tmp_path / "by-hand.sqlite3"
    engine.dispose()
    shutil.copy(database, by_hand)
    assert key in by_hand.read_bytes()
    assert signpost("restore", by_hand, folder=tmp_path).returncode == 0
    assert key not in database.read_bytes()


def test_a_copy_made_by_hand_with_its_log_is_restored_with_it(tmp_path: Path) -> None:
    give(tmp_path, "in the copy")
    database = tmp_path / "data" / "signpost.sqlite3"
    engine = open_store(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(text("update feedback set area = 'wirral', response = 'only in the log'"))
    for end in ("", "-wal"):
        shutil.copy(f"{database}{end}", tmp_path / f"x.sqlite3{end}")
    engine.dispose()
    database.unlink()
    assert signpost("restore", tmp_path / "x.sqlite3", folder=tmp_path).returncode == 0
    with sqlite3.connect(database) as base:
        assert base.execute("select response from feedback").fetchall() == [("only in the log",)]


def test_restore_says_which_keys_are_needed_and_which_are_missing(tmp_path: Path) -> None:
    give(tmp_path, "the scheme is full")
    copy, keys = tmp_path / "x.sqlite3", tmp_path / "data" / "keys"
    assert signpost("backup", copy, folder=tmp_path).returncode == 0
    good = signpost("restore", copy, folder=tmp_path)
    assert "words.1.key" in good.stdout
    assert "talk.key" in good.stdout
    (keys / "words.1.key").unlink()
    (keys / "talk.key").write_text("ab" * 32)
    bad = signpost("restore", copy, folder=tmp_path)
    assert bad.returncode == 1
    assert "words.1.key" in bad.stderr
    assert "not the one" in bad.stderr
    assert not (keys / "words.1.key").exists(), "none is made in its place"


# -- PostgreSQL


@pytest.fixture
def cluster() -> Iterator[str]:
    with postgres(needed()) as url:
        yield url


def rows(url: str) -> dict[str, list[Any]]:
    """All that stands in a database, but what no copy keeps."""
    engine = open_store(url)
    with engine.connect() as connection:
        found = {table.name: sorted(connection.execute(select(table)).all(), key=repr) for table in TABLES}
    engine.dispose()
    return {name: given for name, given in found.items() if name not in ("sessions", "guesses")}


def test_a_postgresql_comes_back_after_it_is_lost_and_is_copied_while_it_is_written_to(
    tmp_path: Path, cluster: str
) -> None:
    seals, secrets = Seals.load(tmp_path / "data" / "keys"), load_secrets(tmp_path / "data" / "keys")
    told, over = [0], threading.Event()
    engine = open_store(cluster)
    with engine.begin() as connection:
        talks.store_key_check(connection, secrets.check)

    def write() -> None:
        for number in count(1):
            given = FeedbackGiven("wirral", "other", None, None, "general", False, f"said by family {number}", "")
            with engine.begin() as connection:
                feedback.store(connection, given, b"k" * 32, number.to_bytes(32, "big"), 1_800_000_000, seals)
            told[0] = number
            if over.is_set():
                return

    writing = threading.Thread(target=write)
    writing.start()
    while told[0] < 50:
        assert writing.is_alive()
    kept, copy = told[0], tmp_path / "copy.sqlite3"
    where = ("--database", cluster)
    done = signpost("backup", copy, *where, "--keys", tmp_path / "elsewhere", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert told[0] > kept, "it wrote all the while"
    refused = signpost("restore", copy, *where, folder=tmp_path)
    assert refused.returncode != 0
    assert "in use" in refused.stderr
    over.set()
    writing.join()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not [file for file in tmp_path.iterdir() if file.name.startswith("copy.sqlite3.")]
    with engine.begin() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
    engine.dispose()
    shutil.rmtree(tmp_path / "data")
    again = signpost("restore", copy, *where, "--keys", tmp_path / "elsewhere", folder=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "put aside" not in again.stdout
    engine, seals = open_store(cluster), Seals.load(tmp_path / "data" / "keys")
    with engine.connect() as connection:
        found = {one.words(seals) for one in feedback.listed(connection, Filters(("wirral",)))}
    engine.dispose()
    assert {f"said by family {number}" for number in range(1, kept + 1)} <= found


def test_a_copy_goes_from_one_kind_of_database_to_the_other_and_no_number_comes_back(
    tmp_path: Path, cluster: str
) -> None:
    give(tmp_path, "the scheme is full", "the taxi is late", "nobody rang")
    file = f"sqlite:///{tmp_path / 'data' / 'signpost.sqlite3'}"
    engine = open_store(file)
    with engine.begin() as connection:
        staff.add(connection, "ann", ("wirral",), ("reviewer",), 1_800_000_000)
        connection.execute(text("delete from feedback where id = 3"))  # whoever took it back
    engine.dispose()
    first, second = tmp_path / "one.sqlite3", tmp_path / "two.sqlite3"
    assert signpost("backup", first, folder=tmp_path).returncode == 0
    to = signpost("restore", first, "--database", cluster, folder=tmp_path)
    assert to.returncode == 0, to.stderr
    assert rows(cluster) == rows(file)
    assert signpost("backup", second, "--database", cluster, folder=tmp_path).returncode == 0
    put_aside = signpost("restore", second, "--database", cluster, folder=tmp_path)
    assert put_aside.returncode == 0
    (aside,) = tmp_path.glob("two.sqlite3.before-restore-*")
    assert str(aside) in put_aside.stdout
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert signpost("restore", aside, folder=tmp_path).returncode == 0
    assert rows(file) == rows(cluster)
    seals = Seals.load(tmp_path / "data" / "keys")
    for url in (file, cluster):
        engine = open_store(url)
        given = FeedbackGiven("wirral", "other", None, None, "general", False, "later", "")
        with engine.begin() as connection:
            assert feedback.store(connection, given, b"k" * 32, b"r" * 32, 1_800_000_000, seals) == 4
        engine.dispose()


def test_an_empty_postgresql_and_one_of_another_version_are_not_copied(tmp_path: Path, cluster: str) -> None:
    copy = tmp_path / "x.sqlite3"
    empty = signpost("backup", copy, "--database", cluster, folder=tmp_path)
    assert empty.returncode == 2
    assert "nothing of Signpost" in empty.stderr
    engine = open_store(cluster)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    newer = signpost("backup", copy, "--database", cluster, folder=tmp_path)
    assert newer.returncode == 2
    assert "newer version" in newer.stderr
    assert not list(tmp_path.glob("x.sqlite3*"))
