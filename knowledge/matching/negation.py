"""What a message says that it does not mean: by turns of speech, and by what the span tagger marked."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from knowledge.arrays import Ints
from knowledge.matching.exact import ExactNames
from knowledge.matching.needs import MOST_CHOICES
from knowledge.matching.scoring import Scorer
from knowledge.matching.span_tagger import Spans
from knowledge.text.normalise import split_words

REJECTED = 0.8
"""Entries so near to the best one for a rejected name are rejected with it."""

NAMED = 0.18
"""A rejected name stands for an entry from this chance on: one word of it is enough to know what is not meant."""

_TURN = (
    r"(?:i mean|i meant|but|its|it's|it is|i want|i wanted|i need|i'm asking|im asking|i'm after|im after|im on about|just|rather|more like|"
    r"the other|what about|he's|hes|she's|shes|they're|theyre|he|she|they|we|i'm|im|for me|me\b)"
)
_ABOUT = (
    r"(?:asking about|asking for|talking about|on about|interested in|looking for|after|about|bothered about|for)\s+"
)
_NAME = (
    r"(?!(?:because|sure|certain|if|that|to|a lot|much|getting|able|going|allowed|being|only|just|enough|even|really|very|yet|"
    r"now|so|in|on|at|been|well|safe|happy|ok|okay|right|fair|good|great|bad|too|working|doing|coming|sleeping|eating|"
    r"talking|listening|helping|attending|speaking|toilet|potty|trained|walking|verbal|diagnosed|violent|learning|going|"
    r"engaging|understanding|following|progressing|growing|wanting|using|seeing|every|all|my fault|his fault|her fault)\b)(?P<rejected>[^,.;:!?\n–—]{2,60}?)"
)
"""What is rejected; a word that only goes on with the sentence ("not sure if", "not because") begins no name."""
_SHORT = r"(?P<rejected>[^\s,.;:!?\n–—]+(?: [^\s,.;:!?\n–—]+){0,2}?)"
_END = r"\s*(?:[,.;:!?–—]+\s*|\s(?=(?:but|i|we|it's|its|just|what|and i|please|could|can|tell|how|who|where)\b)|$)"
_END_OR_NOT = r"(?:\s*[,.;:!?–—]+\s*|\s|$)"
_WISH = r"\b(?:want|wanted|need|needed|mean|meant|prefer|asking|asked|looking|after|give me|tell me|show me|what about|how about)\b"
_WANTED = r"(?:i|we) (?:want|wanted|need|needed|mean|meant|was|am|asked)\b|what about\b"
REJECTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:^|[,.;:!?–—]\s*)(?:no+,? |sorry,? |hi,? |hello,? )*(?:not|its not|it's not|it isn't|it isnt|isnt|this isn't|this isnt|this is not|that's not|thats not|he's not|hes not|she's not|shes not|i'm not|im not|i am not|we're not|were not)\s+(?:{_ABOUT})?{_NAME}\s*(?:[,.;:!?–—]+\s*(?:no,?\s+)?|\s+(?=but |i mean |its |it's |he's |hes |she's |shes |he |she |they ))(?={_TURN}|the council|the school)",
        rf"\b(?:i|we) (?:dont|don't|do not|didnt|didn't|did not) (?:mean|need|want)\s+(?:to (?:know|ask|hear) )?(?:{_ABOUT})?{_NAME}\s*(?:[,.;:!?–—]+\s*|\s+(?=but |just |i want |i need |i mean |we want |we need ))",
        rf"\b(?:i'm|im|i am|we're|were|we are|this is|this isn't|this isnt|its|it's) not (?:{_ABOUT}){_NAME}\s*(?:[,.;:!?–—]+\s*|\s+(?=but |i mean |its |it's |i want |i need )|$)",
        rf"\b(?:this|it) (?:isn't|isnt|is not) (?:{_ABOUT}){_NAME}\s*(?:[,.;:!?–—]+\s*|\s+(?=but |i mean |its |it's |i want |i need )|$)",
        rf"(?:^|[,.;:!?–—]\s*){_NAME} (?:isn't|isnt|is not|wasn't|wasnt|was not|aren't|arent) what (?:i'm|im|i am|i was|i|we|we're) ?(?:am|was)? ?(?:asking about|asking for|asking|after|mean|meant|want|wanted|need|looking for|on about)\s*[,.;:!?–—]*",
        rf"(?:^|[,.;:!?–—]\s*)(?:forget|never mind|nevermind|no more|enough about|leave|instead of|rather than)\s+(?:about\s+)?{_NAME}{_END}",
        rf"(?:\b(?:and not|but not)|,\s*(?:instead of|rather than|not)) (?:the |a |an |my |his |her |about )?{_NAME}\s*(?:[,.;:!?–—]+\s*|$)",
        rf"\b(?:i|we) (?:wasn't|wasnt|was not|weren't|werent|were not|no) (?:mean(?:ing)?|ask(?:ing)?) (?:about |for )?{_NAME}{_END}",
        rf"\b(?:i|we) (?:didn't|didnt|did not|never) (?:mean|say|said|ask|asked) (?:about |for |anything about )?{_NAME}{_END}",
        rf"\b(?:anything but|anything except|other than|apart from|as opposed to) {_NAME}{_END}",
        rf"(?P<kept>{_WISH}[^,.;:!?\n–—]{{0,60}}?) (?:instead of|rather than) {_NAME}{_END}",
        rf"\b(?:leaving|leave|putting|put) {_NAME} (?:aside|for now|for another day|out of it){_END_OR_NOT}",
        rf"\b(?:stop|no point|fed up of you) (?:telling|sending|giving|showing) me (?:about |how to )?{_NAME}{_END}",
        rf"\b(?:you keep|you kept) (?:telling|sending|giving|showing) me (?:about )?{_NAME}{_END}",
        rf"(?:^|[,.;:!?–—]\s*)(?:please |just |no |lets |actually |and )*(?:ignore|skip|scrap|drop) (?:what i (?:said|asked|wrote) about |the (?:part|bit) about |the stuff about )?{_NAME}{_END}",
        rf"\b(?:no more|less of|enough of|enough about|enough with) {_NAME}(?: please)?{_END}",
        rf"\b(?:i|we) (?:already know|am aware of|are aware of|know all)(?: about)?(?: what| how)?(?: to)? {_NAME}{_END}",
        rf"\b(?:we've|we have|ive|i've|i have|he's|she's|weve) (?:already )(?:got|had|done|have) {_NAME}{_END}",
        rf"(?:^|[.;:!?]\s*)(?:i'm |im )?(?:thanks,? but |ok,? but |no,? )?(?:thats|that's|that is|this is|it was) (?:only |just )?(?:about )?{_NAME}[,.;:!?–—]+\s*(?={_WANTED})",
        rf"\b(?:said|asked about|asked for|meant|mean|want|wanted|enquiring|asking) (?!not\b)(?P<kept>[^,.;:!?–—]{{2,40}}) not (?:about )?{_NAME}{_END}",
        rf"\benquiring not (?:about )?{_NAME} (?=but )",
        rf"(?:^|[,.;:!?–—]\s*)(?:nah|nope|no|ugh|oh|actually|sorry|wrong|hm+)*[, ]{0, 3}(?:its |it's |is )?not {_NAME}{_END}",
        rf"(?:^|[.;:!?–—]\s*){_SHORT} (?:no(?=\s*[,.;:!?–—])|is sorted|is done|isn't the plan|isnt the plan|is great but|is fine but|is not (?:it|the (?:problem|question|issue))){_END_OR_NOT}",
    )
)
"""Ways to say that something is not meant. Only whole turns of speech count: "school isn't following the plan" rejects nothing."""


def rejected(text: str) -> tuple[str, str] | None:
    """What a message says that it does not mean, and the message without it; None where it rejects nothing.

    "not the plan, i mean the other thing" gives ("the plan", "i mean the other thing").
    """
    for pattern in REJECTS:
        found = pattern.search(text)
        if found is not None:
            kept = found.groupdict().get("kept") or ""
            left = " ".join(f"{text[: found.start()]} {kept} {text[found.end() :]}".split())
            return found["rejected"].strip(), left.strip(" ,.;:-–—")
    return None


@dataclass(frozen=True)
class Rejection:
    """What a message says that it does not mean."""

    about: Ints
    """Positions of the entries that the rejected name stands for."""
    near: frozenset[int]
    """Positions of those that it stands for best: they may be offered, and are never the answer."""
    left: str
    """The message without it."""


def rejection(text: str, spans: Spans | None, area: str | None, scorer: Scorer, names: ExactNames) -> Rejection | None:
    """What a cleaned message says that it does not mean; None where it rejects nothing known.

    What the span tagger marked, or else a turn of speech that is known, counts as far as the rest does not ask for it;
    without the tagger a turn of speech is believed.
    """
    marked, left = (spans.rejects, spans.left) if spans is not None else ((), text)
    said = rejected(text) if not marked else None
    if said is not None:
        marked, left = said[:1], said[1]
    rest = scorer.analyser.analyse(split_words(left)) if marked else None
    if rest is None or not scorer.tells(rest):
        return None
    least = scorer.plain(rest, area) if spans is not None else np.float32(0)
    about: set[int] = set()
    near: set[int] = set()
    for name in marked:
        analysis = scorer.analyser.analyse(split_words(name))
        exact = names.named(analysis.typed, area)
        scores = scorer.plain(analysis, area)
        if not scorer.tells(analysis) or (exact is None and scorer.chance(scores, analysis, area) < NAMED):
            continue
        meant = scores >= max(REJECTED * float(scores.max()), 1e-6)
        if exact is not None:
            meant[scorer.position[exact.id]] = True
            scores[scorer.position[exact.id]] = max(1.0, float(scores.max()))
        about.update(np.flatnonzero(meant & (scores >= least)).tolist())
        near.update(at for at in np.argsort(-scores, kind="stable")[:MOST_CHOICES].tolist() if scores[at] > 0)
    return Rejection(np.array(sorted(about), np.int64), frozenset(near), left) if near else None
