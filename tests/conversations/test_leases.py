"""Leases on talks, what is noted of answered updates, and a database that is gone."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, create_engine, func, select

from conversations.guide import Guide
from conversations.keys.talk_key import Secrets
from conversations.records import answered, leases
from conversations.records.leases import LEASE_SECONDS
from conversations.records.purging import purge
from conversations.records.store import open_store
from conversations.records.tables import answered as answered_table
from conversations.records.tables import leases as lease_table
from conversations.talks import Talks
from conversations.turns import Message, plain
from conversations.wording import load_wording
from knowledge.loader import load
from knowledge.matching.matcher import Matcher
from tests.support.clock import NOON
from tests.support.telegram_content import QUESTIONS, make_small

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(f"sqlite:///{tmp_path / 'leases.sqlite3'}")
    yield engine
    engine.dispose()


def test_a_talk_belongs_to_one_process_until_it_is_given_back(engine: Engine) -> None:
    with engine.begin() as connection:
        assert leases.take(connection, KEY, "one", 100.0)
        assert not leases.take(connection, KEY, "two", 101.0)
        assert leases.take(connection, KEY, "one", 101.0)
        assert leases.take(connection, OTHER, "two", 101.0)
        leases.release(connection, KEY, "two")
        assert not leases.take(connection, KEY, "two", 102.0)
        leases.release(connection, KEY, "one")
        assert leases.take(connection, KEY, "two", 102.0)


def test_a_lease_that_ran_out_can_be_taken_and_one_that_is_renewed_cannot(engine: Engine) -> None:
    with engine.begin() as connection:
        leases.take(connection, KEY, "one", 100.0)
        assert leases.renew(connection, "one", [KEY], 100.0 + LEASE_SECONDS / 2) == 1
        assert not leases.take(connection, KEY, "two", 100.0 + LEASE_SECONDS)
        assert leases.take(connection, KEY, "two", 100.0 + 2 * LEASE_SECONDS)
        assert leases.renew(connection, "one", [KEY], 100.0 + 2 * LEASE_SECONDS) == 0
        assert leases.sweep(connection, 100.0 + 4 * LEASE_SECONDS) == 1


def test_the_purge_takes_leases_that_a_killed_process_left(engine: Engine) -> None:
    with engine.begin() as connection:
        now = leases.clock(connection)
        leases.take(connection, KEY, "killed", now - 2 * LEASE_SECONDS)
        leases.take(connection, OTHER, "alive", now)
        assert purge(connection, NOON)["leases"] == 1
        assert not leases.take(connection, OTHER, "two", now)


def test_who_read_the_clock_and_then_waited_takes_no_lease_from_who_came_first(engine: Engine) -> None:
    with engine.begin() as connection:
        assert leases.take(connection, KEY, "one", 100.2)
        assert not leases.take(connection, KEY, "two, who waited for the database", 100.0)


def test_of_many_that_reach_for_a_talk_at_once_one_gets_it(engine: Engine) -> None:
    together = threading.Barrier(8)

    def reach(owner: int) -> bool:
        together.wait(10)
        with engine.begin() as connection:
            return leases.take(connection, KEY, str(owner), 100.0)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(reach, range(8))) == 1
    with engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(lease_table)).scalar() == 1


def test_a_clock_that_went_back_silences_no_talk(tmp_path: Path, engine: Engine) -> None:
    library = load(make_small(tmp_path / "small"))
    talks = Talks(Guide(library, Matcher(library), load_wording()), engine, Secrets(b"s" * 32))
    with engine.begin() as connection:
        for ahead in (
            3_600,
            86_400,
            time.time(),
        ):  # by the clock of before, and as a version before this one wrote them
            assert leases.take(connection, Secrets(b"s" * 32).key("7"), "gone", leases.clock(connection) + ahead)
    assert talks.take("7", "here")
    assert not talks.take("7", "another")
    with engine.begin() as connection:
        leases.take(connection, OTHER, "gone", leases.clock(connection) + 3_600)
        assert leases.sweep(connection, leases.clock(connection)) == 1


def test_setting_the_clock_back_takes_no_lease_away(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = load(make_small(tmp_path / "small"))
    talks = Talks(Guide(library, Matcher(library), load_wording()), engine, Secrets(b"s" * 32))
    assert talks.take("7", "one")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert not talks.take("7", "two")
    talks.renew("one", ["7"])
    assert not talks.take("7", "two")


def test_no_lease_runs_out_while_nobody_can_renew_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = [1_000.0]
    monkeypatch.setattr(leases, "time", SimpleNamespace(monotonic=lambda: shared[0]))

    def passes(seconds: float) -> None:
        """Time in which somebody ticks, as every worker does."""
        for _ in range(round(seconds / leases.RENEW_SECONDS)):
            shared[0] += leases.RENEW_SECONDS
            with engine.begin() as connection:
                leases.tick(connection)

    def takes(owner: str) -> bool:
        with engine.begin() as connection:
            return leases.take(connection, KEY, owner, leases.tick(connection))

    for pause in (60.0, -900.0):  # a database that hangs, a machine that is started anew
        assert takes("one")
        passes(leases.RENEW_SECONDS)
        shared[0] += pause
        assert not takes("two")
        with engine.begin() as connection:
            assert leases.renew(connection, "one", [KEY], leases.clock(connection)) == 1
        passes(LEASE_SECONDS / 2)
        assert not takes("two")
        with engine.begin() as connection:
            leases.release(connection, KEY, "one")
    assert takes("killed")
    passes(LEASE_SECONDS)
    assert takes("two")


def test_what_ran_out_is_held_on_to_where_nobody_has_taken_it_and_is_still_needed(engine: Engine) -> None:
    with engine.begin() as connection:
        leases.take(connection, KEY, "one", 100.0)
        leases.take(connection, OTHER, "one", 100.0)
        late = 100.0 + 2 * LEASE_SECONDS
        assert leases.renew(connection, "one", [KEY], late) == 1
        assert not leases.take(connection, KEY, "two", late)
        assert leases.take(connection, OTHER, "two", late)


class Uncounted(sqlite3.Cursor):
    """Counts no rows of an insert, as psycopg does not."""

    @property
    def rowcount(self) -> int:
        return -1


class CountsNoRows(sqlite3.Connection):
    """What a driver gives of which nothing is known but that it follows PEP 249: rowcount may be -1."""

    def cursor(self, factory: object = None) -> Uncounted:  # type: ignore[override]
        return super().cursor(Uncounted)


def test_a_talk_can_be_taken_where_the_driver_counts_no_rows_of_an_upsert(tmp_path: Path, engine: Engine) -> None:
    uncounted = create_engine(f"sqlite:///{tmp_path / 'leases.sqlite3'}", connect_args={"factory": CountsNoRows})
    with uncounted.begin() as connection:
        assert leases.take(connection, KEY, "one", 100.0)
        assert leases.take(connection, KEY, "one", 101.0)
        assert not leases.take(connection, KEY, "two", 101.0)
        assert leases.take(connection, KEY, "two", 100.0 + 2 * LEASE_SECONDS)
    uncounted.dispose()


def test_an_answered_update_is_known_until_it_is_confirmed_or_too_old(engine: Engine) -> None:
    with engine.begin() as connection:
        for number in (7, 8, 8, 9):
            answered.store(connection, bytes([number]) * 32, number, NOON)
        assert answered.known(connection, bytes([8]) * 32)
        assert answered.forget_below(connection, 9) == 2
        assert not answered.known(connection, bytes([8]) * 32)
        assert answered.purge(connection, NOON + timedelta(hours=47)) == 0
        assert answered.purge(connection, NOON + timedelta(hours=49)) == 1
        assert connection.execute(select(func.count()).select_from(answered_table)).scalar() == 0


def test_a_redelivery_is_passed_over_and_a_lower_number_after_a_quiet_week_is_not(
    tmp_path: Path, engine: Engine
) -> None:
    """Telegram begins its numbers anew after a week without updates: lower is not older."""
    library = load(make_small(tmp_path / "small"))
    talks = Talks(Guide(library, Matcher(library), load_wording()), engine, Secrets(b"s" * 32))
    first = Message(text=QUESTIONS["Bus pass"], number=900)
    assert len(talks.hear("7", first, NOON).turn.replies) == 1
    assert len(talks.hear("7", first, NOON).turn.replies) == 1  # its reply may not have been sent yet
    talks.answered("7", first)
    assert talks.hear("7", first, NOON).turn.replies == ()
    assert len(talks.hear("7", Message(text=QUESTIONS["Blue badge"], number=17), NOON).turn.replies) == 1
    assert talks.hear("7", first, NOON).turn.replies == ()


def test_with_the_database_gone_answers_go_on_and_only_saving_is_refused(tmp_path: Path) -> None:
    library = load(make_small(tmp_path / "small"))
    guide = Guide(library, Matcher(library), load_wording())
    gone = create_engine("sqlite:////proc/none/x.sqlite3")
    talks = Talks(guide, gone, Secrets(b"s" * 32))
    message = Message(text=QUESTIONS["Bus pass"], number=1)
    assert talks.take("7", "one")
    heard = talks.hear("7", message, NOON)
    assert not heard.saved
    assert "Ask at the town hall" in plain(heard.turn.replies[0])
    assert "cannot save" in plain(heard.turn.replies[-1])
    talks.sent("7", message, 1)
    talks.answered("7", message, "one")
    talks.renew("one")
    talks.confirmed(1)
    assert "999" in plain(talks.hear("7", Message(text="i want to kill myself", number=2), NOON).turn.replies[0])
