"""How well the matcher finds, beside what people would use in its place.

./run bench quality FOLDER...     each with train.csv and test.csv (sentence,label)
./run bench quality --without     the matcher alone, without each of its parts
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import OUTSIDE, Figures, best_threshold, figures
from benchmarks.peers import Peer, TooSlow, peers
from knowledge.entries import Area, Entry, Library
from knowledge.matching import calibration, embeddings, matcher, ranking, scoring
from knowledge.matching.matcher import Matcher
from knowledge.text import spelling

NOTHING = "NO_NODES_DETECTED"
AREA = "demo"
SLOW_PEER, SLOW_SAMPLE = "ChatterBot", 400
HEAD = (
    "| {} | top 1 | top 3 | AUROC | MCC | in_acc | oos_rec | wrong |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
)
Row = tuple[str, int]
Change = tuple[Any, str, Any]


def read(folder: Path) -> tuple[list[Row], list[Row], int]:
    """Training and test questions with their labels as numbers, and how many labels there are."""
    tables = []
    for name in ("train.csv", "test.csv"):
        with (folder / name).open(newline="", encoding="utf-8") as file:
            tables.append([(row["sentence"], row["label"]) for row in csv.DictReader(file)])
    labels = {label: number for number, label in enumerate(sorted({label for _, label in tables[0]} - {NOTHING}))}
    train, test = ([(text, labels.get(label, OUTSIDE)) for text, label in table] for table in tables)
    return train, test, len(labels)


def library(rows: Sequence[Row], count: int) -> Library:
    """An entry a label, asked for by its sentences alone; the title is one of them, so that no label is seen."""
    phrases: list[list[str]] = [[] for _ in range(count)]
    for text, label in rows:
        phrases[label].append(text)
    entries = tuple(
        Entry(f"{AREA}/{label}", AREA, "set", texts[0], "-", tuple(texts))
        for label, texts in enumerate(phrases)
        if texts
    )
    return Library(entries, (Area(AREA, "Demo"),))


def ours(train: Sequence[Row], test: Sequence[Row], count: int) -> Figures:
    """The matcher, with its own thresholds."""
    built = Matcher(library(train, count))
    ranked = np.full((len(test), 3), count, dtype=np.int64)
    top = np.zeros(len(test))
    answered = []
    for row, (text, _) in enumerate(test):
        match = built.match(text, AREA)
        for place, one in enumerate(match.top[:3]):
            ranked[row, place] = int(one.entry.id.split("/")[1])
        top[row] = match.top[0].score if match.top else 0
        answered.append(int(match.sure.id.split("/")[1]) if match.sure else OUTSIDE)
    return figures([label for _, label in test], ranked, top, answered)


def theirs(peer: Peer, train: Sequence[Row], test: Sequence[Row], count: int) -> Figures:
    """A peer, with the threshold that is best on training data: a fifth of the labels and of the sentences held out."""
    shuffled = list(train)
    random.Random(1).shuffle(shuffled)
    strange = set(random.Random(2).sample(range(count), count // 5))
    kept = [row for at, row in enumerate(shuffled) if at % 5 and row[1] not in strange]
    asked = [(text, OUTSIDE if label in strange else label) for at, (text, label) in enumerate(shuffled) if not at % 5]
    ranked, top = scored(peer, kept, asked, count)
    level = best_threshold(top, ranked[:, 0], np.array([label for _, label in asked]))
    ranked, top = scored(peer, train, test, count)
    return figures([label for _, label in test], ranked, top, np.where(top >= level, ranked[:, 0], OUTSIDE).tolist())


def sample(rows: Sequence[Row]) -> list[Row]:
    """Every so many of the questions, for a peer that takes long."""
    return list(rows[:: max(1, len(rows) // SLOW_SAMPLE)])


def scored(peer: Peer, train: Sequence[Row], asked: Sequence[Row], count: int) -> tuple[Any, Any]:
    """The first three labels and the best score of each question."""
    scores = peer([text for text, _ in train], [label for _, label in train], count, [text for text, _ in asked])
    ranked = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    return ranked, np.maximum(scores.max(axis=1), -1e9)


@contextmanager
def changed(changes: Sequence[Change]) -> Iterator[None]:
    """Settings changed for a while: where each stands, its name, its value."""
    before = [(module, name, getattr(module, name)) for module, name, _ in changes]
    for change in changes:
        setattr(*change)
    try:
        yield
    finally:
        for change in before:
            setattr(*change)


SHARED = ((ranking, "SPARSE"), (ranking, "RICH"), (embeddings, "UNTAUGHT"))
PARTS = (
    ("all of it", scoring, "WHOLE", scoring.WHOLE),
    ("the encoder (static word vectors instead)", embeddings, "untaught", lambda: None),
    ("any view by meaning", matcher, "meaning", lambda library: None),
    ("stems", ranking, "SHARES", (0.2, 0.0, 0.8)),
    ("letters", ranking, "SHARES", (0.0, 0.2, 0.8)),
    ("mending", spelling.Speller, "_mend", lambda self, word: (word,)),
    ("regression (nearest phrase alone)", ranking, "NEAREST_SHARE", 1.0),
    ("nearest phrase (regression alone)", ranking, "NEAREST_SHARE", 0.0),
    ("sentences", scoring, "WHOLE", 1.0),
    ("entries as documents", ranking, "DOCUMENT_SHARE", 0.0),
    ("lead over the second", calibration, "MARGIN", 0.0),
)


def without(folder: Path) -> None:
    """The matcher without each of its parts."""
    train, test, count = read(folder)
    print(f"\n### {folder.name}, without a part\n\n" + HEAD.format("without"))
    for part, module, name, value in PARTS:
        changes = [(module, name, value)]
        if name == "SHARES":
            changes = [(place, f"{kind}_{name}", value) for place, kind in SHARED]
        with changed(changes):
            print(f"| {part} | {ours(train, test, count).row()} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--without", action="store_true", help="the matcher alone, without each part")
    parser.add_argument("--ours", action="store_true", help="the matcher alone")
    options = parser.parse_args()
    for folder in options.folders:
        if options.without:
            without(folder)
            continue
        train, test, count = read(folder)
        inside = sum(label != OUTSIDE for _, label in test)
        print(
            f"\n### {folder.name}: {len(train)} sentences of {count} entries; {inside} questions in scope, {len(test) - inside} out\n"
        )
        print(HEAD.format("matcher"))
        print(f"| **Signpost** | {ours(train, test, count).row()} |", flush=True)
        for name, peer in ({} if options.ours else peers()).items():
            some = sample(test) if name == SLOW_PEER else test
            try:
                print(f"| {name} | {theirs(peer, train, some, count).row()} |", flush=True)
            except TooSlow:
                print(f"| {name} | too slow | | | | | | |", flush=True)


if __name__ == "__main__":
    main()
