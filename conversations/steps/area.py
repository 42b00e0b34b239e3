"""What a message says about where somebody lives, and the answers to the questions that the bot had asked."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from conversations.guide import Guide
from conversations.replies.answers import answer, area_contacts, contact_block, shown
from conversations.replies.prompts import info, own_local_offer, small_prompt
from conversations.steps import audience
from conversations.turns import AnswerShown, Block, Button, Paragraph, Reply, State, Turn
from knowledge.entries import NATIONAL, Entry, Library
from knowledge.matching import related
from knowledge.text.places import ELSEWHERE, LIVES, Place, place_words
from knowledge.text.said import Said

ONLY_A_PLACE = re.compile(
    r"^\W*+(hi|hello|hey)?\W*+(?:(?:no|oh|sorry|wrong|actually|i mean|i meant|thats wrong|my mistake)\b\W*+)*+((i|we|my family|my son|my daughter)\b.{0,25}\b(live|lives|living|are|am|based|from)|im|i'm|i am|we're|were|its|it's|"
    r"in|from|near|area|my area is|postcode|my postcode is|change (my )?area to|what about|and|how about)?\W*+(just |now |here |over |down |up )*"
    r"(in|at|near|from|to|for)?\W*+(the )?$",
    re.IGNORECASE,
)
"""What stands around a place in a message that tells nothing but where somebody lives."""
HOME = (
    r"\b(?:i|we|my family)(?:\W?(?:am|m|are|re))?(?: (?:live|living|based|are|from))*(?: (?:here|just|over|up|down))?"
    r" (?:in|near|at|from)"
)
JOINING = "(?:and|so|but|with|where)"
PUTS_RIGHT = frozenset("meant mean not wrong moved move actually sorry no".split())
BESIDE_HOME = PUTS_RIGHT | frozenset(
    "oh i im ive we were weve its it is the in to from at area council place live living now here last this year month week just up down over only that and".split()
)
"""Words one of which puts right where somebody lives, and words that may stand beside them and ask nothing: "sorry I meant Wirral, we moved"."""
MEANS_HOME = re.compile(r"\b(?:meant?|wrong (?:area|council|place))(?: (?:in|its|im|the|it|is))*$")
"""What stands before the place that somebody meant."""
ASKED_TURNS = 2
"""An area that is told so soon after a safety card brings the council's numbers."""
SHORT_REST = 12
"""Characters beside the place in an answer to "where do you live?"."""


def settle(state: State, said: Said, guide: Guide, now: datetime) -> State | Turn:
    """The state with the area that the message tells, or the whole turn where it told nothing else."""
    text, found = said.typed, said.place
    if (who := audience.told(state, said, guide)) is not None:
        return who
    if found.area is not None:
        lives, only = tells_home(text, found.name or "")
        only |= state.asked == "area" and len(text) <= len(found.name or "") + SHORT_REST
        if only or (state.area not in (None, found.area) and _puts_home_right(said, guide)):
            return area_chosen(state, found.area, guide, now)
        return replace(moved(state, found.area, guide) if lives or state.area is None else state, asked=None)
    if found.shared and (state.asked == "area" or len(text) < 40):
        return _ask_shared(state, found, guide)
    if state.asked == "area" and len(text.split()) <= 3 and not text.endswith("?"):
        match = guide.matcher.find(said, state.area, state.voice)
        if match.sure is None:
            return Turn(state, (small_prompt("ask_area_again", guide),))
    return replace(state, asked=None)


def tells_home(text: str, name: str) -> tuple[bool, bool]:
    """Whether a message says that somebody lives in the place called `name`, and whether it says nothing else."""
    before, _, after = f" {place_words(text)} ".partition(f" {name.lower()} ")
    lives = LIVES.search(before.strip()) is not None or MEANS_HOME.search(before.strip()) is not None
    postcode_rest = re.fullmatch(
        r"\s*(\d[a-z]{2})?\s*((area|please|pls|thanks|now|uk|england|actually|sorry)\s*)*", after
    )
    only = postcode_rest is not None and ONLY_A_PLACE.match(before.strip()) is not None
    return lives, only


def _puts_home_right(said: Said, guide: Guide) -> bool:
    """Whether a message says that somebody lives elsewhere than was said before, and no more."""
    words = set(said.words)
    homes = {word for area in guide.library.areas for word in place_words(area.name).split()}
    return bool(words & PUTS_RIGHT) and words - homes - set((said.place.name or "").split()) <= BESIDE_HOME


def without_home(said: Said, library: Library) -> Said:
    """The message without the words that tell where somebody lives: they are no need of their own."""
    text, found = said.typed, said.place
    if found.area is None or not found.name:
        return said
    rest = re.sub(rf"{HOME}\W+{found.pattern}\b\W*(?:{JOINING}\W+)?", " ", text, count=1, flags=re.IGNORECASE).strip()
    return said.without(rest, library) if len(rest.split()) > 1 else said


def area_chosen(state: State, area: str, guide: Guide, now: datetime) -> Turn:
    """The turn after somebody said or pressed where they live."""
    after = replace(moved(state, area, guide), asked=None)
    home = guide.area(area)
    if state.worry is not None and state.worry_turns <= ASKED_TURNS:
        return Turn(after, (_after_card(after, guide, now),))
    there = guide.library.by_id.get(after.last or "")
    if there is not None and there.area == area:
        return Turn(shown(after, there, guide), (answer(there, guide, after, now),), (AnswerShown(there.id),))
    if home is None:
        return Turn(after, (Reply("info", tuple(own_local_offer(guide, now)), _menu_row(guide)),))
    first = info("area_set", guide, area=home.name)
    if (
        there is not None and there.area == NATIONAL and state.asked != "area"
    ):  # the last question is asked again, there
        return Turn(shown(after, there, guide), (first, answer(there, guide, after, now)), (AnswerShown(there.id),))
    if state.audience:
        return Turn(after, (first, small_prompt("ready", guide)))
    return Turn(replace(after, asked=audience.ASKED), (first, small_prompt("ask_audience", guide)))


def moved(state: State, area: str, guide: Guide) -> State:
    """The state of somebody who lives in the area: what was spoken of is from now on what stands in its place there."""
    by_id = guide.library.by_id
    topics = [here(by_id[topic], area, guide).id if topic in by_id else topic for topic in state.topics]
    return replace(state, area=area, topics=tuple(dict.fromkeys(topics)))


def here(entry: Entry, area: str | None, guide: Guide) -> Entry:
    """The entry that stands for this one in an area: of another area's, the area's own on the subject, or the national."""
    if entry.area in (NATIONAL, area):
        return entry
    about = related.subject(entry.id)
    alike = [one for one in guide.library.entries if related.subject(one.id) == about and one.area in (NATIONAL, area)]
    return max(alike, key=lambda one: one.area == area, default=entry)


def _after_card(state: State, guide: Guide, now: datetime) -> Reply:
    """The council's own numbers, where the area is told only after the card."""
    home = guide.area(state.area)
    if home is None:
        return Reply("info", (Paragraph(guide.wording("area_elsewhere_after_card")),))
    contacts = [*home.social_care, *([home.crisis] if home.crisis else [])]
    blocks: list[Block] = [contact_block(contact, guide.wording, now) for contact in contacts]
    blocks = blocks or area_contacts(home, guide.wording, now)
    return Reply("info", (Paragraph(guide.wording("area_after_card", area=home.name)), *blocks), safety="card")


def _ask_shared(state: State, found: Place, guide: Guide) -> Turn:
    homes = [home for area in found.shared if (home := guide.area(area)) is not None]
    rows = [(Button(f"a:{home.id}", home.council or home.name),) for home in homes]
    rows.append((Button(f"a:{ELSEWHERE}", guide.wording("button_elsewhere")),))
    asking = Paragraph(guide.wording("ask_area_shared", district=(found.name or "").upper()))
    return Turn(replace(state, asked="area"), (Reply("prompt", (asking,), tuple(rows)),))


def _menu_row(guide: Guide) -> tuple[tuple[Button, ...], ...]:
    return ((Button("m", guide.wording("button_menu")),),)


def at_home(state: State, entry: Entry) -> State:
    """Where nobody has said where they live, an area's own entry that they choose tells it."""
    return replace(state, area=entry.area) if state.area is None and entry.area != NATIONAL else state
