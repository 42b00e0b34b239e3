"""Ranking entries for a question: a regression over the phrases nearest to it, in three views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Bools, Floats, Ints
from knowledge.matching.analysis import Phrase
from knowledge.matching.embeddings import Meaning
from knowledge.matching.similarity import CROWDED, Postings, letter_keys, stem_keys

SPARSE, SPARSE_SHARES = 5, (0.25, 0.2, 0.55)
RICH, RICH_SHARES = 40, (0.4, 0.3, 0.3)
"""What letters, stems and word vectors count in the kernel, with so many phrases an entry, and in proportion between:
the more phrases an entry has, the more its own words can be trusted. Each was the best on held-out training phrases."""

SHARES_WITHOUT_VECTORS = (0.6, 0.4)

DOCUMENT_SHARE = 0.5
"""What a rich entry's words and letters as a whole count beside its phrases, each: one point, and 3 of AUROC. Sparse
entries lose by it."""

SHARPNESS = 2.0
"""The kernel of a view is exp(SHARPNESS * (cosine - 1)): near phrases count, far ones hardly. 4 costs 1.5 points."""

NOISE = 0.3
"""The ridge term of a phrase. 0.1 to 0.3 rank alike, 1 costs half a point."""

WEAK_NOISE = 1.0
"""The ridge term of a sentence of the answer: it says what an entry is about, but nobody asks like that."""

FEWEST_NEIGHBOURS, MOST_NEIGHBOURS = 64, 160
"""Phrases that the regression is solved on: one in sixty-four, within these bounds. With 5,000 phrases 64 rank as all do
(55.0 and 55.0, 95.2 and 95.3); with 9,000 160 are a point better than 64."""

NEAREST_SHARE = 0.1
"""The score is 0.9 regression + 0.1 nearest phrase; without the latter abstaining gets worse."""


@dataclass(frozen=True)
class PhraseViews:
    """All phrases in each view."""

    letters: Postings
    stems: Postings
    vectors: Floats
    """Shape (phrases, width); (phrases, 0) without a view by meaning."""

    @classmethod
    def build(cls, phrases: Sequence[Phrase], vectors: Meaning | None) -> PhraseViews:
        """Index the phrases; two views where there are no word vectors."""
        meanings = np.zeros((len(phrases), 0 if vectors is None else vectors.width), np.float32)
        if vectors is not None:
            vectors.prepare([phrase.meaning for phrase in phrases])
            for at, phrase in enumerate(phrases):
                meanings[at] = vectors.of(phrase.meaning)
        letters = Postings.build(phrases, lambda phrase: letter_keys(phrase.text))
        return cls(letters, Postings.build(phrases, lambda phrase: stem_keys(phrase.stems)), meanings)

    def views(self, phrase: Phrase, vectors: Meaning | None) -> list[Floats]:
        """The cosine of a question with each phrase, a view at a time."""
        out = [self.letters.cosines(letter_keys(phrase.text)), self.stems.cosines(stem_keys(phrase.stems))]
        if vectors is not None:
            out.append(self.vectors @ vectors.of(phrase.meaning))
        return out

    def grams(self, chosen: Ints, vectors: Meaning | None) -> list[Floats]:
        """The cosines of the chosen phrases with each other, a view at a time."""
        out = [self.letters.gram(chosen), self.stems.gram(chosen)]
        if vectors is not None:
            near = self.vectors[chosen]
            out.append(near @ near.T)
        return out

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the index cache keeps."""
        return self.letters.arrays("letters") | self.stems.arrays("stems") | {"vectors": self.vectors}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> PhraseViews:
        """The index that `arrays` was called on."""
        stems, letters = Postings.from_arrays("stems", arrays), Postings.from_arrays("letters", arrays)
        return cls(letters, stems, arrays["vectors"])


def kernel(views: Sequence[Floats], shares: Sequence[float]) -> Floats:
    """How alike two phrases are: the weighted mean of the views' kernels, 1 for the same phrase."""
    total = np.zeros_like(views[0])
    for share, view in zip(shares, views, strict=True):
        total += share * np.exp(SHARPNESS * (view - 1))
    return total


@dataclass(frozen=True)
class Question:
    """A question compared with everything, once, whatever part of the base may then answer it."""

    views: tuple[Floats, ...]
    """The cosine with each phrase, a view at a time."""
    pull: Floats
    """The kernel with each phrase."""
    documents: Floats
    """What each entry as a whole adds to its score."""


@dataclass(frozen=True)
class Ranking:
    """Scores entries for questions. Nothing is learnt beforehand, so any part of the base can be left out of one."""

    index: PhraseViews
    owners: Ints
    """The position of the entry of each phrase."""
    weak: Bools
    """Which phrases are sentences of an answer."""
    documents: tuple[Postings, ...]
    """Each entry as one text: stems, then letters unless there are too many phrases."""
    richness: float
    """0 for five phrases an entry, 1 for forty."""
    entries: int
    vectors: Meaning | None

    @classmethod
    def build(
        cls, phrases: Sequence[Phrase], owners: Ints, weak: Bools, entries: int, vectors: Meaning | None
    ) -> Ranking:
        """Index the phrases, which stand in the order of their entries."""
        own = np.bincount(owners[~weak], minlength=entries)
        typical = float(np.median(own[own > 0])) if (own > 0).any() else 0.0
        richness = float(np.clip(np.log(max(typical, 1) / SPARSE) / np.log(RICH / SPARSE), 0, 1))
        bounds = np.searchsorted(owners, np.arange(entries + 1)).tolist()
        wholes = [phrases[begin:end] for begin, end in zip(bounds[:-1], bounds[1:], strict=True)]
        documents = [
            Postings.build(wholes, lambda whole: stem_keys([stem for phrase in whole for stem in phrase.stems]))
        ]
        if len(phrases) < CROWDED:
            documents.append(
                Postings.build(wholes, lambda whole: letter_keys(" ".join(phrase.text for phrase in whole)))
            )
        return cls(PhraseViews.build(phrases, vectors), owners, weak, tuple(documents), richness, entries, vectors)

    @property
    def shares(self) -> tuple[float, ...]:
        """What each view counts in the kernel."""
        if self.vectors is None:
            return SHARES_WITHOUT_VECTORS
        if self.vectors.shares is not None:
            return self.vectors.shares
        pairs = zip(SPARSE_SHARES, RICH_SHARES, strict=True)
        return tuple(sparse + self.richness * (rich - sparse) for sparse, rich in pairs)

    def ask(self, phrase: Phrase) -> Question:
        """The question compared with every phrase and entry."""
        views = tuple(self.index.views(phrase, self.vectors))
        keys = (stem_keys(phrase.stems), letter_keys(phrase.text))
        share = DOCUMENT_SHARE * self.richness
        added = np.zeros(self.entries, np.float32)
        if share:
            for postings, key in zip(self.documents, keys, strict=False):
                added += share * postings.cosines(key)
        return Question(views, kernel(views, self.shares), added)

    def scores(self, question: Question, allowed: Bools) -> Floats:
        """The score of each entry, 0 without an allowed phrase near the question. Shape (entries,).

        Ridge regression in a kernel of "is it this entry's?" (Saunders, Gammerman and Vovk, 1998), solved on the
        nearest of the allowed phrases only, as in SVM-KNN (Zhang et al., 2006).
        """
        pull = np.where(allowed, question.pull, -1)
        open_to = int(allowed.sum())
        count = min(open_to, max(FEWEST_NEIGHBOURS, min(MOST_NEIGHBOURS, open_to // 64)))
        if not count:
            return np.zeros(self.entries, np.float32)
        chosen = np.sort(np.argpartition(-pull, count - 1)[:count]).astype(np.int64)
        gram = kernel(self.index.grams(chosen, self.vectors), self.shares)
        gram[np.diag_indices(count)] += np.where(self.weak[chosen], WEAK_NOISE, NOISE)
        parts = np.linalg.solve(gram, pull[chosen])
        owners = self.owners[chosen]
        likeness = np.sum([view[chosen] for view in question.views], axis=0) / len(question.views)
        nearest = np.zeros(self.entries)
        np.maximum.at(nearest, owners, np.where(self.weak[chosen], 0, likeness))
        fitted = np.bincount(owners, parts, minlength=self.entries)
        found = np.bincount(owners, minlength=self.entries) > 0
        total = (1 - NEAREST_SHARE) * fitted + NEAREST_SHARE * nearest + question.documents
        total /= 1 + DOCUMENT_SHARE * self.richness * len(self.documents)
        return np.where(found, np.maximum(total, 0), 0).astype(np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the index cache keeps."""
        out = self.index.arrays() | {"owners": self.owners, "weak": self.weak}
        out["shape"] = np.array([self.entries, len(self.documents)])
        out["richness"] = np.array(self.richness)
        for number, postings in enumerate(self.documents):
            out |= postings.arrays(f"documents{number}")
        return out

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]], vectors: Meaning | None) -> Ranking:
        """The ranking that `arrays` was called on."""
        entries, count = (int(number) for number in arrays["shape"])
        documents = tuple(Postings.from_arrays(f"documents{number}", arrays) for number in range(count))
        index = PhraseViews.from_arrays(arrays)
        return cls(index, arrays["owners"], arrays["weak"], documents, float(arrays["richness"]), entries, vectors)
