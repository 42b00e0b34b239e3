"""A safety card is made and given before anything is asked of the database (S1a), and made better where that is at once."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest

from conversations.guide import Guide
from conversations.keys.talk_key import load_secrets
from conversations.records.store import open_store
from conversations.talks import LOOKUPS, Talks
from conversations.turns import Message, plain
from tests.support.clock import NOON
from tests.support.feedback_talks import WORDS, Family, button, family, kinds
from tests.support.figures import note
from tests.support.locking import locked
from tests.support.postgres import frozen, needed, postgres

SOON = 2.0
"""Seconds within which a card leaves (S1a)."""
CHAT = "json:a"
DANGER = Message(text="i want to die", number=7)


@pytest.fixture
def talk(guide: Guide, tmp_path: Path) -> Family:
    found = family(guide, tmp_path)
    found.line(area="wirral", audience="young-person")
    return found


def cards(talk: Family) -> int:
    return sum(row["n"] for row in talk.rows("counts") if row["what"].startswith("card:"))


def test_a_card_comes_at_once_while_the_database_is_held_and_is_counted_afterwards(
    talk: Family, tmp_path: Path
) -> None:
    talk.say("/easyread")
    with locked(tmp_path / "kept.sqlite3"):
        begin = time.monotonic()
        said = talk.say("i want to die")
        took = time.monotonic() - begin
    note(f"card in the JSON door with the write lock held: {took:.2f} s")
    assert took < SOON
    assert kinds(said)[0] == "crisis"
    talk.stream.talks.finish(20)
    usual = talk.say("i want to die")
    assert said["replies"][0] == usual["replies"][0], "in easy read, for the area, for a young person: as was chosen"
    assert cards(talk) == 2


def test_a_card_comes_at_once_from_a_database_that_lets_nobody_read(talk: Family, tmp_path: Path) -> None:
    talk.engine.dispose()
    with locked(tmp_path / "kept.sqlite3", readers_too=True):
        took = []
        for _ in range(LOOKUPS + 4):
            begin = time.monotonic()
            assert kinds(talk.say("i want to die"))[0] == "crisis"
            took.append(time.monotonic() - begin)
    note(f"card with a database that lets nobody read: {max(took):.2f} s at most of {len(took)}")
    assert max(took) < SOON
    talk.stream.talks.finish(20)


def test_many_cards_at_once_do_not_wait_for_one_another(talk: Family, tmp_path: Path, now: datetime) -> None:
    hearing = talk.stream.talks
    talk.engine.dispose()
    with locked(tmp_path / "kept.sqlite3", readers_too=True):
        begin = time.monotonic()
        for number in range(20):
            message = Message(text="i want to die", number=number)
            assert hearing.card(f"json:{number}", message, hearing.judge(message), now) is not None
        assert time.monotonic() - begin < SOON


def test_the_card_knows_the_area_and_who_writes_where_that_can_be_read_at_once(talk: Family, tmp_path: Path) -> None:
    hearing = talk.stream.talks
    with locked(tmp_path / "kept.sqlite3"):
        card = hearing.card(CHAT, DANGER, hearing.judge(DANGER), talk.now)
    assert card is not None
    assert card == hearing.hear(CHAT, DANGER, talk.now).turn.replies[0]


def test_judging_and_the_card_write_nothing(talk: Family) -> None:
    hearing, before = talk.stream.talks, talk.rows("talks")
    assert hearing.card(CHAT, DANGER, hearing.judge(DANGER), talk.now) is not None
    assert talk.rows("talks") == before
    assert cards(talk) == 0


def test_a_redelivery_of_what_was_answered_brings_no_second_card(talk: Family) -> None:
    hearing = talk.stream.talks
    judged = hearing.judge(DANGER)
    hearing.hear(CHAT, DANGER, talk.now, judged)
    assert hearing.card(CHAT, DANGER, judged, talk.now) is not None, "not known to have been sent"
    hearing.answered(CHAT, DANGER)
    assert hearing.card(CHAT, DANGER, judged, talk.now) is None


@pytest.mark.parametrize(
    "message", [Message(text="hello"), Message(text="/forget"), Message(other="photo"), Message(press="m")]
)
def test_what_is_no_danger_brings_no_card(talk: Family, message: Message) -> None:
    hearing = talk.stream.talks
    assert hearing.card(CHAT, message, hearing.judge(message), talk.now) is None


@pytest.mark.parametrize("press", ["safety", "e:national/crisis"])
def test_a_button_that_asks_for_the_card_is_as_quick(talk: Family, tmp_path: Path, press: str) -> None:
    hearing, message = talk.stream.talks, Message(press=press)
    with locked(tmp_path / "kept.sqlite3"):
        card = hearing.card(CHAT, message, hearing.judge(message), talk.now)
    assert card is not None
    assert card.safety == "card"


def test_a_yes_of_before_the_card_is_void_once_the_database_answers_again(talk: Family, tmp_path: Path) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    with locked(tmp_path / "kept.sqlite3"):
        assert kinds(talk.say("i want to die"))[0] == "crisis"
    assert kinds(talk.press(yes)) == ["feedback_declined"]
    assert talk.rows("feedback") == []


def test_whatever_breaks_while_a_card_is_made_there_is_a_reply_with_999(
    guide: Guide, talk: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    hearing = Talks(guide, talk.engine, talk.secrets)
    monkeypatch.setattr("conversations.talks.judge", broken)
    judged = hearing.judge(DANGER)
    assert judged.card
    monkeypatch.setattr("conversations.talks.step", broken)
    card = hearing.card(CHAT, DANGER, judged, talk.now)
    assert card is not None
    assert "999" in plain(card)


def test_with_a_database_that_hangs_only_the_first_waits_for_it(talk: Family, tmp_path: Path) -> None:
    with locked(tmp_path / "kept.sqlite3"):
        begin = time.monotonic()
        for text in ("hello", "how do i get a blue badge", "is it free", "/help"):
            assert talk.say(text)["replies"]
        took = time.monotonic() - begin
    note(f"four answers with the write lock held: {took:.2f} s in all")
    assert took < 9


@pytest.mark.slow
def test_cards_come_at_once_while_a_postgresql_is_frozen(guide: Guide, tmp_path: Path) -> None:
    """It takes connections and never answers, so that no time limit of its own ends the wait."""
    with postgres(needed()) as url:
        engine = open_store(url)
        talks = Talks(guide, engine, load_secrets(tmp_path / "keys"))
        talks.reply(CHAT, Message(text="I live in Wirral", number=1), NOON)
        took = []
        with frozen(url):
            for number in range(10):
                begin = time.monotonic()
                turn = talks.reply(f"json:{number % 5}", Message(text="i want to die", number=10 + number), NOON)
                took.append(time.monotonic() - begin)
                assert turn.replies[0].safety == "card"
        talks.finish(20)
        engine.dispose()
    note(f"card with a frozen PostgreSQL: {max(took):.2f} s at most of {len(took)}")
    assert max(took) < SOON
