"""Reading a question: its words, mended to those of the knowledge base, with every form of a term as one word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.text.glossary import Glossary
from knowledge.text.normalise import COMMON, stem
from knowledge.text.spelling import Speller

COMMON_STEMS = COMMON | {stem(word) for word in COMMON}


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase as the views read it."""

    text: str
    """Its words, mended and folded, with single spaces."""
    stems: tuple[str, ...]
    meaning: str
    """Its words with abbreviations written out, for the view by meaning."""

    @property
    def content(self) -> tuple[str, ...]:
        """The stems that could tell one need from another, each once."""
        return tuple(word for word in dict.fromkeys(self.stems) if word not in COMMON_STEMS)


@dataclass(frozen=True)
class Analysis:
    """A question as the matcher reads it."""

    typed: tuple[str, ...]
    """Its words as typed, lower case, without apostrophes."""
    phrase: Phrase
    mended: tuple[tuple[str, str], ...] = ()


class Analyser:
    """Reads phrases and questions alike."""

    def __init__(self, glossary: Glossary, speller: Speller | None = None) -> None:
        """`speller` None mends nothing: the phrases themselves are read so."""
        self.glossary = glossary
        self.speller = speller

    def phrase(self, words: Sequence[str]) -> Phrase:
        """The words as a phrase, every form of a term read as one."""
        folded, meaning = self.glossary.fold(words)
        text = " ".join(folded)
        return Phrase(text, tuple(map(stem, folded)), text if meaning == folded else " ".join(meaning))

    def analyse(self, words: Sequence[str]) -> Analysis:
        """The words of a cleaned text, the unknown ones mended."""
        meant, mended = (words, []) if self.speller is None else self.speller.mend_all(words)
        return Analysis(tuple(words), self.phrase(meant), tuple(mended))
