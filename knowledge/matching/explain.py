"""Why a question got its answer, in plain lines for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from knowledge.entries import NATIONAL
from knowledge.matching.analysis import Analysis
from knowledge.matching.calibration import CHOICES, SURE
from knowledge.matching.index import lines
from knowledge.text.normalise import clean, split_words

if TYPE_CHECKING:
    from knowledge.matching.match import Match
    from knowledge.matching.matcher import Matcher
    from knowledge.matching.span_tagger import Spans

NEAREST = 5
VIEWS = ("letters", "stems", "meaning")


def explain(matcher: Matcher, reading: Analysis, focus: Spans | None, match: Match, area: str | None) -> str:
    """The outcome, the words as read, the best entries with their scores, and the phrases nearest to the question."""
    out = [f"outcome: {_outcome(match)}", f"area: {match.area or 'not chosen'}", f"read as: {reading.phrase.text}"]
    if match.mended:
        out.append("mended: " + ", ".join(f"{typed} -> {meant}" for typed, meant in match.mended))
    if focus is not None and focus.asks:
        out.append("asked: " + " | ".join(focus.asks))
    if match.rejected:
        out.append("said not to be meant: " + ", ".join(match.rejected))
    if match.term is not None:
        out.append(f"term: {match.term.term} ({match.term.full})")
    for place, one in enumerate(match.top[:NEAREST], start=1):
        out.append(f"{place}. {one.entry.id}: {one.score:.2f}")
    out.append(f"an answer from {SURE:.2f} on, a choice from {CHOICES:.2f} on; views: {matcher.views}")
    if matcher.vectors is not None and matcher.vectors.whole:
        out.append(f"about other things: {matcher.vectors.beyond(reading.phrase.meaning):+.2f} (-1 to 1)")
    else:
        out.append(
            f"strangeness of the words: {matcher.familiarity.strangeness(reading.phrase):+.1f} standard deviations"
        )
    return "\n".join(out + _nearest(matcher, reading, area))


def _outcome(match: Match) -> str:
    if match.sure is not None:
        return f"sure of {match.sure.id}"
    return "a choice of " + ", ".join(entry.id for entry in match.choices) if match.choices else "nothing found"


def _nearest(matcher: Matcher, reading: Analysis, area: str | None) -> list[str]:
    """The nearest phrases, with the cosine of each view and the words that they share with the question."""
    if not reading.phrase.stems or not matcher.entries:
        return []
    question = matcher.ranking.ask(reading.phrase)
    owners = matcher.ranking.owners
    open_to = matcher.everywhere if area is None else matcher.allowed.get(area, matcher.allowed[NATIONAL])
    pull = np.where(open_to & ~matcher.ranking.weak, question.pull, -1)
    out = ["nearest phrases:"]
    for at in [at for at in np.argsort(-pull, kind="stable")[:NEAREST].tolist() if pull[at] >= 0]:
        entry = matcher.entries[owners[at]]
        texts = [text for text in lines(entry) if split_words(clean(text))]
        text = texts[at - int(np.searchsorted(owners, owners[at]))]
        phrase = matcher.reader.phrase(split_words(clean(text)))
        shared = [word for word in reading.phrase.content if word in phrase.stems]
        cosines = ", ".join(f"{name} {view[at]:.2f}" for name, view in zip(VIEWS, question.views, strict=False))
        out.append(f"  {entry.id}: {text!r} ({cosines}; shares {', '.join(shared) or 'no word'})")
    return out
