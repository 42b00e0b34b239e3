"""A correction of who, how old, or what: the last answer comes again with it (K4). Where somebody lives: steps/area.py."""

from __future__ import annotations

import re
from dataclasses import replace

from conversations.feedback.consent import OWN_AGE
from conversations.replies.answers import answer, facet_answer, has_facet, shown
from conversations.steps.acts import SURELY, Act, Hearing
from conversations.turns import AnswerShown, Paragraph, Reply, Turn
from knowledge.entries import Entry

YOUNG = re.compile(
    r"\b(?:its|it is|thats|that is|this is) (?:actually )?(?:for me|about me|me)\b|"
    r"\b(?:im|i am) (?:not (?:the|his|her|their|a) (?:mum|mom|dad|parent|carer)\W+)?(?:im |i am )?(?:his|her|their|the) (?:big |little |older |younger |twin )?(?:sister|brother|sis|bro)\b|"
    r"\b(?:im|i am) (?:the )?(?:young person|kid|teenager|student|one with)\b"
)
"""Somebody says that they ask for themselves, or as a brother or sister."""
RELATED = re.compile(
    r"\b(?:im|i am|its|it is|this is|is for|for my|speaking as)\b.{0,30}\b(?:nan|nana|nanna|gran|granny|grandma|grandmother|grandad|grandfather|aunt|auntie|aunty|uncle|foster|kinship|guardian|"
    r"step ?(?:mum|dad)|dad|father|mum|mother|teacher|senco|social worker|ta|niece|nephew|grandson|granddaughter|sister daughter|brother son)\b"
)
"""Somebody says who they are to the child, or whose child it is."""
OTHER_CHILD = re.compile(
    r"\b(?:his|her|their|my|our|the) (?:(?:big|little|older|younger|twin|other|half|step) ){0,2}"
    r"(?:sister|brother|sis|bro|twin|son|daughter|boy|girl|lad|cousin)s?\b"
)
"""Another child than the one that was spoken of."""
SAYS_NOTHING_MORE = frozenset(
    """no not i mean meant sorry actually wrong its it is was for about of him her he she hes shes him who whos thats that this a an and
    but now years year yrs yr old age aged just only this one""".split()
)
"""Words that may stand beside another child and an age without asking anything."""
AGE_CORRECTED = re.compile(
    r"\b(?:hes|shes|he is|she is|is|im|i am|was) (?:actually |only )?(?:1?\d|2[0-5])(?: years?(?: old)?)? not (?:1?\d|2[0-5])\b|\bnot (?:1?\d|2[0-5]) (?:hes|shes|he is|she is|its) (?:1?\d|2[0-5])\b"
)
"""An age is put right: "sorry my son is 6 not 7"."""
MOST_WORDS = 14
OLDEST_ASKED = 9
"""An age in so many words or fewer, with a topic in hand, is said of the one whom that is about."""
MEANT = re.compile(r"\b(?:i (?:meant|mean)|meant|not (?:the )?\w+|no )\b")
SAYS_MEANT = re.compile(r"\b(?:meant?|no|actually|sorry|wrong)\b")
NEAR = 4
"""Of the best finds, so many are looked through for one that is not what was rejected."""


def read(h: Hearing) -> Act | None:
    """What a message corrects."""
    topic, years = h.topic, h.said.years
    if topic is not None and years is not None and (len(h.words) <= OLDEST_ASKED or h.is_likely("correct")):
        other = _for_age(topic, years, h)
        if other is not None and OWN_AGE.search(h.said.typed) and has_facet(topic.said_to(h.voice), "age", h.guide):
            return Act("facet", "age", topic, ("age",), why=f"aged {years}, and not for that age")
        if other is not None:
            return Act("correct", "age", other, why=f"aged {years}: {other.title}")
    text = " ".join(h.words)
    if topic is not None and years is not None and "?" not in h.said.typed and AGE_CORRECTED.search(text):
        return Act("correct", "aged", topic, why=f"aged {years}, and not as said before")
    if topic is not None and h.is_likely("correct") and RELATED.search(text) and len(h.words) <= MOST_WORDS:
        return Act("correct", "carer", topic, why="tells who they are to the child")
    if topic is not None and only_another_child(text) and (h.is_likely("correct") or SAYS_MEANT.search(text)):
        return Act("correct", "child", topic, why="the same, for another child")
    themselves = YOUNG.search(text) or (OWN_AGE.search(h.said.typed) and h.state.audience != "young-person")
    if topic is not None and themselves and len(h.words) <= 12 and (h.found is None or h.is_likely("correct")):
        return Act("correct", "who", topic, why="speaks for themselves")
    if (
        topic is not None
        and h.is_likely("correct", least=SURELY)
        and not h.new_words(topic)
        and not SAYS_MEANT.search(text)
        and "?" not in h.said.typed
    ):
        return Act("correct", "fact", topic, why=f"puts a fact right, {h.likely['correct']:.2f}")
    if not h.is_likely("correct") or topic is None or (not h.new_words(topic) and not SAYS_MEANT.search(text)):
        return None
    best = h.found
    if best is not None and best.id != topic.id and best.id not in h.match.rejected:
        return Act("correct", "what", best, why=f"correct, {h.likely['correct']:.2f}")
    if MEANT.search(text) and h.content:
        near = [
            one.entry for one in h.match.top[:NEAR] if not one.entry.small_talk and one.entry.id not in h.match.rejected
        ]
        others = [entry for entry in near if entry.id != topic.id]
        if near and near[0].id != topic.id:
            return Act("correct", "what", near[0], why="the best find that is not what was rejected")
        if others and not h.new_words(topic) and h.match.rejected:
            return Act("correct", "what", others[0], why="the next best find")
    return None


def only_another_child(text: str) -> bool:
    """Whether a message names another child, with an age or without, and says nothing more."""
    rest, found = OTHER_CHILD.subn(" ", text)
    return bool(found) and all(word in SAYS_NOTHING_MORE or word.isdigit() for word in rest.split())


def _for_age(topic: Entry, years: int, h: Hearing) -> Entry | None:
    """The entry for those who are too old or too young for the topic."""
    if topic.ages is None or topic.ages[0] <= years <= topic.ages[1]:
        return None
    other = topic.older if years > topic.ages[1] else topic.younger
    return h.guide.library.by_id.get(other or "")


def turn(act: Act, h: Hearing) -> Turn:
    """The last answer again, for another person or another topic."""
    state, guide = replace(h.state, asked=None), h.guide
    voice = h.voice
    if act.move == "who":
        state, voice = replace(state, audience="young-person"), "young-person"
        if act.entry is None:
            return Turn(state, (Reply("small_talk", (Paragraph(guide.wording("corrected_who")),)),))
    entry = act.entry
    if act.move == "carer":
        kept = Paragraph(guide.wording("corrected_who"))
        if entry is None or not has_facet(entry.said_to(voice), "who-can", guide):
            return Turn(state, (Reply("small_talk", (kept,)),))
        reply = facet_answer(entry, ("who-can",), guide, state, h.now, voice)
        return Turn(
            shown(state, entry, guide, voice, "who-can"),
            (replace(reply, blocks=(kept, *reply.blocks)),),
            (AnswerShown(entry.id),),
        )
    assert entry is not None
    if act.kind == "facet":
        reply = facet_answer(entry, act.facets, guide, state, h.now, voice)
        return Turn(shown(state, entry, guide, voice, act.move), (reply,), (AnswerShown(entry.id),))
    if act.move == "aged":
        return Turn(state, (Reply("small_talk", (Paragraph(guide.wording("corrected_age")),)),))
    said, what = entry.said_to(voice), state.shown if act.move != "what" else None
    another = (Paragraph(guide.wording("corrected_child")),) if act.move == "child" else ()
    if another and what is None and h.said.years is not None:
        what = "age"  # nothing else differs
    if what is not None and has_facet(said, what, guide):
        reply = facet_answer(entry, (what,), guide, state, h.now, voice, named=True)
    else:
        what, reply = None, answer(entry, guide, state, h.now, voice, h.said.typed)
    reply = replace(reply, blocks=(*another, *reply.blocks))
    return Turn(shown(state, entry, guide, voice, what), (reply,), (AnswerShown(entry.id),))
