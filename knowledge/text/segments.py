"""The parts of a message: its sentences, and what may each ask for something else."""

from __future__ import annotations

import itertools
import re

SENTENCE = re.compile(r"(?<=[.!?;\n])\s+|\n+|\s+[-–—]+\s+|\.{2,}|…")

TWO_NEEDS = re.compile(
    r"\s*(?:[,.;!?]\s*)?\b(?:and also|and then also|also|plus|as well as|and another thing|another thing|and|and secondly|secondly)\b\s*"
    r"|[.!?;\n]+\s*"
)


def sentences(text: str) -> list[str]:
    """The sentences of a cleaned message, without empty ones."""
    return [part.strip() for part in SENTENCE.split(text) if part and part.strip()]


def pieces(text: str) -> list[str]:
    """The sentences of a cleaned message; one that runs on is cut into parts about as long as a sentence."""
    found: list[str] = []
    for sentence in sentences(text):
        words = sentence.split()
        count = round(len(words) / PIECE) if len(words) > LONGEST_PIECE else 1
        ends = [at * len(words) // count for at in range(count + 1)]
        found += [" ".join(words[begin:end]) for begin, end in itertools.pairwise(ends)]
    return found


LONGEST_PIECE, PIECE = 40, 30
"""In words: a longer sentence is cut up, into parts of about PIECE."""


def needs(text: str) -> list[str]:
    """The parts of a message that may each ask for something else."""
    return [part.strip() for part in TWO_NEEDS.split(text) if part and part.strip()]
