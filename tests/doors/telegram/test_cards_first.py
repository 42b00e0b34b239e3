"""A safety card waits for nothing: no database, no lease, nobody's other messages (S1a, S4)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.telegram.door import MESSAGES_A_MINUTE
from tests.support.figures import note
from tests.support.telegram_content import QUESTIONS, make_small
from tests.support.telegram_people import Person, Signpost, talking

pytestmark = pytest.mark.slow
SOON = 2.0
"""Seconds within which a card leaves (S1a)."""
DANGER = "i want to kill myself"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small(tmp_path_factory.mktemp("content") / "small")


@contextmanager
def held(signpost: Signpost) -> Iterator[None]:
    """Another process holds the write lock of the database."""
    other = sqlite3.connect(signpost.data / "signpost.sqlite3", isolation_level=None, timeout=30)
    other.execute("begin immediate")
    try:
        yield
    finally:
        other.execute("rollback")
        other.close()


def card_after(person: Person, text: str = DANGER) -> float:
    """How long a card takes from the moment at which the person writes."""
    before, begin = len(person.shown), time.monotonic()
    person.says(text)
    card = person.reads(before + 1)[before]
    assert "999" in card.text
    return card.at - begin


def answered_once(person: Person) -> bool:
    return sum("town hall" in message.text for message in person.shown) == 1


def test_a_card_leaves_at_once_while_another_process_holds_the_database(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True) as (server, signpost):
        people = [Person(server, 1100 + number) for number in range(12)]
        people[0].says("I live in Demo")
        people[0].reads(1)
        server.until(lambda: not server.updates)
        with held(signpost):
            for person in people:
                person.says(QUESTIONS["Bus pass"])
            took = [card_after(person) for person in people]
            again = card_after(people[0])
        note(
            f"card with the write lock held: {max(took):.2f} s at most of {len(took)}, {again:.2f} s for the same again"
        )
        assert max(*took, again) < SOON
        for person in people:
            server.until(partial(answered_once, person))
        server.until(lambda: not server.updates)
        assert server.refused == []


def test_a_card_does_not_queue_behind_what_others_and_oneself_asked(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True) as (server, signpost):
        person, others = Person(server, 1200), [Person(server, 1201 + number) for number in range(10)]
        with held(signpost):
            for other in others:
                other.says("/feedback")
                other.says("The play scheme is full by Easter every year and nobody tells us " * 40)
            for title in QUESTIONS:
                person.says(QUESTIONS[title])
            took = card_after(person)
        note(f"card behind {2 * len(others)} messages of others and {len(QUESTIONS)} of one's own: {took:.2f} s")
        assert took < SOON
        server.until(lambda: not server.updates)


def test_a_card_is_the_only_repeat_after_a_kill_and_is_not_lost(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True) as (server, signpost):
        person = Person(server, 1300)
        person.says(QUESTIONS["Bus pass"])
        person.reads(1)
        server.until(lambda: not server.updates)
        with held(signpost):
            card_after(person)
            signpost.kill()
        signpost.start()
        server.until(lambda: not server.updates)
        cards = [message for message in person.shown if "999" in message.text and "kill" not in message.text]
        assert 1 <= len(cards) <= 3
        assert sum("town hall" in message.text for message in person.shown) == 1


def test_nobodys_flood_keeps_anothers_card_waiting(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True) as (server, signpost):
        flooding, person = Person(server, 1400), Person(server, 1401)
        with held(signpost):
            for _ in range(90):
                flooding.says("i would like to know how do i get a bus pass for my daughter please")
            took = card_after(person)
        note(f"card behind 90 messages of somebody else: {took:.2f} s")
        assert took < SOON


def test_ten_strangers_who_send_the_longest_texts_keep_no_long_cry_waiting(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True) as (server, _):
        strangers, person = [Person(server, 1600 + number) for number in range(10)], Person(server, 1650)
        for number in range(6):
            for stranger in strangers:
                stranger.says(f"number {number} " + "x-y " * 1_000)
        server.until(lambda: any(stranger.shown for stranger in strangers))
        took = card_after(person, "nobody answers the phone at school and it goes on and on. " * 10 + DANGER)
        note(f"long card while ten strangers send 60 messages of 4,000 letters: {took:.2f} s")
        assert took < SOON


def test_who_writes_too_fast_is_told_so_and_still_gets_the_card(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True) as (server, _):
        person = Person(server, 1700)
        for _ in range(MESSAGES_A_MINUTE + 40):
            person.says(QUESTIONS["Bus pass"])
        card_after_all = person.says(DANGER)
        server.until(lambda: any(is_card(message.text) for message in person.shown))
        server.until(lambda: server.offset > card_after_all)
        assert sum("faster than I can" in message.text for message in person.shown) == 1
        assert sum("town hall" in message.text for message in person.shown) < MESSAGES_A_MINUTE + 20


def is_card(text: str) -> bool:
    return "999" in text and "faster than I can" not in text


def test_the_button_for_the_card_does_not_wait_either(tmp_path: Path, content: Path) -> None:
    with talking(tmp_path / "data", content, warm=True) as (server, signpost):
        person = Person(server, 1500)
        person.says("im exhausted and cant cope any more")
        shown = person.reads(1)[0]
        label = next(label for label, data in shown.buttons.items() if data == "safety")
        with held(signpost):
            begin = time.monotonic()
            person.presses(label, shown)
            card = person.reads(2)[1]
            assert card.at - begin < SOON
            assert "999" in card.text
