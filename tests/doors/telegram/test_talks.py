"""Whole talks on Telegram: the real process, by its real entry point, against the strict loopback Bot API."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from itertools import count

import pytest

from conversations.steps.commands import COMMANDS
from tests.support.telegram_content import QUESTIONS, make_small
from tests.support.telegram_people import Person, Signpost, talking
from tests.support.telegram_server import TelegramServer

Running = tuple[TelegramServer, Signpost]
ids = count(1001)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("talks")
    with talking(folder / "data", make_small(folder / "content")) as running:
        yield running
    server, _ = running
    assert server.refused == []
    assert all(times == 1 for times in server.queries.values()), (
        "every press is answered once; a worker may have had none"
    )
    assert not any(message.preview for message in server.shown)


@pytest.fixture
def person(running: Running) -> Person:
    return Person(running[0], next(ids))


def rows(signpost: Signpost, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(signpost.data / "signpost.sqlite3", timeout=5) as connection:
        return connection.execute(f"select * from {table}").fetchall()


def test_a_parent_talks_from_the_start_to_a_number_that_can_be_tapped(person: Person) -> None:
    person.says("/start")
    assert "Demo" in person.reads(1)[0].buttons
    person.presses("Demo")
    assert "Demo" in person.reads(3)[1].text
    person.presses("I am a parent or carer")
    person.server.until(lambda: person.shown[2].edits == 1)
    assert len(person.shown) == 3  # the question who it is became the topics, in its place
    person.says("how do i get a bus pass")
    answer = person.reads(4)[3]
    assert "It is <free> & quick." in answer.text
    assert "0161 496 0123 (+441614960123)" in answer.text
    assert {"bold", "phone_number", "text_link"} <= {entity["type"] for entity in answer.entities}
    person.presses("What to do")
    assert "1. Take a photo.\n2. Take your letter." in person.reads(5)[4].text
    assert "Topics" in answer.buttons


def test_a_menu_moves_in_place_and_an_answer_stays_where_it_is(person: Person) -> None:
    person.says("/menu")
    menu = person.reads(1)[0]
    person.presses(next(iter(menu.buttons)))
    person.server.until(lambda: menu.edits == 1)
    assert "Bus pass" in menu.buttons
    person.presses("Bus pass")
    answer = person.reads(2)[1]
    person.presses("Topics", answer)
    person.reads(3)
    assert "Ask at the town hall" in answer.text
    assert answer.edits == 0


def test_a_press_that_changes_nothing_is_no_error(person: Person) -> None:
    person.says("/menu")
    menu = person.reads(1)[0]
    label = next(iter(menu.buttons))
    before = dict(menu.buttons)
    person.presses(label)
    person.server.until(lambda: menu.edits == 1)
    person.query("~t:money:0", person.server.as_message(menu))
    person.says("/stop")
    person.reads(2)
    assert before != menu.buttons
    assert person.server.refused.pop().startswith("editMessageText: Bad Request: message is not modified")


def test_a_young_person_is_answered_in_their_own_voice(person: Person) -> None:
    person.says("/start")
    person.reads(1)
    person.presses("Demo")
    person.reads(3)
    person.presses("I am a young person")
    person.server.until(lambda: person.shown[2].edits == 1)
    person.says("how do i get a bus pass")
    assert "your own pass" in person.reads(4)[3].text


def test_danger_in_the_middle_of_a_menu_brings_the_card(person: Person) -> None:
    person.says("/menu")
    menu = person.reads(1)[0]
    person.presses(next(iter(menu.buttons)))
    person.server.until(lambda: menu.edits == 1)
    person.says("i want to kill myself")
    card = person.reads(2)[1]
    assert "999" in card.text
    assert "0800 1111" in card.text
    person.presses("Bus pass", menu)
    person.server.until(lambda: "Ask at the town hall" in person.shown[-1].text)


def test_every_command_answers_and_stands_in_telegrams_menu(running: Running, person: Person) -> None:
    server, _ = running
    server.until(lambda: "setMyShortDescription" in server.set_up)
    assert [row["command"] for row in server.set_up["setMyCommands"]] == list(COMMANDS)
    assert "999" in server.set_up["setMyDescription"]
    for number, name in enumerate(COMMANDS, 1):
        person.says(f"/{name}")
        person.reads(number)


@pytest.mark.parametrize("data", ["e:demo/gone", "x", "~t:no-such-theme:7", "yes:0:abcdef", "~" + "é" * 31])
def test_an_old_button_says_so_or_does_something_sensible(person: Person, data: str) -> None:
    person.query(data, person.inaccessible())
    assert person.reads(1)[0].text


def test_a_button_of_a_message_that_cannot_be_read_any_more_still_works(person: Person) -> None:
    person.query("~t:money:0", person.inaccessible())
    person.query("e:national/bus-pass", None)
    first, second = person.reads(2)
    assert "Bus pass" in first.buttons
    assert "Ask at the town hall" in second.text


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "location", "document"])
def test_what_is_not_words_gets_kind_words_and_is_not_fetched(person: Person, kind: str) -> None:
    person.sends(kind)
    assert "only read words" in person.reads(1)[0].text
    assert "getFile" not in person.server.calls


def test_an_album_gets_one_answer_to_what_is_said_under_any_of_its_pictures(running: Running, person: Person) -> None:
    for number in range(4):
        more = {"caption": QUESTIONS["Bus pass"]} if number == 2 else {}
        person.sends("photo", media_group_id="album-1", **more)
    assert "town hall" in person.reads(1)[0].text
    for _ in range(3):
        person.sends("photo", media_group_id="album-2")
    running[0].until(lambda: not running[0].updates)
    assert "only read words" in person.reads(2)[1].text
    assert len(person.shown) == 2


def test_a_paste_that_telegram_cut_in_two_is_read_as_one(running: Running, person: Person) -> None:
    story = ("We moved here in spring and the letters went to the old house. " * 70)[:4_080].rstrip()
    person.says("/feedback")
    person.reads(1)
    person.says(QUESTIONS["Bus pass"] + " " + "x" * 3_000)
    person.says("and that was all of it")
    person.reads(2)
    running[0].until(lambda: not running[0].updates)
    assert len(person.shown) == 2
    person.says(f"{story} and then i wanted to")
    person.says("kill myself because of it")
    card = person.reads(3)[2]
    assert "999" in card.text
    running[0].until(lambda: not running[0].updates)


def test_a_long_message_and_a_later_one_are_two(running: Running, person: Person) -> None:
    person.says(QUESTIONS["Bus pass"] + " please. " * 300)
    person.reads(1)
    person.says(QUESTIONS["Blue badge"])
    assert "near the door" in person.reads(2)[1].text


def test_in_a_topic_that_is_closed_or_gone_the_answer_comes_without_it(running: Running, person: Person) -> None:
    server, _ = running
    server.closed.add(77)
    person.says_in(QUESTIONS["Bus pass"], 77)
    assert "town hall" in person.reads(1)[0].text
    server.until(lambda: not server.updates)
    while server.refused:
        assert server.refused.pop() == "sendMessage: Bad Request: message thread not found"


def test_danger_under_a_photo_is_seen(person: Person) -> None:
    person.sends("photo", caption="i want to kill myself")
    assert "999" in person.reads(1)[0].text


def test_a_group_is_told_once_and_leaves_nothing_behind(running: Running, person: Person) -> None:
    server, signpost = running
    tables = ("talks", "counts", "leases")
    server.until(lambda: not server.updates and not rows(signpost, "leases"))  # a card is sent before it is stored
    before = [rows(signpost, table) for table in tables]
    group = Person(server, person.id, group=-1_000_000 - person.id)
    for text in ("hello all", "how do i get a bus pass", "/start"):
        group.says(text)
    person.sends("photo")
    person.reads(1)
    server.until(lambda: not server.updates and not rows(signpost, "leases"))
    assert len(group.shown) == 1
    assert "one person at a time" in group.shown[0].text
    after = [rows(signpost, table) for table in tables]
    assert after[1:] == before[1:]
    assert len(after[0]) == len(before[0]) + 1  # the talk one to one, by which the end of the group's was awaited


def test_what_is_no_message_leaves_the_bot_standing(running: Running, person: Person) -> None:
    server, _ = running
    channel = {"message_id": 1, "date": 1, "chat": {"id": -100777, "type": "channel", "title": "News"}, "text": "news"}
    member = {"user": person.user, "status": "kicked", "until_date": 0}
    chat = {"id": person.id, "type": "private", "first_name": "S"}
    moved = {"chat": chat, "from": person.user, "date": 1, "old_chat_member": member, "new_chat_member": member}
    pinned = {"message_id": 9, "date": 1, "chat": chat, "from": person.user, "delete_chat_photo": True}
    robot = {"message_id": 9, "date": 1, "chat": chat, "text": "hi", "from": person.user | {"is_bot": True}}
    place = {
        "message_id": 9,
        "date": 1,
        "edit_date": 2,
        "chat": chat,
        "from": person.user,
        "location": {"latitude": 1.0, "longitude": 1.0},
    }
    for kind, content in (
        ("channel_post", channel), ("my_chat_member", moved), ("message", pinned), ("message", robot),
        ("message", channel), ("message", {"message_id": "?"}), ("message", {}), ("callback_query", {"id": "zz"}),
        ("edited_message", place), ("edited_channel_post", channel), ("poll", {"id": 7}), ("something_new", {"a": 1}),
    ):  # fmt: skip
        server.give(kind, content)
    person.says("how do i get a bus pass")
    assert "town hall" in person.reads(1)[0].text
    server.until(lambda: not [row for row in server.updates if "message" in row])
    assert len(person.shown) == 1


def test_an_edited_message_is_heard_where_its_words_changed(person: Person) -> None:
    person.says("hello")
    person.reads(1)
    person.edits("Hello!")
    person.edits(QUESTIONS["Bus pass"])
    assert "town hall" in person.reads(2)[1].text
    person.edits("How do I get a bus pass?")
    person.edits("i want to kill myself")
    assert "999" in person.reads(3)[2].text
    person.edits("how do i get a bus pass")
    assert "town hall" in person.reads(5)[-1].text
    person.server.until(lambda: not person.server.updates)


def test_a_cry_that_is_edited_without_a_new_word_brings_the_card_again(person: Person) -> None:
    person.says("i want to kill myself")
    person.reads(1)
    person.server.until(lambda: not person.server.updates)
    before = len(person.shown)
    person.edits("I want to kill myself!")
    assert "999" in person.reads(before + 1)[before].text


def test_many_messages_of_one_person_are_answered_in_order(person: Person) -> None:
    asked = [title for _ in range(20) for title in QUESTIONS]
    for title in asked:
        person.says(QUESTIONS[title])
    answers = person.reads(len(asked), 30)
    assert [re.split(r"\n", answer.text)[0] for answer in answers] == asked


def test_what_was_answered_is_confirmed_and_nothing_of_it_stays(running: Running, person: Person) -> None:
    server, signpost = running
    number = person.says("how do i get a bus pass")
    person.reads(1)
    server.until(lambda: server.offset > number)
    assert rows(signpost, "leases") == []
    log = signpost.log.read_text()
    assert "bus pass" not in log
    assert str(person.id) not in log
    assert "loopback" not in log
