"""One turn of a talk: `step` reads as the rules read. Pure: nothing is sent, saved or logged in here."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from conversations.feedback import receipts
from conversations.feedback.consent import OWN_AGE, YesContext, dropped
from conversations.feedback.flow import CARRIES_ON, feedback_turn, void
from conversations.feedback.invitations import offered
from conversations.guide import Guide
from conversations.replies.answers import answer, shown, term_answer, with_line
from conversations.replies.prompts import choices, info, no_match, safety_card, small_prompt
from conversations.steps.area import settle, without_home
from conversations.steps.buttons import asks_for_card, press
from conversations.steps.commands import command
from conversations.steps.follow_ups import follow_up
from conversations.turns import AnswerShown, Button, Message, NothingFound, SafetyCardShown, State, Turn
from knowledge.danger.detector import Danger, danger
from knowledge.entries import CRISIS, NATIONAL, Audience
from knowledge.matching.match import Match
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
WORTH_A_BUTTON = 0.3
"""From this score on an entry is offered under a safety card."""
READ_CHARACTERS = 10_000
"""No more of a message is read; Telegram itself sends 4,096."""


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
    worry = (judged or judge(message, guide)).worry
    if worry is not None and worry.strength == "card":  # before anything else is read
        return void(_crisis(dropped(state), worry, guide, now, shown_text(message.text)), state, guide)
    if message.group:
        return Turn(state, (info("group", guide),))
    said = hear(message.text, guide)
    told = feedback_turn(state, message, said, worry, guide, now, yes_context)
    if told is not None:
        return told if message.press and message.press.startswith(CARRIES_ON) else void(told, state, guide)
    turn = _others(dropped(state), message, said, worry, guide, now)
    return void(offered(turn, state, said.typed, guide) if yes_context else turn, state, guide)


def hear(text: str | None, guide: Guide) -> Said:
    """A message's text, read once; each later step is handed what was read."""
    typed = shown_text(text)
    return Said.read(typed, guide.library, receipts.read(typed))


def _others(state: State, message: Message, said: Said, worry: Danger | None, guide: Guide, now: datetime) -> Turn:
    """Everything but danger and feedback: commands, buttons, answers to questions, follow-ups, matches."""
    first = said.typed.split(maxsplit=1)[0] if said.typed else ""
    sentence = LEAVING.fullmatch(first) is not None and not LEAVING_ALL.fullmatch(said.typed)
    if (said.typed.startswith("/") and not sentence) or said.typed.lower() in WITHOUT_SLASH:
        return command(state, said.typed, guide, now)
    if message.press is not None:
        return press(state, message.press, guide, now)
    if not said.typed:
        return Turn(state, (small_prompt("not_words" if message.other else "empty", guide),))
    settled = settle(state, said, guide, now)
    if isinstance(settled, Turn):
        return settled
    followed = follow_up(settled, said.typed, guide, now)
    return followed or _matched(settled, said, worry, guide, now)


def shown_text(text: str | None) -> str:
    """What a person typed, bounded, without lone surrogates and marks that cannot be seen."""
    kept = (text or "")[:READ_CHARACTERS].encode("utf-8", "ignore").decode("utf-8")
    return re.sub(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f]", "", kept).strip()


def _crisis(state: State, worry: Danger, guide: Guide, now: datetime, typed: str = "") -> Turn:
    card = safety_card(worry, state, guide, now)
    with suppress(Exception):  # what else was asked comes under the card, and never in its way
        card = replace(card, buttons=_ways_on(state, typed, guide))
    replies = [card]
    if state.area is None and guide.library.areas:
        replies.append(small_prompt("area_asks_after_card", guide))
    after = replace(state, last=CRISIS, offered=(), asked="area" if state.area is None else None)
    return Turn(after, tuple(replies), (SafetyCardShown(worry.kind),))


def _ways_on(state: State, typed: str, guide: Guide) -> tuple[tuple[Button, ...], ...]:
    """Buttons under a card: what the message may have asked for besides, and the topics."""
    found = guide.matcher.match(typed, state.area, state.voice) if typed else Match()
    near = [one.entry for one in found.top if one.score >= WORTH_A_BUTTON and one.entry.id != CRISIS]
    rows = [(guide.button(entry),) for entry in near if not entry.small_talk and entry.area in (NATIONAL, state.area)]
    return (*rows[:2], (Button("m", guide.wording("button_menu")),))


def _matched(state: State, said: Said, worry: Danger | None, guide: Guide, now: datetime) -> Turn:
    """The question is looked up: a sure answer, choices, or an honest no."""
    voice = voice_of(state, said.typed)
    match = guide.matcher.find(without_home(said, guide.library), state.area, voice)
    here = replace(state, area=match.area) if match.area else state
    if match.sure is not None and match.sure.id == CRISIS:
        return _crisis(state, Danger("general", "card", "unclear"), guide, now)
    score = match.top[0].score if match.top else 0.0
    if match.sure is not None:
        entry = match.sure
        if match.term is not None and entry.id != match.term.entry:
            reply = term_answer(match.term, entry, guide, here, now)
        else:
            reply = answer(entry, guide, here, now, voice)
        after = shown(state, entry, guide, voice)
        turn = Turn(after, (replace(reply, score=score),), () if entry.small_talk else (AnswerShown(entry.id),))
    elif match.choices:
        reply = choices(match, guide, here)
        ids = tuple(entry.id for entry in match.choices)
        turn = Turn(replace(state, last=None, offered=ids, asked=None), (replace(reply, score=score),))
    else:
        reply = no_match(match.understood, here, guide, now)
        turn = Turn(replace(state, offered=(), asked=None), (replace(reply, score=score),), (NothingFound(),))
    top = tuple((one.entry.id, one.score) for one in match.top)
    turn = replace(turn, replies=(replace(turn.replies[0], top=top), *turn.replies[1:]))
    if worry is not None:
        turn = replace(turn, replies=(with_line(turn.replies[0], guide, state), *turn.replies[1:]))
    return turn


def voice_of(state: State, text: str) -> Audience:
    """Who is spoken to in this answer: an age that somebody says of themselves outweighs what was chosen."""
    return "young-person" if OWN_AGE.search(text) else state.voice
