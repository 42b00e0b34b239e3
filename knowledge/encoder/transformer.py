"""The transformer (all-MiniLM-L6-v2), run in plain numpy: a text as a vector, and as a vector for each piece of a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from knowledge.arrays import Floats

WORDS = "embeddings.word_embeddings.weight"

WIDTH, LAYERS, HEADS = 384, 6, 12

MOST_PIECES = 96
"""Pieces of words that are read of one text: some 75 words."""

REMEMBERED = 32
"""Texts whose vectors are kept: the parts of one message are asked for more than once, and no words lie about for long."""

TOGETHER = 64
"""Texts of the same length that are read at once."""

MATRICES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mix": "attention.output.dense",
    "up": "intermediate.dense",
    "down": "output.dense",
}
"""The matrices of a layer, and their names in the file of weights."""


@dataclass(frozen=True)
class Layer:
    """One layer of the transformer; its matrices stand so that pieces, in rows, are multiplied from the left."""

    attend: Floats
    """Query, key and value side by side: (384, 3 * 384)."""
    attend_bias: Floats
    mix: Floats
    mix_bias: Floats
    mix_norm: tuple[Floats, Floats]
    up: Floats
    up_bias: Floats
    down: Floats
    down_bias: Floats
    down_norm: tuple[Floats, Floats]


class Encoder:
    """Turns a text into a vector; safe to share between threads, and the same text always gives the same vector."""

    def __init__(self, weights: Mapping[str, Floats], pieces: Any, taught: Mapping[str, Any] | None = None) -> None:
        """Change the model's weights as it was taught, if it was. KeyError where one of them lacks something."""
        self.pieces = pieces
        self.taught = taught or {}
        self.words = weights[WORDS]
        types = weights["embeddings.token_type_embeddings.weight"]
        self.places = weights["embeddings.position_embeddings.weight"][:MOST_PIECES] + types[0]
        self.first_norm = _norm("embeddings.", weights)
        self.layers = [_layer(number, weights, taught) for number in range(LAYERS)]
        self.of = lru_cache(maxsize=REMEMBERED)(self._of)

    def _of(self, text: str) -> Floats:
        """The mean of what the last layer says of each piece. Shape (384,). At most MOST_PIECES pieces are read."""
        vectors = self._read([self.pieces.encode(text).ids])
        return np.asarray(vectors[0], dtype=np.float32)

    def pieces_of(self, text: str) -> tuple[list[tuple[int, int]], Floats]:
        """Where each piece of a text begins and ends, and what the last layer says of it. Shape (pieces, 384)."""
        found = self.pieces.encode(text)
        return found.offsets, self._told([found.ids])[0]

    def all(self, texts: Sequence[str]) -> Floats:
        """The vectors of many texts, several times as fast as one by one. Shape (texts, 384)."""
        ids = [self.pieces.encode(text).ids for text in texts]
        alike: dict[int, list[int]] = defaultdict(list)
        for at, pieces in enumerate(ids):
            alike[len(pieces)].append(at)
        out = np.zeros((len(texts), WIDTH), np.float32)
        for rows in alike.values():
            for begin in range(0, len(rows), TOGETHER):
                some = rows[begin : begin + TOGETHER]
                out[some] = self._read([ids[at] for at in some])
        return out

    def _read(self, ids: Sequence[Sequence[int]]) -> Floats:
        """The vectors of texts of equally many pieces. Shape (texts, 384)."""
        return np.asarray(self._told(ids).mean(axis=1), dtype=np.float32)

    def _told(self, ids: Sequence[Sequence[int]]) -> Floats:
        """What the last layer says of each piece: they go through the layers as one long list. (texts, pieces, 384)."""
        texts, size = len(ids), len(ids[0])
        told = _normed((self.words[np.array(ids)] + self.places[:size]).reshape(-1, WIDTH), self.first_norm)
        for layer in self.layers:
            told = _through(layer, told, texts)
        return told.reshape(texts, size, WIDTH)


def _through(layer: Layer, told: Floats, texts: int) -> Floats:
    """One layer: every piece looks at every other of its text, then each is thought over alone (Vaswani et al. 2017)."""
    parts = (told @ layer.attend + layer.attend_bias).reshape(texts, -1, 3, HEADS, WIDTH // HEADS)
    queries, keys, values = parts.transpose(2, 0, 3, 1, 4)
    shares = queries @ keys.transpose(0, 1, 3, 2) / np.float32(np.sqrt(WIDTH // HEADS))
    seen = (softmax(shares) @ values).transpose(0, 2, 1, 3).reshape(told.shape)
    told = _normed(told + seen @ layer.mix + layer.mix_bias, layer.mix_norm)
    thought = _gelu(told @ layer.up + layer.up_bias) @ layer.down + layer.down_bias
    return _normed(told + thought, layer.down_norm)


def softmax(marks: Floats) -> Floats:
    """Marks as probabilities, along the last axis."""
    chances = np.exp(marks - marks.max(axis=-1, keepdims=True))
    chances /= chances.sum(axis=-1, keepdims=True)
    return np.asarray(chances, dtype=np.float32)


def _gelu(x: Floats) -> Floats:
    """The activation, in its form with tanh (Hendrycks and Gimpel 2016)."""
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x * x * x))), dtype=np.float32)


def _normed(x: Floats, norm: tuple[Floats, Floats]) -> Floats:
    x = x - x.mean(axis=-1, keepdims=True)
    return np.asarray(x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-12) * norm[0] + norm[1], dtype=np.float32)


def _norm(place: str, weights: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    return weights[f"{place}LayerNorm.weight"], weights[f"{place}LayerNorm.bias"]


def _layer(number: int, weights: Mapping[str, Floats], taught: Mapping[str, Any] | None) -> Layer:
    """One layer, as it was taught if it was."""
    place = f"encoder.layer.{number}."
    matrix = {}
    for name, long in MATRICES.items():
        weight = weights[f"{place}{long}.weight"]
        if taught is not None:
            narrow, wide = (taught[f"{number}.{name}.{part}"].astype(np.float32) for part in ("narrow", "wide"))
            weight = weight + wide @ narrow
        matrix[name] = np.ascontiguousarray(weight.T)
    bias = {name: weights[f"{place}{long}.bias"] for name, long in MATRICES.items()}
    heads = ("query", "key", "value")
    return Layer(
        attend=np.concatenate([matrix[name] for name in heads], axis=1),
        attend_bias=np.concatenate([bias[name] for name in heads]),
        mix=matrix["mix"],
        mix_bias=bias["mix"],
        mix_norm=_norm(f"{place}attention.output.", weights),
        up=matrix["up"],
        up_bias=bias["up"],
        down=matrix["down"],
        down_bias=bias["down"],
        down_norm=_norm(f"{place}output.", weights),
    )
