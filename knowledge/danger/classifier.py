"""Likeness of a message to examples of danger and of ordinary talk, for what the rules did not foresee."""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights.json"
"""Plain numbers that `./run train danger-classifier` learned from training/banks and what others wrote: nothing is learned at run time."""

BUCKETS = 1 << 17
"""Features are hashed into so many buckets (the hashing trick, Weinberger et al. 2009)."""
GRAMS = (3, 4, 5)
"""Lengths of the runs of letters that are features; they carry over misspelt and unseen words."""


LEAN = {"suicide": 1.5}
"""Where the words leave it open, the card for the greater danger."""


@dataclass(frozen=True)
class Likeness:
    """A linear score over words, pairs of words, pairs of word classes and runs of letters; and words by kind."""

    weights: bytes
    """One signed byte a bucket."""
    scale: float
    bias: float
    kinds: Mapping[str, Mapping[str, float]]
    """For each kind, the log odds of its words (naive Bayes)."""
    classes: Mapping[str, str]

    def score(self, sentence: str) -> float:
        """How much like danger one sentence is; around -1 for ordinary talk, around 1 for danger."""
        found = features(sentence, self.classes)
        total = sum(found.values())
        if not total:
            return -1.0
        weights = self.weights
        summed = 0.0
        for feature, count in found.items():
            weight = weights[bucket(feature)]
            if weight:
                summed += count * (weight - 256 if weight > 127 else weight)
        return summed * self.scale / math.sqrt(total) + self.bias

    def kind(self, sentence: str, among: Iterable[str] = ()) -> str:
        """The kind of danger whose examples use such words most, of all kinds or of those named."""
        words = sentence.split()
        known = [kind for kind in among if kind in self.kinds]
        if among and not known:
            return next(iter(among))
        table = self.kinds
        return max(
            known or table, key=lambda kind: sum(table[kind].get(word, 0.0) for word in words) + LEAN.get(kind, 0.0)
        )


def features(sentence: str, classes: Mapping[str, str]) -> Counter[str]:
    """Words, neighbouring words, the same by class (a brother and an uncle are both kin), and runs of letters."""
    words = [word for word in sentence.split() if word != "."]
    kinds = [classes.get(word, word) for word in words]
    found: Counter[str] = Counter(words)
    found.update(f"{a} {b}" for a, b in zip(words, words[1:], strict=False))
    found.update(f"<{a} {b}" for a, b in zip(kinds, kinds[1:], strict=False))
    found.update(f"<{a} {b} {c}" for a, b, c in zip(kinds, kinds[1:], kinds[2:], strict=False))
    found.update(f"<{a} * {b}" for a, b in zip(kinds, kinds[2:], strict=False))
    letters = f" {' '.join(words)} "
    for length in GRAMS:
        found.update(f"#{letters[i : i + length]}" for i in range(len(letters) - length + 1))
    return found


def bucket(feature: str) -> int:
    """The bucket of a feature, the same on every machine."""
    return zlib.crc32(feature.encode()) % BUCKETS


def likeness(classes: Mapping[str, str], file: Path = WEIGHTS) -> Likeness | None:
    """What was learned; None where the file cannot be read, and the rules then stand alone."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        return Likeness(
            weights=zlib.decompress(base64.b64decode(held["weights"])),
            scale=held["scale"],
            bias=held["bias"],
            kinds=held["kinds"],
            classes=classes,
        )
    except (OSError, ValueError, KeyError, zlib.error):
        return None


def packed(weights: Iterable[int]) -> str:
    """Signed small numbers as text for the weights file."""
    return base64.b64encode(zlib.compress(bytes(weight & 0xFF for weight in weights), 9)).decode()
