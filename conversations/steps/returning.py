"""Back to an earlier topic of the talk: "back to the transport thing" (K2)."""

from __future__ import annotations

import re
from dataclasses import replace

from conversations.replies.answers import answer, shown
from conversations.replies.prompts import offer
from conversations.steps import facets
from conversations.steps.acts import ASKING, Act, Hearing
from conversations.turns import AnswerShown, Turn
from knowledge.acts.classifier import classifier
from knowledge.entries import Entry
from knowledge.text.normalise import clean, split_words, stem, telling
from knowledge.text.segments import sentences

BEFORE = re.compile(
    r"\b(?:before (?:that|this|it)|the (?:one|thing|topic|bit) before|previous|earlier one|last (?:one|thing|topic)|other (?:one|thing|topic))\b"
)
FIRST = re.compile(r"\b(?:first|beginning|start|originally|to begin with)\b")
PARTS = re.compile(r"[.,?!]\s|\band\b|\bwhat\b|\bhow\b|\bwho\b")
OPENS = 0.7
"""How likely its first part must go back, in a message that goes on."""
COMING_BACK = frozenset(
    stem(word)
    for word in "back return going go again earlier before previous said told thing stuff bit topic about mentioned spoke talked asked talking question subject".split()
)


def read(h: Hearing) -> Act | None:
    """Which earlier topic a message goes back to, and which side of it it asks for."""
    topics = [h.guide.library.by_id[id_] for id_ in h.state.topics if id_ in h.guide.library.by_id]
    topics += [
        h.guide.library.by_id[id_]
        for id_ in h.state.offered
        if id_ not in h.state.topics and id_ in h.guide.library.by_id
    ]
    if not topics:  # there is nowhere to go back to, and the rest takes a reading
        return None
    opening = _opening(h)
    if not (h.is_likely("return", least=0.4) or opening):
        return None
    named = _named(h, topics, opening)
    text = " ".join(h.words)
    if opening and not set(telling(opening)) - COMING_BACK - ASKING and set(h.content) - COMING_BACK:
        return None  # "anyway back to my son, can he have it": what follows says what is asked
    if named is not None and named is h.topic and facets.asked(h, named, facets.CLEAR_FACET):
        return None  # "tried all that. what about melatonin": nothing to go back to, and a side of it is asked for
    if named is None and FIRST.search(text):
        named = topics[-1]
    elif named is None and len(topics) > 1 and (BEFORE.search(text) or not set(h.content) - COMING_BACK):
        named = topics[1]
    if named is None:
        unclear = not h.match.choices and h.found is None and len(h.state.topics) > 1
        return Act("return", "which", why="an earlier topic, not named") if unclear else None
    return Act("return", "topic", named, _asked(h, named, opening), why=f"return, {h.likely['return']:.2f}")


def _asked(h: Hearing, named: Entry, opening: str) -> tuple[str, ...]:
    """The side of the topic that the rest of the message asks for: of a part of its own that is less sure, as all else was said."""
    rest = re.split(re.escape(opening), h.said.text, maxsplit=1)[-1].strip(" .,!?-") if opening else ""
    if opening and opening in h.said.text and len(rest.split()) > 1:
        return facets.asked_in(h, named, rest)
    return facets.asked_beside(h, named)


def _opening(h: Hearing) -> str:
    """The first part of a message, or of a sentence of it, where that goes back: "ok back to the complaint. what do i write"; "" for none."""
    reader, first = classifier(), list[str]()
    said = [" ".join(split_words(clean(one))) for one in sentences(h.said.typed)]
    for text in dict.fromkeys((h.said.text, *said)):
        parts = PARTS.split(text, maxsplit=2)
        first += [" ".join(parts[:many]).strip() for many in range(1, len(parts))]
    return max(
        (one for one in first if one and reader and reader.read(one).get("return", 0.0) >= OPENS), key=len, default=""
    )


def _named(h: Hearing, topics: list[Entry], opening: str) -> Entry | None:
    """The topic that the message names: by words of its names, or else by what it means."""
    wanted = set(telling(opening) or h.content) - COMING_BACK
    if not wanted:
        return None
    shares = {topic.id: len(wanted & _names(topic)) for topic in topics}
    best = max(topics, key=lambda topic: shares[topic.id])
    if shares[best.id]:
        return best
    match = h.guide.matcher.match(opening, h.state.area, h.voice) if opening else h.match
    scores = {one.entry.id: one.score for one in match.top}
    likest = max(topics, key=lambda topic: scores.get(topic.id, 0.0))
    return likest if scores.get(likest.id, 0.0) > 0 else None


def _names(entry: Entry) -> set[str]:
    texts = (entry.title, *entry.also_called, entry.id.partition("/")[2].replace("-", " "))
    return {stem(word) for text in texts for word in split_words(clean(text))}


def turn(act: Act, h: Hearing) -> Turn:
    """The topic's first answer, or the side of it that was asked for."""
    state, guide = replace(h.state, asked=None), h.guide
    if act.entry is None:
        topics = [guide.library.by_id[id_] for id_ in state.topics if id_ in guide.library.by_id][:3]
        after = replace(state, offered=tuple(entry.id for entry in topics), offered_for=(), offered_turns=0)
        return Turn(after, (offer(topics, guide, state, h.now, "return_none"),))
    entry = act.entry
    if act.facets:
        return facets.turn(replace(act, kind="facet"), h)
    return Turn(
        shown(state, entry, guide, h.voice),
        (answer(entry, guide, state, h.now, h.voice, h.said.typed),),
        (AnswerShown(entry.id),),
    )
