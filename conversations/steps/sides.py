"""Which sides of an entry a question of many words is about: they stand first among its buttons, and behind what is offered.

A parent who writes a hundred words has a case of their own, and the entry's first answer is for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial

from conversations.replies.answers import facet_names
from conversations.steps.acts import Hearing, answers_yes_or_no
from knowledge.entries import Entry
from knowledge.matching.facets import ranked
from knowledge.text.normalise import telling

FEWEST_WORDS = 8
"""A shorter question names little more than the entry: the house's order of its sides serves."""
PIECES = 5
"""Sentences of a long question that are read beside the whole: those that most likely ask for something."""
LIKELIEST = 4
"""So many stand before the others. Of 43 long questions that name one side their entry's first six held it for 18, with this for 25."""
BEHIND, BEHIND_FIRMLY = 0.12, 0.3
"""What is offered brings a side with its first answer from the first probability on; one that begins with yes or no from the second."""


class Sides:
    """What one message asks for of any entry; it is read when that is first asked for, and an entry is looked through once."""

    def __init__(self, h: Hearing) -> None:
        self._hearing = h
        self._found: dict[str, Mapping[str, float]] = {}

    @cached_property
    def _read(self) -> list[tuple[float, partial[list[tuple[str, float]]]]]:
        """How much each text of the message counts, and what ranks the facets of an entry for it: the whole, and what likely asks."""
        h = self._hearing
        pieces = h.match.pieces[:PIECES]
        total = sum(share for _, share in pieces) or 1.0
        texts = [(h.said.text, h.likely, 1.0)]
        texts += [(text, h.read(text), share / total) for text, share in pieces]
        return [
            (share, partial(ranked, words=telling(text), likely=likely, asked=h.asked(text)))
            for text, likely, share in texts
        ]

    def of(self, entry: Entry) -> Mapping[str, float]:
        """The facets of an entry with the probability that the message asks for each, likeliest first; none where it is short."""
        if len(self._hearing.words) < FEWEST_WORDS:
            return {}
        if entry.id not in self._found:
            self._found[entry.id] = self._shares(entry.said_to(self._hearing.voice))
        return self._found[entry.id]

    def _shares(self, said: Entry) -> dict[str, float]:
        shares = dict.fromkeys(facet_names(said), 0.0)
        for share, read in self._read:
            for name, probability in read(said):
                if name in shares:
                    shares[name] += share * probability
        weight = sum(share for share, _ in self._read)
        return {name: shares[name] / weight for name in sorted(shares, key=lambda name: -shares[name]) if shares[name]}

    def first(self, entry: Entry) -> tuple[str, ...]:
        """The facets that stand before the others under its answer."""
        return tuple(self.of(entry))[:LIKELIEST]

    def behind(self, entry: Entry) -> str:
        """The facet that the entry is offered for; empty where none is likely enough."""
        name, probability = next(iter(self.of(entry).items()), ("", 0.0))
        firm = answers_yes_or_no(entry.said_to(self._hearing.voice), name)
        return name if probability >= (BEHIND_FIRMLY if firm else BEHIND) else ""
