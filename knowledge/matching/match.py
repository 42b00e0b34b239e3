"""What was found for a question, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.entries import Entry, Term
from knowledge.matching.analysis import Analysis
from knowledge.matching.span_tagger import Pieces


@dataclass(frozen=True)
class Scored:
    """An entry and how well it fits, 0 to 1: for the best one the chance that it is right."""

    entry: Entry
    score: float


@dataclass(frozen=True)
class Match:
    """What was found for a question."""

    sure: Entry | None = None
    choices: tuple[Entry, ...] = ()
    """Two or three when unsure or when there are two needs, best first, or one for each area; else empty."""
    top: tuple[Scored, ...] = ()
    """Up to ten, best first, whatever the outcome."""
    term: Term | None = None
    """The glossary term that was asked for."""
    understood: tuple[str, ...] = ()
    """The words of the question that the knowledge base knows, as typed."""
    mended: tuple[tuple[str, str], ...] = ()
    area: str | None = None
    """The area that the answer is for."""
    two_needs: bool = False
    """True where the choices are several things that the question asks for, not guesses at one."""
    needs: tuple[float, ...] = ()
    """The chance of each of them, by the part of the question that asks for it."""
    rejected: tuple[str, ...] = ()
    """Ids of entries that the question says it does not mean."""
    asked: tuple[str, ...] = field(default=(), repr=False)
    """The parts of the question that ask for something, where the span tagger ran."""
    pieces: Pieces = field(default=(), repr=False)
    """The sentences of a long question with the probability that each asks for something, the surest first; else empty."""
    scored: Analysis | None = field(default=None, repr=False)
    """The question, or the part of it, that was scored."""
