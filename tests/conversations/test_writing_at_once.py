"""Two who write the same row at once: nothing is lost, and nobody's transaction fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from conversations.forum import editing
from conversations.forum.editing import EditError
from conversations.keys.sealing import Seals
from conversations.keys.talk_key import load_secrets
from conversations.records import (
    answered,
    arrivals,
    content_changes,
    counts,
    drafts,
    feedback,
    guesses,
    leases,
    pending,
    proposals,
    questions,
    staff,
    talks,
)
from conversations.records.staff import Staff
from conversations.records.store import WAIT_SECONDS, newest_revision, open_store, revision_of
from conversations.records.tables import arrivals as arrivals_table
from conversations.records.tables import counts as counts_table
from conversations.records.tables import feedback as feedback_table
from conversations.records.tables import guesses as guesses_table
from conversations.records.tables import questions as questions_table
from conversations.records.tables import talks as talks_table
from conversations.talks import Talks
from conversations.turns import AnswerShown, FeedbackGiven, Message, QuestionKept, State
from tests.support.clock import NOON
from tests.support.desk_visitor import small_guide
from tests.support.postgres import needed, postgres

KEY, OLD = b"k" * 32, b"o" * 32
MOMENT = int(NOON.timestamp())
MANY = 8
GIVEN = FeedbackGiven("wirral", "other", None, None, "general", False, "The scheme is full", "")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres(needed()) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    url: str = request.getfixturevalue("cluster")
    with open_store(url, migrate=False).begin() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
    return url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_store(url)
    yield engine
    engine.dispose()


@pytest.fixture
def seals(tmp_path: Path) -> Seals:
    return Seals.load(tmp_path / "keys")


def at_once(engine: Engine, write: Callable[[Connection], Any]) -> list[Any]:
    """What many get who write in transactions that all are open before the first of them writes."""
    barrier = Barrier(MANY)

    def turn(_: int) -> Any:
        with engine.begin() as connection:
            connection.execute(text("select 1"))
            barrier.wait(20)
            return write(connection)

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(turn, range(MANY)))


def test_first_turns_of_a_day_at_once_are_all_counted(engine: Engine) -> None:
    at_once(engine, lambda to: counts.add(to, AnswerShown("national/sleep"), "wirral", NOON))
    with engine.connect() as connection:
        assert connection.execute(select(counts_table.c.n)).scalars().all() == [MANY]


def test_wrong_codes_and_tries_at_once_are_all_counted(engine: Engine) -> None:
    at_once(engine, lambda to: guesses.add(to, KEY, NOON))
    with engine.connect() as connection:
        assert connection.execute(select(guesses_table.c.n)).scalars().all() == [MANY, MANY]
    assert sorted(at_once(engine, lambda to: staff.bump(to, "name:ann", 1))) == list(range(1, MANY + 1))


def test_first_messages_of_a_talk_at_once_are_all_stored(engine: Engine) -> None:
    at_once(engine, lambda to: talks.save(to, KEY, State(area="wirral"), State(), None, NOON))
    with engine.connect() as connection:
        assert talks.how_many(connection) == 1
        row = talks.load(connection, KEY, NOON)
    assert row is not None
    assert row.state.area == "wirral"


def test_a_talk_that_moves_twice_at_once_is_there_once(engine: Engine) -> None:
    with engine.begin() as connection:
        talks.save(connection, OLD, State(area="wirral"), State(), None, NOON)
    at_once(engine, lambda to: talks.move(to, OLD, KEY))
    with engine.connect() as connection:
        assert connection.execute(select(talks_table.c.key)).scalars().all() == [KEY]
        row = talks.load(connection, KEY, NOON)
    assert row is not None
    assert row.state.area == "wirral"


def test_a_talk_does_not_move_over_a_newer_one(engine: Engine) -> None:
    with engine.begin() as connection:
        talks.save(connection, OLD, State(area="wirral"), State(), None, NOON)
        talks.save(connection, KEY, State(area="manchester"), State(), None, NOON)
        talks.move(connection, OLD, KEY)
        row = talks.load(connection, KEY, NOON)
        assert talks.how_many(connection) == 1
    assert row is not None
    assert row.state.area == "manchester"


def test_one_yes_that_comes_many_times_at_once_is_kept_once(engine: Engine, seals: Seals) -> None:
    ids = at_once(engine, lambda to: feedback.store(to, GIVEN, KEY, b"r" * 32, MOMENT, seals))
    kept = QuestionKept("wirral", False, "where is the moon", number="")
    asked = at_once(engine, lambda to: questions.store(to, kept, KEY, b"q" * 32, MOMENT, seals))
    assert (len(set(ids)), len(set(asked))) == (1, 1)
    with engine.connect() as connection:
        for table in (feedback_table, questions_table):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 1


def test_of_many_who_add_the_same_name_or_draft_at_once_one_does(engine: Engine, seals: Seals) -> None:
    assert sum(at_once(engine, lambda to: staff.add(to, "ann", ("wirral",), ("reviewer",), MOMENT))) == 1
    written = at_once(engine, lambda to: drafts.write(to, "wirral", 2026, "{}", 0, "ann", MOMENT, seals))
    assert sum(written) == 1


def test_the_check_value_of_the_secret_is_stored_by_many_at_once(engine: Engine) -> None:
    at_once(engine, lambda to: talks.store_key_check(to, "same"))
    with engine.connect() as connection:
        assert talks.known_key_check(connection) == "same"


# -- an update that is answered while something else is noted of it

CHAT, UPDATE = "telegram:7", Message(text="x", number=5)


@pytest.fixture
def both(engine: Engine, tmp_path: Path) -> tuple[Talks, Talks]:
    """Two workers on one database."""
    guide, secrets = small_guide(), load_secrets(tmp_path / "keys")
    return Talks(guide, engine, secrets), Talks(guide, engine, secrets)


def answered_within(monkeypatch: pytest.MonkeyPatch, module: Any, talks: Talks) -> list[Thread]:
    """Has `talks` mark the update as answered when another transaction is about to store something of it in a table."""
    store, marking = module.store, list[Thread]()

    def overtaken(*given: Any, **named: Any) -> Any:
        marking.append(Thread(target=talks.answered, args=(CHAT, UPDATE)))
        marking[-1].start()
        marking[-1].join(1)
        return store(*given, **named)

    monkeypatch.setattr(module, "store", overtaken)
    return marking


def left(engine: Engine, table: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(f"select * from {table}"))


def test_an_update_that_is_noted_as_it_is_answered_holds_up_no_talk(
    engine: Engine, both: tuple[Talks, Talks], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = both
    marking = answered_within(monkeypatch, arrivals, one)
    assert two.arrive(CHAT, UPDATE, "two").mine
    marking[0].join()
    assert not left(engine, "arrivals")
    assert len(left(engine, "answered")) == 1
    monkeypatch.undo()
    assert not two.arrive(CHAT, UPDATE, "two").mine
    assert not left(engine, "arrivals")


def test_nobody_is_told_to_write_again_whose_update_is_let_go_as_it_is_answered(
    engine: Engine, both: tuple[Talks, Talks], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = both
    marking = answered_within(monkeypatch, pending, one)
    assert two.let_go("two", {(CHAT, 5): "[7, null]"})
    marking[0].join()
    assert not left(engine, "pending")
    monkeypatch.undo()
    assert two.let_go("two", {(CHAT, 5): "[7, null]", (CHAT, 6): "[7, null]"})  # the lower one has been answered
    assert len(left(engine, "pending")) == 1


def killed(engine: Engine) -> None:
    """The process "killed" has given no sign of life for so long that others take it for gone."""
    with engine.begin() as connection:
        leases.leave(connection, "killed")
        connection.execute(arrivals_table.update().where(arrivals_table.c.owner == "killed").values(at=0))


def test_what_comes_again_is_left_to_whoever_has_it_in_hand(engine: Engine, both: tuple[Talks, Talks]) -> None:
    one, two = both
    assert one.let_go("killed", {(CHAT, 5): "[7, null]", (CHAT, 6): "[7, null]"})
    killed(engine)
    assert two.arrive(CHAT, UPDATE, "two").mine
    assert list(one.take_over("one")) == [one.mark_of(CHAT, 6)]
    two.leave("two")
    assert list(one.take_over("one")) == [one.mark_of(CHAT, 5)]


def test_who_came_again_while_somebody_was_to_be_told_of_it_is_not_told(
    engine: Engine, both: tuple[Talks, Talks]
) -> None:
    one, two = both
    assert one.let_go("killed", {(CHAT, 5): "[7, null]", (CHAT, 6): "[7, null]", (CHAT, 7): "[7, null]"})
    killed(engine)
    marks = [one.mark_of(CHAT, number) for number in (5, 6, 7)]
    assert set(one.take_over("one")) == set(marks)
    assert set(one.still_owed("one", marks)) == set(marks)
    assert two.arrive(CHAT, UPDATE, "two").mine  # Telegram never heard that it was done
    assert two.answered(CHAT, Message(text="y", number=6))
    assert one.still_owed("one", marks) == marks[2:]


def test_what_two_let_go_is_told_of_by_neither_while_the_later_lives(engine: Engine, both: tuple[Talks, Talks]) -> None:
    one, two = both
    assert one.let_go("killed", {(CHAT, 5): "[7, null]"})  # too late for Telegram, which gave it to another
    assert two.let_go("two", {(CHAT, 5): "[7, null]"})
    killed(engine)
    assert not one.take_over("one")


def test_of_two_transactions_that_wait_for_each_other_both_are_done(
    engine: Engine, both: tuple[Talks, Talks], monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    one, two = both
    first, barrier, waited = {"one": KEY, "two": OLD}, Barrier(2), list[str]()

    def tick(connection: Connection) -> float:
        """In place of the clock: a lease first that the other takes second."""
        owner = threading.current_thread().name
        leases.take(connection, first[owner], "x", 100.0)
        if owner not in waited:
            waited.append(owner)
            barrier.wait(20)
        leases.take(connection, first["two" if owner == "one" else "one"], "x", 100.0)
        return 100.0

    monkeypatch.setattr(leases, "tick", tick)
    told: list[float] = []

    def hold(talks: Talks, owner: str) -> None:
        talks.renew(owner)
        told.append(talks._spared_until)

    threads = [Thread(target=hold, args=given, name=given[1]) for given in ((one, "one"), (two, "two"))]
    log: list[str] = []
    monkeypatch.setattr("conversations.talks.log.error", lambda said, *values: log.append(said % values))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not log
    assert told == [0.0, 0.0], "nobody is spared a database that answers"


def test_what_is_let_go_before_it_is_noted_is_not_waited_for_to_come_again(
    engine: Engine, both: tuple[Talks, Talks]
) -> None:
    one, _ = both
    one.let_go("one", {(CHAT, 5): "[7, null]"})
    assert one.arrive(CHAT, UPDATE, "one").mine
    with engine.begin() as connection:
        (key,) = connection.execute(select(arrivals_table.c.key)).scalars()
        after = leases.clock(connection) + leases.LEASE_SECONDS + 1
        assert arrivals.is_first(connection, key, 6, after)


# -- drafts of the content

ED = Staff(9, "ed", ("wirral",), ("editor",), disabled=False, ready=True)


def asked(engine: Engine, seals: Seals) -> int:
    """A phrase of a question that wants a new answer; its id."""
    kept = QuestionKept("wirral", False, "where is the moon", number="")
    with engine.begin() as connection:
        questions.store(connection, kept, KEY, b"q" * 32, MOMENT, seals)
        (question,) = questions.by_key(connection, KEY)
        return proposals.add(connection, question, "new", "where is the moon", "ed", MOMENT, seals)


def save_draft(engine: Engine, seals: Seals, about: str, phrase: int) -> bool:
    body = {"fields": {"phrases": ["where is the moon", "moon"]}, "proposals": [phrase], "theme": "money"}
    try:
        editing.save(engine, ED, "entry", about, "wirral", body, 0, seals, NOON)
    except EditError:
        return False
    return True


def test_of_many_who_save_a_draft_for_one_question_at_once_one_does(engine: Engine, seals: Seals) -> None:
    phrase, barrier = asked(engine, seals), Barrier(MANY)

    def save(number: int) -> bool:
        barrier.wait(20)
        return save_draft(engine, seals, f"wirral/money-new-{number}", phrase)

    with ThreadPoolExecutor(MANY) as pool:
        assert sum(pool.map(save, range(MANY))) == 1


def test_a_question_that_is_taken_back_as_its_draft_is_saved_leaves_no_word_in_it(
    engine: Engine, seals: Seals, monkeypatch: pytest.MonkeyPatch
) -> None:
    phrase, leaving, add = asked(engine, seals), list[Thread](), content_changes.add

    def forget() -> None:
        with engine.begin() as connection:
            questions.forget(connection, KEY, seals)

    def overtaken(*given: Any) -> Any:
        leaving.append(Thread(target=forget))
        leaving[-1].start()
        leaving[-1].join(1)
        return add(*given)

    monkeypatch.setattr(content_changes, "add", overtaken)
    assert save_draft(engine, seals, "wirral/money-new-1", phrase)
    leaving[0].join()
    with engine.connect() as connection:
        assert not questions.by_key(connection, KEY)
        (draft,) = content_changes.entry_drafts(connection)
    assert draft.body(seals)["fields"] == {"phrases": ["moon"]}
    assert not save_draft(engine, seals, "wirral/money-new-2", phrase), "the question has gone"


def test_none_of_these_looks_before_it_writes(engine: Engine, seals: Seals) -> None:
    """What SQLite's one lock hides in the tests above: a look before the insert could be overtaken."""
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    writes: list[Callable[[Connection], Any]] = [
        lambda to: counts.add(to, AnswerShown("national/sleep"), "wirral", NOON),
        lambda to: talks.save(to, KEY, State(), State(), None, NOON),
        lambda to: talks.store_key_check(to, "x"),
        lambda to: staff.bump(to, "name:ann", 1),
        lambda to: staff.add(to, "ann", ("wirral",), ("reviewer",), MOMENT),
        lambda to: drafts.write(to, "wirral", 2026, "{}", 0, "ann", MOMENT, seals),
        lambda to: feedback.store(to, GIVEN, KEY, b"r" * 32, MOMENT, seals),
        lambda to: answered.store(to, KEY, 1, NOON),
        lambda to: guesses.add(to, KEY, NOON),
        lambda to: talks.move(to, OLD, KEY),
    ]
    for write in writes:
        said.clear()
        with engine.begin() as connection:
            write(connection)
        assert said[0].startswith("INSERT")
        assert "ON CONFLICT" in said[0]


@pytest.mark.slow
def test_first_starts_at_once_on_one_database_all_succeed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # each migrates
    with ThreadPoolExecutor(MANY) as pool:
        for engine in pool.map(lambda _: open_store(url), range(MANY)):
            with engine.connect() as connection:
                assert revision_of(connection) == newest_revision()
            engine.dispose()


def test_nobody_waits_without_end_for_a_lock(engine: Engine) -> None:
    with engine.connect() as holder:
        holder.execute(text("begin immediate" if engine.dialect.name == "sqlite" else "lock table counts"))
        begin = time.monotonic()
        with pytest.raises(OperationalError), engine.begin() as connection:
            counts.add(connection, AnswerShown("national/pip"), "wirral", NOON)
        assert time.monotonic() - begin < WAIT_SECONDS + 5
        holder.rollback()


def test_nobody_waits_without_end_for_a_connection(engine: Engine) -> None:
    begin = time.monotonic()
    with ExitStack() as held:
        for _ in range(15):  # as many as the pool has
            held.enter_context(engine.connect())
        with pytest.raises(SQLAlchemyError):
            engine.connect()
    assert time.monotonic() - begin < WAIT_SECONDS + 5
