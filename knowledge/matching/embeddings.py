"""The view by meaning of a content folder's phrases, and the table of it that `./run train embeddings` renews.

To read a phrase takes the encoder a millisecond or more, a folder of 15,000 half a minute. So their vectors lie beside
the content, in `meanings.npz`; phrases that are not in it yet are read when the index is built. A folder without such a
table is read by the encoder as it is published, when it is small, and matched with static word vectors otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Floats
from knowledge.encoder.static_vectors import Vectors
from knowledge.encoder.transformer import WIDTH, Encoder
from knowledge.encoder.weights import encoder, learned_digest, untaught
from knowledge.entries import Library

TABLE = "meanings.npz"
USE = "matching"
STEPS = 127
"""A number of a vector is kept as one signed byte."""

FEW = 900
"""A folder of fewer phrases is read at its first start, in two or three seconds, and a question of it in 5 to 10 ms. It is
worth 6 points of top 1 and 3 of AUROC on folders with 5 to 10 phrases an entry; larger ones need a table."""
UNTAUGHT = "sentences, untaught"
"""The name of the view that the encoder gives as it is published."""
UNTAUGHT_SHARES = (0.15, 0.15, 0.7)
"""What letters, stems and the encoder count in the kernel where it was not taught. On held-out training phrases 0.7 to
0.9 for the encoder rank alike, and less is worse; letters and stems see through misspelt words."""

Row = NDArray[np.int8] | Floats


class Meaning(Protocol):
    """A view by meaning: texts as vectors whose dot product tells how alike they are."""

    @property
    def name(self) -> str:
        """Tells one from another: an index that was built with another is stale."""

    @property
    def width(self) -> int:
        """Numbers in a vector."""

    @property
    def shares(self) -> tuple[float, ...] | None:
        """What letters, stems and this view count in the kernel; None where that goes by the base."""

    def prepare(self, texts: Sequence[str]) -> None:
        """Read these texts at once: they will be asked for one by one."""

    def learn(self, texts: Sequence[str], rows: Floats) -> None:
        """Take over the vectors of texts that were read before by the same view. Shape (texts, width)."""

    def of(self, text: str) -> Floats:
        """The vector of a text, length one. Shape (width,)."""

    @property
    def whole(self) -> bool:
        """Whether it was taught these entries as a whole, and so knows what lies beyond all of them."""

    def beyond(self, text: str) -> float:
        """How much a text means what no entry answers, -1 to 1; 0 where this view cannot tell."""


class Sentences:
    """Vectors of whole texts, with those of known ones from a table."""

    def __init__(self, reader: Encoder, table: Mapping[bytes, Row], name: str) -> None:
        self.reader = reader
        self.table = dict(table)
        self.name, self.whole = name, bool(reader.taught)
        self.shares = None if self.whole else UNTAUGHT_SHARES
        self.basis: Floats | None = reader.taught["basis"].astype(np.float32) if self.whole else None
        self.outside: Floats | None = reader.taught["beyond"].astype(np.float32) if self.whole else None

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return WIDTH if self.basis is None else int(self.basis.shape[1])

    def prepare(self, texts: Sequence[str]) -> None:
        """Read those that the table lacks, and keep them in it."""
        missing = [text for text in dict.fromkeys(texts) if text_key(text) not in self.table]
        for text, vector in zip(missing, self.reader.all(missing), strict=True):
            self.table[text_key(text)] = self._kept(vector)

    def learn(self, texts: Sequence[str], rows: Floats) -> None:
        """Take over the vectors of texts that were read before by the same view. Shape (texts, width)."""
        for text, row in zip(texts, rows, strict=True):
            self.table.setdefault(text_key(text), row)

    def of(self, text: str) -> Floats:
        """The vector of a text, length one. Shape (width,)."""
        row = self.table.get(text_key(text))
        return self._kept(self.reader.of(text)) if row is None else _unit(row.astype(np.float32))

    def _kept(self, vector: Floats) -> Floats:
        return _unit(vector if self.basis is None else vector @ self.basis)

    def beyond(self, text: str) -> float:
        """The cosine with the mean of the messages of training/banks/beyond.yaml, which are about other things."""
        return 0.0 if self.outside is None else float(self.of(text) @ self.outside)


def meaning(library: Library) -> Meaning | None:
    """The best view by meaning that there is: of sentences as the encoder was taught, or as it is published, or of words."""
    table = None if library.folder is None else read_table(library.folder / TABLE)
    if table is not None:
        reader, name = encoder(USE), f"sentences {learned_digest(USE)}"
    else:
        few = 0 < sum(len(entry.phrases) for entry in library.entries) < FEW
        reader, name = untaught() if few else None, UNTAUGHT
    return Vectors.load() if reader is None else Sentences(reader, table or {}, name)


def text_key(text: str) -> bytes:
    """What a text's vector is found by."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def read_table(file: Path) -> dict[bytes, Row] | None:
    """The rows of a table by key; none where it is not there, damaged, or made by an encoder that was taught otherwise."""
    try:
        with np.load(file, allow_pickle=False) as held:
            if str(held["learned"]) != learned_digest(USE):
                return None
            keys, rows = held["keys"], held["rows"]
    except Exception:  # noqa: BLE001 - whatever is wrong with a table, words are read without it
        return None
    return dict(zip(map(bytes, keys), rows, strict=True)) if len(keys) == len(rows) else None
