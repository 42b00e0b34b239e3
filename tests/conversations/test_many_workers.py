"""What several processes on one database share: keys, the order of a talk, the purge, and a way that nobody listens in on (P2, P8, P11)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, event, make_url

from bot.opening import open_kept
from bot.settings import Settings
from conversations.guide import Guide
from conversations.keys.files import SecretError, read_secret, variable
from conversations.keys.sealing import Seals, key_numbers
from conversations.keys.talk_key import Secrets, load_secrets
from conversations.records import arrivals, audit, leases, purging
from conversations.records.arrivals import ORDER_SECONDS, Arrival
from conversations.records.leases import LEASE_SECONDS
from conversations.records.store import open_store, sslmode_of
from conversations.talks import Talks
from conversations.turns import Message
from tests.support.clock import NOON
from tests.support.desk_visitor import small_guide

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture
def guide() -> Guide:
    return small_guide()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    yield engine
    engine.dispose()


def settings(tmp_path: Path, machine: str) -> Settings:
    """What a worker on another machine has: a data folder of its own, and the same database."""
    return Settings(tmp_path, tmp_path / machine, f"sqlite:///{tmp_path / 'kept.sqlite3'}")


# -- keys


def test_keys_may_come_from_the_environment_and_make_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talk, first, second = (token_hex(32) for _ in range(3))
    monkeypatch.setenv("SIGNPOST_TALK_KEY", talk)
    monkeypatch.setenv("SIGNPOST_WORDS_1_KEY", first)
    _, one = open_kept(settings(tmp_path, "one"))
    monkeypatch.setenv("SIGNPOST_WORDS_2_KEY", second)
    _, two = open_kept(settings(tmp_path, "two"))
    assert one.seals is not None
    assert two.seals is not None
    assert (one.talk.hex(), one.seals.newest, two.seals.newest) == (talk, 1, 2)
    assert two.seals.unseal(one.seals.seal("words", "x"), "x") == "words"
    assert not list(tmp_path.rglob("*.key"))
    assert first not in repr(two) + repr(two.seals)


def test_a_key_that_stands_in_both_places_and_differs_is_refused(tmp_path: Path) -> None:
    Seals.load(tmp_path)
    file = tmp_path / "words.1.key"
    assert variable("talk.old.key") == "SIGNPOST_TALK_OLD_KEY"
    same = read_secret(file)
    assert same is not None
    assert read_secret(file, {"SIGNPOST_WORDS_1_KEY": same.hex()}) == same
    with pytest.raises(SecretError, match="SIGNPOST_WORDS_1_KEY is another key than"):
        read_secret(file, {"SIGNPOST_WORDS_1_KEY": token_hex(32)})
    with pytest.raises(SecretError, match="SIGNPOST_WORDS_1_KEY is damaged") as told:
        read_secret(tmp_path / "none" / "words.1.key", {"SIGNPOST_WORDS_1_KEY": "secret"})
    assert "'secret'" not in str(told.value)
    assert key_numbers(tmp_path, {"SIGNPOST_WORDS_7_KEY": "x", "SIGNPOST_WORDS_0_KEY": "x"}) == (1, 7)


def test_a_worker_with_another_key_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_kept(settings(tmp_path, "one"))
    with pytest.raises(SecretError, match=r"words\.1\.key, which others use"):
        open_kept(settings(tmp_path, "two"))
    assert not (tmp_path / "two").exists()
    monkeypatch.setenv("SIGNPOST_TALK_KEY", (tmp_path / "one" / "keys" / "talk.key").read_text().strip())
    monkeypatch.setenv("SIGNPOST_WORDS_1_KEY", token_hex(32))
    with pytest.raises(SecretError, match=r"words\.1\.key in .* is not the key that others use"):
        open_kept(settings(tmp_path, "two"))
    monkeypatch.setenv("SIGNPOST_WORDS_1_KEY", (tmp_path / "one" / "keys" / "words.1.key").read_text().strip())
    open_kept(settings(tmp_path, "two"))


def test_of_two_first_starts_with_keys_of_their_own_one_is_refused(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'kept.sqlite3'}").dispose()

    def start(machine: str) -> str:
        try:
            open_kept(settings(tmp_path, machine))
        except SecretError as error:
            return str(error)
        return "started"

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(start, "abcd"))
    assert told.count("started") == 1, told


# -- the order of a talk


def test_the_lowest_update_that_is_not_answered_comes_first(engine: Engine) -> None:
    with engine.begin() as connection:
        assert arrivals.store(connection, KEY, 7, "one", 100.0) == Arrival(mine=True)
        assert arrivals.store(connection, KEY, 5, "two", 100.0) == Arrival(mine=True)
        assert not arrivals.is_first(connection, KEY, 7, 101.0)
        assert arrivals.is_first(connection, KEY, 5, 101.0)
        assert arrivals.is_first(connection, OTHER, 9, 101.0)
        arrivals.settle(connection, KEY, 5)
        assert arrivals.is_first(connection, KEY, 7, 101.0)


def test_what_a_living_process_has_in_hand_is_its_own_and_what_a_dead_one_had_is_not(engine: Engine) -> None:
    with engine.begin() as connection:
        arrivals.store(connection, KEY, 5, "one", 100.0)
        arrivals.mark_carded(connection, KEY, 5)
        assert arrivals.store(connection, KEY, 5, "two", 102.0) == Arrival(mine=False, carded=True)
        assert arrivals.renew(connection, "one", [5, 6], 104.0) == 1
        assert not arrivals.store(connection, KEY, 5, "two", 104.0 + LEASE_SECONDS / 2).mine
        assert arrivals.store(connection, KEY, 5, "two", 104.5 + LEASE_SECONDS) == Arrival(mine=True, carded=True)
        arrivals.leave(connection, "two")
        assert arrivals.store(connection, KEY, 5, "three", 105.0 + LEASE_SECONDS).mine


def test_nobody_waits_without_end_for_what_does_not_come_again(engine: Engine) -> None:
    with engine.begin() as connection:
        arrivals.store(connection, OTHER, 5, "killed", 100.0)
        arrivals.acknowledge(connection, OTHER, 5, "killed", 100.0)
        assert not arrivals.is_first(connection, OTHER, 7, 100.0 + LEASE_SECONDS / 2)
        assert arrivals.is_first(connection, OTHER, 7, 100.5 + LEASE_SECONDS)
        arrivals.store(connection, KEY, 5, "killed", 100.0)
        assert not arrivals.is_first(connection, KEY, 7, 100.0 + ORDER_SECONDS / 2)
        assert arrivals.is_first(connection, KEY, 7, 100.5 + ORDER_SECONDS)
        arrivals.store(connection, KEY, 6, "of a clock that went back", 90_000.0)
        assert arrivals.is_first(connection, KEY, 7, 100.5 + ORDER_SECONDS)
        assert arrivals.sweep(connection, 100.5 + ORDER_SECONDS) == 3


def test_who_waits_for_a_lower_message_leaves_the_talk_to_whoever_has_it(guide: Guide, engine: Engine) -> None:
    one, two = (Talks(guide, engine, Secrets(b"s" * 32)) for _ in range(2))
    low, high = Message(text="x", number=5), Message(text="y", number=7)
    assert one.arrive("telegram:7", high, "one").mine
    assert one.is_due("telegram:7", "one", high)
    assert two.arrive("telegram:7", low, "two").mine
    assert not two.is_due("telegram:7", "two", low)
    assert not one.is_due("telegram:7", "one", high)
    assert two.is_due("telegram:7", "two", low)
    assert two.answered("telegram:7", low, "two")
    assert one.is_due("telegram:7", "one", high)
    assert one.arrive("telegram:7", low, "one") == Arrival(mine=False, carded=True)
    one.leave("one")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select owner, number from arrivals").all() == [("", 7)]
        assert not connection.exec_driver_sql("select * from leases").all()


def test_what_comes_again_from_a_killed_process_and_is_let_go_still_comes_first(
    guide: Guide, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = [1_000.0]
    monkeypatch.setattr(leases, "time", SimpleNamespace(monotonic=lambda: shared[0]))
    killed, one, two = (Talks(guide, engine, load_secrets(tmp_path / "keys")) for _ in range(3))
    chat, low, high = "telegram:7", Message(text="x", number=5), Message(text="y", number=7)
    assert killed.arrive(chat, low, "killed").mine
    assert killed.is_due(chat, "killed", low)
    shared[0] += leases.RENEW_SECONDS
    assert not one.arrive(chat, low, "one").mine  # nobody knows yet that the first has been killed
    assert one.let_go("one", {(chat, 5): "[7, null]"})
    assert two.arrive(chat, high, "two").mine
    for _ in range(round(1.5 * LEASE_SECONDS / leases.RENEW_SECONDS)):
        shared[0] += leases.RENEW_SECONDS
        one.renew("one", [chat], [5])
        two.renew("two", [chat], [7])
        assert not two.is_due(chat, "two", high)
    assert one.is_due(chat, "one", low)
    assert one.answered(chat, low, "one")
    assert two.is_due(chat, "two", high)


def test_what_could_not_be_noted_when_it_came_is_noted_when_it_is_let_go(
    guide: Guide, engine: Engine, tmp_path: Path
) -> None:
    one, two = (Talks(guide, engine, load_secrets(tmp_path / "keys")) for _ in range(2))
    chat, low, high = "telegram:7", Message(text="x", number=5), Message(text="y", number=7)
    assert one.let_go("one", {(chat, 5): "[7, null]"})
    assert two.arrive(chat, high, "two").mine
    assert not two.is_due(chat, "two", high)
    assert one.is_due(chat, "one", low)
    assert one.answered(chat, low, "one")
    assert two.is_due(chat, "two", high)
    assert two.answered(chat, high, "two")
    assert one.let_go("one", {(chat, 8): "[7, null]"}, shared=False)
    assert two.is_due(chat, "two", Message(text="z", number=9))


def test_what_comes_again_from_a_killed_process_is_held_on_to(engine: Engine) -> None:
    with engine.begin() as connection:
        arrivals.store(connection, KEY, 5, "killed", 100.0)
        assert arrivals.renew(connection, "one", [5], 101.0) == 0
        assert arrivals.renew(connection, "one", [5], 101.0 + LEASE_SECONDS) == 1
        assert arrivals.renew(connection, "two", [5], 102.0 + LEASE_SECONDS) == 0


def test_forget_takes_what_was_noted_of_a_talks_messages(guide: Guide, engine: Engine, tmp_path: Path) -> None:
    one = Talks(guide, engine, load_secrets(tmp_path / "keys"))
    for number in (5, 6):
        one.arrive("telegram:7", Message(text="/forget", number=number), "one")
    one.hear("telegram:7", Message(text="/forget", number=5), NOON)
    with engine.connect() as connection:
        assert not connection.exec_driver_sql("select * from arrivals").all()


def test_what_a_process_has_not_in_hand_holds_up_no_talk_for_long(engine: Engine) -> None:
    with engine.begin() as connection:
        arrivals.store(connection, KEY, 5, "one", 100.0)
        assert arrivals.renew(connection, "one", [6], 104.0) == 0
        assert not arrivals.is_first(connection, KEY, 7, 100.0 + ORDER_SECONDS / 2)
        assert arrivals.is_first(connection, KEY, 7, 100.5 + ORDER_SECONDS)


# -- the purge


def test_of_many_processes_one_applies_the_retention_rules_and_once_a_day(
    guide: Guide, engine: Engine, now: datetime
) -> None:
    workers = [Talks(guide, engine, Secrets(b"s" * 32)) for _ in range(6)]
    done: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda *given: done.append(given[2]) if given[2].startswith("DELETE FROM audit") else None,
    )
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: one.purge(now), workers))
    assert len(done) == 1
    workers[0].purge(now + timedelta(hours=3))
    assert len(done) == 1
    workers[1].purge(now + timedelta(hours=24))
    assert len(done) == 2
    workers[2].purge(now - timedelta(days=3))  # the clock has gone back
    assert len(done) == 3


def test_a_purge_that_failed_is_done_again(
    guide: Guide, engine: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Talks(guide, engine, Secrets(b"s" * 32))
    with monkeypatch.context() as patch:
        patch.setattr(audit, "purge", lambda *given: 1 / 0)
        worker.purge(now)
    with engine.begin() as connection:
        assert purging.is_due(connection, now)
        leases.leave(connection, "nobody")
        connection.exec_driver_sql("delete from leases")
    worker.purge(now)
    with engine.begin() as connection:
        assert not purging.is_due(connection, now)


# -- the way to the database


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql+psycopg://me@/signpost?host=/run/postgresql", ""), ("postgresql+psycopg://me@localhost/signpost", ""),
        ("postgresql+psycopg://me@127.0.0.1:5433/signpost", ""), ("postgresql+psycopg:///signpost", ""),
        ("postgresql+psycopg://me@db.example.org/signpost", None), ("postgresql+psycopg://me@/x?host=a,b", None),
        ("postgresql+psycopg://me@/x?host=localhost&host=db", None),
        ("postgresql+psycopg://me@db.example.org/signpost?sslmode=verify-full", "verify-full"),
    ],
)  # fmt: skip
def test_what_goes_over_a_network_goes_over_tls_unless_somebody_says_otherwise(url: str, mode: str | None) -> None:
    assert sslmode_of(make_url(url), {}) == mode
    assert sslmode_of(make_url(url), {"PGSSLMODE": "require"}) == (mode or "require")


def test_a_remote_database_without_a_choice_is_asked_for_tls() -> None:
    from conversations.records.store import _engine

    asked: list[dict[str, object]] = []

    class Asked(Exception):
        pass

    engine = _engine(make_url("postgresql+psycopg://me@db.invalid/signpost"))

    def connect(dialect: object, record: object, arguments: object, given: dict[str, object]) -> None:
        asked.append(given)
        raise Asked

    event.listen(engine, "do_connect", connect)
    with pytest.raises(Asked):
        engine.connect()
    assert asked[0]["sslmode"] == "require"
