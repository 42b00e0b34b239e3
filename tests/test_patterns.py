"""No pattern that reads what somebody sends takes long over any text: each is tried with the worst texts made for it (M8, S1a)."""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from knowledge.text.normalise import MAX_CHARACTERS
from tests.support.figures import note
from tests.support.worst_inputs import worst_inputs
from tests.test_house import own_modules

OPERATORS = ("knowledge.publishing", "knowledge.training", "knowledge.loader", "knowledge.hours", "bot.settings", "bot.commands",
             "conversations.masking.public_details")  # fmt: skip
"""Modules whose patterns read content and settings alone, which strangers do not write."""
CLEANED = ("knowledge.matching", "knowledge.text", "knowledge.acts", "conversations.steps", "conversations.feedback")
"""Modules that read a text with single spaces, cut to `MAX_CHARACTERS`; of what was typed whole they match the start alone."""
WINDOWS = {"conversations.masking.names.SENTENCE_START": 3}
"""Patterns that are given so many characters and no more."""
LENGTHS = (26, 64, 256, 1_024, 4_096)
"""What doubles with each letter is caught on a short text, before it takes hours; Telegram lets nobody send more than 4,096."""
ALL_UP_TO, COSTLIEST = 256, 3
"""Of longer texts only those are tried that cost most before."""
MOST_SECONDS = 0.1
"""Of the processor, on a slow one, for the longest text; what grows with the length takes a hundredth of it."""
MATCHING, SEARCHING = {"match", "fullmatch"}, {"search", "sub", "subn", "split", "finditer", "findall"}


@dataclass
class Used:
    """A pattern, one place in which it stands, and whether it is tried at the start of a text alone."""

    where: str
    pattern: re.Pattern[str]
    calls: set[str] = field(default_factory=set)

    def seconds(self, text: str) -> float:
        """Seconds of the processor for one text."""
        begin = time.thread_time()
        if self.calls and self.calls <= MATCHING:
            self.pattern.match(text)
            self.pattern.fullmatch(text)
        else:
            for _ in self.pattern.finditer(text):
                pass
        return time.thread_time() - begin

    def texts(self, length: int) -> list[str]:
        """Worst texts of a length, as this pattern may be given them."""
        made = worst_inputs(self.pattern, min(length, WINDOWS.get(self.where, length)))
        if self.where.startswith(CLEANED):
            made = (" ".join(text.split(" "))[:MAX_CHARACTERS] for text in made)
            made = (re.sub(r"\s+", " ", text) for text in made)
        return list(dict.fromkeys(made))

    def worst(self) -> tuple[float, str]:
        """The seconds of the worst text that was found, and the text."""
        costs: list[tuple[float, int, str]] = []
        for length in LENGTHS:
            made = self.texts(length)
            tried = [number for _, number, _ in sorted(costs)[-COSTLIEST:]] if length > ALL_UP_TO else range(len(made))
            costs = []
            for number in (number for number in tried if number < len(made)):
                costs.append((self.seconds(made[number]), number, made[number]))
                if costs[-1][0] > MOST_SECONDS:
                    return costs[-1][0], made[number]
        return max(((seconds, text) for seconds, _, text in costs), default=(0.0, ""))


def calls() -> dict[str, set[str]]:
    """By the name of a pattern, what is called of it anywhere."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for file in own_modules().values():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = node.func.value
                name = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
                found[name] |= {node.func.attr} & (MATCHING | SEARCHING)
    return found


def held(value: object, deep: int = 2) -> Iterator[re.Pattern[str]]:
    """The patterns that are a value, or stand in it."""
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif deep and isinstance(value, (tuple, list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from held(one, deep - 1)


def written(tree: ast.AST) -> Iterator[tuple[re.Pattern[str], str]]:
    """The patterns that are written where they are used: re.sub(r"…", …), and what is called."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        first = node.args[0]
        used = ast.unparse(node.func.value) == "re" and node.func.attr in MATCHING | SEARCHING
        if used and isinstance(first, ast.Constant) and isinstance(first.value, str):
            small = "IGNORECASE" in ast.unparse(node)
            yield re.compile(first.value, re.IGNORECASE if small else re.NOFLAG), node.func.attr


def own_patterns() -> list[Used]:
    """Each pattern of the program that reads what somebody sends, once."""
    found: dict[re.Pattern[str], Used] = {}
    of_name = calls()
    for module, file in own_modules().items():
        if module.startswith(OPERATORS) or "migrations" in module or module.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module)).items():
            for pattern in held(value):
                called = of_name[name] if value is pattern else SEARCHING
                found.setdefault(pattern, Used(f"{module}.{name}", pattern)).calls |= called
        for pattern, call in written(ast.parse(file.read_text(encoding="utf-8"))):
            found.setdefault(pattern, Used(module, pattern)).calls.add(call)
    return list(found.values())


@pytest.mark.slow
def test_no_pattern_takes_long_over_its_worst_text() -> None:
    patterns = own_patterns()
    assert len(patterns) > 120
    costs = []
    for used in patterns:
        seconds, text = used.worst()
        if seconds > MOST_SECONDS:
            seconds = min(seconds, used.seconds(text))  # once more, in case something disturbed it
        costs.append((seconds, used.where, text))
    for seconds, where, text in sorted(costs)[-5:]:
        note(
            f"worst text of a pattern: {seconds * 1000:.0f} ms, {where}, {len(text)} characters {text[:24]!r} … {text[-4:]!r}"
        )
    slow = [(where, round(seconds, 2), text[:80]) for seconds, where, text in costs if seconds > MOST_SECONDS]
    assert not slow


@pytest.mark.slow
def test_a_pattern_that_backtracks_is_caught() -> None:
    assert Used("here", re.compile(r"(?:a|ab?)+c")).worst()[0] > MOST_SECONDS
    assert Used("here", re.compile(r"\s*x?\s*$")).worst()[0] > MOST_SECONDS
    assert Used("here", re.compile(r"\bson (?:is|was) kai")).worst()[0] < MOST_SECONDS
