"""What a message asks for and what it says that it does not mean, word by word, as the encoder reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from knowledge.encoder import WIDTH, Encoder, fitting, softmax
from knowledge.terms import clean
from knowledge.views import Floats

USE = "focus"
BANK = Path(__file__).parent / "focus_bank.yaml"
"""Messages in which what is asked and what is rejected is marked: what the encoder learned from."""
MARK = re.compile(r"<(/?)(ask|no)>")

BESIDE, ASKED, BEGUN, REJECTED = range(4)
"""What a word is: beside the matter, part of what is asked, the first word of that, or part of what is rejected."""

FAINTLY = 0.2
"""A part none of whose words is asked with this probability tells, and asks nothing."""

TOGETHER, MOST_PARTS = 60, 6
"""A message is read in parts of so many words; what stands after so many parts is beside the matter."""

SURELY_ASKED, SURELY_REJECTED, LIKELY = 0.6, 0.8, 0.3
"""Words that stand together are asked, or rejected, where one of them is so with this probability and each likely is."""


@dataclass(frozen=True)
class Focus:
    """What a message is about, in its own words."""

    asks: tuple[str, ...]
    """What it asks for, a need at a time."""
    rejects: tuple[str, ...]
    """What it says that it does not mean."""
    left: str
    """The message without that."""
    text: str
    """The message."""
    asked: tuple[float, ...]
    """The probability of each of its words to be part of what is asked."""

    def may_ask(self, part: str) -> bool:
        """Whether a part of the message may ask for something; True for what does not stand in it."""
        begin = self.text.find(part)
        if begin < 0:
            return True
        inside_a_word = begin > 0 and not self.text[begin - 1].isspace()
        first = len(self.text[:begin].split()) - inside_a_word
        return max(self.asked[first : first + len(part.split())], default=0.0) >= FAINTLY


class Marker:
    """Finds what messages ask and reject; the same message always gives the same."""

    def __init__(self, reader: Encoder) -> None:
        """KeyError or ValueError where what was learned does not fit."""
        self.reader = reader
        self.head, self.bias = reader.taught["head"], reader.taught["head_bias"]
        if self.head.shape != (REJECTED + 1, WIDTH):
            raise ValueError("what was learned of what messages ask is not of this version")

    def focus(self, text: str) -> Focus:
        """What a cleaned message asks and rejects."""
        words = text.split()
        chances = np.zeros((len(words), REJECTED + 1), np.float32)
        for begin in range(0, min(len(words), MOST_PARTS * TOGETHER), TOGETHER):
            part = words[begin : begin + TOGETHER]
            chances[begin : begin + len(part)] = self._chances(part)
        asked, begun, rejected = chances[:, ASKED] + chances[:, BEGUN], chances[:, BEGUN], chances[:, REJECTED]
        out = _runs(rejected, SURELY_REJECTED)
        gone = [at for run in out for at in run]
        asked[gone] = 0
        return Focus(
            asks=tuple(" ".join(words[at] for at in run) for run in _runs(asked, SURELY_ASKED, begun)),
            rejects=tuple(" ".join(words[at] for at in run) for run in out),
            left=" ".join(word for at, word in enumerate(words) if at not in gone),
            text=text,
            asked=tuple(asked.tolist()),
        )

    def _chances(self, words: list[str]) -> Floats:
        """The probability of each class for each word: the mean over its pieces. Shape (words, 4)."""
        places, told = self.reader.pieces_of(" ".join(words))
        marks = softmax(told @ self.head.T + self.bias)
        ends = np.cumsum([len(word) + 1 for word in words])
        out, counts = np.zeros((len(words), REJECTED + 1)), np.zeros(len(words))
        for (begin, end), mark in zip(places, marks, strict=True):
            if end > begin:
                at = int(np.searchsorted(ends, begin, side="right"))
                out[at] += mark
                counts[at] += 1
        return np.asarray(out / np.maximum(counts, 1)[:, None], dtype=np.float32)


def _runs(chances: Floats, surely: float, begun: Floats | None = None) -> list[list[int]]:
    """The places of words that stand together and likely are so, one of them surely; a new run wherever one begins."""
    runs: list[list[int]] = []
    for at in np.flatnonzero(chances >= LIKELY).tolist():
        if runs and runs[-1][-1] == at - 1 and (begun is None or begun[at] < surely):
            runs[-1].append(at)
        else:
            runs.append([at])
    return [run for run in runs if chances[run].max() >= surely]


@cache
def marker() -> Marker | None:
    """The marker, or None where the encoder is not there: turns of speech and sentences are then all there is."""
    return fitting(USE, Marker)


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
    texts: list[str] = yaml.safe_load(BANK.read_text(encoding="utf-8"))
    return [marked(text) for text in texts]
