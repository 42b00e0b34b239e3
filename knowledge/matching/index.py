"""What is built once from a library to match questions with it, and the cache that saves building it again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Bools
from knowledge.entries import NATIONAL, Entry, Library
from knowledge.matching.analysis import Analyser, Phrase
from knowledge.matching.calibration import Familiarity, LogisticCurve, calibrate
from knowledge.matching.embeddings import Meaning
from knowledge.matching.ranking import Ranking
from knowledge.publishing.contact_register import DETAIL
from knowledge.text.glossary import Glossary
from knowledge.text.normalise import clean, split_words
from knowledge.text.segments import sentences

CODE = (
    "matching/analysis", "matching/calibration", "matching/embeddings", "matching/index", "matching/ranking", "matching/similarity",
    "encoder/static_vectors", "encoder/transformer", "encoder/weights",
    "text/glossary", "text/normalise", "text/segments",
)  # fmt: skip
"""The modules whose change makes an index stale, as they stand in `knowledge`."""

FLOOR = Path(__file__).parents[1]

MOST_OLD = 4
"""Older indexes that are kept beside the newest: two versions may run side by side during an upgrade."""

Words = list[list[str]]


@dataclass(frozen=True)
class Index:
    """Everything that matching needs beside the library itself."""

    ranking: Ranking
    familiarity: Familiarity
    limits: LogisticCurve
    counts: dict[str, int]
    """How often each word stands in the phrases; 1 for a word of the answers alone."""
    used: tuple[int, ...]
    """Positions of the glossary's terms that the entries use."""


def lines(entry: Entry) -> list[str]:
    """The texts by which an entry is asked for: its title, its other names, its phrases, those of its facets."""
    facets = [phrase for facet in entry.facets for phrase in facet.phrases]
    return [entry.title, *entry.also_called, *entry.phrases, *facets]


def told(entry: Entry) -> list[str]:
    """What an entry says: sentences of its answer, steps, and its contacts' names. Small talk tells nothing.

    Facets are left out: with them as many questions out of scope again were answered, and none more found.
    """
    if entry.small_talk:
        return []
    texts = [*sentences(entry.answer), *entry.steps, *entry.easy_read]
    texts += [contact.name for contact in entry.contacts]
    return list(dict.fromkeys(text for text in texts if len(text) > 2))


def open_index(
    library: Library, vectors: Meaning | None, cache: Path | None, before: tuple[Library, Index] | None = None
) -> Index:
    """The index of the library, from the cache where a sound one lies there, else built, and then kept there.

    `before` is a library that differs little, with its index: what is told there is not read once more.
    """
    path = None if cache is None or not library.digest else cache / f"index-{key(library, vectors)}.npz"
    if path is not None:
        found = _load(path, vectors)
        if found is not None:
            return found
    if before is not None and vectors is not None:
        phrases = [phrase.meaning for phrase in read(before[0]).phrases]
        vectors.learn(phrases, before[1].ranking.index.vectors)
    index = build(library, vectors)
    if path is not None:
        _save(index, path)
    return index


@dataclass(frozen=True)
class Read:
    """The texts of a library as phrases, in the order of its entries."""

    phrases: list[Phrase]
    owners: NDArray[np.int64]
    """The position of the entry of each phrase."""
    weak: Bools
    """Which phrases are sentences of an answer."""
    counts: dict[str, int]
    """As in an index."""
    reader: Analyser
    """What read them: with the glossary, and mending nothing."""


def read(library: Library) -> Read:
    """Read all that the entries are asked by and all that they say."""
    asked: list[Words] = [[split_words(clean(text)) for text in lines(entry)] for entry in library.entries]
    answers: list[Words] = [[split_words(clean(text)) for text in told(entry)] for entry in library.entries]
    flat = [line for group in (*asked, *answers) for line in group]
    reader = Analyser(Glossary(library.terms, flat))
    phrases: list[Phrase] = []
    owners: list[int] = []
    weak: list[bool] = []
    for at, (group, answer) in enumerate(zip(asked, _without_repeats(answers), strict=True)):
        for words, is_weak in [(words, False) for words in group] + [(words, True) for words in answer]:
            if words:
                phrases.append(reader.phrase(words))
                owners.append(at)
                weak.append(is_weak)
    counts = Counter(word for group in asked for line in group for word in line)
    counts.update({word: 1 for line in flat for word in line if word not in counts})
    return Read(phrases, np.array(owners, dtype=np.int64), np.array(weak, dtype=bool), dict(counts), reader)


def build(library: Library, vectors: Meaning | None) -> Index:
    """Read, index and calibrate the whole library."""
    found = read(library)
    allowed = allowed_phrases(library, found.owners)
    widest = max(allowed.values(), key=lambda mask: int(mask.sum()))
    size = len(library.entries)
    familiarity = Familiarity.of(found.phrases, found.weak)
    limits = calibrate(found.phrases, found.owners, found.weak, widest, size, vectors, familiarity.weight)
    ranking = Ranking.build(found.phrases, found.owners, found.weak, size, vectors)
    return Index(ranking, familiarity, limits, found.counts, found.reader.glossary.used)


def allowed_phrases(library: Library, owners: NDArray[np.int64]) -> dict[str, Bools]:
    """Which phrases may answer, by area: `national` for an uncovered one, and each covered one's own beside them."""
    home = np.array([entry.area for entry in library.entries] or [""])[owners]
    national = home == NATIONAL
    return {NATIONAL: national} | {area.id: national | (home == area.id) for area in library.areas}


def key(library: Library, vectors: Meaning | None) -> str:
    """What an index depends on: the words of the content that it reads, the code, the versions of what it stands on.

    A new phone number, email or link in place of another makes no index stale, so that it is in use within seconds: in the
    sentences of an answer nobody is told from another by its digits.
    """
    digest = hashlib.sha256()
    for entry in library.entries:
        texts = [DETAIL.sub("#", text) for text in told(entry)]
        digest.update(repr((entry.id, entry.small_talk, lines(entry), texts)).encode("utf-8", "replace"))
    digest.update(repr((library.terms, [area.id for area in library.areas])).encode("utf-8", "replace"))
    for name in CODE:
        digest.update((FLOOR / f"{name}.py").read_bytes())
    digest.update(f"{np.__version__} {'none' if vectors is None else vectors.name}".encode())
    return digest.hexdigest()[:32]


def _without_repeats(groups: Sequence[Words]) -> list[Words]:
    """The sentences that only one entry says: what all say tells none from another."""
    seen = Counter(tuple(line) for group in groups for line in group)
    return [[line for line in group if len(line) > 1 and seen[tuple(line)] == 1] for group in groups]


def _save(index: Index, path: Path) -> None:
    """Write the index beside its name and move it there in one step; a folder that cannot be written is no fault."""
    words = json.dumps(
        {
            "counts": index.counts,
            "stems": dict(index.familiarity.counts),
            "familiarity": {**asdict(index.familiarity), "counts": None},
            "limits": index.limits.as_json(),
            "used": index.used,
        }
    ).encode()
    arrays = index.ranking.arrays() | {"words": np.frombuffer(words, dtype=np.uint8)}
    arrays["checksum"] = np.frombuffer(_checksum(arrays), dtype=np.uint8)
    partial = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".index-", suffix=".part", delete=False) as file:
            partial = file.name
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        _tidy(path)
    except OSError:
        if partial is not None:
            Path(partial).unlink(missing_ok=True)


def _tidy(path: Path) -> None:
    """Remove indexes beyond the MOST_OLD newest."""
    others = sorted((p for p in path.parent.glob("index-*.npz") if p != path), key=lambda p: p.stat().st_mtime)
    for old in others[:-MOST_OLD]:
        old.unlink(missing_ok=True)


def _load(path: Path, vectors: Meaning | None) -> Index | None:
    """The index at `path`, or None where there is none or it is damaged in any way. Nothing in it is ever executed."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays: dict[str, NDArray[Any]] = {name: file[name] for name in file.files}
        checksum = arrays.pop("checksum").tobytes()
        if checksum != _checksum(arrays):
            return None
        words = json.loads(arrays.pop("words").tobytes())
        familiarity = Familiarity(**{**words["familiarity"], "counts": words["stems"]})
        ranking = Ranking.from_arrays(arrays, vectors)
        return Index(ranking, familiarity, LogisticCurve(**words["limits"]), words["counts"], tuple(words["used"]))
    except Exception:  # noqa: BLE001 - whatever is wrong with a cache, it is built again
        return None


def _checksum(arrays: dict[str, NDArray[Any]]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).data if arrays[name].ndim else arrays[name].tobytes())
    return digest.digest()
