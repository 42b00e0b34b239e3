"""The view by meaning of a content folder's phrases, and its table: `python -m knowledge.meanings [FOLDER]` renews it.

To read a phrase takes the encoder some milliseconds, a folder of 15,000 a minute or two. So their vectors lie beside the
content, in `meanings.npz`; phrases that are not in it yet are read when the index is built. A folder without such a
table is matched with static word vectors.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Encoder, encoder, learned_digest
from knowledge.entries import Library
from knowledge.index import read
from knowledge.loader import BUILT_IN, load
from knowledge.views import Floats, Meaning, Vectors

TABLE = "meanings.npz"
USE = "matching"
STEPS = 127
"""A number of a vector is kept as one signed byte."""

Row = NDArray[np.int8]


class Sentences:
    """Vectors of whole texts, with those of known ones from a table."""

    def __init__(self, reader: Encoder, table: Mapping[bytes, Row], name: str) -> None:
        self.reader = reader
        self.table = table
        self.name, self.whole = name, True
        self.basis: Floats = reader.taught["basis"].astype(np.float32)
        self.outside: Floats = reader.taught["beyond"].astype(np.float32)

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return int(self.basis.shape[1])

    def of(self, text: str) -> Floats:
        """The vector of a text, length one. Shape (width,)."""
        row = self.table.get(key(text))
        return _unit(self.reader.of(text) @ self.basis if row is None else row.astype(np.float32))

    def beyond(self, text: str) -> float:
        """The cosine with the mean of the messages of beyond_bank.yaml, which are about other things."""
        return float(self.of(text) @ self.outside)


def meaning(library: Library) -> Meaning | None:
    """The best view by meaning that there is: of sentences where the folder has a table, else of words, else none."""
    file = library.folder / TABLE if library.folder is not None else None
    table = None if file is None else _table(file)
    reader = encoder(USE) if table is not None else None
    if reader is None or table is None:
        return Vectors.load()
    return Sentences(reader, table, f"sentences {learned_digest(USE)}")


def key(text: str) -> bytes:
    """What a text's vector is found by."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def _table(file: Path) -> dict[bytes, Row] | None:
    """The rows of a table by key; none where it is not there, damaged, or made by an encoder that was taught otherwise."""
    try:
        with np.load(file, allow_pickle=False) as held:
            if str(held["learned"]) != learned_digest(USE):
                return None
            keys, rows = held["keys"], held["rows"]
    except Exception:  # noqa: BLE001 - whatever is wrong with a table, words are read without it
        return None
    return dict(zip(map(bytes, keys), rows, strict=True)) if len(keys) == len(rows) else None


def write(library: Library, folder: Path) -> int:
    """Write the table for all texts of a library; how many it holds. ValueError where there is no encoder."""
    reader = encoder(USE)
    if reader is None:
        raise ValueError("the package of the encoder, or what it was taught, is not there: see requirements-vectors.in")
    known = Sentences(reader, _table(folder / TABLE) or {}, "")
    texts = sorted({phrase.meaning for phrase in read(library).phrases})
    rows = [np.round(STEPS * vector / np.abs(vector).max()).astype(np.int8) for vector in map(known.of, texts)]
    keys = np.frombuffer(b"".join(map(key, texts)), np.uint8).reshape(-1, 8)
    np.savez_compressed(folder / TABLE, keys=keys, rows=np.array(rows), learned=np.array(learned_digest(USE)))
    return len(texts)


def main(arguments: Iterable[str]) -> None:
    """Renew the table of a content folder, the built-in one if none is named."""
    folder = Path(next(iter(arguments), BUILT_IN))
    print(f"{write(load(folder), folder)} texts in {folder / TABLE}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
