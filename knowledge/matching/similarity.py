"""Views of a phrase: how alike two texts are in their letters, in their word stems, and in what the words mean."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats, Keys

T = TypeVar("T")

LETTERS = (2, 3, 4, 5)
"""Lengths of the runs of letters: TF-IDF over 2 to 5 was the best single view of typed, misspelt questions."""

SKETCH = 256
"""Cells of a sketch: its cosines are off by 0.06, which moves a kernel by 0.01, beside a ridge term of 0.3."""

CHUNK = 4_096
"""Texts sketched at a time."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_TURN = np.uint64(0xBF58476D1CE4E5B9)

CROWDED = 40_000
"""From so many phrases on memory and time are saved where it costs a little: see `benchmarks/README.md`."""

MANY = 2_000
ONE_IN = 8
"""From MANY texts on, a key that stands in more than one in ONE_IN is skipped: it tells little and costs most."""


def letter_keys(text: str) -> Keys:
    """A 64-bit key for each run of 2 to 5 letters of " text ", spaces included."""
    codes = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    rolled = codes * _MIX
    out: list[Keys] = []
    for length in range(2, LETTERS[-1] + 1):
        if len(codes) < length:
            break
        rolled = (rolled[:-1] ^ (rolled[:-1] >> np.uint64(29))) * _TURN + codes[length - 1 :] * _MIX
        out.append(rolled)
    return np.concatenate(out) if out else np.empty(0, np.uint64)


@lru_cache(maxsize=200_000)
def word_key(word: str) -> int:
    """A 64-bit key for a word."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def stem_keys(stems: Sequence[str]) -> Keys:
    """A key for each stem and for each pair of neighbours."""
    singles = np.array([word_key(word) for word in stems], dtype=np.uint64)
    pairs = (singles[:-1] ^ (singles[:-1] >> np.uint64(31))) * _TURN + singles[1:] * _MIX
    return np.concatenate([singles, pairs])


@dataclass(frozen=True)
class Bags:
    """Some texts as bags of keys, one after the other."""

    keys: Keys
    counts: Floats
    """How often each key stands in its text."""
    rows: NDArray[np.int64]
    """The text of each key, from 0."""


def bags(texts: Sequence[T], read: Callable[[T], Keys]) -> Bags:
    """The texts, read as keys, as bags."""
    each = [np.unique(read(text), return_counts=True) for text in texts]
    return Bags(
        np.concatenate([np.empty(0, np.uint64), *(keys for keys, _ in each)]),
        np.concatenate([np.empty(0, np.int64), *(counts for _, counts in each)]).astype(np.float32),
        np.repeat(np.arange(len(each)), [len(keys) for keys, _ in each]),
    )


def chunks(texts: Sequence[T], read: Callable[[T], Keys]) -> Callable[[], Iterable[Bags]]:
    """The texts as bags, a CHUNK of them at a time, as often as asked for; kept in between where there is room."""

    def each() -> Iterator[Bags]:
        for first in range(0, len(texts), CHUNK):
            yield bags(texts[first : first + CHUNK], read)

    if len(texts) >= CROWDED:
        return each
    kept = list(each())
    return lambda: kept


def vocabulary(parts: Iterable[Bags]) -> tuple[Keys, NDArray[np.int64]]:
    """The keys of all texts, sorted, and in how many texts each stands."""
    keys, frequency = np.empty(0, np.uint64), np.empty(0, np.int64)
    for bag in parts:
        some, counts = np.unique(bag.keys, return_counts=True)
        joined, places = np.unique(np.concatenate([keys, some]), return_inverse=True)
        frequency = np.bincount(places, np.concatenate([frequency, counts]), minlength=len(joined)).astype(np.int64)
        keys = joined
    return keys, frequency


def sketch(bag: Bags, weights: Floats, size: int) -> Floats:
    """Each text's weights added up, with a sign each, in SKETCH cells (feature hashing; Weinberger et al., 2009)."""
    mixed = (bag.keys ^ (bag.keys >> np.uint64(33))) * _TURN
    cells = ((mixed >> np.uint64(40)) % np.uint64(SKETCH)).astype(np.int64)
    signed = np.where(mixed >> np.uint64(63), weights, -weights)
    out = np.bincount(bag.rows * SKETCH + cells, signed, minlength=size * SKETCH)
    return out.reshape(size, SKETCH).astype(np.float32)


@dataclass(frozen=True)
class Postings:
    """An inverted index of texts, each a bag of keys weighted by TF-IDF and scaled to length one.

    Sublinear term frequency and smoothed inverse document frequency (Salton and Buckley, 1988). From MANY texts on, a
    key that stands in more than one text in ONE_IN has no postings.
    """

    keys: Keys
    """The known keys, sorted."""
    idf: Floats
    heads: NDArray[np.int64]
    """Key i stands in the texts rows[heads[i]:heads[i + 1]], with these weights."""
    rows: NDArray[np.int32]
    weights: NDArray[np.float16]
    sketches: NDArray[np.float16]
    """Shape (texts, SKETCH): random projections whose inner products are near the texts' cosines."""

    @classmethod
    def build(cls, texts: Sequence[T], read: Callable[[T], Keys], beside: Postings | None = None) -> Postings:
        """The index of the texts, each read as its keys, repeats included; a CHUNK of texts in memory at a time.

        `beside` is an index of many more, whose weights these few then have, so that the cosines of both compare.
        """
        size = len(texts)
        parts = chunks(texts, read)
        keys, frequency = vocabulary(parts())
        idf = (np.log((1 + size) / (1 + frequency)) + 1).astype(np.float32)
        listed = frequency * ONE_IN <= size if size >= MANY else np.ones(len(keys), bool)
        if beside is not None:
            places = np.searchsorted(beside.keys, keys)
            new = beside.keys[np.minimum(places, len(beside.keys) - 1)] != keys
            own, keys = keys, np.insert(beside.keys, places[new], keys[new])
            old, counted = np.searchsorted(keys, beside.keys), np.zeros(len(keys), np.int64)
            counted[np.searchsorted(keys, own)], frequency = frequency, counted
            idf, listed = np.full(len(keys), np.log((1 + beside.size) / 2) + 1, np.float32), np.ones(len(keys), bool)
            idf[old], listed[old] = beside.idf, np.diff(beside.heads) > 0
        heads = np.cumsum([0, *np.where(listed, frequency, 0)], dtype=np.int64)
        free = heads[:-1].copy()
        rows, weights = np.empty(heads[-1], np.int32), np.empty(heads[-1], np.float16)
        sketches = np.zeros((size, SKETCH), np.float16)
        for first, bag in zip(range(0, size, CHUNK), parts(), strict=True):
            count = min(CHUNK, size - first)
            ids = np.searchsorted(keys, bag.keys)
            values = (1 + np.log(bag.counts)) * idf[ids]
            squares = np.bincount(bag.rows, values * values, minlength=count)
            values /= np.sqrt(np.maximum(squares, 1e-12)).astype(np.float32)[bag.rows]
            sketches[first : first + count] = sketch(bag, values, count)
            used = np.flatnonzero(listed[ids])
            used = used[np.argsort(ids[used], kind="stable")]
            distinct, begins, lengths = np.unique(ids[used], return_index=True, return_counts=True)
            places = free[ids[used]] + np.arange(len(used)) - np.repeat(begins, lengths)
            rows[places], weights[places] = bag.rows[used] + first, values[used]
            free[distinct] += lengths
        return cls(keys, idf, heads, rows, weights, sketches)

    @property
    def size(self) -> int:
        """How many texts there are."""
        return len(self.sketches)

    def cosines(self, keys: Keys) -> Floats:
        """The cosine of a question, given as its keys, with each text: float32, shape (size,)."""
        distinct, counts = np.unique(keys, return_counts=True)
        at = np.minimum(np.searchsorted(self.keys, distinct), max(len(self.keys) - 1, 0))
        known = self.keys[at] == distinct if len(self.keys) else np.zeros(len(distinct), bool)
        at, counts = at[known], counts[known]
        if not len(at):
            return np.zeros(self.size, np.float32)
        weights = (1 + np.log(counts)) * self.idf[at]
        weights = weights / np.sqrt((weights**2).sum())
        begins, ends = self.heads[at], self.heads[at + 1]
        spans = [slice(begin, end) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        rows = np.concatenate([self.rows[span] for span in spans])
        values = np.concatenate([self.weights[span] for span in spans]).astype(np.float32)
        values *= np.repeat(weights.astype(np.float32), ends - begins)
        return np.bincount(rows, values, minlength=self.size).astype(np.float32)

    def gram(self, chosen: NDArray[np.int64]) -> Floats:
        """About the cosines of the chosen texts with each other, shape (chosen, chosen)."""
        near = self.sketches[chosen].astype(np.float32)
        out = near @ near.T
        np.fill_diagonal(out, 1.0)
        return np.asarray(out, dtype=np.float32)

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """What the index cache keeps."""
        return {f"{name}.{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, name: str, arrays: dict[str, NDArray[Any]]) -> Postings:
        """The index that `arrays` was called on."""
        return cls(*(arrays[f"{name}.{field.name}"] for field in fields(cls)))
