"""Which entries share a name, or a subject with one of another area or the whole country, by their titles and ids."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from knowledge.arrays import Ints
from knowledge.entries import NATIONAL, Entry
from knowledge.text.normalise import COMMON, clean, split_words

BESIDE_THE_SUBJECT = frozenset({"what", "is", "therapy", "assessment"})
"""Words of an id that do not make it another subject."""


ADULT = "adult"
"""What is for adults is another subject: `national/adult-social-care` and `wirral/social-care`."""


@lru_cache(maxsize=4_096)
def subject(name: str) -> frozenset[str]:
    """The words of an entry's id that tell its subject: `manchester/local-offer` is about `national/what-is-local-offer`."""
    words = name.partition("/")[2].split("-")
    return frozenset(word.rstrip("s") for word in words if word not in BESIDE_THE_SUBJECT)


def names(entries: Sequence[Entry]) -> dict[tuple[str, ...], list[int]]:
    """Positions of the entries by the words of their titles and other names, local ones first."""
    found: dict[tuple[str, ...], list[int]] = {}
    for at, entry in enumerate(entries):
        for text in (entry.title, *entry.also_called):
            form = tuple(split_words(clean(text)))
            if any(word not in COMMON for word in form):
                found.setdefault(form, []).append(at)
    return {form: sorted(here, key=lambda at: entries[at].area == NATIONAL) for form, here in found.items()}


def kindred(entries: Sequence[Entry]) -> list[Ints]:
    """Positions of the local entries of several areas on the same subject."""
    found: dict[frozenset[str], list[int]] = {}
    for at, entry in enumerate(entries):
        if entry.area != NATIONAL:
            found.setdefault(subject(entry.id), []).append(at)
    return [np.array(positions) for positions in found.values() if len(positions) > 1]


def twins(entries: Sequence[Entry]) -> dict[str, list[tuple[int, int]]]:
    """For each area, positions of its own entries and of the national ones on the same subject."""
    wide = {subject(entry.id): at for at, entry in enumerate(entries) if entry.area == NATIONAL}
    found: dict[str, list[tuple[int, int]]] = {}
    for at, entry in enumerate(entries):
        other = wide.get(subject(entry.id))
        if entry.area != NATIONAL and other is not None:
            found.setdefault(entry.area, []).append((at, other))
    return found


def akin(one: str, other: str) -> bool:
    """Whether two entries, by their ids, are on one subject: the same, or a national and a local one of which one is a part of the other.

    A subject of two words and more may be a part of another: `wirral/blue-badge-and-travel` and `national/blue-badge`.
    """
    own, its = subject(one), subject(other)
    if (ADULT in own) != (ADULT in its):
        return False
    apart = one.startswith(f"{NATIONAL}/") != other.startswith(f"{NATIONAL}/")
    return own == its or (apart and min(len(own), len(its)) > 1 and (own < its or its < own))


def kin(entries: Sequence[Entry]) -> dict[int, Ints]:
    """For each entry, positions of those on its subject: an area's own and the national one. Both may be right at once."""
    found: dict[int, Ints] = {}
    for at, entry in enumerate(entries):
        same = [
            other
            for other, its in enumerate(entries)
            if (entry.area == NATIONAL) != (its.area == NATIONAL) and akin(entry.id, its.id)
        ]
        if same:
            found[at] = np.array(same)
    return found
