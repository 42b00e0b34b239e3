"""Violence at home: whether a child does it, and whether it is about danger now.

A parent whom a child hits needs help without blame, and no card for people who are hurt by a partner; a partner who hits is never taken for a
child. What the words leave open stays what it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from knowledge.danger.rules import any_of, compiled, rule_book
from knowledge.danger.tidy_text import STOP
from knowledge.loader import mapping

BEFORE = 40
"""How far before a child's name, in characters, is looked for what makes it the one that is hurt."""
Certainty = Literal["surely", "likely"]
"""`likely`: a child is spoken of, then what "he" or "she" does."""

FILE = Path(__file__).with_name("at_home.yaml")


@dataclass(frozen=True)
class AtHome:
    """The patterns, compiled; each list is described in at_home.yaml."""

    named: re.Pattern[str]
    object: re.Pattern[str]
    sibling: re.Pattern[str]
    grown: re.Pattern[str]
    on_sibling: re.Pattern[str]
    on_us: re.Pattern[str]
    he_or_she: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    """For he and for she: a young age, and what is done."""
    opening: re.Pattern[str]
    needs: re.Pattern[str]
    now: re.Pattern[str]


@cache
def patterns() -> AtHome:
    """The patterns. What a broken file raises is not caught: no start without them."""
    held = mapping(FILE)
    groups = {**rule_book().groups, **{name: str(text) for name, text in held["groups"].items()}}

    def pair(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
        age, does = held[name]
        return compiled(age, groups), compiled(does, groups)

    return AtHome(
        named=any_of(held["named"], groups),
        object=any_of(held["object"], groups),
        sibling=any_of(held["sibling"], groups),
        grown=any_of(held["grown"], groups),
        on_sibling=any_of(held["on-sibling"], groups),
        on_us=any_of(held["on-us"], groups),
        he_or_she=(pair("he"), pair("she")),
        opening=any_of(held["opening"], groups),
        needs=any_of(held["needs"], groups),
        now=any_of(held["now"], groups),
    )


def by_a_child(words: str) -> Certainty | None:
    """Whether the words of a message, as the rules read them, say that a child is who hurts or threatens; and how surely."""
    book, text = patterns(), f" {words}"
    has_needs = book.needs.search(text) is not None
    if _is_named(book.named, text) or (has_needs and _is_named(book.sibling, text)):
        return "surely"
    if book.grown.search(text):
        return None
    if book.on_sibling.search(text) or any(age.search(text) and does.search(text) for age, does in book.he_or_she):
        return "surely"
    return "likely" if has_needs and _goes_on(text) else None


def _is_named(pattern: re.Pattern[str], text: str) -> bool:
    """Whether one is named as who does it, and not as whom it is done to."""
    before = patterns().object
    return any(
        before.search(text, max(0, at - BEFORE), at) is None for at in map(re.Match.start, pattern.finditer(text))
    )


def _goes_on(text: str) -> bool:
    """Whether a sentence begins with a child, and what he or she does is told after that."""
    book = patterns()
    starts = [0, *(stop.end() - 1 for stop in re.finditer(rf" {re.escape(STOP)} ", text))]
    begun = next((found for start in starts if (found := book.opening.match(text, start))), None)
    return begun is not None and any(does.search(text, begun.end()) for _, does in book.he_or_she)


def is_on_us(words: str) -> bool:
    """Whether it is done to the one who writes, or to the family."""
    return patterns().on_us.search(f" {words}") is not None


def is_now(words: str) -> bool:
    """Whether it cannot wait for an answer: a weapon, a bad wound, nobody safe, this very hour."""
    return patterns().now.search(f" {words}") is not None
