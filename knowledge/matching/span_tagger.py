"""What a message asks for and what it says that it does not mean, word by word, as the encoder reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from knowledge.arrays import Floats
from knowledge.encoder.transformer import WIDTH, Encoder, softmax
from knowledge.encoder.weights import fitting
from knowledge.text.segments import pieces

USE = "spans"

BESIDE, ASKED, BEGUN, REJECTED = range(4)
"""What a word is: beside the matter, part of what is asked, the first word of that, or part of what is rejected."""

FAINTLY = 0.2
"""A part none of whose words is asked with this probability tells, and asks nothing."""

UNREAD = 0.3
"""The same of a part that does not stand in the message as it was read."""

TOGETHER, MOST_PARTS = 60, 6
"""A message is read in parts of so many words; what stands after so many parts is beside the matter."""

SURELY_ASKED, SURELY_REJECTED, LIKELY = 0.6, 0.8, 0.3
"""Words that stand together are asked, or rejected, where one of them is so with this probability and each likely is."""


Pieces = tuple[tuple[str, float], ...]
"""Sentences with the probability that each asks for something, the surest first."""


@dataclass(frozen=True)
class Spans:
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
        return self.chance(part, otherwise=1.0) >= FAINTLY

    def pieces(self, text: str) -> Pieces:
        """The sentences of the message, or of what is left of it, with the probability that each asks for something; surest first."""
        found = [(piece, self.chance(piece, otherwise=UNREAD)) for piece in pieces(text)]
        return tuple(sorted(found, key=lambda piece: -piece[1]))

    def chance(self, part: str, *, otherwise: float) -> float:
        """The probability that a part of the message asks for something: that of its surest word; `otherwise` where it is no part."""
        begin = self.text.find(part)
        if begin < 0:
            return otherwise
        inside_a_word = begin > 0 and not self.text[begin - 1].isspace()
        first = len(self.text[:begin].split()) - inside_a_word
        return max(self.asked[first : first + len(part.split())], default=0.0)


class SpanTagger:
    """Finds what messages ask and reject; the same message always gives the same."""

    def __init__(self, reader: Encoder) -> None:
        """KeyError or ValueError where what was learned does not fit."""
        self.reader = reader
        self.head, self.bias = reader.taught["head"], reader.taught["head_bias"]
        if self.head.shape != (REJECTED + 1, WIDTH):
            raise ValueError("what was learned of what messages ask is not of this version")

    def spans(self, text: str) -> Spans:
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
        return Spans(
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
def tagger() -> SpanTagger | None:
    """The tagger, or None where the encoder is not there: turns of speech and sentences are then all there is."""
    return fitting(USE, SpanTagger)
