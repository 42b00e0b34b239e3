"""Danger said in another language, and whether a message is English at all (requirements, S1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.danger.rules import rule_book
from knowledge.danger.tidy_text import both_ends
from knowledge.loader import mapping
from knowledge.text.spelling import english_words

FILE = Path(__file__).with_name("languages.yaml")
NOT_KINDS = ("common", "harmless")
"""The rows of a language that name no kind of danger."""
FOREIGN_LETTERS = 0.4
"""Share of letters of another script from which a message is not English."""
UNKNOWN_WORDS = 0.4
"""Share of words that are no English ones from which a message is not English, with COMMON_WORDS of another language in it."""
COMMON_WORDS = 2
STRANGE_WORDS, STRANGE = 4, 0.75
"""So many words, and such a share of the message, that no list of English words holds: not English, whatever it is."""
SAME = str.maketrans(
    {"ł": "l", "ı": "i", "đ": "d", "ß": "ss", "ø": "o", "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه",
     "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ґ": "г", "ё": "е"}
)  # fmt: skip
"""Letters that keyboards of one language write in several ways, and those that no accent can be taken from."""
APOSTROPHES = re.compile(r"['’‘ʼ`´]")
NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""Letters of languages that part no words."""


@dataclass(frozen=True)
class Languages:
    """What is known of danger in other languages, compiled."""

    harmless: re.Pattern[str]
    kinds: tuple[tuple[str, re.Pattern[str]], ...]
    """The greater danger first, in the order of the file."""
    common: frozenset[str]
    """Everyday words of the languages that are no English words."""


def danger_in(text: str) -> str | None:
    """The kind of danger that a message speaks of in another language; None where none is known."""
    book, letters = languages(), plain_letters(text)
    letters = book.harmless.sub(" ", letters)
    return next((kind for kind, phrases in book.kinds if phrases.search(letters)), None)


def is_english(text: str) -> bool:
    """Whether a message may be judged by what it means; short ones and names alone are given the benefit of the doubt."""
    letters = [char for char in unicodedata.normalize("NFKC", both_ends(text)) if char.isalpha()]
    if letters and sum(ord(char) > LATIN for char in letters) >= FOREIGN_LETTERS * len(letters):
        return False
    words = plain_letters(text).split()
    known, common = known_words(), languages().common
    strange = [word for word in words if word.isalpha() and len(word) > 1 and word not in known]
    if sum(word in common for word in words) >= COMMON_WORDS and len(strange) >= UNKNOWN_WORDS * len(words):
        return False
    return len(strange) < max(STRANGE_WORDS, STRANGE * len(words))


LATIN = 0x24F
"""The last of the Latin letters, but for rare ones."""


def plain_letters(text: str) -> str:
    """The words of a text between single spaces: lower case, no accents or vowel marks, one form of each letter."""
    whole = both_ends(text).encode("utf-8", "ignore").decode("utf-8", "ignore")
    letters = APOSTROPHES.sub("", unicodedata.normalize("NFKC", whole).casefold()).translate(SAME)
    kept = []
    for char in unicodedata.normalize("NFKD", letters):
        sort = unicodedata.category(char)
        if sort[0] in "LN" or sort == "Mc":
            kept.append(char)
        elif sort not in ("Mn", "Me", "Cf"):
            kept.append(" ")
    return f" {' '.join(''.join(kept).translate(SAME).split())} "


def _any(phrases: Iterable[str]) -> re.Pattern[str]:
    """Phrases as one pattern over plain letters: whole words, open where a `*` stands or the script parts no words."""
    found = []
    for phrase in sorted({str(phrase) for phrase in phrases}, key=lambda one: (-len(one), one)):
        words = plain_letters(phrase.removesuffix("*")).strip()
        is_open = bool(NO_SPACES.search(words))
        found.append(("" if is_open else " ") + re.escape(words) + ("" if is_open or phrase.endswith("*") else "(?= )"))
    return re.compile("|".join(found) or r"(?!)")


@cache
def languages() -> Languages:
    """The file, compiled at the first call. What a broken file raises is not caught: no start without it."""
    rows = mapping(FILE)
    kinds: dict[str, list[str]] = {}
    for language in rows.values():
        for kind, phrases in language.items():
            if kind not in NOT_KINDS:
                kinds.setdefault(kind, []).extend(phrases)
    common = {word for language in rows.values() for word in str(language.get("common", "")).split()}
    return Languages(
        harmless=_any(phrase for language in rows.values() for phrase in language.get("harmless", ())),
        kinds=tuple((kind, _any(phrases)) for kind, phrases in kinds.items()),
        common=frozenset(common - known_words()),
    )


@cache
def known_words() -> frozenset[str]:
    """Words of English, and those of text speak and of the danger rules."""
    return english_words() | rule_book().mender.known
