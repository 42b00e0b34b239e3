"""What the encoder is taught of danger, round by round: the bank, what others wrote, and mixtures of both."""

from __future__ import annotations

import random
from collections.abc import Sequence

from knowledge.danger import detector
from knowledge.danger.judge import NOT_DANGER, read_whole, windows
from knowledge.danger.rules import WORDS, read
from knowledge.loader import mapping
from knowledge.training import public_messages
from knowledge.training.danger_classifier import bank_parts, examples, families, stories, turned
from knowledge.training.mixing import MOST_WORDS, among, written_out
from knowledge.training.public_messages import sentences_of

LINE, ORDINARY = NOT_DANGER
A_ROUND = {
    "bank danger": 1_600, "bank line": 500, "bank ordinary": 1_500, "content": 700, "families": 4_000, "comments": 3_000, "intents": 500,
    "mixed bank danger": 800, "mixed written danger": 1_100, "mixed line": 400, "mixed harmless": 1_900,
}  # fmt: skip
"""How many messages of each sort stand in a round, in which all of what was written for this and all look-alikes stand once as they
are, and the danger and the line of them once more in full English."""

Lesson = tuple[str, str]
"""A text and its kind."""


class Lessons:
    """All that there is to teach, sorted by what it is."""

    def __init__(self) -> None:
        """FileNotFoundError where ../shared is not there: without ordinary speech everything ordinary would seem danger."""
        if not public_messages.is_there():
            raise FileNotFoundError(f"{public_messages.SHARED} is not there: danger is taught beside ordinary speech")
        self.spoken = {str(word): str(meant) for word, meant in mapping(WORDS)["spoken"].items()}
        self.bank = bank_parts()[0]
        pairs = [(one.text, one.kind) for one in self.bank]
        self.bank_danger = [pair for pair in pairs if pair[1] not in NOT_DANGER]
        self.bank_line = [pair for pair in pairs if pair[1] == LINE]
        self.bank_ordinary = [pair for pair in pairs if pair[1] == ORDINARY]
        self.everything = [*pairs, *((one.text, one.kind) for one in turned())]
        self.content = [(one.text, ORDINARY) for one in examples() if one.source == "content"]
        self.families = [(text, ORDINARY) for text in families()]
        others = public_messages.taught()
        self.own = [(around(one.text, one.clause), one.kind) for one in turned()]
        self.own += [lesson for one in stories() for lesson in beside_clause(one.text, one.clause)]
        self.own += [(around(one.text, one.clause), one.kind) for one in others if one.source == "written"]
        self.own += [(one.text, one.kind) for one in others if one.source in ("crisis", "posts")]
        self.comments = [(one.text, ORDINARY) for one in others if one.source == "comments"]
        self.intents = [(one.text, ORDINARY) for one in others if one.source == "intents"]
        self.beside = [
            text
            for text, kind in [
                *self.comments * 2,
                *self.bank_ordinary,
                *self.intents,
                *self.content,
                *self.families,
                *self.own,
            ]
            if kind == ORDINARY and 3 <= len(text.split()) <= 25
        ]

    def round(self, chance: random.Random) -> list[Lesson]:
        """The messages of one round, no two rounds alike."""

        def some(name: str, among_these: Sequence[Lesson]) -> list[Lesson]:
            return chance.choices(among_these, k=A_ROUND[name])

        own_danger = [one for one in self.own if one[1] not in NOT_DANGER]
        own_line = [one for one in self.own if one[1] == LINE]
        own_ordinary = [one for one in self.own if one[1] == ORDINARY]
        made = [*self.own, *self._written_out(own_danger + own_line, chance)]
        made += chance.sample(self.bank_danger, A_ROUND["bank danger"])
        made += self._written_out(chance.sample(self.bank_danger, A_ROUND["mixed bank danger"]), chance)
        made += chance.sample(self.bank_line, A_ROUND["bank line"])
        made += chance.sample(self.bank_ordinary, A_ROUND["bank ordinary"])
        made += chance.sample(self.content, A_ROUND["content"])
        made += chance.sample(self.families, A_ROUND["families"])
        made += chance.sample(self.comments, A_ROUND["comments"])
        made += chance.sample(self.intents, A_ROUND["intents"])
        made += self._mixed(some("mixed bank danger", self.bank_danger), chance)
        made += self._mixed(some("mixed written danger", own_danger), chance)
        made += self._mixed(some("mixed line", own_line + self.bank_line), chance)
        made += self._mixed(some("mixed harmless", own_ordinary * 3 + self.bank_ordinary), chance)
        return made

    def _written_out(self, lessons: Sequence[Lesson], chance: random.Random) -> list[Lesson]:
        return [(written_out(text, self.spoken, chance), kind) for text, kind in lessons]

    def _mixed(self, lessons: Sequence[Lesson], chance: random.Random) -> list[Lesson]:
        """Each among ordinary sentences, half of them in full English first."""
        made = []
        for text, kind in lessons:
            said = written_out(text, self.spoken, chance) if chance.random() < 0.5 else text
            made.append((among(said, self.beside, chance), kind))
        return made


def beside_clause(text: str, clause: str) -> list[Lesson]:
    """A story's windows, as the encoder reads them, and its sentences: what does not hold the clause that matters is ordinary.

    Not a sentence in which a rule finds danger: it is harmless by what stands around it.
    """
    held = runs(read_whole(clause))
    parts = [*windows(read_whole(text)), *(one for one in sentences_of(text) if not detector.by_rules(read(one)))]
    return [(part, ORDINARY) for part in parts if len(part.split()) >= RUN and not held & runs(read_whole(part))]


RUN = 3
"""So many words of a clause in a row are enough to make a part of a story more than ordinary."""


def runs(text: str) -> set[tuple[str, ...]]:
    """Each RUN words of a text that stand in a row."""
    words = text.split()
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def around(text: str, clause: str) -> str:
    """A long message, less what the encoder would not read at once with the clause that matters."""
    words = text.split()
    if not clause or len(words) <= MOST_WORDS:
        return text
    before = len(text[: text.find(clause)].split())
    start = max(0, min(before - (MOST_WORDS - len(clause.split())) // 2, len(words) - MOST_WORDS))
    return " ".join(words[start : start + MOST_WORDS])
