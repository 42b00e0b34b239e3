"""An answer comes in layers: over all entries of the built-in content, the first reply, its facets, and all of it (K7, C5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from statistics import median
from typing import get_args

import pytest

from conversations.engine import step
from conversations.feedback.invitations import offered
from conversations.guide import CALLBACK_BYTES, Guide
from conversations.replies.answers import (
    ALL,
    FACET_BUTTONS,
    FIRST_WORDS,
    answer,
    day_text,
    facet_answer,
    facet_names,
    whole,
    words_of,
)  # fmt: skip
from conversations.turns import AnswerShown, ContactBlock, Message, Paragraph, Reply, SourceLine, State, Turn, plain
from conversations.wording import load_wording
from knowledge.entries import CRISIS, NATIONAL, Audience, Contact, Entry, Facet, Library, Source
from knowledge.matching.matcher import Matcher
from tests.support.clock import NOON
from tests.support.figures import note
from tests.support.small_library import entry

VOICES: tuple[Audience, ...] = ("parent", "young-person")
WAYS = [
    pytest.param(voice, easy, id=f"{voice}{', easy read' if easy else ''}")
    for voice, easy in product(VOICES, (False, True))
]


def entries(guide: Guide) -> Iterator[Entry]:
    """Every entry that is knowledge; the safety card has rules of its own."""
    return (one for one in guide.library.entries if not one.small_talk and one.id != CRISIS)


def home(one: Entry, voice: Audience = "parent", easy_read: bool = False) -> State:
    """The state of somebody who lives where the entry answers."""
    return State(area="wirral" if one.area == NATIONAL else one.area, audience=voice, easy_read=easy_read)


def contacts(reply: Reply) -> list[str]:
    return [block.name for block in reply.blocks if isinstance(block, ContactBlock)]


def ids(reply: Reply) -> list[str]:
    return [button.id for row in reply.buttons for button in row]


def measured(guide: Guide, voice: Audience, easy: bool) -> dict[str, int]:
    """The words of each entry's first reply, none of which has more than one contact; the figures are printed.

    What a talk says only once has been said in it.
    """
    lengths: dict[str, int] = {}
    for one in entries(guide):
        state = replace(home(one, voice, easy), told=("young_elsewhere",))
        reply = answer(one, guide, state, NOON)
        lengths[one.id] = words_of(reply.blocks)
        assert len(contacts(reply)) <= 1, one.id
    longest = max(lengths, key=lengths.__getitem__)
    note(
        f"first replies, {voice}{', easy read' if easy else ''}: {len(lengths)} entries  median {median(lengths.values()):.0f} words  "
        f"longest {lengths[longest]} ({longest})"
    )
    return lengths


@pytest.mark.parametrize(("voice", "easy"), WAYS)
def test_a_first_reply_has_75_words_and_one_contact_at_most(guide: Guide, voice: Audience, easy: bool) -> None:
    lengths = measured(guide, voice, easy)
    assert {name: length for name, length in lengths.items() if length > FIRST_WORDS} == {}


def test_the_councils_own_team_comes_first_where_an_area_names_it(guide: Guide) -> None:
    named = [one for one in entries(guide) if one.team is not None]
    assert named
    for one in named:
        assert guide.said(one, "parent", None) == one
        for area in guide.library.areas:
            said, own = guide.said(one, "parent", area.id), guide.library.by_id[dict(area.teams)[one.team or ""]]
            assert said.contacts == (own.contacts[0], *one.contacts)
            assert [said.contacts[facet.contact - 1] for facet in said.facets if facet.contact] == [
                one.contacts[facet.contact - 1] for facet in one.facets if facet.contact
            ]
            reply = answer(one, guide, State(area=area.id), NOON)
            assert contacts(reply) == [own.contacts[0].name]
            assert words_of(reply.blocks) <= FIRST_WORDS


@pytest.mark.parametrize(("voice", "easy"), WAYS)
def test_a_first_reply_opens_with_the_title_and_the_first_sentence_of_the_answer(
    guide: Guide, voice: Audience, easy: bool
) -> None:
    for one in entries(guide):
        said = one.said_to(voice)
        title, body = answer(one, guide, home(one, voice, easy), NOON).blocks[:2]
        assert title == Paragraph(one.title, strong=True)
        assert isinstance(body, Paragraph)
        text = said.easy_read[0] if easy and said.easy_read else said.answer
        assert " ".join(text.split()).startswith(body.text), one.id


@pytest.mark.parametrize("voice", VOICES)
def test_a_first_reply_and_all_of_it_end_with_a_source_and_its_date(guide: Guide, voice: Audience) -> None:
    for one in entries(guide):
        for reply in (answer(one, guide, home(one, voice), NOON), whole(one, guide, home(one, voice), NOON)):
            text = ends_with(reply, guide)
            assert checked(one, guide) in text, one.id
        assert one.sources, one.id
        assert dated(one.sources[0], guide) in ends_with(answer(one, guide, home(one, voice), NOON), guide), one.id


@pytest.mark.parametrize("voice", VOICES)
def test_every_facet_is_two_taps_away_at_most(guide: Guide, voice: Audience) -> None:
    for one in entries(guide):
        state = home(one, voice)
        first = step(state, Message(press=guide.button(one).id), guide, NOON)
        assert first.replies[0].entry == one.id
        taps = [press for press in ids(first.replies[0]) if press.startswith("x:")]
        assert taps[-1].endswith(f":{ALL}"), one.id
        assert len(taps) <= FACET_BUTTONS + 1
        read = "\n".join(plain(step(first.state, Message(press=press), guide, NOON).replies[0]) for press in taps)
        hidden = [facet.name for facet in one.said_to(voice).facets if facet.text and facet.text not in read]
        assert not hidden, f"{one.id}: {hidden}"


@pytest.mark.parametrize("voice", VOICES)
def test_every_facet_is_shown_by_its_button_with_the_others_under_it(guide: Guide, voice: Audience) -> None:
    for one in entries(guide):
        for name in facet_names(one.said_to(voice)):
            turn = step(home(one, voice), Message(press=guide.facet_button(one, name, "").id), guide, NOON)
            reply = turn.replies[0]
            assert (reply.kind, reply.entry, reply.facet) == ("answer", one.id, name)
            assert turn.state.last == one.id
            assert turn.state.shown == name
            assert turn.events == (AnswerShown(one.id),)
            assert guide.facet_button(one, name, "").id not in ids(reply)
            assert guide.facet_button(one, ALL, "").id in ids(reply)


def test_the_buttons_say_what_they_bring(guide: Guide) -> None:
    for one in entries(guide):
        rows = answer(one, guide, home(one), NOON).buttons
        labels = [button.label for row in rows for button in row]
        assert len(labels) == len(set(labels)), one.id
        assert all(labels), one.id


@pytest.mark.parametrize("voice", VOICES)
def test_every_id_of_a_button_fits_into_telegrams_64_bytes(guide: Guide, voice: Audience) -> None:
    longest = 0
    for one in entries(guide):
        state = home(one, voice)
        turn = offered(Turn(state, (answer(one, guide, state, NOON),), (AnswerShown(one.id),)), state, "", guide)
        replies = [*turn.replies, whole(one, guide, state, NOON)]
        replies += [facet_answer(one, (name,), guide, state, NOON) for name in facet_names(one.said_to(voice))]
        longest = max(longest, *(len(press.encode()) for reply in replies for press in ids(reply)))
    assert 20 < longest <= CALLBACK_BYTES


def test_the_id_of_a_facet_fits_however_long_the_entrys_id_and_the_facets_name_are() -> None:
    long = entry(
        f"a-council-with-a-long-name/{'x' * 120}",
        "any question",
        facets=(Facet("thirteen-char", "Text.", label="Long"),),
    )
    library = Library((long,), ())
    guide = Guide(library, Matcher(library), load_wording())
    found = guide.facet_button(long, "thirteen-char", "Long")
    assert len(found.id.encode()) <= CALLBACK_BYTES
    reply = step(State(), Message(press=found.id), guide, NOON).replies[0]
    assert (reply.entry, reply.facet) == (long.id, "thirteen-char")


def checked(one: Entry, guide: Guide) -> str:
    """Who put an entry together or checked it, and when, as it is told."""
    if one.checked:
        return guide.wording("checked", date=day_text(one.checked.isoformat(), guide.wording))
    assert one.written is not None
    return guide.wording("not_checked", month=day_text(one.written.isoformat()[:7], guide.wording))


def dated(source: Source, guide: Guide) -> str:
    """A source with its date, as it is told."""
    date = day_text(source.seen, guide.wording) if source.seen else guide.wording("undated")
    return guide.wording("source", title=source.title, date=date)


def ends_with(reply: Reply, guide: Guide) -> str:
    """The line of source with which a reply ends."""
    last = reply.blocks[-1]
    assert isinstance(last, SourceLine), reply.entry
    return last.text


@pytest.mark.parametrize("voice", VOICES)
def test_every_facet_ends_with_its_own_source_and_date_or_with_who_put_it_together(
    guide: Guide, voice: Audience
) -> None:
    named = bare = 0
    for one in entries(guide):
        for facet in one.said_to(voice).facets:
            if not facet.text:
                continue
            reply = facet_answer(one, (facet.name,), guide, home(one, voice), NOON)
            text = ends_with(reply, guide)
            if facet.source is None:
                bare += 1
                assert text == checked(one, guide), (one.id, facet.name)
            else:
                named += 1
                source = one.sources[facet.source - 1]
                assert text == f"{dated(source, guide)} {checked(one, guide)}", (one.id, facet.name)
                last = reply.blocks[-1]
                assert isinstance(last, SourceLine)
                assert last.url == source.url
    assert named > 1_000
    assert bare > 50


@pytest.mark.parametrize("voice", VOICES)
def test_a_facet_names_a_contact_only_where_it_sends_people_to_one(guide: Guide, voice: Audience) -> None:
    for one in entries(guide):
        for facet in one.said_to(voice).facets:
            reply = facet_answer(one, (facet.name,), guide, home(one, voice), NOON)
            if facet.text:
                wanted = [one.contacts[facet.contact - 1].name] if facet.contact else []
                assert contacts(reply) == wanted, (one.id, facet.name)


def test_a_facet_that_nobody_could_find_out_is_said_so_with_the_first_contact(guide: Guide) -> None:
    asked = 0
    for one in entries(guide):
        for facet in one.facets:
            if (
                facet.text
                or (facet.name == "cost" and one.cost)
                or (facet.name == "age" and one.ages)
                or facet.name == "changed"
            ):
                continue
            asked += 1
            reply = facet_answer(one, (facet.name,), guide, home(one), NOON)
            asks = [contact.name for contact in one.contacts if contact.phone not in ("999", "111")]
            name = asks[0] if asks else guide.wording("local_offer_team")
            assert guide.wording("facet_unknown", contact=name) in plain(reply), (one.id, facet.name)
            assert len(contacts(reply)) <= 1
    assert asked > 20


def test_all_of_it_holds_the_answer_each_step_each_facet_each_contact_and_each_source(guide: Guide) -> None:
    for one in entries(guide):
        read = plain(whole(one, guide, home(one), NOON))
        for text in (one.answer, *one.steps, *(facet.text for facet in one.facets)):
            assert all(part.strip() in read for part in text.split("\n") if part.strip()), one.id
        for contact in one.contacts:
            assert contact.name in read
        for source in one.sources:
            assert dated(source, guide) in read, one.id


# -- an entry as it was written before there were facets

FIRST, REST = (
    "Ask the town hall for a pass.",
    " ".join(f"This is sentence number {number} of a long answer." for number in range(2, 30)),
)
LONG = entry(
    "national/bus-pass", "free bus travel", title="Bus pass", answer=f"{FIRST} {REST}",
    contacts=(Contact("Town hall", phone="0161 496 0000"), Contact("Bus company", url="https://example.org/bus")),
    sources=(Source("The town hall's page", seen="2026-10"),),
)  # fmt: skip


@pytest.fixture(scope="module")
def old() -> Guide:
    library = Library((LONG,), ())
    return Guide(library, Matcher(library), load_wording())


def test_a_long_answer_without_facets_is_cut_at_a_sentence(old: Guide) -> None:
    reply = answer(LONG, old, State(audience="parent"), NOON)
    assert words_of(reply.blocks) <= FIRST_WORDS
    body = reply.blocks[1]
    assert isinstance(body, Paragraph)
    assert body.text.startswith(FIRST)
    assert body.text.endswith(".")
    assert LONG.answer.startswith(f"{body.text} ")
    assert contacts(reply) == ["Town hall"]


def test_what_was_cut_off_stands_under_all_of_it(old: Guide) -> None:
    first = step(State(audience="parent"), Message(press="e:national/bus-pass"), old, NOON)
    assert [press for press in ids(first.replies[0]) if press.startswith("x:")] == [f"x:national/bus-pass:{ALL}"]
    rest = step(first.state, Message(press=f"x:national/bus-pass:{ALL}"), old, NOON).replies[0]
    assert LONG.answer in plain(rest)
    assert contacts(rest) == ["Town hall", "Bus company"]


def test_one_sentence_is_shown_however_long_it_is(old: Guide) -> None:
    endless = replace(LONG, answer="word " * 100 + "end.", easy_read=())
    body = answer(endless, old, State(audience="parent"), NOON).blocks[1]
    assert isinstance(body, Paragraph)
    assert body.text.endswith("end.")


def test_fields_of_older_content_answer_what_no_facet_does(old: Guide) -> None:
    dated_entry = replace(LONG, cost="It is free.", ages=(5, 15), steps=("Ring them.",))
    assert facet_names(dated_entry) == ["steps", "cost", "age"]
    assert "It is free." in plain(facet_answer(dated_entry, ("cost",), old, State(), NOON))
    ages = plain(facet_answer(dated_entry, ("age",), old, State(), NOON))
    assert old.wording("facet_ages", youngest=5, oldest=15) in ages


def test_a_short_form_that_somebody_typed_is_not_explained_to_them(guide: Guide) -> None:
    explained = []
    for one in entries(guide):
        untyped = answer(one, guide, home(one), NOON)
        for term in guide.library.terms:
            line = Paragraph(guide.wording("short_form", term=term.term, full=term.full))
            if line in untyped.blocks:
                explained.append(one.id)
                assert line not in answer(one, guide, home(one), NOON, typed=f"what is {term.term.lower()}").blocks
    assert explained


def test_young_people_are_spoken_to_as_such(guide: Guide) -> None:
    apart = [one for one in entries(guide) if one.young.answer]
    assert len(apart) > 20
    for one in apart:
        body = answer(one, guide, home(one, "young-person"), NOON).blocks[1]
        assert isinstance(body, Paragraph)
        assert " ".join((one.young.answer or "").split()).startswith(body.text), one.id
    assert set(VOICES) < set(get_args(Audience))
