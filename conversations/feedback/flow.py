"""The talk that leads to "yes, keep these words": offered once, skippable at every step, never in the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from conversations.feedback import receipts
from conversations.feedback.consent import YesContext, dropped, preview, yes
from conversations.feedback.invitations import rated
from conversations.guide import Guide
from conversations.replies.answers import contact_block, with_line
from conversations.replies.prompts import area_buttons, own_local_offer
from conversations.retention import limits
from conversations.turns import (
    FEEDBACK_KINDS,
    Block,
    Button,
    ChangesWanted,
    Message,
    Paragraph,
    Quote,
    Reply,
    SafetyCardShown,
    State,
    StatusWanted,
    Turn,
    WithdrawalWanted,
)  # fmt: skip
from knowledge.acts.classifier import classifier
from knowledge.danger.detector import Danger
from knowledge.entries import CRISIS
from knowledge.text.places import ELSEWHERE
from knowledge.text.said import Said

FEELINGS = ("good", "mixed", "bad")
VERBS = ("f", "hy", "hn", "ft", "fk", "ff", "fy", "fn", "fc", "q", "qa", "fw", "fd", "yc")
"""The buttons of this talk, by the part of their id before the colon."""
LEAVE = re.compile(
    r"\W*(?:cancel|stop|leave it|never ?mind|no|nope|no thanks|no thank you|forget it|dont|don't|quit|exit)\W*",
    re.IGNORECASE,
)
AGREES = (
    r"yes|yeah|yep|yup|ye|aye|y|ok|okay|sure|please do|go on|go ahead|do it|send (?:it|that)|keep (?:it|them|that)|"
    r"thats? (?:fine|right|good|ok|correct|it)|looks? (?:good|fine|right)|fine|please|pls|then|by me|with me|now|all good|happy with (?:that|it)"
)
YES = re.compile(rf"\W*(?:(?:oh|{AGREES})\W+)*(?:{AGREES})\W*", re.IGNORECASE)
"""Each word of it ends before the next begins: where one can be read in two ways, twenty of them take hours."""
SKIP = re.compile(
    r"\W*(?:skip|next|pass|dunno|no idea|not sure|don'?t know|don'?t mind|any|whatever|none|n/?a|rather not(?: say)?|skip (?:it|this|that|please)|next please)\W*",
    re.IGNORECASE,
)
"""What passes over a step."""
ABOUT_IT = re.compile(
    r"\W*(?:(?:and|so|but|wait|hang on|ok|first) )*(?:what|who|where|how|will|would|is|are|do|does|can|why)\b.{0,60}\b(?:do with (?:it|this|that|my)|happens? (?:to|with) (?:it|this|that|my)|"
    r"(?:sees?|reads?|gets?|told) (?:it|this|that|what|my)|anonymous|private|confidential|my name|kept|keep (?:it|this|my|what)|stored?|know (?:it|its|it's) (?:was )?me|you (?:need|want|ask))\b.{0,20}",
    re.IGNORECASE,
)
"""A question about the feedback itself, before any words."""
LOOKS_UP = re.compile(
    r".{0,25}\b(?:what (?:happened|became|came|is happening|about)|whats? (?:happening|happened)|any (?:news|answer|reply|update)|status|did (?:anyone|anybody|they) (?:read|see|answer))\b.{0,25}\b(?:my|our|the) (?:feedback|comment|words|receipt|message to the forum)\b.{0,15}|"
    r".{0,25}\b(?:lost|forgot|forgotten|cant find|can't find|dont have|don't have)\b.{0,12}\b(?:code|receipt|receipt code)\b.{0,15}",
    re.IGNORECASE,
)
"""Somebody asks what became of their words without the code."""
COMMAND = re.compile(
    r"/feedback(?:@\w+)?(?:\s|$)|feedback$|(?:i (?:want|need|would like|wanna) to |id like to |can i |let me )?tell the (?:parent carer )?forum(?: something| this| about (?:it|this|that))?$",
    re.IGNORECASE,
)
WANTS_TO = re.compile(
    r"\W*(?:(?:hi|hello|please|pls|ok|so|and|can|could|how do|where do|id|i'd|i|we|would|want|wanna|like|need|to|let me|may) ){0,8}(?:give|leave|send|share|make|put in|pass on|add|write) "
    r"(?:(?:some|my|our|a|you|the forum|them|bit of) ){0,3}(?:feedback|comments?)(?: (?:to|about|on) (?:the )?(?:forum|council|local offer|this|it|services?))?\W*(?:please|pls)?\W*",
    re.IGNORECASE,
)
"""Somebody wants to give feedback, and says no more."""
YES_PRESS = "fy:"
"""The yes under a preview."""
CARRIES_ON = (YES_PRESS, "fn", "fc")
"""The three buttons under a preview."""
TAKEN_BACK = "fd:"
"""The button that confirms that something is taken back."""
WORDS_BEHIND = 3
"""So many words behind /feedback are what somebody wants to say."""
TOPIC_CHARACTERS = 60
"""A longer answer to "which topic?" is taken for the words themselves."""


def feedback_turn(
    state: State,
    message: Message,
    said: Said,
    worry: Danger | None,
    guide: Guide,
    now: datetime,
    context: YesContext | None,
) -> Turn | None:
    """The turn of a message that belongs to feedback; None for every other message."""
    turn = _turn(state, message, said, guide, now, context)
    if turn is None or worry is None or not turn.replies:
        return turn
    return replace(turn, replies=(with_line(turn.replies[0], guide, state), *turn.replies[1:]))


def _turn(
    state: State, message: Message, said: Said, guide: Guide, now: datetime, context: YesContext | None
) -> Turn | None:
    text = said.typed
    if message.press is not None:
        verb, _, rest = message.press.partition(":")
        if verb == "a" and state.asked == "feedback-area":
            return _area_told(state, rest, guide, now)
        return _pressed(state, verb, rest, message.quoted, guide, now, context) if verb in VERBS else None
    if COMMAND.match(text) or WANTS_TO.fullmatch(text):
        return _command(dropped(replace(state, asked=None)), text, guide, now, context) if context is not None else None
    if text.startswith("/"):
        return None
    asked = state.asked or ""
    if state.preview and YES.fullmatch(text):  # only the button keeps them (P3), and it still can
        return Turn(state, (Reply("prompt", (Paragraph(guide.wording("yes_typed")),)),))
    if state.preview and _leaves(text):
        return Turn(dropped(state), (declined(guide, "feedback_declined"),))
    if context is not None and asked.startswith(("feedback", "question")):
        return _typed(state, message, said, guide, now, context)
    if said.code is not None:
        wanted = WithdrawalWanted(code=said.code) if receipts.TAKE_BACK.search(text) else StatusWanted(said.code)
        return Turn(dropped(state), (_cannot_look(guide),), wants=wanted)
    if LOOKS_UP.fullmatch(text):
        return Turn(state, (Reply("info", (Paragraph(guide.wording("lookup_code")),)),))
    if receipts.CHANGES.fullmatch(text):
        return _changes(dropped(state), guide)
    return None


# -- the steps


def _command(state: State, text: str, guide: Guide, now: datetime, context: YesContext) -> Turn:
    """`/feedback` alone asks; with words behind it, it goes straight to their preview."""
    words = text.partition(" ")[2]
    if len(words.split()) >= WORDS_BEHIND and text.startswith("/") and guide.area(state.area):
        return preview(state, words, "feedback", guide, now, context)
    return _start(state, guide, now)


def _start(state: State, guide: Guide, now: datetime) -> Turn:
    """`/feedback`: about the last topic, another one, or nothing in particular."""
    if guide.area(state.area) is None:
        return _ask_area(state, guide, now)
    last = guide.library.by_id.get(state.last or "")
    rows: list[tuple[Button, ...]] = []
    if last is not None and last.id != CRISIS:
        rows.append((Button(guide.button(last, "ft").id, last.title),))
    rows += [
        (Button("ft:?", guide.wording("button_other_topic")),),
        (Button("ft:-", guide.wording("nothing_in_particular")),),
    ]
    rows += [(Button("yc", guide.wording("button_changes")),), (Button("fn", guide.wording("button_leave")),)]
    home = guide.area(state.area)
    blocks = (
        Paragraph(guide.wording("feedback_start", area=home.name if home else "")),
        Paragraph(guide.wording("feedback_topic")),
    )
    return Turn(replace(state, asked="feedback-topic"), (Reply("prompt", blocks, tuple(rows)),))


def _ask_area(state: State, guide: Guide, now: datetime) -> Turn:
    if state.area is None and guide.library.areas:
        asking = (Paragraph(guide.wording("feedback_ask_area")),)
        return Turn(replace(state, asked="feedback-area"), (Reply("prompt", asking, tuple(area_buttons(guide))),))
    own = [Paragraph(guide.wording("feedback_not_here")), *own_local_offer(guide, now)[1:]]
    return Turn(dropped(state), (Reply("info", tuple(own)),))


def _area_told(state: State, area: str, guide: Guide, now: datetime) -> Turn | None:
    """The area was asked for so that the words go to the right forum."""
    if area != ELSEWHERE and guide.area(area) is None:
        return None
    here = replace(state, area=area, asked=None)
    return _ask_kind(here, guide, now) if here.feedback_about and guide.area(area) else _start(here, guide, now)


def _ask_kind(state: State, guide: Guide, now: datetime) -> Turn:
    if guide.area(state.area) is None:
        return _ask_area(state, guide, now)
    rows = [(Button(f"fk:{kind}", guide.wording(f"kind_{kind}")),) for kind in FEEDBACK_KINDS]
    return Turn(
        replace(state, asked="feedback-kind"), (_step("feedback_kind", "fk:-", rows, guide, _topic(state, guide)),)
    )


def _ask_felt(state: State, guide: Guide) -> Turn:
    rows = [tuple(Button(f"ff:{felt}", guide.wording(f"felt_{felt}")) for felt in FEELINGS)]
    return Turn(replace(state, asked="feedback-felt"), (_step("feedback_felt", "ff:-", rows, guide),))


def _ask_words(state: State, guide: Guide) -> Turn:
    notes = ["feedback_words_young"] if state.audience == "young-person" else []
    blocks = tuple(Paragraph(guide.wording(name)) for name in ("feedback_words", *notes))
    rows = ((Button("fn", guide.wording("button_leave")),),)
    return Turn(replace(state, asked="feedback-words"), (Reply("prompt", blocks, rows, moves=True),))


def _step(name: str, skip: str, rows: Sequence[tuple[Button, ...]], guide: Guide, *before: Block) -> Reply:
    last = (Button(skip, guide.wording("button_skip")), Button("fn", guide.wording("button_leave")))
    return Reply("prompt", (*before, Paragraph(guide.wording(name))), (*rows, last), moves=True)


def _topic(state: State, guide: Guide) -> Paragraph:
    entry = guide.library.by_id.get(state.feedback_about or "")
    return Paragraph(
        guide.wording("feedback_about", topic=entry.title if entry else guide.wording("nothing_in_particular"))
    )


# -- what is typed on the way


def _typed(state: State, message: Message, said: Said, guide: Guide, now: datetime, context: YesContext) -> Turn | None:
    text = said.typed
    if not text:
        return Turn(
            state, (Reply("prompt", (Paragraph(guide.wording("not_words" if message.other else "feedback_words")),)),)
        )
    if SKIP.fullmatch(text) and (skipped := _skipped(state, guide, now)) is not None:
        return skipped
    if _leaves(text):
        return Turn(dropped(state), (declined(guide),))
    if ABOUT_IT.fullmatch(text):
        home = guide.area(state.area)
        about = guide.wording("feedback_why", area=home.name if home else guide.wording("button_elsewhere"), **limits())
        return Turn(state, (Reply("prompt", (Paragraph(about), Paragraph(guide.wording("feedback_go_on")))),))
    match state.asked:
        case "feedback-area":
            told = _area_told(state, said.place.area, guide, now) if said.place.area else None
            again = Reply("prompt", (Paragraph(guide.wording("ask_area_again")),), tuple(area_buttons(guide)))
            return told or Turn(state, (again,))
        case "feedback-name" if len(text) <= TOPIC_CHARACTERS:
            return _named(state, said, guide, now)
        case "question-words":
            return preview(state, text, "question", guide, now, context)
    return preview(state, text, "feedback", guide, now, context)


def _leaves(text: str) -> bool:
    """Whether somebody leaves the feedback: by a plain word, or by what the message likely does."""
    if LEAVE.fullmatch(text):
        return True
    found = classifier() if len(text.split()) <= MOST_LEAVING else None
    likely = found.read(text) if found is not None else {}
    return likely.get("never-mind", 0.0) + likely.get("start-again", 0.0) >= LEAVING


MOST_LEAVING, LEAVING = 8, 0.8
"""In so many words a message that is so likely to mean "never mind" leaves; else it is what somebody wants to say."""


def _skipped(state: State, guide: Guide, now: datetime) -> Turn | None:
    """The next step, where this one can be passed over."""
    match state.asked:
        case "feedback-topic" | "feedback-name":
            return _ask_kind(replace(state, feedback_about=None), guide, now)
        case "feedback-kind":
            return _ask_felt(state, guide)
        case "feedback-felt":
            return _ask_words(state, guide)
    return None


def _named(state: State, said: Said, guide: Guide, now: datetime) -> Turn:
    """The topic was named in words; they are looked up and dropped."""
    match = guide.matcher.find(said, state.area, state.voice)
    if match.sure is not None and not match.sure.small_talk and match.sure.id != CRISIS:
        return _ask_kind(replace(state, feedback_about=match.sure.id), guide, now)
    if match.choices:
        rows = [(Button(guide.button(entry, "ft").id, entry.title),) for entry in match.choices]
        return Turn(state, (_step("choices", "ft:-", rows, guide),))
    return _ask_kind(replace(state, feedback_about=None), guide, now)


# -- what is pressed


def _pressed(
    state: State, verb: str, rest: str, quoted: str | None, guide: Guide, now: datetime, context: YesContext | None
) -> Turn | None:
    if verb in ("hy", "hn"):
        return rated(dropped(state), rest, verb == "hy", guide)
    if verb == "yc":
        return _changes(dropped(state), guide)
    if verb in ("fw", "fd"):
        return _withdrawal(dropped(state), rest, verb == "fd", guide)
    if verb == "fn":
        return Turn(dropped(state), (declined(guide),))
    if context is None:
        return Turn(dropped(state), (cannot_keep(state, guide, now),))
    if verb == "fy":
        return yes(state, rest, quoted, guide, now, context)
    if verb in ("q", "qa"):
        return _pass_on(dropped(state), rest, quoted, guide, now, context)
    return _chosen(state, verb, rest, guide, now)


def _chosen(state: State, verb: str, rest: str, guide: Guide, now: datetime) -> Turn:
    """One step further: a topic, a kind, a feeling, or the words once more."""
    here = replace(state, preview=None)
    match verb:
        case "f" if rest in guide.by_short_id:
            entry = guide.by_short_id[rest]
            home = entry.area if state.area is None and guide.area(entry.area) else state.area
            return _ask_kind(replace(dropped(state), feedback_about=entry.id, area=home), guide, now)
        case "ft" if rest == "?":
            asking = Reply(
                "prompt",
                (Paragraph(guide.wording("feedback_name_topic")),),
                ((Button("ft:-", guide.wording("button_skip")),),),
                moves=True,
            )
            return Turn(replace(here, asked="feedback-name"), (asking,))
        case "ft":
            entry_ = guide.by_short_id.get(rest)
            return _ask_kind(replace(here, feedback_about=entry_.id if entry_ else None), guide, now)
        case "fk":
            return _ask_felt(replace(here, feedback_kind=rest if rest in FEEDBACK_KINDS else None), guide)
        case "ff":
            return _ask_words(replace(here, feedback_felt=rest if rest in FEELINGS else None), guide)
        case "fc" if (state.preview or "").startswith("question"):
            return _ask_question(here, guide)
        case "fc" if state.preview:
            return _ask_words(here, guide)
    return _start(dropped(replace(state, asked=None)), guide, now)


def _pass_on(state: State, area: str, quoted: str | None, guide: Guide, now: datetime, context: YesContext) -> Turn:
    """A question that found no answer, on its way to a preview. It stands in the message whose button was pressed."""
    here = replace(state, area=area) if area in guide.library.area_by_id else state
    if guide.area(here.area) is None:
        if here.area is not None or area == ELSEWHERE or not guide.library.areas:
            return Turn(here, (Reply("info", (Paragraph(guide.wording("feedback_not_here")),)),))
        rows = tuple((Button(f"qa:{home.id}", home.name),) for home in guide.library.areas)
        words: list[Block] = [Quote(quoted)] if quoted else []
        elsewhere = (Button(f"qa:{ELSEWHERE}", guide.wording("button_elsewhere")),)
        return Turn(
            here, (Reply("prompt", (*words, Paragraph(guide.wording("feedback_ask_area"))), (*rows, elsewhere)),)
        )
    return preview(here, quoted, "question", guide, now, context) if quoted else _ask_question(here, guide)


def _ask_question(state: State, guide: Guide) -> Turn:
    rows = ((Button("fn", guide.wording("button_leave")),),)
    return Turn(
        replace(state, asked="question-words"), (Reply("prompt", (Paragraph(guide.wording("question_words")),), rows),)
    )


def _withdrawal(state: State, rest: str, sure: bool, guide: Guide) -> Turn:
    wanted = WithdrawalWanted(code=receipts.read(rest.replace("-", " ")), sure=sure)
    if found := re.fullmatch(r"([nq])(\d{1,15})", rest):
        number = int(found[2])
        wanted = WithdrawalWanted(
            sure=sure, record=number if found[1] == "n" else None, question=number if found[1] == "q" else None
        )
    return Turn(state, (_cannot_look(guide),), wants=wanted)


def _changes(state: State, guide: Guide) -> Turn:
    if guide.area(state.area) is None and state.area is None and guide.library.areas:
        asking = Reply("prompt", (Paragraph(guide.wording("changes_ask_area")),), tuple(area_buttons(guide)))
        return Turn(replace(state, asked="area"), (asking,))
    return Turn(state, (_cannot_look(guide),), wants=ChangesWanted())


def _cannot_look(guide: Guide) -> Reply:
    return Reply("info", (Paragraph(guide.wording("cannot_look")),))


def declined(guide: Guide, name: str = "feedback_declined") -> Reply:
    """The person said no, or did not press yes: the words are gone."""
    return Reply("feedback_declined", (Paragraph(guide.wording(name)),))


def void(turn: Turn, before: State, guide: Guide) -> Turn:
    """The turn with a word that nothing was kept, where feedback was in hand before it and is not any more (P3, S4)."""
    in_hand = before.preview is not None or (before.asked or "").startswith(("feedback", "question"))
    if any(isinstance(event, SafetyCardShown) for event in turn.events):
        return replace(turn, replies=(*turn.replies, declined(guide, "void_by_danger"))) if in_hand else turn
    gone = before.preview is not None and turn.state.preview != before.preview
    told = any(reply.kind in ("feedback_declined", "feedback_saved", "forgotten") for reply in turn.replies)
    return replace(turn, replies=(*turn.replies, declined(guide, "void_by_other"))) if gone and not told else turn


def cannot_keep(state: State, guide: Guide, now: datetime) -> Reply:
    """Nothing can be kept just now (S9); the forum's own contact stands in its place."""
    home = guide.area(state.area)
    forum = [contact_block(home.forum, guide.wording, now)] if home and home.forum else []
    return Reply("feedback_declined", (Paragraph(guide.wording("feedback_cannot")), *forum))
