"""What is remembered of a talk: ids and counts, never words (P1); what an older version wrote; what fades, is shown, is forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import Engine, select, update

from bot.chat_json import state_json
from conversations.engine import act_of, step
from conversations.guide import Guide
from conversations.keys.talk_key import load_secrets
from conversations.records.store import open_store
from conversations.records.tables import talks
from conversations.records.talks import faded, read_state, write_state
from conversations.replies.answers import ALL
from conversations.retention import SETTINGS_DAYS, TOPIC_HOURS
from conversations.steps.acts import ActKind
from conversations.talks import Talks
from conversations.turns import BANDS, Message, State, plain
from knowledge.entries import AUDIENCES, CRISIS, FACETS

CHAT = "7700900456"
DLA, BADGE, SLEEP = "national/dla-child", "national/blue-badge", "national/sleep"
FULL = State(
    area="wirral", audience="parent", topics=(DLA, SLEEP), shown="refused", offered=(BADGE,), offered_for=("refused",), offered_turns=2, band="5-15",
    missed=1, worry="suicide", worry_turns=3, turns=9, forum_offered=(DLA,), told=("wall",), rated=(DLA,),
)  # fmt: skip
"""A talk in which there is something of everything."""

TALK = (
    ("how do i claim dla for my son zephyrine", "question"),
    ("what if they say no, asks ottoline", "facet"),
    ("he is 17", "correct"),
    ("no i meant the blue badge, zephyrine", None),
    ("newsletter or respite for peregrine", None),
    ("2", "select"),
    ("none of them", None),
    ("back to the dla thing", "return"),
    ("shorter please", "repair"),
    ("thank you", "social"),
    ("nobody listens to me", "feeling"),
    ("quillfeather pumpernickel gallimaufry", None),
    ("i live in wirral near thistlewood road", None),
    ("i want to kill myself, signed wolfgang", None),
    ("ok what now", "after-card"),
    ("im 16 and called marmaduke", None),
    ("lets start again", None),
)
"""A talk with every act, and what each must be where the test asks for it."""
UNUSUAL = (
    "zephyrine",
    "ottoline",
    "peregrine",
    "quillfeather",
    "pumpernickel",
    "gallimaufry",
    "thistlewood",
    "wolfgang",
    "marmaduke",
)


def strings(state: State) -> Iterator[tuple[str, str]]:
    """Every text in a state, with the field that holds it."""
    for name, value in asdict(state).items():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str):
                yield name, one


def known(guide: Guide) -> dict[str, set[str]]:
    """What may stand in each field that holds texts: names of the program and of the content."""
    entries = set(guide.library.by_id)
    own = {facet.name for entry in guide.library.entries for facet in (*entry.facets, *entry.young.facets)}
    safety = guide.library.safety
    assert safety is not None
    return {
        "area": {*guide.library.area_by_id, "elsewhere"},
        "audience": {*AUDIENCES},
        "language": {"en"},
        "topics": entries,
        "shown": {*FACETS, *own, ALL, "contact"},
        "offered": entries,
        "offered_for": {*FACETS, *own, ""},
        "band": {*BANDS},
        "worry": {card.kind for card in safety.cards},
        "asked": {"area"},
        "forum_offered": entries,
        "told": {"wall", *guide.wording.rows},
        "rated": entries,
    }


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path / 'kept.sqlite3'}")


@pytest.fixture
def hearing(guide: Guide, engine: Engine, tmp_path: Path) -> Talks:
    return Talks(guide, engine, load_secrets(tmp_path / "keys"))


def put(engine: Engine, hearing: Talks, written: str, now: datetime) -> None:
    """Have a row stand in the database as another version, or another talk, left it."""
    hearing.hear(CHAT, Message(text="hello"), now)
    with engine.begin() as connection:
        connection.execute(update(talks).values(state=written, before=None, touched=int(now.timestamp())))


# -- no words


def test_a_talk_with_every_act_leaves_ids_and_counts_and_no_word(guide: Guide, now: datetime) -> None:
    state, seen = State(area="wirral", audience="parent"), set()
    for text, wanted in TALK:
        found = act_of(state, text, guide, now)
        assert wanted in (None, found.kind), (text, found)
        seen.add(found.kind)
        state = step(state, Message(text=text), guide, now).state
        for name, value in strings(state):
            assert value in known(guide)[name], (text, name, value)
        assert not [word for word in UNUSUAL if word in json.dumps(state_json(state)).lower()]
    assert seen == {*get_args(ActKind)}


def test_the_words_of_such_a_talk_stand_in_no_row(hearing: Talks, engine: Engine, now: datetime) -> None:
    for number, (text, _) in enumerate(TALK):
        hearing.hear(CHAT, Message(text=text, number=number), now)
        with engine.begin() as connection:
            row = connection.execute(select(talks.c.state, talks.c.before)).one()
        assert not [word for word in UNUSUAL if word in f"{row.state} {row.before}".lower()]


def test_an_age_leaves_its_band_and_not_the_number(guide: Guide, now: datetime) -> None:
    state = step(State(area="wirral", topics=(DLA,)), Message(text="he is 13"), guide, now).state
    assert state.band == "5-15"
    assert "13" not in write_state(state)


# -- as it is written and read


def test_a_state_comes_back_as_it_was_written() -> None:
    assert read_state(write_state(FULL)) == FULL


def test_the_last_entry_of_an_older_version_becomes_a_topic() -> None:
    assert read_state(json.dumps({"area": "wirral", "last": SLEEP})) == State(area="wirral", topics=(SLEEP,))


def test_where_topics_stand_beside_it_they_count() -> None:
    assert read_state(json.dumps({"last": SLEEP, "topics": [DLA]})).topics == (DLA,)


def test_a_card_that_an_older_version_wrote_as_the_last_entry_is_no_topic() -> None:
    assert read_state(json.dumps({"area": "wirral", "last": CRISIS})) == State(area="wirral")


def test_a_follow_up_after_an_upgrade_leans_on_what_the_older_version_showed(
    hearing: Talks, engine: Engine, now: datetime
) -> None:
    put(engine, hearing, json.dumps({"area": "wirral", "audience": "parent", "last": DLA}), now)
    reply = hearing.hear(CHAT, Message(text="what if they say no"), now).turn.replies[0]
    assert (reply.entry, reply.facet) == (DLA, "refused")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("topics", DLA),
        ("topics", [1]),
        ("shown", 3),
        ("offered_turns", "two"),
        ("offered_turns", True),
        ("band", 9),
        ("worry", ["suicide"]),
        ("turns", None),
        ("last", 7),
    ],
)
def test_what_is_damaged_is_passed_over_and_the_rest_is_read(field: str, value: object) -> None:
    assert read_state(json.dumps({"area": "wirral", field: value})) == State(area="wirral")


def test_an_entry_that_is_gone_is_no_topic_of_the_talk(hearing: Talks, engine: Engine, now: datetime) -> None:
    put(engine, hearing, json.dumps({"area": "wirral", "topics": ["national/gone"], "offered": ["national/gone"]}), now)
    for text in ("what if they say no", "2", "say that again", "/mydata"):
        assert hearing.hear(CHAT, Message(text=text), now).turn.replies


def test_the_json_of_a_state_still_tells_the_last_entry() -> None:
    assert state_json(FULL)["last"] == DLA
    assert state_json(FULL)["topics"] == [DLA, SLEEP]
    assert state_json(State())["last"] is None


# -- how long (P8)


def test_what_was_asked_about_is_remembered_for_a_day_and_what_was_chosen_for_a_month() -> None:
    assert faded(FULL, TOPIC_HOURS * 3_600 - 1) == FULL
    assert faded(FULL, TOPIC_HOURS * 3_600 + 1) == State(area="wirral", audience="parent")
    assert faded(FULL, SETTINGS_DAYS * 86_400 + 1) == State()


def test_topics_offer_band_and_worry_fade_in_the_database_too(hearing: Talks, engine: Engine, now: datetime) -> None:
    put(engine, hearing, write_state(FULL), now)
    before = hearing.state(CHAT, now + timedelta(hours=TOPIC_HOURS - 1))
    assert (before.topics, before.offered, before.band, before.worry) == ((DLA, SLEEP), (BADGE,), "5-15", "suicide")
    after = hearing.state(CHAT, now + timedelta(hours=TOPIC_HOURS + 1))
    assert (after.topics, after.offered, after.band, after.worry, after.shown) == ((), (), None, None, None)
    assert after.area == "wirral"


# -- shown and forgotten (P6, P7)


def test_mydata_shows_topics_offer_band_and_card(hearing: Talks, engine: Engine, guide: Guide, now: datetime) -> None:
    put(engine, hearing, write_state(FULL), now)
    shown = plain(hearing.hear(CHAT, Message(text="/mydata"), now).turn.replies[0])
    for id_ in (DLA, SLEEP, BADGE):
        assert guide.library.by_id[id_].title in shown
    for name in ("data_last", "data_offered", "data_band", "data_worry"):
        assert guide.wording(name) in shown
    assert guide.wording("age_5-15") in shown
    assert "suicide" not in shown, "whoever holds the phone may not be the one who wrote"


def test_every_band_has_a_name_in_mydata(hearing: Talks, engine: Engine, guide: Guide, now: datetime) -> None:
    for band in BANDS:
        put(engine, hearing, write_state(replace(State(), band=band)), now)
        shown = plain(hearing.hear(CHAT, Message(text="/mydata"), now).turn.replies[0])
        assert guide.wording(f"age_{band}") in shown


def test_mydata_says_that_nothing_is_held_where_nothing_is(hearing: Talks, guide: Guide, now: datetime) -> None:
    shown = plain(hearing.hear(CHAT, Message(text="/mydata"), now).turn.replies[0])
    assert guide.wording("my_data_none") in shown


def test_forget_clears_all_of_it(hearing: Talks, engine: Engine, now: datetime) -> None:
    put(engine, hearing, write_state(FULL), now)
    assert hearing.hear(CHAT, Message(text="/forget"), now).turn.replies[0].kind == "forgotten"
    with engine.begin() as connection:
        assert connection.execute(select(talks.c.key)).all() == []
    assert hearing.state(CHAT, now) == State()


def test_start_clears_what_was_asked_about(guide: Guide, now: datetime) -> None:
    after = step(FULL, Message(text="/start"), guide, now).state
    assert replace(after, asked=None, turns=0) == State()
