"""Scores of entries for an analysed text: by area, age and audience, and the chance that the best one is right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from knowledge.arrays import Floats
from knowledge.entries import NATIONAL, Audience, Library
from knowledge.matching import related
from knowledge.matching.analysis import Analyser, Analysis, Phrase
from knowledge.matching.embeddings import Meaning
from knowledge.matching.index import Index, allowed_phrases
from knowledge.matching.match import Scored
from knowledge.matching.span_tagger import Pieces
from knowledge.text.normalise import split_words
from knowledge.text.segments import sentences

MOST_TOP = 10

MOST_PARTS = 4
"""Parts of a message that are looked at on their own; what a longer one says after them is read as a whole only."""

WHOLE = 0.75
"""What a whole message counts beside its best sentence: not every sentence asks."""

STORY = 25
"""From so many words on a message is a story, of which most is no question."""

STORY_WHOLE, STORY_PARTS = 0.7, 8
"""What a story counts as a whole beside its parts, and how many are looked at: those that most likely ask for something. With it the
best find is right for .85 of parents' posts, with the best of the first four sentences for .81 (0.5 to 0.85 are alike)."""

OWN = 1.2
"""How much better an area's own entry is than a national one that fits as well."""

TWIN = 0.25
"""An area's own entry stands before the national one on the same subject from this share of its score on."""

UNCHOSEN = 0.5
"""How much worse a local entry is while no area is chosen: national ones answer unless they clearly do not fit."""

OTHER_AGE = 0.8
"""How much worse an entry is for an age that it is not for."""

AUDIENCE = 0.001
"""Breaks ties only."""

SMALL_TALK_WORDS = 12
"""Longer messages are never small talk."""

REMEMBERED = 16
"""Texts whose scores are kept while a message is matched: one part in seven of a message is asked for twice."""


@dataclass(frozen=True)
class ScoredAnalysis:
    """A message or a part of it, with the score of each entry and the chance that the best is right."""

    analysis: Analysis
    scores: Floats
    chance: float
    pieces: Pieces
    """Of a story; else empty."""


class Scorer:
    """Scores the entries of one library; the same text always gets the same scores."""

    def __init__(
        self, library: Library, index: Index, analyser: Analyser, vectors: Meaning | None, small_words: frozenset[str]
    ) -> None:
        """`small_words` are the stems that small talk is made of."""
        self.entries = library.entries
        self.analyser, self.vectors = analyser, vectors
        self.ranking, self.familiarity, self.curve = index.ranking, index.familiarity, index.limits
        self.allowed = allowed_phrases(library, self.ranking.owners)
        self.everywhere = np.ones(len(self.ranking.owners), bool)
        self.national = np.array([entry.area == NATIONAL for entry in self.entries], bool)
        self.small = np.array([entry.small_talk for entry in self.entries], bool)
        self.position = {entry.id: at for at, entry in enumerate(self.entries)}
        self.twins = related.twins(self.entries)
        self.kindred, self.kin = related.kindred(self.entries), related.kin(self.entries)
        self.other_words = {word for word in self.familiarity.counts if word not in small_words}
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._plain)

    @property
    def views(self) -> int:
        """How many views a question is compared in: three, or two without one by meaning."""
        return 2 if self.vectors is None else 3

    def tells(self, analysis: Analysis) -> bool:
        """Whether any word could tell one need from another."""
        return any(word in self.familiarity.counts for word in analysis.phrase.content)

    def chance(self, scores: Floats, analysis: Analysis, area: str | None) -> float:
        """The chance that the best entry is right; in an area chosen one on the same subject is no rival of it."""
        alike = self.kin.get(int(scores.argmax())) if area is not None and len(scores) else None
        if alike is not None:
            scores = scores.copy()
            scores[alike] = 0.0
        return self.curve.chance(self.familiarity.confidence(scores, analysis.phrase, self.vectors))

    def whole(self, analysis: Analysis, text: str, area: str | None, pieces: Pieces) -> Floats:
        """The score of each entry for a whole message, and for the sentence of it that fits it best; of a story for its `pieces`."""
        whole = self.plain(analysis, area)
        if pieces:
            return self._story(whole, area, pieces)
        parts = sentences(text)[:MOST_PARTS]
        if len(parts) < 2:
            return whole
        best = whole
        for part in parts:
            one = self.analyser.analyse(split_words(part))
            if len(one.phrase.content) >= 2:
                best = np.maximum(best, self.plain(one, area))
        return np.asarray(WHOLE * whole + (1 - WHOLE) * best, dtype=np.float32)

    def _story(self, whole: Floats, area: str | None, pieces: Pieces) -> Floats:
        """The score of each entry for a long message, and for its parts, each as much as it likely asks for something.

        Its own best is kept, as that is what the chance of being right is worked out from.
        """
        read = [(asked, self.analyser.analyse(split_words(part))) for part, asked in pieces[:STORY_PARTS]]
        read = [(asked, one) for asked, one in read if len(one.phrase.content) >= 2]
        if len(pieces) < 2 or not read:
            return whole
        beside = np.sum([asked * self.plain(one, area) for asked, one in read], axis=0)
        return up_to(float(whole.max()), STORY_WHOLE * whole + (1 - STORY_WHOLE) * up_to(float(whole.max()), beside))

    def plain(self, analysis: Analysis, area: str | None) -> Floats:
        """The score of each entry that may answer in the area. With none chosen local entries answer too, worse."""
        return self._remembered(analysis.phrase, area).copy()

    def forget(self) -> None:
        """Keep no text any longer: the message has been matched."""
        self._remembered.cache_clear()

    def _plain(self, phrase: Phrase, area: str | None) -> Floats:
        if not phrase.stems or not self.entries:
            return np.zeros(len(self.entries), np.float32)
        question = self.ranking.ask(phrase)
        if area is None:
            anywhere = UNCHOSEN * self.ranking.scores(question, self.everywhere)
            return np.where(self.national, self.ranking.scores(question, self.allowed[NATIONAL]), anywhere)
        scores = self.ranking.scores(question, self.allowed.get(area, self.allowed[NATIONAL]))
        return self.own_first(scores, area)

    def own_first(self, scores: Floats, area: str) -> Floats:
        """The scores with an area's own entries before national ones that are as good."""
        out = np.where(self.national, scores, OWN * scores).astype(np.float32)
        for own, wide in self.twins.get(area, ()):
            if TWIN * out[wide] <= out[own] < out[wide]:
                out[own], out[wide] = out[wide], out[own]
        return out

    def adjust(self, scores: Floats, analysis: Analysis, years: int | None, audience: Audience) -> None:
        """Weigh small talk, age and audience, in place."""
        content = set(analysis.phrase.content)
        if len(analysis.typed) > SMALL_TALK_WORDS or content & self.other_words:
            scores[self.small] = 0
        for at in np.flatnonzero(scores > 0).tolist():
            entry = self.entries[at]
            if years is not None and entry.ages is not None and not entry.ages[0] <= years <= entry.ages[1]:
                scores[at] *= OTHER_AGE
            if audience in entry.audience:
                scores[at] += AUDIENCE

    def together(self, scores: Floats) -> None:
        """With no area chosen, the best of the local entries on one subject stands for all of them, in place.

        Each has learned to be told from the others, so that a question that fits all would fit none.
        """
        for positions in self.kindred:
            best = positions[int(scores[positions].argmax())]
            scores[best] = min(1.0, float(np.clip(scores[positions], 0, None).sum()))

    def top(self, scores: Floats, chance: float) -> tuple[Scored, ...]:
        """Up to MOST_TOP entries, best first, the best with the chance that it is right."""
        order = np.argsort(-scores, kind="stable")[:MOST_TOP]
        best = float(scores[order[0]]) if len(order) else 0.0
        return tuple(
            Scored(self.entries[at], round(chance * float(scores[at]) / best, 4))
            for at in order.tolist()
            if scores[at] > 0
        )


def up_to(most: float, scores: Floats) -> Floats:
    """The scores, so that the best of them is `most`."""
    return np.asarray(scores * (most / max(float(scores.max()), 1e-6)), dtype=np.float32)
