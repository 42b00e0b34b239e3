"""Why a question got its answer, in plain lines for editors."""

from __future__ import annotations

import numpy as np

from knowledge.entries import NATIONAL
from knowledge.matching.analysis import Analysis
from knowledge.matching.calibration import CHOICES, SURE
from knowledge.matching.index import lines
from knowledge.matching.match import Match
from knowledge.matching.matcher import Matcher
from knowledge.matching.scoring import Scorer
from knowledge.text.normalise import clean, split_words

NEAREST = 5
VIEWS = ("letters", "stems", "meaning")


def explain(match: Match, matcher: Matcher) -> str:
    """Why a matcher found what it found: the outcome, the words as read, the best entries, the nearest phrases."""
    out = [f"outcome: {_outcome(match)}", f"area: {match.area or 'not chosen'}"]
    scorer, analysis = matcher.scorer, match.scored
    if analysis is None:
        return "\n".join(out)
    out.append(f"read as: {analysis.phrase.text}")
    if match.mended:
        out.append("mended: " + ", ".join(f"{typed} -> {meant}" for typed, meant in match.mended))
    if match.asked:
        out.append("asked: " + " | ".join(match.asked))
    if match.rejected:
        out.append("said not to be meant: " + ", ".join(match.rejected))
    if match.term is not None:
        out.append(f"term: {match.term.term} ({match.term.full})")
    for place, one in enumerate(match.top[:NEAREST], start=1):
        out.append(f"{place}. {one.entry.id}: {one.score:.2f}")
    out.append(f"an answer from {SURE:.2f} on, a choice from {CHOICES:.2f} on; views: {scorer.views}")
    if scorer.vectors is not None and scorer.vectors.whole:
        out.append(f"about other things: {scorer.vectors.beyond(analysis.phrase.meaning):+.2f} (-1 to 1)")
    else:
        strangeness = scorer.familiarity.strangeness(analysis.phrase)
        out.append(f"strangeness of the words: {strangeness:+.1f} standard deviations")
    return "\n".join(out + _nearest(scorer, analysis, match.area))


def _outcome(match: Match) -> str:
    if match.sure is not None:
        return f"sure of {match.sure.id}"
    return "a choice of " + ", ".join(entry.id for entry in match.choices) if match.choices else "nothing found"


def _nearest(scorer: Scorer, analysis: Analysis, area: str | None) -> list[str]:
    """The nearest phrases, with the cosine of each view and the words that they share with the question."""
    if not analysis.phrase.stems or not scorer.entries:
        return []
    question = scorer.ranking.ask(analysis.phrase)
    owners = scorer.ranking.owners
    open_to = scorer.everywhere if area is None else scorer.allowed.get(area, scorer.allowed[NATIONAL])
    pull = np.where(open_to & ~scorer.ranking.weak, question.pull, -1)
    out = ["nearest phrases:"]
    for at in [at for at in np.argsort(-pull, kind="stable")[:NEAREST].tolist() if pull[at] >= 0]:
        entry = scorer.entries[owners[at]]
        texts = [text for text in lines(entry) if split_words(clean(text))]
        text = texts[at - int(np.searchsorted(owners, owners[at]))]
        phrase = scorer.analyser.phrase(split_words(clean(text)))
        shared = [word for word in analysis.phrase.content if word in phrase.stems]
        cosines = ", ".join(f"{name} {view[at]:.2f}" for name, view in zip(VIEWS, question.views, strict=False))
        out.append(f"  {entry.id}: {text!r} ({cosines}; shares {', '.join(shared) or 'no word'})")
    return out
