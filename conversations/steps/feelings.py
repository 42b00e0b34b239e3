"""A feeling is met as a feeling: one sentence, then a door; never retrieval (K6)."""

from __future__ import annotations

import re
from dataclasses import replace

from conversations.replies.answers import facet_answer, first_contact
from conversations.steps.acts import AFTER_DANGER, LIKELY, SURELY, Act, Hearing
from conversations.turns import AnswerShown, Block, Button, Paragraph, Reply, Turn
from knowledge.entries import CRISIS
from knowledge.matching.calibration import SURE

GOOD = re.compile(
    r"\b(?:happy|glad|relieved|relief|over the moon|chuffed|buzzing|delighted|thrilled|proud|yay|hooray|woo+|great news|good news|"
    r"amazing news|got (?:in|it|the place|a place|awarded)|passed|won|we did it|(?:finally|at last) (?:happy|sorted|settled)|smil(?:e|ing)|made up|best (?:day|news))\b"
)
THANKS = re.compile(r"\b(?:thank\w*|thx|ta|cheers|ty)\b")
NOT_GOOD = re.compile(r"\b(?:not|never|no longer|isnt|arent|wasnt|wish|cant|wont|dont)\b")
DOORS = {"young-person": "national/young-mental-health"}
DOOR = "national/parent-wellbeing"
"""Where somebody can talk to a person."""


LOSING = re.compile(
    r"\b(?:take|taking|took|taken|remove|removed|lose|losing)\b.{0,12}\b(?:him|her|them|us|my (?:son|daughter|kids?|child(?:ren)?|boy|girl|baby|lad))\b(?: away| off| into care| from)?"
)
WHO_TAKES = re.compile(
    r"\b(?:social (?:services|care|workers?)|they|council|ss|will|would|if i|scared|frightened|worried|care)\b"
)
ABOUT_LOSING = "national/social-care-assessment"
TAKE_AWAY = "take-away"
"""The facet that meets the fear of losing a child."""


def read(h: Hearing) -> Act | None:
    """Whether a message shares a feeling and asks nothing, or fears that a child may be taken away."""
    text = " ".join(h.words)
    home = h.guide.library.by_id.get(ABOUT_LOSING)
    fears = LOSING.search(text) is not None and (
        " off me" in text or "away" in text or "social" in text or "into care" in text
    )
    if (
        fears
        and WHO_TAKES.search(text)
        and home is not None
        and home.facet(TAKE_AWAY) is not None
        and h.voice != "young-person"
    ):
        return Act("feeling", "fear", home, (TAKE_AWAY,), why="fears that a child may be taken away")
    if h.match.two_needs:
        return None  # two things are asked for
    if h.found is not None and h.found.id in (DOOR, *DOORS.values()):
        return None  # the answer is the door
    if h.move == "thanks" and is_joy(text) and h.found is None and "?" not in h.said.typed:
        return Act("feeling", "good", why="joy, and no word of thanks")
    # with no card before it, what people say after one is a feeling
    moods = ("feeling",) if h.state.worry is not None else ("feeling", AFTER_DANGER)
    if not h.is_likely(*moods, least=SURELY if h.found is not None else LIKELY) or "?" in h.said.typed:
        return None
    good = is_joy(text)
    return Act("feeling", "good" if good else "hard", why=f"feeling, {h.likely['feeling']:.2f}")


def is_joy(text: str) -> bool:
    """Whether the words tell of something good, and do not thank."""
    return GOOD.search(text) is not None and NOT_GOOD.search(text) is None and THANKS.search(text) is None


def turn(act: Act, h: Hearing) -> Turn:
    """One warm sentence; for a hard one somebody to talk to as well, and what it may be about."""
    wording, turns = h.guide.wording, h.state.turns
    after = replace(h.state, asked=None)
    if act.move == "fear" and act.entry is not None:
        reply = facet_answer(act.entry, act.facets, h.guide, after, h.now, h.voice, named=True)
        return Turn(after.on(act.entry.id, TAKE_AWAY), (reply,), (AnswerShown(act.entry.id),))
    if act.move == "good":
        said = (Paragraph(wording.variant("feeling_good", turns)), Paragraph(wording("feeling_after_good")))
        return Turn(after, (Reply("small_talk", said),))
    blocks: list[Block] = [Paragraph(wording.variant("feeling_hard", turns))]
    entry = h.guide.library.by_id.get(DOORS.get(h.voice, DOOR))
    rows: tuple[tuple[Button, ...], ...] = ()
    if entry is not None and entry.contacts:
        blocks += [Paragraph(wording("feeling_door")), *first_contact(entry, wording, h.now, h.voice)]
        rows = ((h.guide.button(entry),),)
    best = h.match.top[0] if h.match.top else None
    beside = best is not None and not best.entry.small_talk and best.entry.id != CRISIS and best.entry is not entry
    if best is not None and beside and best.score >= SURE:
        rows = ((h.guide.button(best.entry),), *rows)  # "bullied for being disabled" is also about something
    return Turn(after, (Reply("small_talk", tuple(blocks), rows),))
