"""What a message means as a whole, as a judge of danger beside the rules and the likeness of words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from knowledge.danger.tidy_text import MOST_CHARACTERS, both_ends
from knowledge.encoder.transformer import WIDTH, Encoder
from knowledge.encoder.weights import fitting
from knowledge.text.normalise import clean

USE = "danger"
WINDOW, OVERLAP = 60, 20
"""A longer message is judged in windows of so many words, of which each shares OVERLAP with the one before it."""
SIGNS = re.compile(r"</?(?:b|i|u|s|p|br|em|strong|code|pre|h\d|li|ul|div|span)/?>|[^\w\s'’.,;:?!£%&()-]+|_")
"""Marks of HTML, brackets, slashes, emoji: nothing was learned of them, and a heap of them looks like anything."""
CLAUSE = re.compile(r"(?<![.,!?;])[.,!?;]+(?:\s|$)")
NOT_DANGER = ("line", "ordinary")
"""The last two classes of what was learned: the gentle line, and ordinary talk."""
LONG, CLAUSES = 30, 2
"""From so many words on clauses are judged beside the whole: the one most like danger, in the light of the whole, or so many by
themselves where a rule found danger. In shorter messages they told nothing that the whole did not."""
MOST_WINDOWS = 6
"""Windows of one message that are judged: those that look most like danger by their words."""


@dataclass(frozen=True)
class Meant:
    """What the encoder makes of a message. Both are logarithms of odds."""

    danger: float
    """Of danger now, against anything else."""
    trouble: float
    """Of danger or anything that should get the gentle line, against ordinary talk."""
    kind: str
    """The likeliest kind of danger."""


class Judge:
    """Judges messages; the same message always gets the same judgement."""

    def __init__(self, reader: Encoder) -> None:
        """KeyError or ValueError where what was learned does not fit."""
        taught = reader.taught
        self.reader = reader
        self.head, self.bias, self.peak = taught["head"], taught["head_bias"], taught["peak"]
        kinds: list[str] = taught["kinds"].tolist()
        self.kinds = kinds[: -len(NOT_DANGER)]
        if kinds[len(self.kinds) :] != list(NOT_DANGER) or {self.head.shape, self.peak.shape} != {(len(kinds), WIDTH)}:
            raise ValueError("what was learned of danger is not of this version")

    def judged(self, text: str, like: Callable[[str], float], *, apart: int = 0) -> Meant:
        """The part of a message that means the greatest danger; `like` tells which of many are worth a look.

        Parts are windows of it; and, where a rule found danger, its clauses of at most `apart` words, as a cry among
        questions. In a long message the clauses most like danger are judged too, each in the light of the whole.
        """
        whole = clean(both_ends(text), MOST_CHARACTERS + 1)
        parts = list(dict.fromkeys([*windows(whole), *clauses(whole, apart)]))
        if len(parts) > MOST_WINDOWS:
            parts = sorted(parts, key=like, reverse=True)[:MOST_WINDOWS]
        most = max(map(self._one, parts), key=lambda meant: meant.danger)
        if len(whole.split()) < LONG:
            return most
        suspected = sorted(set(clauses(whole, WINDOW)), key=lambda part: (like(part), part))
        if apart:
            within = [self._one(part) for part in suspected[-CLAUSES:]]
        else:
            within = [halfway(most, self._one(part)) for part in suspected[-1:]]
        return max([most, *within], key=lambda meant: meant.danger)

    def _one(self, text: str) -> Meant:
        """Classes by the mean over the text and by whichever of its pieces says most of each: a clause is not drowned."""
        told = self.reader.pieces_of(text)[1]
        marks = self.head @ told.mean(axis=0) + self.bias + (told @ self.peak.T).max(axis=0)
        dangers, others = marks[: -len(NOT_DANGER)], marks[-len(NOT_DANGER) :]
        return Meant(
            danger=_together(dangers) - _together(others),
            trouble=_together(marks[:-1]) - float(others[-1]),
            kind=self.kinds[int(dangers.argmax())],
        )


def halfway(whole: Meant, clause: Meant) -> Meant:
    """A clause in the light of the whole message: alone it would be danger about as often when it is not."""
    return Meant((whole.danger + clause.danger) / 2, (whole.trouble + clause.trouble) / 2, clause.kind)


def _together(marks: Any) -> float:
    """The logarithm of a sum of exponentials."""
    most = float(marks.max())
    return most + float(np.log(np.exp(marks - most).sum()))


def clauses(text: str, most: int) -> list[str]:
    """What stands between the stops and commas of a cleaned text, where it has no more words than `most`."""
    found = [SIGNS.sub(" ", clause).split() for clause in CLAUSE.split(text)] if most else []
    return [" ".join(words) for words in found if 0 < len(words) <= most]


def read_whole(text: str) -> str:
    """A text as the encoder reads it: cleaned, and without odd signs."""
    return " ".join(SIGNS.sub(" ", clean(both_ends(text), MOST_CHARACTERS + 1)).split())


def windows(text: str) -> list[str]:
    """The words of a cleaned text in overlapping parts, all of it in one where it is short; without odd signs."""
    words = SIGNS.sub(" ", text).split()
    starts = range(0, max(1, len(words) - OVERLAP), WINDOW - OVERLAP)
    return [" ".join(words[start : start + WINDOW]) for start in starts]


@cache
def judge() -> Judge | None:
    """The judge, or None where the encoder is not there; the rules and the likeness of words then decide alone."""
    return fitting(USE, Judge)
