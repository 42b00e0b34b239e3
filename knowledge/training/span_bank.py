"""The bank of messages in which what is asked and what is rejected is marked."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from knowledge.matching.span_tagger import ASKED, BEGUN, BESIDE, REJECTED
from knowledge.text.normalise import clean
from knowledge.yaml_loaders import VALUES

BANK = Path(__file__).parent / "banks" / "spans.yaml"
"""Messages in which what is asked and what is rejected is marked: what the encoder learned from."""

MARK = re.compile(r"<(/?)(ask|no)>")


def marked(text: str) -> tuple[list[str], list[int]]:
    """The words of a marked message, cleaned, and what each is. ValueError where a mark is not closed, or in another."""
    words: list[str] = []
    kinds: list[int] = []
    inside, end = "", 0
    for found in [*MARK.finditer(text), None]:
        said = text[end : found.start() if found else None]
        some = clean(said).split()
        if words and some and said[0] == said[0].strip() and text[:end].rpartition("<")[0][-1:].strip():
            words[-1] += some.pop(0)
        kind = {"": BESIDE, "ask": ASKED, "no": REJECTED}[inside]
        words += some
        kinds += [BEGUN if kind == ASKED and not at else kind for at in range(len(some))]
        if found is None:
            break
        if bool(found[1]) != bool(inside) or (found[1] and found[2] != inside):
            break
        inside, end = "" if found[1] else found[2], found.end()
    if inside or found is not None:
        raise ValueError(f"a mark is not closed, or stands in another: {text}")
    return words, kinds


def bank() -> list[tuple[list[str], list[int]]]:
    """The bank's messages, as words and what each is."""
    texts: list[str] = yaml.load(BANK.read_text(encoding="utf-8"), Loader=VALUES)
    return [marked(text) for text in texts]
