"""Finding the entry that a question asks for: sure, a choice of two or three, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from knowledge.arrays import Floats, Ints
from knowledge.entries import CRISIS, JARGON, NATIONAL, Audience, Entry, Library, Term
from knowledge.matching import related
from knowledge.matching.analysis import Analyser, Analysis
from knowledge.matching.calibration import CHOICES, SURE
from knowledge.matching.embeddings import meaning
from knowledge.matching.explain import explain
from knowledge.matching.index import allowed_phrases, lines, open_index
from knowledge.matching.match import Match, Scored
from knowledge.matching.negation import rejected
from knowledge.matching.ranking import Question
from knowledge.matching.span_tagger import Spans, tagger
from knowledge.text.ages import age
from knowledge.text.glossary import Glossary, asks_what, name_asked
from knowledge.text.normalise import COMMON, clean, split_words, stem
from knowledge.text.places import Place, place, without_place
from knowledge.text.segments import needs, sentences
from knowledge.text.spelling import Speller

MOST_CHOICES = 3
MOST_TOP = 10

MOST_PARTS = 4
"""Parts of a message that are looked at on their own; what a longer one says after them is read as a whole only."""

FEWEST_WORDS = 3
"""Shorter messages are all question."""

WHOLE = 0.75
"""What a whole message counts beside its best sentence: not every sentence asks."""

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

REJECTED = 0.8
"""Entries so near to the best one for a rejected name are rejected with it."""

NAMED = 0.18
"""A rejected name stands for an entry from this chance on: one word of it is enough to know what is not meant."""

LOCAL = 0.75
"""With no area chosen: from this share of their score on, an area's own entry is offered before the crisis numbers."""

KINDRED = 0.45
"""The same before any national entry, where a number is asked for of a service that several areas have."""

CONTACT = frozenset("phone telephone number numbers email mail ring call contact address reach website".split())
"""Words of somebody who asks how to reach a service."""

WORTH_CHOOSING = 0.3
"""A choice beside the best one scores at least this share of it."""

CLEARER = 0.1
"""What a part of a message must be surer than the whole to be scored in its place; else it may add a choice."""

NEED = 0.5
"""Each of two needs in one message has at least this chance of being right on its own."""

MARKED_NEED = 0.45
"""The same where the encoder marked both: that each is a need is known, and the whole message need not say so too."""

BESIDE_A_NEED = 0.5
"""Where two needs leave room for a third choice, what fits one of them second best is it from this share of the best on."""

SURE_SMALL_TALK = 0.4
"""Small talk that is best is answered from this chance on: a wrong "hello" misleads nobody."""

SMALL_TALK_WORDS = 12
"""Longer messages are never small talk."""


@dataclass(frozen=True)
class ScoredAnalysis:
    """A message or a part of it as it was read, with the score of each entry and the chance that the best is right."""

    reading: Analysis
    scores: Floats
    chance: float


@dataclass(frozen=True)
class Rejection:
    """What a message says that it does not mean."""

    about: Ints
    """Positions of the entries that the rejected name stands for."""
    near: frozenset[int]
    """Positions of those that it stands for best: they may be offered, and are never the answer."""
    left: str
    """The message without it."""


class Matcher:
    """Finds entries of one library. Safe to share between threads; the same question always gives the same match."""

    def __init__(self, library: Library, *, cache: Path | None = None) -> None:
        """Index the library; `cache` is the folder of the index cache, or None for none."""
        self.library = library
        self.entries = library.entries
        self.vectors = meaning(library)
        index = open_index(library, self.vectors, cache)
        self.ranking, self.familiarity, self.limits = index.ranking, index.familiarity, index.limits
        glossary = Glossary(library.terms, used=index.used)
        self.glossary = glossary
        counts = dict(index.counts)
        for form in glossary.by_form:
            for word in form:
                counts.setdefault(word, 1)
        self.reader = Analyser(glossary, Speller(counts))
        self.counts = counts
        self.allowed = allowed_phrases(library, self.ranking.owners)
        self.everywhere = np.ones(len(self.ranking.owners), bool)
        self.national = np.array([entry.area == NATIONAL for entry in self.entries], bool)
        self.small = np.array([entry.small_talk for entry in self.entries], bool)
        self.position = {entry.id: at for at, entry in enumerate(self.entries)}
        self.names = related.names(self.entries)
        self.twins = related.twins(self.entries)
        self.kindred = related.kindred(self.entries)
        self.shared = {at for positions in self.kindred for at in positions.tolist()}
        self.small_phrases = self._small_phrases()
        self.small_words = {word for form in self.small_phrases for word in map(stem, form)}
        self.other_words = self._other_words()

    @property
    def views(self) -> int:
        """How many views a question is compared in: three, or two without one by meaning."""
        return 2 if self.vectors is None else 3

    def match(self, question: str, area: str | None = None, audience: Audience = "parent") -> Match:
        """The entry that a question asks for. `area` None is not chosen yet; an unknown one is not covered."""
        home = place(question, self.library)
        area = home.area or area or self._only_area()
        text = clean(question)
        years, focus = age(text), self._focus(text)
        out = self._rejects(text, focus, area)
        kept = text if out is None else out.left

        def hear(text: str) -> ScoredAnalysis:
            reading = self.reader.read(text)
            scores = self._scores(reading, text, area)
            if out is not None:
                scores[out.about] = 0
            self._adjust(scores, reading, years, audience, area)
            if area is None:
                self._together(scores)
            return ScoredAnalysis(reading, scores, self._chance(scores, reading))

        whole = hear(kept)
        reading = whole.reading
        parts = [hear(part) for part in less(kept, focus, home)] if whole.chance < SURE else []
        heard = clearest(whole, [part for part in parts if self._tells(part.reading)])
        base = Match(
            top=self._top(heard.scores, heard.chance),
            understood=self._understood(reading),
            mended=reading.mended,
            area=area,
            rejected=() if out is None else tuple(self.entries[at].id for at in out.about.tolist()),
            why=lambda match: explain(self, heard.reading, focus, match, area),
        )
        match = self._decide(base, reading, kept, focus)
        if out is None or match.sure is None or self.position[match.sure.id] not in out.near:
            return match
        choices = () if self._exactly(reading.typed, area) else self._choices(match.top)
        return replace(match, sure=None, choices=choices) if choices else match

    def _decide(self, base: Match, reading: Analysis, text: str, focus: Spans | None) -> Match:
        """Sure, choices, or none."""
        named = self._named(base, reading, text)
        if named is not None:
            return named
        if not base.top or not self._says_something(reading, base.top[0].entry):
            return base
        if base.area is None:
            base = replace(base, top=self._local_first(base.top, reading.typed))
        best = base.top[0]
        both = self._two_needs(focus.asks, base, marked=True) if focus is not None else ()
        both = both or self._two_needs([part for part in needs(text) if focus is None or focus.may_ask(part)], base)
        if both:
            return replace(base, choices=both, two_needs=True)
        local = base.area is None and best.entry.area != NATIONAL
        if best.score >= (SURE_SMALL_TALK if best.entry.small_talk else SURE) and not local:
            return replace(base, sure=best.entry)
        if best.score >= CHOICES and not best.entry.small_talk:
            return replace(base, choices=self._areas(base.top) if local else self._choices(base.top))
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
        asked = self.position[local.entry.id] in self.shared and not CONTACT.isdisjoint(typed)
        alike = KINDRED if asked else 1.0
        if best.entry.id == CRISIS and best.score < SURE:
            alike = min(alike, LOCAL)
        if best.entry.small_talk or local.score < alike * best.score:
            return top
        return (replace(local, score=best.score), *(one for one in top if one is not local))

    def _choices(self, top: tuple[Scored, ...]) -> tuple[Entry, ...]:
        """Two or three of the best; the crisis entry, which safety alone brings, only where it is the best."""
        fit = [one for at, one in enumerate(top) if not one.entry.small_talk and (one.entry.id != CRISIS or not at)]
        worthy = [one.entry for one in fit if one.score >= WORTH_CHOOSING * top[0].score][:MOST_CHOICES]
        return tuple(worthy) if len(worthy) > 1 else tuple(one.entry for one in fit[:2] if len(fit) > 1)

    def _areas(self, top: tuple[Scored, ...]) -> tuple[Entry, ...]:
        """The best local entry, those of other areas on the same subject, and then the next best."""
        about = related.subject(top[0].entry.id)
        same = [entry for entry in self.entries if entry.area != NATIONAL and related.subject(entry.id) == about]
        others = [entry for entry in self._choices(top) if entry not in same]
        same.sort(key=lambda entry: entry is not top[0].entry)
        return tuple([*same, *others][:MOST_CHOICES])

    def _named(self, base: Match, reading: Analysis, text: str) -> Match | None:
        """The match where the question is nothing but a name: small talk, a title, another name, a term."""
        words = reading.typed
        if words in self.small_phrases:
            return self._first(base, self.entries[self.small_phrases[words]])
        if asks_what(words):
            explained = self._explained(base, self.glossary.asked(words))
            if explained is not None:
                return explained
        exact = self._exact(words, base.area)
        if exact:
            if len(exact) > 1:
                return self._one_of(base, exact)
            local = base.area is None and exact[0].area != NATIONAL
            return self._local(base, exact[0]) if local else self._first(base, exact[0])
        term = self.glossary.asked(words) or self._term_first(text)
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

    def _term_first(self, text: str) -> Term | None:
        """A term without an entry that the first clause asks about: "wats a DSCO, someone from the hospital is one"."""
        parts = sentences(text)[:1]
        clause = split_words(parts[0].split(",")[0]) if parts else []
        term = self.glossary.asked(clause) if asks_what(clause) else None
        return term if term is not None and not term.entry else None

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
        return replace(base, choices=tuple(exact[:MOST_CHOICES]), top=top)

    def _exact(self, words: tuple[str, ...], area: str | None) -> list[Entry]:
        """The entry whose title or other name the words are: the area's own, else the national one.

        With no area chosen and no national one, those of all areas.
        """
        for form in (words, name_asked(words)):
            found = [self.entries[at] for at in self.names.get(form or (), ())]
            own = [entry for entry in found if entry.area == area]
            wide = [entry for entry in found if entry.area == NATIONAL]
            if own or wide:
                return own[:1] or wide[:1]
            if area is None and found:
                return found
        return []

    def _says_something(self, reading: Analysis, entry: Entry) -> bool:
        """Whether anything is said that an entry could be found by; small talk is made of common words."""
        return entry.small_talk or self._tells(reading)

    def _tells(self, reading: Analysis) -> bool:
        """Whether any word could tell one need from another."""
        return any(word in self.familiarity.counts for word in reading.phrase.content)

    def _two_needs(self, parts: Sequence[str], base: Match, *, marked: bool = False) -> tuple[Entry, ...]:
        """Two or three entries that parts of the message ask for, each clearly; else none."""
        first, second = (*(one.score for one in base.top[:2]), 0.0)[:2]
        if not marked and (first < CHOICES or second < WORTH_CHOOSING * first):
            return ()
        parts = [part for part in parts if len(part) > 1][:MOST_PARTS]
        if len(parts) < 2:
            return ()
        least = MARKED_NEED if marked else NEED
        tops = [top for part in parts if (top := self._asked_by(part, base)) and top[0].score >= least]
        tops.sort(key=lambda top: -top[0].score)
        both = tuple(dict.fromkeys(top[0].entry for top in tops))[:MOST_CHOICES]
        if len(both) < 2 or not (marked or base.top[0].entry in both):
            return ()
        others = [
            (one.score / top[0].score, one.entry)
            for top in tops
            for one in top[1:]
            if one.entry not in both and one.entry.id != CRISIS and one.score >= BESIDE_A_NEED * top[0].score
        ]
        third = max(others, key=lambda other: other[0], default=None)
        return (*both, third[1])[:MOST_CHOICES] if third is not None else both

    def _asked_by(self, part: str, base: Match) -> tuple[Scored, ...]:
        """What a part of a message asks for by itself, best first; none where it says nothing, or is small talk."""
        reading = self.reader.read(part)
        if not self._tells(reading):
            return ()
        exact = self._exactly(reading.typed, base.area)
        if exact is not None:
            return () if exact.small_talk else (Scored(exact, 1.0),)
        scores = self._plain(reading, base.area)
        self._adjust(scores, reading, None, "parent", base.area)
        for name in base.rejected:
            scores[self.position[name]] = 0
        top = self._top(scores, self._chance(scores, reading))
        return tuple(one for one in top if not one.entry.small_talk) if top and not top[0].entry.small_talk else ()

    def _exactly(self, words: tuple[str, ...], area: str | None) -> Entry | None:
        """The one entry that answers in the area whose name or term the words are."""
        exact = self._exact(words, area)
        if len(exact) == 1:
            return exact[0]
        term = self.glossary.asked(words)
        entry = self.library.by_id.get(term.entry or "") if term is not None else None
        return entry if entry is not None and entry.area in (NATIONAL, area) else None

    def _focus(self, text: str) -> Spans | None:
        """What a message of some words asks and rejects; None where no encoder was taught these entries."""
        found = tagger() if self.vectors is not None and self.vectors.whole else None
        return None if found is None or len(text.split()) < FEWEST_WORDS else found.focus(text)

    def _rejects(self, text: str, focus: Spans | None, area: str | None) -> Rejection | None:
        """What the message says it does not mean; None where it rejects nothing known.

        What the encoder marked, or else a turn of speech that is known, counts as far as the rest does not ask for it;
        without the encoder a turn of speech is believed.
        """
        names, left = (focus.rejects, focus.left) if focus is not None else ((), text)
        said = rejected(text) if not names else None
        if said is not None:
            names, left = said[:1], said[1]
        rest = self.reader.read(left) if names else None
        if rest is None or not self._tells(rest):
            return None
        least = self._plain(rest, area) if focus is not None else np.float32(0)
        about: set[int] = set()
        near: set[int] = set()
        for name in names:
            reading = self.reader.read(name)
            exact = self._exactly(reading.typed, area)
            scores = self._plain(reading, area)
            if not self._tells(reading) or (exact is None and self._chance(scores, reading) < NAMED):
                continue
            meant = scores >= max(REJECTED * float(scores.max()), 1e-6)
            if exact is not None:
                meant[self.position[exact.id]] = True
                scores[self.position[exact.id]] = max(1.0, float(scores.max()))
            about.update(np.flatnonzero(meant & (scores >= least)).tolist())
            near.update(at for at in np.argsort(-scores, kind="stable")[:MOST_CHOICES].tolist() if scores[at] > 0)
        return Rejection(np.array(sorted(about), np.int64), frozenset(near), left) if near else None

    def _chance(self, scores: Floats, reading: Analysis) -> float:
        """The chance that the best entry is right."""
        return self.limits.chance(self.familiarity.confidence(scores, reading.phrase, self.vectors))

    def _scores(self, reading: Analysis, text: str, area: str | None) -> Floats:
        """The score of each entry for the whole message, and for the sentence of it that fits it best."""
        whole = self._plain(reading, area)
        parts = sentences(text)[:MOST_PARTS]
        if len(parts) < 2:
            return whole
        best = whole
        for part in parts:
            one = self.reader.read(part)
            if len(one.phrase.content) >= 2:
                best = np.maximum(best, self._plain(one, area))
        return np.asarray(WHOLE * whole + (1 - WHOLE) * best, dtype=np.float32)

    def _plain(self, reading: Analysis, area: str | None) -> Floats:
        """The score of each entry that may answer in the area. With none chosen local entries answer too, worse."""
        if not reading.phrase.stems or not self.entries:
            return np.zeros(len(self.entries), np.float32)
        question: Question = self.ranking.ask(reading.phrase)
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

    def _adjust(
        self, scores: Floats, reading: Analysis, years: int | None, audience: Audience, area: str | None
    ) -> None:
        """Weigh small talk, age and audience, in place."""
        content = set(reading.phrase.content)
        if len(reading.typed) > SMALL_TALK_WORDS or content & self.other_words:
            scores[self.small] = 0
        for at in np.flatnonzero(scores > 0).tolist():
            entry = self.entries[at]
            if years is not None and entry.ages is not None and not entry.ages[0] <= years <= entry.ages[1]:
                scores[at] *= OTHER_AGE
            if audience in entry.audience:
                scores[at] += AUDIENCE

    def _top(self, scores: Floats, chance: float) -> tuple[Scored, ...]:
        order = np.argsort(-scores, kind="stable")[:MOST_TOP]
        best = float(scores[order[0]]) if len(order) else 0.0
        return tuple(
            Scored(self.entries[at], round(chance * float(scores[at]) / best, 4))
            for at in order.tolist()
            if scores[at] > 0
        )

    def _understood(self, reading: Analysis) -> tuple[str, ...]:
        fixed = dict(reading.mended)
        known = [
            word
            for word in dict.fromkeys(reading.typed)
            if word not in COMMON and any(part in self.counts for part in fixed.get(word, word).split())
        ]
        return tuple(known)

    def _only_area(self) -> str | None:
        """The one area of a library without national entries: there is nothing to choose."""
        return self.library.areas[0].id if len(self.library.areas) == 1 and not self.national.any() else None

    def _together(self, scores: Floats) -> None:
        """With no area chosen, the best of the local entries on one subject stands for all of them, in place.

        Each has learned to be told from the others, so that a question that fits all would fit none.
        """
        for positions in self.kindred:
            best = positions[int(scores[positions].argmax())]
            scores[best] = min(1.0, float(np.clip(scores[positions], 0, None).sum()))

    def _small_phrases(self) -> dict[tuple[str, ...], int]:
        forms: dict[tuple[str, ...], int] = {}
        for at in np.flatnonzero(self.small).tolist():
            for text in lines(self.entries[at]):
                forms.setdefault(tuple(split_words(clean(text))), at)
        return forms

    def _other_words(self) -> set[str]:
        """The stems that no small talk holds."""
        return {word for word in self.familiarity.counts if word not in self.small_words}


def less(text: str, focus: Spans | None, home: Place) -> list[str]:
    """A message without the place that it names, and the one thing that it asks: what its other words may drown."""
    asks = [text, *(focus.asks if focus is not None and len(focus.asks) == 1 else ())]
    parts = [part for ask in asks for part in (ask, without_place(ask, home))]
    return [part for part in dict.fromkeys(parts) if part != text and len(part.split()) >= FEWEST_WORDS]


def clearest(whole: ScoredAnalysis, parts: Sequence[ScoredAnalysis]) -> ScoredAnalysis:
    """The whole message, or a part of it that is clearer by far; what another part is about becomes a choice beside it."""
    for part in parts:
        if part.chance > whole.chance + CLEARER:
            whole = part
        elif part.chance >= CHOICES:
            beside = _up_to(min(whole.chance, part.chance), part.scores)
            whole = replace(whole, scores=np.maximum(_up_to(whole.chance, whole.scores), beside))
    return whole


def _up_to(most: float, scores: Floats) -> Floats:
    """The scores, so that the best of them is `most`."""
    return np.asarray(scores * (most / max(float(scores.max()), 1e-6)), dtype=np.float32)
