"""The rules of danger, compiled, and a message as they read it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from knowledge.danger.tidy_text import Mender, tidy
from knowledge.loader import mapping

WORDS = Path(__file__).with_name("words.yaml")
RULES = Path(__file__).with_name("rules.yaml")


About = Literal["self", "other", "unclear"]
Tier = Literal["plain", "sure", "card", "told", "past", "denied", "line"]
"""How a rule says it: `told`, in a story or a song; `past` and `denied`, what would be a card and is over, or is not so."""


@dataclass(frozen=True)
class Finding:
    """What one rule found in a message."""

    kind: str
    tier: Tier
    rule: str = ""
    """The name of the rule, by which its record is kept."""
    about: About = "unclear"
    kinds: frozenset[str] = frozenset()
    """All kinds for which a rule of the message asks for a card."""


@dataclass(frozen=True)
class Rules:
    """The rules, compiled."""

    mender: Mender
    joined: re.Pattern[str]
    pairs: Mapping[str, str]
    masks: re.Pattern[str]
    answered: re.Pattern[str]
    denials: re.Pattern[str]
    milder: re.Pattern[str]
    adopted: re.Pattern[str]
    lowered: re.Pattern[str]
    told: re.Pattern[str]
    past: re.Pattern[str]
    mended: re.Pattern[str]
    plain: Mapping[str, tuple[re.Pattern[str], ...]]
    sure: Mapping[str, tuple[re.Pattern[str], ...]]
    card: Mapping[str, tuple[re.Pattern[str], ...]]
    line: Mapping[str, tuple[re.Pattern[str], ...]]
    young: re.Pattern[str]
    adult: re.Pattern[str]
    other: re.Pattern[str]
    groups: Mapping[str, str]
    """The groups of words, by name."""
    names: Mapping[re.Pattern[str], str]
    """The name of each rule of danger: its kind, its strength and a number made of its words."""


def read(text: str) -> str:
    """Give the message as the rules read it: tidy words, pairs joined, figures of speech taken out."""
    book = rule_book()
    words = tidy(text, book.mender).strip()
    words = book.joined.sub(lambda found: book.pairs[found[0]], words)
    return book.masks.sub(" ~", f" {words}").strip()


def compiled(pattern: str, groups: Mapping[str, str]) -> re.Pattern[str]:
    """A rule as a regular expression: groups filled in, `~` and `~~` as up to three and seven words."""
    while found := re.search(r"<([a-z]+)>", pattern):
        pattern = pattern.replace(found[0], f"(?:{groups[found[1]]})")
    pattern = (
        OPTIONAL_END.sub("", pattern.removesuffix("( |$)"))
        .replace(" ~~", "(?: [^ .]+){0,7}")
        .replace(" ~", "(?: [^ .]+){0,3}")
    )
    pattern = re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
    return re.compile(rf" (?:{pattern})(?= |$)")


OPTIONAL_END = re.compile(r"(\( ~{1,2}\)\?)? \([^()]*\)\?$")
"""Words at the end of a rule that need not be there add nothing to it."""


def any_of(patterns: Sequence[str], groups: Mapping[str, str]) -> re.Pattern[str]:
    """Several rules as one regular expression."""
    return compiled("|".join(f"(?:{pattern})" for pattern in patterns), groups)


@cache
def rule_book() -> Rules:
    """The rules; a quarter of a second at the first call. What a broken file raises is not caught: no start without them."""
    words, kinds = mapping(WORDS), mapping(RULES)
    groups = {name: str(text) for name, text in words["groups"].items()}
    spoken = {str(word): str(meant) for word, meant in words["spoken"].items()}
    pairs = {str(pair): str(short) for pair, short in words["joined"].items()}
    own = re.findall(r"[a-z]+", WORDS.read_text(encoding="utf-8") + RULES.read_text(encoding="utf-8"))
    names: dict[re.Pattern[str], str] = {}
    any_pair = "|".join(re.escape(pair) for pair in sorted(pairs, key=len, reverse=True))

    def rules(strength: str) -> dict[str, tuple[re.Pattern[str], ...]]:
        made = {
            kind: {compiled(str(pattern), groups): str(pattern) for pattern in rows[strength]}
            for kind, rows in kinds.items()
            if rows.get(strength)
        }
        for kind, patterns in made.items():
            names.update(
                (rule, f"{kind} {strength} {zlib.crc32(words.encode()):08x}") for rule, words in patterns.items()
            )
        return {kind: tuple(patterns) for kind, patterns in made.items()}

    return Rules(
        mender=Mender(spoken, words["mend"], words["real"].split() + own),
        joined=re.compile(rf"\b(?:{any_pair})\b"),
        pairs=pairs,
        masks=any_of(words["masks"], groups),
        answered=any_of(words["answered"], groups),
        denials=any_of(words["denials"], groups),
        milder=any_of(words["milder"], groups),
        adopted=any_of(words["adopted"], groups),
        lowered=any_of(words["lowered"], groups),
        told=any_of(words["told"], groups),
        past=any_of(words["past"], groups),
        mended=any_of(words["mended"], groups),
        plain=rules("plain"),
        sure=rules("sure"),
        card=rules("card"),
        line=rules("line"),
        young=any_of(words["young"], groups),
        adult=any_of(words["adult"], groups),
        other=any_of(words["other"], groups),
        groups=groups,
        names=names,
    )


def word_classes() -> dict[str, str]:
    """The single words of some groups, each with the name of its group."""
    words = mapping(WORDS)
    classes: dict[str, str] = {}
    for name in words["classes"]:
        for word in str(words["groups"][name]).split("|"):
            if word.isalpha():
                classes.setdefault(word, name)
    return classes
