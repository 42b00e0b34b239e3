"""Learns danger/weights.json from the two danger banks, the phrases of the content and what others wrote: `./run train danger-classifier`."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from knowledge.danger.classifier import BUCKETS, WEIGHTS, bucket, features, packed
from knowledge.danger.judge import NOT_DANGER
from knowledge.danger.rules import read, word_classes
from knowledge.loader import BUILT_IN, mapping
from knowledge.training import follow_up_bank, public_messages

BANKS = Path(__file__).parent / "banks"
BANK = BANKS / "danger.yaml"
TURNED = BANKS / "turned.yaml"
"""What the bank lacked: danger denied, past or told, everyday bodies, soft words; each beside its twin."""
TWINS = BANKS / "twins.yaml"
"""Messages of danger, each beside one in much the same words that is none; of a long one the clause that matters is named."""
STORIES = BANKS / "stories.yaml"
"""Long messages as people tell them, most of them ordinary; of the others the clause that matters is named."""
BEYOND = BANKS / "beyond.yaml"
"""Messages that no entry answers, and that speak of no danger."""
ACTS = BANKS / "acts.yaml"
"""What people type in a talk; less what may be a cry, it speaks of no danger."""
MAY_BE_DANGER = ("feeling", "after-danger", "anger")
NEAR_A_LINE = ("young-mental-health", "parent-wellbeing", "challenging-behaviour")
"""Entries that are asked for in words which may get the gentle line."""
MAY_FOLLOW = (
    "bereavement", "bereavement-hospice", "bullying", "child-protection", "eating", "epilepsy", "fii-blamed", "relationships", "social-care",
    "tics-tourettes", "wellbeing-groups", "youth-custody",
)  # fmt: skip
"""Entries after which people may tell of danger, or of what should get the gentle line."""
ASKED = Path(__file__).parents[2] / "tests" / "questions" / "open"
"""The open half of the test questions: what families ask about services, in their own words."""

LEAST = 2
"""A feature seen in fewer messages than this is left out."""
ROUNDS = 30
PENALTY = {"danger": 3.0, "line": 1.0, "ordinary": 1.5, "content": 0.4, "comments": 0.6, "intents": 0.3}
"""How much a fault on one message weighs, by where it comes from."""
HELD_OUT = 10
"""One message of the bank in so many is not learned from: what the parts of a judgement count is settled on those."""
NEAR_DANGER = ("domestic-abuse", "online-safety", "crisis")
"""Entries whose phrases stand on the border of danger; nothing is learned from them."""


@dataclass(frozen=True)
class Example:
    """One message to learn from."""

    text: str
    """As it was typed."""
    words: str
    """As the rules read it."""
    kind: str
    source: str
    clause: str = ""
    """The words that matter, where they are one clause of a long message."""


def examples(bank: Path = BANK, content: Path = BUILT_IN) -> list[Example]:
    """The bank's messages; as ordinary ones also the phrases of the content, and messages about other things."""
    found = []
    for kind, texts in mapping(bank).items():
        found += [example(text, kind, source_of(kind)) for text in texts]
    for file in sorted(content.glob("*/*.yaml")):
        entries = mapping(file) if file.stem != "area" else {}
        for slug, entry in entries.items():
            if isinstance(entry, dict) and slug not in NEAR_DANGER:
                phrases = entry.get("phrases") or []
                found += [example(phrase, "ordinary", "content") for phrase in phrases]
    beyond: list[str] = yaml.safe_load(BEYOND.read_text(encoding="utf-8"))
    return found + [example(text, "ordinary", "content") for text in [*beyond, *families()]]


def families() -> list[str]:
    """What families ask and say in a talk, and is no danger."""
    said = [text for move, texts in mapping(ACTS).items() if move not in MAY_BE_DANGER for text in texts]
    for file in sorted(ASKED.rglob("*.yaml")):
        for row in public_messages.rows(file):
            wanted = {str(row.get("want")), *row.get("also", ())}
            if not {one.rpartition("/")[2] for one in wanted} & {*NEAR_DANGER, *NEAR_A_LINE}:
                said.append(str(row["ask"]))
    near = {*NEAR_DANGER, *NEAR_A_LINE, *MAY_FOLLOW}
    said += [text for entry, _, text in follow_up_bank.messages() if entry.rpartition("/")[2] not in near]
    return list(dict.fromkeys(said))


def held_out(bank: Sequence[int]) -> Sequence[int]:
    """The rows of the bank that are not learned from."""
    return bank[HELD_OUT // 2 :: HELD_OUT]


def bank_parts() -> tuple[list[Example], list[Example]]:
    """The bank's messages: those that are taught, and those held out."""
    bank = [one for one in examples() if one.source != "content"]
    apart = set(held_out(range(len(bank))))
    return [one for at, one in enumerate(bank) if at not in apart], [bank[at] for at in sorted(apart)]


def taught() -> list[Example]:
    """All that likeness is learned from. FileNotFoundError where ../shared is not there."""
    if not public_messages.is_there():
        raise FileNotFoundError(f"{public_messages.SHARED} is not there: danger is taught beside ordinary speech")
    content = [one for one in examples() if one.source == "content"]
    others = [
        example(one.text, one.kind, one.source if one.source in PENALTY else source_of(one.kind))
        for one in public_messages.taught()
    ]
    return [*bank_parts()[0], *turned(), *content, *others]


def source_of(kind: str) -> str:
    """What a message counts as, by its kind."""
    return kind if kind in NOT_DANGER else "danger"


def turned() -> list[Example]:
    """The messages of the second bank, the twins and the long stories: all of them are taught."""
    found = [example(text, kind, source_of(kind)) for kind, texts in mapping(TURNED).items() for text in texts]
    return found + marked(TWINS) + stories()


def stories() -> list[Example]:
    """Long messages; of those that speak of danger the clause that does is named."""
    return marked(STORIES)


def marked(file: Path) -> list[Example]:
    """The messages of a file whose rows have a text, a kind and perhaps a clause."""
    return [
        example(row["text"], row["kind"], source_of(row["kind"]), row.get("clause", ""))
        for row in public_messages.rows(file)
    ]


def example(text: object, kind: str, source: str, clause: str = "") -> Example:
    """One message, read as the rules read it."""
    return Example(str(text), read(str(text)), kind, source, clause)


Row = tuple[Any, Any]


def rows(messages: Sequence[Example]) -> tuple[list[Row], Any]:
    """For each message its buckets and values; and the weight that rarity gives to each bucket (inverse frequency)."""
    classes = word_classes()
    counted = [Counter[int]() for _ in messages]
    for counts, message in zip(counted, messages, strict=True):
        for feature, count in features(message.words, classes).items():
            counts[bucket(feature)] += count
    seen: Counter[int] = Counter()
    for counts in counted:
        seen.update(counts.keys())
    rarity = np.zeros(BUCKETS, np.float32)
    for place, times in seen.items():
        if times >= LEAST:
            rarity[place] = math.log(len(messages) / times) + 1
    made = []
    for counts in counted:
        places = np.fromiter(counts.keys(), np.int64, len(counts))
        values = np.fromiter(counts.values(), np.float32, len(counts)) / math.sqrt(max(1, sum(counts.values())))
        made.append((places, values * rarity[places]))
    return made, rarity


def learn(made: Sequence[Row], messages: Sequence[Example]) -> tuple[Any, float]:
    """A linear support vector machine with squared hinge loss, by dual coordinate descent (Hsieh et al. 2008)."""
    weights, bias, order = np.zeros(BUCKETS, np.float64), 0.0, np.arange(len(made))
    target = np.array([-1.0 if message.source != "danger" else 1.0 for message in messages])
    slack = np.array([0.5 / (PENALTY[message.source] * SOFT) for message in messages])
    square = np.array([float(values @ values) + 1.0 + s for (_, values), s in zip(made, slack, strict=True)])
    alpha = np.zeros(len(made))
    chance = np.random.default_rng(0)
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for i in order.tolist():
            places, values = made[i]
            fault = target[i] * (float(weights[places] @ values) + bias) - 1.0 + slack[i] * alpha[i]
            fresh = max(0.0, alpha[i] - fault / square[i])
            if fresh != alpha[i]:
                step = (fresh - alpha[i]) * target[i]
                weights[places] += step * values
                bias += step
                alpha[i] = fresh
    return weights, bias


SOFT = 0.03
"""Overall softness of the margin."""


def words_by_kind(messages: Sequence[Example]) -> dict[str, dict[str, float]]:
    """For each kind of danger the log odds of its words against the other kinds (naive Bayes, add-half smoothing)."""
    by_kind: dict[str, Counter[str]] = {}
    for message in messages:
        if message.source == "danger":
            by_kind.setdefault(message.kind, Counter()).update(set(message.words.split()))
    everything: Counter[str] = Counter()
    for counts in by_kind.values():
        everything.update(counts)
    total = sum(everything.values())
    table = {}
    for kind, counts in by_kind.items():
        own = sum(counts.values())
        table[kind] = {
            word: round(math.log((counts[word] + 0.5) / (own + 1) / ((times + 0.5) / (total + 1))), 2)
            for word, times in sorted(everything.items())
            if times >= LEAST
        }
    return table


def digest() -> str:
    """The SHA-256 of the banks of danger. Ordinary talk that is taught beside them may change without a need to learn anew."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in (BANK, TURNED, TWINS, BEYOND))).hexdigest()


def main() -> None:
    """Learn, and write the file."""
    messages = taught()
    made, rarity = rows(messages)
    weights, bias = learn(made, messages)
    final = weights * rarity
    scale = float(np.abs(final).max()) / 127
    held = {
        "bank": digest(),
        "scale": scale,
        "bias": bias,
        "kinds": words_by_kind(messages),
        "weights": packed(int(round(weight / scale)) for weight in final),
    }
    WEIGHTS.write_text(json.dumps(held, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
