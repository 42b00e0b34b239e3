"""Where each phone number, email and link is shown: the entries, the areas, the safety cards. And finding them, and entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from knowledge.entries import NATIONAL, Contact, Entry, Library
from knowledge.publishing.contact_register import details_in, kind_of_detail, plain_detail
from knowledge.text.normalise import clean, split_words

MOST_FOUND = 30
"""Of numbers and of entries on one page."""
FEWEST_DIGITS = 4
"""So many digits are taken for a part of a number."""


@dataclass(frozen=True)
class Place:
    """Something that shows a detail."""

    kind: Literal["entry", "area", "card"]
    id: str
    area: str
    contacts: tuple[str, ...]
    """The names of the contacts that have it; none where it stands in a text or a source alone."""


@dataclass(frozen=True)
class Shown:
    """A phone number, email or link, and all that shows it."""

    detail: str
    """As it stands there; where it is written in several ways, one of them."""
    plain: str
    kind: str
    places: tuple[Place, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the contacts that have it."""
        return tuple(dict.fromkeys(name for place in self.places for name in place.contacts))

    @property
    def area(self) -> str:
        """Whose it is: an area's, where nothing else shows it; else everybody's."""
        areas = {place.area for place in self.places}
        return areas.pop() if len(areas) == 1 else NATIONAL

    @property
    def on_cards(self) -> bool:
        """Whether a safety card shows it."""
        return any(place.kind == "card" for place in self.places)


@lru_cache(maxsize=2)
def all_shown(library: Library) -> dict[str, Shown]:
    """Every detail that a library shows, by its plain form."""
    found: dict[str, Shown] = {}
    for place, contacts, rest in _holders(library):
        named: dict[str, list[str]] = {}
        texts = details_in(rest)
        for contact in contacts:
            for plain, text in details_in(contact).items():
                named.setdefault(plain, []).append(contact.name)
                texts.setdefault(plain, text)
        for plain, text in texts.items():
            here = replace(place, contacts=tuple(dict.fromkeys(named.get(plain, ()))))
            before = found.get(plain) or Shown(text, plain, kind_of_detail(text) or "phone", ())
            found[plain] = replace(before, places=(*before.places, here))
    return found


def _holders(library: Library) -> Iterator[tuple[Place, tuple[Contact, ...], Any]]:
    for entry in library.entries:
        rest = replace(entry, contacts=(), phrases=(), also_called=(), confirm=(), note=None)
        yield Place("entry", entry.id, entry.area, ()), entry.contacts, rest
    for area in library.areas:
        single = (area.local_offer, area.forum, area.sendiass, area.crisis)
        contacts = (*(contact for contact in single if contact is not None), *area.social_care)
        yield Place("area", area.id, area.id, ()), contacts, area.sources
    if library.safety is not None:
        cards = library.safety.cards
        contacts = tuple(contact for card in cards for contact in card.contacts)
        texts = tuple(replace(card, contacts=()) for card in cards)
        yield Place("card", "safety", NATIONAL, ()), contacts, (texts, replace(library.safety, cards=(), confirm=()))


def find_details(library: Library, words: str, areas: tuple[str, ...]) -> tuple[Shown, ...]:
    """The numbers, emails and links of some areas that fit: a part of a number, or words of its contact's name."""
    digits = plain_detail(words) if len([one for one in words if one.isdigit()]) >= FEWEST_DIGITS else ""
    wanted = split_words(clean(words))
    found = []
    for one in all_shown(library).values():
        if not any(place.area in areas for place in one.places):
            continue
        text = " ".join((*one.names, one.detail)).lower()
        if (digits and digits in one.plain) or (wanted and one.names and all(word in text for word in wanted)):
            found.append(one)
    return tuple(sorted(found, key=lambda one: (one.kind != "phone", one.kind == "link", -len(one.places))))[
        :MOST_FOUND
    ]


def find_entries(library: Library, words: str, areas: tuple[str, ...]) -> tuple[Entry, ...]:
    """The entries of some areas in which all words stand; those that have them in a name first."""
    wanted = split_words(clean(words))
    ranked: list[tuple[int, Entry]] = []
    for entry in library.entries:
        if not wanted or entry.small_talk or entry.area not in areas:
            continue
        names = " ".join((entry.title, *entry.also_called, entry.id)).lower()
        texts = " ".join((names, entry.answer, *(facet.text for facet in entry.facets), *_names(entry))).lower()
        if all(word in names for word in wanted):
            ranked.append((0, entry))
        elif all(word in texts for word in wanted):
            ranked.append((1, entry))
    return tuple(entry for _, entry in sorted(ranked, key=lambda pair: pair[0]))[:MOST_FOUND]


def _names(entry: Entry) -> tuple[str, ...]:
    return tuple(contact.name for contact in entry.contacts)
