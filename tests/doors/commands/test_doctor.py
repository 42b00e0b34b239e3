"""The doctor changes nothing, ever, and names what is missing or wrong (O1)."""

from __future__ import annotations

import hashlib
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conversations.keys.sealing import add_key
from conversations.keys.talk_key import load_secrets
from conversations.records import feedback, talks
from conversations.records.store import open_store
from conversations.turns import FeedbackGiven
from tests.support.warm import run_warm

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
CLEAN = {"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"}
CRASHED = """
import os, sys
from sqlalchemy import text
from conversations.records.store import open_store
with open_store(sys.argv[1]).begin() as connection:
    connection.execute(text("insert into meta values ('written', 'by a process that died')"))
if sys.argv[2] == "running":
    print(flush=True)
    sys.stdin.read()
os._exit(9)
"""


def doctor(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    given = ("doctor", "--knowledge", str(folder), "--data", str(folder / "data"), *arguments)
    return run_warm(given, {**CLEAN, **environ})


def kept(tiny: Path) -> Path:
    """A data folder as the bot makes it, with feedback; gives its database."""
    data = tiny / "data"
    data.mkdir(mode=0o700)
    secrets = load_secrets(data / "keys")
    assert secrets.seals is not None
    engine = open_store(f"sqlite:///{data / 'signpost.sqlite3'}")
    given = FeedbackGiven("demo", "other", None, None, "general", False, "the scheme is full", "")
    with engine.begin() as connection:
        talks.store_key_check(connection, secrets.check)
        feedback.store(connection, given, b"k" * 32, b"r" * 32, 1_790_000_000, secrets.seals)
    engine.dispose()
    return data / "signpost.sqlite3"


def listing(folder: Path) -> dict[str, tuple[int, int, int, str]]:
    """Everything under a folder: size, mode, when it was changed, and a hash of what is in it."""
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        about = path.stat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path)] = (about.st_size, about.st_mode, about.st_mtime_ns, digest)
    return found


def nothing(tiny: Path) -> None:
    """No data folder at all."""


def empty(tiny: Path) -> None:
    (tiny / "data").mkdir(mode=0o700)


def whole(tiny: Path) -> None:
    kept(tiny)


def without_keys(tiny: Path) -> None:
    shutil.rmtree(kept(tiny).parent / "keys")


def without_database(tiny: Path) -> None:
    kept(tiny).unlink()


def without_a_words_key(tiny: Path) -> None:
    (kept(tiny).parent / "keys" / "words.1.key").unlink()


def crashed(tiny: Path) -> None:
    subprocess.run([sys.executable, "-c", CRASHED, f"sqlite:///{kept(tiny)}", "died"], cwd=ROOT, check=False)
    assert (tiny / "data" / "signpost.sqlite3-wal").stat().st_size


def copied_with_its_log(tiny: Path) -> None:
    crashed(tiny)
    (tiny / "data" / "signpost.sqlite3-shm").unlink()


def of_an_older_schema(tiny: Path) -> None:
    with sqlite3.connect(kept(tiny)) as base:
        base.execute("PRAGMA journal_mode=DELETE")
        base.execute("update alembic_version set version_num = '0004'")


def damaged(tiny: Path) -> None:
    kept(tiny).write_bytes(b"no database at all" * 500)


@pytest.mark.parametrize(
    ("prepare", "good"),
    [
        (nothing, True), (empty, True), (whole, True), (crashed, True), (copied_with_its_log, True),
        (of_an_older_schema, True), (without_keys, False), (without_database, False), (without_a_words_key, False),
        (damaged, False),
    ],
)  # fmt: skip
def test_the_doctor_changes_nothing_whatever_it_finds(tiny: Path, prepare: Callable[[Path], None], good: bool) -> None:
    prepare(tiny)
    before = listing(tiny)
    done = doctor(tiny)
    assert listing(tiny) == before
    assert "Traceback" not in done.stderr
    assert (done.returncode == 0) is good, done.stdout + done.stderr


def test_the_doctor_changes_nothing_beside_a_running_bot(tiny: Path) -> None:
    command = [sys.executable, "-c", CRASHED, f"sqlite:///{kept(tiny)}", "running"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bot:
        assert bot.stdout is not None
        bot.stdout.readline()
        before = listing(tiny)
        done = doctor(tiny)
        assert listing(tiny) == before
        assert done.returncode == 0, done.stderr
        bot.send_signal(signal.SIGKILL)


def test_before_a_first_start_it_says_what_would_be_made(tiny: Path) -> None:
    done = doctor(tiny)
    assert done.returncode == 0, done.stderr
    for line in ("ok   data folder", "ok   database", "ok   secret key", "ok   keys of words"):
        assert line in done.stdout
    assert done.stdout.count("first start makes") == 4


def test_keys_without_their_database_are_told(tiny: Path) -> None:
    database = kept(tiny)
    database.unlink()
    assert "keys of another one lie" in doctor(tiny).stderr
    open_store(f"sqlite:///{database}").dispose()
    done = doctor(tiny)
    assert "BAD  database: the database is new and empty, but keys of another" in done.stderr


def test_a_missing_key_of_the_words_is_named_and_can_be_put_back(tiny: Path) -> None:
    keys = kept(tiny).parent / "keys"
    add_key(keys)
    away = (keys / "words.1.key").read_text()
    (keys / "words.1.key").unlink()
    done = doctor(tiny)
    assert "BAD  keys of words" in done.stderr
    assert "words.1.key" in done.stderr
    assert not (keys / "words.1.key").exists()
    (keys / "words.1.key").write_text(away)
    (keys / "words.1.key").chmod(0o600)
    assert doctor(tiny).returncode == 0


def test_one_damaged_text_does_not_make_the_keys_wrong_ones(tiny: Path) -> None:
    database = kept(tiny)
    with sqlite3.connect(database) as base:
        kept_as = (
            "area, key, created, kind, felt, topic, theme, young, public_words, state, response, council_response,"
            " done_text, published, note, reviewed, version"
        )
        base.execute(
            f"insert into feedback (id, receipt, words, {kept_as}) select id + 1, zeroblob(32),"  # noqa: S608
            f" cast(substr(words, 1, 20) || 'damaged' as blob), {kept_as} from feedback"
        )
        base.execute("update feedback set id = 0 where id = 2")
    assert "ok   keys of words" in doctor(tiny).stdout


@pytest.mark.parametrize(
    ("name", "mode", "order"),
    [("", 0o755, "chmod 700"), ("keys", 0o750, "chmod 700"), ("keys/talk.key", 0o640, "chmod 600")],
)
def test_what_others_may_open_is_told_with_how_to_mend_it(tiny: Path, name: str, mode: int, order: str) -> None:
    path = kept(tiny).parent / name
    path.chmod(mode)
    done = doctor(tiny)
    assert done.returncode == 2
    assert "BAD  modes" in done.stderr
    assert f"{order} {path}" in done.stderr
    assert path.stat().st_mode & 0o777 == mode


def test_a_clock_that_was_never_set_or_went_back_is_told(tiny: Path) -> None:
    database = kept(tiny)
    assert "BAD  clock" in doctor(tiny, "--now", "1970-01-01T00:10+00:00").stderr
    went_back = doctor(tiny, "--now", "2026-09-01T12:00+01:00")
    assert "BAD  clock" in went_back.stderr
    assert "2026-09-21" in went_back.stderr, "the moment in the database that lies ahead"
    assert "ok   clock" in doctor(tiny, "--now", "2026-09-22T12:00+01:00").stdout
    with sqlite3.connect(database) as base:
        base.execute("insert into counts values ('2026-10-30', 'nothing', '', '', 1)")
    assert "2026-10-30" in doctor(tiny, "--now", "2026-09-22T12:00+01:00").stderr


def test_it_names_the_folder_that_it_looks_at_and_who_named_it(tiny: Path) -> None:
    kept(tiny)
    assert "as SIGNPOST_DATA names it" in doctor(tiny, SIGNPOST_DATA=str(tiny / "data")).stdout
    other = doctor(tiny, SIGNPOST_DATA="/var/lib/elsewhere")
    assert f"{tiny / 'data'} can be written (while SIGNPOST_DATA names another, /var/lib/elsewhere)" in other.stdout
