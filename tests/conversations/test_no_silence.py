"""Nobody is left without a word, and nothing untrue is said, whatever breaks outside of a turn (S8, S9, P6, P7)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select, text

from bot.chat_json import Stream
from conversations import owed
from conversations.guide import Guide
from conversations.keys.talk_key import Secrets, load_secrets
from conversations.owed import Owed
from conversations.records.store import open_store
from conversations.records.tables import talks
from conversations.talks import Talks
from conversations.turns import Message, State, Turn, plain
from tests.support.feedback_talks import WORDS, Family, button, family, kinds
from tests.support.feedback_talks import text as read
from tests.support.locking import locked

CHAT = "json:a"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """A database whose writers give up at once, so that the tests need not wait."""
    open_store(f"sqlite:///{tmp_path / 'kept.sqlite3'}").dispose()
    return create_engine(f"sqlite:///{tmp_path / 'kept.sqlite3'}", connect_args={"timeout": 0.05})


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return load_secrets(tmp_path / "keys")


@pytest.fixture
def hearing(guide: Guide, engine: Engine, secrets: Secrets) -> Talks:
    return Talks(guide, engine, secrets)


def helped(turn: Turn, contact: str = "") -> None:
    assert turn.replies[0].kind == "sorry"
    for part in ("999", "111", contact):
        assert part in plain(turn.replies[0])


# -- whatever raises, somebody is answered


@pytest.mark.parametrize(
    "row", ["", "[1, 2]", "7", "null", '{"area": {"x": 1}}', '{"offered": 5}', '{"told": [[]]}', "\x00", "[" * 9_000]
)
def test_a_damaged_row_leaves_nobody_without_an_answer(hearing: Talks, engine: Engine, now: datetime, row: str) -> None:
    hearing.hear(CHAT, Message(text="I live in Wirral"), now)
    with engine.begin() as connection:
        connection.execute(talks.update().values(state=row, before=row))
    answer = hearing.hear(CHAT, Message(press="e:national/sleep"), now)
    assert answer.turn.replies[0].entry == "national/sleep"
    assert hearing.hear(CHAT, Message(text="i want to die"), now).turn.replies[0].safety == "card"


def test_of_a_damaged_row_what_is_whole_is_kept(hearing: Talks, engine: Engine, now: datetime) -> None:
    hearing.hear(CHAT, Message(text="I live in Wirral"), now)
    with engine.begin() as connection:
        connection.execute(talks.update().values(state='{"area": "wirral", "easy_read": 4, "audience": "king"}'))
    assert hearing.state(CHAT, now) == State(area="wirral")


@pytest.mark.parametrize(
    "error", [OverflowError, UnicodeEncodeError, OSError, AssertionError, RecursionError, KeyError]
)
def test_an_error_in_storing_that_is_not_the_databases_own_gets_999_111_and_the_areas_contact(
    hearing: Talks, now: datetime, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing.hear(CHAT, Message(text="I live in Manchester"), now)

    def broken(*_: object) -> None:
        raise error("utf-8", "x", 0, 1, "words") if error is UnicodeEncodeError else error("words")

    monkeypatch.setattr("conversations.records.talks.save", broken)
    helped(hearing.hear(CHAT, Message(text="hello"), now).turn, "0161 234 1946")
    assert hearing.hear(CHAT, Message(text="i want to die"), now).turn.replies[0].safety == "card"


@pytest.mark.parametrize("place", ["load", "mark_answered", "mark_sent", "has_doorless"])
def test_no_error_of_any_record_comes_out_of_a_talk(
    hearing: Talks, now: datetime, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(f"conversations.records.talks.{place}", broken)
    message = Message(text="how do i get a blue badge", number=4)
    assert hearing.take(CHAT, "one")
    assert hearing.hear(CHAT, message, now).turn.replies
    hearing.sent(CHAT, message, 1)
    hearing.answered(CHAT, message, "one")
    hearing.set(CHAT, State(area="wirral"), now)
    assert isinstance(hearing.state(CHAT, now), State)
    hearing.renew("one")
    hearing.confirmed(10**23)
    hearing.purge(now)


def test_a_number_that_no_database_holds_is_answered_all_the_same(hearing: Talks, now: datetime) -> None:
    message = Message(press="e:national/sleep", number=10**23)
    heard = hearing.hear(CHAT, message, now)
    assert heard.saved
    assert heard.turn.replies[0].entry == "national/sleep"
    hearing.sent(CHAT, message, 1)
    hearing.answered(CHAT, message)


def test_no_line_ends_the_json_door_or_stays_without_a_reply(guide: Guide, tmp_path: Path) -> None:
    talk = family(guide, tmp_path)
    for line in (
        {"text": "hello", "update": 10**23},
        {"text": "hello", "update": -(10**23)},
        {"text": "\ud800 hello"},
        {"text": "how do i get a blue badge", "area": "\ud800"},
    ):
        assert talk.line(**line)["replies"], line
    for row in ({"area": "\ud800"}, {"text": "hello"}, {"text": "how do i get a blue badge"}, {"text": "/mydata"}):
        answer = json.dumps(talk.line("\ud800", **row))
        assert "replies" in answer
    lines = ('{"talk": "\\ud800", "press": "\\ud800"}', '{"talk": 1, "other": "\\ud800"}', "\udcff", "[" * 100_000)
    for line_ in lines:
        assert json.dumps(talk.stream.line(line_, talk.now))


def test_a_door_that_breaks_behind_the_talk_still_gives_the_numbers(
    guide: Guide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = family(guide, tmp_path)

    def broken(*_: object) -> None:
        raise RuntimeError("words of the person")

    monkeypatch.setattr("bot.chat_json.quoted", broken)
    answer = talk.say("how do i get a blue badge")
    assert kinds(answer) == ["sorry"]
    assert "999" in read(answer)
    assert "111" in read(answer)


# -- /forget and /mydata do not lie


def held(talk: Family) -> tuple[int, int]:
    return len(talk.rows("talks")), len(talk.rows("feedback"))


@pytest.fixture
def talk(guide: Guide, tmp_path: Path, engine: Engine, secrets: Secrets) -> Family:
    found = Family(tmp_path, engine, secrets, Stream(Talks(guide, engine, secrets)))
    found.line(area="wirral", audience="parent")
    return found


@pytest.mark.parametrize("readers_too", [False, True], ids=["immediate", "exclusive"])
def test_forget_says_that_it_could_not_and_is_carried_out_by_the_next_message(
    talk: Family, tmp_path: Path, readers_too: bool
) -> None:
    talk.leave()
    talk.engine.dispose()
    with locked(tmp_path / "kept.sqlite3", readers_too):
        said = talk.say("/forget")
        assert "forgotten" not in kinds(said)
        assert said["events"] == []
        assert "could not delete" in read(said)
        assert "/forget again" in read(said)
        shown = talk.say("/mydata")
        assert "hold nothing" not in read(shown)
        assert WORDS not in read(shown)
        assert "Wirral" not in read(shown)
        assert "could not look" in read(shown)
    assert held(talk) == (1, 1)
    assert "hold nothing" in read(talk.say("/mydata"))
    assert talk.rows("feedback") == []
    assert talk.secrets.key(CHAT) not in talk.bytes() or held(talk) == (1, 0)


@pytest.mark.parametrize("tick", ["purge", "settle"])
def test_a_wish_to_be_forgotten_is_carried_out_by_the_next_tick(talk: Family, tmp_path: Path, tick: str) -> None:
    talk.leave()
    hearing = talk.stream.talks
    with locked(tmp_path / "kept.sqlite3"):
        talk.say("/forget")
        hearing.settle()
        assert hearing.owes
    if tick == "purge":
        hearing.purge(talk.now)
    else:
        hearing.settle()
    assert held(talk) == (0, 0)
    assert not hearing.owes
    assert talk.secrets.key(CHAT) not in talk.bytes()


def test_a_wish_covers_what_still_stands_under_the_secret_before(talk: Family, guide: Guide, tmp_path: Path) -> None:
    talk.leave()
    turned = Secrets(b"n" * 32, old=talk.secrets.talk, seals=talk.secrets.seals)
    hearing = Talks(guide, talk.engine, turned)
    with locked(tmp_path / "kept.sqlite3"):
        assert hearing.hear(CHAT, Message(text="/forget"), talk.now).turn.replies[0].kind != "forgotten"
    hearing.settle()
    assert held(talk) == (0, 0)


def test_a_database_that_cannot_be_written_shows_what_it_holds_and_deletes_nothing(
    talk: Family, guide: Guide, tmp_path: Path
) -> None:
    talk.leave()
    url = f"sqlite:///file:{tmp_path / 'kept.sqlite3'}?mode=ro&uri=true"
    readable = Talks(guide, create_engine(url), talk.secrets)
    shown = "\n".join(plain(reply) for reply in readable.hear(CHAT, Message(text="/mydata"), talk.now).turn.replies)
    assert WORDS in shown
    assert "Wirral" in shown
    said = readable.hear(CHAT, Message(text="/forget"), talk.now).turn
    assert "could not delete" in plain(said.replies[0])
    hidden = "\n".join(plain(reply) for reply in readable.hear(CHAT, Message(text="/mydata"), talk.now).turn.replies)
    assert WORDS not in hidden
    assert "could not look" in hidden


def test_a_database_that_is_lost_is_no_reason_to_say_that_all_is_deleted(
    hearing: Talks, engine: Engine, now: datetime
) -> None:
    hearing.hear(CHAT, Message(text="I live in Wirral"), now)
    with engine.begin() as connection:
        connection.execute(text("drop table talks"))
    assert "could not delete" in plain(hearing.hear(CHAT, Message(text="/forget"), now).turn.replies[0])
    assert "could not look" in plain(hearing.hear(CHAT, Message(text="/mydata"), now).turn.replies[0])


def test_without_any_database_forget_promises_nothing(guide: Guide, now: datetime) -> None:
    alone = Talks(guide, None, None)
    said = alone.hear(CHAT, Message(text="/forget"), now).turn.replies
    assert [reply.kind for reply in said] == ["info"]
    assert "could not delete" in plain(said[0])


def test_wishes_are_keys_alone_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owed, "MOST", 3)
    wishes = Owed()
    for number in range(5):
        wishes.forget((bytes([number]),))
    assert wishes.keys() == (b"\2", b"\3", b"\4")


# -- what was said while nothing could be stored still counts


@pytest.mark.parametrize("said", ["i want to die", "how do i get a blue badge", "no"])
def test_a_yes_of_before_is_void_once_the_person_went_on_though_nothing_could_be_stored(
    talk: Family, tmp_path: Path, said: str
) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    with locked(tmp_path / "kept.sqlite3"):
        assert talk.say(said)["replies"]
    assert kinds(talk.press(yes)) == ["feedback_declined"]
    assert talk.rows("feedback") == []


def test_a_yes_that_could_not_be_stored_can_be_pressed_again(talk: Family, tmp_path: Path) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    with locked(tmp_path / "kept.sqlite3"):
        assert "feedback_saved" not in kinds(talk.press(yes))
    assert kinds(talk.press(yes)) == ["feedback_saved"]


def test_what_was_chosen_is_still_used_while_nothing_can_be_stored(talk: Family, tmp_path: Path) -> None:
    with locked(tmp_path / "kept.sqlite3"):
        answer = talk.say("gallimaufry pumpernickel zzyzx")
        assert answer["state"]["area"] == "wirral"
    with talk.engine.begin() as connection:
        assert len(connection.execute(select(talks)).all()) == 1
