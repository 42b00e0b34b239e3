"""What a message does in a talk: each act with messages that are it and one that is not, and the order in which they bind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conversations import engine
from conversations.engine import act_of, step
from conversations.guide import Guide
from conversations.replies.answers import ALL, facet_answer
from conversations.steps import after_card, audience, correct, facets, feelings, repair, returning, select, social
from conversations.steps.acts import Act
from conversations.turns import AnswerShown, Message, State, Turn, band_of, plain
from conversations.wording import load_wording
from knowledge.entries import Contact, Facet, Library
from knowledge.matching.matcher import Matcher
from tests.support.clock import NOON
from tests.support.small_library import LIBRARY, entry

DLA, BADGE, SLEEP = "national/dla-child", "national/blue-badge", "national/sleep"
BADGES = (BADGE, "wirral/blue-badge-and-travel")
TRANSPORT, PIP = "national/school-transport", "national/pip-16"
HOME = State(area="wirral", audience="parent", turns=1)
ON_DLA = replace(HOME, topics=(DLA,))
OFFERED = replace(ON_DLA, offered=(BADGE, SLEEP, TRANSPORT))
AFTER_CARD = replace(HOME, worry="suicide", worry_turns=1)
SEVERAL = replace(HOME, topics=(DLA, TRANSPORT, SLEEP))


def act(guide: Guide, state: State, text: str) -> Act:
    return act_of(state, text, guide, NOON)


def said(guide: Guide, state: State, text: str, **more: Any) -> Turn:
    return step(state, Message(text=text, **more), guide, NOON)


def words(turn: Turn) -> str:
    return "\n\n".join(plain(reply) for reply in turn.replies)


def in_wording(guide: Guide, name: str, turn: Turn) -> bool:
    """Whether the first reply opens with one of the ways to say `name`."""
    return plain(turn.replies[0]).startswith(guide.wording.list(name))


def entries_behind(turn: Turn) -> list[str]:
    """The entries that buttons of the first reply bring."""
    return [
        button.id.removeprefix("e:") for row in turn.replies[0].buttons for button in row if button.id.startswith("e:")
    ]


# -- select (K3)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("2", SLEEP), ("the second one please", SLEEP), ("3 please", TRANSPORT), ("number 3", TRANSPORT), ("first one", BADGE),
        ("option 1 please", BADGE), ("last", TRANSPORT), ("the bottom one", TRANSPORT), ("the sleep one", SLEEP),
        ("Sleep problems", SLEEP), ("the badge one pls", BADGE),
    ],
)  # fmt: skip
def test_what_was_offered_is_chosen_by_number_by_place_or_by_a_word_of_its_title(
    guide: Guide, text: str, chosen: str
) -> None:
    found = act(guide, OFFERED, text)
    assert (found.kind, found.move, found.entry and found.entry.id) == ("select", "one", chosen)
    turn = said(guide, OFFERED, text)
    assert turn.replies[0].entry == chosen
    assert turn.state.last == chosen
    assert turn.events == (AnswerShown(chosen),)


@pytest.mark.parametrize("text", ["2", "last"])
def test_another_can_be_chosen_after_one_was(guide: Guide, text: str) -> None:
    once = said(guide, OFFERED, "1").state
    again = said(guide, once, text)
    assert again.replies[0].entry in (SLEEP, TRANSPORT)


def test_both_brings_two_answers(guide: Guide) -> None:
    two = replace(OFFERED, offered=(BADGE, SLEEP))
    assert act(guide, two, "both please").move == "both"
    turn = said(guide, two, "both please")
    assert [reply.entry for reply in turn.replies] == [BADGE, SLEEP]
    assert turn.state.last == BADGE


@pytest.mark.parametrize("text", ["none of them", "none of these", "neither"])
def test_none_of_them_takes_the_offer_back_and_says_whom_to_ask(guide: Guide, text: str) -> None:
    assert act(guide, OFFERED, text).move == "none"
    turn = said(guide, OFFERED, text)
    assert turn.state.offered == ()
    sendiass = guide.library.area_by_id["wirral"].sendiass
    assert sendiass is not None
    assert sendiass.name in words(turn)


def test_a_yes_to_several_asks_which(guide: Guide) -> None:
    assert act(guide, OFFERED, "yes please").move == "which"
    turn = said(guide, OFFERED, "yes please")
    assert turn.replies[0].choices == OFFERED.offered
    assert turn.state.offered == OFFERED.offered


@pytest.mark.parametrize("text", ["what is carers allowance", "how long does it take", "thank you"])
def test_what_names_none_of_them_chooses_none(guide: Guide, text: str) -> None:
    assert act(guide, OFFERED, text).kind != "select"


def test_a_number_with_nothing_on_offer_chooses_nothing(guide: Guide) -> None:
    assert act(guide, ON_DLA, "2").kind != "select"


def test_a_number_beyond_the_list_chooses_nothing(guide: Guide) -> None:
    assert act(guide, OFFERED, "9").kind != "select"


def test_an_offer_lives_for_some_messages_and_no_longer(guide: Guide) -> None:
    old = replace(OFFERED, offered_turns=select.OFFERED_TURNS - 1)
    assert said(guide, old, "2").replies[0].entry == SLEEP
    assert said(guide, replace(old, offered_turns=select.OFFERED_TURNS), "2").replies[0].entry != SLEEP


@pytest.mark.parametrize("name", ["steps", "refused", "how-long", "who-can", "law", "say", "who-else"])
def test_typing_the_label_of_a_button_is_pressing_it(guide: Guide, name: str) -> None:
    label = guide.wording.rows["facet_labels"][name]
    typed = said(guide, ON_DLA, label).replies[0]
    pressed = step(ON_DLA, Message(press=f"x:{DLA}:{name}"), guide, NOON).replies[0]
    assert (typed.entry, typed.facet) == (pressed.entry, pressed.facet) == (DLA, name)


@pytest.mark.parametrize("chosen", OFFERED.offered)
def test_typing_the_whole_title_of_what_was_offered_brings_it(guide: Guide, chosen: str) -> None:
    assert said(guide, OFFERED, guide.library.by_id[chosen].title).replies[0].entry == chosen


# -- after a card (S2a)


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("ok what now", "now"), ("im safe", "safe"), ("can i text", "no-voice"), ("will they know", "told"),
        ("nobody is answering", "unanswered"), ("thanks", "thanks"), ("bye", "bye"), ("what do i say to them", "words"),
    ],
)  # fmt: skip
def test_after_a_card_the_talk_stays_with_the_person(guide: Guide, text: str, move: str) -> None:
    found = act(guide, AFTER_CARD, text)
    assert (found.kind, found.move) == ("after-card", move)
    assert said(guide, AFTER_CARD, text).state.worry == "suicide"


def test_a_question_of_its_own_after_a_card_is_answered(guide: Guide) -> None:
    assert act(guide, AFTER_CARD, "how do i get a blue badge").kind == "question"
    assert said(guide, AFTER_CARD, "how do i get a blue badge").replies[0].entry in BADGES


def test_the_talk_stays_with_a_card_for_some_messages_only(guide: Guide) -> None:
    long_ago = replace(AFTER_CARD, worry_turns=after_card.WORRY_TURNS)
    assert said(guide, long_ago, "thanks").state.worry is None
    assert said(guide, long_ago, "thanks").replies[0].entry == "national/thanks"


def test_without_a_card_nothing_is_said_as_after_one(guide: Guide) -> None:
    assert act(guide, HOME, "can i text").kind != "after-card"


def test_after_a_card_its_numbers_stand_in_each_reply(guide: Guide) -> None:
    safety = guide.library.safety
    assert safety is not None
    kinds = {card.kind for card in safety.cards}
    assert len(kinds) > 5
    assert len(safety.after) > 5
    hearing = engine._hearing(AFTER_CARD, engine.hear("ok", guide), guide, NOON)
    for kind in kinds:
        seconds = {card.second for card in safety.cards if card.kind == kind and card.second}
        for one in safety.after:
            state = replace(AFTER_CARD, worry=kind)
            turn = after_card.turn(Act("after-card", one.name), replace(hearing, state=state))
            text = words(turn)
            assert text.startswith(one.text)
            assert "999" in text.replace(one.text, "", 1)
            assert not seconds or any(second in text for second in seconds), (kind, one.name)


def test_under_a_card_stands_what_was_asked_besides_unless_the_danger_is_plain_and_now(guide: Guide) -> None:
    asked = said(guide, HOME, "my daughter is being groomed online what do i do")
    assert [reply.kind for reply in asked.replies] == ["crisis", "answer"]
    assert asked.replies[1].entry == asked.replies[0].under[0] == asked.state.last
    plainly = said(guide, HOME, "im going to kill myself, how do i apply for school transport")
    assert [reply.kind for reply in plainly.replies] == ["crisis"]
    assert plainly.replies[0].under == ("wirral/school-transport",)
    assert plainly.replies[0].buttons[0][0].label == guide.library.by_id["wirral/school-transport"].title


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("he threatened me with a kitchen knife yesterday, hes 12, now its calm. what do i do about the knives and who do i tell", "knives"),
        ("is it ok to hold his wrists when he is hitting me or could i get done for it", "hold"),
        ("im 20 with downs and my dad wont let me see my boyfriend", "partner"),
    ],
)  # fmt: skip
def test_under_a_card_stands_the_side_that_was_asked_for(guide: Guide, text: str, side: str) -> None:
    turn = said(guide, HOME, text)
    assert [reply.kind for reply in turn.replies][:2] == ["crisis", "answer"]
    assert turn.replies[1].facet == turn.state.shown == side


# -- small talk (K5)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("thank you", "thanks"), ("thank you god bless you", "thanks"), ("bye", "goodbye"), ("ok goodbye", "goodbye"),
        ("ok", "acknowledge"), ("you are useless", "anger"),
    ],
)  # fmt: skip
def test_thanks_goodbye_ok_and_anger_are_met_in_one_of_several_sentences(guide: Guide, text: str, name: str) -> None:
    assert act(guide, ON_DLA, text).kind == "social"
    turn = said(guide, ON_DLA, text)
    assert turn.replies[0].kind == "small_talk"
    assert in_wording(guide, name, turn)
    assert not turn.events


@pytest.mark.parametrize(
    ("text", "entry_id"),
    [
        ("are you a robot", "national/are-you-a-robot"), ("what can you do", "national/what-can-you-do"),
        ("do you speak polish", "national/other-language"),
    ],
)  # fmt: skip
def test_what_is_asked_of_the_bot_itself_is_answered_by_what_it_says_of_itself(
    guide: Guide, text: str, entry_id: str
) -> None:
    assert act(guide, ON_DLA, text).kind == "social"
    assert said(guide, ON_DLA, text).replies[0].entry == entry_id


def test_thanks_with_a_question_behind_them_are_a_question(guide: Guide) -> None:
    text = "thank you, how do i get a blue badge"
    assert act(guide, ON_DLA, text).kind == "question"
    assert said(guide, ON_DLA, text).replies[0].entry in BADGES


@pytest.mark.parametrize(
    "text", ["thanks", "bye", "ok", "you are useless", "never mind, doesnt matter", "thats not what i meant"]
)
def test_the_same_sentence_is_not_said_twice_in_a_row(guide: Guide, text: str) -> None:
    first = said(guide, ON_DLA, text)
    second = said(guide, first.state, text)
    third = said(guide, second.state, text)
    assert words(first) != words(second) != words(third)


# -- feelings (K6)


@pytest.mark.parametrize(
    "text", ["im so tired of fighting", "nobody listens to me", "i could cry", "i am so angry with the school"]
)
def test_a_hard_feeling_is_met_in_one_sentence_with_a_door_and_never_a_list(guide: Guide, text: str) -> None:
    found = act(guide, ON_DLA, text)
    assert (found.kind, found.move) == ("feeling", "hard")
    turn = said(guide, ON_DLA, text)
    assert sum(one in words(turn) for one in guide.wording.list("feeling_hard")) == 1
    assert not turn.replies[0].choices
    assert entries_behind(turn) == [feelings.DOOR]


@pytest.mark.parametrize("text", ["we got the place, so happy", "im so relieved", "so happy he finally got in"])
def test_joy_is_met_as_joy(guide: Guide, text: str) -> None:
    assert act(guide, ON_DLA, text).move == "good"
    assert in_wording(guide, "feeling_good", said(guide, ON_DLA, text))


def test_a_young_person_is_shown_a_door_for_the_young(guide: Guide) -> None:
    turn = said(guide, replace(ON_DLA, audience="young-person"), "nobody listens to me")
    assert entries_behind(turn) == [feelings.DOORS["young-person"]]


def test_a_feeling_with_a_question_in_it_is_looked_up(guide: Guide) -> None:
    assert act(guide, HOME, "im so tired, where can i get short breaks for my son?").kind != "feeling"


# -- repair (K5)


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("what?", "unclear"), ("???", "unclear"), ("what do you mean", "unclear"), ("say that again", "again"),
        ("what did you say", "again"), ("shorter please", "shorter"), ("thats not what i meant", "not-asked"),
        ("that doesnt answer my question", "not-asked"), ("forget it, never mind", "never-mind"), ("lets start again", "start-again"),
        ("tell me more", "more"), ("i dont understand", "easy"), ("easy words please", "easy"), ("what does it stand for", "stands-for"),
    ],
)  # fmt: skip
def test_a_talk_can_be_repaired_at_any_time(guide: Guide, text: str, move: str) -> None:
    found = act(guide, ON_DLA, text)
    assert (found.kind, found.move) == ("repair", move)


def test_again_brings_what_was_shown_last_again(guide: Guide) -> None:
    first = said(guide, ON_DLA, "what if they say no")
    again = said(guide, first.state, "say that again")
    assert (again.replies[0].entry, again.replies[0].facet) == (DLA, "refused")
    assert words(again) == words(first)


@pytest.mark.parametrize("text", ["shorter please", "what do you mean"])
def test_in_short_is_shorter_than_what_was_shown(guide: Guide, text: str) -> None:
    long = step(ON_DLA, Message(press=f"x:{DLA}:{ALL}"), guide, NOON)
    short = said(guide, long.state, text)
    assert short.replies[0].entry == DLA
    assert len(words(short).split()) < len(words(long).split()) / 2


def test_easy_words_turn_easy_read_on_and_say_the_topic_in_it(guide: Guide) -> None:
    turn = said(guide, ON_DLA, "i dont understand")
    assert turn.state.easy_read
    assert turn.replies[0].entry == DLA
    assert guide.library.by_id[DLA].easy_read[0] in words(turn)


def test_more_brings_all_of_it_and_then_what_stands_near(guide: Guide) -> None:
    more = said(guide, ON_DLA, "tell me more")
    assert more.replies[0].facet == ALL
    near = said(guide, more.state, "tell me more")
    assert entries_behind(near) == [*guide.library.by_id[DLA].see_also]


def test_not_what_i_asked_offers_the_sides_of_the_topic(guide: Guide) -> None:
    ids = [button.id for row in said(guide, ON_DLA, "thats not what i meant").replies[0].buttons for button in row]
    assert f"x:{DLA}:refused" in ids


def test_start_again_leaves_the_topics_and_keeps_what_was_chosen(guide: Guide) -> None:
    after = said(guide, replace(OFFERED, easy_read=True), "lets start again").state
    assert (after.topics, after.offered, after.band) == ((), (), None)
    assert (after.area, after.audience, after.easy_read) == ("wirral", "parent", True)


def test_never_mind_takes_the_offer_back_and_keeps_the_topic(guide: Guide) -> None:
    after = said(guide, OFFERED, "forget it, never mind").state
    assert (after.offered, after.topics) == ((), (DLA,))


@pytest.mark.parametrize("text", ["what?", "say that again", "shorter please", "tell me more", "???"])
def test_with_nothing_to_repair_there_is_a_way_on(guide: Guide, text: str) -> None:
    turn = said(guide, HOME, text)
    assert turn.replies[0].kind == "small_talk"
    assert not turn.events


def test_a_question_that_says_again_is_no_repair(guide: Guide) -> None:
    assert act(guide, ON_DLA, "can we apply for school transport again").kind != "repair"


# -- correction (K4)


def test_an_age_outside_the_topic_brings_the_entry_for_that_age(guide: Guide) -> None:
    found = act(guide, ON_DLA, "he is 17")
    assert (found.kind, found.move, found.entry and found.entry.id) == ("correct", "age", PIP)
    turn = said(guide, ON_DLA, "he is 17")
    assert turn.replies[0].entry == PIP
    assert turn.state.band == "16-17"


def test_the_side_that_was_shown_is_answered_again_for_the_other_age(guide: Guide) -> None:
    turn = said(guide, replace(ON_DLA, shown="refused"), "he is 17")
    assert (turn.replies[0].entry, turn.replies[0].facet) == (PIP, "refused")


@pytest.mark.parametrize(
    ("years", "band"),
    [
        ("3", "under-5"),
        ("4", "under-5"),
        ("5", "5-15"),
        ("15", "5-15"),
        ("16", "16-17"),
        ("18", "18-25"),
        ("25", "18-25"),
    ],
)
def test_an_age_is_kept_as_a_band_and_no_nearer(guide: Guide, years: str, band: str) -> None:
    assert said(guide, ON_DLA, f"he is {years}").state.band == band


def test_a_gentle_line_over_nothing_asked_is_met_as_a_feeling_and_not_with_a_side_of_the_topic(guide: Guide) -> None:
    found = said(guide, ON_DLA, "i cant do this any more").replies[0]
    assert (found.kind, found.safety) == ("small_talk", "line")
    assert said(guide, ON_DLA, "i cant do this any more, how much is it a week").replies[0].kind == "answer"


def test_a_message_that_says_for_whom_and_not_what_brings_no_list(guide: Guide) -> None:
    for text in ("its my mia", "my little boy", "it is for my daughter"):
        reply = said(guide, State(area="wirral"), text).replies[0]
        assert (reply.kind, reply.choices) == ("small_talk", ()), text


WHO_ASKED = State(area="wirral", asked=audience.ASKED)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("parent", "parent"), ("his nan, sorry", "parent"), ("teen mum", "parent"), ("my teenager", "parent"),
        ("mum of 2 boys, work full time", "parent"), ("im a teen", "young-person"), ("I am 16, my mum is disabled", "young-person"),
        ("youth worker", "professional"), ("student nurse", "professional"), ("I work with young people", "professional"),
        ("im a teacher at a special school", "professional"), ("rather not say", None), ("no", None),
    ],
)  # fmt: skip
def test_who_somebody_is_is_heard_where_it_was_asked(guide: Guide, text: str, who: str | None) -> None:
    turn = said(guide, WHO_ASKED, text)
    assert (turn.state.audience, turn.state.asked, turn.replies[0].kind) == (who, None, "prompt")


@pytest.mark.parametrize(
    "text",
    [
        "i want a social worker",
        "my son needs a ta",
        "who is my social worker",
        "a nurse for my son",
        "its my mia",
        "ta",
    ],
)
def test_what_tells_nothing_of_that_is_a_message_like_any_other(guide: Guide, text: str) -> None:
    assert said(guide, WHO_ASKED, text).state.audience is None


def test_an_age_of_ones_own_is_kept_as_a_band_there_too(guide: Guide) -> None:
    assert said(guide, WHO_ASKED, "im 14").state.band == "5-15"


@pytest.mark.parametrize("years", [26, 70, -1])
def test_no_other_age_is_kept(years: int) -> None:
    assert band_of(years) is None


@pytest.mark.parametrize("text", ["its about me actually", "im the young person", "im his sister"])
def test_who_speaks_for_themselves_is_spoken_to_as_a_young_person(guide: Guide, text: str) -> None:
    assert act(guide, ON_DLA, text).move == "who"
    turn = said(guide, ON_DLA, text)
    assert turn.state.audience == "young-person"
    assert turn.replies[0].entry == DLA


@pytest.mark.parametrize("text", ["i am his grandmother", "no im his nan not his mum"])
def test_who_tells_who_they_are_to_the_child_reads_who_can_get_it(guide: Guide, text: str) -> None:
    assert act(guide, ON_DLA, text).move == "carer"
    turn = said(guide, ON_DLA, text)
    assert (turn.replies[0].entry, turn.replies[0].facet) == (DLA, "who-can")


@pytest.mark.parametrize(
    "text",
    [
        "no i meant his sister shes 12",
        "i meant my other daughter",
        "sorry its for my brother",
        "not him, his little brother",
    ],
)
def test_another_child_leaves_the_topic_in_hand(guide: Guide, text: str) -> None:
    found = act(guide, ON_DLA, text)
    assert (found.kind, found.move, found.entry and found.entry.id) == ("correct", "child", DLA)
    assert said(guide, ON_DLA, text).replies[0].entry == DLA


def test_a_feeling_that_is_about_something_offers_that_too(guide: Guide) -> None:
    reply = said(guide, HOME, "bullied for being disabled").replies[0]
    assert (reply.kind, reply.entry) == ("small_talk", None)
    assert guide.library.by_id["national/bullying"].title in [button.label for row in reply.buttons for button in row]


def test_another_child_and_a_question_is_a_question(guide: Guide) -> None:
    assert act(guide, ON_DLA, "no i meant his sister cant get a school place").move != "child"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("no, i meant pip", PIP),
        ("no i meant the blue badge", "wirral/blue-badge-and-travel"),
        ("sorry i meant the blue badge", "wirral/blue-badge-and-travel"),
    ],
)
def test_no_i_mean_another_thing_brings_the_other_thing(guide: Guide, text: str, meant: str) -> None:
    found = act(guide, ON_DLA, text)
    assert (found.kind, found.move, found.entry and found.entry.id) == ("correct", "what", meant)


def test_an_area_that_is_corrected_brings_its_own_answer(guide: Guide) -> None:
    turn = said(guide, replace(HOME, topics=("wirral/camhs",)), "and in manchester?")
    assert turn.state.area == "manchester"
    assert turn.replies[0].entry == "manchester/camhs"


def test_an_age_within_the_topic_corrects_nothing(guide: Guide) -> None:
    assert act(guide, ON_DLA, "he is 9").kind != "correct"


# -- going back (K2)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("back to the transport thing", TRANSPORT),
        ("the one before that", TRANSPORT),
        ("can we go back to the first one", SLEEP),
        ("back to what we said before", TRANSPORT),
    ],
)
def test_an_earlier_topic_is_gone_back_to_by_name_or_by_place(guide: Guide, text: str, topic: str) -> None:
    found = act(guide, SEVERAL, text)
    assert (found.kind, found.entry and found.entry.id) == ("return", topic)
    turn = said(guide, SEVERAL, text)
    assert turn.replies[0].entry == topic
    assert turn.state.topics[0] == topic
    assert set(turn.state.topics) == set(SEVERAL.topics)


def test_what_is_asked_beside_going_back_is_answered_of_the_earlier_topic(guide: Guide) -> None:
    turn = said(guide, SEVERAL, "back to the transport, how long does it take")
    assert (turn.replies[0].entry, turn.replies[0].facet) == (TRANSPORT, "how-long")


def test_with_no_topic_there_is_nothing_to_go_back_to(guide: Guide) -> None:
    assert act(guide, HOME, "back to the transport thing").kind != "return"


# -- facets (K1)


@pytest.mark.parametrize(
    ("text", "facet"),
    [
        ("what if they say no", "refused"), ("and if he is refused", "refused"), ("how long does it take", "how-long"), ("is it free", "cost"),
        ("is that the law", "law"), ("who can get it", "who-can"), ("whats their number", "contact"), ("and an email", "contact"),
    ],
)  # fmt: skip
def test_what_is_asked_of_the_topic_is_answered_from_its_own_facets(guide: Guide, text: str, facet: str) -> None:
    found = act(guide, ON_DLA, text)
    assert (found.kind, found.entry and found.entry.id, found.facets[0]) == ("facet", DLA, facet)
    turn = said(guide, ON_DLA, text)
    assert (turn.replies[0].entry, turn.replies[0].facet) == (DLA, facet)
    own = guide.library.by_id[DLA].facet(facet)
    assert own is None or own.text in words(turn)


def test_two_sides_in_one_message_are_both_answered(guide: Guide) -> None:
    turn = said(guide, ON_DLA, "how long does it take and what does it cost")
    dla = guide.library.by_id[DLA]
    for name in ("how-long", "cost"):
        facet = dla.facet(name)
        assert facet is not None
        assert facet.text in words(turn)


@pytest.mark.parametrize("text", ["they turned down his dla", "he was refused dla"])
def test_a_side_of_the_entry_that_is_named_is_answered_first_of_all(guide: Guide, text: str) -> None:
    turn = said(guide, HOME, text)
    assert (turn.replies[0].entry, turn.replies[0].facet) == (DLA, "refused")


def test_with_no_topic_and_nothing_named_no_facet_is_asked_for(guide: Guide) -> None:
    assert act(guide, HOME, "what if they say no").kind != "facet"


# -- in which order


def test_the_acts_are_looked_for_in_their_order() -> None:
    assert (select, after_card, social, feelings, repair, correct, returning, facets) == engine.ACTS


@pytest.mark.parametrize(
    "state",
    [
        HOME, ON_DLA, OFFERED, AFTER_CARD, SEVERAL, replace(HOME, asked="area"), replace(OFFERED, easy_read=True, audience="young-person"),
        replace(ON_DLA, missed=2), replace(ON_DLA, preview="1"), replace(ON_DLA, feedback_kind="offer"),
    ],
)  # fmt: skip
def test_danger_comes_before_every_act(guide: Guide, state: State) -> None:
    for text in ("i want to kill myself", "the second one, and i want to kill myself", "thanks but i want to die"):
        turn = said(guide, state, text)
        assert turn.replies[0].kind == "crisis"
        assert turn.state.worry is not None


@pytest.mark.parametrize("text", ["how do i get a blue badge", "what is a blue badge", "can my son have a blue badge"])
def test_a_question_that_names_another_entry_wins_over_a_facet(guide: Guide, text: str) -> None:
    found = act(guide, ON_DLA, text)
    assert found.kind == "question" or (found.entry and found.entry.id) in BADGES
    assert said(guide, ON_DLA, text).replies[0].entry in BADGES


def test_what_is_asked_about_the_other_thing_that_is_named_is_a_facet_of_that(guide: Guide) -> None:
    turn = said(guide, ON_DLA, "what if they say no to the blue badge")
    assert turn.replies[0].entry in BADGES
    assert turn.replies[0].facet == "refused"


@pytest.mark.parametrize(
    ("state", "text", "kind"),
    [
        (OFFERED, "2", "select"), (AFTER_CARD, "ok what now", "after-card"), (ON_DLA, "thank you", "social"), (ON_DLA, "i could cry", "feeling"),
        (ON_DLA, "say that again", "repair"), (ON_DLA, "he is 17", "correct"), (SEVERAL, "back to the transport thing", "return"),
        (ON_DLA, "is it free", "facet"), (HOME, "how do i get a blue badge", "question"),
    ],
)  # fmt: skip
def test_what_a_message_does_is_told_with_the_reason(guide: Guide, state: State, text: str, kind: str) -> None:
    found = act(guide, state, text)
    assert found.kind == kind
    assert found.why


# -- the topics of a talk (K2, K10); some over a small library


def small() -> Library:
    ring = Contact("Town hall", phone="0161 496 0000")
    return replace(
        LIBRARY,
        entries=(
            *LIBRARY.entries,
            entry(
                "national/toy-library", "borrow toys", "toy library for disabled children", title="Toy library", answer="Ask there for a card.",
                steps=("Ring them.",), contacts=(ring,), facets=(Facet("cost", "It is free."), Facet("how-long", "It takes a week."), Facet("where", "")),
            ),
            entry("national/yes-ok", "ok", "okay", small_talk=True, answer="All right."),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def toys() -> Guide:
    library = small()
    return Guide(library, Matcher(library), load_wording())


ON_TOYS = State(area="oldham", audience="parent", topics=("national/toy-library", "national/dla"), turns=1)


@pytest.mark.parametrize(
    "between",
    [
        Message(text="thanks"),
        Message(text="qwxz vbnm plok"),
        Message(text="i want to kill myself"),
        Message(text="newsletter or respite"),
        Message(press="m"),
        Message(press="none"),
    ],
)
def test_a_topic_survives_small_talk_choices_no_match_and_a_card(guide: Guide, between: Message) -> None:
    after = step(ON_DLA, between, guide, NOON).state
    assert DLA in after.topics
    back = said(guide, after, "back to the dla")
    assert back.replies[0].entry == DLA


def test_a_facet_can_be_asked_for_after_a_no_match_and_small_talk(guide: Guide) -> None:
    state = ON_DLA
    for text in ("qwxz vbnm plok", "thanks", "ok"):
        state = said(guide, state, text).state
    turn = said(guide, state, "what if they say no")
    assert (turn.replies[0].entry, turn.replies[0].facet) == (DLA, "refused")


def test_of_choices_that_nobody_took_the_best_is_gone_on_about(guide: Guide) -> None:
    turn = said(guide, replace(ON_DLA, offered=(TRANSPORT, SLEEP), offered_turns=0), "what if they say no")
    assert turn.replies[0].entry == TRANSPORT
    assert DLA in turn.state.topics


def test_six_topics_are_remembered_newest_first() -> None:
    state = State()
    for number in range(8):
        state = state.on(f"national/{number}")
    assert state.topics == tuple(f"national/{number}" for number in (7, 6, 5, 4, 3, 2))
    assert state.on("national/4").topics[:2] == ("national/4", "national/7")


def test_a_reply_to_an_older_answer_makes_that_answer_the_topic(toys: Guide) -> None:
    elsewhere = replace(ON_TOYS, topics=("national/dla", "national/toy-library"))
    turn = said(toys, elsewhere, "is it free", about="national/toy-library")
    assert (turn.replies[0].entry, turn.replies[0].facet) == ("national/toy-library", "cost")
    assert "It is free." in words(turn)
    assert turn.state.topics == ("national/toy-library", "national/dla")


@pytest.mark.parametrize("about", [None, "national/nothing-of-the-kind", "national/thanks"])
def test_a_reply_to_what_is_no_answer_leaves_the_topic(toys: Guide, about: str | None) -> None:
    turn = said(toys, ON_TOYS, "is it free", about=about)
    assert turn.state.last == "national/toy-library"


def test_a_facet_that_the_topic_does_not_hold_is_said_in_three_lines_with_whom_to_ask(toys: Guide) -> None:
    hearing = engine._hearing(ON_TOYS, engine.hear("is that the law", toys), toys, NOON)
    topic = toys.library.by_id["national/toy-library"]
    turn = facets.turn(Act("facet", "law", topic, ("law",)), hearing)
    unknown = toys.wording("facet_unknown", contact="Town hall")
    assert words(turn).split("\n\n") == [
        toys.wording("facet_about", title="Toy library"),
        unknown,
        "Town hall\nPhone: 0161 496 0000",
    ]


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("national/exclusion", "is there parking"),
        ("national/blue-badge", "can the dog come"),
        ("national/blue-badge", "does it work in france"),
        ("national/short-breaks", "is there a toilet"),
    ],
)
def test_what_no_facet_of_the_topic_holds_is_not_answered_with_another(guide: Guide, topic: str, text: str) -> None:
    turn = said(guide, replace(ON_DLA, topics=(topic,)), text)
    assert turn.replies[0].entry == topic
    assert "I do not know that. Ask " in words(turn)


@pytest.mark.parametrize(
    ("topic", "text", "facet"),
    [
        ("national/pip-16", "is it open now", "contact"),
        ("national/exclusion", "and if they turn us down", "refused"),
        ("national/exclusion", "Thanks, that's helpful. And how long is a part-time timetable allowed to run?", "part-time"),
    ],
)  # fmt: skip
def test_what_is_asked_is_heard_beside_the_rest(guide: Guide, topic: str, text: str, facet: str) -> None:
    turn = said(guide, replace(ON_DLA, topics=(topic,)), text)
    assert (turn.replies[0].entry, turn.replies[0].facet) == (topic, facet)


def test_that_nobody_knows_when_they_are_open_is_said(guide: Guide) -> None:
    turn = said(guide, replace(ON_DLA, topics=("national/pip-16",)), "no i mean is the phone line open")
    assert guide.wording("hours_unknown") in words(turn)
    assert "0800 917 2222" in words(turn)


def test_two_facets_that_are_not_held_are_one_honest_no(toys: Guide) -> None:
    topic = toys.library.by_id["national/toy-library"]
    reply = facet_answer(topic, ("law", "evidence"), toys, ON_TOYS, NOON)
    unknown = toys.wording("facet_unknown", contact="Town hall")
    assert [plain(reply).count(unknown), plain(reply).count("0161 496 0000")] == [1, 1]
    held = plain(facet_answer(topic, ("law", "cost"), toys, ON_TOYS, NOON))
    assert "It is free." in held
    assert unknown not in held


def test_another_child_is_acknowledged_and_answered_by_age(guide: Guide) -> None:
    on_badge = replace(ON_DLA, topics=("national/blue-badge",))
    turn = said(guide, on_badge, "no i meant my daughter shes 11")
    assert words(turn).startswith(guide.wording("corrected_child"))
    assert turn.replies[0].facet == "age"


def test_somebody_who_says_that_they_are_staff_is_greeted_and_not_answered(guide: Guide) -> None:
    turn = said(guide, State(), "Hello, I'm the SENCO at a primary school in Manchester")
    assert turn.state.audience == "professional"
    assert turn.replies[0].kind == "prompt"


def test_the_nearest_facet_is_told_as_such_where_it_may_not_hold_what_is_asked(toys: Guide) -> None:
    hearing = engine._hearing(ON_TOYS, engine.hear("do the toys come with batteries", toys), toys, NOON)
    topic = toys.library.by_id["national/toy-library"]
    hearing.__dict__["likely"] = {}
    nearest = toys.wording("facet_nearest")
    for nothing, guess in ((0.05, False), (0.2, True)):
        hearing.__dict__["topic_facets"] = [("cost", 0.7 - nothing), ("refused", 0.3)]
        act = facets._of_topic(hearing, topic, ("cost",))
        assert act.guess is guess
        assert (nearest in words(facets.turn(act, hearing))) is guess
    hearing.__dict__["topic_facets"] = [("cost", 0.3)]
    assert facets._of_topic(hearing, topic, ("cost",)).facets == ("none",)


def test_another_entry_answers_the_facet_that_it_is_named_for(toys: Guide) -> None:
    topic = replace(toys.library.by_id["national/dla"], see=(("cost", "national/toy-library"),))
    hearing = engine._hearing(replace(ON_TOYS, topics=(topic.id,)), engine.hear("is it free", toys), toys, NOON)
    turn = facets.turn(Act("facet", "cost", topic, ("cost",)), hearing)
    assert (turn.replies[0].entry, turn.replies[0].facet) == ("national/toy-library", "cost")
    assert turn.state.last == "national/toy-library"


def test_without_the_classifier_numbers_and_names_still_choose(toys: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("acts", "returning"):
        monkeypatch.setattr(f"conversations.steps.{module}.classifier", lambda: None)
    offered = replace(ON_TOYS, offered=("national/toy-library", "national/blue-badge"))
    assert act(toys, offered, "2").kind == "select"
    assert act(toys, offered, "ok").kind == "social"
    assert said(toys, ON_TOYS, "blue badge renewal").replies[0].entry == "national/blue-badge"


@pytest.mark.parametrize(
    "text", ["they wouldnt even notice", "she would be better off", "they wont care", "nobody would notice"]
)
def test_what_is_told_right_after_a_card_is_no_question_about_what_was_spoken_of_before(
    guide: Guide, text: str
) -> None:
    state = replace(AFTER_CARD, topics=("national/sleep",))
    assert act(guide, state, text).kind == "after-card"
    assert "999" in words(said(guide, state, text))


@pytest.mark.parametrize("text", ["ok how do i get a break", "does she qualify for short breaks"])
def test_what_asks_or_names_another_thing_leaves_the_card(guide: Guide, text: str) -> None:
    assert act(guide, replace(AFTER_CARD, topics=("national/sleep",)), text).kind != "after-card"


@pytest.mark.parametrize(
    "text",
    [
        "sorry I meant Wirral, we moved last year",
        "wirral not shropshire",
        "sorry wrong area, wirral",
        "i live in wirral not shropshire",
    ],
)
def test_where_somebody_lives_is_put_right_in_any_wording(guide: Guide, text: str) -> None:
    turn = said(guide, replace(ON_DLA, area="shropshire", topics=("shropshire/complaints",)), text)
    assert turn.state.area == "wirral"
    assert turn.replies[0].entry == "wirral/complaints", "the last question, answered there"


def test_a_question_about_another_place_moves_nobody(guide: Guide) -> None:
    text = "can he go to a special school in wirral, not one here"
    assert said(guide, replace(ON_DLA, area="shropshire"), text).state.area == "shropshire"
