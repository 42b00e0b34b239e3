"""The mean of static word vectors: what a text means where no encoder reads it."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats


class Vectors:
    """The mean of static word vectors: a table of 32,000 pieces of words by 256 numbers, read without its package.

    The table is the one that `wordllama` ships (token embeddings of a language model, refined on sentence pairs).
    """

    TABLE = Path("weights", "l2_supercat_256.safetensors")
    PIECES = Path("tokenizers", "l2_supercat_tokenizer_config.json")

    def __init__(self, table: NDArray[np.float16], pieces: Any) -> None:
        self.table = table
        self.pieces = pieces
        self.name, self.whole, self.shares = "words", False, None

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing: a text is read in no time."""

    def learn(self, texts: Sequence[str], rows: Floats) -> None:
        """Nothing: see `prepare`."""

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return int(self.table.shape[1])

    @classmethod
    def load(cls) -> Vectors | None:
        """The vectors, or None where one of the three packages is not installed or the table is not as expected."""
        found = importlib.util.find_spec("wordllama")
        if found is None or not found.origin:
            return None
        folder = Path(found.origin).parent
        try:
            from safetensors.numpy import load_file
            from tokenizers import Tokenizer

            table = load_file(folder / cls.TABLE)["embedding.weight"]
            return cls(table, Tokenizer.from_file(str(folder / cls.PIECES)))
        except (ImportError, OSError, KeyError, ValueError):
            return None

    def of(self, text: str) -> Floats:
        """The vector of a text, length one; zeros where it has no words. Shape (256,)."""
        ids = self.pieces.encode(text, add_special_tokens=False).ids
        if not ids:
            return np.zeros(self.table.shape[1], np.float32)
        mean = self.table[ids].astype(np.float32).mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)

    def beyond(self, text: str) -> float:
        """Words alone cannot tell."""
        return 0.0
