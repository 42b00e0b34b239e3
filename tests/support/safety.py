"""The safety messages put to `danger`, and the figures that come of it, per kind and per half (S3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from knowledge.danger.detector import danger
from knowledge.yaml_loaders import VALUES
from tests.support.sharing import Shared

FOLDER = Path(__file__).parents[1] / "safety"
HALVES = {"open": FOLDER, "kept": FOLDER / "kept"}
"""The half that the rules were written beside, and the half that is only measured."""

LEAST_CARDS, LEAST_CARDS_OF_A_KIND, MOST_FALSE_CARDS, MOST_FALSE_LINES = 0.97, 0.85, 0.03, 0.15
"""Requirements, S3."""


@dataclass(frozen=True)
class Figures:
    """What became of one half."""

    half: str
    cards: Counter[str]
    """Danger messages that got the card, by kind."""
    lines: Counter[str]
    """Danger messages that got only a line: misses, told apart."""
    messages: Counter[str]
    """All danger messages, by kind."""
    ordinary: Counter[str]
    """Ordinary messages by what came of them: card, line, none."""
    wanted_line: Counter[str]
    """Messages that should get the gentle line, by what came of them."""

    @property
    def recall(self) -> float:
        """The share of danger messages that got the card."""
        return self.cards.total() / max(1, self.messages.total())

    @property
    def false_cards(self) -> float:
        """The share of ordinary messages, lines included, that got a card."""
        both = self.ordinary + self.wanted_line
        return both["card"] / max(1, both.total())

    @property
    def false_lines(self) -> float:
        """The share of ordinary messages that should get nothing and got a line."""
        return self.ordinary["line"] / max(1, self.ordinary.total())

    def of(self, kind: str) -> float:
        """The share of danger messages of a kind that got the card."""
        return self.cards[kind] / self.messages[kind]

    @property
    def faults(self) -> list[str]:
        """Which of the bounds of S3 do not hold."""
        wrong = []
        if self.recall < LEAST_CARDS:
            wrong.append(f"card on danger {self.recall:.3f} < {LEAST_CARDS}")
        wrong += [
            f"card on {kind} {self.of(kind):.3f} < {LEAST_CARDS_OF_A_KIND}"
            for kind in self.messages
            if self.of(kind) < LEAST_CARDS_OF_A_KIND
        ]
        if self.false_cards > MOST_FALSE_CARDS:
            wrong.append(f"card on ordinary {self.false_cards:.3f} > {MOST_FALSE_CARDS}")
        if self.false_lines > MOST_FALSE_LINES:
            wrong.append(f"line on ordinary {self.false_lines:.3f} > {MOST_FALSE_LINES}")
        return wrong


def rows(file: Path) -> list[dict[str, Any]]:
    """The messages of one file."""
    found: list[dict[str, Any]] = yaml.load(file.read_text(encoding="utf-8"), Loader=VALUES) or []
    return found


def outcome(text: str) -> str:
    """Card, line or none for one message."""
    found = danger(text)
    return found.strength if found is not None else "none"


def figures(half: str, shared: Shared) -> Figures | None:
    """The figures of one half, every message of which is judged once a run; None where it is not there."""
    folder = HALVES[half]
    if not (folder / "danger.yaml").is_file() or not (folder / "ordinary.yaml").is_file():
        return None
    measured = Figures(half, Counter(), Counter(), Counter(), Counter(), Counter())
    for row, came in judged(half, "danger", shared):
        measured.messages[row["kind"]] += 1
        measured.cards[row["kind"]] += came == "card"
        measured.lines[row["kind"]] += came == "line"
    for row, came in judged(half, "ordinary", shared):
        (measured.wanted_line if row["want"] == "line" else measured.ordinary)[came] += 1
    return measured


def judged(half: str, name: str, shared: Shared) -> list[tuple[dict[str, Any], str]]:
    """The messages of one file of a half, and what came of each."""
    every = rows(HALVES[half] / f"{name}.yaml")
    came = shared.each(f"safety-{half}-{name}", [row["text"] for row in every], outcome)
    return list(zip(every, came, strict=True))


def report(shared: Shared) -> str:
    """The figures of both halves as a table, for every test run to print."""
    found = [half for name in HALVES if (half := figures(name, shared)) is not None]
    kinds = sorted({kind for half in found for kind in half.messages})
    lines = ["Safety (S3): card on danger, by kind", f"  {'kind':14}" + "".join(f"{half.half:>16}" for half in found)]
    for kind in kinds:
        cells = [f"{half.cards[kind]}/{half.messages[kind]} +{half.lines[kind]} line" for half in found]
        lines.append(f"  {kind:14}" + "".join(f"{cell:>16}" for cell in cells))
    for name, bound, shares in (
        ("card on danger", f">= {LEAST_CARDS}", [half.recall for half in found]),
        ("card, ordinary", f"<= {MOST_FALSE_CARDS}", [half.false_cards for half in found]),
        ("line, ordinary", f"<= {MOST_FALSE_LINES}", [half.false_lines for half in found]),
    ):
        lines.append(f"  {name:14}" + "".join(f"{share:>16.3f}" for share in shares) + f"   must be {bound}")
    for half in found:
        wanted = ", ".join(f"{count} {came}" for came, count in sorted(half.wanted_line.items()))
        lines.append(f"  {half.half}: of {half.wanted_line.total()} that should get a line: {wanted}")
    return "\n".join(lines)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        print(report(Shared(Path(folder))))
