"""What becomes of people when the bot stops or is killed while Telegram is slow and hundreds wait (T8, O6)."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tests.support.figures import note
from tests.support.telegram_content import QUESTIONS, make_small
from tests.support.telegram_people import Person, Signpost, talking

pytestmark = pytest.mark.slow
WAITING = 260
"""More than twice what Telegram shows at once."""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small(tmp_path_factory.mktemp("content") / "small")


def slow_for(down: threading.Event) -> object:
    """Telegram takes no message while `down` is set."""
    return lambda method, chat: "429" if method == "sendMessage" and down.is_set() else None


def pending(signpost: Signpost) -> int:
    with sqlite3.connect(signpost.data / "signpost.sqlite3", timeout=5) as connection:
        return int(connection.execute("select count(*) from pending").fetchone()[0])


def everything_in(signpost: Signpost) -> bytes:
    return b"".join(file.read_bytes() for file in signpost.data.glob("signpost.sqlite3*"))


def test_a_clean_stop_while_telegram_is_slow_leaves_nobody_unanswered(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True, fault=lambda method, _: "slow" if method == "sendMessage" else None,
                 slow_seconds=3.0) as (server, signpost):  # fmt: skip
        people = [Person(server, 20_000 + number) for number in range(WAITING // 2)]
        first = [person.says(QUESTIONS[title]) for person in people for title in ("Bus pass", "Blue badge")][0]
        server.until(lambda: server.offset >= first + 100)
        assert signpost.stop() == 0
        answered = sum(len(person.shown) for person in people)
        server.fault = None
        signpost.start()
        server.until(lambda: all(len(person.shown) >= 2 for person in people))
        note(
            f"{WAITING} updates at a slow Telegram: {answered} answered by the end, none left out after the next start"
        )
        for person in people:
            assert [message.text.partition("\n")[0] for message in person.shown] == ["Bus pass", "Blue badge"]


def test_a_kill_while_telegram_takes_nothing_leaves_nobody_without_a_word(tmp_path: Path, content: Path) -> None:
    down = threading.Event()
    down.set()
    with talking(tmp_path / "data", content, warm=True, fault=slow_for(down), retry_after=30) as (server, signpost):
        people = [Person(server, 30_000_000_001 + number) for number in range(WAITING)]
        first = people[0].says(QUESTIONS["Bus pass"])
        for person in people[1:]:
            person.says(QUESTIONS["Bus pass"])
        server.until(lambda: server.offset > first + 100)
        signpost.kill()
        confirmed = server.offset - first
        assert pending(signpost) >= confirmed
        held = everything_in(signpost)
        assert not any(str(person.id).encode() in held for person in people)
        assert b"bus pass" not in held.lower()
        down.clear()
        server.paused.clear()
        signpost.start()
        server.until(lambda: all(person.shown for person in people))
        server.until(lambda: not pending(signpost))
        told = [person for person in people if "send your last message again" in person.shown[0].text]
        note(f"killed with {confirmed} confirmed and unanswered: {len(told)} told to write again, the others answered")
        assert len(told) >= confirmed
        assert all("999" in person.shown[0].text for person in told)
        assert all("town hall" in person.shown[-1].text for person in people if person not in told)
        assert server.refused == []


def test_a_stop_ends_within_twenty_seconds_whatever_hangs(tmp_path: Path, content: Path) -> None:
    """The database is locked by another process, and Telegram takes the connection but never answers."""
    hangs = threading.Event()
    with talking(
        tmp_path / "data", content, warm=True, fault=lambda method, _: "hold" if hangs.is_set() and method == "sendMessage" else None
    ) as (server, signpost):  # fmt: skip
        people = [Person(server, 40_000 + number) for number in range(12)]
        people[0].says(QUESTIONS["Bus pass"])
        people[0].reads(1)
        hangs.set()
        other = sqlite3.connect(signpost.data / "signpost.sqlite3", isolation_level=None, timeout=30)
        other.execute("begin immediate")
        try:
            for person in people:
                person.says(QUESTIONS["Blue badge"])
            server.until(lambda: server.faults["hold"] > 0)
            begin = time.monotonic()
            assert signpost.stop() == 0
            took = time.monotonic() - begin
        finally:
            other.close()
        note(f"stop with a locked database and a Telegram that hangs: {took:.1f} s")
        assert took < 20
        server.release()
        hangs.clear()
        signpost.start()
        server.until(lambda: all(person.shown for person in people))
