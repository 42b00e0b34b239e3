"""Danger in what a person typed: what kind, how sure, who writes about whom; by readable rules, likeness and meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from knowledge.danger.classifier import Likeness, likeness
from knowledge.danger.judge import Meant, judge
from knowledge.danger.rules import read, rule_book, word_classes
from knowledge.danger.tidy_text import STOP

Strength = Literal["card", "line"]
Person = Literal["adult", "young-person", "unclear"]
About = Literal["self", "other", "unclear"]

LONGEST_SENTENCE = 60
"""In words: what runs on for longer is read in pieces, so that no rule takes long."""
OVERLAP = 20
"""Words that a piece shares with the one before it."""
BEFORE, AFTER = 60, 48
"""How far around a rule's words, in characters, a course, a policy or a time long ago still bears on them."""
FEWEST_WORDS = 3
"""Shorter sentences are too short to be likened by themselves; a card by likeness alone takes one word more."""
RULE_WEIGHT = 0.8
"""What a rule that is not sure adds to the likeness; the best of 0.2 to 1.3 on messages that neither had seen."""
SOFTENED = 0.35
"""How much more like danger a message must be where a rule says that it is past, denied, small or a worry."""
ASKED_FROM = -1.3
"""Where no rule holds and the words are less like danger than this, the encoder is not asked."""
RULE_SHARE = (0.0, -0.5, 2.0, 2.1)
"""What is added to the log odds of danger where the rules found nothing, a line, a card, a card that they are sure of:
a logistic regression on messages of the bank that were not learned from, with the likeness of the words (factor 1)."""
CARD = 0.55
"""From here on a card: of those messages 86 in 100 that need one get it, and 2 in 100 ordinary ones, chosen to be hard."""
UNSURE, SURE = 2, 3
"""Places in RULE_SHARE."""
APART = (0, 0, 4, 60)
"""By the same places: clauses of up to so many words are judged by themselves too, as other talk drowns a short cry."""
HARMLESS = -0.5
"""A rule that is sure gives a card unless the encoder finds the message harmless from here down: then a line."""
LINE_SHARE = (0.0, 1.7, 2.2, 2.2)
"""What the rules add to the log odds that something is wrong at all."""
TROUBLE = 0.4
"""From here on a line: fewer than 1 in 10 of those messages that are ordinary get it."""
LINE = "line-"
"""Kinds that only ever get the gentle line."""
NEVER_PAST = frozenset({"abuse", "sexual", "crisis"})
"""Telling of being hurt or abused gets the card, however long ago: there is no time limit for it (national/crisis)."""


@dataclass(frozen=True)
class Danger:
    """What a message says of danger."""

    kind: str
    """`suicide`, `self-harm`, `abuse`, `domestic`, `sexual`, `parent-fear`, `online`, `exploitation`, `missing`,
    `medical`, `crisis`; for a line also `worn`, `low`, `past`, `hits`, `worry`."""
    strength: Strength
    person: Person = "unclear"
    """Who writes, as far as the words tell."""
    about: About = "unclear"
    """Whether it is about the one who writes, or someone else."""
    sure: bool = False
    """True where a rule found words that hardly ever mean anything else."""
    plain: bool = False
    """True where a sentence says this and nothing else: nothing outweighs it."""


def danger(text: str) -> Danger | None:
    """Find the danger that a message speaks of, or None. Pure; never raises, whatever the text.

    A card outweighs a line. What the rules find is weighed with the likeness of the words to example messages and with
    what the message means as a whole (requirements S1-S3).
    """
    try:
        return _danger(text)
    except Exception:  # noqa: BLE001 - the safety path answers whatever happens; plain words are still looked for
        return Danger("general", "card") if LAST_WORDS.search(str(text).casefold()) else None


LAST_WORDS = re.compile(r"kill|suicid|die\b|hurt|abus|rape|knife|help")
"""What is looked for where everything else has failed."""


def _danger(text: str) -> Danger | None:
    words = read(text)
    if not words:
        return None
    found = _weighed(text, words, _by_rules(words))
    if found is None:
        return None
    about = found.about if found.about != "unclear" else _about(words)
    return replace(found, person=_person(words), about=about)


def _by_rules(words: str) -> Danger | None:
    book = rule_book()
    line: Danger | None = None
    parts = list(sentences(words))
    for sentence in parts:
        for kind, patterns in book.plain.items():
            if any(pattern.fullmatch(sentence) for pattern in patterns):
                return Danger(kind, "card", about=_about(sentence), sure=True, plain=True)
    for sentence in parts:
        for kind, softer in (("low", book.denials), ("hits", book.milder), ("past", book.adopted)):
            softened = softer.sub(" ~", sentence)
            if softened != sentence:
                sentence, line = softened, line or Danger(kind, "line")
        found = _card(sentence)
        if found is not None and found.strength == "card":
            return found
        line = found or line or _line(sentence)
    return line


def _card(sentence: str) -> Danger | None:
    """A card if a rule says so; a line where it is long past; None where it is a course, a rule or a story."""
    book, past = rule_book(), False
    kinds: dict[str, Danger] = {}
    for kind, patterns in book.sure.items():
        if found := next((found for pattern in patterns if (found := pattern.search(sentence))), None):
            kinds[kind] = Danger(kind, "card", about=_about(sentence[: found.end()]), sure=True)
    for kind, patterns in book.card.items():
        for pattern in patterns if kind not in kinds else ():
            if (found := pattern.search(sentence)) is None:
                continue
            around = sentence[max(0, found.start() - BEFORE) : found.end() + AFTER]
            if book.lowered.search(around):
                continue
            if kind not in NEVER_PAST and book.past.search(around):
                past = True
                continue
            kinds[kind] = Danger(kind, "card", about=_about(sentence[: found.end()]))
            break
    if not kinds:
        return Danger("past", "line") if past else None
    return _most_alike_kind(kinds, sentence)


def _most_alike_kind(kinds: Mapping[str, Danger], sentence: str) -> Danger:
    """Where rules of several kinds hold: the kind whose examples use such words most, and sure if any of them is."""
    sure = any(found.sure for found in kinds.values())
    if len(kinds) == 1 or LIKENESS is None:
        return replace(next(iter(kinds.values())), sure=sure)
    return replace(kinds[LIKENESS.kind(sentence, tuple(kinds))], sure=sure)


def _line(sentence: str) -> Danger | None:
    book = rule_book()
    for kind, patterns in book.line.items():
        if any(pattern.search(sentence) for pattern in patterns) and not book.lowered.search(sentence):
            return Danger(kind.removeprefix(LINE), "line")
    return None


def _weighed(text: str, words: str, found: Danger | None) -> Danger | None:
    """What the rules found, weighed with the likeness of the words and with what the message means as a whole."""
    if LIKENESS is None or (found is not None and found.plain):
        return found
    rank = _rank(found)
    like, most_alike = _most_alike(words, LIKENESS, apart=rank >= UNSURE)
    meant = _meant(text, LIKENESS, APART[rank]) if rank or like >= ASKED_FROM else None
    if meant is None:
        return _by_likeness(like, most_alike, found, LIKENESS)
    if meant.danger + like + RULE_SHARE[rank] >= CARD or (rank == SURE and meant.danger >= HARMLESS):
        return found if rank >= UNSURE else Danger(meant.kind, "card")
    if rank < SURE and meant.trouble + LINE_SHARE[rank] < TROUBLE:
        return None
    return replace(found, strength="line", sure=False) if found is not None else Danger(meant.kind, "line")


def _meant(text: str, likeness: Likeness, apart: int) -> Meant | None:
    """What the message means; None where nobody can tell. A fault of the encoder leaves the rules their say."""
    judging = judge()
    if judging is None:
        return None
    try:
        return judging.judged(text, lambda part: _most_alike(read(part), likeness, apart=True)[0], apart=apart)
    except Exception:  # noqa: BLE001 - see above
        return None


def _rank(found: Danger | None) -> int:
    """How much the rules found: 0 nothing, 1 a line, UNSURE a card, SURE a card that says so by itself."""
    if found is None or found.strength == "line":
        return int(found is not None)
    return SURE if found.sure else UNSURE


def _most_alike(words: str, likeness: Likeness, *, apart: bool) -> tuple[float, str]:
    """The sentence whose words are most like danger, after how much; `apart` looks at the shortest ones too."""
    parts = [sentence.strip() for sentence in sentences(words)]
    long = [part for part in parts if apart or part.count(" ") >= FEWEST_WORDS - 1] or parts or [words]
    return max((likeness.score(part), part) for part in long)


def _by_likeness(like: float, most_alike: str, found: Danger | None, likeness: Likeness) -> Danger | None:
    """What the words say without the encoder: a card where the rules saw none, a line where a rule is not enough."""
    if found is not None and found.sure:
        return found
    if found is not None and found.strength == "card":
        return found if like + RULE_WEIGHT >= likeness.card else replace(found, strength="line")
    if like >= likeness.card + (SOFTENED if found is not None else 0.0) and most_alike.count(" ") >= FEWEST_WORDS:
        return Danger(likeness.kind(most_alike), "card")
    return found or (Danger(likeness.kind(most_alike), "line") if like >= likeness.line else None)


def sentences(words: str) -> Iterator[str]:
    """The sentences of a message, each with a space before it; long ones in overlapping pieces."""
    for sentence in words.split(f" {STOP} ") if f" {STOP} " in words else [words]:
        parts = sentence.replace(f"{STOP} ", "").split()
        for start in range(0, max(1, len(parts) - OVERLAP), LONGEST_SENTENCE - OVERLAP):
            if piece := parts[start : start + LONGEST_SENTENCE]:
                yield " " + " ".join(piece)


def _person(words: str) -> Person:
    book = rule_book()
    young, adult = book.young.search(f" {words}"), book.adult.search(f" {words}")
    if bool(young) == bool(adult):
        return "unclear"
    return "young-person" if young else "adult"


def _about(words: str) -> About:
    """Whom it is about: the last one named; in "he says i want to die" it is still the other."""
    others = list(rule_book().other.finditer(f" {words}"))
    selves = list(SELF.finditer(f" {words} "))
    if not others:
        return "self" if selves else "unclear"
    if not selves or others[-1].start() >= selves[-1].start() or SAYS.search(words[others[-1].start() :]):
        return "other"
    return "self"


SELF = re.compile(r" (?:i|im|ive|id|ill|me|myself|my (?:own |arms?|legs?|wrists?|skin|head|life|self))(?= )")
SAYS = re.compile(r"\b(?:says|said|saying|told|tells|wrote|texted|text|keeps)\b")


LIKENESS: Likeness | None = likeness(word_classes())
