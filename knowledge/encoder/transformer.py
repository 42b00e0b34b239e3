"""The transformer (all-MiniLM-L6-v2), run by onnxruntime: a text as a vector, and as a vector for each piece of a word.

The steps stand in transformer.onnx (made by knowledge/training/graph.py); the weights are given to it here. Most matrices are whole numbers of
seven bits, and what they multiply is made whole numbers of eight as it comes: half the time and a third of the memory
of floating point. Seven, because processors without VNNI add two products in sixteen bits, where eight times eight
overflows: so every machine gives the same vector
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.arrays import Floats

WORDS = "embeddings.word_embeddings.weight"

WIDTH, LAYERS, HEADS = 384, 6, 12

GRAPH = Path(__file__).with_name("transformer.onnx")

MOST_PIECES = 96
"""Pieces of words that are read of one text: some 75 words."""

REMEMBERED = 32
"""Texts whose vectors are kept: the parts of one message are asked for more than once, and no words lie about for long."""

MATRICES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mix": "attention.output.dense",
    "up": "intermediate.dense",
    "down": "output.dense",
}
"""The matrices of a layer, and their names in the file of weights."""

DOWN = ("loud", "calm")
"""The two parts of `down`: what it multiplies has a few very large numbers, beside which the rest would be lost if all
had one scale (cosine with floating point 0.991; 0.99 in two parts)."""
LOUD = 32
"""How many of the 1,536 are taken for loud."""
LARGEST = 63
"""The largest whole number: seven bits with their sign."""


class Encoder:
    """Turns a text into a vector; safe to share between threads, and the same text always gives the same vector."""

    def __init__(self, weights: Mapping[str, Floats], pieces: Any, taught: Mapping[str, Any] | None = None) -> None:
        """Change the model's weights as it was taught, if it was.

        KeyError where one of them lacks something, ImportError where onnxruntime is not installed.
        """
        self.pieces = pieces
        self.taught = taught or {}
        self.words = weights[WORDS]
        types = weights["embeddings.token_type_embeddings.weight"]
        self.places = weights["embeddings.position_embeddings.weight"][:MOST_PIECES] + types[0]
        self._run = _session(_whole(weights, taught))
        self.of = lru_cache(maxsize=REMEMBERED)(self._of)

    def _of(self, text: str) -> Floats:
        """The mean of what the last layer says of each piece. Shape (384,). At most MOST_PIECES pieces are read."""
        return np.asarray(self._told(self.pieces.encode(text).ids).mean(axis=0), dtype=np.float32)

    def pieces_of(self, text: str) -> tuple[list[tuple[int, int]], Floats]:
        """Where each piece of a text begins and ends, and what the last layer says of it. Shape (pieces, 384)."""
        found = self.pieces.encode(text)
        return found.offsets, self._told(found.ids)

    def all(self, texts: Sequence[str]) -> Floats:
        """The vectors of many texts, each read alone, as its numbers are made whole by its own largest. (texts, 384)."""
        return np.array([self._of(text) for text in texts], np.float32).reshape(len(texts), WIDTH)

    def _told(self, ids: Sequence[int]) -> Floats:
        """What the last layer says of each piece. Shape (pieces, 384)."""
        given = (self.words[np.array(ids)] + self.places[: len(ids)])[None]
        told: Floats = self._run.run(None, {"pieces": given})[0][0]
        return told


def softmax(marks: Floats) -> Floats:
    """Marks as probabilities, along the last axis."""
    chances = np.exp(marks - marks.max(axis=-1, keepdims=True))
    chances /= chances.sum(axis=-1, keepdims=True)
    return np.asarray(chances, dtype=np.float32)


def _session(given: Mapping[str, Any]) -> Any:
    """The graph with its weights, of which it makes a copy; on one thread: messages, not parts of one, are what runs side by side."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False  # it would keep what the longest text took
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array)) for array in given.values()]
    options.add_external_initializers(list(given), values)
    return onnxruntime.InferenceSession(GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"])


def _whole(weights: Mapping[str, Floats], taught: Mapping[str, Any] | None) -> dict[str, Any]:
    """All weights by their names in the graph, each matrix as it was taught if it was."""
    given: dict[str, Any] = {}
    given["first.norm"], given["first.norm_bias"] = _norm("embeddings.", weights)
    for number in range(LAYERS):
        place = f"encoder.layer.{number}."
        matrix = {name: _matrix(number, name, weights, taught) for name in MATRICES}
        bias = {name: weights[f"{place}{long}.bias"] for name, long in MATRICES.items()}
        heads = ("query", "key", "value")
        matrix["attend"] = np.concatenate([matrix.pop(name) for name in heads], axis=1)
        bias["attend"] = np.concatenate([bias.pop(name) for name in heads])
        for name, long in (("mix", "attention.output."), ("down", "output.")):
            given[f"{number}.{name}.norm"], given[f"{number}.{name}.norm_bias"] = _norm(place + long, weights)
        order = np.argsort(
            -_loudness(matrix["up"], bias["up"], given[f"{number}.mix.norm"], given[f"{number}.mix.norm_bias"])
        )
        matrix["up"], bias["up"], down = matrix["up"][:, order], bias["up"][order], matrix.pop("down")[order]
        matrix |= dict(zip(DOWN, (down[:LOUD], down[LOUD:]), strict=True))
        for name in matrix:
            given |= _dense(f"{number}.{name}", matrix[name])
        given |= {f"{number}.{name}.bias": bias[name] for name in bias}
    return given


def _matrix(number: int, name: str, weights: Mapping[str, Floats], taught: Mapping[str, Any] | None) -> Floats:
    """A matrix that multiplies pieces, in rows, from the right."""
    weight = weights[f"encoder.layer.{number}.{MATRICES[name]}.weight"]
    if taught is not None:
        narrow, wide = (taught[f"{number}.{name}.{part}"].astype(np.float32) for part in ("narrow", "wide"))
        weight = weight + wide @ narrow
    return np.ascontiguousarray(weight.T)


def _loudness(up: Floats, bias: Floats, norm: Floats, norm_bias: Floats) -> Floats:
    """How large each number in the middle of a layer may grow, where what comes in is normed. Shape (1536,)."""
    spread: Floats = np.sqrt(((norm[:, None] * up) ** 2).sum(axis=0))
    return norm_bias @ up + bias + 4 * spread


def _dense(name: str, matrix: Floats) -> dict[str, Any]:
    """A matrix for the graph, as whole numbers, each column with its own scale."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-9).astype(np.float32) / np.float32(LARGEST)
    numbers = np.rint(matrix / scale).astype(np.int8)
    return {name: numbers, f"{name}.scale": scale, f"{name}.zero": np.zeros(len(scale), np.int8)}


def _norm(place: str, weights: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    return weights[f"{place}LayerNorm.weight"], weights[f"{place}LayerNorm.bias"]
