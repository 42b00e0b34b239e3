"""What is offered under other replies: helpful or not, "Tell the forum", "Pass this question on". Never in the way (F2)."""

from __future__ import annotations

from dataclasses import replace

from conversations.feedback.consent import fitted, masked
from conversations.guide import Guide
from conversations.turns import (
    AnswerRated,
    AnswerShown,
    Block,
    Button,
    NothingFound,
    Paragraph,
    Quote,
    Reply,
    State,
    Turn,
)
from knowledge.entries import CRISIS, Entry
from knowledge.matching.related import akin


def offered(turn: Turn, before: State, text: str, guide: Guide) -> Turn:
    """The turn with one line of buttons under an answer, once a topic in a talk (F2), and under a no "pass this on"."""
    for event in turn.events:
        if isinstance(event, AnswerShown):
            return _offer_forum(turn, before, event.entry, guide)
        if isinstance(event, NothingFound):
            return _offer_pass_on(turn, text, guide)
    return turn


def _offer_forum(turn: Turn, before: State, entry_id: str, guide: Guide) -> Turn:
    entry: Entry | None = guide.library.by_id.get(entry_id)
    shown = turn.replies[0]
    if (
        entry is None
        or entry.id == CRISIS
        or shown.kind != "answer"
        or any(akin(entry.id, one) for one in before.forum_offered)
    ):
        return turn
    named = [("hy", "button_helpful"), ("hn", "button_unhelpful")]
    if _has_forum(turn.state, guide):
        named.append(("f", "button_tell_forum"))
    line = tuple(Button(guide.button(entry, verb).id, guide.wording(name)) for verb, name in named)
    rows = (*shown.buttons[:-1], line, *shown.buttons[-1:])
    state = replace(turn.state, forum_offered=(*before.forum_offered, entry.id))
    return replace(turn, state=state, replies=(replace(shown, buttons=rows), *turn.replies[1:]))


def _has_forum(state: State, guide: Guide) -> bool:
    """Whether words can reach somebody: in a covered area, or where no area has been told yet."""
    return guide.area(state.area) is not None or (state.area is None and bool(guide.library.areas))


def _offer_pass_on(turn: Turn, text: str, guide: Guide) -> Turn:
    """The question stands masked in the reply itself: a press brings it back, and until a yes it is kept nowhere."""
    shown = turn.replies[0]
    if shown.kind != "no_match" or not _has_forum(turn.state, guide):
        return turn
    words = fitted(masked(text, guide)[0])[0]
    quote: tuple[Block, ...] = (Paragraph(guide.wording("question_asked")), Quote(words)) if words else ()
    rows = (*shown.buttons[:-1], (Button("q", guide.wording("button_pass_on")),), *shown.buttons[-1:])
    return replace(turn, replies=(replace(shown, blocks=(*shown.blocks, *quote), buttons=rows), *turn.replies[1:]))


def rated(state: State, short: str, helpful: bool, guide: Guide) -> Turn | None:
    """Helpful or not: one count for an entry in a talk."""
    entry = guide.by_short_id.get(short)
    if entry is None:
        return None
    reply = Reply("info", (Paragraph(guide.wording("rated_yes" if helpful else "rated_no")),))
    if entry.id in state.rated:
        return Turn(state, (Reply("info", (Paragraph(guide.wording("rated_already")),)),))
    return Turn(replace(state, rated=(*state.rated, entry.id)), (reply,), (AnswerRated(entry.id, helpful),))
