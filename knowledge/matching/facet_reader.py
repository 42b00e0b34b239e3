"""Which facet of an entry a message asks for, by what it means: the encoder as it was taught what people type next.

It was taught on training/banks/follow_ups.yaml to lay a message near the facet that answers it, in the space in which the matcher's encoder
lays the content: so the facets of any entry can be compared, also those of an entry that it was never taught.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from knowledge.arrays import Floats
from knowledge.encoder.transformer import WIDTH, Encoder
from knowledge.encoder.weights import fitting, learned_digest
from knowledge.entries import FACETS

USE = "facets"
SPACE = "matching"
"""The use of the encoder whose vectors the facets have."""
OWN, NONE = "own", "none"
"""The labels of a facet that has a name of its own, and of a message that no facet answers."""
LABELS = (*FACETS, OWN, NONE)

Alike = Callable[[tuple[str, ...]], list[float]]
"""How alike a message is to each of some texts, -1 to 1."""


def label_of(facet: str) -> str:
    """The label of a facet by its name."""
    return facet if facet in FACETS else OWN


@dataclass(frozen=True)
class Asked:
    """What a message asks, as far as its meaning tells."""

    alike: Alike
    named: Mapping[str, float] = field(default_factory=dict)
    """For each label the logarithm of its probability, whatever the entry holds; empty where nobody can tell."""

    def label(self, name: str) -> float:
        """That of a label; 0 where nobody can tell."""
        return self.named.get(name, 0.0)


class FacetReader:
    """Reads messages; the same message always gives the same."""

    def __init__(self, reader: Encoder) -> None:
        """KeyError or ValueError where what was learned does not fit."""
        taught = reader.taught
        self.reader = reader
        self.basis: Floats = taught["basis"].astype(np.float32)
        self.head, self.bias = taught["head"].astype(np.float32), taught["head_bias"].astype(np.float32)
        if taught["labels"].tolist() != list(LABELS) or self.head.shape != (len(LABELS), WIDTH):
            raise ValueError("what was learned of facets is not of this version")
        if str(taught["space"]) != learned_digest(SPACE):
            raise ValueError("facets were learned beside another encoder of the content")

    def read(self, text: str) -> tuple[Floats, dict[str, float]]:
        """Where a text lies among the facets, length one; and the logarithm of the probability of each label."""
        told = self.reader.of(text)
        vector, marks = told @ self.basis, self.head @ told + self.bias
        marks -= marks.max()
        marks -= np.log(np.exp(marks).sum())
        return vector / max(float(np.linalg.norm(vector)), 1e-9), dict(zip(LABELS, marks.tolist(), strict=True))


@cache
def facet_reader() -> FacetReader | None:
    """The reader, or None where the encoder, or what it learned of facets, is not there or does not fit."""
    return fitting(USE, FacetReader)
