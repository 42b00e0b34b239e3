"""Text to terms: Unicode, words, stems, and words mended to the ones that the knowledge base holds."""

from __future__ import annotations

import re
import sys
import threading
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

import snowballstemmer
from rapidfuzz.distance import OSA

MAX_CHARACTERS = 2_000
"""What is read of a message: Telegram allows 4,096 characters, and a question that long has said its need by half."""

WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
SILENT = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]"
)
APOSTROPHES = re.compile(r"['’ʼ]")

COMMON = frozenset(
    """a about actually after again all also always am an and any anybody anyone anything are arent around as ask asked
    asking at away back bad be because been before being best better bit both but by bye can cant cannot come could
    couldnt day days did didnt do does doesnt doing done dont down each either else even ever every everyone everything
    few find for from get gets getting give gives giving go goes going gone good got gotta had has hasnt have havent
    having he hello help her here hers hes hey hi him his how hows i id if ill im in into is isnt it its ive just keep
    kind know knows let lets like little look looking lot make makes many may maybe me mean means might mine more most
    much must my myself need needs never new no nobody not nothing now of off oh ok okay old on once one only or other
    our ours out over own people please pls put really right said same say says see seem seems she shes should show so
    some someone something sort still stuff such sure take tell than thank thanks that thats the their them then there
    theres these they theyre theyve thing things think this those though through time to today told too try trying two
    u under until up ur us use used very want wanted wants was wasnt way we well went were werent weve what whats when
    whens where wheres whether which while who whos whose why will with without wont work works would wouldnt ya yeah
    yes yet you your youre yours anyway am pm etc ect cos coz bc wanna gonna im ive dunno idk hiya r n ppl plz thx""".split()
)
"""Words that say nothing about a need: nothing is answered on these alone (M3)."""


def clean(text: str, most: int = MAX_CHARACTERS) -> str:
    """The text in one Unicode form, lower case, without marks that cannot be seen, at most so many characters long."""
    text = text[: 4 * most].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = SILENT.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return " ".join(text.split())[:most]


def split_words(text: str) -> list[str]:
    """The words of a cleaned text, without apostrophes: "can't" is "cant". Each is held in memory once."""
    return [sys.intern(APOSTROPHES.sub("", word)) for word in WORD.findall(text)]


_threads = threading.local()


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of one lower-case word (Porter's English stemmer, the "Snowball" revision); one stemmer a thread."""
    if not word.isascii() or word.isdigit():
        return word
    stemmer = getattr(_threads, "stemmer", None)
    if stemmer is None:
        stemmer = _threads.stemmer = snowballstemmer.stemmer("english")
    return str(stemmer.stemWord(word))


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
