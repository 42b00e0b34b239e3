"""Families' test questions put to the whole bot, and the figures that come of it (M1, M2, M4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.ask import Question, as_json, ask
from conversations.guide import Guide

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


def rows(half: str) -> list[dict[str, Any]]:
    """The test questions of a half, with the areas' themes and without structure and small talk."""
    found = []
    for file in sorted((FOLDER / half).glob("*/*.yaml")):
        found += yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return found


def named(half: str, name: str) -> list[dict[str, Any]]:
    """The rows of one of the files beside the areas."""
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / half / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def put(row: dict[str, Any], guide: Guide, now: datetime) -> Asked:
    """Ask one question as a family of its area would."""
    question = Question(row["ask"], row.get("area"), row.get("audience"))
    answer = as_json(question, ask(question, guide, now), guide)
    wanted = () if row.get("want") in (None, "none", "small-talk") else (row["want"], *row.get("also", ()))
    return Asked(
        row["ask"],
        wanted,
        row.get("style", ""),
        row.get("area"),
        answer["kind"],
        answer["entry"],
        tuple(choice["id"] for choice in answer["choices"]),
        tuple(one["id"] for one in answer["top"]),
    )


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
