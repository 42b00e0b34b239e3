"""Which facet of an entry a message asks for: by the likely act, by the words that they share, and by what they mean.

The weights were chosen on 270 follow-ups of test talks, of which the first facet answered 62 in 100 and the first two 79;
by the likely act alone they answered 49 and 67.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from knowledge.entries import Entry, Facet
from knowledge.text.normalise import COMMON, clean, split_words, stem
from knowledge.text.segments import sentences

NEAR: Mapping[str, tuple[str, ...]] = {
    "money": ("cost", "who-can"), "cost": ("money", "who-can"), "how-long": ("dates",), "dates": ("how-long",),
    "who-can": ("age", "law"), "age": ("who-can",), "evidence": ("steps",), "say": ("steps",), "law": ("refused", "who-can"),
    "refused": ("law",), "where": ("steps",), "contact": ("where", "steps"), "who-runs": ("steps",), "who-else": ("steps",),
    "what": ("steps",), "steps": ("where", "who-else"), "changed": ("what",),
}  # fmt: skip
"""Facets that may hold what is asked of another one."""
NEAR_COUNTS = 0.4
"""What the probability of a facet adds to those near it."""
MOST_LIKELY = 0.8
"""The act classifier is surer of itself than it should be: no probability counts more than this."""
WORDS_COUNT, MEANING_COUNTS = 0.7, 0.7
"""What the share of the message's words that a facet holds adds, and its likeness in meaning."""

Alike = Callable[[Sequence[str]], list[float]]
"""How alike a message is to each of some texts, -1 to 1."""


def ranked(entry: Entry, words: Sequence[str], likely: Mapping[str, float], alike: Alike) -> list[tuple[str, float]]:
    """The facets of an entry with how well each fits, best first. `words` are the message's telling stems.

    `likely` gives the probability of each label of the act classifier; steps count as a facet.
    """
    facets = [facet for facet in entry.facets if facet.text]
    if entry.steps and entry.facet("steps") is None:
        facets.append(Facet("steps", " ".join(entry.steps)))
    texts = [list(texts_of(facet)) for facet in facets]
    meant = alike([text for group in texts for text in group])
    found: list[tuple[str, float]] = []
    for facet, group in zip(facets, texts, strict=True):
        best, meant = max(meant[: len(group)], default=0.0), meant[len(group) :]
        near = sum(min(likely.get(label, 0.0), MOST_LIKELY) for label, names in NEAR.items() if facet.name in names)
        score = min(likely.get(facet.name, 0.0), MOST_LIKELY) + NEAR_COUNTS * near
        found.append((facet.name, score + WORDS_COUNT * share(words, facet) + MEANING_COUNTS * best))
    return sorted(found, key=lambda one: -one[1])


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
    texts = (facet.text, facet.label or "", *facet.phrases)
    return frozenset(stem(word) for text in texts for word in split_words(clean(text)) if word not in COMMON)
