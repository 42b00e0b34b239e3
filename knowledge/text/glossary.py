"""Abbreviations and what they stand for, read as one word; and the term that a question asks about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.entries import Term
from knowledge.text.normalise import COMMON, clean, split_words

ASKS_WHAT = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|sorry|please|so|ok|and|but|um|erm|er) )*"
    r"(?:(?:what|whats|wot|wots|who|whos) (?:is|are|does|do|was|did)? ?(?:the |a |an )?(?:letters |word |words |term )?"
    r"|what does it mean when they say |(?:can|could) (?:you|u|someone|anyone) (?:please )?(?:explain|tell me) (?:what |about )?"
    r"|(?:please )?(?:explain|define) |meaning of |definition of |tell me what |i dont know what "
    r"|someone said |they said |they keep saying )"
    r"(?:the |a |an |is |are )?(?P<name>.{1,80}?)"
    r"(?: (?:is|are|means?|meen|meaning|stands? for|stand 4|actually|please|exactly|all about|supposed to be|do|does|then))*$"
)
"""A question for what something is: "what is a SENCO", "whats pfa mean", "what does EP stand for"."""

MEANING = re.compile(
    r"^(?:the |a |an )?(?P<name>.+?) (?:meaning|definition|stands for|explained|means what|mean what|full form)$"
)
"""The same, turned round: "ep meaning"."""


@dataclass(frozen=True)
class GlossaryForm:
    """What a run of words is read as."""

    words: tuple[str, ...]
    """For letters and stems."""
    meaning: tuple[str, ...]
    """For the word vectors."""


class Glossary:
    """The terms of a library that its entries use."""

    def __init__(
        self, terms: Sequence[Term], texts: Iterable[Sequence[str]] = (), used: Sequence[int] | None = None
    ) -> None:
        """`texts` are those of the entries, as words: a term that none of them holds is not folded, as in a base on
        another subject its letters may mean something else. `used`, the positions of the terms in use, saves looking.
        """
        text = "" if used is not None else "\n".join(f" {' '.join(words)} " for words in texts)
        self.by_form: dict[tuple[str, ...], Term] = {}
        self.folds: dict[tuple[str, ...], GlossaryForm] = {}
        found: list[int] = []
        for number, term in enumerate(terms):
            forms = [form for form in map(_words, (term.term, term.full, *term.also)) if form]
            forms = [form for form in forms if len(form) > 1 or form[0] not in COMMON]
            for form in forms:
                self.by_form.setdefault(form, term)
            if number in used if used is not None else any(f" {' '.join(form)} " in text for form in forms):
                found.append(number)
                self._fold(term, forms)
        self.used = tuple(found)
        self.longest: dict[str, int] = {}
        """By the first word of a form: how long the longest one is."""
        for form in self.folds:
            self.longest[form[0]] = max(len(form), self.longest.get(form[0], 0))

    def _fold(self, term: Term, forms: Sequence[tuple[str, ...]]) -> None:
        words, meaning = _words(term.term), _words(term.full)
        for form in forms:
            self.folds.setdefault(form, GlossaryForm(words, meaning))
            if len(form) == 1 and len(form[0]) > 2:
                self.folds.setdefault((form[0] + "s",), GlossaryForm(words, meaning))

    def fold(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """The words with every form of a term read as one, for letters and stems, and for the word vectors."""
        out: list[str] = []
        meaning: list[str] = []
        at = 0
        while at < len(words):
            for length in range(min(self.longest.get(words[at], 0), len(words) - at), 0, -1):
                fold = self.folds.get(tuple(words[at : at + length]))
                if fold is not None:
                    out.extend(fold.words)
                    meaning.extend(fold.meaning)
                    break
            else:
                length = 1
                out.append(words[at])
                meaning.append(words[at])
            at += length
        return out, meaning

    def asked(self, words: Sequence[str]) -> Term | None:
        """The term that a question is about, where it is about nothing else: "what is a SENCO", "EHCNA?"."""
        for form in (tuple(words), name_asked(words)):
            if form:
                for shape in (form, (*form[:-1], form[-1].removesuffix("s"))):
                    if shape in self.by_form:
                        return self.by_form[shape]
        return None


def asks_what(words: Sequence[str]) -> bool:
    """Whether the words ask what something is or means."""
    return name_asked(words) is not None


def name_asked(words: Sequence[str]) -> tuple[str, ...] | None:
    """What is left of "what is …", "what does … mean"; None where the question has another form."""
    text = " ".join(words)
    found = ASKS_WHAT.match(text) or MEANING.match(text)
    return tuple(found["name"].split()) if found else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(split_words(clean(text)))
