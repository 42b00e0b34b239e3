"""What goes wrong between the bot and Telegram: nobody is left without an answer, in order, and nothing counts twice."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest

from tests.support.telegram_content import QUESTIONS, make_small
from tests.support.telegram_people import Person, Signpost, talking
from tests.support.telegram_server import SENDS, Fault, TelegramServer

pytestmark = pytest.mark.slow
TITLES = list(QUESTIONS)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small(tmp_path_factory.mktemp("content") / "small")


class EveryFew:
    """A fault at every few calls of a chat, each kind in its turn: the same in every run, whatever the timing."""

    def __init__(self, kinds: tuple[str, ...], every: int = 3) -> None:
        self.kinds, self.every = kinds, every
        self.made: Counter[int] = Counter()

    def __call__(self, method: str, chat: int) -> str | None:
        if method not in SENDS:
            return None
        self.made[chat] += 1
        turn, rest = divmod(self.made[chat] + chat, self.every)
        return None if rest else self.kinds[turn % len(self.kinds)]


def titles(person: Person) -> list[str]:
    """The titles of the answers that a chat shows, in order."""
    return [message.text.partition("\n")[0] for message in person.shown]


def counted(signpost: Signpost) -> dict[str, int]:
    with sqlite3.connect(signpost.data / "signpost.sqlite3", timeout=5) as connection:
        return dict(
            connection.execute("select entry, sum(n) from counts where what = 'answer' group by entry").fetchall()
        )


def noted(signpost: Signpost) -> int:
    """How many updates are noted as answered."""
    with sqlite3.connect(signpost.data / "signpost.sqlite3", timeout=5) as connection:
        return int(connection.execute("select count(*) from answered").fetchone()[0])


def asks_all(people: list[Person], rounds: int) -> dict[str, int]:
    """Everybody asks everything, each beginning elsewhere; how often each entry is then answered."""
    for number in range(rounds * len(TITLES)):
        for person in people:
            person.says(QUESTIONS[TITLES[(person.id + number) % len(TITLES)]])
    return {f"national/{title.lower().replace(' ', '-')}": rounds * len(people) for title in TITLES}


def expected(person: Person, rounds: int) -> list[str]:
    return [TITLES[(person.id + number) % len(TITLES)] for number in range(rounds * len(TITLES))]


def test_faults_of_every_kind_leave_nobody_without_an_answer(tmp_path: Path, content: Path) -> None:
    faults = EveryFew(("502", "cut before", "429", "cut after"))
    with talking(tmp_path / "data", content, warm=True, fault=faults) as (server, signpost):
        people = [Person(server, 100 + number) for number in range(8)]
        counts = asks_all(people, rounds=2)
        server.until(lambda: not server.updates)
        repeats = 0
        for person in people:
            once = [title for title, _ in groupby(titles(person))]
            assert once == expected(person, 2)
            repeats += len(person.shown) - len(once)
        print(f"faults injected: {dict(server.faults)}; repeated where the outcome was unknown: {repeats}")
        assert all(server.faults[kind] > 0 for kind in ("502", "cut before", "cut after", "429"))
        assert 0 < repeats <= server.faults["cut after"]
        assert counted(signpost) == counts
        assert server.refused == []
        assert signpost.stop() == 0
        log = signpost.log.read_text()
    assert "NetworkError" in log
    for secret in (server.token, "bus pass", "Bus pass", *(str(person.id) for person in people)):
        assert secret not in log


def test_a_bot_that_a_person_blocked_stays_silent_and_answers_the_others(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True, webhook=True) as (server, signpost):
        assert not server.webhook  # beside a webhook Telegram gives no updates: it was ended
        gone, here = Person(server, 201), Person(server, 202)
        server.blocked.add(gone.id)
        for person in (gone, here):
            person.says("how do i get a bus pass")
        here.reads(1)
        server.until(lambda: not server.updates)
        assert server.calls["sendMessage"] == 2  # one each: nothing is tried again
        server.blocked.clear()
        gone.says("where can i find short breaks and respite care")
        assert titles_when(gone, 1) == ["Short breaks"]
        assert signpost.stop() == 0
        assert "ERROR" not in signpost.log.read_text()


def titles_when(person: Person, count: int) -> list[str]:
    person.reads(count)
    return titles(person)


def test_too_many_calls_wait_as_long_as_telegram_asks_and_keep_their_order(tmp_path: Path, content: Path) -> None:
    seen: Counter[int] = Counter()

    def first_is_too_much(method: str, chat: int) -> str | None:
        seen[chat] += method == "sendMessage"
        return "429" if chat == 301 and seen[chat] == 1 and method == "sendMessage" else None

    with talking(tmp_path / "data", content, warm=True, fault=first_is_too_much, retry_after=6) as (server, _):
        slow, other = Person(server, 301), Person(server, 302)
        for title in TITLES:
            slow.says(QUESTIONS[title])
        server.until(lambda: server.faults["429"] == 1)
        other.says(QUESTIONS["Bus pass"])
        other.reads(1)
        assert not slow.shown
        assert titles_when(slow, len(TITLES)) == TITLES
        assert server.faults["429"] == 1
        assert server.refused == []  # it was not called again too early


def test_one_slow_person_holds_up_nobody_even_where_telegram_shows_no_more(tmp_path: Path, content: Path) -> None:
    """Telegram gives at most 100 updates above the lowest that is not confirmed: the 101st must not wait for it."""

    with talking(tmp_path / "data", content, warm=True, fault=holding(400)) as (server, _):
        stuck = Person(server, 400)
        stuck.says(QUESTIONS["Bus pass"])
        server.until(lambda: server.faults["hold"] == 1)
        others = [Person(server, 401 + number) for number in range(150)]
        for person in others:
            person.says(QUESTIONS["Blue badge"])
        server.until(lambda: all(person.shown for person in others))
        assert not stuck.shown
        server.release()
        assert titles_when(stuck, 1) == ["Bus pass"]


def holding(person: int) -> Fault:
    """The sends to one person hang until the server lets them go."""
    return lambda method, chat: "hold" if method == "sendMessage" and chat == person else None


def test_killed_in_the_middle_of_talks_nobody_is_left_and_nothing_counts_twice(tmp_path: Path, content: Path) -> None:
    faults = EveryFew(("slow", "cut after", "slow"), every=2)
    with talking(tmp_path / "data", content, warm=True, fault=faults, slow_seconds=0.3) as (server, signpost):
        people = [Person(server, 500 + number) for number in range(10)]
        asking = threading.Thread(target=slowly, args=(people,))
        asking.start()
        kills: list[tuple[float, float]] = []
        wanted: list[int] = []
        for _ in range(3):
            wanted.append(len(server.shown) + 6)
            server.until(lambda: len(server.shown) >= wanted[-1])
            begin = time.monotonic()
            signpost.kill()
            signpost.start()
            kills.append((begin, time.monotonic()))
        asking.join()
        server.until(lambda: not server.updates)
        repeats = unexplained(people, kills, server)
        print(f"kills: {len(kills)}; faults injected: {dict(server.faults)}; repeated: {repeats}")
        assert all(server.faults[kind] > 0 for kind in ("slow", "cut after"))
        for person in people:
            assert [title for title, _ in groupby(titles(person))] == expected(person, 1)
        assert counted(signpost) == dict.fromkeys(counted(signpost), len(people))
        assert len(counted(signpost)) == len(TITLES)
        assert server.refused == []


def slowly(people: list[Person]) -> None:
    for number in range(len(TITLES)):
        for person in people:
            person.says(QUESTIONS[TITLES[(person.id + number) % len(TITLES)]])
            time.sleep(0.05)


def unexplained(people: list[Person], kills: list[tuple[float, float]], server: TelegramServer) -> int:
    """How many answers were repeated; each must stand next to a kill, or a connection that was cut after acceptance."""
    by_kill: Counter[tuple[float, float]] = Counter()
    repeats = 0
    for person in people:
        for _, same in groupby(person.shown, key=lambda message: message.text):
            shown = list(same)
            for first, second in zip(shown, shown[1:], strict=False):
                repeats += 1
                for begin, end in kills:
                    by_kill[begin, end] += first.at <= end and begin <= second.at
    assert repeats <= server.faults["cut after"] + by_kill.total()
    return repeats


def time_of_calls(server: TelegramServer, count: int) -> float:
    """How long the bot takes to ask for updates so many times, on this machine now."""
    before, begin = server.calls["getUpdates"], time.monotonic()
    server.until(lambda: server.calls["getUpdates"] >= before + count)
    return time.monotonic() - begin


def test_an_update_in_hand_at_the_end_is_answered_and_nothing_new_is_taken(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True, fault=holding(601)) as (server, signpost):
        first, second = Person(server, 601), Person(server, 602)
        first.says(QUESTIONS["Bus pass"])
        first.says(QUESTIONS["Blue badge"])
        server.until(lambda: server.faults["hold"] == 1)
        quiet = time_of_calls(server, 6)
        stopping = threading.Thread(target=signpost.stop)
        stopping.start()
        calls = -1
        while calls != server.calls["getUpdates"]:  # with an update in hand it asks at least four times a second
            calls = server.calls["getUpdates"]
            time.sleep(quiet)
        second.says(QUESTIONS["School meals"])
        server.release()
        stopping.join()
        assert signpost.process is not None
        assert signpost.process.returncode == 0
        assert titles(first) == ["Bus pass"]
        assert titles(second) == []
        signpost.start()
        assert titles_when(second, 1) == ["School meals"]
        assert titles_when(first, 2) == ["Bus pass", "Blue badge"]


def test_of_two_messages_the_one_that_was_sent_is_not_repeated_after_a_kill(tmp_path: Path, content: Path) -> None:
    sends: Counter[int] = Counter()

    def second_breaks(method: str, chat: int) -> str | None:
        sends[chat] += method == "sendMessage"
        return "cut before" if method == "sendMessage" and sends[chat] > 1 and down.is_set() else None

    down = threading.Event()
    down.set()
    with talking(tmp_path / "data", content, warm=True, fault=second_breaks) as (server, signpost):
        person = Person(server, 801)
        person.query("a:demo", person.inaccessible())
        server.until(lambda: server.faults["cut before"] > 0)
        assert [message.text.partition(".")[0] for message in person.shown] == ["Thank you"]
        signpost.kill()
        down.clear()
        signpost.start()
        assert [message.text.partition(".")[0] for message in person.reads(2)] == [
            "Thank you",
            "Who am I talking to? You can skip this",
        ]
        server.until(lambda: not server.updates)
        assert len(person.shown) == 2


def test_forgetting_is_not_undone_by_a_kill(tmp_path: Path, content: Path) -> None:
    """A lower update is still in hand, so that nothing is confirmed: what was answered comes again, and is passed over."""

    with talking(tmp_path / "data", content, warm=True, fault=holding(701)) as (server, signpost):
        stuck, person = Person(server, 701), Person(server, 702)
        stuck.says(QUESTIONS["Bus pass"])
        server.until(lambda: server.faults["hold"] == 1)
        for text in (QUESTIONS["Blue badge"], QUESTIONS["School meals"], "/forget"):
            person.says(text)
        person.reads(3)
        server.until(lambda: noted(signpost) == 3)
        assert len(server.updates) == 4
        signpost.kill()
        server.release()
        signpost.start()
        server.until(lambda: not server.updates)
        assert len(person.shown) == 3
        assert counted(signpost) == {"national/bus-pass": 1, "national/blue-badge": 1, "national/school-meals": 1}


def test_an_update_that_cannot_be_read_or_has_an_impossible_number_leaves_nobody_without_a_word(
    tmp_path: Path, content: Path
) -> None:
    with talking(tmp_path / "data", content, warm=True) as (server, signpost):
        person = Person(server, 901)
        person.says("hello")
        person.reads(1)
        chat = {"id": person.id, "type": "private", "first_name": "S"}
        server.give("message", {"message_id": "?", "chat": chat, "date": "yesterday", "text": {"a": 1}})
        assert "999" in person.reads(2)[1].text
        assert "111" in person.shown[1].text
        server.next_update(10**23)
        person.says(QUESTIONS["Bus pass"])
        assert "town hall" in person.reads(3)[2].text
        person.says("i want to kill myself")
        assert "999" in person.reads(4)[3].text
        assert signpost.process is not None
        assert signpost.process.poll() is None


def test_a_reply_that_telegram_refuses_is_replaced_by_one_with_the_numbers(tmp_path: Path, content: Path) -> None:
    def refuses(method: str, chat: int) -> str | None:
        asked.append(method) if method == "sendMessage" else None
        return "400" if method == "sendMessage" and len(asked) == 1 else None

    asked: list[str] = []
    with talking(tmp_path / "data", content, warm=True, fault=refuses) as (server, _):
        person = Person(server, 902)
        person.says(QUESTIONS["Bus pass"])
        assert "999" in person.reads(1)[0].text


@pytest.mark.parametrize("code", ["401", "404"])
def test_a_token_that_telegram_rejects_for_a_while_ends_nothing(tmp_path: Path, content: Path, code: str) -> None:
    """Telegram itself has answered 401 and 404 to good tokens: a bot that ends on it is gone until somebody notices."""
    rejects = threading.Event()
    with talking(tmp_path / "data", content, warm=True, fault=lambda method, _: code if rejects.is_set() else None) as (
        server,
        signpost,
    ):
        person = Person(server, 950)
        person.says(QUESTIONS["Bus pass"])
        person.reads(1)
        rejects.set()
        person.says(QUESTIONS["Blue badge"])
        server.until(lambda: server.faults[code] >= 3)
        assert signpost.process is not None
        assert signpost.process.poll() is None
        rejects.clear()
        assert titles_when(person, 2) == ["Bus pass", "Blue badge"]
        assert signpost.stop() == 0
        log = signpost.log.read_text()
        assert "rejects the token" in log
        assert "Nobody is answered" in log
        assert server.token not in log
