"""The replies that are no entry: the safety card, choices, an honest no, prompts, and what holds when all fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from conversations.guide import Guide
from conversations.replies.answers import LOCAL_OFFER, area_contacts, contact_block, facet_rows, label
from conversations.turns import Block, Button, Paragraph, Reply, State, Steps
from knowledge.danger.cards import card
from knowledge.danger.detector import Danger
from knowledge.entries import CRISIS, Entry
from knowledge.matching.match import Match
from knowledge.text.places import ELSEWHERE

WORDS_SHOWN = 6
"""Understood words that are named when nothing was found."""


def safety_card(worry: Danger, state: State, guide: Guide, now: datetime) -> Reply:
    """The card for this danger, person and area; every line of it is content (S2)."""
    assert guide.library.safety is not None
    found = card(worry, guide.library.safety, guide.area(state.area), state.audience)
    contacts = [contact_block(contact, guide.wording, now) for contact in found.contacts]
    if state.easy_read and found.easy_read:
        body: list[Block] = [Paragraph(sentence, strong=index == 0) for index, sentence in enumerate(found.easy_read)]
        return Reply("crisis", (*body, *contacts), entry=CRISIS, safety="card", score=1.0)
    lines = (found.first, found.second)
    body = [Paragraph(line, strong=index == 0) for index, line in enumerate(lines) if line]
    body += [Paragraph(line) for line in (*found.lines, found.warm)]
    return Reply("crisis", (*body, *contacts, Paragraph(found.honest)), entry=CRISIS, safety="card", score=1.0)


def crisis_numbers(kind: str, state: State, guide: Guide) -> list[Block]:
    """The numbers of a card in two lines: the one for this danger, and 999."""
    safety = guide.library.safety
    assert safety is not None
    found = card(Danger(kind, "card"), safety, guide.area(state.area), state.audience)
    return [Paragraph(line) for line in (found.second, found.first) if line]


def choices(match: Match, guide: Guide, state: State, now: datetime, behind: Sequence[str] = ()) -> Reply:
    """Two or three entries to choose from, the best first, "none of these", and one person to ask.

    `behind` is the facet that each is offered for, or the empty string.
    """
    entries = match.choices
    slugs = {entry.id.partition("/")[2] for entry in entries}
    across = len({entry.area for entry in entries}) > 1
    opening = "choices_areas" if across and len(slugs) == 1 else "choices"
    return offer(entries, guide, state, now, opening, behind)


def offer(
    entries: Sequence[Entry], guide: Guide, state: State, now: datetime, opening: str = "choices", behind: Sequence[str] = ()
) -> Reply:  # fmt: skip
    """Entries to choose from under a sentence of the wording, and one line with somebody to ask.

    `behind` is the facet that each is offered for, or the empty string: its button then leads there.
    """
    across = len({entry.area for entry in entries}) > 1
    behind = tuple(behind) or ("",) * len(entries)
    rows = [(way_to(entry, name, guide),) for entry, name in zip(entries, behind, strict=True)]
    rows.append((Button("none", guide.wording("button_none")),))
    blocks: list[Block] = [
        Paragraph(guide.wording(opening)),
        Steps(tuple(offered_as(one, name, state, guide, across) for one, name in zip(entries, behind, strict=True))),
    ]
    contact = person_to_ask(state, guide)
    if contact:
        blocks.append(Paragraph(guide.wording("choices_contact", contact=contact)))
    return Reply("choices", tuple(blocks), tuple(rows), choices=tuple(entry.id for entry in entries))


def way_to(entry: Entry, facet: str, guide: Guide) -> Button:
    """The button of an entry that is offered, perhaps for one of its facets."""
    return guide.facet_button(entry, facet, entry.title) if facet else guide.button(entry)


def offered_as(entry: Entry, facet: str, state: State, guide: Guide, across: bool = False) -> str:
    """The line of an entry that is offered: its title, and the facet where it is offered for one."""
    title = titled(entry, guide, across)
    return f"{title}: {label(facet, entry.said_to(state.voice), guide)}" if facet else title


def also_asked(reply: Reply, other: Entry, guide: Guide, facet: str = "", line: str = "choices_also") -> Reply:
    """The answer to one of two needs, with the other as its first button; it leads to a facet where one is likely asked for."""
    button = way_to(other, facet, guide)
    said = Paragraph(guide.wording(line, title=other.title))
    return replace(reply, blocks=(*reply.blocks, said), buttons=((button,), *reply.buttons))


def person_to_ask(state: State, guide: Guide) -> str | None:
    """Somebody who can be reached, in one line: SENDIASS of the area where it has a phone, else its Local Offer.

    A young person gets the way that needs no voice, where there is one.
    """
    area = guide.area(state.area)
    known = (
        [contact for contact in (area.sendiass, area.local_offer) if contact is not None] if area is not None else []
    )
    with_phone = next((contact for contact in known if contact.phone), None)
    contact = with_phone or next((one for one in known[::-1] if one.email or one.url), None)
    if contact is None:
        return None
    written = contact.text or contact.email if state.voice == "young-person" else None
    return f"{contact.name}, {written or contact.phone or contact.email or contact.url}"


def titled(entry: Entry, guide: Guide, across: bool) -> str:
    """The title, with the area's name where entries of several areas stand side by side."""
    area = guide.area(entry.area)
    return f"{entry.title} ({area.name})" if across and area and area.name not in entry.title else entry.title


def no_match(understood: tuple[str, ...], state: State, guide: Guide, now: datetime) -> Reply:
    """An honest no. The whole way on once a talk; then one line; a second in a row offers the last topic, a third a person."""
    asked = person_to_ask(state, guide) or guide.wording("local_offer_team")
    topic = guide.library.by_id.get(state.last or "")
    menu = (Button("m", guide.wording("button_menu")),)
    if state.missed >= 2:
        return Reply("no_match", (Paragraph(guide.wording("no_match_person", contact=asked)),), (menu,))
    if state.missed == 1 and topic is not None and (rows := facet_rows(topic.said_to(state.voice), guide)):
        text = guide.wording("no_match_topic", title=topic.title)
        return Reply("no_match", (Paragraph(text),), (*rows, menu))
    if WALL in state.told:
        text = guide.wording.variant("no_match_short", state.turns, contact=asked)
        return Reply("no_match", (Paragraph(text),), (menu,))
    return _wall(understood, state, guide, now)


WALL = "wall"
"""Stands in `State.told` once the whole way on was shown."""


def _wall(understood: tuple[str, ...], state: State, guide: Guide, now: datetime) -> Reply:
    """The words that were understood, the Local Offer line and SENDIASS of the area, other ways on."""
    blocks: list[Block] = [Paragraph(guide.wording("no_match"))]
    if len(understood) > 1:
        words = ", ".join(understood[:WORDS_SHOWN])
        blocks.append(Paragraph(guide.wording("no_match_understood", words=words)))
    area = guide.area(state.area)
    rows: list[tuple[Button, ...]] = []
    if area is not None:
        blocks += [Paragraph(guide.wording("no_match_ask")), *area_contacts(area, guide.wording, now)]
    elif state.area is None and guide.library.areas:
        blocks.append(Paragraph(guide.wording("no_match_no_area")))
        rows += area_buttons(guide)
    else:
        blocks += own_local_offer(guide, now)
    blocks.append(Paragraph(guide.wording("no_match_try")))
    rows.append((Button("m", guide.wording("button_menu")),))
    return Reply("no_match", tuple(blocks), tuple(rows))


def own_local_offer(guide: Guide, now: datetime) -> list[Block]:
    """How a family whose council is not covered finds its own Local Offer."""
    entry = guide.library.by_id.get(LOCAL_OFFER)
    contacts = entry.contacts[:1] if entry else ()
    return [
        Paragraph(guide.wording("area_elsewhere")),
        *(contact_block(contact, guide.wording, now) for contact in contacts),
    ]


def area_buttons(guide: Guide) -> list[tuple[Button, ...]]:
    """A row for each covered area, and one for everywhere else."""
    rows: list[tuple[Button, ...]] = [(Button(f"a:{area.id}", area.name),) for area in guide.library.areas]
    return [*rows, (Button(f"a:{ELSEWHERE}", guide.wording("button_elsewhere")),)]


def audience_buttons(guide: Guide) -> list[tuple[Button, ...]]:
    """Who somebody is; it can be skipped."""
    names = {"parent": "button_parent", "young-person": "button_young_person", "professional": "button_professional"}
    rows: list[tuple[Button, ...]] = [(Button(f"who:{who}", guide.wording(name)),) for who, name in names.items()]
    return [*rows, (Button("who:-", guide.wording("button_skip")),)]


def menu_buttons(guide: Guide) -> list[tuple[Button, ...]]:
    """A row for each theme."""
    return [(Button(f"t:{theme}:0"[:64], guide.wording.theme(theme)),) for theme in guide.themes]


def small_prompt(name: str, guide: Guide) -> Reply:
    """A question back to the person, with the buttons that answer it."""
    buttons = {
        "ask_area": area_buttons,
        "ask_area_again": area_buttons,
        "area_asks_after_card": area_buttons,
        "ask_audience": audience_buttons,
        "menu": menu_buttons,
        "ready": menu_buttons,
        "empty": menu_buttons,
    }.get(name)
    return Reply("prompt", (Paragraph(guide.wording(name)),), tuple(buttons(guide)) if buttons else (), moves=True)


def info(name: str, guide: Guide, **values: object) -> Reply:
    """One sentence of the wording that asks for nothing."""
    return Reply("info", (Paragraph(guide.wording(name, **values)),))


def switched_off(state: State, guide: Guide, now: datetime) -> Reply:
    """What is said while everything is switched off: 999, 111, the area's contact, and a button for the safety card (O2)."""
    area, safety = guide.area(state.area), guide.library.safety
    rows = ((Button("safety", safety.button),),) if safety is not None else ()
    contacts = area_contacts(area, guide.wording, now)[:1] if area else ()
    return Reply("info", (Paragraph(guide.wording("off")), *contacts), rows)


def slower(guide: Guide) -> Reply:
    """What somebody is told who writes faster than anybody could read the answers."""
    return info("slower", guide)


def interrupted(guide: Guide) -> Reply:
    """What somebody is told whose message was lost on the way to its answer: to write again, with 999 and 111 (S8)."""
    safety = guide.library.safety
    first = Paragraph(guide.wording("interrupted"))
    return Reply("sorry", (first, Paragraph(safety.last_resort if safety is not None else guide.wording("sorry"))))


def sorry(state: State, guide: Guide, now: datetime) -> Reply:
    """The reply when something failed: 999, 111 and the area's contact are in it (S8)."""
    safety = guide.library.safety
    blocks: list[Block] = [Paragraph(safety.last_resort if safety is not None else guide.wording("sorry"))]
    area = guide.area(state.area)
    return Reply("sorry", (*blocks, *(area_contacts(area, guide.wording, now)[:1] if area else ())))
