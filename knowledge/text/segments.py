"""The parts of a message: its sentences, and what may each ask for something else."""

from __future__ import annotations

import re

SENTENCE = re.compile(r"(?<=[.!?;\n])\s+|\n+|\s+[-–—]+\s+|\.{2,}|…")

TWO_NEEDS = re.compile(
    r"\s*(?:[,.;!?]\s*)?\b(?:and also|and then also|also|plus|as well as|and another thing|another thing|and|and secondly|secondly)\b\s*"
    r"|[.!?;\n]+\s*"
)


def sentences(text: str) -> list[str]:
    """The sentences of a cleaned message, without empty ones."""
    return [part.strip() for part in SENTENCE.split(text) if part and part.strip()]


def needs(text: str) -> list[str]:
    """The parts of a message that may each ask for something else."""
    return [part.strip() for part in TWO_NEEDS.split(text) if part and part.strip()]
