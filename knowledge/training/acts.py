"""Teaches the classifier of acts: what a message does in a talk, from banks/acts.yaml and the phrases of the entries."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from knowledge.acts.classifier import (
    MEANING_SCALE,
    QUESTION,
    USE,
    WEIGHTS,
    WORDS_SCALE,
    bag,
    short,
    word_runs,
    write,
)  # fmt: skip
from knowledge.arrays import Floats
from knowledge.encoder.weights import encoder
from knowledge.entries import Library
from knowledge.loader import load, mapping

BANK = Path(__file__).parent / "banks" / "acts.yaml"
QUESTIONS, LONGEST = 2_400, 14
"""Phrases of entries that stand for questions of their own, and their longest in words; as many as all facets together."""
Places = np.typing.NDArray[np.int64]

SEEN = 2
"""A run of words that stands in fewer messages tells nothing."""
STEPS, RATE, DECAY = 400, 0.05, 1e-4
"""Steps of Adam (Kingma and Ba 2015) over all messages at once, its learning rate, and the weight decay (L2). Of one message in
ten that was held out a tenth of this decay told 72.5 in 100, at a log loss of 1.29; this one 73.5, at 1.00."""


def examples(library: Library) -> list[tuple[str, str]]:
    """The messages and their labels, each once: those of the bank, and of the entries all names and a fixed choice of phrases."""
    rows = [(str(text), label) for label, texts in mapping(BANK).items() for text in texts]
    phrases = {
        phrase for entry in library.entries if not entry.small_talk for phrase in entry.phrases
        if 2 < len(phrase.split()) <= LONGEST
    }  # fmt: skip
    chosen = sorted(phrases, key=lambda phrase: hashlib.blake2b(phrase.encode()).digest())[:QUESTIONS]
    names = {name for entry in library.entries if not entry.small_talk for name in (entry.title, *entry.also_called)}
    return list(dict.fromkeys([*rows, *((text, QUESTION) for text in (*chosen, *sorted(names)))]))


def main() -> None:
    """Teach the classifier and write its weights. RuntimeError where there is no encoder."""
    reader = encoder(USE)
    if reader is None:
        raise RuntimeError("the package of the encoder is not there: see requirements-vectors.in")
    rows = examples(load())
    texts, labels = [text for text, _ in rows], sorted({label for _, label in rows})
    seen = Counter(run for text in texts for run in word_runs(text))
    runs = sorted(run for run, times in seen.items() if times >= SEEN)
    idf = np.array([np.log(len(texts) / seen[run]) for run in runs], dtype=np.float32)
    places = {run: at for at, run in enumerate(runs)}
    bags = [bag(text, places, idf) for text in texts]
    given = Sparse(
        np.repeat(np.arange(len(bags)), [len(at) for at, _ in bags]),
        np.concatenate([at for at, _ in bags]),
        np.float32(WORDS_SCALE) * np.concatenate([weights for _, weights in bags])[:, None],
        (len(texts), len(runs)),
    )
    meaning = MEANING_SCALE * np.array(reader.all([short(text) for text in texts]), dtype=np.float32)
    wanted = np.array([labels.index(label) for _, label in rows])
    found = _learned(given, np.hstack([meaning, np.ones((len(texts), 1), dtype=np.float32)]), wanted, len(labels))
    words, meant = found[: len(runs)], found[len(runs) : -1]
    write(WEIGHTS, labels, runs, {"idf": idf, "words": words, "meaning": meant, "bias": found[-1]})


@dataclass(frozen=True)
class Sparse:
    """A matrix that is mostly nothing: the row, the column and the value of each number in it, by rows."""

    rows: Places
    columns: Places
    values: Floats
    """Shape (numbers, 1)."""
    shape: tuple[int, int]

    @cached_property
    def turned(self) -> Sparse:
        """Rows for columns."""
        order = np.argsort(self.columns, kind="stable")
        return Sparse(self.columns[order], self.rows[order], self.values[order], self.shape[::-1])

    def times(self, other: Floats) -> Floats:
        """The product with a matrix from the right."""
        found = np.zeros((self.shape[0], other.shape[1]), dtype=np.float32)
        starts = np.flatnonzero(np.diff(self.rows, prepend=-1))
        found[self.rows[starts]] = np.add.reduceat(other[self.columns] * self.values, starts, axis=0)
        return found


def _learned(given: Sparse, meaning: Floats, wanted: Places, size: int) -> Floats:
    """The weights of a logistic regression, the bias in the last row; rare labels count somewhat more than their share."""
    counts = np.bincount(wanted, minlength=size)
    each = np.sqrt(1 / counts[wanted])
    each = (each / each.sum()).astype(np.float32)
    target = np.eye(size, dtype=np.float32)[wanted]
    words = given.shape[1]
    weights, first, second = (np.zeros((words + meaning.shape[1], size), dtype=np.float32) for _ in range(3))
    for step in range(1, STEPS + 1):
        logits = given.times(weights[:words]) + meaning @ weights[words:]
        shares = np.exp(logits - logits.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        fault = (shares - target) * each[:, None]
        slope = np.vstack([given.turned.times(fault), meaning.T @ fault]) + 2 * DECAY * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        weights -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return np.asarray(weights, dtype=np.float32)


if __name__ == "__main__":
    main()
