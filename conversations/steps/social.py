"""Thanks, goodbye, ok, anger at the bot, and what is asked of the bot itself (K5): warm, short, never the same twice."""

from __future__ import annotations

import re

from conversations.replies.answers import answer
from conversations.replies.prompts import info, small_prompt
from conversations.steps.acts import ASKED_FACETS, POLITE, Act, Hearing
from conversations.steps.correct import RELATED
from conversations.steps.facets import SURE_FACET
from conversations.steps.feelings import is_joy
from conversations.turns import Button, Paragraph, Reply, Turn
from knowledge.danger.languages import known_words
from knowledge.entries import Entry

SAID = {"thanks": "thanks", "goodbye": "goodbye", "ok": "acknowledge", "anger": "anger"}
"""Which list of the wording answers which label."""
ENTRIES = {
    "thanks": "national/thanks", "goodbye": "national/goodbye", "ok": "national/yes-ok", "anger": "national/insult-or-swearing",
    "bot": "national/are-you-a-robot", "help": "national/what-can-you-do",
}  # fmt: skip
"""The small talk that stands for a label where the library has it."""
REPAIRS = ("never-mind", "not-asked", "more", "again", "shorter", "start-again", "unclear")
"""Labels that steps/repair.py answers, though small talk may hold their words."""
POLITE_WORDS = 8
"""With more words than this, and a question mark, somebody thanks and then asks."""
ABOUT_THE_BOT = 0.75
"""With a topic in hand a message must be so likely about the bot, or about what it can do."""
ABOUT_A_CHILD = re.compile(
    r"\b(?:home|he|she|him|her|hes|shes|son|daughter|child|kids?|boy|girl|baby|languages|school|words?)\b"
)
"""Beside a language: it is spoken of, not asked for."""
OTHER_LANGUAGE = "national/other-language"
LANGUAGE = re.compile(
    r"\b(?:speak|talk|answer|write|text|in|have|understand|read|know)\b (?:to me |this |it |u |you )*(?:in )?(?:arabic|urdu|punjabi|bengali|bangla|sylheti|polish|"
    r"romanian|somali|kurdish|farsi|persian|chinese|mandarin|cantonese|portuguese|spanish|french|ukrainian|russian|pashto|tigrinya|amharic|hungarian|slovak|czech|lithuanian|turkish|hindi|gujarati|italian|yoruba|welsh|bsl)\b|"
    r"\b(?:no|not|dont|bad|little|poor) (?:speak |know |good |much )*english\b|\benglish (?:is )?(?:not|bad|no) (?:so |very )?(?:good|well)\b|"
    r"^(?:dzien dobry|czesc|salaam|salam|as ?salaam|bonjour|hola|buna|ola|merhaba|privet|dziekuje|shukran|gracias|merci|multumesc|obrigad[oa]|spasibo)(?: \w+)?$|\b(?:po polsku|in romana|romaneste|en espanol|em portugues|en francais|af ?soomaali)\b"
)
"""Somebody asks for another language, or greets and thanks in one."""


def read(h: Hearing) -> Act | None:
    """Small talk by its very words, or by what the message likely is."""
    exact = h.match.sure if h.match.sure is not None and h.match.sure.small_talk else None
    text = " ".join(h.words)
    if exact is not None and exact.id == OTHER_LANGUAGE and known_words().isdisjoint(h.words):
        return Act("social", "entry", exact, why="another language, and no word of English")
    if (
        LANGUAGE.search(text)
        and not ABOUT_A_CHILD.search(text)
        and (other := h.guide.library.by_id.get(OTHER_LANGUAGE)) is not None
    ):
        return Act("social", "entry", other, why="asks for another language")
    if h.move == "thanks" and is_joy(text) and not h.literal:
        return None
    if h.move in POLITE and "?" in h.said.typed and len(h.words) > POLITE_WORDS:
        return None  # "thanks, that's helpful. And how long may it last?"
    if h.move in REPAIRS and h.is_likely(h.move):
        return None
    if (
        exact is not None
        and (h.literal or h.topic is None or h.move in ("bot", "after-danger"))
        and not (h.topic is not None and (h.move in ASKED_FACETS or (h.is_likely("correct") and RELATED.search(text))))
    ):
        label = next((label for label, id_ in ENTRIES.items() if id_ == exact.id and label in SAID), "entry")
        return Act("social", label, exact, why=f"small talk: {exact.title}")
    if h.match.term is not None and h.move in ("bot", "help"):
        return None  # "what is this is me": a word that the glossary knows
    unsure = h.topic is not None and h.move not in SAID and not h.is_likely(h.move, least=ABOUT_THE_BOT)
    unsure |= h.move == "help" and any(share >= SURE_FACET for _, share in h.topic_facets[:1])
    if h.move not in ENTRIES or not h.is_move(h.move) or unsure:
        return None
    return Act("social", h.move if h.move in SAID else "entry", _closest(h), why=f"{h.move}, {h.likely[h.move]:.2f}")


def _closest(h: Hearing) -> Entry | None:
    """The small talk that fits best; what stands for the label where none does."""
    best = next((one.entry for one in h.match.top if one.entry.small_talk), None)
    return best if best is not None and h.move in ("bot", "help") else h.guide.library.by_id.get(ENTRIES[h.move])


def turn(act: Act, h: Hearing) -> Turn:
    """The approved sentence, another one each time where there are several."""
    entry = act.entry
    if act.move in SAID:
        said = Paragraph(h.guide.wording.variant(SAID[act.move], h.state.turns))
        rows = ((Button("m", h.guide.wording("button_menu")),),) if act.move in ("ok", "anger") else ()
        return Turn(h.state, (Reply("small_talk", (said,), rows, entry=entry.id if entry else None, score=1.0),))
    if entry is None:
        return Turn(h.state, (info("help", h.guide) if h.move == "help" else small_prompt("ready", h.guide),))
    return Turn(h.state, (answer(entry, h.guide, h.state, h.now, h.voice),))
