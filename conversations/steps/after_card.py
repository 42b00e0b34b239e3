"""After a safety card the talk stays with the person: what comes next is answered from the safety content (S2a)."""

from __future__ import annotations

import re
from dataclasses import replace

from conversations.replies.prompts import crisis_numbers
from conversations.steps.acts import AFTER_DANGER, ASKED_FACETS, Act, Hearing
from conversations.turns import Kind, Paragraph, Reply, Turn
from knowledge.entries import AfterCard

WORRY_TURNS = 8
"""The talk stays with a card for so many messages."""
NEAR_TURNS = 4
"""For so many messages anything short that names no topic goes on from the card; later only what speaks of it. A card with
an answer under it is left behind at once: the talk may well be about that."""
MOST_WORDS, TELLS_WORDS = 16, 10
AGE_WORDS = 4
"""A message of so few words that tells an age asks for nothing else."""
PICTURES = "pictures"
"""What is said to "should i just send it": "send" is SEND to the matcher, and that must not lead away."""
NOW, MEANT, SAFE, LEAVE, BELIEVED = "now", "meant", "safe", "leave", "believed"
"""What is said where nothing else fits, to somebody who meant something else, who is safe, who wants to leave it, and who asks if it is their fault."""
FORGETS = re.compile(
    r"\b(?:delete|erase|clear|wipe|hide|remove)\b.{0,20}\b(?:chat|messages?|history|conversation|talk|this app|this bot)\b"
)
"""Somebody wants no trace of the talk: that is answered as at any other time."""
NOT_SO = re.compile(
    r"(?:(?:no|nope|nah|woah|what|oh|sorry|but) )*(?:its |it is |thats |that is )?(?:nothing like that|not like that|wrong|not true|a joke"
    r"|(?:i was |im )?(?:only |just )?(?:joking|kidding)|(?:im |i am |hes |shes |he is |she is )?not (?:suicidal|in danger|lost|missing)"
    r"|i (?:only |just )?(?:mean|meant) \w+(?: \w+)?)"
)
"""A message that says that it is not so, and nothing else: the talk leaves the card."""
ASKS = re.compile(
    r"\b(?:how|what|whats|when|where|wheres|who|whos|which|can|could|do|does|did|is|are|will|should|shall|may|need|want|tell|show|about|back|help|sorry|meant?)\b"
)
"""A message with one of these may ask for something."""
NEGATED = re.compile(r"\b(?:not|dont|doesnt|isnt|arent|never|cant|no longer|wont)\b")
BESIDE = "(?:(?:oh|ok|um|erm|well|just|its|actually) )*"
"""What may stand before words that want to leave it."""
SOCIAL = (
    "ok",
    "thanks",
    "goodbye",
    "unclear",
    "feeling",
    "bot",
    "again",
    "more",
    "never-mind",
    "anger",
    "both",
    "none",
)


def read(h: Hearing) -> Act | None:
    """Whether a message goes on from the card, and which of the safety sentences answers it."""
    safety = h.guide.library.safety
    if h.state.worry is None or safety is None or not safety.after or len(h.words) > MOST_WORDS:
        return None
    sure = h.match.sure
    if sure is not None and sure.small_talk and h.literal and h.move not in SOCIAL:
        return None
    asked = _asked(h, safety.after)
    if FORGETS.search(" ".join(h.words)) or (not asked.words and _of_topic(h)):
        return None
    near = h.state.worry_turns <= NEAR_TURNS
    age_alone = h.said.years is not None and len(h.words) <= AGE_WORDS  # "im 15"
    goes_on = h.is_likely(AFTER_DANGER) or (
        near and (age_alone or _only_tells(h) or h.is_likely(AFTER_DANGER, *SOCIAL, least=0.4))
    )
    follows = near and (h.named is None or asked.name == PICTURES) and _asks_of_the_numbers(h, asked)
    elsewhere = h.named is not None and not h.is_likely(AFTER_DANGER) and asked.name != PICTURES
    if elsewhere or not (goes_on or follows):
        return None
    return Act("after-card", asked.name, why=f"{h.state.worry_turns} messages after a card")


def _only_tells(h: Hearing) -> bool:
    """Whether a short message asks nothing and names nothing: "they wouldnt even notice" is no question about what was spoken of before."""
    asks = "?" in h.said.typed or ASKS.search(" ".join(h.words)) is not None
    return not asks and h.found is None and h.named is None and len(h.words) <= TELLS_WORDS


def _asks_of_the_numbers(h: Hearing, asked: AfterCard) -> bool:
    """Whether it may be asked of who stands on the card: by its words, or as a question that fits a helpline."""
    if h.topic is not None and h.move in ASKED_FACETS and h.move not in OF_HELPLINES and asked.name != BELIEVED:
        return False
    return bool(asked.words) or h.is_likely(*OF_HELPLINES, least=0.4)


def _of_topic(h: Hearing) -> bool:
    """Whether it surely asks for a side of what was spoken of before the card: "should i delete it all", of messages online."""
    asks = h.topic is not None and h.move in ASKED_FACETS and not h.is_likely(AFTER_DANGER)
    return asks and any(share >= SIDE for _, share in h.topic_facets[:1])


SIDE = 0.9
"""So probable must that side be."""
OF_HELPLINES = ("contact", "cost", "say", "where", "steps", "who-else")
"""What people ask of a helpline; with a topic in hand, other questions are about that."""


def _asked(h: Hearing, after: tuple[AfterCard, ...]) -> AfterCard:
    """The first whose words were said; else the one that asks for none."""
    text = f" {' '.join(h.words)} "
    for one in after:
        if one.name == SAFE and NEGATED.search(text):
            continue  # "i dont feel better"
        if one.name == LEAVE:  # and nothing else: "i dont know where she is" is no such thing
            if any(re.fullmatch(rf"{BESIDE}{re.escape(words)}", text.strip()) for words in one.words):
                return one
        elif any(re.search(rf"\b{re.escape(words)}\b", text) for words in one.words):
            return one
    return next((one for one in after if not one.words), after[-1])


def turn(act: Act, h: Hearing) -> Turn:
    """The sentence that helps, and under it the number for that danger, and 999."""
    safety = h.guide.library.safety
    assert safety is not None
    said = next(one for one in safety.after if one.name == act.move)
    blocks = (Paragraph(said.text), *crisis_numbers(h.state.worry or "", h.state, h.guide))
    kind: Kind = "small_talk" if act.move in ("thanks", "bye") else "info"
    believed = act.move == MEANT and NOT_SO.fullmatch(" ".join(h.words)) is not None
    worry = None if believed else h.state.worry
    return Turn(replace(h.state, asked=None, worry=worry), (Reply(kind, blocks),))
