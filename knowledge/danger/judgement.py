"""What rules, likeness and meaning count together: one calibrated judgement, whose parts can be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.danger.judge import Meant
from knowledge.danger.rules import Finding

FILE = Path(__file__).with_name("judgement.json")
"""Plain numbers that `./run train danger-judgement` settled; nothing is learned at run time."""
NOTHING = "none"
"""The record of messages in which no rule holds."""


@dataclass(frozen=True)
class Record:
    """How often a rule, or rules of its kind, were right: logarithms of odds on messages that are labelled."""

    danger: float
    """Of danger now, against anything else."""
    trouble: float
    """Of danger or anything that should get the gentle line, against ordinary talk."""


@dataclass(frozen=True)
class Weights:
    """A logistic regression: what each part counts. From 0 up the answer is yes."""

    start: float
    record: float
    likeness: float
    meaning: float
    """0 where nobody can tell what the message means."""

    def summed(self, record: float, likeness: float, meaning: float) -> float:
        """The log odds above the threshold."""
        return self.start + self.record * record + self.likeness * likeness + self.meaning * meaning

    def __str__(self) -> str:
        """What it counts, as a sum."""
        return f"{self.start:+} {self.record:+} record {self.likeness:+} likeness {self.meaning:+} meaning"


@dataclass(frozen=True)
class Weighed:
    """What all of them together say of a message; from 0 up a card, or at least a line."""

    card: float
    line: float


@dataclass(frozen=True)
class Judgement:
    """What was settled: the rules' records, and what the three parts count, with the encoder and without."""

    records: Mapping[str, Record]
    """By the name of a rule, by "kind strength", by strength, and NOTHING."""
    explicit: float
    """A sure rule with a record from here on gives a card whatever the message seems to mean."""
    card: Weights
    line: Weights
    card_by_words: Weights
    line_by_words: Weights

    def record(self, found: Finding | None) -> Record:
        """The record of what a rule found: its own, or where it has too little of one that of its like."""
        return next(self.records[name] for name in (*names_of(found), NOTHING) if name in self.records)

    def is_explicit(self, found: Finding | None) -> bool:
        """Whether a rule found danger that nothing outweighs."""
        return found is not None and (
            found.tier == "plain" or (found.tier == "sure" and self.record(found).danger >= self.explicit)
        )

    def parts(self, with_meaning: bool) -> tuple[Weights, Weights]:
        """What counts for the card and for the line."""
        return (self.card, self.line) if with_meaning else (self.card_by_words, self.line_by_words)

    def weigh(self, found: Finding | None, likeness: float, meant: Meant | None) -> Weighed:
        """All parts together; without `meant` the weights are those of rules and words alone."""
        record, (card, line) = self.record(found), self.parts(meant is not None)
        return Weighed(
            card.summed(record.danger, likeness, meant.danger if meant else 0.0),
            line.summed(record.trouble, likeness, meant.trouble if meant else 0.0),
        )


def names_of(found: Finding | None) -> tuple[str, ...]:
    """The names under which a finding has a record, its own first; a rule's own tells of what it finds outside a story."""
    if found is None:
        return (NOTHING,)
    own = (found.rule,) if found.rule.split(" ")[1:2] == [found.tier] else ()
    return (*own, f"{found.kind} {found.tier}", found.tier)


@cache
def judgement() -> Judgement:
    """What was settled. What a broken file raises is not caught: no start without it."""
    held = json.loads(FILE.read_text(encoding="utf-8"))
    return Judgement(
        records={name: Record(*both) for name, both in held["records"].items()},
        explicit=held["explicit"],
        **{name: Weights(**held[name]) for name in ("card", "line", "card_by_words", "line_by_words")},
    )
