"""Which facet of an entry a message asks for, and whether it asks about that entry at all: two small learned judgements.

Both are logistic regressions over a few plain signs: the likely act, the words that are shared, what they mean, what the
matcher finds. Their weights stand in follow_ups.json, plain numbers that `./run train follow-ups` settles on
tests/followups/open.yaml and on whole questions asked after another topic. Nothing is learned at run time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from knowledge.entries import FACETS, Entry, Facet
from knowledge.matching.facet_reader import NONE, Asked, label_of
from knowledge.text.normalise import telling
from knowledge.text.segments import sentences

FILE = Path(__file__).with_name("follow_ups.json")

NEAR: Mapping[str, tuple[str, ...]] = {
    "money": ("cost", "who-can"), "cost": ("money", "who-can"), "how-long": ("dates",), "dates": ("how-long",),
    "who-can": ("age", "law"), "age": ("who-can",), "evidence": ("steps",), "say": ("steps",), "law": ("refused", "who-can"),
    "refused": ("law",), "where": ("steps",), "contact": ("where", "steps"), "who-runs": ("steps",), "who-else": ("steps",),
    "what": ("steps",), "steps": ("where", "who-else"), "changed": ("what",),
}  # fmt: skip
"""Facets that may hold what is asked of another one."""
LEAST = 0.01
"""What is added to a probability before its logarithm is taken."""

Signs = Mapping[str, float]


@dataclass(frozen=True)
class FollowUps:
    """What each sign counts."""

    facet: Signs
    nothing: float
    """What a facet must outweigh: that the entry does not hold what is asked."""
    about: Signs
    about_start: float

    def about_it(self, signs: Signs) -> float:
        """The log odds that a message asks about the topic in hand; from 0 up it more likely does."""
        return self.about_start + sum(self.about[name] * value for name, value in signs.items())


@cache
def follow_ups() -> FollowUps:
    """What was settled. What a broken file raises is not caught: no start without it."""
    return FollowUps(**json.loads(FILE.read_text(encoding="utf-8")))


def ranked(entry: Entry, words: Sequence[str], likely: Mapping[str, float], asked: Asked) -> list[tuple[str, float]]:
    """The facets of an entry with the probability that each is what is asked for, best first.

    `words` are the message's telling stems; `likely` gives the probability of each label of the act classifier; `asked` is what
    the encoder makes of it. Steps count as a facet. What is left to 1 is the probability that none of them is.
    """
    settled = follow_ups()
    nothing = settled.nothing + settled.facet["named"] * asked.label(NONE)
    weighed = [
        (name, sum(settled.facet[sign] * value for sign, value in signs.items()))
        for name, signs in signs_of(entry, words, likely, asked)
    ]
    most = max([nothing, *(weight for _, weight in weighed)])
    total = math.exp(nothing - most) + sum(math.exp(weight - most) for _, weight in weighed)
    return sorted(((name, math.exp(weight - most) / total) for name, weight in weighed), key=lambda one: -one[1])


def signs_of(
    entry: Entry, words: Sequence[str], likely: Mapping[str, float], asked: Asked
) -> list[tuple[str, dict[str, float]]]:
    """What speaks for each facet of an entry."""
    facets = told_facets(entry)
    texts = [texts_of(facet) for facet in facets]
    meant = asked.alike(tuple(text for group in texts for text in group))
    found = []
    for facet, group in zip(facets, texts, strict=True):
        here, meant = meant[: len(group)], meant[len(group) :]
        probability = likely.get(facet.name, 0.0)
        signs = {
            "likely": probability,
            "log_likely": math.log(probability + LEAST),
            "near": sum(likely.get(label, 0.0) for label, names in NEAR.items() if facet.name in names),
            "words": share(words, facet),
            "named": asked.label(label_of(facet.name)),
            "closest": max(here, default=0.0),
            "mean": sum(here) / max(len(here), 1),
            "own": float(facet.name not in FACETS and facet.name != "steps"),
            "steps": float(facet.name == "steps"),
        }
        found.append((facet.name, signs))
    return found


def told_facets(entry: Entry) -> list[Facet]:
    """The facets of an entry that have something to say; its steps are one."""
    facets = [facet for facet in entry.facets if facet.text]
    if entry.steps and entry.facet("steps") is None:
        facets.append(Facet("steps", " ".join(entry.steps)))
    return facets


def facet_texts(entry: Entry) -> list[str]:
    """All that the facets of an entry are likened by."""
    return [text for facet in told_facets(entry) for text in texts_of(facet)]


@lru_cache(maxsize=10_000)
def texts_of(facet: Facet) -> tuple[str, ...]:
    """What a facet is likened by: its sentences and its phrases."""
    return (*sentences(facet.text), *facet.phrases)


def share(words: Sequence[str], facet: Facet) -> float:
    """The share of the telling words of a message that stand in a facet."""
    wanted = set(words)
    return len(wanted & stems_of(facet)) / len(wanted) if wanted else 0.0


@lru_cache(maxsize=10_000)
def stems_of(facet: Facet) -> frozenset[str]:
    """The telling stems of a facet's text, label and phrases."""
    return frozenset(one for text in (facet.text, facet.label or "", *facet.phrases) for one in telling(text))
