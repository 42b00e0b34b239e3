"""Personal details out of free words, before the person sees what would be kept (P5). It finds many, not all: a person reviews."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from conversations.masking.addresses_and_births import addresses, births, postcodes
from conversations.masking.contact_details import EMAIL, LINK, emails, handles, links, nhs_numbers, phones, references
from conversations.masking.names import likely_names
from conversations.masking.public_details import Public

Kind = Literal["phone", "email", "postcode", "nhs", "birth", "address", "link", "handle", "number", "name"]

READ_CHARACTERS = 6_000
"""More is never kept (2,000 UTF-16 units), so more is not searched."""


@dataclass(frozen=True)
class Span:
    """A personal detail in a text, from `start` up to `end` (characters)."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True)
class Masked:
    """A text with each personal detail in place of a label, and what was found."""

    words: str
    spans: tuple[Span, ...]


def mask(text: str, public: Public, labels: Mapping[str, str]) -> Masked:
    """The text with labels ("[phone number]") in place of personal details. Masking it again changes nothing."""
    text = text[:READ_CHARACTERS]
    found = spans(text, public)
    parts, at = [], 0
    for span in found:
        parts += [text[at : span.start], labels[span.kind]]
        at = span.end
    return Masked("".join([*parts, text[at:]]), found)


def spans(text: str, public: Public) -> tuple[Span, ...]:
    """Where personal details stand in a text, in order, none over another. What is found first keeps its place."""
    taken: list[Span] = []
    closed = [(one.start(), one.end()) for one in re.finditer(r"\[[A-Za-z ]{4,30}\]", text)]
    for kind, find in FINDERS:
        for start, end in find(text, public):
            free = all(end <= one.start or start >= one.end for one in taken)
            if start < end and free and not any(start < b and a < end for a, b in closed):
                taken.append(Span(kind, start, end))
    return tuple(sorted(taken, key=lambda span: span.start))


def _names(text: str, public: Public) -> Iterator[tuple[int, int]]:
    kept = [found.span() for finder in (public.names, EMAIL, LINK) for found in finder.finditer(text)]
    for start, end in sorted(likely_names(text, public.words), key=lambda span: (span[0], -span[1])):
        if not any(start < b and a < end for a, b in kept):
            yield start, end


FINDERS: tuple[tuple[Kind, Callable[[str, Public], Iterable[tuple[int, int]]]], ...] = (
    ("email", emails),
    ("link", links),
    ("handle", handles),
    ("birth", births),
    ("nhs", nhs_numbers),
    ("phone", phones),
    ("postcode", postcodes),
    ("address", addresses),
    ("number", references),
    ("name", _names),
)
"""In this order: what one has taken, the next leaves alone."""
