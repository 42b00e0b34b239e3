"""How likely a short message is each act of a talk, by its words and by what it means as a whole.

A multinomial logistic regression over the runs of one to three words of a message and its sentence embedding. It was
taught the messages of training/banks/acts.yaml, and questions of their own from the phrases of the entries
(`./run train acts`). It never chooses what is said: only which approved answer is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from knowledge.arrays import Floats
from knowledge.encoder.transformer import Encoder
from knowledge.encoder.weights import encoder

WEIGHTS = Path(__file__).with_name("weights.npz")
USE = "matching"
"""Whose embeddings are read: of the three encoders it told the kept messages of the bank apart best (94 %, with the facets 90)."""
QUESTION = "question"
"""The label of a question of its own."""
RUNS = 3
"""Lengths of runs of words: one to so many."""
MEANING_SCALE, WORDS_SCALE = 3.0, 2.0
"""What the two views count: the best of a few tried on the kept messages."""
LONGEST = 60
"""Words of a message that are read: an act is told in few."""

TOKEN = re.compile(r"[a-z0-9£]+|\?")


@dataclass(frozen=True)
class ActClassifier:
    """The weights; shape of `words` (runs, labels), of `meaning` (384, labels), of `bias` (labels,)."""

    labels: tuple[str, ...]
    runs: Mapping[str, int]
    idf: Floats
    words: Floats = field(repr=False)
    meaning: Floats = field(repr=False)
    bias: Floats = field(repr=False)
    reader: Encoder | None = None

    def read(self, text: str) -> dict[str, float]:
        """The probability of each label for a message; they add up to 1."""
        logits = self.bias.copy()
        at, weights = bag(text, self.runs, self.idf)
        if len(at):
            logits += WORDS_SCALE * weights @ self.words[at]
        if self.reader is not None and text.strip():
            logits += MEANING_SCALE * self.reader.of(short(text)) @ self.meaning
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        return dict(zip(self.labels, shares.tolist(), strict=True))


def short(text: str) -> str:
    """The text as it is embedded: lower case, at most LONGEST words."""
    return " ".join(text.lower().split()[:LONGEST])


def word_runs(text: str) -> list[str]:
    """The runs of one to RUNS words of a text, its beginning and end among them; each once, in order."""
    tokens = ["^", *TOKEN.findall(re.sub("['’]", "", short(text))), "$"]
    found = (tokens[at : at + length] for length in range(1, RUNS + 1) for at in range(len(tokens) - length + 1))
    return list(dict.fromkeys(" ".join(run) for run in found))


def bag(text: str, runs: Mapping[str, int], idf: Floats) -> tuple[np.typing.NDArray[np.int64], Floats]:
    """The positions of the known runs of a text, and their weights, TF-IDF scaled to length one."""
    at = np.array([runs[run] for run in word_runs(text) if run in runs], dtype=np.int64)
    weights = idf[at]
    return at, np.asarray(weights / max(float(np.linalg.norm(weights)), 1e-9), dtype=np.float32)


@cache
def classifier() -> ActClassifier | None:
    """The classifier as it is shipped; None where its file is missing or damaged: then patterns alone tell acts."""
    try:
        with np.load(WEIGHTS, allow_pickle=False) as file:
            runs = str(file["runs"]).split("\n")
            return ActClassifier(
                labels=tuple(str(file["labels"]).split("\n")),
                runs={run: at for at, run in enumerate(runs)},
                idf=file["idf"].astype(np.float32),
                words=file["words"].astype(np.float32),
                meaning=file["meaning"].astype(np.float32),
                bias=file["bias"].astype(np.float32),
                reader=encoder(USE),
            )
    except Exception:  # noqa: BLE001 - whatever is wrong with the file, the talk goes on without it
        return None


def write(file: Path, labels: Sequence[str], runs: Sequence[str], arrays: Mapping[str, Floats]) -> None:
    """Write a classifier: `arrays` are idf, words, meaning and bias."""
    halves = {name: array.astype(np.float16) for name, array in arrays.items()}
    np.savez_compressed(file, labels=np.array("\n".join(labels)), runs=np.array("\n".join(runs)), **halves)  # type: ignore[arg-type]
