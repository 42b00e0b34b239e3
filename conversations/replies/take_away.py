"""An answer to take away: all of it in one message without buttons, for paper or to be passed on; and the deadlines in it (W8)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from conversations.guide import Guide
from conversations.replies.answers import whole
from conversations.replies.easy import eased_reply, sentences
from conversations.turns import Paragraph, Reply, State
from knowledge.entries import Entry

DEADLINE_FACETS = ("refused", "dates")
"""The facets that say by when something must be done."""
DEADLINE = re.compile(
    r"\b(?:within|no later than|at least|you have|by the date|by 3\d|not from)\b.*\b(?:days?|weeks?|months?|date|letter)\b|"
    r"\b(?:days?|weeks?|months?) (?:of|from|to) (?:the|that|what|your)\b",
    re.IGNORECASE,
)
MOST_DEADLINES = 4


def take_away(entry: Entry, guide: Guide, state: State, now: datetime) -> Reply:
    """All of an entry as one text, in the voice and the words of the talk, with what it is and what it is not under it."""
    guide = guide.to(state)
    reply = whole(entry, guide, state, now)
    foot = Paragraph(guide.wording("take_away_foot"))
    kept = replace(reply, kind="info", buttons=(), entry=None, facet=None, blocks=(*reply.blocks, foot))
    return eased_reply(kept, guide) if state.easy_read else kept


def deadlines(entry: Entry, easy: bool = False) -> tuple[str, ...]:
    """The approved sentences of an entry that say by when something must be done, as they stand; none is worked out here.

    `entry` as it is said to whoever reads it; `easy`: in easy words, where they are written. No date is counted from them: which day a time starts on, and which days
    count, differ from rule to rule, and a wrong last day is worse than none.
    """
    facets = [facet for name in DEADLINE_FACETS if (facet := entry.facet(name)) is not None]
    texts = [text for facet in facets for text in (facet.easy_read if easy else ()) or (facet.text,)]
    found = [sentence for text in texts for sentence in sentences(text) if DEADLINE.search(sentence)]
    return tuple(dict.fromkeys(found))[:MOST_DEADLINES]
