"""Renews the table of what each phrase of a content folder means, and each sentence of its facets."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from knowledge.encoder.weights import encoder, learned_digest
from knowledge.entries import AUDIENCES, Library
from knowledge.loader import BUILT_IN, load
from knowledge.matching.embeddings import STEPS, TABLE, USE, Sentences, read_table, text_key
from knowledge.matching.facets import facet_texts
from knowledge.matching.index import read
from knowledge.text.normalise import clean, split_words


def write(library: Library, folder: Path) -> int:
    """Write the table for all texts of a library; how many it holds. ValueError where there is no encoder."""
    reader = encoder(USE)
    if reader is None:
        raise ValueError("the package of the encoder, or what it was taught, is not there: see requirements-vectors.in")
    known = Sentences(reader, read_table(folder / TABLE) or {}, "")
    found = read(library)
    told = {text for entry in library.entries for voice in AUDIENCES for text in facet_texts(entry.said_to(voice))}
    said = (found.reader.phrase(split_words(clean(text))) for text in told)
    texts = sorted({phrase.meaning for phrase in (*found.phrases, *said)})
    known.prepare(texts)
    rows = [np.round(STEPS * vector / np.abs(vector).max()).astype(np.int8) for vector in map(known.of, texts)]
    keys = np.frombuffer(b"".join(map(text_key, texts)), np.uint8).reshape(-1, 8)
    np.savez_compressed(folder / TABLE, keys=keys, rows=np.array(rows), learned=np.array(learned_digest(USE)))
    return len(texts)


def main(arguments: Iterable[str]) -> None:
    """Renew the table of a content folder, the built-in one if none is named."""
    folder = Path(next(iter(arguments), BUILT_IN))
    print(f"{write(load(folder), folder)} texts in {folder / TABLE}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
