"""Search in what families said: words are found by their stems, without accents, apostrophes and hyphens; no index (P11)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

from knowledge.text.normalise import APOSTROPHES, clean, split_words, stem

HYPHENS = re.compile("[-\u2010\u2011]")
TOKEN = re.compile(r"[^\W_]+(?:['’ʼ\u2010\u2011-][^\W_]+)*")
"""A word as it stands in a text, with its apostrophes and hyphens: what is marked."""
MOST = 32_000
"""Characters of a comment with its notes and answers that are searched; the longest has 22,000."""
WHOLE = 4
"""From so many letters on, what is typed also finds the words that begin with it: "hydro"."""
IRREGULAR = ("die", "lie", "tie")
"""Stems of words that begin in another way: "dying"."""
EXCERPT, BEFORE = 180, 60
"""Characters of an excerpt, and how many of them stand before what was found."""

Pieces = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it is what was sought."""


def folded(text: str) -> str:
    """A text as it is searched: lower case, no accents, no apostrophes; words with a hyphen stand parted and joined."""
    if not text.isascii():
        letters = unicodedata.normalize("NFKD", clean(text, MOST))
        text = "".join(letter for letter in letters if not unicodedata.combining(letter))
        text = APOSTROPHES.sub("", HYPHENS.sub("-", text))
    text = text.lower().replace("'", "")
    return f"{text.replace('-', ' ')}\n{text.replace('-', '')}" if "-" in text else text


@lru_cache(maxsize=100_000)
def stems(word: str) -> frozenset[str]:
    """The stem of a word; of one like "buses", whose stem keeps the e, the one without it too."""
    found = stem(word)
    return frozenset((found, found[:-1]) if word.endswith("ses") and found.endswith("se") else (found,))


@dataclass(frozen=True)
class Word:
    """One word that is sought."""

    text: str

    @cached_property
    def stems(self) -> frozenset[str]:
        """Its stems."""
        return stems(self.text)

    @cached_property
    def start(self) -> str:
        """How every word of these stems begins: its last letter may differ ("happy", "happier")."""
        shortest = min(self.stems, key=len)
        if shortest in IRREGULAR:
            return shortest[0]
        return shortest[:-1] if len(shortest) > 2 else shortest

    @cached_property
    def candidates(self) -> re.Pattern[str]:
        """Words that begin so."""
        return re.compile(rf"\b{re.escape(self.start)}\w*")

    def stands_in(self, text: str) -> bool:
        """Whether it stands in a folded text, in any of its forms."""
        if self.start not in text:
            return False
        return any(map(self._is, self.candidates.findall(text)))

    def _is(self, word: str) -> bool:
        if not self.stems.isdisjoint(stems(word)):
            return True
        return len(self.text) >= WHOLE and word.startswith((self.text, *self.stems))


@dataclass(frozen=True)
class Query:
    """What is sought: every part of it must stand in a comment, each in any of its ways: "co-production" as one word or two."""

    parts: tuple[tuple[tuple[Word, ...], ...], ...]

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Beginnings of words without which it stands nowhere: most texts need no closer look."""
        return tuple(word.start for ways in self.parts if len(ways) == 1 for word in ways[0])

    def stands_in(self, text: str) -> bool:
        """Whether all of it stands in a folded text."""
        for start in self.needed:
            if start not in text:
                return False
        return all(any(all(word.stands_in(text) for word in way) for way in part) for part in self.parts)

    def marked(self, text: str) -> Pieces:
        """A text in pieces, with the words marked that are sought."""
        text, pieces, at = unicodedata.normalize("NFC", text), list[tuple[str, bool]](), 0
        words = [word for part in self.parts for way in part for word in way]
        for found in TOKEN.finditer(text):
            token = folded(found[0])
            if any(word.stands_in(token) for word in words):
                pieces += [(text[at : found.start()], False), (found[0], True)]
                at = found.end()
        return tuple(piece for piece in (*pieces, (text[at:], False)) if piece[0])

    def excerpt(self, text: str) -> Pieces:
        """A piece of a text about the first word that is sought, marked; empty where none stands in it."""
        pieces, before = self.marked(text), ""
        if not any(sought for _, sought in pieces):
            return ()
        if not pieces[0][1]:
            before = pieces[0][0]
        start = before.find(" ", len(before) - BEFORE) + 1 if len(before) > BEFORE else 0
        shown, room = list[tuple[str, bool]](), EXCERPT
        for place, (piece, sought) in enumerate(pieces):
            rest = ("…" if start else "") + piece[start:] if place == 0 else piece
            if len(rest) > room and not sought:
                shown.append((f"{rest[: max(0, room)]}…", False))
                break
            shown.append((rest, sought))
            room -= len(rest)
        return tuple(shown)


def query(sought: str) -> Query | None:
    """What somebody typed into the search, or None where there is no word in it."""
    parts = []
    for chunk in sought.split():
        apart, _, joined = folded(chunk).partition("\n")
        ways = {tuple(Word(word) for word in split_words(way)) for way in (apart, joined)} - {()}
        if ways:
            parts.append(tuple(ways))
    return Query(tuple(parts)) if parts else None
