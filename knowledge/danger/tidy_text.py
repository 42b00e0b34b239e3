"""A message as plain lower-case words, with text speak written out and misspelt danger words mended."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

MOST_CHARACTERS = 12_000
"""A longer message is read at both ends: three times what Telegram lets anyone send (4,096)."""

STOP = "."
"""Stands between sentences in tidy text, as a word of its own."""

APOSTROPHES = re.compile(r"[\u0027\u2018\u2019\u201b\u02bc\u00b4\u0060\uff07]")
LONG_RUN = re.compile(r"([a-z])\1{2,}")
STOPS = re.compile(r"[.!?;:\n\r\u2026\u3002]+|\s[-\u2013\u2014]+\s|[()\[\]]")
NOT_WORDS = re.compile(r"[^a-z0-9.&+]+")
MASKED_LETTER = re.compile(r"(?<=[a-z])[*#@$1034](?=[a-z])")
LETTERS = {"1": "i", "0": "o", "3": "e", "4": "a", "@": "a", "$": "s", "*": "", "#": ""}
SPACED_OUT = re.compile(r"\b(?:[a-z] ){3,}[a-z]\b")


class Mender:
    """Writes out text speak and mends words that are one or two slips away from a word of danger."""

    def __init__(self, spoken: Mapping[str, str], targets: Iterable[str], real: Iterable[str]) -> None:
        self.spoken = dict(spoken)
        self.targets: dict[str, list[str]] = {}
        for word in targets:
            self.targets.setdefault(word[0], []).append(word)
        self.known = frozenset(real) | frozenset(targets) | frozenset(self.spoken)
        self.word = lru_cache(maxsize=20_000)(self._word)

    def short(self, word: str) -> str:
        """One word without drawn-out letters: "diiiie" is "die", "helllp" is "help"."""
        once = LONG_RUN.sub(r"\1", word)
        return once if once in self.known else LONG_RUN.sub(r"\1\1", word)

    def _word(self, word: str) -> str:
        """One word as it is meant; words that are real English stay what they are."""
        if word in self.spoken:
            return self.spoken[word]
        if word in self.known or len(word) < 5 or len(word) > 18 or not word.isalpha():
            return word
        reach = 1 if len(word) < 8 else 2
        best, least = word, reach + 1
        for target in self.targets.get(word[0], ()):
            if abs(len(target) - len(word)) <= reach:
                far = slips(word, target, reach)
                if far < least and far <= (1 if len(target) < 7 else 2):
                    best, least = target, far
        return best


def slips(first: str, second: str, most: int) -> int:
    """Optimal string alignment distance (Damerau 1964, adjacent swaps once); `most + 1` where it is larger."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        now = [i]
        for j, b in enumerate(second, 1):
            cost = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        before, row = row, now
    return row[-1]


def both_ends(text: str) -> str:
    """The text, without its middle where it is longer than MOST_CHARACTERS."""
    half = MOST_CHARACTERS // 2
    return text if len(text) <= MOST_CHARACTERS else text[:half] + "\n" + text[-half:]


def plain(text: str) -> str:
    """Lower case, no accents, no invisible or broken characters, no apostrophes ("he'll" is "hell")."""
    whole = both_ends(text).encode("utf-8", "ignore").decode("utf-8", "ignore")
    letters = unicodedata.normalize("NFKD", whole)
    kept = "".join(c for c in letters if unicodedata.category(c) not in ("Cf", "Mn", "Me", "Cn", "Co"))
    return APOSTROPHES.sub("", kept.casefold())


def tidy(text: str, mender: Mender) -> str:
    """The message as words parted by one space, sentences parted by a full stop that stands alone."""
    words = plain(text)
    words = SPACED_OUT.sub(lambda found: found[0].replace(" ", ""), words)
    words = MASKED_LETTER.sub(lambda found: LETTERS.get(found[0], found[0]), words)
    words = re.sub(r"(?<=\d)[.:](?=\d)", "", words)
    words = STOPS.sub(f" {STOP} ", words)
    words = NOT_WORDS.sub(" ", words)
    mended = " ".join(mender.word(mender.short(word.strip("&+") or word)) for word in words.split())
    return f" {mended} "
