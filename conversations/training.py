"""Settles what each sign of a follow-up counts: knowledge/matching/follow_ups.json, by `./run train follow-ups`.

Learned from tests/followups/open.yaml and the turns of talks that may be learned from, each after the first answer of its entry,
and from the open half of the test questions, each after the first answer of another entry (chosen by a fixed seed). It stands
here as it needs a talk to be read.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from conversations.engine import hearing_of
from conversations.guide import Guide
from conversations.replies.answers import shown
from conversations.steps.acts import Hearing
from conversations.steps.facets import about_signs
from conversations.turns import State
from conversations.wording import load_wording
from knowledge.entries import NATIONAL, Entry, Library
from knowledge.loader import load
from knowledge.matching.facet_reader import NONE
from knowledge.matching.facets import FILE, follow_ups, signs_of
from knowledge.matching.matcher import Matcher
from knowledge.matching.related import subject
from knowledge.text.normalise import telling
from knowledge.training.public_messages import rows

TESTS = Path(__file__).parents[1] / "tests"
TALKS = (TESTS / "talks" / "open" / "talks.yaml", TESTS.parents[1] / "shared" / "real" / "talks.yaml")
"""Talks that may be learned from; the second stands beside some checkouts."""
TALKS_COUNT, MOST_RIGHT = 2, 6
"""How often each turn of a talk counts, as they ask more as people do; where more facets hold the words, they tell nothing."""
RIDGE, STEPS, RATE = 2e-4, 3_000, 0.05
"""A small ridge; steps of Adam (Kingma and Ba 2015) over everything at once, and its rate."""
FACET = ("likely", "log_likely", "near", "words", "named", "closest", "mean", "own", "steps")
ABOUT = ("asks", "question", "facet", "own", "other", "new_words", "pronoun", "length", "two_needs")
NOW = datetime.fromisoformat("2026-11-24T12:00+00:00")

Row = dict[str, Any]


def main() -> None:
    """Settle the facets first, as whether a message is about the topic leans on them; then write the file."""
    library = load()
    guide = Guide(library, Matcher(library), load_wording())
    chance = random.Random(0)
    asks = [*rows(TESTS / "followups" / "open.yaml"), *TALKS_COUNT * [*turns_of_talks(library)]]
    asked = [(row, library.by_id[row["entry"]]) for row in asks]
    after = [(row, heard(row["ask"], entry, _area(entry, guide, chance), guide)) for row, entry in asked]
    facet, nothing = _facets([(row, hearing) for row, hearing in after])
    write({"facet": facet, "nothing": nothing, "about": dict.fromkeys(ABOUT, 0.0), "about_start": 0.0})
    others = [heard(row["ask"], entry, area, guide) for row, entry, area in _whole(guide, chance)]
    about, start = _about([hearing for _, hearing in after], others)
    write({"facet": facet, "nothing": nothing, "about": about, "about_start": start})


def heard(text: str, topic: Entry, area: str | None, guide: Guide) -> Hearing:
    """A message right after the first answer of an entry."""
    return hearing_of(shown(State(area=area), topic, guide), text, guide, NOW)


def turns_of_talks(library: Library) -> Iterator[Row]:
    """The turns that ask about the topic in hand, with the facets that hold any of the words that a right answer would have."""
    for file in TALKS:
        for talk in rows(file) if file.is_file() else ():
            topic = None
            for turn in talk["turns"]:
                expected, words = (
                    turn.get("expect_entry", ()),
                    [*turn.get("must_contain_any", ()), *turn.get("must_contain", ())],
                )
                entry = library.by_id.get(topic or "")
                if entry is not None and entry.id in expected and words:
                    right = [
                        facet.name
                        for facet in entry.facets
                        if any(word.lower() in facet.text.lower() for word in words)
                    ]
                    if 0 < len(right) <= MOST_RIGHT:
                        yield {"entry": entry.id, "ask": turn["user"], "facets": right}
                topic = expected[0] if expected else topic


def _whole(guide: Guide, chance: random.Random) -> Iterator[tuple[Row, Entry, str]]:
    """The open half of the test questions, each with an entry that it is not about."""
    entries = [entry for entry in guide.library.entries if not entry.small_talk]
    for file in sorted((TESTS / "questions" / "open").glob("*/*.yaml")):
        for row in rows(file):
            area = row.get("area") or guide.library.areas[0].id
            wanted = {subject(name) for name in (row["want"], *row.get("also", ()))}
            other = [entry for entry in entries if entry.area in (NATIONAL, area) and subject(entry.id) not in wanted]
            yield row, chance.choice(other), area


def _area(entry: Entry, guide: Guide, chance: random.Random) -> str:
    return entry.area if entry.area != NATIONAL else chance.choice(guide.library.areas).id


def _facets(asked: Sequence[tuple[Row, Hearing]]) -> tuple[dict[str, float], float]:
    """What speaks for a facet: a softmax over the facets of the entry and "none of them"."""
    groups = []
    for row, hearing in asked:
        found, nothing = _signs(hearing)
        if found:
            right = [name in row["facets"] for name, _ in found]
            rows_of = [[*(signs[name] for name in FACET), 0.0] for _, signs in found]
            table = np.array([*rows_of, [*(nothing if name == "named" else 0.0 for name in FACET), 1.0]])
            groups.append((table, np.array([*right, not any(right)])))

    def slope(weights: Any) -> Any:
        total = np.zeros_like(weights)
        for table, right in groups:
            shares = np.exp(table @ weights - (table @ weights).max())
            shares /= shares.sum()
            total += table.T @ (shares - shares * right / max(float(shares[right].sum()), 1e-12))
        return total / len(groups)

    found = _least(slope, len(FACET) + 1)
    return {name: round(float(weight), 3) for name, weight in zip(FACET, found, strict=False)}, round(
        float(found[-1]), 3
    )


def _signs(hearing: Hearing) -> tuple[list[tuple[str, dict[str, float]]], float]:
    """What speaks for each facet of the topic; and what the encoder says for none of them."""
    assert hearing.topic is not None
    text, entry = hearing.said.text, hearing.topic.said_to(hearing.voice)
    asked = hearing.guide.matcher.asked(text)
    return signs_of(entry, telling(text), hearing.likely, asked), asked.label(NONE)


def _about(about: Sequence[Hearing], others: Sequence[Hearing]) -> tuple[dict[str, float], float]:
    """What speaks for the topic in hand; both sides count alike, however many there are."""
    signs = [about_signs(one, one.topic) for one in (*about, *others) if one.topic is not None]
    table = np.array([[*(one[name] for name in ABOUT), 1.0] for one in signs])
    yes = np.array([1.0] * len(about) + [0.0] * len(others))
    weight = np.where(yes == 1.0, 0.5 / len(about), 0.5 / len(others))

    def slope(weights: Any) -> Any:
        return table.T @ (weight * (1 / (1 + np.exp(-np.clip(table @ weights, -30, 30))) - yes))

    found = _least(slope, len(ABOUT) + 1)
    return {name: round(float(weight), 3) for name, weight in zip(ABOUT, found, strict=False)}, round(
        float(found[-1]), 3
    )


def _least(slope: Any, size: int) -> Any:
    """The weights at which the slope, and that of the ridge, is nothing."""
    weights, first, second = np.zeros(size), np.zeros(size), np.zeros(size)
    for step in range(1, STEPS + 1):
        down = slope(weights) + 2 * RIDGE * np.append(weights[:-1], 0.0)
        first, second = 0.9 * first + 0.1 * down, 0.999 * second + 0.001 * down**2
        weights -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights


def write(settled: dict[str, Any]) -> None:
    """Write what was settled so far, for what comes next to read."""
    FILE.write_text(json.dumps(settled, indent=1) + "\n", encoding="utf-8")
    follow_ups.cache_clear()


if __name__ == "__main__":
    main()
