"""How sure a match is: its scores and the familiarity of its words, calibrated on phrases that were held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.arrays import Bools, Floats, Ints
from knowledge.matching.analysis import Phrase
from knowledge.matching.embeddings import Meaning
from knowledge.matching.ranking import Ranking

SURE = 0.69
"""A question is answered from this chance of being right on: of those answered some 95 in 100 then are."""

CHOICES = 0.38
"""A choice is offered from this chance of being right on: four in five questions out of scope lie below."""

MARGIN = 0.5
"""What the lead over the second counts beside the score itself: it tells wrong from right, not out of scope from in."""

STRANGE = 0.3
"""How fast confidence falls with each standard deviation by which the words are less familiar than a phrase's."""

LENGTH, LENGTH_READ = 0.3, 0.15
"""Confidence grows with the words of a question to this power: a long story never lies near one phrase, and is
seldom about something else; two words lie near something by chance. Less so where an encoder reads the whole of it.
For families' stories, read by words alone, 0.4 is better by 0.8 of AUROC, and worse by 0.3 for short questions."""

LONGEST_COUNTED = 60
"""It grows no further from so many words on: of posts of a hundred words that were surely answered one in five was answered wrongly."""

BEYOND = 1.3
"""How fast confidence falls as a question comes to mean what no entry answers (see Meaning.beyond). It makes the
familiarity of the words needless: in scope against out it alone has an AUROC of 95 to 98, the words 86."""

SATURATED, UNSATURATED = 0.04, 0.10
"""These count fully where at most 4 in 100 content words of a held-out phrase are new to the base, not at all
from 10 in 100 on: there a new word says nothing yet."""

HELD_OUT = 8
"""One phrase in so many is held out to calibrate."""

STRANGERS = 0.3
"""How much a phrase whose whole entry is held out counts beside one that is held out alone: so many questions are
taken to be out of scope."""

FEWEST = 30
"""With fewer held-out phrases nothing can be calibrated, and UNTRIED serves."""

MOST_TRIED = 600
"""Phrases that are tried; more change the thresholds in the third digit only."""


@dataclass(frozen=True)
class Familiarity:
    """How well the base knows the words of a question."""

    counts: Mapping[str, int]
    """In how many phrases each stem stands."""
    phrases: int
    mean: float
    """Of a phrase's mean rarity, had it not been in the base; and its standard deviation."""
    spread: float
    weight: float
    """0 where a new word says nothing, 1 where it does."""

    @classmethod
    def of(cls, phrases: Sequence[Phrase], weak: Bools) -> Familiarity:
        """Familiarity with the words of these phrases."""
        counts = Counter(word for phrase in phrases for word in set(phrase.stems))
        rarities: list[float] = []
        new = total = 0
        for phrase, is_weak in zip(phrases, weak.tolist(), strict=True):
            if is_weak or not phrase.content:
                continue
            others = [counts[word] - 1 for word in phrase.content]
            rarities.append(float(np.mean(np.log((len(phrases) + 1) / (np.array(others) + 1)))))
            new += others.count(0)
            total += len(others)
        share = new / total if total else 1.0
        weight = float(np.clip((UNSATURATED - share) / (UNSATURATED - SATURATED), 0, 1))
        spread = float(np.std(rarities)) if rarities else 1.0
        return cls(counts, len(phrases), float(np.mean(rarities)) if rarities else 0.0, max(spread, 1e-6), weight)

    def strangeness(self, phrase: Phrase) -> float:
        """By how many standard deviations the words are rarer than a phrase's; 0 for a question of common words only."""
        if not phrase.content:
            return 0.0
        counts = np.array([self.counts.get(word, 0) for word in phrase.content])
        return (float(np.mean(np.log((self.phrases + 1) / (counts + 1)))) - self.mean) / self.spread

    def confidence(self, scores: Floats, phrase: Phrase, vectors: Meaning | None) -> float:
        """How well the best entry fits, on a scale of the base's own."""
        if not len(scores):
            return 0.0
        first = float(scores.max())
        second = float(np.partition(scores, -2)[-2]) if len(scores) > 1 else 0.0
        margin = MARGIN * self.weight
        plain = (first + margin * (first - second)) / (1 + margin)
        if vectors is not None and vectors.whole:
            doubt, length = BEYOND * vectors.beyond(phrase.meaning), LENGTH_READ
        else:
            doubt, length = STRANGE * self.strangeness(phrase), LENGTH
        words = min(max(len(phrase.stems), 1), LONGEST_COUNTED)
        return plain * float(words ** (length * self.weight) * np.exp(-self.weight * doubt))


@dataclass(frozen=True)
class LogisticCurve:
    """The chance that the best entry is right, as a logistic curve over the logarithm of the confidence."""

    middle: float
    """The confidence at which the chance is one half."""
    slope: float
    tried: int = 0

    def chance(self, confidence: float) -> float:
        """The chance that the best entry is right, 0 to 1."""
        if confidence <= 0:
            return 0.0
        return float(1 / (1 + np.exp(-self.slope * (np.log(confidence) - np.log(self.middle)))))

    def as_json(self) -> dict[str, float]:
        """What the index cache keeps."""
        return asdict(self)


UNTRIED = LogisticCurve(middle=0.38, slope=5.0)
"""For a handful of phrases."""

FAMILIES, FAMILIES_READ = LogisticCurve(middle=0.226, slope=1.29), LogisticCurve(middle=0.1449, slope=1.535)
"""For a base whose words are saturated; the second where an encoder reads it. From families' questions (the open half):
there a phrase that was held out is much harder than a question (44 in 100 right, against 85), as its editor chose it to
be unlike the others. With a half or a third of the phrases the blend of the two curves by that weight still gives the
thresholds that were best. The slopes are flattened so that SURE and CHOICES serve both."""


def calibrate(
    phrases: Sequence[Phrase],
    owners: Ints,
    weak: Bools,
    allowed: Bools,
    entries: int,
    vectors: Meaning | None,
    settled: float,
) -> LogisticCurve:
    """Hold out one phrase in HELD_OUT, ask it of the rest, and fit the chance of being right (Platt, 1999).

    The more saturated the words of the base, the more FAMILIES counts in its place: `settled` is its Familiarity.weight.
    """
    families = FAMILIES_READ if vectors is not None and vectors.whole else FAMILIES
    if settled == 1:
        return families
    own = np.flatnonzero(allowed & ~weak)
    asked = own[HELD_OUT // 2 :: HELD_OUT]
    if len(asked) < FEWEST or len(np.unique(owners[own])) < 3:
        return UNTRIED
    asked = asked[np.unique(np.linspace(0, len(asked) - 1, min(len(asked), MOST_TRIED)).round().astype(np.int64))]
    kept = np.setdiff1d(np.arange(len(phrases)), asked)
    rest = [phrases[at] for at in kept.tolist()]
    ranking = Ranking.build(rest, owners[kept], weak[kept], entries, vectors)
    familiarity = Familiarity.of(rest, weak[kept])
    confidences, right, weights = [], [], []
    for at in asked.tolist():
        question = ranking.ask(phrases[at])
        scores = ranking.scores(question, allowed[kept])
        confidences.append(familiarity.confidence(scores, phrases[at], vectors))
        right.append(int(scores.argmax()) == owners[at])
        scores = ranking.scores(question, allowed[kept] & (owners[kept] != owners[at]))
        confidences.append(familiarity.confidence(scores, phrases[at], vectors))
        right.append(False)
        weights += [1.0, STRANGERS]
    return blend(fit(np.array(confidences), np.array(right), np.array(weights)), families, settled)


def blend(one: LogisticCurve, other: LogisticCurve, share: float) -> LogisticCurve:
    """The curve between two: `share` 0 is the one, 1 the other."""
    middle = np.exp((1 - share) * np.log(one.middle) + share * np.log(other.middle))
    return LogisticCurve(float(middle), (1 - share) * one.slope + share * other.slope, one.tried)


def fit(confidences: NDArray[np.float64], right: Bools, shares: NDArray[np.float64]) -> LogisticCurve:
    """The logistic curve of being right over the logarithm of the confidence, by Newton's method with a weak prior."""
    x = np.log(np.maximum(confidences, 1e-6))
    features = np.stack([np.ones_like(x), x - x.mean()], axis=1)
    good, bad = float(shares[right].sum()), float(shares[~right].sum())
    targets = np.where(right, (good + 1) / (good + 2), 1 / (bad + 2))
    weights = np.array([0.0, 3.0])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (shares * (chance - targets)) + np.array([0.0, 1e-2]) * weights
        bend = (features * (shares * chance * (1 - chance))[:, None]).T @ features + np.diag([1e-6, 1e-2])
        weights = weights - np.linalg.solve(bend, slope)
        weights[1] = np.clip(weights[1], 0.5, 20)
    return LogisticCurve(float(np.exp(x.mean() - weights[0] / weights[1])), float(weights[1]), len(x))
