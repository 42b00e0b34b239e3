"""Families' test questions put to the whole bot, and the figures that come of it (M1, M2, M4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.ask import Question, as_json, ask
from conversations.guide import Guide
from knowledge.entries import NATIONAL
from knowledge.matching.related import subject
from knowledge.yaml_loaders import TEXTS, VALUES
from tests.support.sharing import Shared

Row = dict[str, Any]
FOLDER = Path(__file__).parents[1] / "questions"


@dataclass(frozen=True)
class Asked:
    """A test question and what came of it."""

    text: str
    wanted: tuple[str, ...]
    """Entries any of which is right; empty for a question that has no answer here."""
    style: str
    area: str | None
    kind: str
    entry: str | None
    choices: tuple[str, ...]
    top: tuple[str, ...]

    @property
    def first(self) -> bool:
        return bool(self.top) and self.top[0] in self.wanted

    @property
    def reached(self) -> bool:
        return self.entry in self.wanted or any(choice in self.wanted for choice in self.choices)

    @property
    def answered(self) -> bool:
        return self.kind in ("answer", "crisis")

    @property
    def wrong(self) -> bool:
        return self.answered and self.entry not in self.wanted


@cache
def rows(half: str) -> tuple[Row, ...]:
    """The test questions of a half, with the areas' themes and without structure and small talk."""
    files = sorted((FOLDER / half).glob("*/*.yaml"))
    return tuple(row for file in files for row in yaml.load(file.read_text(encoding="utf-8"), Loader=TEXTS))


@cache
def named(half: str, name: str) -> tuple[Row, ...]:
    """The rows of one of the files beside the areas."""
    return tuple(yaml.load((FOLDER / half / f"{name}.yaml").read_text(encoding="utf-8"), Loader=VALUES))


def with_own(ids: Iterable[str], guide: Guide) -> tuple[str, ...]:
    """Ids of entries, and for national ones those of the areas' own on the same subject: a family sees its own area's alone."""
    named = tuple(ids)
    subjects = {subject(name) for name in named if name.startswith(f"{NATIONAL}/")}
    own = (one.id for one in guide.library.entries if one.area != NATIONAL and subject(one.id) in subjects)
    return tuple(dict.fromkeys((*named, *own)))


def put(row: Row, guide: Guide, now: datetime) -> Asked:
    """Ask one question as a family of its area would."""
    question = Question(row["ask"], row.get("area"), row.get("audience"))
    answer = as_json(question, ask(question, guide, now), guide)
    named = () if row.get("want") in (None, "none", "small-talk") else (row["want"], *row.get("also", ()))
    return Asked(
        row["ask"],
        with_own(named, guide),
        row.get("style", ""),
        row.get("area"),
        answer["kind"],
        answer["entry"],
        tuple(choice["id"] for choice in answer["choices"]),
        tuple(one["id"] for one in answer["top"]),
    )


class Answers:
    """What came of the test questions, each of which is put once a run and by one worker alone."""

    def __init__(self, shared: Shared, guide: Guide, now: datetime) -> None:
        self._shared, self._guide, self._now = shared, guide, now

    def half(self, half: str) -> list[tuple[Row, Asked]]:
        """The questions of a half (`rows`), and what came of them."""
        return self._of(half, rows(half))

    def named(self, half: str, name: str) -> list[tuple[Row, Asked]]:
        """The questions of a file beside the areas, and what came of them."""
        return self._of(f"{half}-{name}", named(half, name))

    def _of(self, name: str, every: tuple[Row, ...]) -> list[tuple[Row, Asked]]:
        came = self._shared.each(f"questions-{name}", every, lambda row: put(row, self._guide, self._now))
        return list(zip(every, came, strict=True))


@dataclass(frozen=True)
class Figures:
    """Shares, 0 to 1, as `matching.md` names them."""

    asked: int
    reach: float
    first: float
    answered: float
    right: float
    """Of those answered."""
    wrong: float

    def __str__(self) -> str:
        return (
            f"n {self.asked:5d}  reach {self.reach:.3f}  first {self.first:.3f}  answer {self.answered:.3f}  "
            f"right {self.right:.3f}  wrong {self.wrong:.3f}"
        )


def figures(asked: Iterable[Asked]) -> Figures:
    """The figures of questions in scope."""
    every = list(asked)
    answered = [one for one in every if one.answered]
    share = 1 / max(1, len(every))
    return Figures(
        len(every),
        share * sum(one.reached for one in every),
        share * sum(one.first for one in every),
        share * len(answered),
        sum(not one.wrong for one in answered) / max(1, len(answered)),
        share * sum(one.wrong for one in every),
    )


def by_style(asked: Iterable[Asked]) -> str:
    """A table of the figures by style."""
    groups: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        groups[one.style].append(one)
    return "\n".join(f"{style:16s} {figures(group)}" for style, group in sorted(groups.items()))
