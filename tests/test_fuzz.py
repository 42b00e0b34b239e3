"""Hostile content, texts, updates and forms, made by Hypothesis: nothing raises, nothing is silent, nothing takes long (M8, S8).

The same few examples each time; `SIGNPOST_FUZZ=5000 ./run test tests/test_fuzz.py` makes so many, and other ones.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import Update

from bot.telegram.html import draw
from bot.telegram.updates import to_message
from conversations.engine import step
from conversations.feedback.consent import MOST_UNITS, masked
from conversations.guide import Guide
from conversations.masking.mask import spans
from conversations.masking.public_details import public_of
from conversations.turns import Message, State
from knowledge.danger.detector import Danger, danger
from knowledge.loader import ContentError, load
from knowledge.text.said import Said
from tests.support.chat_visitor import ChatHouse, Parent
from tests.support.clock import NOON
from tests.support.desk_visitor import Visitor
from tests.support.figures import note

MORE = os.environ.get("SIGNPOST_FUZZ")
few = settings(
    max_examples=int(MORE or 10), derandomize=MORE is None, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip
pytestmark = pytest.mark.slow

PIECES = (
    "my son", "is it free", "not the plan", "i want to die", "/forget", "/feedback", "yes", "2", "ok ", "07700 900123", "M14 5AB", "12 Elm Road", "born 1/2/2015",
    "\n", " ", "…", "\u200b", "\u202e", "\ud800", "\x00", "<b>", "&amp;", "{area}", "%s", "'; drop table feedback;--", "ﷺ", "é", "e\u0301", "😀", "０", "@", "https://x.test/",
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.builds(lambda piece, times: piece * times, st.sampled_from(PIECES), st.integers(2, 40)),
)
"""Anything, what families and attackers write side by side, and one thing many times."""


@few
@given(text=texts)
def test_danger_is_judged_whatever_the_text(text: str) -> None:
    found = danger(text)
    assert found is None or isinstance(found, Danger)
    assert danger(f"{text}\n\ni want to die. please help me") is not None, "wherever it stands (S1b)"


@few
@given(text=texts, area=st.sampled_from([None, "wirral", "nowhere"]))
def test_the_matcher_answers_whatever_the_text(guide: Guide, text: str, area: str | None) -> None:
    typed = text.encode("utf-8", "ignore").decode()
    found = guide.matcher.find(Said.read(typed, guide.library), area)
    assert len(found.choices) <= 3
    assert found == guide.matcher.find(Said.read(typed, guide.library), area)


@few
@given(text=texts)
def test_masking_leaves_no_detail_that_it_found(guide: Guide, text: str) -> None:
    public, plain = public_of(guide.library), text.encode("utf-8", "ignore").decode()
    found = spans(plain, public)
    assert all(0 <= one.start < one.end <= len(plain) for one in found)
    assert all(before.end <= after.start for before, after in zip(found, found[1:], strict=False))
    words, _ = masked(plain, guide)
    assert masked(words, guide)[0] == words
    for number in (
        re.findall(r"07700 900123", plain) if not re.search(r"[\d.,/£$€-]07700|900123[\w.,/-]", plain) else ()
    ):
        assert number not in words


@few
@given(said=st.lists(texts, min_size=1, max_size=4))
def test_a_talk_goes_on_whatever_is_typed(guide: Guide, said: list[str]) -> None:
    state = State(area="wirral", audience="parent")
    for text in said:
        turn = step(state, Message(text=text), guide, NOON)
        assert turn.replies
        assert all(part.html.strip() for reply in turn.replies for part in draw(reply))
        state = turn.state
        assert all(len(str(value)) < MOST_UNITS for value in vars(state).values() if isinstance(value, str))


@few
@given(
    press=st.one_of(
        texts,
        st.builds(
            lambda verb, rest: f"{verb}:{rest}",
            st.sampled_from(["a", "t", "f", "fy", "fd", "fw", "qa", "m", "w"]),
            texts,
        ),
    ),
    quoted=st.none() | texts,
)
def test_a_button_that_nobody_made_is_met_calmly(guide: Guide, press: str, quoted: str | None) -> None:
    turn = step(State(area="wirral", preview="feedback:00"), Message(press=press, quoted=quoted), guide, NOON)
    assert turn.replies
    assert not [event for event in turn.events if type(event).__name__ in ("FeedbackGiven", "QuestionKept")]


MOST_SECONDS = 4.0
"""Of the processor, on a slow one, for a message of 6,000 characters from judging danger to its reply."""


@pytest.mark.parametrize("piece", ["x", "ok ", "not the plan, ", "what is is ", "my son. "])
def test_the_longest_message_is_answered_in_bounded_time(guide: Guide, piece: str) -> None:
    text, state = (
        (piece * 6_000)[:6_000],
        State(area="wirral", preview="feedback:00", topics=("national/ehcp-request",)),
    )
    begin = time.thread_time()
    assert step(state, Message(text=text), guide, NOON).replies
    took = time.thread_time() - begin
    note(f"a message of 6,000 characters of {piece!r}: {took:.2f} s")
    assert took < MOST_SECONDS


numbers = st.integers(-(2**70), 2**70)
users = st.fixed_dictionaries(
    {"id": numbers, "is_bot": st.booleans(), "first_name": texts}, optional={"username": texts, "language_code": texts}
)
chats = st.fixed_dictionaries(
    {"id": numbers, "type": st.sampled_from(["private", "group", "supergroup", "channel", "x"])}
)
entities = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["bold", "blockquote", "bot_command", "x"]),
            "offset": st.integers(-5, 99),
            "length": st.integers(-5, 99),
        }
    ),
    max_size=2,
)
posts = st.fixed_dictionaries(
    {"message_id": numbers, "date": st.integers(0, 2**31 - 1), "chat": chats},
    optional={"from": users, "text": texts, "caption": texts, "entities": entities, "media_group_id": texts, "message_thread_id": numbers,
              "sticker": st.just({}), "dice": st.just({"emoji": "🎲", "value": 3})},
)  # fmt: skip
presses = st.fixed_dictionaries(
    {"id": texts, "from": users, "chat_instance": texts}, optional={"message": posts, "data": texts}
)
updates = st.fixed_dictionaries(
    {"update_id": numbers}, optional={"message": posts, "edited_message": posts, "callback_query": presses}
)


@few
@given(raw=updates)
def test_an_update_becomes_a_message_or_nothing(raw: dict[str, Any]) -> None:
    update = None
    with contextlib.suppress(
        Exception
    ):  # what the library cannot read is another test's: the door answers it by its chat
        update = Update.de_json(raw, None)
    if update is not None:
        incoming = to_message(update)
        assert incoming is None or incoming.number == raw["update_id"]


YAML = (
    "title",
    "answer",
    "phrases",
    "facets",
    "area",
    "name",
    "- ",
    ": ",
    "\n",
    "  ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!python/object:os.system",
    "|",
    "#",
    "'",
    '"',
    "no",
    "0161",
    "2026-13-45",
    "\t",
    "é",
)
yaml = st.lists(st.sampled_from(YAML), max_size=25).map("".join)


@few
@given(entry=yaml, area=yaml)
def test_content_loads_or_its_faults_are_told(tmp_path_factory: pytest.TempPathFactory, entry: str, area: str) -> None:
    folder = tmp_path_factory.mktemp("content")
    (folder / "east").mkdir()
    (folder / "east/area.yaml").write_text("name: East\ncouncil: East Council\n" + area, encoding="utf-8")
    (folder / "east/money.yaml").write_text(
        "bus-pass: {title: Bus pass, answer: Ask., phrases: [bus]}\n" + entry, encoding="utf-8"
    )
    told = ""
    try:
        load(folder)
    except ContentError as error:
        told = str(error)
    assert not told or "east" in told


fields = st.dictionaries(
    st.sampled_from(
        ["text", "press", "quoted", "token", "mark", "once", "framed", "part", "area", "topic", "colour", "x"]
    ),
    texts,
    max_size=6,
)


@pytest.fixture
def parent(tmp_path: Path) -> Parent:
    house = ChatHouse(tmp_path)
    house.chat.door.limits.note = lambda address, chat: "good"  # type: ignore[method-assign]
    return Parent(house)


@few
@given(sent=fields)
def test_whatever_a_form_sends_the_chat_page_stays_calm(parent: Parent, sent: dict[str, str]) -> None:
    parent.open()
    plain = {name: value.encode("utf-8", "ignore").decode() for name, value in sent.items()}
    parent.send({**parent.hidden('<form id="say"'), **plain})
    assert parent.page.status_code == 200
    assert "<script>alert" not in parent.page.text


@pytest.fixture
def ann(tmp_path: Path) -> Visitor:
    house = ChatHouse(tmp_path)
    house.give("The bus is late", state="new")
    return house.signed_in("ann", ("reviewer", "council", "editor", "admin", "safeguarding"))


FORMS = (
    "/desk/feedback/1", "/desk/feedback/1/undo", "/desk/feedback/1/publish", "/desk/inbox/bulk", "/desk/council/1", "/desk/questions", "/desk/changes", "/desk/staff",
    "/desk/export", "/desk/report/east/2026", "/desk/safeguarding/1", "/desk/account", "/desk/sign-in", "/desk/set-up",
)  # fmt: skip
NAMES = ("state", "theme", "note", "response", "public_words", "do", "id", "version", "area", "role", "name", "since", "until", "format", "password", "again", "code",
         "next", "kept", "stands", "entry", "words", "change")  # fmt: skip


@few
@given(path=st.sampled_from(FORMS), sent=st.lists(st.tuples(st.sampled_from(NAMES), texts), max_size=6))
def test_whatever_a_form_sends_the_desk_stays_calm(ann: Visitor, path: str, sent: list[tuple[str, str]]) -> None:
    plain = [(name, value.encode("utf-8", "ignore").decode()) for name, value in sent]
    page = ann.post(path, [("mark", ann.mark), *plain])
    assert page.status_code < 500, urlencode(plain)
    assert "<script>alert" not in page.text
