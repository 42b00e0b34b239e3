"""What one message does in a talk, and by what that was told; one reading of it for all who look for their act in it.

The acts and their order are those of IBM's Natural Conversation Framework (Moore and Arar 2019), with repair and
correction as in Rasa's patterns, and follow-ups answered from the topic in hand, as city bots do on their services.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Literal

from conversations.guide import Guide
from conversations.steps.area import here, without_home
from conversations.turns import BANDS, UNTAKEN_TURNS, State
from knowledge.acts.classifier import QUESTION, classifier
from knowledge.entries import FACETS, NATIONAL, Audience, Entry
from knowledge.matching.facet_reader import Asked
from knowledge.matching.facets import ranked
from knowledge.matching.match import Match
from knowledge.text.normalise import COMMON, clean, split_words, stem, telling
from knowledge.text.said import Said

ActKind = Literal["after-card", "select", "social", "feeling", "repair", "correct", "return", "facet", "question"]
ASKED_FACETS = (*FACETS, "contact")
"""The labels of the classifier that ask for one side of a topic."""
POLITE = ("thanks", "ok", "goodbye")
"""Labels that people say in one breath: "ok il try that. ur great"."""
AFTER_DANGER = "after-danger"
LIKELY = 0.42
"""From this probability on a message counts as an act: of 910 kept messages it leaves 98 in 100, of which 91 are right."""
SURELY = 0.78
"""The same, where the message may ask for an entry besides."""
IDLE = 0.25
"""Where it is less likely than this that a message asks anything, it is given neither a list nor a side: "thats a bit sad"."""
LONG_MOVE = 12
"""Words from which on a message does more, likely, than thank or say goodbye."""
WHOLE_WORDS = 24
"""A longer message is a question of its own, whatever else it holds."""


@dataclass(frozen=True)
class Act:
    """What a message does: its kind, which of that kind, and the entry and facets that it is about."""

    kind: ActKind
    move: str = ""
    entry: Entry | None = None
    facets: tuple[str, ...] = ()
    guess: bool = False
    """Whether the entry may well not hold what is asked, and its nearest facets are given as such."""
    why: str = ""
    """By what it was told, for `ask --explain`."""


@dataclass(frozen=True, eq=False)
class Hearing:
    """A message in its talk, as every act reads it; what costs time is worked out once, when it is first asked for."""

    state: State
    said: Said = field(repr=False)
    guide: Guide
    now: datetime
    voice: Audience
    lined: bool = False
    """Whether the gentle line stands over the reply, and no card came shortly before."""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words, lower case, without apostrophes."""
        return self.said.words

    @cached_property
    def likely(self) -> dict[str, float]:
        """The probability of each label of the classifier; empty where there is none, or nothing to read."""
        return self.read(self.said.text) if self.words else {}

    @cached_property
    def _likely_of(self) -> dict[str, dict[str, float]]:
        return {}

    @cached_property
    def _asked_of(self) -> dict[str, Asked]:
        return {}

    def read(self, text: str) -> dict[str, float]:
        """The probability of each label for the message or a part of it, read once; empty where there is no classifier."""
        if text not in self._likely_of:
            found = classifier()
            self._likely_of[text] = {} if found is None else found.read(text)
        return self._likely_of[text]

    def asked(self, text: str) -> Asked:
        """What the message or a part of it asks of an entry, read once."""
        if text not in self._asked_of:
            self._asked_of[text] = self.guide.matcher.asked(text)
        return self._asked_of[text]

    @cached_property
    def move(self) -> str:
        """The likeliest label."""
        return max(self.likely, key=self.likely.__getitem__, default=QUESTION)

    def is_likely(self, *labels: str, least: float = LIKELY) -> bool:
        """Whether a short message is likely one of these."""
        return len(self.words) <= WHOLE_WORDS and sum(self.likely.get(label, 0.0) for label in labels) >= least

    def is_move(self, label: str) -> bool:
        """Whether a message is this move of the talk: more surely so where it may ask for an entry besides."""
        if len(self.words) == 1 and self.words[0] not in COMMON and self.likely.get(label, 0.0) < SURELY:
            return False
        asks = self.found is not None or len(self.words) > LONG_MOVE or bool(self.match.choices)
        alike = POLITE if label in POLITE else (label,)
        return self.move == label and self.is_likely(*alike, least=SURELY if asks else LIKELY)

    @property
    def may_ask(self) -> bool:
        """Whether the message may ask anything: by a question mark, or by what it likely does."""
        if not self.likely or "?" in self.said.typed:
            return True
        return sum(self.likely.get(label, 0.0) for label in (*ASKED_FACETS, QUESTION)) >= IDLE

    @cached_property
    def match(self) -> Match:
        """What the matcher finds for it."""
        said = without_home(self.said, self.guide.library)
        if said.years is None and self.state.band is not None:
            said = replace(said, years=BANDS[self.state.band][0])
        return self.guide.matcher.find(said, self.state.area, self.voice)

    @cached_property
    def topic(self) -> Entry | None:
        """What the talk is about: the entry shown last, or what stands in its place in an area that the message names.

        Where choices were offered since, and none was taken, it is the best of them, unless the message fits what was shown better.
        """
        state, by_id = self.state, self.guide.library.by_id
        untaken = state.offered and state.offered_turns <= UNTAKEN_TURNS and state.last not in state.offered
        entry, before = by_id.get(state.offered[0] if untaken else state.last or ""), by_id.get(state.last or "")
        if untaken and entry is not None and before is not None and self._fits(before) > self._fits(entry):
            entry = before
        area = self.said.place.area or (state.area if untaken else None)
        return None if entry is None else here(entry, area or entry.area, self.guide)

    def _fits(self, entry: Entry) -> float:
        """How well the message fits an entry, or another on its subject; 0 where it is far from it."""
        alike = {one.id for one in relatives(entry, self.state.area, self.guide)}
        return max((one.score for one in self.match.top if one.entry.id in alike), default=0.0)

    @cached_property
    def topic_facets(self) -> list[tuple[str, float]]:
        """The facets of the topic, and those that its relatives alone hold, by the probability that each is asked for, best first."""
        if (topic := self.topic) is None:
            return []
        told = topic.said_to(self.voice)
        facets = {facet.name: facet for facet in told.facets}
        for relative in relatives(topic, self.state.area, self.guide)[1:]:
            facets = {facet.name: facet for facet in relative.said_to(self.voice).facets} | facets
        return self.facets_of(replace(told, facets=tuple(facets.values())), self.said.text, self.likely)

    def facets_of(self, entry: Entry, text: str, likely: Mapping[str, float]) -> list[tuple[str, float]]:
        """The same for any entry, and for the message or a part of it."""
        return ranked(entry.said_to(self.voice), telling(text), likely, self.asked(text))

    @cached_property
    def found(self) -> Entry | None:
        """The entry that the matcher is sure of, small talk aside."""
        sure = self.match.sure
        return sure if sure is not None and not sure.small_talk else None

    @property
    def literal(self) -> bool:
        """Whether it is small talk to the letter."""
        return self.words in self.guide.matcher.names.small_talk

    @property
    def seems_small_talk(self) -> bool:
        """Whether the matcher takes it for small talk, by likeness alone."""
        return self.match.sure is not None and self.match.sure.small_talk and not self.literal

    @cached_property
    def named(self) -> Entry | None:
        """The entry that the matcher is sure of, or the best of several where the message says its name."""
        if self.found is not None or not self.match.choices:
            return self.found
        best = self.match.choices[0]
        return best if self.names_it(best) else None

    @cached_property
    def content(self) -> tuple[str, ...]:
        """The stems of the words that could tell one need from another."""
        return tuple(dict.fromkeys(stem(word) for word in self.words if word not in COMMON))

    @cached_property
    def place_words(self) -> frozenset[str]:
        """The stems of the place that the message names."""
        return frozenset(stem(word) for word in split_words(clean(self.said.place.name or "")))

    def names_it(self, entry: Entry) -> bool:
        """Whether a name of the entry stands in the message, all its telling words."""
        return bool(self.naming(entry))

    def naming(self, entry: Entry) -> frozenset[str]:
        """The stems of those names of an entry that stand in the message, each with all its telling words."""
        said = {stem(word) for word in self.words}
        return frozenset[str]().union(*(form for form in self.guide.names_of(entry) if form <= said))

    def new_words(self, entry: Entry) -> tuple[str, ...]:
        """Those of them that the entry does not say, nor the questions that are asked of every entry."""
        held = (self.guide.words_of(entry) - MONEY) | ASKING | self.guide.own_words(entry) | self.place_words
        return tuple(word for word in self.content if word not in held and not word.isdecimal())


def answers_yes_or_no(said: Entry, name: str) -> bool:
    """Whether a facet begins with yes or no: told to another question than its own, it would answer that too."""
    facet = said.facet(name)
    return facet is not None and YES_OR_NO.match(facet.text or "") is not None


YES_OR_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)


def relatives(entry: Entry, area: str | None, guide: Guide) -> list[Entry]:
    """Entries on the same subject that answer in the area, the entry itself first; another area's entry stays in its own."""
    area = area if entry.area == NATIONAL else entry.area
    return [entry, *(one for one in guide.akin(entry.id, area) if one is not entry)]


MONEY = frozenset((stem("money"), stem("benefit"), stem("appeal")))
"""Said in passing by many entries, and the name of some: new words to any other topic."""
ASKING = frozenset(
    stem(word)
    for word in re.findall(
        r"[a-z]+",
        """refuse refused refuses reject rejected turn turned disagree decision decide decided deadline date dates long wait
        waiting weeks months week month year years quick fast soon late free cost costs pay paid charge price much
        amount backdated wages earn savings eligible qualify allowed count counts diagnosis age ages old young law legal
        legally rights act must have allowed duty proof evidence letter letters papers paperwork note photo documents where
        near address place run runs charge responsible who decides exactly happens work works apply start begin form forms
        last already again before ever still yet next later sooner ago since owt nowt summat proper actually basically obviously
        next step first book booking referral refer fill say write words ring phone number email website link contact
        details open hours text call help someone charity independent needed wanted son daughter lad girl boy child kid kids mum dad
        nan husband wife partner school""",
    )
)
"""Stems of words that ask for a side of whatever is the topic, or say for whom: none of them names another topic."""
