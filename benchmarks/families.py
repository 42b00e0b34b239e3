"""How the matcher does on families' questions without each of its parts: `./run bench families [PART...]`.

The open half of tests/questions, over the built-in content, the matcher alone, without the search for danger. A part is
named by a word of its row.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from benchmarks.quality import changed
from knowledge import calibration, matcher, ranking, terms
from knowledge.entries import Library
from knowledge.loader import load
from knowledge.matcher import Match, Matcher
from knowledge.views import Vectors

QUESTIONS = Path(__file__).parent.parent / "tests" / "questions" / "open"
NEVER = 9.0
"""A limit that nothing reaches."""

Row = dict[str, Any]
Change = tuple[Any, str, Any]
PARTS: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("nothing", ()),
    ("the encoder (static word vectors instead)", ((matcher, "meaning", lambda library: Vectors.load()),)),
    ("any view by meaning", ((matcher, "meaning", lambda library: None),)),
    ("mending", ((terms.Speller, "_mend", lambda self, word: (word,)),)),
    ("stems", ((ranking, "RICH_SHARES", (0.57, 0.0, 0.43)),)),
    ("letters", ((ranking, "RICH_SHARES", (0.0, 0.5, 0.5)),)),
    ("entries as documents", ((ranking, "DOCUMENT_SHARE", 0.0),)),
    ("regression (nearest phrase alone)", ((ranking, "NEAREST_SHARE", 1.0),)),
    ("the area's own first", ((matcher, "OWN", 1.0), (matcher, "TWIN", NEVER))),
    ("what lies beyond, in the confidence", ((calibration, "BEYOND", 0.0),)),
    ("lead and length, in the confidence", ((calibration, "MARGIN", 0.0), (calibration, "LENGTH_READ", 0.0))),
    ("marks of what is asked and rejected", ((matcher, "marker", lambda: None),)),
    ("turns of speech", ((matcher, "rejected", lambda text: None),)),
    ("reading again without place and story", ((matcher, "less", lambda text, focus, home: []),)),
    ("a third choice beside two needs", ((matcher, "BESIDE_A_NEED", NEVER),)),
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


def main() -> None:
    """Print the table."""
    library = load()
    print("| " + " | ".join(HEAD) + " |\n" + "| --- " * len(HEAD) + "|")
    for part, changes in PARTS:
        if len(sys.argv) < 2 or any(word in part.split() for word in sys.argv[1:]):
            with ExitStack() as all_changed:
                for change in changes:
                    all_changed.enter_context(changed(*change))
                print(f"| {part} | " + " | ".join(f"{share:.1f}" for share in measured(library)) + " |", flush=True)


if __name__ == "__main__":
    main()
