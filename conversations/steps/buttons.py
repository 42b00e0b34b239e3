"""What a pressed button does; one of an old message does something sensible or says that it is out of date (T9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from conversations.guide import Guide
from conversations.replies.answers import answer, shown
from conversations.replies.prompts import no_match, safety_card, small_prompt
from conversations.steps import commands
from conversations.steps.area import area_chosen
from conversations.turns import AnswerShown, Button, NothingFound, Paragraph, Reply, SafetyCardShown, State, Turn
from knowledge.danger.detector import Danger
from knowledge.entries import AUDIENCES, CRISIS, NATIONAL
from knowledge.text.places import ELSEWHERE

PAGE = 8
"""Entries on one page of the menu: what a phone shows without scrolling."""


def press(state: State, button: str, guide: Guide, now: datetime) -> Turn:
    """The turn of a pressed button, by its id."""
    state = replace(state, asked=None)
    verb, _, rest = button.partition(":")
    if verb == "e" and rest in guide.by_short_id:
        return _entry(state, rest, guide, now)
    if verb == "a" and (rest in guide.library.area_by_id or rest == ELSEWHERE):
        return area_chosen(state, rest, guide, now)
    if verb == "who":
        return _audience(state, rest, guide)
    if verb == "t":
        return _theme(state, rest, guide)
    simple = {
        "m": commands.menu,
        "area": commands.area,
        "er": commands.easy_read,
        "settings": commands.settings,
    }.get(button)
    if simple is not None:
        return simple(state, guide, now)
    if button == "who-ask":
        return Turn(state, (small_prompt("ask_audience", guide),))
    if button == "priv":
        return Turn(state, (commands.privacy_more(guide),))
    if button == "none":
        return Turn(replace(state, offered=()), (no_match((), state, guide, now),), (NothingFound(),))
    if button == "safety":
        return _card(state, guide, now)
    old = Reply("info", (Paragraph(guide.wording("old_button")),), ((Button("m", guide.wording("button_menu")),),))
    return Turn(state, (old,))


def _entry(state: State, short: str, guide: Guide, now: datetime) -> Turn:
    entry = guide.by_short_id[short]
    if entry.id == CRISIS:
        return _card(state, guide, now)
    home = entry.area if state.area is None and entry.area != NATIONAL else state.area
    here = replace(state, area=home)
    after = shown(here, entry, guide)
    return Turn(after, (replace(answer(entry, guide, here, now), score=1.0),), (AnswerShown(entry.id),))


def _card(state: State, guide: Guide, now: datetime) -> Turn:
    """The general card, by the button under a gentle line."""
    shown = safety_card(Danger("general", "card", "unclear"), state, guide, now)
    asking = () if state.area or not guide.library.areas else (small_prompt("area_asks_after_card", guide),)
    after = replace(state, last=CRISIS, offered=(), asked="area" if asking else None)
    return Turn(after, (shown, *asking), (SafetyCardShown("general"),))


def _audience(state: State, who: str, guide: Guide) -> Turn:
    for audience in AUDIENCES:
        if who == audience:
            state = replace(state, audience=audience)
    return Turn(state, (small_prompt("ready", guide),))


def _theme(state: State, rest: str, guide: Guide) -> Turn:
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
