"""What a pressed button does; one of an old message does something sensible or says that it is out of date (T9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from conversations.guide import Guide
from conversations.replies.answers import (
    ALL,
    all_row,
    answer,
    chosen,
    chosen_answer,
    facet_answer,
    facet_rows,
    has_facet,
    shown,
    whole,
)
from conversations.replies.easy import hard_words
from conversations.replies.prompts import WALL, no_match, safety_card, small_prompt
from conversations.replies.take_away import take_away
from conversations.steps import audience, commands
from conversations.steps.area import area_chosen, at_home
from conversations.turns import AnswerShown, Button, NothingFound, Paragraph, Reply, SafetyCardShown, State, Turn
from knowledge.danger.detector import Danger
from knowledge.entries import AUDIENCES, CRISIS
from knowledge.text.places import ELSEWHERE

Pressed = Callable[[State, str, Guide, datetime], Turn | None]
"""What a press does: the state, what stands behind the colon of the button's id, the guide, the time; None for an old id."""

PAGE = 8
"""Entries on one page of the menu: what a phone shows without scrolling."""


def press(state: State, button: str, guide: Guide, now: datetime) -> Turn:
    """The turn of a pressed button, by its id: `verb` or `verb:rest`. Those of feedback are `feedback.flow.VERBS`."""
    state = replace(state, asked=None)
    verb, _, rest = button.partition(":")
    pressed = VERBS[verb](state, rest, guide, now) if verb in VERBS else None
    if pressed is not None:
        return pressed
    old = Reply("info", (Paragraph(guide.wording("old_button")),), ((Button("m", guide.wording("button_menu")),),))
    return Turn(state, (old,))


def asks_for_card(button: str | None, guide: Guide) -> bool:
    """Whether a pressed button, by its id, brings a safety card: the one under a gentle line, or the crisis entry's."""
    verb, _, rest = (button or "").partition(":")
    entry = guide.by_short_id.get(rest) if verb == "e" else None
    return verb == "safety" or (entry is not None and entry.id == CRISIS)


def entry_of(buttons: Iterable[str]) -> str | None:
    """The entry that a reply is about, by the short form that the ids of its own buttons hold; None where they tell none."""
    for button in buttons:
        verb, _, rest = button.partition(":")
        if verb == "x":
            return rest.rpartition(":")[0]
    return None


def _entry(state: State, short: str, guide: Guide, now: datetime) -> Turn | None:
    entry = guide.by_short_id.get(short)
    if entry is None:
        return None
    if entry.id == CRISIS:
        return _card(state, "", guide, now)
    here = at_home(state, entry)
    after = shown(here, entry, guide)
    return Turn(after, (replace(answer(entry, guide, here, now), score=1.0),), (AnswerShown(entry.id),))


def _facet(state: State, rest: str, guide: Guide, now: datetime) -> Turn | None:
    """One facet of an entry, or the whole of it."""
    short, _, name = rest.rpartition(":")
    entry = guide.by_short_id.get(short)
    if entry is None or entry.id == CRISIS:
        return None
    here = at_home(state, entry)
    if name == ALL:
        reply = whole(entry, guide, here, now)
    elif has_facet(entry.said_to(state.voice), name, guide):
        if entry.id in state.offered and entry.id != state.last:
            taken = replace(chosen_answer(entry, name, guide, here, now), score=1.0)
            return Turn(chosen(here, entry, name, guide), (taken,), (AnswerShown(entry.id),))
        reply = facet_answer(entry, (name,), guide, here, now)
    else:
        return None
    return Turn(shown(here, entry, guide, what=name), (replace(reply, score=1.0),), (AnswerShown(entry.id),))


def _take_away(state: State, short: str, guide: Guide, now: datetime) -> Turn | None:
    """All of an entry as one message to be passed on; the talk stays where it is."""
    entry = guide.by_short_id.get(short)
    if entry is None or entry.id == CRISIS or entry.small_talk:
        return None
    return Turn(state, (take_away(entry, guide, state, now),))


def _hard_words(state: State, short: str, guide: Guide, now: datetime) -> Turn | None:
    """What the hard words of an entry mean."""
    entry, easy = guide.by_short_id.get(short), guide.easy
    if entry is None or entry.small_talk:
        return None
    said = entry.said_to(state.voice)
    head = Paragraph(easy.wording("hard_words", title=entry.title), strong=True)
    rows = (*facet_rows(said, easy), all_row(entry, easy))
    reply = Reply("info", (head, *hard_words(said, easy.wording)), rows)
    return Turn(state.on(entry.id), (reply,))


def _area(state: State, area: str, guide: Guide, now: datetime) -> Turn | None:
    known = area in guide.library.area_by_id or area == ELSEWHERE
    return area_chosen(state, area, guide, now) if known else None


def _none_of_these(state: State, rest: str, guide: Guide, now: datetime) -> Turn:
    told = state.told if WALL in state.told else (*state.told, WALL)
    after = replace(state, offered=(), offered_for=(), missed=state.missed + 1, told=told)
    return Turn(after, (no_match((), state, guide, now),), (NothingFound(),))


def _card(state: State, rest: str, guide: Guide, now: datetime) -> Turn:
    """The general card, by the button under a gentle line."""
    shown = safety_card(Danger("general", "card", "unclear"), state, guide, now)
    asking = () if state.area or not guide.library.areas else (small_prompt("area_asks_after_card", guide),)
    after = replace(state, worry="general", worry_turns=0, asked="area" if asking else None)
    return Turn(after, (shown, *asking), (SafetyCardShown("general"),))


def _audience(state: State, who: str, guide: Guide, now: datetime) -> Turn:
    for one in AUDIENCES:
        if who == one:
            state = replace(state, audience=one)
    return Turn(state, (small_prompt("ready", guide),))


def _theme(state: State, rest: str, guide: Guide, now: datetime) -> Turn:
    """One page of a theme's entries, each a button."""
    theme, _, number = rest.rpartition(":")
    entries = guide.entries_of(theme, state.area)
    if not entries:
        return Turn(state, (small_prompt("menu", guide),))
    page = int(number) if number.isdecimal() and int(number) * PAGE < len(entries) else 0
    rows = [(guide.button(entry),) for entry in entries[page * PAGE : (page + 1) * PAGE]]
    last = [Button("m", guide.wording("button_back"))]
    if (page + 1) * PAGE < len(entries):
        last.append(Button(f"t:{theme}:{page + 1}", guide.wording("button_more")))
    asking = Paragraph(guide.wording("menu_theme", theme=guide.wording.theme(theme)))
    return Turn(state, (Reply("prompt", (asking,), (*rows, tuple(last)), moves=True),))


def _of(command: Callable[[State, Guide, datetime], Turn]) -> Pressed:
    """A button that does what a command does."""
    return lambda state, rest, guide, now: command(state, guide, now)


VERBS: dict[str, Pressed] = {
    "e": _entry,
    "x": _facet,
    "tk": _take_away,
    "hw": _hard_words,
    "a": _area,
    "who": _audience,
    "t": _theme,
    "none": _none_of_these,
    "safety": _card,
    "who-ask": lambda state, rest, guide, now: Turn(
        replace(state, asked=audience.ASKED), (small_prompt("ask_audience", guide),)
    ),
    "priv": lambda state, rest, guide, now: Turn(state, (commands.privacy_more(guide),)),
    "m": _of(commands.menu),
    "area": _of(commands.area),
    "er": _of(commands.easy_read),
    "settings": _of(commands.settings),
}
"""What a button does, by the part of its id before the colon; each is short, as Telegram takes 64 bytes of an id."""
