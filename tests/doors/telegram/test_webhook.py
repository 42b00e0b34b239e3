"""Updates by webhook, at one worker or several: acknowledged once answered or noted, in order, once, danger before all (S1a, T2, T8)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from bot.limits import Rate
from bot.settings import SettingsError, read_webhook, webhook_address
from bot.telegram import door
from bot.telegram.webhook import AGAIN_SECONDS, ELSEWHERE_SECONDS, STRANGERS_A_MINUTE, read_update
from bot.web.gate import MOST_BYTES
from conversations.guide import Guide
from conversations.records import arrivals, leases, talks
from conversations.wording import load_wording
from knowledge.loader import load
from knowledge.matching.matcher import Matcher
from tests.support.clock import PATIENCE
from tests.support.locking import locked
from tests.support.telegram_content import QUESTIONS, make_small
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer
from tests.support.webhook_worker import SECRET, Poller, Worker

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBUserWarning")

TITLES = list(QUESTIONS)
DANGER = "i want to kill myself"
SOON = 2.0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    library = load(make_small(tmp_path_factory.mktemp("content") / "small"))
    return Guide(library, Matcher(library), load_wording())


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    server = TelegramServer()
    yield server
    server.release()
    server.close()


@pytest.fixture
def worker(server: TelegramServer, small: Guide, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    made: list[Worker] = []

    def make() -> Worker:
        made.append(Worker(server, tmp_path, small))
        return made[-1]

    yield make
    server.release()
    for one in made:
        one.stop()


def update(person: Person, text: str) -> dict[str, Any]:
    """An update as the server would give it, taken out of its queue."""
    number = person.says(text)
    with person.server.lock:
        (row,) = [row for row in person.server.updates if row["update_id"] == number]
        person.server.updates.remove(row)
    return row


def titles(person: Person) -> list[str]:
    return [message.text.partition("\n")[0] for message in person.shown]


def cards(person: Person) -> list[float]:
    return [message.at for message in person.shown if "999" in message.text]


def test_nobody_without_the_secret_is_heard(server: TelegramServer, worker: Callable[[], Worker]) -> None:
    one, person = worker(), Person(server, 11)
    row = update(person, QUESTIONS["Bus pass"])
    for secret in (None, "", SECRET[:-1], SECRET + "x", SECRET.upper(), "é" * 32):
        assert one.gets(row, secret) == 403
    assert not person.shown
    assert one.gets(row) == 200
    person.reads(1)
    assert titles(person) == ["Bus pass"]


def test_who_guesses_the_secret_is_slowed_and_telegram_is_not(
    server: TelegramServer, worker: Callable[[], Worker]
) -> None:
    one = worker()
    statuses = [one.gets(b"{}", "wrong") for _ in range(STRANGERS_A_MINUTE + 5)]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    assert one.gets(b"{}", "wrong", "192.0.2.77") == 403
    assert one.gets(update(Person(server, 12), "/help")) == 200


def test_what_is_no_update_is_refused_and_what_wants_no_answer_is_done(worker: Callable[[], Worker]) -> None:
    one = worker()
    for body in (
        b"", b"\xff\xfe", b"[]", b"{}", b'{"update_id": "7"}', b"[" * 100_000, b'{"update_id": true}',
        b'{"update_id": 1' + b"0" * 5_000 + b"}",
    ):  # fmt: skip
        assert one.gets(body) == 400, body[:40]
    for body in (b'{"update_id": 7}', b'{"update_id": 8, "message": 3}', b'{"update_id": -9, "poll": {}}'):
        assert one.gets(body) == 200, body
    assert one.gets(b"x" * (MOST_BYTES + 1)) == 413


def test_an_update_is_acknowledged_once_it_is_answered_or_noted(
    server: TelegramServer, worker: Callable[[], Worker], tmp_path: Path
) -> None:
    one, person = worker(), Person(server, 77_001)
    server.fault = lambda method, _: "hold" if method == "sendMessage" else None
    waiting = one.post(update(person, QUESTIONS["Bus pass"]))
    server.until(lambda: server.faults["hold"] == 1)
    assert not waiting.done()
    assert waiting.result(PATIENCE).status_code in (200, 503)  # it takes long: noted, and let go
    server.until(lambda: one.rows("pending"))
    (row,) = one.rows("pending")
    held = b"".join(file.read_bytes() for file in tmp_path.glob("kept.sqlite3*"))
    assert b"77001" not in row["address"] + held
    assert b"bus pass" not in held.lower()
    server.fault = None
    server.release()
    person.reads(1)
    server.until(lambda: not one.rows("pending") and not one.rows("arrivals"))
    assert titles(person) == ["Bus pass"]


def test_what_can_be_neither_answered_nor_noted_is_to_come_again(
    server: TelegramServer, worker: Callable[[], Worker], tmp_path: Path
) -> None:
    one, person = worker(), Person(server, 13)
    one.gets(update(person, QUESTIONS["Bus pass"]))
    row = update(person, QUESTIONS["Blue badge"])
    with locked(tmp_path / "kept.sqlite3"):
        answer = one.post(row).result(PATIENCE)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == str(AGAIN_SECONDS)
        again = one.post(row)
    assert again.result(PATIENCE).status_code in (200, 503)
    assert one.gets(row) == 200
    server.until(lambda: len(person.shown) >= 2)
    assert titles(person)[:2] == ["Bus pass", "Blue badge"]
    assert titles(person).count("Blue badge") == 1


def test_messages_that_are_handed_out_at_once_to_two_workers_are_answered_in_order(
    server: TelegramServer, worker: Callable[[], Worker]
) -> None:
    both, people = (worker(), worker()), [Person(server, 100 + number) for number in range(4)]
    rows = {person.id: [update(person, QUESTIONS[title]) for title in TITLES] for person in people}
    waiting = []
    for turn, person in enumerate(people):
        order = list(enumerate(rows[person.id]))
        for index, row in order if turn % 2 else reversed(order):
            waiting.append(both[(index + turn // 2) % 2].post(row))
    assert {one.result(PATIENCE).status_code for one in waiting} <= {200, 503}
    for person in people:
        server.until(lambda person=person: len(person.shown) >= len(TITLES))  # type: ignore[misc]
        assert titles(person) == TITLES
    assert not server.refused


def test_a_redelivery_at_another_worker_brings_nothing_twice(
    server: TelegramServer, worker: Callable[[], Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TWICE_SECONDS", "NOTE_SECONDS"):  # on a busy machine the first card takes longer than it may
        monkeypatch.setattr(door, name, PATIENCE)
    one, another = worker(), worker()
    people = [Person(server, 200 + number) for number in range(4)]
    rows = [update(person, DANGER if person.id % 2 else QUESTIONS["Bus pass"]) for person in people]
    server.fault = lambda method, _: "slow" if method == "sendMessage" else None
    server.slow_seconds = 0.4
    waiting = list(chain.from_iterable((one.post(row), another.post(row), one.post(row)) for row in rows))
    waiting += [at.post(row) for row in rows for at in (another, one)]
    assert {answer.result(PATIENCE).status_code for answer in waiting} <= {200, 503}  # 503 on a busy machine
    server.until(lambda: not one.rows("arrivals"))
    for row, person in zip(rows, people, strict=True):
        assert another.gets(row) == 200
        assert len(person.shown) == 1 + person.id % 2  # where the talk has no area yet, it is asked for under the card
        assert len(cards(person)) == person.id % 2


def test_a_card_leaves_at_once_whatever_the_database_does(
    server: TelegramServer, worker: Callable[[], Worker], tmp_path: Path
) -> None:
    both, people = (worker(), worker()), [Person(server, 300 + number) for number in range(6)]
    with locked(tmp_path / "kept.sqlite3"):
        for number, person in enumerate(people):
            both[number % 2].post(update(person, QUESTIONS["Bus pass"]))
        begun = {}
        for number, person in enumerate(people):
            begun[person.id] = time.monotonic()
            both[number % 2].post(update(person, DANGER))
        for person in people:
            server.until(partial(cards, person))
    assert max(cards(person)[0] - begun[person.id] for person in people) < SOON


def test_what_comes_while_a_process_still_opens_waits_for_it(
    server: TelegramServer, small: Guide, tmp_path: Path
) -> None:
    one, person = Worker(server, tmp_path, small, opens=False), Person(server, 311)
    cried = one.post(update(person, DANGER))
    time.sleep(SOON / 10)
    assert not cried.done()
    one.open()
    try:
        assert cried.result(PATIENCE).status_code == 200
        assert len(cards(person)) == 1
    finally:
        one.stop()
    late = one.post(update(person, DANGER)).result(PATIENCE)
    assert (late.status_code, late.headers["retry-after"]) == (503, str(ELSEWHERE_SECONDS))


def test_a_cry_is_not_acknowledged_before_its_card_was_sent(
    server: TelegramServer, worker: Callable[[], Worker]
) -> None:
    one, person = worker(), Person(server, 310)
    server.fault = lambda method, _: "hold" if method == "sendMessage" else None
    row = update(person, DANGER)
    assert one.post(row).result(PATIENCE).status_code == 503
    assert not one.rows("pending")
    again = one.post(row)
    server.until(lambda: server.faults["hold"] == 1)
    server.fault = None
    server.release()
    assert again.result(PATIENCE).status_code in (200, 503)
    assert one.gets(row) == 200
    assert len(cards(person)) == 1


def test_a_stop_hands_over_what_it_has_not_begun(server: TelegramServer, worker: Callable[[], Worker]) -> None:
    one, another, person = worker(), worker(), Person(server, 14)
    server.fault = lambda method, _: "hold" if method == "sendMessage" else None
    first, second = (update(person, QUESTIONS[title]) for title in TITLES[:2])
    waiting = [one.post(first)]
    server.until(lambda: server.faults["hold"] == 1)
    waiting.append(one.post(second))
    server.until(lambda: len(one.rows("arrivals")) == 2)
    ending = Thread(target=one.stop)
    ending.start()
    server.until(lambda: one.webhook._door is None)
    late = another.post(second)
    server.fault = None
    server.release()
    ending.join(PATIENCE)
    assert {answer.result(PATIENCE).status_code for answer in (*waiting, late)} <= {200, 503}
    assert another.gets(second) == 200
    person.reads(2)
    assert titles(person) == TITLES[:2]
    assert not another.rows("leases")


def test_what_a_killed_worker_had_comes_first_and_its_later_messages_wait(
    server: TelegramServer, worker: Callable[[], Worker]
) -> None:
    one, person = worker(), Person(server, 15)
    first, second = (update(person, QUESTIONS[title]) for title in TITLES[:2])
    with one.engine.begin() as connection:  # as one that was killed with it in hand left it
        key = one.talks.secrets.key(f"telegram:{person.id}")  # type: ignore[union-attr]
        arrivals.store(connection, key, first["update_id"], "killed", leases.clock(connection))
    later = one.post(second)
    time.sleep(0.5)
    assert not person.shown
    assert one.gets(first) == 200
    assert later.result(PATIENCE).status_code in (200, 503)
    person.reads(2)
    assert titles(person) == TITLES[:2]


def test_a_database_that_hangs_for_longer_than_a_lease_turns_no_order_round(
    server: TelegramServer, worker: Callable[[], Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    hung = [0.0]
    monkeypatch.setattr(leases, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + hung[0]))
    one, another, person = worker(), worker(), Person(server, 20)
    server.fault = lambda method, _: "hold" if method == "sendMessage" and not server.faults["hold"] else None
    first, second = (update(person, QUESTIONS[title]) for title in TITLES[:2])
    waiting = [one.post(first)]
    server.until(lambda: one.rows("pending"))  # acknowledged: Telegram gives the next, which goes to the other worker
    hung[0] = 10 * leases.LEASE_SECONDS  # in which nobody could renew anything
    waiting.append(another.post(second))
    time.sleep(leases.RENEW_SECONDS * 1.5)
    assert not person.shown
    server.release()
    person.reads(2)
    assert titles(person) == TITLES[:2]
    assert {answer.result(PATIENCE).status_code for answer in waiting} <= {200, 503}


def test_the_off_switch_holds_for_both_workers_from_the_next_message_on(
    server: TelegramServer, worker: Callable[[], Worker], small: Guide
) -> None:
    both, person = (worker(), worker()), Person(server, 16)
    with both[0].engine.begin() as connection:
        talks.switch(connection, True, 0)
    for one in both:
        assert one.gets(update(person, QUESTIONS["Bus pass"])) == 200
    assert all(message.text.startswith(small.wording("off")) for message in person.reads(2))
    with both[1].engine.begin() as connection:
        talks.switch(connection, False, 0)
    for one in both:
        assert one.gets(update(person, QUESTIONS["Bus pass"])) == 200
    person.reads(4)
    assert titles(person)[-2:] == ["Bus pass", "Bus pass"]


def test_changing_between_polling_and_the_webhook_loses_and_doubles_nothing(
    server: TelegramServer, worker: Callable[[], Worker], small: Guide, tmp_path: Path
) -> None:
    people, one = [Person(server, 400 + number) for number in range(5)], worker()
    poller = Poller(server, tmp_path, small)
    for person in people:
        person.says(QUESTIONS["Bus pass"])
    people[0].reads(1)
    server.webhook = True  # `webhook set` while the poller answers: to its next call Telegram says 409
    with server.lock:
        rows = list(server.updates)
    assert {one.gets(row) for row in rows} <= {200}
    poller.stop()
    server.until(lambda: all(person.shown for person in people))
    with server.lock:
        server.updates.clear()
    later = [update(person, QUESTIONS["Blue badge"]) for person in people]
    with server.lock:
        server.updates.extend(later)  # the answers to these requests are lost on the way, so that they wait still
    waiting = [one.post(row) for row in later[:3]]
    poller = Poller(server, tmp_path, small)
    assert not server.webhook
    server.until(lambda: all(len(person.shown) >= 2 for person in people))
    assert {answer.result(PATIENCE).status_code for answer in waiting} <= {200, 503}
    server.until(lambda: not server.updates)
    poller.stop()
    for person in people:
        assert titles(person) == ["Bus pass", "Blue badge"]
    assert not one.rows("answered")  # what is confirmed never comes again


def test_a_group_is_told_once_an_hour_and_leaves_nothing(server: TelegramServer, worker: Callable[[], Worker]) -> None:
    one, member = worker(), Person(server, 17, group=-1_000_017)
    for text in ("hello", "and again", QUESTIONS["Bus pass"]):
        assert one.gets(update(member, text)) == 200
    assert len(member.shown) == 1
    for table in ("talks", "answered", "arrivals", "pending", "leases"):
        assert not one.rows(table)


def test_an_album_whose_pictures_come_to_two_workers_gets_one_answer(
    server: TelegramServer, worker: Callable[[], Worker]
) -> None:
    both, person = (worker(), worker()), Person(server, 18)
    for _ in range(4):
        person.sends("photo", media_group_id="album-1")
    with server.lock:
        rows, server.updates[:] = list(server.updates), []
    waiting = [both[number % 2].post(row) for number, row in enumerate(rows)]
    assert {one.result(PATIENCE).status_code for one in waiting} <= {200, 503}
    server.until(lambda: not both[0].rows("arrivals") and not both[0].rows("pending"))
    assert len(person.reads(1)) == 1
    both[1].gets(update(person, QUESTIONS["Bus pass"]))
    assert titles(person)[1:] == ["Bus pass"]


def test_who_was_told_to_be_slower_is_not_told_to_write_again(
    server: TelegramServer, worker: Callable[[], Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, person = worker(), Person(server, 19)
    monkeypatch.setattr(one.webhook._door, "rate", Rate(0))
    server.fault = lambda method, _: "hold" if method == "sendMessage" else None
    waiting = one.post(update(person, QUESTIONS["Bus pass"]))
    server.until(lambda: one.rows("pending"))
    server.fault = None
    server.release()
    assert waiting.result(PATIENCE).status_code in (200, 503)
    person.reads(1)
    server.until(lambda: not one.rows("pending"))


def test_settings_of_a_webhook_say_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    assert read_webhook({"SIGNPOST_WEBHOOK_SECRET_FILE": str(tmp_path / "secret")}) == SECRET
    assert read_webhook({}) is None
    for wrong in ("short", "with space " * 4, "ü" * 30, "x" * 257):
        with pytest.raises(SettingsError, match="SIGNPOST_WEBHOOK_SECRET") as told:
            read_webhook({"SIGNPOST_WEBHOOK_SECRET": wrong})
        assert wrong not in str(told.value)
    assert webhook_address("https://chat.example.org/") == "https://chat.example.org/telegram"
    for address in ("http://chat.example.org", "https://chat.example.org:8000", "https://chat.example.org/x", "", None):
        with pytest.raises(SettingsError, match="--address"):
            webhook_address(address)


def test_only_an_object_with_a_whole_number_is_an_update() -> None:
    assert read_update(b'{"update_id": 5, "message": {}}') == {"update_id": 5, "message": {}}
    assert read_update(b'{"update_id": 5.0}') is None
    assert read_update(b'"update_id"') is None
