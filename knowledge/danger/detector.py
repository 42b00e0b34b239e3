"""Danger in what a person typed: what kind, how sure, who writes about whom; by readable rules, likeness and meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from knowledge.danger.at_home import by_a_child, is_now, is_on_us
from knowledge.danger.classifier import Likeness, likeness
from knowledge.danger.judge import Meant, judge
from knowledge.danger.judgement import Weighed, judgement
from knowledge.danger.languages import danger_in, is_english
from knowledge.danger.rules import About, Finding, Tier, read, rule_book, word_classes
from knowledge.danger.tidy_text import STOP

Strength = Literal["card", "line"]
Person = Literal["adult", "young-person", "unclear"]

LONGEST_SENTENCE = 60
"""In words: what runs on for longer is read in pieces, so that no rule takes long."""
OVERLAP = 20
"""Words that a piece shares with the one before it."""
BEFORE, AFTER = 60, 48
"""How far around a rule's words, in characters, a course, a policy or a time long ago still bears on them."""
FEWEST_WORDS = 3
"""Shorter sentences are too short to be likened by themselves."""
ASKED_FROM = -1.3
"""Where no rule holds and the words are less like danger than this, the encoder is not asked."""
CLAUSE = 4
"""Where a rule found danger, clauses of up to so many words are judged by themselves too, as other talk drowns a short cry."""
LINE = "line-"
"""Kinds that only ever get the gentle line."""
MEDICAL = "medical"
HITS, DOMESTIC, ABUSE = "hits", "domestic", "abuse"
"""A child's violence, and the kinds that it is taken for. Whoever is young and hurt by it always has the card."""
NEVER_PAST = frozenset({"abuse", "sexual", "crisis"})
"""Telling of being hurt or abused gets the card, however long ago: there is no time limit for it (national/crisis)."""


@dataclass(frozen=True)
class Danger:
    """What a message says of danger."""

    kind: str
    """`suicide`, `self-harm`, `abuse`, `domestic`, `hits` (a child does), `sexual`, `parent-fear`, `online`,
    `exploitation`, `missing`, `medical`, `crisis`; for a line also `worn`, `low`, `past`, `worry`, `language`."""
    strength: Strength
    person: Person = "unclear"
    """Who writes, as far as the words tell."""
    about: About = "unclear"
    """Whether it is about the one who writes, or someone else."""
    sure: bool = False
    """True where a rule found words that nothing outweighs: they hardly ever mean anything else."""
    plain: bool = False
    """True where a sentence says this and nothing else: nothing outweighs it."""
    alone: bool = False
    """True where no rule found it: it is only like messages that speak of danger."""


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
    if (kind := danger_in(text)) is not None:
        return Danger(kind, "card", sure=True)
    words = read(text)
    found = by_rules(words) if words else None
    if not is_english(text):
        return _foreign(found)
    if not words:
        return None
    if found is not None and found.tier == "denied" and _is_all_denied(words):
        return Danger(found.kind, "line")
    outcome = _weighed(_reasons(text, words, found))
    if outcome is None:
        return None
    about = outcome.about if outcome.about != "unclear" else _about(words)
    return _at_home(replace(outcome, person=_person(words), about=about), words)


def _at_home(found: Danger, words: str) -> Danger:
    """Violence at home: a child who hits is no partner who does. It gets the line, and a card where it cannot wait (S).

    What was asked stands under that card always: it is how to keep everybody safe.
    """
    is_at_home = found.kind == DOMESTIC or (found.kind == ABUSE and is_on_us(words))
    by_child = by_a_child(words) if is_at_home else None
    if by_child is None:
        return found
    waits = by_child == "surely" and found.person != "young-person" and not is_now(words)
    return replace(found, kind=HITS, strength="line" if waits else found.strength, sure=False)


def _is_all_denied(words: str) -> bool:
    """Whether a message is a question about danger, answered with no, and hardly anything else."""
    left = rule_book().answered.sub(" ", f" {words}")
    return left != f" {words}" and sum(word != STOP for word in left.split()) < FEWEST_WORDS


def _foreign(found: Finding | None) -> Danger:
    """What is not English gets 999 and 111 in one line (S1), and the card only for what a rule is sure of in it."""
    if found is not None and judgement().is_explicit(found):
        return Danger(found.kind, "card", about=found.about, sure=True)
    return Danger(FOREIGN, "line")


FOREIGN = "language"
"""The kind of a line under a message that is not English."""


def by_rules(words: str) -> Finding | None:
    """What the rules find in a message as they read it: of several the one with the best record."""
    book = rule_book()
    open_words = book.answered.sub(" ~", f" {words}")
    sentences_of = list(sentences(open_words))
    for sentence in sentences_of:
        said = sentence.removesuffix(f" {STOP}")
        for kind, patterns in book.plain.items():
            if (rule := next((one for one in patterns if one.fullmatch(said)), None)) is not None:
                return Finding(kind, "plain", book.names[rule], _about(sentence))
    found = [Finding("low", "denied")] if open_words != f" {words}" else []
    for sentence in sentences_of:
        for kind, softer in (("low", book.denials), ("hits", book.milder), ("past", book.adopted)):
            softened = softer.sub(" ~", sentence)
            if softened != sentence:
                found.append(Finding(kind, "past" if kind == "past" else "denied"))
                sentence = softened
        found += _cards(sentence) or _lines(sentence)
    if not found:
        return None
    best = max(found, key=lambda one: (one.tier in CARDS, judgement().record(one).danger))
    return replace(best, kinds=frozenset(one.kind for one in found if one.tier in CARDS))


CARDS = ("plain", "sure", "card", "told")


def _cards(sentence: str) -> list[Finding]:
    """What asks for a card, by kind; or what is long past. Nothing where it is a course, a rule or a story."""
    book = rule_book()
    is_told, is_past = bool(book.told.search(sentence)), False
    kinds: dict[str, Finding] = {}
    by_tier: tuple[tuple[Tier, Mapping[str, tuple[re.Pattern[str], ...]]], ...]
    by_tier = (("sure", book.sure), ("card", book.card))
    for tier, rules in by_tier:
        for kind, patterns in rules.items():
            for pattern in patterns:
                if (match := pattern.search(sentence)) is None:
                    continue
                around = sentence[max(0, match.start() - BEFORE) : match.end() + AFTER]
                if tier == "card":
                    if book.lowered.search(around):
                        continue
                    if kind not in NEVER_PAST and (
                        book.past.search(around) or (kind == MEDICAL and book.mended.search(sentence))
                    ):
                        is_past = True
                        continue
                one = Finding(kind, "told" if is_told else tier, book.names[pattern], _about(sentence[: match.end()]))
                if kind not in kinds or judgement().record(one).danger > judgement().record(kinds[kind]).danger:
                    kinds[kind] = one
    if not kinds:
        return [Finding("past", "past")] if is_past else []
    best = max(kinds.values(), key=lambda one: judgement().record(one).danger)
    return [replace(best, kind=_most_alike_kind(kinds, sentence))]


def _most_alike_kind(kinds: Mapping[str, Finding], sentence: str) -> str:
    """Where rules of several kinds hold: the kind whose examples use such words most."""
    if len(kinds) == 1 or LIKENESS is None:
        return next(iter(kinds))
    return LIKENESS.kind(sentence, tuple(kinds))


def _lines(sentence: str) -> list[Finding]:
    book = rule_book()
    if book.lowered.search(sentence):
        return []
    return [
        Finding(kind.removeprefix(LINE), "line", book.names[pattern])
        for kind, patterns in book.line.items()
        for pattern in patterns
        if pattern.search(sentence)
    ]


@dataclass(frozen=True)
class Reasons:
    """What a judgement rests on."""

    found: Finding | None
    likeness: float = 0.0
    most_alike: str = ""
    meant: Meant | None = None
    weighed: Weighed | None = None
    """None where a rule settles it alone: it is explicit, or there is nothing else."""
    least_line: float = 0.0
    """From here up the line is given."""


def _reasons(text: str, words: str, found: Finding | None) -> Reasons:
    """What the rules found, weighed with the likeness of the words and with what the message means as a whole."""
    if LIKENESS is None or judgement().is_explicit(found):
        return Reasons(found)
    is_card = found is not None and found.tier in CARDS
    like, most_alike = most_like_danger(words, LIKENESS, apart=is_card)
    meant = meaning(text, LIKENESS, CLAUSE if is_card else 0) if found or like >= ASKED_FROM else None
    least = next((least for count, least in LINE_IF_LONG if len(text.split()) >= count), 0.0)
    return Reasons(found, like, most_alike, meant, judgement().weigh(found, like, meant), least)


def _is_sure(reasons: Reasons) -> bool:
    """Whether a sure rule holds that the meaning does not gainsay: a question beside it takes no card away."""
    found, meant = reasons.found, reasons.meant
    return found is not None and found.tier == "sure" and (meant is None or meant.danger >= GAINSAID)


LINE_IF_LONG = ((40, 2.0), (20, 1.0))
"""What is likened and what is meant are the most that any part says, and a story has many parts: from so many words on the line needs
so much more. Of 58 parents' posts 10 in 100 have it (21 with 1.0 from 40 words, 62 with none of this), of 100 stories without danger 12
(31); of 518 messages of danger with 25 words and more 98 still have a card or the line (99)."""

GAINSAID = -2.0
"""From here down (log odds) the meaning gainsays a sure rule. Of 1,500 public comments as many got a card with it as without,
1.2 in 100; from -3 on it would be 1.5."""


def _weighed(reasons: Reasons) -> Danger | None:
    """What comes of the reasons."""
    found, weighed = reasons.found, reasons.weighed
    is_card = found is not None and found.tier in CARDS
    strength: Strength
    if weighed is None:
        strength = "card" if is_card else "line"
    elif weighed.card >= 0 or weighed.line >= reasons.least_line or _is_sure(reasons):
        strength = "card" if weighed.card >= 0 or _is_sure(reasons) else "line"
    else:
        return None
    if found is not None and (is_card or strength == "line"):
        is_explicit = (weighed is None and judgement().is_explicit(found)) or (is_card and found.tier == "sure")
        meant = reasons.meant.kind if reasons.meant is not None and found.tier == "card" else ""
        kind = meant if meant in found.kinds else found.kind  # of several kinds that rules find, the one that is meant
        return Danger(kind, strength, about=found.about, sure=is_explicit, plain=found.tier == "plain")
    if reasons.meant is not None:
        return Danger(reasons.meant.kind, strength, alone=found is None)
    return (
        Danger(LIKENESS.kind(reasons.most_alike), strength, alone=found is None)
        if LIKENESS is not None and weighed is not None
        else None
    )


def explained(text: str) -> str:
    """Why a message gets the card, the line or neither, in plain lines for editors."""
    outcome = danger(text)
    said = [f"danger: {outcome.strength if outcome else 'none'}{f' ({outcome.kind})' if outcome else ''}"]
    if (kind := danger_in(text)) is not None:
        return "\n".join([*said, f"  words of another language: {kind}"])
    words = read(text)
    found = by_rules(words) if words else None
    record = judgement().record(found)
    name = f"{found.kind}, {found.tier} ({found.rule or 'a mark of it'})" if found else "none"
    said.append(f"  rule: {name}; record {record.danger:+.1f} for danger, {record.trouble:+.1f} for anything wrong")
    if not is_english(text):
        return "\n".join([*said, "  not English: neither likeness nor meaning is asked"])
    reasons = _reasons(text, words, found)
    if reasons.weighed is None:
        return "\n".join([*said, "  explicit: nothing outweighs it" if found else "  nothing else to go by"])
    said.append(f"  likeness {reasons.likeness:+.1f}: {reasons.most_alike}")
    if reasons.meant is None:
        said.append("  meaning: not asked, or nobody here can tell")
    else:
        meant = reasons.meant
        said.append(f"  meaning {meant.danger:+.1f} for danger ({meant.kind}), {meant.trouble:+.1f} for anything wrong")
    card, line = judgement().parts(reasons.meant is not None)
    said.append(f"  together {reasons.weighed.card:+.1f} for the card ({card})")
    said.append(
        f"  together {reasons.weighed.line:+.1f} for the line ({line}); given from 0 and {reasons.least_line:g} up"
    )
    return "\n".join(said)


def meaning(text: str, likeness: Likeness, apart: int) -> Meant | None:
    """What the message means; None where nobody can tell. A fault of the encoder leaves the rules their say."""
    judging = judge()
    if judging is None:
        return None
    try:
        return judging.judged(text, lambda part: most_like_danger(read(part), likeness, apart=True)[0], apart=apart)
    except Exception:  # noqa: BLE001 - see above
        return None


def most_like_danger(words: str, likeness: Likeness, *, apart: bool) -> tuple[float, str]:
    """The sentence whose words are most like danger, after how much; `apart` looks at the shortest ones too."""
    parts = [sentence.strip() for sentence in sentences(words)]
    long = [part for part in parts if apart or part.count(" ") >= FEWEST_WORDS - 1] or parts or [words]
    return max((likeness.score(part), part) for part in long)


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
