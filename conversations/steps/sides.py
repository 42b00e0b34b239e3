"""Which sides of an entry a question of many words is about: they stand first among its buttons, and behind what is offered.

A parent who writes a hundred words has a case of their own, and the entry's first answer is for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from conversations.replies.answers import facet_names
from conversations.steps.acts import Hearing
from knowledge.acts.classifier import classifier
from knowledge.entries import Entry
from knowledge.matching.facets import ranked
from knowledge.text.normalise import telling

FEWEST_WORDS = 8
"""A shorter question names little more than the entry: the house's order of its sides serves."""
PIECES = 5
"""Sentences of a long question that are read beside the whole: those that most likely ask for something."""
LIKELIEST = 4
"""So many stand before the others. Of 43 long questions that name one side their entry's first six held it for 18, with this for 25."""
BEHIND = 0.12
"""What is offered brings a side with its first answer from this probability on."""


class Sides:
    """What one message asks for of any entry."""

    def __init__(self, h: Hearing) -> None:
        """Reads the message: the whole, and its sentences that likely ask for something."""
        self.voice = h.voice
        self.read: list[tuple[float, partial[list[tuple[str, float]]]]] = []
        if len(h.words) < FEWEST_WORDS:
            return
        reader, asked = classifier(), h.guide.matcher.asked
        pieces = h.match.pieces[:PIECES]
        total = sum(share for _, share in pieces) or 1.0
        texts = [(h.said.text, h.likely, 1.0)]
        texts += [(text, reader.read(text) if reader else {}, share / total) for text, share in pieces]
        for text, likely, share in texts:
            read = partial(ranked, words=telling(text), likely=likely, asked=asked(text))
            self.read.append((share, read))

    def of(self, entry: Entry) -> Mapping[str, float]:
        """The facets of an entry with the probability that the message asks for each, likeliest first; none where it is short."""
        said = entry.said_to(self.voice)
        names = set(facet_names(said)) if self.read else set()
        shares: dict[str, float] = {}
        for share, read in self.read:
            for name, probability in read(said):
                if name in names:
                    shares[name] = shares.get(name, 0.0) + share * probability
        weight = sum(share for share, _ in self.read)
        return {name: shares[name] / weight for name in sorted(shares, key=lambda name: -shares[name])}

    def first(self, entry: Entry) -> tuple[str, ...]:
        """The facets that stand before the others under its answer."""
        return tuple(self.of(entry))[:LIKELIEST]

    def behind(self, entry: Entry) -> str:
        """The facet that the entry is offered for; empty where none is likely enough."""
        name, probability = next(iter(self.of(entry).items()), ("", 0.0))
        return name if probability >= BEHIND else ""
