"""Easy read: every sentence of the bot and of the page has an easy form, blocks are short, hard words are explained, and what is hard is marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from conversations.engine import step
from conversations.guide import Guide
from conversations.replies.answers import FIRST_WORDS, answer, facet_answer, first_contact, whole, words_of
from conversations.replies.easy import EASY_WORDS, eased, eased_reply, easy_text, is_easy
from conversations.replies.take_away import DEADLINE_FACETS, deadlines, take_away
from conversations.turns import Message, Paragraph, Reply, State, Turn, plain
from conversations.wording import EASY, PAGE, Wording, braces, load_wording
from knowledge.entries import CRISIS, Audience, Entry, Facet
from knowledge.publishing.checks import grade, sentences
from tests.support.clock import NOON
from tests.support.figures import note
from tests.support.small_library import entry

MOST_GRADE = 5.0
"""Of one sentence alone: the grade of so short a text swings by two for one long word. The median of all is below 3 (C3)."""
BEFORE_A_TALK = ("description", "short_description")
"""What Telegram shows of the bot before anybody can have chosen easy read."""
NO_SENTENCES = ("masks", "hide_address")
EASY_ON = State(area="wirral", easy_read=True)
VOICES: tuple[Audience, ...] = ("parent", "young-person")


def said(wording: Wording) -> Iterator[tuple[str, str]]:
    """Every sentence of a wording with its name, with a short word for each brace."""
    for name, row in wording.rows.items():
        if name not in (*BEFORE_A_TALK, *NO_SENTENCES):
            yield from ((name, filled(text)) for text in texts_of(row))


def texts_of(row: Any) -> Iterator[str]:
    values = row.values() if isinstance(row, dict) else row if isinstance(row, list) else [row]
    for value in values:
        yield from [value] if isinstance(value, str) else texts_of(value)


def filled(text: str) -> str:
    return "".join(part + ("" if name is None else "Sam") for part, name, _, _ in Formatter().parse(text))


def known(guide: Guide) -> list[Entry]:
    return [one for one in guide.library.entries if not one.small_talk and one.id != CRISIS]


@pytest.mark.parametrize("name", ["en", PAGE])
def test_every_sentence_of_the_bot_and_of_the_page_is_easy_in_easy_read(name: str) -> None:
    easy = list(said(load_wording(name).easy))
    long = [(key, one) for key, text in easy for one in sentences(text) if len(one.split()) > EASY_WORDS]
    assert long == []
    grades = {text: grade(text) for _, text in easy if len(text.split()) > 3}
    note(f"sentences in easy read ({name}): {len(easy)}, the hardest grade {max(grades.values()):.1f}")
    assert {text: found for text, found in grades.items() if found > MOST_GRADE} == {}


def test_what_a_hard_word_means_is_said_in_one_easy_sentence() -> None:
    easy = load_wording().easy
    lines = [easy("word_means", word=word, meaning=text) for word, text in easy.rows["meanings"].items()]
    assert [line for line in lines if not is_easy(line) or len(sentences(line)) > 1] == []


@pytest.mark.parametrize("name", ["en", PAGE])
def test_an_easy_form_is_one_of_a_sentence_that_is_there_and_fills_no_brace_that_nobody_brings(name: str) -> None:
    rows, easy = load_wording(name).rows, load_wording(name).easy_rows
    pairs = [(key, rows.get(key), row) for key, row in easy.items() if key not in ("meanings", "instead")]
    pairs += [(key, rows["instead"].get(key), row) for key, row in easy.get("instead", {}).items()]
    for key, row, form in pairs:
        assert row is not None, f"{key}: there is no such sentence"
        assert type(row) is type(form), key
        if not isinstance(row, dict):
            assert (braces(form) or set()) <= (braces(row) or set()), key
            assert not isinstance(row, list) or len(row) == len(form), key


def test_a_door_and_a_forum_that_say_a_sentence_in_their_own_way_are_not_overruled_by_an_easy_form(
    tmp_path: Path,
) -> None:
    (tmp_path / "wording").mkdir()
    (tmp_path / "wording" / "en.yaml").write_text("welcome: Hiya from Demo.\nhelp: Ask away.\n", encoding="utf-8")
    (tmp_path / "wording" / f"{EASY}.yaml").write_text("help: Ask.\n", encoding="utf-8")
    wording = load_wording("en", tmp_path)
    assert wording.easy("welcome") == "Hiya from Demo."
    assert wording.easy("help") == "Ask."
    page = load_wording(PAGE)
    at_page = load_wording().at_door(page)
    assert "Telegram" not in "".join(
        str(row) for name, row in at_page.easy.rows.items() if name in page.rows["instead"]
    )


@pytest.mark.parametrize("voice", VOICES)
def test_every_first_answer_in_easy_read_is_easy_through_and_through_and_keeps_to_75_words(
    guide: Guide, voice: Audience
) -> None:
    easy = guide.easy
    for one in known(guide):
        area = "wirral" if one.area == "national" else one.area
        state = State(area=area, audience=voice, easy_read=True, told=("young_elsewhere", "young_your_child"))
        reply = eased_reply(answer(one, easy, state, NOON), easy)
        assert Paragraph(easy.wording("not_easy")) not in reply.blocks, one.id
        assert words_of(reply.blocks) <= FIRST_WORDS, one.id


def test_what_may_have_changed_is_told_in_easy_words_with_the_words_before_it(guide: Guide) -> None:
    told = {one.id: guide.easy.wording("may_change", text=one.may_change) for one in known(guide) if one.may_change}
    assert len(told) > 100
    assert [f"{id_}: {text}" for id_, text in told.items() if not is_easy(text)] == []


def test_a_talk_in_easy_read_is_in_short_blocks_and_says_its_own_sentences_in_easy_words(guide: Guide) -> None:
    for text in ("/help", "/privacy", "/start", "how do i get dla", "sdkfj sdlkfj", "/feedback", "/settings"):
        for reply in step(EASY_ON, Message(text=text), guide, NOON).replies:
            blocks = [block for block in reply.blocks if isinstance(block, Paragraph) and not block.strong]
            assert all(len(sentences(block.text)) == 1 for block in blocks), text
            assert all(is_easy(block.text) for block in blocks), text
            assert Paragraph(guide.wording("not_easy")) not in reply.blocks, text


def test_what_is_eased_twice_is_as_once(guide: Guide) -> None:
    for one in known(guide)[::7]:
        turn = Turn(
            EASY_ON, (whole(one, guide.easy, EASY_ON, NOON), facet_answer(one, ("refused",), guide.easy, EASY_ON, NOON))
        )
        once = eased(turn, guide)
        assert eased(once, guide) == once, one.id
        assert eased(replace(turn, state=State()), guide) == replace(turn, state=State()), "not without easy read"


def test_every_facet_and_every_step_has_an_easy_form_and_none_is_marked_as_hard(guide: Guide) -> None:
    mark = Paragraph(guide.easy.wording("not_easy"))
    for one in known(guide):
        for said in (one, one.said_to("young-person")):
            assert all(map(is_easy, said.steps)), one.id
            for facet in said.facets:
                assert not facet.text or easy_text(facet), f"{one.id} {facet.name}"
        for name in (*(facet.name for facet in one.facets if facet.text), *(["steps"] if one.steps else [])):
            reply = eased_reply(facet_answer(one, (name,), guide.easy, EASY_ON, NOON), guide.easy)
            assert mark not in reply.blocks, f"{one.id} {name}"


def test_a_facet_without_an_easy_form_is_marked(guide: Guide) -> None:
    long = "If they say no you can ask somebody else to look at it again within one month of that."
    one = entry("national/one", "one", facets=(Facet("refused", long),))
    reply = eased_reply(facet_answer(one, ("refused",), guide.easy, EASY_ON, NOON), guide.easy)
    assert Paragraph(guide.easy.wording("not_easy")) in reply.blocks


def test_a_facets_own_easy_form_takes_the_place_of_its_text(guide: Guide) -> None:
    long = "If they say no you can ask somebody else to look at it again within one month of that."
    one = entry(
        "national/one",
        "one",
        facets=(Facet("refused", long, easy_read=("You can ask again.", "Do it within a month.")),),
    )
    shown = plain(eased_reply(facet_answer(one, ("refused",), guide.easy, EASY_ON, NOON), guide.easy))
    assert "Do it within a month." in shown
    assert long not in shown
    assert long in plain(facet_answer(one, ("refused",), guide, State(), NOON))


def test_all_of_it_in_easy_read_holds_what_is_easy_and_offers_the_rest_by_buttons(guide: Guide) -> None:
    short, long = (
        "It is free.",
        "It costs as much as the council has set for the year, which you can ask the team about.",
    )
    one = entry("national/one", "one", easy_read=("This is one.",), facets=(Facet("cost", short), Facet("money", long)))
    reply = whole(one, guide.easy, EASY_ON, NOON)
    assert Paragraph(short) in reply.blocks
    assert Paragraph(guide.easy.wording("easy_more")) in reply.blocks
    assert long not in plain(reply)
    assert "x:national/one:money" in [button.id for row in reply.buttons for button in row]


def test_hard_words_are_explained_once_where_they_stand_and_by_a_button(guide: Guide) -> None:
    council = guide.easy.wording("word_means", word="council", meaning=guide.easy.wording.rows["meanings"]["council"])
    reply = Reply(
        "answer", (Paragraph("About it:"), Paragraph("Ask the council. The councils are there.")), facet="cost"
    )
    assert [plain(eased_reply(reply, guide.easy)).count(text) for text in (council, "Ask the council.")] == [1, 1]
    one = next(one for one in known(guide) if "council" in " ".join(one.easy_read))
    first = step(EASY_ON, Message(press=f"e:{one.id}"), guide, NOON).replies[0]
    assert f"hw:{one.id}" in [button.id for row in first.buttons for button in row]
    told = step(EASY_ON, Message(press=f"hw:{one.id}"), guide, NOON)
    assert council in plain(told.replies[0])
    assert f"x:{one.id}:all" in [button.id for row in told.replies[0].buttons for button in row]
    assert not any(button.id.startswith("hw:") for row in answer(one, guide, State(), NOON).buttons for button in row)


def test_a_card_in_easy_read_is_not_marked_as_hard(guide: Guide) -> None:
    card = step(EASY_ON, Message(text="i want to die"), guide, NOON).replies[0]
    assert card.safety == "card"
    assert guide.wording("not_easy") not in plain(card)


def test_a_young_person_reads_the_ways_without_a_voice_first(guide: Guide) -> None:
    order = ("text", "email", "url", "phone")
    for one in known(guide):
        for block in first_contact(one, guide.wording, NOON, "young-person"):
            hows = [way.how for way in block.ways if way.how in order]
            assert hows == sorted(hows, key=order.index), one.id
            contact = one.contacts[0]
            assert "phone" in hows or contact.phone is None, f"{one.id}: the number stands there too"


def test_a_young_person_is_told_once_that_your_child_is_them(guide: Guide) -> None:
    one = entry("national/one", "one", answer="Ask for your child.")
    young = State(audience="young-person")
    line = guide.wording("young_your_child")
    assert line in plain(answer(one, guide, young, NOON))
    assert line not in plain(answer(one, guide, replace(young, told=("young_your_child",)), NOON))
    assert line not in plain(answer(one, guide, State(), NOON))


def test_what_is_taken_away_is_all_of_it_in_one_message_without_buttons(guide: Guide) -> None:
    one = guide.library.by_id["national/dla-child"]
    for state in (State(area="wirral"), EASY_ON):
        turn = step(state, Message(press=f"tk:{one.id}"), guide, NOON)
        assert turn.replies == (take_away(one, guide, state, NOON),)
        assert turn.replies[0].buttons == ()
        assert sentences(guide.to(state).wording("take_away_foot"))[-1] in plain(turn.replies[0])
        assert "0800 121 4600" in plain(turn.replies[0])
        assert turn.state.topics == state.topics


def test_deadlines_are_sentences_of_the_answer_as_they_stand(guide: Guide) -> None:
    found = {one.id: deadlines(one) for one in known(guide)}
    note(f"entries with a day to keep: {sum(bool(lines) for lines in found.values())} of {len(found)}")
    both = "You have 2 months from the date on the letter, or 1 month from a mediation certificate if later."
    assert both in found["national/ehcp-request"]
    assert found["national/dyslexia"] == ()
    for one in known(guide):
        texts = " ".join(" ".join(facet.text.split()) for facet in one.facets if facet.name in DEADLINE_FACETS)
        assert all(line in texts for line in found[one.id]), one.id
