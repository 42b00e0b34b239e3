"""Two needs in one message: what each part of it asks for by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from knowledge.entries import CRISIS
from knowledge.matching.calibration import CHOICES
from knowledge.matching.exact import ExactNames
from knowledge.matching.match import Match, Scored
from knowledge.matching.related import akin
from knowledge.matching.scoring import MOST_PARTS, Scorer
from knowledge.text.normalise import split_words

MOST_CHOICES = 3

WORTH_CHOOSING = 0.55
"""A choice beside the best one scores at least this share of it: of 295 lists 2 lose the right one by it that 0.3 holds, and what
fits far worse is not shown."""

LEAST_SECOND = 0.3
"""Where the second best scores less than this share, a message is about one thing."""

POST = 32
"""A message of more words is a story with one question, most likely: of 175 parents' posts 9 ask for two things."""

WORTH_IN_A_STORY = 0.6
"""The same in a long story, which lies near much that is beside the matter."""

NEED = 0.5
"""Each of two needs in one message has at least this chance of being right on its own."""

MARKED_NEED = 0.45
"""The same where the encoder marked both: that each is a need is known, and the whole message need not say so too."""

BESIDE_A_NEED = 0.5
"""Where two needs leave room for a third choice, what fits one of them second best is it from this share of the best on."""


def several_needs(
    parts: Sequence[str], base: Match, scorer: Scorer, names: ExactNames, *, marked: bool = False
) -> tuple[Scored, ...]:
    """Two or three entries that parts of the message ask for, each clearly, the best of the whole first; else none.

    Each has the chance that its part, taken by itself, asks for it.

    `base` is what was found for the whole message; `marked` where the span tagger told the parts.
    """
    first, second = (*(one.score for one in base.top[:2]), 0.0)[:2]
    if not marked and (first < CHOICES or second < LEAST_SECOND * first):
        return ()
    parts = [part for part in parts if len(part) > 1][:MOST_PARTS]
    if len(parts) < 2:
        return ()
    least = MARKED_NEED if marked else NEED
    tops = [top for part in parts if (top := asked_by(part, base, scorer, names)) and top[0].score >= least]
    tops.sort(key=lambda top: -top[0].score)
    best = base.top[0].entry if base.top else None
    surest: dict[str, Scored] = {}
    for one, *_ in tops:
        entry = best if best is not None and akin(one.entry.id, best.id) else one.entry
        surest.setdefault(entry.id, replace(one, entry=entry))
    both = tuple(surest.values())[:MOST_CHOICES]
    if len(both) < 2 or not (marked or any(one.entry is best for one in both)):
        return ()
    both = tuple(sorted(both, key=lambda one: one.entry is not best))
    known = {one.entry.id for one in both}
    others = [
        (one.score / top[0].score, one)
        for top in tops
        for one in top[1:]
        if one.entry.id not in known
        and not any(akin(one.entry.id, id_) for id_ in known)
        and one.entry.id != CRISIS
        and one.score >= BESIDE_A_NEED * top[0].score
    ]
    third = max(others, key=lambda other: other[0], default=None)
    return (*both, third[1])[:MOST_CHOICES] if third is not None else both


def asked_by(part: str, base: Match, scorer: Scorer, names: ExactNames) -> tuple[Scored, ...]:
    """What a part of a message asks for by itself, best first; none where it says nothing, or is small talk."""
    analysis = scorer.analyser.analyse(split_words(part))
    if not scorer.tells(analysis):
        return ()
    exact = names.named(analysis.typed, base.area)
    if exact is not None:
        return () if exact.small_talk else (Scored(exact, 1.0),)
    scores = scorer.plain(analysis, base.area)
    scorer.adjust(scores, analysis, None, "parent")
    for name in base.rejected:
        scores[scorer.position[name]] = 0
    top = scorer.top(scores, scorer.chance(scores, analysis, base.area))
    return tuple(one for one in top if not one.entry.small_talk) if top and not top[0].entry.small_talk else ()
