"""What a talk leans on: the library, the matcher that finds in it, and the wording."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

from conversations.turns import Button, State
from conversations.wording import Wording
from knowledge.entries import NATIONAL, Area, Audience, Entry, Library
from knowledge.matching import related
from knowledge.matching.matcher import Matcher
from knowledge.text.normalise import COMMON, clean, split_words, stem

CALLBACK_BYTES = 64
"""Telegram's limit for the data of a button."""


@dataclass(frozen=True, eq=False)
class Guide:
    """Everything that is the same for all talks; immutable."""

    library: Library
    matcher: Matcher
    wording: Wording

    @cached_property
    def easy(self) -> Guide:
        """The same, saying its own sentences in easy read."""
        return replace(self, wording=self.wording.easy)

    def to(self, state: State) -> Guide:
        """The guide as it speaks in a talk."""
        return self.easy if state.easy_read else self

    @cached_property
    def by_short_id(self) -> dict[str, Entry]:
        """Entries by the short form of their id that a button holds."""
        return {_short(entry.id): entry for entry in self.library.entries}

    @cached_property
    def themes(self) -> tuple[str, ...]:
        """Themes in the order of the wording, then those that it does not name."""
        found = dict.fromkeys(entry.theme for entry in self.library.entries if not entry.small_talk)
        named = [theme for theme in self.wording.rows.get("themes", {}) if theme in found]
        return (*named, *(theme for theme in found if theme not in named))

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        return {}

    def words_of(self, entry: Entry) -> frozenset[str]:
        """The stems that an entry's title, other names, answers and facets are made of; worked out when first asked for."""
        if entry.id not in self._words:
            texts = [entry.title, *entry.also_called, entry.answer, *entry.steps, *entry.easy_read]
            texts += [part for facet in entry.facets for part in (facet.text, *facet.phrases)]
            texts += [contact.name for contact in entry.contacts]
            self._words[entry.id] = frozenset(stem(word) for text in texts for word in split_words(clean(text)))
        return self._words[entry.id]

    @cached_property
    def _names(self) -> dict[str, tuple[frozenset[str], ...]]:
        return {}

    def names_of(self, entry: Entry) -> tuple[frozenset[str], ...]:
        """The stems of each of an entry's names that could tell it from others."""
        if entry.id not in self._names:
            forms = (split_words(clean(text)) for text in (entry.title, *entry.also_called))
            telling = (frozenset(stem(word) for word in form if word not in COMMON) for form in forms)
            self._names[entry.id] = tuple(form for form in telling if form)
        return self._names[entry.id]

    def own_words(self, entry: Entry) -> frozenset[str]:
        """The stems of all of an entry's names that could tell it from others."""
        return frozenset[str]().union(*self.names_of(entry))

    @cached_property
    def _akin(self) -> dict[tuple[str, str | None], tuple[Entry, ...]]:
        return {}

    def akin(self, name: str, area: str | None) -> tuple[Entry, ...]:
        """The entries on the subject of an entry, by its id, that answer in the area; looked up when first asked for."""
        if (name, area) not in self._akin:
            here = (entry for entry in self.library.entries if entry.area in (NATIONAL, area))
            self._akin[name, area] = tuple(entry for entry in here if related.akin(entry.id, name))
        return self._akin[name, area]

    def said(self, entry: Entry, voice: Audience, area: str | None) -> Entry:
        """An entry as it is said to somebody in an area: the council's team that deals with it comes before its other contacts."""
        said, home = entry.said_to(voice), self.area(area)
        team = None if home is None else self.library.by_id.get(dict(home.teams).get(entry.team or "", ""))
        if team is None or not team.contacts:
            return said
        facets = tuple(
            facet if facet.contact is None else replace(facet, contact=facet.contact + 1) for facet in said.facets
        )
        return replace(said, contacts=(team.contacts[0], *said.contacts), facets=facets)

    def area(self, area: str | None) -> Area | None:
        """A covered area by its id, else None."""
        return self.library.area_by_id.get(area or "")

    def entries_of(self, theme: str, area: str | None) -> tuple[Entry, ...]:
        """The entries of a theme that answer in an area, the area's own first."""
        own = [entry for entry in self.library.entries if entry.theme == theme and entry.area == area]
        everywhere = [e for e in self.library.entries if e.theme == theme and e.area == NATIONAL and not e.small_talk]
        return (*own, *everywhere)

    def subject_theme(self, entry: Entry) -> str:
        """The theme of what is said on an entry's subject: an area's own entry may lie in another file than the national one.

        Entries on one subject have the same key (docs/content.md); the national one says where the subject belongs.
        """
        everywhere = self.library.by_id.get(f"{NATIONAL}/{entry.id.partition('/')[2]}")
        return everywhere.theme if everywhere is not None else entry.theme

    def button(self, entry: Entry, verb: str = "e", label: str = "") -> Button:
        """A button that brings an entry, with its title or a label on it; `verb` for what else can be done with one."""
        return Button(f"{verb}:{_short(entry.id)}", label or entry.title)

    def facet_button(self, entry: Entry, facet: str, label: str) -> Button:
        """A button that brings one facet of an entry."""
        return Button(f"x:{_short(entry.id)}:{facet}", label)


class InUse:
    """The guide that is in use, which another takes the place of when the content changes. Whoever holds it asks it anew each time."""

    def __init__(self, guide: Guide) -> None:
        self.guide = guide
        self._doors: list[tuple[InUse, Wording]] = []

    def put(self, guide: Guide) -> None:
        """From now on this guide is in use, at each door in its own words."""
        self.guide = guide
        for door, words in self._doors:
            door.put(replace(guide, wording=guide.wording.at_door(words)))

    def at_door(self, words: Wording) -> InUse:
        """The same guide as a door says its sentences."""
        door = InUse(replace(self.guide, wording=self.guide.wording.at_door(words)))
        self._doors.append((door, words))
        return door


def in_use(guide: Guide | InUse) -> InUse:
    """What holds a guide: it itself, or one that never changes."""
    return guide if isinstance(guide, InUse) else InUse(guide)


def _short(entry_id: str) -> str:
    """An entry's id as a button holds it: the id, or where that is too long for one, a digest of it."""
    if len(entry_id.encode()) <= CALLBACK_BYTES - 16:
        return entry_id
    return "#" + hashlib.sha256(entry_id.encode()).hexdigest()[:20]
