"""The chat page without script: forms, redirects, the whole talk; what is kept of it, and who may send or frame it."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.web.chat.limits import ADDRESS_END, ADDRESS_MOST, TALK_MOST
from bot.web.chat.token import Token
from conversations.guide import Guide
from conversations.wording import load_wording
from tests.support.chat_visitor import ChatHouse, Parent
from tests.support.figures import note
from tests.support.locking import locked

COOKIE = "__Host-signpost-talk"
WORDS = "The club in Zwiebelstrasse closed and nobody told us."
SOON = 2.0
"""Seconds within which a card leaves (S1a)."""


@pytest.fixture
def house(tmp_path: Path) -> ChatHouse:
    return ChatHouse(tmp_path)


@pytest.fixture
def parent(house: ChatHouse) -> Parent:
    there = Parent(house)
    there.open()
    return there


def said(name: str, **values: object) -> str:
    rows = load_wording("page").rows
    return str({**load_wording().rows, **rows, **rows["instead"]}[name]).format(**values)


def test_the_first_page_has_a_box_topics_areas_and_the_way_out_and_writes_nothing(
    house: ChatHouse, parent: Parent
) -> None:
    assert 'name="text"' in parent.page.text
    for words in (said("ask"), said("topics"), "East", "West", said("hide"), said("forget"), said("danger")):
        assert words in parent.text
    assert 'href="tel:999"' in parent.page.text
    assert house.talks() == 0


def test_a_question_is_answered_on_a_page_of_its_own_that_reload_does_not_send_again(
    house: ChatHouse, parent: Parent
) -> None:
    parent.press("East")
    assert "Ask at the town hall." in parent.say("how do i get a bus pass")
    assert parent.page.history[-1].status_code == 303
    shown = str(parent.page.url)
    assert "bus" not in shown
    parent.open(shown)
    assert "Ask at the town hall." in parent.replies
    assert house.talks() == 1


def test_what_was_shown_last_opens_with_the_talks_own_cookie_alone(house: ChatHouse, parent: Parent) -> None:
    parent.press("East")
    parent.say("how do i get a bus pass")
    other = Parent(house)
    other.open(str(parent.page.url))
    assert "town hall" not in other.text
    sealed = parse_qs(urlsplit(str(parent.page.url)).query)["shown"][0]
    parent.open(f"/?shown={sealed[:-3]}AAA")
    assert "town hall" not in parent.text


def test_the_same_form_sent_twice_is_one_message_with_the_same_answer(house: ChatHouse, parent: Parent) -> None:
    parent.press("East")
    fields = {**parent.hidden('<form id="say"'), "text": "how do i get a bus pass"}
    first = parent.send(fields)
    assert parent.send(fields) == first
    with house.engine.connect() as connection:
        shown = connection.exec_driver_sql("select sum(n) from counts where what = 'answer'").scalar()
    assert shown == 1


def test_feedback_goes_by_buttons_and_words_to_the_receipt_and_only_the_yes_keeps_words(
    house: ChatHouse, parent: Parent
) -> None:
    parent.press("East")
    parent.say("how do i get a bus pass")
    parent.press(said("button_tell_forum"))
    for label in (said("kind_offer"), said("felt_bad")):
        parent.press(label)
    assert WORDS in parent.say(WORDS)
    assert "shown" not in str(parent.page.url), "words of somebody stand in no address, not even sealed"
    assert b"Zwiebel" not in house.kept()
    receipt = parent.press(said("button_yes"))
    code = re.search(r"[A-Z]+ [A-Z]+ [A-Z]+ \d{4}", receipt)
    assert code is not None, receipt
    assert house.record(1).words(house.seals) == WORDS
    assert b"Zwiebel" not in house.kept(), "sealed"
    assert said("state_new") in parent.say(f"what happened to {code[0]}")
    assert WORDS in parent.say("/mydata")


def test_words_of_several_lines_are_kept_as_they_were_shown(house: ChatHouse, parent: Parent) -> None:
    parent.press("East")
    parent.say("/feedback")
    parent.press(said("nothing_in_particular"))
    parent.press(said("kind_other"))
    parent.press(said("button_skip"))
    parent.say("one line\nand another")
    parent.press(said("button_yes"))
    assert house.record(1).words(house.seals) == "one line\nand another"


def test_a_talk_without_feedback_leaves_no_typed_word_behind(
    house: ChatHouse, parent: Parent, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for words in (
        "we live in east and zwiebelkuchen",
        "is there a club for zwiebelkuchen",
        "my dad hits me zwiebelkuchen",
    ):
        parent.say(words)
    left = "".join(record.getMessage() for record in caplog.records)
    assert b"zwiebelkuchen" not in house.kept().lower()
    assert "zwiebelkuchen" not in left.lower()
    assert "192.0.2.7" not in left
    assert b"192.0.2.7" not in house.kept()
    token = parent.http.cookies[COOKIE].partition(".")[2]
    assert token.encode() not in house.kept(), "the database cannot lead back to the browser"


def test_messages_of_one_talk_that_come_to_two_servers_at_once_are_answered_one_after_the_other(
    house: ChatHouse, parent: Parent, tmp_path: Path
) -> None:
    servers = (house, ChatHouse(tmp_path))
    fields = parent.hidden('<form id="say"')
    cookies = dict(parent.http.cookies)

    def send(number: int) -> None:
        one = Parent(servers[number % 2])
        one.http.cookies.update(cookies)
        one.send({**fields, "once": str(number), "text": "my child does not sleep"})

    with ThreadPoolExecutor(8) as together:
        list(together.map(send, range(8)))
    state = house.chat.door.talks.state(Token(parent.http.cookies[COOKIE].partition(".")[2], 0).chat, house.clock())
    assert state.turns == 8, "each from the state that the one before it left"


@pytest.mark.parametrize("words", ["i want to die", "my dad hits me"])
def test_danger_brings_the_card_in_the_middle_of_feedback(house: ChatHouse, parent: Parent, words: str) -> None:
    parent.press("East")
    parent.say("/feedback")
    parent.press(said("nothing_in_particular"))
    shown = parent.say(words)
    assert 'class="reply crisis card"' in parent.page.text
    assert "999" in shown
    assert 'href="tel:999"' in parent.page.text
    assert said("void_by_danger") in shown


def test_a_card_leaves_at_once_while_the_database_lets_nobody_read(house: ChatHouse, parent: Parent) -> None:
    house.engine.dispose()
    with locked(house.file, readers_too=True):
        began = time.monotonic()
        shown = parent.say("i want to die")
        took = time.monotonic() - began
    note(f"card on the web page with a database that lets nobody read: {took:.2f} s")
    assert "999" in shown
    assert took < SOON


def test_answers_go_on_without_the_database_and_say_that_nothing_is_saved(house: ChatHouse, parent: Parent) -> None:
    house.engine.dispose()
    with locked(house.file, readers_too=True):
        shown = parent.say("my child does not sleep")
    assert "Ask the GP." in shown
    assert said("not_saved") in shown


def test_danger_is_heard_from_a_form_that_is_out_of_date(house: ChatHouse, parent: Parent) -> None:
    fields = {**parent.hidden('<form id="say"'), "text": "i want to die"}
    parent.http.cookies.clear()
    assert "999" in parent.send({**fields, "mark": "0"})
    assert 'class="reply crisis card"' in parent.page.text
    assert house.talks() == 0


def test_a_form_that_is_out_of_date_changes_nothing_and_says_so(house: ChatHouse, parent: Parent) -> None:
    fields = {**parent.hidden('<form id="say"'), "text": "my child does not sleep"}
    house.clock.on(hours=25)
    assert said("page_old") in parent.send(fields)
    assert house.talks() == 0
    assert "Ask the GP." in parent.say("my child does not sleep"), "the page that was shown then works"


def test_a_browser_that_keeps_no_cookies_has_its_talk_from_the_second_message_on(
    house: ChatHouse, parent: Parent
) -> None:
    parent.http.cookies.clear()
    assert said("page_old") in parent.press("East")
    for words in (None, "how do i get a bus pass", "say that again"):
        parent.http.cookies.clear()
        if words is None:
            parent.press("East")
        else:
            assert "Ask at the town hall." in parent.say(words)
    assert house.talks() == 1


def test_a_talk_ends_a_day_after_its_last_message(house: ChatHouse, parent: Parent) -> None:
    parent.press("East")
    first = parent.http.cookies[COOKIE]
    house.clock.on(hours=20)
    parent.say("hello")
    house.clock.on(hours=20)
    parent.open()
    assert parent.http.cookies[COOKIE].partition(".")[2] == first.partition(".")[2]
    house.clock.on(hours=24)
    parent.open()
    assert parent.http.cookies[COOKIE].partition(".")[2] != first.partition(".")[2]


def test_the_cookie_is_for_this_host_over_tls_alone_and_ends_with_the_browser(house: ChatHouse) -> None:
    there = Parent(house)
    there.open()
    cookie = there.page.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for part in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert part in cookie
    assert "expires" not in cookie.lower()
    assert "max-age" not in cookie.lower()


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere.test"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
def test_another_site_cannot_send_a_message(house: ChatHouse, parent: Parent, headers: dict[str, str]) -> None:
    fields = {**parent.hidden('<form id="press"'), "text": "/forget"}
    parent.send(fields, headers)
    assert parent.page.status_code == 403
    assert house.talks() == 0


def test_forgetting_leaves_nothing_and_the_next_message_begins_another_talk(house: ChatHouse, parent: Parent) -> None:
    parent.press("East")
    before = parent.http.cookies[COOKIE]
    assert house.talks() == 1
    assert "Telegram" not in parent.press(said("forget"))
    assert "Done." in parent.replies
    assert house.talks() == 0
    assert parent.http.cookies[COOKIE].partition(".")[2] != before.partition(".")[2]
    assert said("where") in parent.open(), "the area is asked again"


def test_leaving_takes_the_cookie_away(house: ChatHouse, parent: Parent) -> None:
    parent.press("East")
    answer = parent.http.post("/talk/end", headers={"origin": "https://desk.test"})
    assert answer.status_code == 204
    assert COOKIE not in parent.http.cookies


def test_a_link_leads_to_a_topic_of_an_area_and_the_talk_goes_on_from_it(house: ChatHouse, parent: Parent) -> None:
    assert "Ask at the town hall." in parent.open("/?area=east&topic=east/bus-pass")
    assert house.talks() == 0, "following a link stores nothing"
    assert "Ask at the town hall." in parent.say("say that again")
    assert said("where_is", area="East") in parent.text


@pytest.mark.parametrize(
    "query", ["area=nowhere", "topic=east/none", "area=%00", "shown=%FF", "colour=%22%3E", "q=help"]
)
def test_a_link_that_leads_nowhere_is_the_first_page(parent: Parent, query: str) -> None:
    assert said("ask") in parent.open(f"/?{query}")
    assert parent.page.status_code == 200


def test_easy_read_is_offered_at_the_start_and_stays(parent: Parent) -> None:
    parent.press(said("easy_offer"))
    assert 'class="easy"' in parent.page.text
    parent.open()
    assert 'class="easy"' in parent.page.text
    assert said("easy_offer") not in parent.text


def test_who_sends_too_much_waits_but_danger_is_still_heard(house: ChatHouse, parent: Parent) -> None:
    house.chat.door.limits._seconds = lambda: 0.0
    for _ in range(TALK_MOST):
        parent.say("hello")
    assert said("too_many") in parent.say("hello")
    assert 'class="reply crisis card"' not in parent.page.text
    parent.say("i want to die")
    assert 'class="reply crisis card"' in parent.page.text
    other = Parent(house, "198.51.100.9")
    other.open()
    assert said("too_many") not in other.say("hello")
    house.chat.door.limits._seconds = lambda: 60.0
    assert said("too_many") not in parent.say("hello")


def test_an_address_that_floods_is_told_the_numbers_and_no_more(house: ChatHouse, parent: Parent) -> None:
    limits = house.chat.door.limits
    limits._seconds = lambda: 0.0
    verdicts = [limits.note("192.0.2.7", f"web:{number}") for number in range(ADDRESS_END)]
    assert verdicts.index("many") == ADDRESS_MOST
    parent.say("hello")
    assert parent.page.status_code == 429
    assert "999" in parent.page.text


def test_two_servers_share_one_limit_and_the_database_holds_no_address(
    house: ChatHouse, parent: Parent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.chat.door.SHARE_SECONDS", 0.0)
    other = ChatHouse(tmp_path)
    minute = int(house.clock().timestamp()) // 60
    for _ in range(TALK_MOST // 2):
        parent.say("hello")
    there = Parent(other)
    there.http.cookies.update(parent.http.cookies)
    there.open()
    answers = []
    for _ in range(TALK_MOST // 2 + 3):
        answers.append(there.say("hello"))
        time.sleep(0.02)
    assert said("too_many") in answers[-1]
    with house.engine.connect() as connection:
        rows = connection.exec_driver_sql("select key, hour from guesses").all()
    assert rows
    assert all(hour == -1 - minute for _, hour in rows)
    assert all(len(key) == 32 for key, _ in rows)
    assert b"192.0.2.7" not in house.kept()
    house.chat.door.talks.rated(minute + 1, {b"x" * 32: 1})
    with house.engine.connect() as connection:
        assert [hour for (hour,) in connection.exec_driver_sql("select hour from guesses")] == [-2 - minute], (
            "the minute is over"
        )


def test_the_counts_of_a_minute_go_though_nobody_writes_any_more(
    house: ChatHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.chat.door.SHARE_SECONDS", 0.0)
    monkeypatch.setattr("bot.web.chat.door.FORGET_SECONDS", 0.3)

    def counted() -> int:
        with house.engine.connect() as connection:
            return int(connection.exec_driver_sql("select count(*) from guesses").scalar() or 0)

    async def one_message() -> None:
        house.chat.door.note("192.0.2.7", "a talk")
        while counted() == 0:
            await asyncio.sleep(0.01)
        while counted() > 0:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(one_message(), 20))
    minute = int(house.clock().timestamp()) // 60
    house.chat.door.talks.rated(minute - 1, {b"x" * 32: 1})
    ChatHouse(tmp_path)
    assert counted() == 0, "what a process left is gone with the start of the next"


def test_only_the_named_sites_may_frame_the_page_and_only_its_own_address(tmp_path: Path) -> None:
    closed, open_ = ChatHouse(tmp_path / "a"), ChatHouse(tmp_path / "b", framed_by=("https://offer.test",))
    for house, path, allowed in (
        (closed, "/embed", "'none'"), (open_, "/embed", "https://offer.test"), (open_, "/", "'none'"),
        (open_, "/desk/sign-in", "'none'"),
    ):  # fmt: skip
        there = Parent(house)
        there.open(path)
        assert f"frame-ancestors {allowed}" in there.page.headers["content-security-policy"]
    assert "set-cookie" not in Parent(open_).http.get("/embed").headers


def test_within_a_frame_the_talk_stands_in_the_page_and_no_cookie_is_set(tmp_path: Path) -> None:
    house = ChatHouse(tmp_path, framed_by=("https://offer.test",))
    there = Parent(house)
    there.open("/embed?area=east&colour=0b4f57")
    assert 'data-colour="#0b4f57"' in there.page.text
    assert "Ask at the town hall." in there.say("how do i get a bus pass")
    there.press(said("forget"))
    assert not there.http.cookies
    assert house.talks() == 0


def test_the_script_for_other_sites_may_be_loaded_by_them(parent: Parent) -> None:
    answer = parent.http.get("/embed.js")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_what_changed_can_be_read_by_everybody(house: ChatHouse, parent: Parent) -> None:
    house.give(
        WORDS, state="done", published=True, public_words="The club closed.", done_text="It is open again.",
    )  # fmt: skip
    assert "The club closed." in parent.open("/you-said-we-did?area=east")
    assert "It is open again." in parent.text
    assert "The club closed." not in parent.open("/you-said-we-did?area=west")
    assert parent.open("/you-said-we-did?area=nowhere")


@pytest.mark.parametrize(
    "fields",
    [{"text": ""}, {"press": "none:such"}, {"text": "\x00"}, {"text": "a" * 15_000}, {"quoted": "x"}, {"text": "😀" * 5_000}],
)  # fmt: skip
def test_whatever_is_sent_gets_a_calm_reply(parent: Parent, fields: dict[str, str]) -> None:
    assert parent.send({**parent.hidden('<form id="say"'), **fields})
    assert parent.page.status_code == 200


def fails(*_: object, **__: object) -> object:
    raise RuntimeError("zwiebel")


def test_if_anything_raises_the_numbers_are_there(
    house: ChatHouse, parent: Parent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.chat.door.talks, "hear", fails)
    assert "999" in parent.say("hello")


def test_the_page_is_small_and_asks_nobody_else(parent: Parent) -> None:
    own = [len(parent.page.content)]
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', parent.page.text):
        answer = parent.http.get(address)
        assert answer.status_code == 200
        own.append(len(answer.content))
    assert not re.search(r'(?:src|action)="(?:https?:)?//', parent.page.text)
    assert "script-src 'self'; style-src 'self'" in parent.page.headers["content-security-policy"]
    note(f"chat page: {sum(own)} bytes of our own in {len(own)} requests")
    assert sum(own) < 60_000


def test_what_is_not_there_is_told_to_families_on_a_page_of_theirs(house: ChatHouse, parent: Parent) -> None:
    for path in ("/nothing", "/talk/none", "/static/none.css"):
        parent.open(path)
        assert parent.page.status_code == 404
        for words in (said("lost_title"), said("hide"), said("danger")):
            assert words in parent.text, path
        assert 'href="tel:999"' in parent.page.text
        assert "desk" not in parent.text
    assert "forum desk" in parent.open("/desk/nothing"), "staff have theirs"


def test_what_fails_is_told_to_families_on_a_page_of_theirs(
    house: ChatHouse, parent: Parent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.chat.door.talks, "changes", fails)
    shown = parent.open("/you-said-we-did?area=east")
    assert parent.page.status_code == 500
    assert said("failed_title") in shown
    assert said("hide") in shown
    assert "zwiebel" not in parent.page.text


@pytest.mark.parametrize("path", ["/talk", "/talk/paper", "/talk/date"])
def test_the_address_of_a_form_opened_from_a_history_leads_to_the_first_page(parent: Parent, path: str) -> None:
    assert said("ask") in parent.open(path)
    assert parent.page.url.path == "/"


def test_a_card_knows_the_area_of_the_talk_and_who_writes(guide: Guide, tmp_path: Path) -> None:
    house = ChatHouse(tmp_path, guide)
    there = Parent(house)
    there.open()
    there.press("Wirral")
    there.press(said("button_young_person"))
    shown = there.say("i want to die")
    wirral = house.chat.guide.area("wirral")
    assert wirral is not None
    assert wirral.crisis is not None
    assert wirral.crisis.name in shown
