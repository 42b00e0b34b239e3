"""Settles what rules, likeness and meaning count together: danger/judgement.json, by `./run train danger-judgement`.

The record of each rule is counted on the messages that the judges were taught; what the parts count is a logistic regression
on messages that none of them was taught (public_messages.py, and one in ten of the bank). Of those the thresholds are such
that few ordinary messages of other people get a card or a line.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge.danger import detector
from knowledge.danger.judge import NOT_DANGER
from knowledge.danger.judgement import FILE, NOTHING, judgement, names_of
from knowledge.danger.rules import Finding, read
from knowledge.training import public_messages
from knowledge.training.danger_classifier import bank_parts, examples, turned
from knowledge.training.mixing import among
from knowledge.training.public_messages import Message

LINE, ORDINARY = NOT_DANGER
DOUBT = 3.0
"""A rule's record leans on that of its like as if it had this many messages more."""
LEAST = 4
"""A rule that fewer messages hold has no record of its own."""
EXPLICIT = 2.9
"""See Judgement.explicit: some 19 in 20 of the messages that hold such a rule are danger."""
STEADY = 0.02
"""Ridge of the regression."""
FALSE_CARDS, FALSE_LINES = 0.0086, 0.053
"""The share of held-out public comments that may get a card, and a line or a card."""
SOURCE_WEIGHT = {"comments": 0.5, "posts": 2.0, "crisis": 2.0, "written": 1.0, "bank": 1.0, "mixed": 1.0}
"""How much a message counts, by where it comes from."""


BEFORE = {
    NOTHING: (-4.0, -3.0), "line": (-1.0, 1.0), "past": (-1.0, 1.0), "denied": (-2.0, 0.0), "told": (0.0, 1.0), "card": (1.0, 2.0),
    "sure": (2.0, 3.0), "plain": (3.0, 3.0),
}  # fmt: skip
"""Records before any is counted: of several rules that hold the surest is the one that counts."""


@dataclass(frozen=True)
class Seen:
    """One message as the parts of a judgement see it."""

    message: Message
    found: Finding | None
    likeness: float
    danger: float
    trouble: float


def known() -> list[Message]:
    """What the records of the rules are counted on."""
    bank = [Message(one.text, want_of(one.kind), one.kind, "bank") for one in [*bank_parts()[0], *turned()]]
    content = [Message(one.text, "none", ORDINARY, "content") for one in examples() if one.source == "content"]
    return [*bank, *content, *public_messages.taught()]


def unknown() -> list[Message]:
    """Messages that no judge was taught, some of them also among ordinary sentences."""
    found = [
        message for source in ("comments", "written", "crisis", "posts") for message in public_messages.parts(source)[1]
    ]
    found += [Message(one.text, want_of(one.kind), one.kind, "bank") for one in bank_parts()[1]]
    return found + mixed(found)


def mixed(messages: Sequence[Message], seed: int = 5) -> list[Message]:
    """The short ones of what was written for this, each among measured ordinary sentences."""
    chance = random.Random(seed)
    beside = [one.text for one in messages if one.source in ("posts", "comments") and 4 <= len(one.text.split()) <= 25]
    short = [one for one in messages if one.source == "written" and len(one.text.split()) <= 25]
    return [Message(among(one.text, beside, chance), one.want, one.kind, "mixed") for one in short]


def want_of(kind: str) -> str:
    """What a message of a kind should get."""
    return {LINE: "line", ORDINARY: "none"}.get(kind, "card")


def records(messages: Iterable[Message]) -> dict[str, tuple[float, float]]:
    """The record of each rule, of each kind and strength of rules, and of finding nothing."""
    right: dict[str, Counter[str]] = {}
    for message in messages:
        if message.want in ("either", "calm"):
            continue
        for name in names_of(detector.by_rules(read(message.text))):
            right.setdefault(name, Counter())[message.want] += 1
    made: dict[str, tuple[float, float]] = {}
    for name, wants in sorted(right.items(), key=lambda one: one[0].count(" ")):
        if name.count(" ") < 2 or wants.total() >= LEAST:
            like = made.get(name.rpartition(" ")[0] if name.count(" ") == 2 else name.rpartition(" ")[2], (0.0, 0.0))
            made[name] = (log_odds(wants["card"], wants["line"] + wants["none"], like[0]),
                          log_odds(wants["card"] + wants["line"], wants["none"], like[1]))  # fmt: skip
    return {name: (round(danger, 2), round(trouble, 2)) for name, (danger, trouble) in sorted(made.items())}


def log_odds(yes: int, no: int, like: float) -> float:
    """The logarithm of odds of a count, leaning on `like` as if DOUBT messages more had that."""
    share = 1 / (1 + math.exp(-like))
    return math.log((yes + DOUBT * share) / (no + DOUBT * (1 - share)))


def seen(messages: Sequence[Message]) -> list[Seen]:
    """Every message as the parts see it; the encoder is asked of all of them."""
    likeness = detector.LIKENESS
    if likeness is None:
        raise ValueError("the likeness is not there: run `./run train danger-classifier` first")
    made = []
    for message in messages:
        words = read(message.text)
        found = detector.by_rules(words) if words else None
        is_card = found is not None and found.tier in detector.CARDS
        like, _ = detector.most_like_danger(words, likeness, apart=is_card)
        meant = detector.meaning(message.text, likeness, detector.CLAUSE if is_card else 0)
        if meant is None:
            raise ValueError("the encoder is not there: run `./run train danger` first")
        made.append(Seen(message, found, like, meant.danger, meant.trouble))
    return made


def logistic(rows: Any, yes: Any, weight: Any) -> Any:
    """The weights of a logistic regression with a small ridge, by Newton's method; the first column is the constant."""
    weights = np.zeros(rows.shape[1])
    ridge = STEADY * weight.sum() / 100 * np.eye(rows.shape[1])
    ridge[0, 0] = 0.0
    for _ in range(50):
        share = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (weight * (share - yes)) + ridge @ weights
        bend = (rows * (weight * share * (1 - share))[:, None]).T @ rows + ridge
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def settle(these: Sequence[Seen], counted: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """The four regressions, each with the threshold that lets few ordinary messages through."""
    weight = np.array([SOURCE_WEIGHT[one.message.source] for one in these])
    comments = np.array([one.message.source == "comments" for one in these])
    made: dict[str, Any] = {}
    for place, name, wants, share in (
        (0, "card", ("card",), FALSE_CARDS),
        (1, "line", ("card", "either", "line"), FALSE_LINES),
    ):
        usable = np.array([one.message.want not in (("either",) if name == "card" else ("calm",)) for one in these])
        yes = np.array([float(one.message.want in wants) for one in these])
        record = np.array([record_of(one.found, counted)[place] for one in these])
        likeness = np.array([one.likeness for one in these])
        meaning = np.array([(one.danger, one.trouble)[place] for one in these])
        for suffix, parts in (("", (record, likeness, meaning)), ("_by_words", (record, likeness))):
            rows = np.column_stack([np.ones(len(these)), *parts])
            found = logistic(rows[usable], yes[usable], weight[usable])
            sums = rows[:, 1:] @ found[1:]
            start = -float(np.quantile(sums[comments], 1 - share))
            counts = [float(part) for part in found[1:]] + [0.0]
            made[name + suffix] = {
                "start": round(start, 3), "record": round(counts[0], 3), "likeness": round(counts[1], 3), "meaning": round(counts[2], 3),
            }  # fmt: skip
    return made


def record_of(found: Finding | None, counted: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """As Judgement.record has it."""
    return next(counted[name] for name in (*names_of(found), NOTHING) if name in counted)


def main() -> None:
    """Count the records, settle the weights, and write the file."""
    write({"records": BEFORE, "explicit": EXPLICIT})
    counted = records(known())
    write({"records": counted, "explicit": EXPLICIT})
    write({"records": counted, "explicit": EXPLICIT, **settle(seen(unknown()), counted)})


def write(settled: dict[str, Any]) -> None:
    """Write what was settled so far, for what comes next to read; weights not yet settled are nothing."""
    nothing = {"start": 0.0, "record": 0.0, "likeness": 0.0, "meaning": 0.0}
    whole = dict.fromkeys(("card", "line", "card_by_words", "line_by_words"), nothing) | settled
    FILE.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    judgement.cache_clear()


if __name__ == "__main__":
    main()
