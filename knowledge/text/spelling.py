"""Misspelt words mended to the ones that the knowledge base holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA

from knowledge.text.normalise import COMMON


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """Common British English words, without apostrophes; empty where the list was left out of an installation."""
    path = Path(__file__).with_name("english.txt")
    if not path.exists():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


class Speller:
    """Mends words that nobody knows to words of the knowledge base, and never a known English word.

    Optimal string alignment (Damerau–Levenshtein with adjacent swaps): one edit, two from SEVEN letters on, so that
    "sencco" is mended and "goal" is not. A word that is two known words written as one is split.
    """

    SHORTEST = 4
    TWO_EDITS_FROM = 7

    def __init__(self, counts: dict[str, int], known: Collection[str] | None = None) -> None:
        """`counts` is how often each word stands in the phrases; `known` are further words that need no mending."""
        self.counts = counts
        self.known = english_words() if known is None else known
        self.by_length: dict[int, list[str]] = {}
        for word in sorted(counts):
            if len(word) >= self.SHORTEST - 1 and word.isalpha():
                self.by_length.setdefault(len(word), []).append(word)
        self.mend = lru_cache(maxsize=10_000)(self._mend)

    def is_known(self, word: str) -> bool:
        """Whether the word needs no mending."""
        return word in self.counts or word in self.known or word in COMMON or not word.isalpha()

    def _mend(self, word: str) -> tuple[str, ...]:
        """The word or words that were meant; the word itself where none is near."""
        if len(word) < self.SHORTEST - 1 or len(word) > 30 or self.is_known(word):
            return (word,)
        if len(word) < self.SHORTEST:
            return (self._swapped(word) or word,)
        for cut in range(3, len(word) - 2):
            if self.counts.get(word[:cut], 0) and self.counts.get(word[cut:], 0):
                return (word[:cut], word[cut:])
        swapped = self._swapped(word)
        if swapped is not None:
            return (swapped,)
        best = self._nearest(word, 2 if len(word) >= self.TWO_EDITS_FROM else 1)
        return (best,) if best else (word,)

    def _swapped(self, word: str) -> str | None:
        """The common word of which two neighbouring letters were swapped, the first ones last: "hwo", "waht"."""
        for at in (*range(1, len(word) - 1), 0):
            other = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            if other in COMMON:
                return other
        return None

    def _nearest(self, word: str, limit: int) -> str | None:
        best: tuple[float, int, str] | None = None
        least = len(word) - limit if len(word) > self.SHORTEST else len(word)
        for length in range(least, len(word) + limit + 1):
            for other in self.by_length.get(length, ()):
                distance = OSA.distance(word, other, score_cutoff=limit)
                if distance <= limit:
                    rank = (distance + 0.5 * (word[0] != other[0]), -self.counts[other], other)
                    best = rank if best is None else min(best, rank)
        return best[2] if best else None

    def mend_all(self, words: Iterable[str]) -> tuple[list[str], list[tuple[str, str]]]:
        """The words with the unknown ones mended, and what was mended into what."""
        out: list[str] = []
        mended: list[tuple[str, str]] = []
        for word in words:
            now = self.mend(word)
            out.extend(now)
            if now != (word,):
                mended.append((word, " ".join(now)))
        return out, mended
