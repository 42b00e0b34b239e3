"""Finding the entry that a question asks for: sure, a choice of two or three, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from knowledge.arrays import Floats
from knowledge.entries import CRISIS, JARGON, NATIONAL, Audience, Entry, Library, Term
from knowledge.matching import related
from knowledge.matching.analysis import Analyser, Analysis
from knowledge.matching.calibration import CHOICES, SURE
from knowledge.matching.embeddings import meaning
from knowledge.matching.exact import ExactNames
from knowledge.matching.facet_reader import Asked, facet_reader
from knowledge.matching.index import Index, open_index
from knowledge.matching.match import Match, Scored
from knowledge.matching.needs import MOST_CHOICES, POST, WORTH_CHOOSING, WORTH_IN_A_STORY, several_needs
from knowledge.matching.negation import Rejection, rejection
from knowledge.matching.scoring import MOST_TOP, STORY, ScoredAnalysis, Scorer, up_to
from knowledge.matching.span_tagger import Spans, tagger
from knowledge.text.glossary import Glossary, asks_what
from knowledge.text.normalise import COMMON, clean, split_words
from knowledge.text.places import Place, without_place
from knowledge.text.said import Said
from knowledge.text.segments import needs
from knowledge.text.spelling import Speller

FEWEST_WORDS = 3
"""Shorter messages are all question."""

LOCAL = 0.75
"""With no area chosen: from this share of their score on, an area's own entry is offered before the crisis numbers."""

KINDRED = 0.45
"""The same before any national entry, where a number is asked for of a service that several areas have."""

MEANT = re.compile(
    r"^(?:(?:no|nope|nah|sorry|oh|er|um|actually)\W{1,3}){0,3}(?:i|we) (?:meant|mean)\W{1,3}(?!not?\b)", re.IGNORECASE
)
"""What is meant follows, and the "no" before it rejects what was said before, which stands in no message."""
CONTACT = frozenset("phone telephone number numbers email mail ring call contact address reach website".split())
"""Words of somebody who asks how to reach a service."""

CLEARER = 0.1
"""What a part of a message must be surer than the whole to be scored in its place; else it may add a choice."""

HOLDS_HERE = 0.5
"""See _national_first."""
SURE_SMALL_TALK = 0.4
"""Small talk that is best is answered from this chance on: a wrong "hello" misleads nobody."""


ENTRIES_READ = 512
"""Entries whose facets' meaning is held, some 50 KB each."""
ASKS_BY_NAME = 12
"""In more words than this a name may stand in passing: "sendiass told me that"."""
NAMED_SHARE = 0.4
"""An area's own entry whose name was said stands before the best national one from this share of its score on."""


def _national_first(top: tuple[Scored, ...], typed: tuple[str, ...]) -> tuple[Scored, ...]:
    """With no area chosen, a national entry comes before an area's own that fits little better: it holds everywhere.

    Not where a service is to be reached, as only the area's own says how (interfaces.md: "national entries answer").
    """
    best = top[0]
    if best.entry.area == NATIONAL or not CONTACT.isdisjoint(typed):
        return top
    other = next((one for one in top if one.entry.area == NATIONAL), None)
    if other is None or other.entry.small_talk or other.entry.id == CRISIS or other.score < HOLDS_HERE * best.score:
        return top
    return (other, *(one for one in top if one is not other))


class Matcher:
    """Finds entries of one library. Safe to share between threads; the same question always gives the same match."""

    def __init__(self, library: Library, *, cache: Path | None = None, before: Matcher | None = None) -> None:
        """Index the library; `cache` is the folder of the index cache, or None for none.

        `before` is the matcher of a library that differs little, which makes it quicker.
        """
        self.library = library
        self.entries = library.entries
        vectors = meaning(library)
        self.meaning_name: str = vectors.name if vectors is not None else ""
        same = before is not None and vectors is not None and before.meaning_name == self.meaning_name
        old = (before.library, before.index) if before is not None and same else None
        self.index: Index = open_index(library, vectors, cache, old)
        index = self.index
        glossary = Glossary(library.terms, used=index.used)
        self.counts = dict(index.counts)
        for form in glossary.by_form:
            for word in form:
                self.counts.setdefault(word, 1)
        self.glossary = glossary
        self._known_meanings = lru_cache(maxsize=ENTRIES_READ)(self._meanings)
        self.names = ExactNames(library, glossary)
        self.analyser = Analyser(glossary, Speller(self.counts))
        self.scorer = Scorer(library, index, self.analyser, vectors, self.names.small_words)
        self.shared = {at for positions in self.scorer.kindred for at in positions.tolist()}

    def match(self, question: str, area: str | None = None, audience: Audience = "parent") -> Match:
        """The entry that a text asks for. `area` None is not chosen yet; an unknown one is not covered."""
        return self.find(Said.read(question, self.library), area, audience)

    def find(self, said: Said, area: str | None = None, audience: Audience = "parent") -> Match:
        """The entry that a message asks for, as `match` finds it for a text."""
        try:
            return self._found(said, area, audience)
        finally:
            self.scorer.forget()

    def alike(self, text: str, others: tuple[str, ...]) -> list[float]:
        """How alike in meaning a message is to each of some texts of the content, -1 to 1; 0 where nobody can tell."""
        if self.scorer.vectors is None or not text:
            return [0.0] * len(others)
        return self._near(self._meaning(text), others)

    def _near(self, vector: Floats, others: tuple[str, ...]) -> list[float]:
        found: list[float] = (self._known_meanings(others) @ vector).tolist() if others else []
        return found

    def asked(self, text: str) -> Asked:
        """What a message asks of an entry, by the encoder that was taught facets; without it, by its meaning alone."""
        reader = facet_reader()
        if reader is None or not text:
            return Asked(lambda others: self.alike(text, others))
        vector, named = reader.read(self._read(text))
        if self.scorer.vectors is None or not self.scorer.vectors.whole:  # another encoder read this content
            return Asked(lambda others: self.alike(text, others), named)
        return Asked(lambda others: self._near(vector, others), named)

    def _meaning(self, text: str) -> Floats:
        assert self.scorer.vectors is not None
        return self.scorer.vectors.of(self._read(text))

    def _meanings(self, texts: tuple[str, ...]) -> Floats:
        """Shape (texts, width)."""
        return np.array([self._meaning(text) for text in texts], np.float32)

    def _read(self, text: str) -> str:
        """A text as the encoder reads it."""
        return self.scorer.analyser.phrase(split_words(clean(text))).meaning

    def _found(self, said: Said, area: str | None, audience: Audience) -> Match:
        area = said.place.area or area or self._only_area()
        text = MEANT.sub("", said.text)
        spans = self._spans(text)
        out = rejection(text, spans, area, self.scorer, self.names)
        kept = text if out is None else out.left
        whole = self._scored(kept, said, out, area, audience, spans)
        parts = less(kept, spans, said.place) if whole.chance < SURE else []
        scored = [self._scored(part, said, out, area, audience, spans) for part in parts]
        best = clearest(whole, [one for one in scored if self.scorer.tells(one.analysis)])
        analysis = whole.analysis
        base = Match(
            top=self.scorer.top(best.scores, best.chance),
            understood=self._understood(analysis),
            mended=analysis.mended,
            area=area,
            rejected=() if out is None else tuple(self.entries[at].id for at in out.about.tolist()),
            asked=() if spans is None else spans.asks,
            pieces=whole.pieces,
            scored=best.analysis,
        )
        match = self._decide(base, analysis, kept, spans)
        story = len(analysis.typed) > POST  # "is it legal to send him home and not call it a suspension?"
        if out is None or story or match.sure is None or self.scorer.position[match.sure.id] not in out.near:
            return match
        choices = () if self.names.named(analysis.typed, area) else self._choices(match.top)
        return replace(match, sure=None, choices=choices) if choices else match

    def _spans(self, text: str) -> Spans | None:
        """What a message of some words asks and rejects; None where no encoder was taught these entries."""
        vectors = self.scorer.vectors
        found = tagger() if vectors is not None and vectors.whole else None
        return None if found is None or len(text.split()) < FEWEST_WORDS else found.spans(text)

    def _scored(
        self, text: str, said: Said, out: Rejection | None, area: str | None, audience: Audience, spans: Spans | None
    ) -> ScoredAnalysis:
        """The score of each entry for a message or a part of it."""
        analysis = self.analyser.analyse(said.words if text == said.text else split_words(text))
        pieces = () if spans is None or len(analysis.typed) < STORY else spans.pieces(text)
        scores = self.scorer.whole(analysis, text, area, pieces)
        if out is not None:
            scores[out.about] = 0
        self.scorer.adjust(scores, analysis, said.years, audience)
        if area is None:
            self.scorer.together(scores)
        return ScoredAnalysis(analysis, scores, self.scorer.chance(scores, analysis, area), pieces)

    def _decide(self, base: Match, analysis: Analysis, text: str, spans: Spans | None) -> Match:
        """Sure, choices, or none."""
        named = self._named(base, analysis, text)
        if named is not None:
            return named
        if not base.top:
            return base
        if not (base.top[0].entry.small_talk or self.scorer.tells(analysis)):
            clear = base.area is not None and base.top[0].score >= SURE and not base.rejected
            return replace(base, choices=self._choices(base.top)) if clear else base  # "is there any help for me"
        if base.area is None:
            base = replace(base, top=_national_first(self._local_first(base.top, analysis.typed), analysis.typed))
        elif not base.rejected and len(analysis.typed) <= ASKS_BY_NAME:
            base = replace(base, top=self._own_named_first(base.top, base.area, analysis.typed))
        best = base.top[0]
        story = len(analysis.typed) > POST  # in which the parts that are marked may all be beside the matter
        both = several_needs(spans.asks, base, self.scorer, self.names, marked=not story) if spans is not None else ()
        if not both:
            parts = [part for part in needs(text) if spans is None or spans.may_ask(part)]
            both = several_needs(parts, base, self.scorer, self.names)
        if both:
            needs_sure = tuple(one.score for one in both)
            return replace(base, choices=tuple(one.entry for one in both), two_needs=True, needs=needs_sure)
        local = base.area is None and best.entry.area != NATIONAL
        if best.score >= (SURE_SMALL_TALK if best.entry.small_talk else SURE) and not local:
            return replace(base, sure=best.entry)
        if best.score >= CHOICES and not best.entry.small_talk:
            some = local or (base.area is None and any(one.area != NATIONAL for one in self._choices(base.top)))
            return replace(base, choices=self._areas(base.top) if some else self._choices(base.top, story=story))
        return base

    def _local_first(self, top: tuple[Scored, ...], typed: tuple[str, ...]) -> tuple[Scored, ...]:
        """With no area chosen, a local entry comes before a national one that fits little better.

        So where a service that several areas have is to be reached ("local offer phone number"), and before crisis
        numbers that nobody clearly asked for ("phone number").
        """
        best = top[0]
        local = next((one for one in top if one.entry.area != NATIONAL), None)
        if local is None or local is best:
            return top
        asked = self.scorer.position[local.entry.id] in self.shared and not CONTACT.isdisjoint(typed)
        alike = KINDRED if asked else 1.0
        if best.entry.id == CRISIS and best.score < SURE:
            alike = min(alike, LOCAL)
        if best.entry.small_talk or local.score < alike * best.score:
            return top
        return (replace(local, score=best.score), *(one for one in top if one is not local))

    def _own_named_first(self, top: tuple[Scored, ...], area: str, typed: tuple[str, ...]) -> tuple[Scored, ...]:
        """An area's own entry whose name was said comes before a national one that fits little better ("camhs number")."""
        best = top[0]
        if best.entry.area != NATIONAL or best.entry.small_talk or best.entry.id == CRISIS:
            return top
        said = f" {' '.join(typed)} "
        for one in top[1:]:
            if (
                one.entry.area == area
                and one.score >= NAMED_SHARE * best.score
                and any(f" {name} " in said for name in self.names.forms(one.entry))
            ):
                return (replace(one, score=best.score), *(other for other in top if other is not one))
        return top

    def _choices(self, top: tuple[Scored, ...], *, story: bool = False) -> tuple[Entry, ...]:
        """Two or three of the best; the crisis entry, which safety alone brings, only where it is the best."""
        fit = [one for at, one in enumerate(top) if not one.entry.small_talk and (one.entry.id != CRISIS or not at)]
        share = WORTH_IN_A_STORY if story else WORTH_CHOOSING
        worthy = [one.entry for one in fit if one.score >= share * top[0].score][:MOST_CHOICES]
        return tuple(worthy) if len(worthy) > 1 else tuple(one.entry for one in fit[:2] if len(fit) > 1)

    def _areas(self, top: tuple[Scored, ...]) -> tuple[Entry, ...]:
        """The best local entry, those of other areas on the same subject, and the next best; a national one leads if it is best."""
        some = self._choices(top)
        best = top[0].entry if top[0].entry.area != NATIONAL else next(one for one in some if one.area != NATIONAL)
        about = related.subject(best.id)
        same = [entry for entry in self.entries if entry.area != NATIONAL and related.subject(entry.id) == about]
        others = [entry for entry in some if entry not in same]
        same.sort(key=lambda entry: entry is not best)
        first = others[:1] if others and others[0] is top[0].entry else []
        every = [*first, *same, *others[len(first) :]]
        return tuple(
            every[: max(MOST_CHOICES, len(first) + len(same))]
        )  # however many areas there are, none is left out

    def _named(self, base: Match, analysis: Analysis, text: str) -> Match | None:
        """The match where the question is nothing but a name: small talk, a title, another name, a term."""
        words = analysis.typed
        if words in self.names.small_talk:
            return self._first(base, self.names.small_talk[words])
        if asks_what(words):
            explained = self._explained(base, self.glossary.asked(words))
            if explained is not None:
                return explained
        exact = self.names.all_named(words, base.area)
        if exact:
            if len(exact) > 1:
                return self._one_of(base, exact)
            local = base.area is None and exact[0].area != NATIONAL
            return self._local(base, exact[0]) if local else self._first(base, exact[0])
        term = self.glossary.asked(words) or self.names.term_first(text)
        if term is None or (not term.entry and base.top and base.top[0].score >= SURE):
            return None
        return self._explained(base, term)

    def _explained(self, base: Match, term: Term | None) -> Match | None:
        """The match for a term: its entry, or else the one that explains all terms that have none."""
        if term is None:
            return None
        entry = self.library.by_id.get(term.entry or "")
        if entry is not None and base.area is None and entry.area != NATIONAL:
            return replace(self._local(base, entry), term=term)
        if entry is None or entry.area not in (NATIONAL, base.area):
            entry = self.library.by_id.get(JARGON)
        return None if entry is None else replace(self._first(base, entry), term=term)

    def _first(self, base: Match, entry: Entry) -> Match:
        rest = tuple(one for one in base.top if one.entry is not entry)
        return replace(base, sure=entry, top=(Scored(entry, 1.0), *rest)[:MOST_TOP])

    def _local(self, base: Match, entry: Entry) -> Match:
        """A choice that an area's own entry leads, where no area is chosen yet."""
        found = self._first(base, entry)
        return replace(found, sure=None, choices=self._areas(found.top))

    def _one_of(self, base: Match, exact: list[Entry]) -> Match:
        """A choice over the entries of areas, none of which is chosen yet, that all have the name asked for."""
        rest = [one for one in base.top if all(one.entry is not entry for entry in exact)]
        top = (*(Scored(entry, 1.0) for entry in exact), *rest)[:MOST_TOP]
        return replace(base, choices=tuple(exact), top=top)

    def _understood(self, analysis: Analysis) -> tuple[str, ...]:
        fixed = dict(analysis.mended)
        known = [
            word
            for word in dict.fromkeys(analysis.typed)
            if word not in COMMON and any(part in self.counts for part in fixed.get(word, word).split())
        ]
        return tuple(known)

    def _only_area(self) -> str | None:
        """The one area of a library without national entries: there is nothing to choose."""
        return self.library.areas[0].id if len(self.library.areas) == 1 and not self.scorer.national.any() else None


def less(text: str, spans: Spans | None, home: Place) -> list[str]:
    """A message without the place that it names, and the one thing that it asks: what its other words may drown."""
    asks = [text, *(spans.asks if spans is not None and len(spans.asks) == 1 else ())]
    parts = [part for ask in asks for part in (ask, without_place(ask, home))]
    return [part for part in dict.fromkeys(parts) if part != text and len(part.split()) >= FEWEST_WORDS]


def clearest(whole: ScoredAnalysis, parts: Sequence[ScoredAnalysis]) -> ScoredAnalysis:
    """The whole message, or a part of it that is clearer by far; what another part is about becomes a choice beside it."""
    for part in parts:
        if part.chance > whole.chance + CLEARER:
            whole = part
        elif part.chance >= CHOICES:
            beside = up_to(min(whole.chance, part.chance), part.scores)
            whole = replace(whole, scores=np.maximum(up_to(whole.chance, whole.scores), beside))
    return whole
