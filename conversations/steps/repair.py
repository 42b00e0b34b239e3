"""What?, again, shorter, that is not what I asked, never mind, start again, more (K5).

The repairs of a talk after Moore and Arar 2019: repeat, paraphrase, and give up on a request.
"""

from __future__ import annotations

import re
from dataclasses import replace

from conversations.replies.answers import (
    ALL,
    answer,
    facet_answer,
    facet_rows,
    first_short_form,
    provenance,
    shown,
    term_answer,
    whole,
)  # fmt: skip
from conversations.replies.prompts import info
from conversations.steps.acts import Act, Hearing
from conversations.steps.correct import only_another_child
from conversations.turns import AnswerShown, Button, Paragraph, Reply, State, Turn
from knowledge.entries import Entry, Term, overdue
from knowledge.text.normalise import COMMON
from knowledge.text.segments import sentences

MOVES = ("unclear", "again", "shorter", "not-asked", "never-mind", "start-again", "more")
MARKS = re.compile(r"[?!.\s]{1,8}")
"""A message of nothing but marks asks "what?"."""
EASY = re.compile(
    r"\b(simpler|easier|easy ?read|(easy|simple|plain|less|short|fewer) (words?|english|read)|too (much|many) (reading|words?|to read)|"
    r"(dont|do not|didnt|cant) (understand|get) (it|this|that|any|a word|what)|dont understand$|lot of reading)\b"
)
"""Somebody asks for easy words: easy read is turned on, and the last answer comes again in it."""
BESIDE_EASY = COMMON | frozenset(
    "answer bit english explain explanation hard language make plain read reading really sentence sentences simple speak talk text understand word words writing".split()
)
"""What may stand beside it. Whoever says more asks something: "the council takes too long with the plan"."""
STANDS_FOR = re.compile(
    r"(?:so |and |ok )*(?:what|wot|wat)(?: do| does|s| is)? (?:that|it|those|the letters|this)(?: letters?)? (?:stand for|short for|abbreviat\w+|mean in full)|"
    r"(?:what|whats) (?:is )?(?:that|it) (?:short|stand\w*) for"
)
"""Somebody asks for what the letters of the topic mean."""
SOURCE = re.compile(
    r"(?:and |so |ok |whats |what is |the |your |a |any )*(?:source|sources|ref|refs|reference|references|link to the source)|"
    r"(?:and |so |ok )*where (?:does|did|do) (?:(?:that|it|this) come from|(?:you|u) get (?:(?:that|it|this)(?: info| information)? from|(?:that|this) info(?:rmation)?))|(?:and |so |ok )*where did (?:you|u) get (?:that|this)|(?:and |so )*says who|who says(?: so| that)?|how do (?:you|u) know(?: that)?"
)
"""Somebody asks where an answer comes from."""
SHORT_WORDS = 40
"""Words of a shortened answer."""


def read(h: Hearing) -> Act | None:
    """Which repair a message asks for."""
    if h.said.typed and MARKS.fullmatch(h.said.typed):
        return Act("repair", "unclear", why="nothing but marks")
    text = " ".join(h.words)
    if h.topic is not None and STANDS_FOR.fullmatch(text):
        return Act("repair", "stands-for", why="asks what the letters mean")
    if h.topic is not None and SOURCE.fullmatch(text):
        return Act("repair", "source", why="asks where it comes from")
    if EASY.search(text) and BESIDE_EASY.issuperset(EASY.sub(" ", text).split()):
        return Act("repair", "easy", why="asks for easy words")
    if h.move not in MOVES or not h.is_move(h.move) or (h.topic is not None and only_another_child(text)):
        return None
    return Act("repair", h.move, why=f"{h.move}, {h.likely[h.move]:.2f}")


def turn(act: Act, h: Hearing) -> Turn:
    """The last answer once more, in another form; or a way on."""
    state, guide, topic = replace(h.state, asked=None), h.guide, h.topic
    wording, turns = guide.wording, state.turns
    match act.move:
        case "stands-for" if topic is not None and (term := _term_of(topic, h)) is not None:
            return Turn(state, (term_answer(term, topic, guide, state, h.now),))
        case "easy":
            return _easy(state, topic, h)
        case "source" if topic is not None:
            lines = provenance(topic, wording, overdue(topic, h.now.date()), every=True)
            head = Paragraph(wording("facet_about", title=topic.title))
            return Turn(state, (Reply("answer", (head, *lines), (_menu(h),), entry=topic.id, facet=state.shown),))
        case "again" if topic is not None:
            return _seen(state, topic, _last(state, topic, h))
        case "shorter" | "unclear" | "stands-for" if topic is not None:
            return _seen(state, topic, _short(act.move, topic, h), state.shown)
        case "more":
            return _more(state, topic, h)
        case "not-asked":
            blocks = [Paragraph(wording.variant("not_asked", turns))]
            rows: tuple[tuple[Button, ...], ...] = ()
            if topic is not None and (rows := facet_rows(topic.said_to(h.voice), guide)):
                blocks.append(Paragraph(wording("not_asked_topic", title=topic.title)))
            return Turn(state, (Reply("small_talk", tuple(blocks), (*rows, _menu(h))),))
        case "start-again":
            fresh = State(
                area=state.area, audience=state.audience, easy_read=state.easy_read, language=state.language,
                forum_offered=state.forum_offered, told=state.told, rated=state.rated, turns=turns,
            )  # fmt: skip
            return Turn(fresh, (Reply("small_talk", (Paragraph(wording("start_again")),), (_menu(h),)),))
        case "never-mind":
            said = Paragraph(wording.variant("never_mind", turns))
            return Turn(replace(state, offered=(), offered_for=()), (Reply("small_talk", (said,), (_menu(h),)),))
    if act.move == "again":
        return Turn(state, (Reply("small_talk", (Paragraph(wording("again_none")),), (_menu(h),)),))
    return ask_anew(state, h)


def ask_anew(state: State, h: Hearing) -> Turn:
    """What somebody needs is asked, where a message tells nothing of it."""
    said = Paragraph(h.guide.wording.variant("unclear_none", state.turns))
    return Turn(state, (Reply("small_talk", (said,), (_menu(h),)),))


def _term_of(topic: Entry, h: Hearing) -> Term | None:
    """The short form that names the topic, or else the first that its answer uses."""
    terms = h.guide.library.terms
    names = {name.lower() for name in (topic.title, *topic.also_called)}
    named = (term for term in terms if term.full != term.term and {term.term.lower(), term.full.lower()} & names)
    return next(named, None) or first_short_form(f"{topic.title}. {topic.answer}", terms, spelled_out=True)


def _menu(h: Hearing) -> tuple[Button, ...]:
    return (Button("m", h.guide.wording("button_menu")),)


def _seen(state: State, entry: Entry, reply: Reply, what: str | None = None) -> Turn:
    return Turn(state.on(entry.id, what or reply.facet), (reply,), (AnswerShown(entry.id),))


def _last(state: State, topic: Entry, h: Hearing) -> Reply:
    """What was shown last of the topic."""
    if state.shown == ALL:
        return whole(topic, h.guide, state, h.now, h.voice)
    if state.shown:
        return facet_answer(topic, (state.shown,), h.guide, state, h.now, h.voice)
    return answer(topic, h.guide, state, h.now, h.voice)


def _short(move: str, topic: Entry, h: Hearing) -> Reply:
    """The last answer in its easy words, or its first sentence."""
    said = topic.said_to(h.voice)
    facet = said.facet(h.state.shown or "")
    texts = list(sentences(facet.text))[:1] if facet is not None and facet.text else list(said.easy_read)
    texts = texts or list(sentences(said.answer))[:1]
    kept: list[Paragraph] = []
    left = SHORT_WORDS
    for text in texts:
        left -= len(text.split())
        if kept and left < 0:
            break
        kept.append(Paragraph(text[0].upper() + text[1:]))
    head = Paragraph(h.guide.wording("shorter" if move == "shorter" else "unclear_topic", title=topic.title))
    rows = (*facet_rows(said, h.guide), (h.guide.facet_button(topic, ALL, h.guide.wording("button_all")), *_menu(h)))
    return Reply("answer", (head, *kept), rows, entry=topic.id)


def _easy(state: State, topic: Entry | None, h: Hearing) -> Turn:
    """Easy read is on from now; the last answer comes again in it."""
    after = replace(state, easy_read=True)
    if topic is None:
        return Turn(after, (info("easy_read_on", h.guide),))
    reply = _short("shorter", topic, h)
    said = Paragraph(h.guide.wording("easy_read_now"))
    return Turn(after.on(topic.id), (replace(reply, blocks=(*reply.blocks, said)),), (AnswerShown(topic.id),))


def _more(state: State, topic: Entry | None, h: Hearing) -> Turn:
    """The whole answer; after that, what stands near it."""
    guide = h.guide
    if topic is None:
        return ask_anew(state, h)
    if state.shown != ALL:
        return Turn(
            shown(state, topic, guide, h.voice, ALL),
            (whole(topic, guide, state, h.now, h.voice),),
            (AnswerShown(topic.id),),
        )
    near = [guide.library.by_id[other] for other in topic.see_also if other in guide.library.by_id]
    text = guide.wording("more_near" if near else "more_none")
    rows = (*((guide.button(other),) for other in near), _menu(h))
    return Turn(state, (Reply("prompt", (Paragraph(text),), rows),))
