"""Follow-ups that lean on the last answer: "what's their number", "is it free", "are they open now" (M7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from conversations.guide import Guide
from conversations.replies.answers import answer, contact_block
from conversations.replies.prompts import info
from conversations.turns import AnswerShown, Block, Button, ContactBlock, Paragraph, Reply, State, Steps, Turn
from knowledge.entries import CRISIS, Contact, Entry

LONGEST = 9
"""A follow-up has no more words than this; a longer message is a question of its own."""

ASKS: tuple[tuple[str, str], ...] = (
    ("hours", r"open|opens|opening|hours|closed|shut|closes?|times?|when"),
    ("cost", r"free|cost|costs|price|pay|paid|charge|charges|expensive|much"),
    ("join", r"join|sign|up|member|membership|involved|register|enrol|part"),
    ("email", r"emails?|e-?mail|mail"),
    ("text", r"text|sms|whatsapp"),
    ("phone", r"phone|number|numbers|ring|call|telephone|tel|num|fone|speak|contact|reach|details"),
    ("url", r"website|site|web|page|link|links|online|url|address"),
    ("steps", r"next|first|start|begin|steps|then"),
)
"""What is asked for, and the words that ask for it. The first that fits counts."""

FILLER = frozenset(
    "a about again all also an and any are at be better but can could current do does doing for from get getting give "
    "go got had has have he her hers him his how i if im in is it its just know let like may me my need now of off ok "
    "okay on one or our please pls plz possible right she should so some sorry tell thank thanks that thats the their "
    "theirs them there theres they theyre thing this to today tonight tomorrow u us use want was way we weekend "
    "weekends what whats where wheres which who whos whose will with would yes you your after before still ur "
    "saturday sunday monday tuesday wednesday thursday friday evening evenings night nights".split()
)
"""Words that add nothing of their own to a follow-up."""

SIMPLER = re.compile(
    r"\b(simpler|easier|shorter|too long|easy ?read|(easy|simple|plain|less|short|fewer) (words?|english|read)|"
    r"too (much|many) (reading|words?|to read)|(dont|don't|do not|didnt|cant) (understand|get) (it|this|that|any|a word|what)|"
    r"(dont|don't|do not) understand$|lot of reading)\b",
    re.I,
)
"""Somebody asks for fewer and easier words: easy read is turned on, and the last answer comes again in it."""
BESIDE_SIMPLER = FILLER | frozenset(
    "actually answer bit cant didnt dont even explain english explanation hard in language lot make many more much plain put "
    "read reading really say sentence sentences simple speak talk text that this too understand very way word words writing".split()
)
"""What may stand beside it. Whoever says more asks something: "the council takes too long with the plan"."""
MORE = re.compile(
    r"^\W*(tell me )?(more|anything else|what else|else)( please| info| about (it|that|this|them))?\W*$", re.I
)


def follow_up(state: State, text: str, guide: Guide, now: datetime) -> Turn | None:
    """The turn of a message that only makes sense after the last answer; None for a question of its own."""
    entry = guide.library.by_id.get(state.last or "")
    plain = _plain_words(text)
    if SIMPLER.search(text) and BESIDE_SIMPLER.issuperset(_plain_words(SIMPLER.sub(" ", text))):
        return _simpler(state, entry, guide, now)
    if entry is None or not plain or len(plain) > LONGEST:
        return None
    if MORE.match(text):
        return _shown(state, entry, (_more(entry, guide),))
    for ask, pattern in ASKS:
        asking = [word for word in plain if re.fullmatch(pattern, word)]
        if asking and all(word in FILLER or re.fullmatch(pattern, word) or _asks(word) for word in plain):
            return _shown(state, entry, (_reply(ask, entry, guide, now),))
    return None


def _plain_words(text: str) -> list[str]:
    """The words in lower case, without apostrophes."""
    return [re.sub("['’]", "", word) for word in re.findall(r"[a-z]+(?:['’-]+[a-z]+)*", text.lower())]


def _simpler(state: State, entry: Entry | None, guide: Guide, now: datetime) -> Turn:
    """Easy read is on from now; the last answer comes again in it."""
    after = replace(state, easy_read=True)
    said = info("easy_read_on", guide)
    if entry is None or entry.id == CRISIS:
        return Turn(after, (said,))
    return _shown(after, entry, (answer(entry, guide, after, now), said))


def _asks(word: str) -> bool:
    return any(re.fullmatch(pattern, word) for _, pattern in ASKS)


def _shown(state: State, entry: Entry, replies: tuple[Reply, ...]) -> Turn:
    return Turn(replace(state, offered=(), asked=None), replies, (AnswerShown(entry.id),))


def _reply(ask: str, entry: Entry, guide: Guide, now: datetime) -> Reply:
    blocks: list[Block]
    if ask == "steps" and entry.steps:
        blocks = [Paragraph(guide.wording("steps_heading")), Steps(entry.steps)]
    elif ask == "join" and entry.join:
        blocks = [Paragraph(guide.wording("follow_join")), Paragraph(entry.join), *_all(entry, guide, now)[:1]]
    elif ask == "cost" and entry.cost:
        blocks = [Paragraph(entry.cost)]
    elif ask in ("cost", "hours") and not any(contact.hours for contact in entry.contacts if ask == "hours"):
        unknown = Paragraph(guide.wording(f"follow_{ask}_unknown", name=entry.title))
        blocks = [unknown, *_all(entry, guide, now)[:2]]
    elif ask in ("phone", "text", "email", "url", "hours"):
        blocks = _ways(ask, entry, guide, now)
    else:
        blocks = [*([Steps(entry.steps)] if entry.steps else []), *_all(entry, guide, now)]
    rows = ((guide.button(entry),), (Button("m", guide.wording("button_menu")),))
    return Reply("answer", tuple(blocks), rows, entry=entry.id, score=1.0)


def _ways(ask: str, entry: Entry, guide: Guide, now: datetime) -> list[Block]:
    """The contacts that have what is asked for, cut down to it; all of them where none has."""
    has: Callable[[Contact], bool] = lambda contact: getattr(contact, ask) is not None  # noqa: E731
    found: list[Block] = []
    for contact in entry.contacts:
        if has(contact):
            whole = contact_block(contact, guide.wording, now)
            wanted = {ask, "hours"} if ask in ("phone", "text") else {ask}
            found.append(ContactBlock(whole.name, tuple(way for way in whole.ways if way.how in wanted)))
    if found:
        return [Paragraph(guide.wording(f"follow_{ask}", name=entry.title)), *found]
    return [Paragraph(guide.wording("follow_none", name=entry.title)), *_all(entry, guide, now)]


def _all(entry: Entry, guide: Guide, now: datetime) -> list[ContactBlock]:
    return [contact_block(contact, guide.wording, now) for contact in entry.contacts]


def _more(entry: Entry, guide: Guide) -> Reply:
    """What stands near the last answer, to choose from."""
    near = [guide.library.by_id[other] for other in entry.see_also if other in guide.library.by_id]
    rows = [(guide.button(other),) for other in near]
    rows.append((Button("m", guide.wording("button_menu")),))
    return Reply("prompt", (Paragraph(guide.wording("more_near")),), tuple(rows), entry=None)
