"""A long question has a case of its own: the sides that it asks for come first, and stand behind what is offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from conversations.engine import hearing_of, step
from conversations.guide import Guide
from conversations.replies.answers import FIRST_WORDS, facet_names
from conversations.replies.prompts import offer
from conversations.steps.commands import _topic_rows
from conversations.steps.sides import LIKELIEST, Sides
from conversations.turns import Message, State, Turn, plain
from knowledge.entries import CRISIS, Audience

SENT_HOME = (
    "School ring me every day to fetch him early, he is six, and it is never written down as an exclusion. I have lost one job over it. "
    "Is it even legal to send a child home like that and not call it a suspension?"
)
SHARED_HELPER = (
    "Our boy has a plan with 25 hours or equivalent in section F. The SENCO says they will not take anybody on and he shares the helper "
    "of the class with everybody else. Can I ask how the hours are used? It feels as if nothing has changed since he got the plan"
)
EXCLUSION = "national/exclusion"


def said(text: str, guide: Guide, now: datetime, state: State | None = None) -> Turn:
    return step(state or State(area="wirral", audience="parent"), Message(text=text), guide, now)


def test_under_an_answer_the_sides_that_a_long_question_asks_for_come_first(guide: Guide, now: datetime) -> None:
    turn = said(SENT_HOME, guide, now)
    reply = turn.replies[0]
    assert reply.entry == EXCLUSION
    house = facet_names(guide.library.by_id[EXCLUSION].said_to("parent"))
    assert "sent-home" in reply.facets[:LIKELIEST]
    assert "sent-home" not in house[:LIKELIEST]
    assert sorted(reply.facets) == sorted(house), "none is lost"
    assert any(button.id.endswith(":sent-home") for row in reply.buttons for button in row)


def test_a_short_question_leaves_the_order_of_the_house(guide: Guide, now: datetime) -> None:
    reply = said("school exclusion", guide, now).replies[0]
    assert reply.entry == EXCLUSION
    assert list(reply.facets) == facet_names(guide.library.by_id[EXCLUSION].said_to("parent"))


def test_what_is_offered_for_a_side_brings_it_by_button_and_by_number(guide: Guide, now: datetime) -> None:
    entry = guide.library.by_id[EXCLUSION]
    facet = entry.said_to("parent").facet("sent-home")
    assert facet is not None
    state = State(area="wirral", audience="parent").offering(["national/blue-badge", EXCLUSION], ["", facet.name])
    pressed = step(state, Message(press=guide.facet_button(entry, facet.name, entry.title).id), guide, now)
    typed = said("2", guide, now, state)
    assert plain(pressed.replies[0]) == plain(typed.replies[0])
    for turn in (pressed, typed):
        assert turn.replies[0].entry == entry.id
        assert turn.state.shown == facet.name
    text = " ".join(plain(typed.replies[0]).split())
    assert " ".join(facet.text.split()) in text
    assert len(text.split()) <= FIRST_WORDS


def test_a_list_tells_for_which_side_it_offers_an_entry(guide: Guide, now: datetime) -> None:
    entries = [guide.library.by_id[EXCLUSION], guide.library.by_id["national/blue-badge"]]
    reply = offer(entries, guide, State(area="wirral"), now, behind=["sent-home", ""])
    facet = entries[0].said_to("parent").facet("sent-home")
    assert facet is not None
    assert f"{entries[0].title}: {facet.label}" in plain(reply)
    assert reply.buttons[0][0].id.endswith(":sent-home")
    assert reply.buttons[1][0].id.startswith("e:")


def test_what_is_offered_anew_forgets_what_was_offered_for(guide: Guide) -> None:
    before = State().offering(["national/blue-badge", EXCLUSION], ["refused", ""])
    assert before.offering([EXCLUSION]).offered_for == ()


def test_the_best_find_of_a_long_question_is_always_shown_first(guide: Guide, now: datetime) -> None:
    for text in (SENT_HOME, SHARED_HELPER):
        reply = said(text, guide, now).replies[0]
        best = next(entry for entry, _ in reply.top if entry != CRISIS)
        assert best == (reply.entry or reply.choices[0])


def test_the_sentences_that_ask_are_read_beside_the_whole(guide: Guide, now: datetime) -> None:
    hearing = hearing_of(State(area="wirral", audience="parent"), SENT_HOME, guide, now)
    pieces = hearing.match.pieces
    assert pieces
    assert "legal" in pieces[0][0], "the question itself is the surest"
    assert [share for _, share in pieces] == sorted((share for _, share in pieces), reverse=True)
    assert Sides(hearing).first(guide.library.by_id[EXCLUSION])
    assert not Sides(replace(hearing, said=hearing_of(State(), "blue badge", guide, now).said)).first(
        guide.library.by_id[EXCLUSION]
    )


def test_only_a_short_message_is_said_to_ask_for_two_things(guide: Guide, now: datetime) -> None:
    both = plain(said("how do i get a blue badge and how do i claim dla", guide, now).replies[0])
    story = plain(said(SENT_HOME, guide, now).replies[0])
    also = guide.wording("choices_also", title="").strip()
    assert also in both
    assert also not in story


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("im a senco at a primary school, how do i ask for an assessment", "professional"),
        ("I've just started as SENCO. what do we send with a request for an EHC plan", "professional"),
        ("im 19 and autistic, can i get pip", "young-person"),
        ("im a teacher and my son is being assessed for autism", None),
        ("im 19 and my son is 2, what about nursery", None),
    ],
)
def test_who_somebody_says_they_are_is_remembered(text: str, audience: str | None, guide: Guide, now: datetime) -> None:
    assert said(text, guide, now, State(area="wirral")).state.audience == audience


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [("im a senco", None, "professional"), ("im not a parent", "parent", None), ("im 16", None, "young-person")],
)
def test_it_may_begin_a_talk(
    text: str, before: Audience | None, after: str | None, guide: Guide, now: datetime
) -> None:
    turn = said(text, guide, now, replace(State(area="wirral"), audience=before))
    assert turn.replies[0].kind == "prompt"
    assert turn.state.audience == after


@pytest.mark.parametrize(
    ("text", "name", "stays"),
    [
        ("are you a real person", "computer", True),
        ("so are you a robot", "computer", True),
        ("feeling a bit better", "safe", True),
        ("nvm", "leave", True),
        ("i dont know what to do", "now", True),
        ("i dont feel better", "now", True),
        ("no nothing like that", "meant", False),
        ("im not suicidal, just tired", "meant", True),
    ],
)
def test_after_a_card_people_are_heard(text: str, name: str, stays: bool, guide: Guide, now: datetime) -> None:
    carded = said("i want to kill myself", guide, now)
    turn = said(text, guide, now, carded.state)
    safety = guide.library.safety
    assert safety is not None
    assert next(one.text for one in safety.after if one.name == name) in plain(turn.replies[0])
    assert (turn.state.worry is not None) == stays


@pytest.mark.parametrize("text", ["nobody is helping me", "no ones picking up", "he is here with me", "im 15"])
def test_a_cry_after_a_card_keeps_the_numbers(text: str, guide: Guide, now: datetime) -> None:
    carded = said("i want to kill myself", guide, now)
    turn = said(text, guide, now, carded.state)
    assert turn.state.worry is not None
    assert any("999" in plain(reply) for reply in turn.replies)


def test_what_was_chosen_is_not_outweighed(guide: Guide, now: datetime) -> None:
    for text in (
        "im a teacher at a school in leasowe",
        "as the senco said, how do i ask for a plan",
        "im 19 and tired",
    ):
        assert said(text, guide, now).state.audience == "parent"
    assert said("as the senco said, can i ask for a plan", guide, now, State(area="wirral")).state.audience is None
    assert said("me 15 year old wont go in to school", guide, now, State(area="wirral")).state.audience is None


def test_my_data_tells_what_was_offered_and_for_which_side(guide: Guide, now: datetime) -> None:
    state = State(area="wirral").offering([EXCLUSION, "national/blue-badge"], ["sent-home", ""])
    rows = "\n".join(_topic_rows(state, guide))
    exclusion = guide.library.by_id[EXCLUSION].said_to("parent")
    facet = exclusion.facet("sent-home")
    assert facet is not None
    assert f"{exclusion.title}: {facet.label}" in rows


def test_a_place_in_the_list_may_come_with_its_question(guide: Guide, now: datetime) -> None:
    listed = said("newsletter or respite for my lad", guide, now)
    turn = said("2nd one, how much does it cost", guide, now, listed.state)
    assert turn.replies[0].entry == listed.state.offered[1]
    assert turn.state.shown == "cost"


def test_whoever_wants_none_of_them_and_says_what_is_looked_up(guide: Guide, now: datetime) -> None:
    listed = said("newsletter or respite for my lad", guide, now)
    assert said("none of these", guide, now, listed.state).replies[0].kind == "no_match"
    anew = said("none of these. i need help with his dla form", guide, now, listed.state).replies[0]
    assert anew.kind in ("answer", "choices")


def test_a_goodbye_that_only_sounds_like_danger_is_met_as_one(guide: Guide, now: datetime) -> None:
    topic = said("how do i get a blue badge", guide, now)
    reply = said("goodbye god keep you", guide, now, topic.state).replies[0]
    assert reply.safety == "line"
    assert any(text in plain(reply) for text in guide.wording.rows["goodbye"])
