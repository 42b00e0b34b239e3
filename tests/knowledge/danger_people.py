"""Danger on messages that other people wrote: the figures of S3 beside the own sets, on what no judge was taught.

The messages lie beside the checkout, in ../shared (knowledge/training/public_messages.py); without them nothing is measured, and that is
said. `python -m tests.knowledge.danger_people` prints the figures alone.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from knowledge.danger.detector import CARDS, by_rules
from knowledge.danger.judge import NOT_DANGER
from knowledge.danger.rules import read
from knowledge.training.public_messages import Message, is_there, parts, posts, rows
from tests.support.safety import outcome
from tests.support.sharing import Shared

SKIPPED = """
  ****  SKIPPED: danger on messages of other people was NOT MEASURED: ../shared is not beside this checkout  ****
"""
TWINS = Path(__file__).parents[1] / "safety" / "kept" / "twins.yaml"
BURIED_WORDS = 10
"""The longest message that is put into a long one as a clause."""
LEAST_WORDS = 45
"""The shortest long message that clauses are put into."""


@dataclass(frozen=True)
class Row:
    """One figure."""

    name: str
    share: float
    count: int
    goal: str
    holds: bool


def came(name: str, texts: Sequence[str], shared: Shared) -> list[str]:
    """What comes of each message, judged once a run."""
    return shared.each(f"others-{name}", list(texts), outcome)


def figures(shared: Shared) -> list[Row]:
    """All figures; the messages are those that are only measured."""
    return [
        *_comments(shared), *_posts(shared), *_crisis(shared), *_written(shared), *_buried(shared), *_twins(shared),
    ]  # fmt: skip


def _row(name: str, hits: Sequence[bool], goal: float, *, most: bool) -> Row:
    share = sum(hits) / max(1, len(hits))
    return Row(name, share, len(hits), f"{'<=' if most else '>='} {goal}", share <= goal if most else share >= goal)


def _comments(shared: Shared) -> list[Row]:
    found = came("comments", [one.text for one in parts("comments")[1]], shared)
    return [
        _row("public comments: card", [one == "card" for one in found], 0.010, most=True),
        _row("public comments: line", [one == "line" for one in found], 0.040, most=True),
    ]


def _posts(shared: Shared) -> list[Row]:
    talks = [said for is_measured, said in posts() if is_measured]
    found = iter(came("posts", [sentence for said in talks for sentence in said], shared))
    carded = ["card" in [next(found) for _ in said] for said in talks]
    return [_row("harmless posts typed by sentence: talks with a card", carded, 0.04, most=True)]


def _crisis(shared: Shared) -> list[Row]:
    found = list(_with(parts("crisis")[1], "crisis", shared))
    needed = [one for message, one in found if message.want == "card"]
    calm = [one for message, one in found if message.want in ("none", "calm")]
    return [
        _row("crisis sets: card", [one == "card" for one in needed], 0.92, most=False),
        _row("crisis sets: card or line", [one != "none" for one in needed], 0.97, most=False),
        _row("look-alikes in them: card", [one == "card" for one in calm], 0.06, most=True),
    ]


def _written(shared: Shared) -> list[Row]:
    found = list(_with(parts("written")[1], "written", shared))
    needed = [one for message, one in found if message.want == "card"]
    pairs = [(message, one) for message, one in found if message.clause]
    return [
        _row("written for this: card on danger", [one == "card" for one in needed], 0.92, most=False),
        _row("written for this: card or line on danger", [one != "none" for one in needed], 0.97, most=False),
        _row("written for this: card on a harmless twin", [one == "card" for message, one in found if message.want == "none"], 0.05, most=True),
        _row("written for this: card where a line is due", [one == "card" for message, one in found if message.want == "line"], 0.15, most=True),
        _row("long pairs: card", [one == "card" for message, one in pairs if message.want == "card"], 0.90, most=False),
        _row("long pairs: card on the twin", [one == "card" for message, one in pairs if message.want != "card"], 0.08, most=True),
    ]  # fmt: skip


def _buried(shared: Shared) -> list[Row]:
    clauses = [one for one in parts("written")[1] if not one.clause and len(one.text.split()) <= BURIED_WORDS]
    danger = [one.text for one in clauses if one.want == "card"]
    plain = [(found := by_rules(read(text))) is not None and found.tier in CARDS for text in danger]
    hidden = came("buried", buried(danger), shared)
    calm = came("buried-calm", buried([one.text for one in clauses if one.want == "none"]), shared)
    return [
        _row("clauses with a rule in long messages: card", [c == "card" for c, p in zip(hidden, plain, strict=True) if p], 0.97, most=False),
        _row("oblique clauses in long messages: card", [c == "card" for c, p in zip(hidden, plain, strict=True) if not p], 0.80, most=False),
        _row("harmless clauses in long messages: card", [one == "card" for one in calm], 0.08, most=True),
    ]  # fmt: skip


def _twins(shared: Shared) -> list[Row]:
    """Danger beside what is said in much the same words: long messages one clause apart, and short ones."""
    found = rows(TWINS)
    outcomes = came("twins", [row["text"] for row in found], shared)
    made = []
    for size, holds in (("long", True), ("short", False)):
        both = [
            (row["kind"], one == "card") for row, one in zip(found, outcomes, strict=True) if ("clause" in row) == holds
        ]
        made += [
            _row(f"kept twins, {size}: card", [card for kind, card in both if kind not in NOT_DANGER], 0.90, most=False),
            _row(f"kept twins, {size}: card on the harmless one", [card for kind, card in both if kind in NOT_DANGER], 0.08, most=True),
        ]  # fmt: skip
    return made


def buried(clauses: Sequence[str]) -> list[str]:
    """Each clause between two sentences of a long harmless post."""
    chance = random.Random(7)
    long = [
        said for is_measured, said in posts() if is_measured and sum(len(one.split()) for one in said) >= LEAST_WORDS
    ]
    made = []
    for clause in clauses:
        said = chance.choice([one for one in long if len(one) > 1])
        at = chance.randint(1, len(said) - 1)
        before = said[at - 1]
        joined = f"{before.rstrip('.')}, {clause}," if chance.random() < 0.5 else f"{before} {clause}."
        made.append(" ".join([*said[: at - 1], joined, *said[at:]]))
    return made


def _with(messages: Sequence[Message], name: str, shared: Shared) -> list[tuple[Message, str]]:
    return list(zip(messages, came(name, [one.text for one in messages], shared), strict=True))


def by_kind(shared: Shared) -> str:
    """What was written for this, by kind of danger: how many of how many got the card."""
    found = [(message, one) for message, one in _with(parts("written")[1], "written", shared) if message.want == "card"]
    every, carded = Counter(message.kind for message, _ in found), Counter(m.kind for m, one in found if one == "card")
    return ", ".join(f"{kind} {carded[kind]}/{count}" for kind, count in sorted(every.items()))


def report(shared: Shared) -> str:
    """The figures as a table, for every test run to print."""
    if not is_there():
        return SKIPPED
    rows = figures(shared)
    lines = ["Danger on other people's messages (S3), none of them taught"]
    lines += [
        f"  {row.name:54}{row.share:>7.3f} of {row.count:<5}  goal {row.goal:8}{'' if row.holds else '  MISSED'}"
        for row in rows
    ]
    return "\n".join([*lines, f"  written for this, card by kind: {by_kind(shared)}"])


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        print(report(Shared(Path(folder))))
