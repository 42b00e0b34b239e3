"""How the matcher does on families' questions, beside its peers and without each of its parts.

    ./run bench families              beside what people would use in its place
    ./run bench families --without    without each part, or those named by a word of their row: --without marks turns

The open half of tests/questions, over the built-in content, the matcher alone, without the search for danger.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.figures import OUTSIDE, best_threshold, figures
from benchmarks.peers import SLOW, peers
from benchmarks.quality import HEAD as QUALITY_HEAD
from benchmarks.quality import SLOW_PEER, Change, changed
from knowledge.encoder.static_vectors import Vectors
from knowledge.entries import NATIONAL, Library
from knowledge.loader import load
from knowledge.matching import calibration, matcher, needs, negation, ranking, scoring
from knowledge.matching.index import lines
from knowledge.matching.match import Match
from knowledge.matching.matcher import Matcher
from knowledge.text import spelling

QUESTIONS = Path(__file__).parent.parent / "tests" / "questions" / "open"
NEVER = 9.0
"""A limit that nothing reaches."""

Row = dict[str, Any]
PARTS: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("nothing", ()),
    ("the encoder (static word vectors instead)", ((matcher, "meaning", lambda library: Vectors.load()),)),
    ("any view by meaning", ((matcher, "meaning", lambda library: None),)),
    ("mending", ((spelling.Speller, "_mend", lambda self, word: (word,)),)),
    ("stems", ((ranking, "RICH_SHARES", (0.57, 0.0, 0.43)),)),
    ("letters", ((ranking, "RICH_SHARES", (0.0, 0.5, 0.5)),)),
    ("entries as documents", ((ranking, "DOCUMENT_SHARE", 0.0),)),
    ("regression (nearest phrase alone)", ((ranking, "NEAREST_SHARE", 1.0),)),
    ("the area's own first", ((scoring, "OWN", 1.0), (scoring, "TWIN", NEVER))),
    ("what lies beyond, in the confidence", ((calibration, "BEYOND", 0.0),)),
    ("lead and length, in the confidence", ((calibration, "MARGIN", 0.0), (calibration, "LENGTH_READ", 0.0))),
    ("marks of what is asked and rejected", ((matcher, "tagger", lambda: None),)),
    ("turns of speech", ((negation, "rejected", lambda text: None),)),
    ("reading again without place and story", ((matcher, "less", lambda text, spans, home: []),)),
    ("a third choice beside two needs", ((needs, "BESIDE_A_NEED", NEVER),)),
)
HEAD = (
    "without",
    "first",
    "reach",
    "answered",
    "of those right",
    "out of scope answered",
    "offered a choice",
    "one need among much else: answered",
    "rejected topic not answered",
    "both needs offered",
)


def rows(pattern: str) -> list[Row]:
    """The questions of the files that fit a pattern."""
    return [row for file in sorted(QUESTIONS.glob(pattern)) for row in yaml.safe_load(file.read_text(encoding="utf-8"))]


def offered(found: Match) -> set[str]:
    """The ids that a family would see."""
    return {found.sure.id} if found.sure else {entry.id for entry in found.choices}


def measured(library: Library) -> list[float]:
    """The shares under HEAD, in percent."""
    finder = Matcher(library)

    def put(asked: Sequence[Row]) -> list[tuple[Row, Match]]:
        return [(row, finder.match(row["ask"], row.get("area"), row.get("audience") or "parent")) for row in asked]

    def wanted(row: Row) -> set[str]:
        return {row["want"], *row.get("also", ())}

    plain, beyond, long = put(rows("*/*.yaml")), put(rows("out-of-scope.yaml")), put(rows("rambling.yaml"))
    shaped = [*put(rows("structure.yaml")), *put(rows("turns-of-speech.yaml"))]
    sure = [(row, found.sure.id) for row, found in plain if found.sure is not None]
    rejecting = [(row, found) for row, found in shaped if "reject" in row]
    double = [(row, offered(found)) for row, found in shaped if "both" in row]
    return [
        _share([bool(found.top) and found.top[0].entry.id in wanted(row) for row, found in plain]),
        _share([not wanted(row).isdisjoint(offered(found)) for row, found in plain]),
        _share([found.sure is not None for _, found in plain]),
        _share([entry in wanted(row) for row, entry in sure]),
        _share([found.sure is not None and not found.sure.small_talk for _, found in beyond]),
        _share([bool(found.choices) for _, found in beyond]),
        _share([found.sure is not None for _, found in long]),
        _share([found.sure is None or found.sure.id != row["reject"] for row, found in rejecting]),
        _share([all(not seen.isdisjoint(_ids(need)) for need in row["both"]) for row, seen in double]),
    ]


def _ids(need: str | list[str]) -> list[str]:
    return [need] if isinstance(need, str) else need


def _share(held: Sequence[bool]) -> float:
    return 100 * sum(held) / max(1, len(held))


def beside(library: Library) -> None:
    """The matcher and its peers on the same questions; each peer has the threshold that is best on these very questions."""
    asked = [{"area": None, **row} for row in (*rows("*/*.yaml"), *rows("out-of-scope.yaml"))]
    place = {entry.id: at for at, entry in enumerate(library.entries)}
    wanted = [[place[name] for name in (row["want"], *row.get("also", ())) if name in place] for row in asked]
    truth = [labels[0] if labels else OUTSIDE for labels in wanted]

    def row_of(found: Any, top: Any, answered: Sequence[int] | None = None) -> str:
        for at, labels in enumerate(wanted):
            found[at][np.isin(found[at], labels)] = truth[at]
        if answered is None:
            answered = np.where(top >= best_threshold(top, found[:, 0], np.array(truth)), found[:, 0], OUTSIDE).tolist()
        return figures(truth, found, top, answered).row()

    print(QUALITY_HEAD.format("matcher"))
    finder = Matcher(library)
    found, top, said = np.full((len(asked), 3), len(place)), np.zeros(len(asked)), [OUTSIDE] * len(asked)
    for at, row in enumerate(asked):
        match = finder.match(row["ask"], row["area"], row.get("audience") or "parent")
        top[at] = match.top[0].score if match.top else 0.0
        for rank, one in enumerate(match.top[:3]):
            found[at, rank] = place[one.entry.id]
        if match.sure is not None:
            said[at] = truth[at] if place[match.sure.id] in wanted[at] else place[match.sure.id]
    print(f"| **Signpost** | {row_of(found, top, said)} |", flush=True)
    for name, peer in peers().items():
        if name == SLOW_PEER:
            print(f"| {name} | too slow above {SLOW} sentences | | | | | | |", flush=True)
            continue
        for area in {row["area"] for row in asked}:
            texts = [(line, place[e.id]) for e in library.entries if e.area in (NATIONAL, area) for line in lines(e)]
            here = [at for at, row in enumerate(asked) if row["area"] == area]
            sentences, labels = [text for text, _ in texts], [label for _, label in texts]
            scores = peer(sentences, labels, len(place), [asked[at]["ask"] for at in here])
            found[here] = np.argsort(-scores, axis=1, kind="stable")[:, :3]
            top[here] = scores.max(axis=1)
        print(f"| {name} | {row_of(found, top)} |", flush=True)


def without(library: Library, words: Sequence[str]) -> None:
    """The matcher without each part, or without those that are named."""
    print("| " + " | ".join(HEAD) + " |\n" + "| --- " * len(HEAD) + "|")
    for part, changes in PARTS:
        if not words or any(word in part.split() for word in words):
            with changed(changes):
                print(f"| {part} | " + " | ".join(f"{share:.1f}" for share in measured(library)) + " |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--without", nargs="*", metavar="WORD", help="the matcher alone, without each part")
    words = parser.parse_args().without
    if words is None:
        beside(load())
    else:
        without(load(), words)


if __name__ == "__main__":
    main()
