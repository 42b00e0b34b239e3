"""The matcher as it would be with one entry changed or added, without indexing everything anew: what an editor tries a draft with.

The words of all other entries keep the weights that they have; those of the changed entry are read anew and put beside
them. So a trial takes a tenth of a second where an index takes half a minute, and ranks as the new index would but in the
third digit.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from knowledge.arrays import Floats, Ints, Keys
from knowledge.entries import NATIONAL, Entry, Library
from knowledge.matching.analysis import Analyser, Phrase
from knowledge.matching.exact import ExactNames
from knowledge.matching.index import Index, lines, told
from knowledge.matching.matcher import Matcher
from knowledge.matching.ranking import PhraseViews, Ranking
from knowledge.matching.scoring import Scorer
from knowledge.matching.similarity import Postings, letter_keys, stem_keys
from knowledge.text.normalise import clean, split_words
from knowledge.text.spelling import Speller

NEAREST = 12
"""Phrases of other entries that are looked at for each new phrase: those that it lies nearest to."""
MOST_LOOKED_AT = 60
"""Each takes some hundredths of a second."""

T = TypeVar("T")


@dataclass(frozen=True)
class _Added:
    """Postings of some texts, and of some more after them; where `instead` is told, one more in the place of that one."""

    first: Postings
    second: Postings
    instead: int | None = None

    def cosines(self, keys: Keys) -> Floats:
        """As Postings do."""
        before, after = self.first.cosines(keys), self.second.cosines(keys)
        if self.instead is None:
            return np.concatenate([before, after])
        before[self.instead] = after[0]
        return before

    def gram(self, chosen: Ints) -> Floats:
        """As Postings do."""
        size = self.first.size
        near = np.empty((len(chosen), self.first.sketches.shape[1]), np.float32)
        old = chosen < size
        near[old], near[~old] = self.first.sketches[chosen[old]], self.second.sketches[chosen[~old] - size]
        out = near @ near.T
        np.fill_diagonal(out, 1.0)
        return np.asarray(out, dtype=np.float32)


def _more(postings: Postings, texts: Sequence[T], read: Callable[[T], Keys], instead: int | None = None) -> _Added:
    return _Added(postings, Postings.build(texts, read, postings), instead)


@dataclass(frozen=True)
class Trial:
    """A matcher with one entry changed, and what it takes to compare it with another."""

    matcher: Matcher
    at: int
    """The position of the entry."""
    new: tuple[Phrase, ...]
    """Its phrases, as they are read."""

    @classmethod
    def of(cls, matcher: Matcher, library: Library, entry: Entry) -> Trial:
        """The trial of `entry`: in `library` it stands in the place of the one of the same id in the matcher's, or after all."""
        ranking, at = matcher.scorer.ranking, _place(matcher, entry)
        reader = Analyser(matcher.glossary)
        asked = [words for text in lines(entry) if (words := split_words(clean(text)))]
        said = [words for text in told(entry) if len(words := split_words(clean(text))) > 1]
        phrases = [reader.phrase(words) for words in (*asked, *said)]
        alive = np.concatenate([ranking.owners != at, np.ones(len(phrases), bool)])
        scorer = _scorer(matcher, library, ranking, at, phrases, len(asked), asked)
        scorer.allowed = {area: mask & alive for area, mask in scorer.allowed.items()}
        scorer.everywhere = alive
        changed = copy.copy(matcher)
        changed.library, changed.entries = library, library.entries
        changed.scorer, changed.analyser, changed.names = scorer, scorer.analyser, ExactNames(library, matcher.glossary)
        return cls(changed, at, tuple(phrases[: len(asked)]))

    def leads_to(self, phrase: Phrase, place: int, area: str) -> int:
        """The position of the entry that a phrase would lead to, were it not in the index; `place` is its place there."""
        scorer = self.matcher.scorer
        others = scorer.allowed.get(area, scorer.allowed[NATIONAL]).copy()
        others[place] = False
        scores = scorer.ranking.scores(scorer.ranking.ask(phrase), others)
        return int(scorer.own_first(scores, area).argmax())


def stolen(matcher: Matcher, library: Library, entry: Entry) -> tuple[tuple[Entry, str], ...]:
    """Questions of other entries that a changed entry would take over: each with the entry that it leads to now.

    They are phrases of those entries near to the new ones. Each is asked as a family would that says nearly the same: left
    out of its entry, before the change and after it.
    """
    then, before = Trial.of(matcher, library, entry), matcher.library.by_id.get(entry.id)
    now = Trial.of(matcher, matcher.library, before) if before is not None else Trial(matcher, then.at, ())
    new = [phrase for phrase in then.new if phrase not in now.new]
    found = []
    for place in _near(matcher, entry, new):
        owner = int(matcher.scorer.ranking.owners[place])
        other, phrase = matcher.entries[owner], _text(matcher, place)
        read = Analyser(matcher.glossary).phrase(split_words(clean(phrase)))
        area = next((one for one in (other.area, entry.area) if one != NATIONAL), NATIONAL)
        if now.leads_to(read, place, area) == owner and then.leads_to(read, place, area) == then.at:
            found.append((other, phrase))
    return tuple(found)


def _place(matcher: Matcher, entry: Entry) -> int:
    """The position of an entry; of a new one that after all others."""
    return matcher.scorer.position.get(entry.id, len(matcher.entries))


def _near(matcher: Matcher, entry: Entry, new: Sequence[Phrase]) -> list[int]:
    """The places of the phrases of other entries that lie nearest to new ones of an entry, the nearest first."""
    ranking, here = matcher.scorer.ranking, entry.area
    fit = [
        one.id != entry.id and not one.small_talk and (NATIONAL in (one.area, here) or one.area == here)
        for one in matcher.entries
    ]
    open_to = np.array(fit)[ranking.owners] & ~ranking.weak
    pulls: dict[int, float] = {}
    for phrase in new:
        pull = np.where(open_to, ranking.ask(phrase).pull, -1)
        for place in np.argsort(-pull)[:NEAREST].tolist():
            pulls[place] = max(pulls.get(place, -1.0), float(pull[place]))
    nearest = sorted((place for place in pulls if pulls[place] >= 0), key=lambda place: -pulls[place])
    return nearest[:MOST_LOOKED_AT]


def _text(matcher: Matcher, place: int) -> str:
    """The phrase at a place of the index, as it is written."""
    owners = matcher.scorer.ranking.owners
    owner = int(owners[place])
    asked = [text for text in lines(matcher.entries[owner]) if split_words(clean(text))]
    return asked[place - int(np.searchsorted(owners, owner))]


def _scorer(
    matcher: Matcher, library: Library, ranking: Ranking, at: int, phrases: list[Phrase], strong: int,
    asked: list[list[str]],
) -> Scorer:  # fmt: skip
    index, vectors = ranking.index, ranking.vectors
    meanings = np.zeros((len(phrases), index.vectors.shape[1]), np.float32)
    if vectors is not None:
        vectors.prepare([phrase.meaning for phrase in phrases])
        for place, phrase in enumerate(phrases):
            meanings[place] = vectors.of(phrase.meaning)
    views = PhraseViews(
        _more(index.letters, phrases, lambda phrase: letter_keys(phrase.text)),  # type: ignore[arg-type]
        _more(index.stems, phrases, lambda phrase: stem_keys(phrase.stems)),  # type: ignore[arg-type]
        np.concatenate([index.vectors, meanings]),
    )
    whole = [phrases]
    reads: list[Callable[[list[Phrase]], Keys]] = [
        lambda some: stem_keys([stem for phrase in some for stem in phrase.stems]),
        lambda some: letter_keys(" ".join(phrase.text for phrase in some)),
    ]
    instead = at if at < ranking.entries else None
    documents = tuple(_more(one, whole, read, instead) for one, read in zip(ranking.documents, reads, strict=False))
    owners = np.concatenate([ranking.owners, np.full(len(phrases), at, ranking.owners.dtype)])
    weak = np.concatenate([ranking.weak, np.arange(len(phrases)) >= strong])
    whole_base = replace(ranking, owners=owners, weak=weak, entries=len(library.entries))
    changed = replace(whole_base, index=views, documents=documents)  # type: ignore[arg-type]
    counts = dict(matcher.counts)
    for word in (word for words in asked for word in words):
        counts.setdefault(word, 1)
    speller = matcher.analyser.speller if len(counts) == len(matcher.counts) else Speller(counts)
    old = matcher.scorer
    stems = dict(old.familiarity.counts)
    for stem in (stem for phrase in phrases for stem in set(phrase.stems)):
        stems.setdefault(stem, 1)
    made = Index(changed, replace(old.familiarity, counts=stems), old.curve, counts, ())
    return Scorer(library, made, Analyser(matcher.glossary, speller), vectors, matcher.names.small_words)
