"""What is kept, read from the real files (P1, P2, P6, P7, P8, P9, S5, T8)."""

from __future__ import annotations

import logging
import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from conversations.guide import Guide
from conversations.keys.talk_key import Secrets, load_secrets
from conversations.records.store import open_store, truncate_log
from conversations.records.tables import counts, talks
from conversations.records.talks import purge
from conversations.retention import SETTINGS_DAYS, TOPIC_HOURS
from conversations.talks import Talks
from conversations.turns import Message, State, plain
from tests.support.desk_visitor import small_guide

CHAT = "7700900123"
QUESTIONS = [
    "my daughter Zephyrine wont go into school, she is at Quillfeather primary",
    "how do i get a blue badge for our Bartholomew",
    "adhd waiting list zzyzx",
    "what is a SENCO",
    "who do i ring about transport, our taxi driver Ottoline left",
    "dla for my lad, 07700900456 is my number",
    "im exhausted and cant cope any more, nobody called Xanthippe helps",
    "she wants to die, please help Wolfgang",
    "i live in CH41 6AA",
    "is it free",
    "/feedback the Plumtree centre is closed",
    "/nonsense Hippolyta",
    "no match at all for gallimaufry pumpernickel",
    "hello its Marmaduke",
    "whats their number",
    "sleep problems, up since 4 with Peregrine",
    "ehcp late, caseworker Mrs Thistlewood",
    "short breaks for twins",
    "thanks Signpost, from Ermintrude",
    "what about the Vermilion club",
]
GIVEAWAYS = [
    "Zephyrine", "Quillfeather", "Bartholomew", "zzyzx", "Ottoline", "07700900456", "Xanthippe", "Wolfgang", "CH41 6AA", "CH416AA", " 6AA",
    "Plumtree", "Hippolyta", "gallimaufry", "Marmaduke", "Peregrine", "Thistlewood", "Ermintrude", "Vermilion", CHAT,
]  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path / 'kept.sqlite3'}")


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return load_secrets(tmp_path / "keys")


@pytest.fixture
def hearing(guide: Guide, engine: Engine, secrets: Secrets) -> Talks:
    return Talks(guide, engine, secrets)


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_twenty_questions_leave_no_word_in_the_database_the_log_or_a_temporary_file(
    hearing: Talks, now: datetime, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    caplog.set_level(logging.DEBUG)
    for number, question in enumerate(QUESTIONS):
        hearing.hear(CHAT, Message(text=question, number=number), now)
        kept = bytes_of(tmp_path).lower()
        assert not [word for word in GIVEAWAYS if word.lower().encode() in kept]
    assert not [word for word in (*GIVEAWAYS, "6AA") if word.lower() in caplog.text.lower()]
    assert not os.listdir(scratch)


def test_the_key_of_a_talk_is_no_chat_id_and_changes_with_the_secret(secrets: Secrets) -> None:
    other = Secrets(b"x" * 32)
    assert CHAT.encode() not in secrets.key(CHAT)
    assert secrets.key(CHAT) != other.key(CHAT)
    assert len(secrets.key(CHAT)) == 32


def test_a_talk_moves_to_the_new_secret_when_it_next_speaks(
    guide: Guide, engine: Engine, secrets: Secrets, now: datetime
) -> None:
    Talks(guide, engine, secrets).hear(CHAT, Message(text="I live in Wirral"), now)
    turned = Secrets(b"n" * 32, old=secrets.talk)
    assert Talks(guide, engine, turned).state(CHAT, now).area == "wirral"
    with engine.begin() as connection:
        assert connection.execute(select(talks.c.key)).scalars().all() == [turned.key(CHAT)]


def test_forget_removes_everything_under_the_key_at_once_and_can_be_said_again(
    hearing: Talks, engine: Engine, secrets: Secrets, now: datetime, tmp_path: Path
) -> None:
    hearing.hear(CHAT, Message(text="I live in Shropshire"), now)
    assert secrets.key(CHAT) in bytes_of(tmp_path)
    for _ in range(2):
        said = hearing.hear(CHAT, Message(text="/forget"), now).turn
        assert said.replies[0].kind == "forgotten"
        assert "Telegram keeps" in plain(said.replies[0])
        assert secrets.key(CHAT) not in bytes_of(tmp_path)


def test_mydata_shows_all_that_stands_in_the_row(hearing: Talks, now: datetime) -> None:
    hearing.hear(CHAT, Message(text="I live in Wirral"), now)
    hearing.hear(CHAT, Message(press="who:young-person"), now)
    hearing.hear(CHAT, Message(text="how do i get a blue badge"), now)
    shown = plain(hearing.hear(CHAT, Message(text="/mydata"), now).turn.replies[0])
    assert "Wirral" in shown
    assert "young person" in shown
    assert "Blue Badge" in shown


def test_the_last_topic_fades_after_a_day_and_the_choices_after_a_month(hearing: Talks, now: datetime) -> None:
    hearing.hear(CHAT, Message(text="I live in Wirral"), now)
    hearing.hear(CHAT, Message(press="e:national/blue-badge"), now)
    assert hearing.state(CHAT, now + timedelta(hours=TOPIC_HOURS - 1)).last == "national/blue-badge"
    after_a_day = hearing.state(CHAT, now + timedelta(hours=TOPIC_HOURS + 1))
    assert (after_a_day.last, after_a_day.area) == (None, "wirral")
    assert hearing.state(CHAT, now + timedelta(days=SETTINGS_DAYS + 1)) == State()


def test_the_purge_takes_the_same_out_of_the_file(
    hearing: Talks, engine: Engine, now: datetime, tmp_path: Path
) -> None:
    hearing.hear(CHAT, Message(text="I live in Wirral"), now)
    hearing.hear(CHAT, Message(press="e:national/blue-badge"), now)
    hearing.hear("another", Message(press="e:national/sleep"), now - timedelta(days=SETTINGS_DAYS + 1))
    with engine.begin() as connection:
        removed = purge(connection, now + timedelta(hours=TOPIC_HOURS + 1))
    assert removed["talks"] == 1
    assert removed["topics"] == 1
    with engine.begin() as connection:
        rows = connection.execute(select(talks.c.state, talks.c.before)).all()
    assert len(rows) == 1
    assert "blue-badge" not in rows[0].state
    assert rows[0].before is None


def test_privacy_says_the_figures_that_the_purge_applies(hearing: Talks, now: datetime) -> None:
    first = hearing.hear(CHAT, Message(text="/privacy"), now).turn.replies[0]
    assert len(plain(first).split()) <= 60
    assert str(SETTINGS_DAYS) in plain(first)
    more = hearing.hear(CHAT, Message(press=first.buttons[0][0].id), now).turn.replies[0]
    assert f"{TOPIC_HOURS} hours" in plain(more)


def test_a_card_leaves_a_daily_count_by_kind_and_area_and_no_key(hearing: Talks, engine: Engine, now: datetime) -> None:
    hearing.hear(CHAT, Message(text="I live in Wirral"), now)
    hearing.hear(CHAT, Message(text="i want to die"), now)
    with engine.begin() as connection:
        rows = connection.execute(select(counts).where(counts.c.what.like("card:%"))).mappings().all()
    assert [(row["what"], row["area"], row["n"], row["day"]) for row in rows] == [
        ("card:suicide", "wirral", 1, "2026-11-24")
    ]


def test_a_talk_is_counted_once_for_its_area_and_day(engine: Engine, secrets: Secrets, now: datetime) -> None:
    hearing = Talks(small_guide(), engine, secrets)
    for said in ("I live in East", "how do i get a bus pass", "I live in East", "I live in West"):
        hearing.hear(CHAT, Message(text=said), now)
    hearing.hear("another", Message(text="I live in East"), now)
    with engine.begin() as connection:
        rows = connection.execute(select(counts.c.area, counts.c.n).where(counts.c.what == "talk")).all()
    assert sorted(tuple(row) for row in rows) == [("east", 2), ("west", 1)]


def test_an_update_counts_as_answered_only_once_its_reply_is_sent(
    hearing: Talks, engine: Engine, now: datetime
) -> None:
    question = Message(press="e:national/sleep", number=5)
    first = hearing.hear(CHAT, question, now).turn
    again = hearing.hear(CHAT, question, now).turn
    assert again.replies == first.replies, "not yet answered: the same reply from the state before it"
    hearing.answered(CHAT, question)
    assert hearing.hear(CHAT, question, now).turn.replies == ()
    with engine.begin() as connection:
        assert connection.execute(select(counts.c.n).where(counts.c.what == "answer")).scalars().all() == [1]


def test_with_the_database_gone_cards_and_answers_still_come_and_the_person_is_told(
    hearing: Talks, engine: Engine, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        connection.execute(text("drop table talks"))
    card = hearing.hear(CHAT, Message(text="i want to die Zephyrine"), now)
    assert card.turn.replies[0].kind == "crisis"
    assert not card.saved
    answer = hearing.hear(CHAT, Message(press="e:national/sleep"), now)
    assert answer.turn.replies[0].entry == "national/sleep"
    assert "cannot save" in plain(answer.turn.replies[-1])
    assert "Zephyrine" not in caplog.text


def test_if_anything_raises_the_person_still_gets_999_111_and_the_areas_contact(
    hearing: Talks, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hearing.hear(CHAT, Message(text="I live in Manchester"), now)

    def broken(*_: object) -> None:
        raise RuntimeError("words of the person")

    monkeypatch.setattr("conversations.talks.step", broken)
    reply = hearing.hear(CHAT, Message(text="hello"), now).turn.replies[0]
    assert reply.kind == "sorry"
    assert "999" in plain(reply)
    assert "111" in plain(reply)
    assert "0161 234 1946" in plain(reply)
    assert "words of the person" not in caplog.text


def test_what_was_deleted_is_not_left_in_the_write_ahead_log(
    hearing: Talks, engine: Engine, secrets: Secrets, now: datetime, tmp_path: Path
) -> None:
    hearing.hear(CHAT, Message(text="I live in Manchester"), now)
    truncate_log(engine)
    hearing.hear(CHAT, Message(text="/forget"), now)
    assert secrets.key(CHAT) not in bytes_of(tmp_path)


def test_what_was_deleted_beside_an_open_reader_goes_at_the_next_chance_and_that_is_said(
    hearing: Talks, engine: Engine, secrets: Secrets, now: datetime, tmp_path: Path
) -> None:
    hearing.hear(CHAT, Message(text="I live in Manchester"), now)
    with engine.connect() as reader:
        reader.exec_driver_sql("begin")
        reader.execute(select(talks)).all()
        said = " ".join(plain(reply) for reply in hearing.hear(CHAT, Message(text="/forget"), now).turn.replies)
        assert "I have deleted all" in said
        assert hearing.guide.wording("forgotten_trace") in said
        assert hearing.owes
        hearing.settle()
        assert secrets.key(CHAT) in bytes_of(tmp_path)  # the reader still stands on it
        assert hearing.owes
    hearing.settle()
    assert secrets.key(CHAT) not in bytes_of(tmp_path)
    assert not hearing.owes
    again = hearing.hear(CHAT, Message(text="/forget"), now).turn.replies
    assert hearing.guide.wording("forgotten_trace") not in " ".join(plain(reply) for reply in again)


def test_a_group_leaves_nothing(hearing: Talks, engine: Engine, now: datetime) -> None:
    hearing.hear(CHAT, Message(text="I live in Manchester", group=True), now)
    with engine.begin() as connection:
        assert connection.execute(select(talks)).all() == []
