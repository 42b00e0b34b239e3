"""Texts that cost a pattern most, made of the pattern itself: a long run of what a repeat takes, and an end that does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from itertools import islice
from typing import Any

code, parser = import_module("re._constants"), import_module("re._parser")
"""The standard library's own reading of a pattern; it has no public name."""

LONG = 20
"""A repeat that may take as many is pumped; what takes fewer is bounded by itself."""
WAYS = 4
"""Ways of a branch that are tried."""
ENDS = ("", "\x00", " x")
LETTERS = "a1 .-_A/'\n,:x(@é"
"""Of a class the first of these that it takes stands for all."""


def worst_inputs(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    """Texts of a length that a search for the pattern might backtrack over."""
    for before, pump in _pumps(pattern):
        for end in ENDS:
            yield (before + pump * (length // len(pump)))[: length - len(end)] + end


@lru_cache(maxsize=4)
def _pumps(pattern: re.Pattern[str]) -> tuple[tuple[str, str], ...]:
    """What stands before a run, and what the run is of."""
    pumps: dict[tuple[str, str], None] = {}
    for before, body in _repeats(list(parser.parse(pattern.pattern, pattern.flags)), ""):
        for pump in body:
            pumps.setdefault((before, pump))
            pumps.setdefault(("", before + pump))
    return tuple(pumps)


def _repeats(tree: list[Any], before: str) -> Iterator[tuple[str, list[str]]]:
    """Each long repeat of a tree: a text that leads up to it, and texts of one round of it."""
    for what, value in tree:
        if what in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
            _, most, body = value
            if most is code.MAXREPEAT or most >= LONG:
                yield before, [text for text in islice(_texts(list(body)), WAYS) if text]
            yield from _repeats(list(body), before)
        elif what is code.SUBPATTERN:
            yield from _repeats(list(value[3]), before)
        elif what is code.BRANCH:
            for way in value[1]:
                yield from _repeats(list(way), before)
        elif what in (code.ASSERT, code.ASSERT_NOT):
            yield from _repeats(list(value[1]), before)
        before += next(_texts([(what, value)]), "")


def _texts(tree: list[Any]) -> Iterator[str]:
    """Some texts that a tree takes, the plainest first; not all of them, and now and then one that it does not take."""
    if not tree:
        yield ""
        return
    (what, value), rest = tree[0], tree[1:]
    for first in islice(_one(what, value), WAYS):
        yield from (first + more for more in islice(_texts(rest), 2))


def _one(what: Any, value: Any) -> Iterator[str]:
    if what is code.LITERAL:
        yield chr(value)
    elif what is code.NOT_LITERAL:
        yield next(letter for letter in LETTERS if ord(letter) != value)
    elif what is code.ANY:
        yield "a"
    elif what is code.IN:
        yield from _of_class(value)
    elif what is code.BRANCH:
        for way in value[1]:
            yield from islice(_texts(list(way)), 1)
    elif what is code.SUBPATTERN:
        yield from _texts(list(value[3]))
    elif what in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
        least, most, body = value
        for text in islice(_texts(list(body)), 2):
            yield text * max(least, 1)
        if least == 0:
            yield ""
    elif what is code.ASSERT:
        yield from _texts(list(value[1])) if value[0] > 0 else iter(("",))
    else:
        yield ""


def _of_class(members: Any) -> Iterator[str]:
    """Up to three letters that a class takes, as different as can be."""
    taken = re.compile(_class(members))
    yield from islice((letter for letter in LETTERS if taken.fullmatch(letter)), 3)
    literals = [chr(value) for what, value in members if what is code.LITERAL]
    yield from literals[:1]


def _class(members: Any) -> str:
    """A class written anew, from its parsed members."""
    parts = []
    for what, value in members:
        if what is code.NEGATE:
            parts.append("^")
        elif what is code.LITERAL:
            parts.append(re.escape(chr(value)))
        elif what is code.RANGE:
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        elif what is code.CATEGORY:
            parts.append(CATEGORIES[value])
    return f"[{''.join(parts)}]"


CATEGORIES = {
    code.CATEGORY_DIGIT: r"\d", code.CATEGORY_NOT_DIGIT: r"\D", code.CATEGORY_SPACE: r"\s", code.CATEGORY_NOT_SPACE: r"\S",
    code.CATEGORY_WORD: r"\w", code.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
