"""Which entries confuse each other, for editors: phrases that would have led to another entry had they not been written.

`python -m knowledge.publishing.confusions [FOLDER] [AREA]`: add phrases, or move them, where two entries come up often.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.entries import NATIONAL, Library
from knowledge.loader import BUILT_IN, load
from knowledge.matching.index import lines
from knowledge.matching.matcher import Matcher
from knowledge.text.normalise import clean, split_words

EXAMPLES = 3


@dataclass(frozen=True)
class Confusion:
    """An entry whose phrases lead to another one when each is left out."""

    entry: str
    instead: str
    phrases: tuple[str, ...]


def confusions(library: Library, matcher: Matcher, area: str | None = None) -> list[Confusion]:
    """Every pair of entries, those with the most phrases first, among what answers in the area (None: each its own)."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    scorer = matcher.scorer
    owners = scorer.ranking.owners
    for at, entry in enumerate(library.entries):
        where = area if area is not None else entry.area
        if entry.small_talk or entry.area not in (NATIONAL, where):
            continue
        allowed = scorer.allowed.get(where, scorer.allowed[NATIONAL])
        texts = [text for text in lines(entry) if split_words(clean(text))]
        for place, text in enumerate(texts, start=int(np.searchsorted(owners, at))):
            others = allowed.copy()
            others[place] = False
            question = scorer.ranking.ask(scorer.analyser.phrase(split_words(clean(text))))
            scores = scorer.own_first(scorer.ranking.scores(question, others), where)
            best = library.entries[int(scores.argmax())]
            if best.id != entry.id:
                found[entry.id, best.id].append(text)
    pairs = [Confusion(entry, instead, tuple(texts)) for (entry, instead), texts in found.items()]
    return sorted(pairs, key=lambda pair: (-len(pair.phrases), pair.entry, pair.instead))


def main(arguments: list[str]) -> None:
    """Print the pairs."""
    library = load(Path(arguments[0]) if arguments else BUILT_IN)
    for pair in confusions(library, Matcher(library), arguments[1] if len(arguments) > 1 else None):
        examples = "; ".join(pair.phrases[:EXAMPLES])
        sys.stdout.write(f"{len(pair.phrases):3d}  {pair.entry} -> {pair.instead}: {examples}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
