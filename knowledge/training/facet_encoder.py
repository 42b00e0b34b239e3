"""Teaches the encoder which facet of an entry a message asks for: what people type next, from banks/follow_ups.yaml.

The messages move, the facets stay where the matcher's encoder lays them: so new facets need no teaching, and their vectors are those that
the content's table holds already. Make it again after `matching`, in whose space it lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from knowledge.encoder.transformer import WIDTH
from knowledge.encoder.weights import LEARNED, learned, learned_digest
from knowledge.loader import load
from knowledge.matching.facet_reader import LABELS, NONE, SPACE, USE, label_of
from knowledge.matching.facets import facet_texts, texts_of, told_facets
from knowledge.matching.matcher import Matcher
from knowledge.text.normalise import clean, split_words
from knowledge.training.encoder import KEPT_LAYERS, Batch, begin, change, teach
from knowledge.training.follow_up_bank import messages

CLOSEST, MEAN = 6.0, 4.0
"""What the likeness of a message to the closest text of a facet counts at first, and to all of them."""


@dataclass(frozen=True)
class Asking:
    """One message, and the facets of its entry to choose from."""

    text: str
    """As the encoder reads it."""
    places: Any
    """The vectors of the facets' texts. Shape (texts, 128)."""
    owners: Any
    """Which facet each text belongs to."""
    labels: Any
    right: Any
    """Whether each facet answers, and in the last place whether none does."""


class Facets(nn.Module):
    """Scores of the facets of an entry, and of none of them, for what the encoder makes of a message."""

    def __init__(self, basis: Any) -> None:
        super().__init__()
        self.basis = nn.Parameter(torch.tensor(basis))
        self.named = nn.Linear(WIDTH, len(LABELS))
        self.counts = nn.Parameter(torch.tensor([CLOSEST, MEAN]))

    def forward(self, told: Any, asking: Asking) -> Any:
        """The scores. Shape (facets + 1,)."""
        alike = asking.places @ functional.normalize(told @ self.basis, dim=0)
        named, size = self.named(told), len(asking.labels)
        closest = torch.full((size,), -1e4).scatter_reduce(0, asking.owners, self.counts[0] * alike, "amax")
        mean = torch.zeros(size).scatter_reduce(0, asking.owners, self.counts[1] * alike, "mean", include_self=False)
        return torch.cat([closest + mean + named[asking.labels], named[-1:]])


def askings() -> list[Asking]:
    """All that is taught: the bank, and the phrases of the facets, each without itself among what it is likened to."""
    library = load()
    matcher = Matcher(library)
    known = {text for entry in library.entries for text in facet_texts(entry)}
    place = {text: torch.tensor(matcher._meaning(text)) for text in known}
    phrases = [
        (entry.id, facet.name, text) for entry in library.entries for facet in entry.facets for text in facet.phrases
    ]
    found = []
    for id_, name, text in (*messages(), *phrases):
        entry = library.by_id.get(id_)
        facets = told_facets(entry) if entry is not None else []
        if not facets or (name != NONE and name not in {facet.name for facet in facets}):
            continue  # written for an entry or a facet that is gone
        texts = [(at, other) for at, facet in enumerate(facets) for other in texts_of(facet) if other != text]
        right = [facet.name == name for facet in facets]
        found.append(Asking(
            matcher.analyser.phrase(split_words(clean(text))).meaning,
            torch.stack([place[other] for _, other in texts]),
            torch.tensor([at for at, _ in texts]),
            torch.tensor([LABELS.index(label_of(facet.name)) for facet in facets]),
            torch.tensor([*right, name == NONE]),
        ))  # fmt: skip
    return found


def main() -> None:
    """Learn it, and write it; what was learned of matching is where it begins. KeyError where that is not there."""
    asked = askings()
    model, split = begin(USE, [one.text for one in asked])
    held = learned(SPACE)
    if held is None:
        raise KeyError(f"learned/{SPACE}.npz is not there: make it first")
    change(model, held)
    for layer in model.layers[:KEPT_LAYERS]:
        layer.requires_grad_(False)
    head = Facets(held["basis"].astype(np.float32))

    def loss(batch: Batch) -> Any:
        each = []
        for row, told in zip(batch.rows, model(batch), strict=True):
            scores = head(told, asked[row])
            each.append(torch.logsumexp(scores, 0) - torch.logsumexp(scores[asked[row].right], 0))
        return torch.stack(each).mean()

    teach(USE, model, head, [text.ids for text in split], loss, lambda chance: list(range(len(asked))))
    found = model.taught() | {
        "basis": head.basis.detach().numpy().astype(np.float16),
        "head": head.named.weight.detach().numpy().astype(np.float16),
        "head_bias": head.named.bias.detach().numpy().astype(np.float32),
        "labels": np.array(LABELS),
        "space": np.array(learned_digest(SPACE)),
    }
    np.savez_compressed(LEARNED / f"{USE}.npz", **found)


if __name__ == "__main__":
    main()
