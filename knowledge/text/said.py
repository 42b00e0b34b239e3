"""A message read once: what later steps need of its text, so that none of them reads it again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from knowledge.entries import Library
from knowledge.text.ages import age
from knowledge.text.first_names import without_names
from knowledge.text.normalise import clean, split_words
from knowledge.text.places import Place, place


@dataclass(frozen=True)
class Said:
    """A message as it was read; it lives as long as one turn, and is neither stored nor logged."""

    typed: str = field(repr=False)
    """What was typed, whole."""
    text: str = field(repr=False)
    """The same in one form: lower case, single spaces, at most `normalise.MAX_CHARACTERS`, "my child" in the place of first names."""
    words: tuple[str, ...] = field(repr=False)
    """The words of `text`, without apostrophes."""
    place: Place = field(repr=False)
    """What it says about where somebody lives."""
    years: int | None = field(repr=False)
    """The age that it tells, 0 to 25."""
    code: str | None = field(default=None, repr=False)
    """The receipt code that stands in it, as codes are written."""

    @classmethod
    def read(cls, typed: str, library: Library, code: str | None = None) -> Said:
        """Read what was typed; `library` knows the places, `code` is a receipt code that was found in it."""
        text = without_names(clean(typed), library)
        return cls(typed, text, tuple(split_words(text)), place(typed, library), age(text), code)

    def without(self, rest: str, library: Library) -> Said:
        """The message with only `rest` left of it; itself where nothing was taken out."""
        return self if rest == self.typed else replace(Said.read(rest, library), code=self.code)
