"""Receipt codes of words, "BLUE HERON RIVER 4821": easy to write down, hard to guess, read back with small typos (P12)."""

from __future__ import annotations

import re
from functools import cache
from math import log2
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.loader import mapping

WORDS_IN_CODE = 3
NUMBERS = 10_000
LEAST_BITS = 40
"""P12 asks for so much: with the limits on guesses nobody finds a code."""
TYPOS = 1
"""Edits a word may be off. Words of the list lie at least three apart, so what is mended is never mended wrongly."""
GUESSES_PER_TALK = 5
GUESSES_IN_ALL = 100
"""Wrong codes an hour. A talk's own records do not need a guess: it is never shut out by others."""

CODE_SHAPE = re.compile(r"(?<![^\W\d_])(?:[^\W\d_]+[\W_]+){3}\d{4}")
TAKE_BACK = re.compile(
    r"\b(?:withdraw|take (?:it |that |this |them |my \w+ )?back|delete|remove|cancel|undo|erase|unsend)\b",
    re.IGNORECASE,
)
CHANGES = re.compile(
    r"\W*(?:(?:so|and|please|pls|can you|tell me|show me)\W+)*(?:(?:what(?:'s|’s|s)?(?: has| have| did| was| is)?(?: been)? (?:changed?|different)"
    r"(?: (?:so far|now|since|here|lately|recently|because of (?:us|feedback|families|what (?:we|families) said)|from feedback|after feedback|thanks to (?:us|families)))*)|"
    r"(?:has|did) (?:anything|something) chang(?:e|ed)(?: (?:because of (?:us|feedback)|since|yet))?|"
    r"you said,?(?: and)? we did|what (?:did|have) (?:you|they|the forum|the council) (?:do|done|change|changed) (?:with|about|because of|after) (?:the |our )?(?:feedback|comments))\W*",
    re.IGNORECASE,
)


@cache
def words() -> tuple[str, ...]:
    """The word list, in a fixed order."""
    rows = mapping(Path(__file__).with_name("receipt_words.yaml"))
    return tuple(str(rows["words"]).split())


def bits() -> float:
    """How hard a code is to guess, in bits."""
    return WORDS_IN_CODE * log2(len(words())) + log2(NUMBERS)


def code(draw: int) -> str:
    """The code of a large random number (256 bits, so that the remainders are as good as even)."""
    parts = []
    for _ in range(WORDS_IN_CODE):
        draw, index = divmod(draw, len(words()))
        parts.append(words()[index].upper())
    return f"{' '.join(parts)} {draw % NUMBERS:04d}"


def read(text: str) -> str | None:
    """The code in a text, in any case and with small typos, as `code` writes it; None where there is none."""
    tokens = re.findall(r"[^\W\d_]+|\d+", text[:400].lower())
    for at in range(len(tokens) - WORDS_IN_CODE):
        number = _number(tokens[at + WORDS_IN_CODE :])
        if number is None:
            continue
        mended = [_mended(token) for token in tokens[at : at + WORDS_IN_CODE]]
        if all(mended):
            return f"{' '.join(word.upper() for word in mended if word)} {number}"
    return None


def without_code(text: str, found: str | None) -> str:
    """The text without the receipt code that `read` found in it, whose words are chance and say nothing."""
    return CODE_SHAPE.sub(" ", text, count=1) if found is not None else text


def _number(tokens: list[str]) -> str | None:
    """Four digits, written together or in two pairs."""
    for taken in (tokens[:1], tokens[:2]):
        joined = "".join(taken)
        if re.fullmatch(r"\d{4}", joined, re.ASCII):
            return joined
    return None


def _mended(token: str) -> str | None:
    if len(token) > max(map(len, words())) + TYPOS:
        return None
    near = process.extractOne(token, words(), scorer=OSA.distance, score_cutoff=TYPOS)
    return str(near[0]) if near else None
