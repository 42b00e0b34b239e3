"""One turn of a talk: `step` reads as the rules read. Pure: nothing is sent, saved or logged in here."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from conversations.feedback import receipts
from conversations.feedback.consent import OWN_AGE, YesContext, dropped
from conversations.feedback.flow import CARRIES_ON, feedback_turn, void
from conversations.feedback.invitations import offered
from conversations.guide import Guide
from conversations.replies.answers import answer, chosen, chosen_answer, shown, term_answer, with_line
from conversations.replies.easy import eased
from conversations.replies.prompts import (
    WALL,
    also_asked,
    choices,
    info,
    no_match,
    offer,
    safety_card,
    small_prompt,
    way_to,
)
from conversations.steps import after_card, audience, correct, facets, feelings, repair, returning, select, social
from conversations.steps.acts import ASKED_FACETS, LIKELY, Act, Hearing
from conversations.steps.area import settle
from conversations.steps.buttons import asks_for_card, press
from conversations.steps.commands import command
from conversations.steps.sides import Sides
from conversations.turns import AnswerShown, Button, Message, NothingFound, Reply, SafetyCardShown, State, Turn, band_of
from knowledge.acts.classifier import QUESTION
from knowledge.danger.detector import FOREIGN, Danger, danger
from knowledge.entries import CRISIS, NATIONAL, Audience, Entry
from knowledge.matching.calibration import SURE
from knowledge.matching.match import Match
from knowledge.matching.needs import MOST_CHOICES, POST
from knowledge.text.said import Said

LEAVING = re.compile(r"/(?:stop|forget)(?:@\w+)?", re.IGNORECASE)
"""The only commands that come before danger, and only where nothing else is said (S1): "/forget it i want to die" is danger."""
LEAVING_ALL = re.compile(
    rf"{LEAVING.pattern}(?:\W+(?:me|all|everything|of|it|this|that|my|the|data|words|talk|chat|please|pls|now|and|thanks|thank|you|bye))*\W*",
    re.IGNORECASE,
)
"""The same with words that add nothing; behind any others it is a sentence: "/forget it, what about pip" deletes nothing."""
WITHOUT_SLASH = ("menu", "help", "start", "settings", "privacy", "stop", "area", "language", "feedback", "topics")
"""Commands that people type as a bare word."""
WORTH_A_BUTTON = 0.6
"""From this score on an entry is offered under a safety card: what fits less well mocks whoever is in danger."""
LONG, SURE_IF_LONG = 20, 0.8
"""In more words than this the surer of two needs is answered at once only from this chance on: both may be meant. A message of more than
POST words seldom asks for two things."""
SAYS_WHO = frozenset(
    "its it is was this about for my our his her him the a an and of one ive i have got sorry ok um so little big older younger child children son sons "
    "daughter daughters boy boys girl girls lad lass kid kids brother sister twin twins grandson granddaughter nephew niece".split()
)
"""A message of such words alone says for whom something is, and not what: no list is made of it."""
FEW_WORDS = 2
"""A message of so few words that finds nothing is offered the entries that are called alike."""
READ_CHARACTERS = 10_000
"""No more of a message is read; Telegram itself sends 4,096."""


class Steps(Protocol):
    """A module of `conversations.steps` that knows one act: how it is told, and what follows from it."""

    def read(self, h: Hearing, /) -> Act | None:
        """The act, where a message is one of its kind."""

    def turn(self, act: Act, h: Hearing, /) -> Turn:
        """What follows from it."""


@dataclass(frozen=True)
class Judged:
    """What a message says of danger: judged once, before anything else is done with it (S1a)."""

    worry: Danger | None
    card: bool
    """Whether what it brings is a safety card: by what was typed, or by the button that asks for one."""


def judge(message: Message, guide: Guide) -> Judged:
    """Judge a message by itself; nothing of its talk is needed. Only a bare /stop or /forget is never danger (S1)."""
    typed = shown_text(message.text)
    worry = None if LEAVING.fullmatch(typed) else danger(receipts.without_code(typed, receipts.read(typed)))
    return Judged(worry, worry is not None and worry.strength == "card" or asks_for_card(message.press, guide))


def step(
    state: State, message: Message, guide: Guide, now: datetime, *,
    yes_context: YesContext | None = None, judged: Judged | None = None,
) -> Turn:  # fmt: skip
    """What follows from one message: the state after it, the replies, the events. `now` is Europe/London time.

    `yes_context` binds a yes to this talk and brings the randomness; without it nothing can be kept, and feedback says so.
    `judged` is what `judge` found in the message, where that has been done already.
    """
    turn = _stepped(state, message, guide.to(state), now, yes_context, judged)
    return eased(turn, guide, state)


def _stepped(
    state: State, message: Message, guide: Guide, now: datetime, yes_context: YesContext | None, judged: Judged | None
) -> Turn:
    """The turn, before it is put into the short blocks of easy read where the talk has it on."""
    worry = (judged or judge(message, guide)).worry
    state = aged(state)
    if worry is not None and worry.strength == "card" and worry.alone and _binds(state, message, guide, now):
        worry = replace(worry, strength="line")
    if worry is not None and worry.strength == "card":  # before anything else is read
        freed = dropped(state)
        asked = shown_text(message.text) if freed == state else ""  # words meant as feedback ask nothing
        return void(_crisis(freed, worry, guide, now, asked), state, guide)
    if message.group:
        return Turn(state, (info("group", guide),))
    said = hear(message.text, guide)
    told = feedback_turn(state, message, said, worry, guide, now, yes_context)
    if told is not None:
        return told if message.press and message.press.startswith(CARRIES_ON) else void(told, state, guide)
    turn = _others(dropped(state), message, said, worry, guide, now)
    return void(offered(turn, state, said.typed, guide) if yes_context else turn, state, guide)


def _binds(state: State, message: Message, guide: Guide, now: datetime) -> bool:
    """Whether a short message so surely goes on with an ordinary topic that likeness alone does not make it danger.

    "ok maybe i will go", "what if they end it", after an answer. Explicit words, which a rule finds, always are; and so is
    all that follows a card.
    """
    typed = shown_text(message.text)
    if not state.topics or state.worry is not None or state.asked or len(typed.split()) > BINDING_WORDS:
        return False
    with suppress(Exception):
        h = _hearing(state, hear(typed, guide), guide, now)
        return select.labelled(h) is not None or _goes_on(h)
    return False


def _goes_on(h: Hearing) -> bool:
    """Whether a message surely thanks, agrees, says goodbye, or asks what comes after a no."""
    return h.move in BINDING and h.likely[h.move] >= SURELY_BOUND


BINDING = ("thanks", "ok", "goodbye", "refused")
BINDING_WORDS, SURELY_BOUND = 8, 0.95
"""What may bind a short message to its topic, and how likely it must be."""


def hear(text: str | None, guide: Guide) -> Said:
    """A message's text, read once; each later step is handed what was read."""
    typed = shown_text(text)
    return Said.read(typed, guide.library, receipts.read(typed))


ACTS: tuple[Steps, ...] = (select, after_card, social, feelings, repair, correct, returning, facets)
"""What a message may do in a talk, in the order in which it is looked for; else it is a question of its own."""


def _others(state: State, message: Message, said: Said, worry: Danger | None, guide: Guide, now: datetime) -> Turn:
    """Everything but danger and feedback: commands, buttons, acts, and questions of their own."""
    first = said.typed.split(maxsplit=1)[0] if said.typed else ""
    sentence = LEAVING.fullmatch(first) is not None and not LEAVING_ALL.fullmatch(said.typed)
    if (said.typed.startswith("/") and not sentence) or said.typed.lower() in WITHOUT_SLASH:
        return command(state, said.typed, guide, now)
    if message.press is not None:
        return press(state, message.press, guide, now)
    if not said.typed:
        return Turn(state, (small_prompt("not_words" if message.other else "empty", guide),))
    if (replied := guide.by_short_id.get(message.about or "")) is not None and not replied.small_talk:
        state = state.on(replied.id)  # a reply to an older answer makes that the topic (K10)
    settled = settle(state, said, guide, now)
    if isinstance(settled, Turn):
        return settled
    turn = _acted(_hearing(settled, said, guide, now, worry))
    if settled.area is not None:  # a place in a question counts for that question only
        turn = replace(turn, state=replace(turn.state, area=settled.area))
    return (
        turn if worry is None else replace(turn, replies=(with_line(turn.replies[0], guide, state), *turn.replies[1:]))
    )


def _asks_nothing(h: Hearing) -> bool:
    """Whether a message names nothing that the matcher is sure of, and likely asks nothing: "I can't do this any more"."""
    if h.topic is not None and len(h.words) <= BINDING_WORDS and _goes_on(h):
        return False  # "goodbye god keep you"
    if not h.likely or h.found is not None or h.match.two_needs or "?" in h.said.typed:
        return False
    return sum(h.likely.get(label, 0.0) for label in (*ASKED_FACETS, QUESTION)) < LIKELY


def _hearing(state: State, said: Said, guide: Guide, now: datetime, worry: Danger | None = None) -> Hearing:
    """The message in its talk: an age that it tells is remembered as a band, a place that it names counts for it."""
    lined = worry is not None and worry.strength == "line" and worry.kind != FOREIGN and state.worry is None
    band = band_of(said.years) if said.years is not None else None
    area = said.place.area if said.place.area in guide.library.area_by_id else state.area
    here = audience.heard(replace(state, band=band or state.band, area=area), said)
    voice = voice_of(here, said.typed)
    return Hearing(here, said, guide, now, voice, lined)


def _act(h: Hearing) -> tuple[Steps, Act] | None:
    """The first act that a message is, with who knows it. Under the gentle line what asks nothing is a feeling, before all others."""
    if h.lined and _asks_nothing(h):
        return feelings, Act("feeling", "hard", why="the gentle line, and nothing asked")
    found = ((steps, steps.read(h)) for steps in ACTS)
    return next(((steps, act) for steps, act in found if act is not None), None)


def _acted(hearing: Hearing) -> Turn:
    """The turn of the act that a message is, or of a question of its own."""
    found = _act(hearing)
    return _matched(hearing) if found is None else found[0].turn(found[1], hearing)


def hearing_of(state: State, text: str, guide: Guide, now: datetime, worry: Danger | None = None) -> Hearing:
    """A message in its talk, as the acts read it."""
    settled = settle(state, said := hear(text, guide), guide, now)
    return _hearing(settled if isinstance(settled, State) else settled.state, said, guide, now, worry)


def act_of(state: State, text: str, guide: Guide, now: datetime) -> Act:
    """What a message does in a talk, told for `ask --explain`."""
    found = _act(hearing_of(state, text, guide, now, judge(Message(text=text), guide).worry))
    return found[1] if found is not None else Act("question", why="none of the others")


def aged(state: State) -> State:
    """The state one message later: what was offered, and a card, are left behind after some messages."""
    offered = state.offered if state.offered_turns < select.OFFERED_TURNS else ()
    worry = state.worry if state.worry_turns < after_card.WORRY_TURNS else None
    return replace(
        state, turns=state.turns + 1, offered=offered, offered_for=state.offered_for if offered else (),
        offered_turns=state.offered_turns + 1 if offered else 0,
        worry=worry, worry_turns=state.worry_turns + 1 if worry else 0,
    )  # fmt: skip


def shown_text(text: str | None) -> str:
    """What a person typed, bounded, without lone surrogates and marks that cannot be seen."""
    kept = (text or "")[:READ_CHARACTERS].encode("utf-8", "ignore").decode("utf-8")
    return re.sub(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f]", "", kept).strip()


def _crisis(state: State, worry: Danger, guide: Guide, now: datetime, typed: str = "") -> Turn:
    card = safety_card(worry, state, guide, now)
    after = replace(state, worry=worry.kind, worry_turns=0, asked=None)
    replies = [card]
    with suppress(Exception):  # what else was asked comes under the card, and never in its way
        h = _hearing(state, hear(typed, guide), guide, now)
        near, sides = _ways_on(h.match, h.state) if typed else [], Sides(h)
        rows = tuple((way_to(entry, sides.behind(entry), guide),) for entry in near[:2])
        card = replace(
            card, buttons=(*rows, (Button("m", guide.wording("button_menu")),)), under=tuple(entry.id for entry in near)
        )
        replies = [card]
        if near and not worry.sure and (found := _under_card(near[0], sides, h, after)) is not None:  # S2a
            reply, after = found
            replies.append(reply)
    if state.area is None and guide.library.areas:
        replies.append(small_prompt("area_asks_after_card", guide))
        after = replace(after, asked="area")
    return Turn(after, tuple(replies), (SafetyCardShown(worry.kind),))


def _under_card(entry: Entry, sides: Sides, h: Hearing, after: State) -> tuple[Reply, State] | None:
    """What a message with danger in it asked for besides: the side that it names, or the first answer; and the state after it.

    None where neither what it asks about nor the side of that is sure.
    """
    guide, voice = h.guide, h.voice
    side, probability = next(iter(sides.of(entry).items()), ("", 0.0))
    if entry not in (h.match.sure, _surer(h)) and probability < SIDE_ALONE:
        return None
    if probability >= SIDE:
        reply = chosen_answer(entry, side, guide, h.state, h.now, voice)
        told = chosen(after, entry, side, guide, voice)
    else:
        reply = answer(entry, guide, h.state, h.now, voice, h.said.typed, sides.first(entry))
        told = shown(after, entry, guide, voice)
    return reply, replace(told, worry_turns=after_card.NEAR_TURNS)


SIDE, SIDE_ALONE = 0.3, 0.45
"""How probable a side must be to be told under a card: of an entry that is found surely, and of the best find otherwise. Of 29 messages
of parents with a card 15 have an answer under it without the second, and 21 with it; the six are right."""


def _ways_on(found: Match, state: State) -> list[Entry]:
    """What a message with danger in it may have asked for besides, best first."""
    near = [one.entry for one in found.top if one.score >= WORTH_A_BUTTON and one.entry.id != CRISIS]
    return [entry for entry in near if not entry.small_talk and entry.area in (NATIONAL, state.area)]


def _matched(h: Hearing) -> Turn:
    """The question is looked up: a sure answer, choices, or an honest no."""
    state, guide, match, voice = h.state, h.guide, h.match, h.voice
    here = replace(state, area=match.area) if match.area else state
    if match.sure is not None and match.sure.id == CRISIS:
        return _crisis(state, Danger("general", "card", "unclear"), guide, h.now)
    score = match.top[0].score if match.top else 0.0
    sides = Sides(h)
    entry = match.sure or _surer(h)
    idle = h.topic is not None and not h.may_ask
    if entry is not None and not (h.seems_small_talk and h.topic is not None and h.move not in social.ENTRIES):
        if match.term is not None and entry.id != match.term.entry:
            reply = term_answer(match.term, entry, guide, here, h.now)
        else:
            reply = answer(entry, guide, here, h.now, voice, h.said.typed, sides.first(entry))
        after = state
        if (beside := _beside(h)) is not None:
            other, line = beside
            reply = also_asked(reply, other, guide, sides.behind(other), line)
            offered = match.choices if match.two_needs else (entry, other)
            reply = replace(reply, choices=tuple(one.id for one in offered))
            after = state.offering(reply.choices, [sides.behind(one) for one in offered])
        turn = Turn(shown(after, entry, guide, voice), (reply,), () if entry.small_talk else (AnswerShown(entry.id),))
    elif h.state.worry is not None and h.state.worry_turns <= after_card.NEAR_TURNS and not match.choices:
        return after_card.turn(Act("after-card", after_card.NOW, why="finds nothing, soon after a card"), h)
    elif h.words and SAYS_WHO.issuperset(h.words):
        turn = repair.ask_anew(replace(state, asked=None), h)
    elif match.choices and not (idle and _likeliest(h)):
        behind = [sides.behind(one) for one in match.choices]
        after = state.offering([one.id for one in match.choices], behind)
        turn = Turn(after, (choices(match, guide, replace(here, audience=voice), h.now, behind),))
    elif near := called_alike(h):
        after = state.offering([entry.id for entry in near])
        turn = Turn(after, (offer(near, guide, here, h.now),))
    elif (act := _likeliest(h)) is not None:
        return social.turn(act, h) if act.kind == "social" else feelings.turn(act, h)
    else:
        told = state.told if WALL in state.told else (*state.told, WALL)
        after = replace(state, asked=None, missed=state.missed + 1, told=told)
        turn = Turn(after, (no_match(match.understood, state, guide, h.now),), (NothingFound(),))
    top = tuple((one.entry.id, one.score) for one in match.top)
    first = replace(turn.replies[0], score=score, top=top)
    return replace(turn, replies=(first, *turn.replies[1:]))


def _surer(h: Hearing) -> Entry | None:
    """The surer of two needs, where it is clear enough to be answered at once."""
    match, count = h.match, len(h.words)
    if not match.two_needs or (match.rejected and count <= POST):  # a story rejects much in passing
        return None
    least = SURE_IF_LONG if LONG < count <= POST else SURE
    best = match.top[0]
    return best.entry if best.entry is match.choices[0] and best.score >= least else None


def _beside(h: Hearing) -> tuple[Entry, str] | None:
    """What stands under an answer: the other need, or what a story may be about instead; and how that is said."""
    match, post = h.match, len(h.words) > POST
    if match.two_needs:
        surely = match.needs[1] >= SURE and not post
        return match.choices[1], "choices_also" if surely else "choices_beside"
    if not post or len(match.top) < 2:
        return None
    best, second = match.top[:2]
    fits = second.score >= NEARLY * best.score and not second.entry.small_talk and second.entry.id != CRISIS
    return (second.entry, "choices_beside") if fits else None


NEARLY = 0.85
"""From this share of the best score on something is offered beside the answer to a story."""


def _likeliest(h: Hearing) -> Act | None:
    """For a short message that finds nothing: small talk or a feeling, where that is likelier than any question."""
    if h.move in social.SAID and h.likely[h.move] >= RATHER:
        return Act("social", h.move, why="finds nothing, and is rather this")
    return Act("feeling", "hard", why="finds nothing") if h.move == "feeling" and h.likely[h.move] >= RATHER else None


RATHER = 0.35
"""A message that finds nothing is taken for small talk or a feeling from this probability on."""


def called_alike(h: Hearing) -> list[Entry]:
    """For a message of one or two words: the entries with one of them in their names, the best finds first."""
    wanted = set(h.content)
    if not wanted or len(h.words) > FEW_WORDS:
        return []
    scores = {one.entry.id: one.score for one in h.match.top}
    near = [
        entry for entry in h.guide.library.entries
        if entry.area in (NATIONAL, h.state.area) and not entry.small_talk and entry.id != CRISIS
        and any(wanted & form for form in h.guide.names_of(entry))
    ]  # fmt: skip
    near.sort(key=lambda entry: (-scores.get(entry.id, 0.0), entry.area == NATIONAL))
    return near[:MOST_CHOICES] if len(near) > 1 else []


def voice_of(state: State, text: str) -> Audience:
    """Who is spoken to in this answer: an age that somebody says of themselves outweighs what was chosen."""
    return "young-person" if OWN_AGE.search(text) else state.voice
