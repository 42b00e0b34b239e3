"""First names of people: a list of them, and a message without them, as they say nothing of what is asked."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from knowledge.entries import Library
from knowledge.loader import mapping
from knowledge.text.normalise import split_words
from knowledge.text.spelling import english_words

CHILD = "child"
"""What stands in the place of a name; most that a family names is their child."""
WORD = re.compile(r"[^\W\d_]+")
OWN = frozenset("my our his her their ur your".split())
BESIDE = frozenset(
    """son sons daughter daughters boy boys girl girls lad lads lass child children kid kids baby toddler eldest oldest youngest twin twins
    brother brothers sister sisters nephew niece grandson granddaughter cousin husband wife partner mum mam mom dad nan gran grandma grandad
    aunt auntie uncle friend mate teacher senco head tutor worker nurse doctor called named name names mr mrs ms miss dr am im hi hello
    hiya hey dear thanks thank from love regards cheers its""".split()
)
"""After these a name adds nothing: "my son Jayden"."""
PLACES = frozenset("in near at st saint to around".split())
"""After these it is rather the name of a place."""


@cache
def first_names() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """First names that are no other word; those that are, but seldom with a capital; those that only a cue tells apart."""
    rows: dict[str, str] = mapping(Path(__file__).with_name("first_names.yaml"))
    seldom = frozenset(rows["by_cue"].split())
    also = frozenset(rows["also_words"].split()) - seldom
    return frozenset(rows["first"].split()) - also - seldom, also, seldom


@lru_cache(maxsize=2)
def people(library: Library) -> frozenset[str]:
    """The first names that are no word of English, and none by which the library calls a service or a place."""
    texts = [text for entry in library.entries for text in (entry.title, *entry.also_called, *entry.phrases)]
    texts += [contact.name for entry in library.entries for contact in entry.contacts]
    texts += [name for area in library.areas for name in (area.name, *area.places)]
    texts += [text for term in library.terms for text in (term.term, term.full, *term.also)]
    pieces = set(" ".join(texts).casefold().split())  # each once, before it is looked at
    called = {word for piece in pieces for word in split_words(piece)}
    return first_names()[0] - english_words() - called


def without_names(text: str, library: Library) -> str:
    """A cleaned text with "my child" in the place of each first name, or nothing where a word beside it says who that is."""
    names = people(library)
    found = list(WORD.finditer(text))
    if len(found) < 2:
        return text
    parts, end = [], 0
    for at, word in enumerate(found):
        before = found[at - 1][0] if at else ""
        if word[0] not in names or before in PLACES:
            continue
        stands = "" if before in BESIDE else CHILD if before in OWN else f"my {CHILD}"
        parts += [text[end : word.start()], stands]
        end = word.end()
    return " ".join("".join((*parts, text[end:])).split()) if parts else text
