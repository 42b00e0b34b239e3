"""The encoders by use: the published weights, changed as each was taught what families write.

The model is all-MiniLM-L6-v2 (Wang et al. 2020, sentence-transformers), read from the package that carries its weights.
`learned/` holds what `./run train` taught it for each use: a small change of each matrix (LoRA,
Hu et al. 2021). As it is published it reads small content folders that it was not taught. Without the package, or onnxruntime, there is
no encoder, and what leans on it goes on without: the matcher with static word vectors, the search for danger with its
rules and the likeness of words.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import threading
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from knowledge.arrays import Floats
from knowledge.encoder.transformer import MOST_PIECES, WORDS, Encoder

T = TypeVar("T")

LEARNED = Path(__file__).with_name("learned")

USES = ("matching", "danger", "spans", "facets")


def is_installed() -> bool:
    """Whether the package with the weights is installed; whether it can be read is another question."""
    return importlib.util.find_spec("all_minilm_l6_v2") is not None


def published() -> tuple[dict[str, Floats], Any] | None:
    """The weights of the model as it is published, and what splits a text into its pieces; None where not installed."""
    found = importlib.util.find_spec("all_minilm_l6_v2")
    if found is None or not found.origin:
        return None
    try:
        from tokenizers import Tokenizer

        with zipfile.ZipFile(Path(found.origin).with_name("model.zip")) as packed:
            pieces = Tokenizer.from_str(packed.read("tokenizer.json").decode())
            weights = _tensors(packed.read("model.safetensors"))
    except Exception:  # noqa: BLE001 - whatever is wrong with the package, all goes on without it
        return None
    pieces.enable_truncation(MOST_PIECES)
    pieces.no_padding()
    return weights, pieces


def _tensors(data: bytes) -> dict[str, Floats]:
    """The tensors of a safetensors file, unpacked at one go: in small pieces a thread would wait for its turn at each.

    They are copies, so that those that nobody keeps are gone from memory.
    """
    begin = 8 + int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8:begin])
    return {
        name: np.frombuffer(
            data[begin + told["data_offsets"][0] : begin + told["data_offsets"][1]], np.float32
        ).reshape(told["shape"])
        for name, told in header.items()
        if told.get("dtype") == "F32"
    }


def read_encoders() -> Mapping[str, Encoder]:
    """Read the encoders by use, those of them for which all is there."""
    model = published() if any(LEARNED.glob("*.npz")) else None
    if model is None:
        return {}
    weights, pieces = model
    weights[WORDS] = weights[WORDS].astype(np.float16)  # half of what all share: no vector differs by 0.0005
    made: dict[str, Encoder] = {}
    for use in USES:
        with suppress(Exception):
            if (held := learned(use)) is not None:
                made[use] = Encoder(weights, pieces, held)
    return made


_READING = threading.Lock()
_held = cache(read_encoders)


def encoders() -> Mapping[str, Encoder]:
    """The encoders by use. Read once, at the first call, which takes half a second; who asks meanwhile waits for it."""
    with _READING:
        return _held()


def read_aside() -> None:
    """Read the encoders in a thread of their own, beside whatever else a start has to do."""
    threading.Thread(target=encoders, name="encoders").start()  # no daemon: an end in its midst would abort the process


def encoder(use: str) -> Encoder | None:
    """The encoder as it was taught for one use; None where its package, or what was learned, is missing."""
    return encoders().get(use)


def fitting(use: str, make: Callable[[Encoder], T]) -> T | None:
    """What `make` makes of the encoder for one use; None where there is none, or what it learned does not fit."""
    reader = encoder(use)
    try:
        return None if reader is None else make(reader)
    except (KeyError, ValueError):
        return None


@cache
def untaught() -> Encoder | None:
    """The encoder as it is published; None where its package, or what runs it, is missing."""
    model = published()
    with suppress(ImportError, OSError):
        return None if model is None else Encoder(*model)
    return None


def learned(use: str) -> dict[str, Any] | None:
    """What was learned for one use; None where the file is not there or damaged."""
    try:
        with np.load(LEARNED / f"{use}.npz", allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception:  # noqa: BLE001 - whatever is wrong with the file, all goes on without it
        return None


def learned_digest(use: str) -> str:
    """Tells what was learned from anything else that was: vectors of two encoders cannot be compared. "" for none."""
    file = LEARNED / f"{use}.npz"
    return hashlib.blake2b(file.read_bytes(), digest_size=8).hexdigest() if file.is_file() else ""
