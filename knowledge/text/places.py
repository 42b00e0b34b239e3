"""The area that a place, a name or a postcode in a message stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from knowledge.entries import Library

ELSEWHERE = "elsewhere"
"""The area of a family whose council is not covered: national entries answer."""

POSTCODE = re.compile(r"(?<![a-z0-9])([a-z]{1,2}\d{1,2}[a-z]?)(?:\s?\d[a-z]{2})?(?![a-z0-9])")
"""A postcode or its district (outward code); only the district is looked at."""

LIVES = re.compile(
    r"\b(live|lives|living|based|im|am|we are|were|come|moved|from) ?(here|just|over|up|down)? ?(in|near|at|from|to)?$"
)
"""What stands before a place where somebody lives. A place that is not covered counts only then: a family in
Manchester may well ask about a school in Salford."""

TO_A_PLACE = "in|at|near|from|around|on|the"

MEND_FROM = 7
"""Names shorter than this are never read from a misspelling: too many ordinary words are near them."""


@dataclass(frozen=True)
class Place:
    """What a message says about where somebody lives."""

    area: str | None = None
    """The id of a covered area, or `ELSEWHERE`; None where the message does not decide it."""
    shared: tuple[str, ...] = ()
    """Covered areas that share a named postcode district with other councils: the person has to be asked."""
    name: str | None = None
    """The words that named it, as they were typed, in lower case."""

    @property
    def pattern(self) -> str:
        """A regular expression for that name, whatever stands between its words."""
        return r"\W+".join(re.escape(word) for word in (self.name or "").split())


def place(text: str, library: Library) -> Place:
    """The one place that a message names. Two areas in one message decide nothing, unless it says "not" of one: "wirral not shropshire"."""
    words = place_words(text)
    padded = f" {words} "
    for name in _names(library) if " not " in padded else ():
        padded = padded.replace(f" not {name} ", " ").replace(f" not in {name} ", " ")
    found: dict[str, str] = {}
    for name, area in _names(library).items():
        if f" {name} " in padded and (area != ELSEWHERE or _lives(padded, name)):
            found.setdefault(area, name)
    whole, shared = _districts(library)
    partly: list[tuple[str, str]] = []
    for match in POSTCODE.finditer(text.lower()):
        district = match[1]
        if district in whole:
            found.setdefault(whole[district], district)
        else:
            partly.extend((area, district) for area in shared.get(district, ()))
    if not found:
        found = _misspelt(words, library)
    covered = {area: name for area, name in found.items() if area != ELSEWHERE}
    if len(covered) == 1 and (ELSEWHERE not in found or _inside(found)):
        return Place(*next((area, (), name) for area, name in covered.items()))
    if found:
        return Place(ELSEWHERE, (), found[ELSEWHERE]) if not covered else Place()
    return Place(None, tuple(dict.fromkeys(area for area, _ in partly)), partly[0][1] if partly else None)


def without_place(text: str, found: Place) -> str:
    """The text without the covered place that was found in it, and without the "in" before it."""
    if found.area in (None, ELSEWHERE):
        return text
    return " ".join(re.sub(rf"\b(?:(?:{TO_A_PLACE})\W+)*{found.pattern}\b", " ", text, flags=re.IGNORECASE).split())


def _lives(padded: str, name: str) -> bool:
    """True where the message says that somebody lives in `name`, or is nothing but that name."""
    before, _, after = padded.partition(f" {name} ")
    return not (before + after).strip() or LIVES.search(before) is not None


def _inside(found: dict[str, str]) -> bool:
    """True where the name of the other place is only a part of the covered one's ("Telford" in "Old Telford")."""
    other = found[ELSEWHERE]
    return any(other in name for area, name in found.items() if area != ELSEWHERE)


def place_words(text: str) -> str:
    """The words of a text as names of places are compared: lower case, single spaces, without apostrophes."""
    return " ".join(re.findall(r"[^\W_]+", text.lower().replace("'", "").replace("’", "")))


@lru_cache(maxsize=4)
def _names(library: Library) -> dict[str, str]:
    names = {place_words(name): ELSEWHERE for name in library.elsewhere}
    for area in library.areas:
        for name in (area.name, area.council or "", *area.places):
            if place_words(name):
                names[place_words(name)] = area.id
    return names


@lru_cache(maxsize=4)
def _districts(library: Library) -> tuple[dict[str, str], dict[str, list[str]]]:
    whole: dict[str, str] = {}
    shared: dict[str, list[str]] = {}
    for area in library.areas:
        whole.update({district.lower(): area.id for district in area.postcode_districts})
        for district in area.shared_districts:
            shared.setdefault(district.lower(), []).append(area.id)
    return {district: area for district, area in whole.items() if district not in shared}, shared


def _misspelt(words: str, library: Library) -> dict[str, str]:
    """Covered areas whose one-word names are one letter (two from ten letters on) from a word of the message."""
    found: dict[str, str] = {}
    names = {name: area for name, area in _names(library).items() if area != ELSEWHERE and len(name) >= MEND_FROM - 1}
    for word in set(words.split()):
        if len(word) < MEND_FROM - 1:
            continue
        for name, area in names.items():
            limit = 1 if len(name) < 10 else 2
            if " " not in name and name[0] == word[0] and OSA.distance(word, name, score_cutoff=limit) <= limit:
                found.setdefault(area, word)
    return found
