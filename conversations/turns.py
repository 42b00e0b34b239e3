"""The words of a talk: Message, State, Button, Reply, Event, Turn. All frozen; who a person is stands in none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from knowledge.entries import Audience

Kind = Literal[
    "answer", "choices", "no_match", "crisis", "small_talk",
    "prompt", "feedback_saved", "feedback_declined", "info", "forgotten", "sorry",
]  # fmt: skip


@dataclass(frozen=True)
class Message:
    """What a person did: text, a pressed button, or something that is not words."""

    text: str | None = field(default=None, repr=False)
    press: str | None = None
    """The id of a pressed button."""
    quoted: str | None = field(default=None, repr=False)
    """The quoted words of the message that the pressed button hangs on."""
    other: str | None = None
    """"photo", "voice" and the like: what came in place of words."""
    group: bool = False
    number: int | None = None
    """The update's number; the same number again is a redelivery."""
    about: str | None = None
    """The entry of the reply that this is a reply to, as its buttons name it."""


TOPICS = 6
"""So many entries are remembered as topics of a talk."""
UNTAKEN_TURNS = 3
"""For so many messages whoever takes none of what was offered is taken to go on about the best of it."""


@dataclass(frozen=True)
class State:
    """What is remembered between turns; never the person's words."""

    area: str | None = None
    audience: Audience | None = None
    easy_read: bool = False
    language: str = "en"
    topics: tuple[str, ...] = ()
    """The entries that were shown, newest first, at most TOPICS."""
    shown: str | None = None
    """What of the first topic was shown last: the name of a facet, `all`, or None for its first answer."""
    offered: tuple[str, ...] = ()
    """The entries that were offered as choices last, best first."""
    offered_for: tuple[str, ...] = ()
    """The facet that each of them was offered for, where one is likely; else the empty string."""
    offered_turns: int = 0
    """How many messages ago that was."""
    band: str | None = None
    """The age that somebody said, as one of BANDS; never asked for (T6)."""
    missed: int = 0
    """How many questions in a row found nothing."""
    worry: str | None = None
    """The kind of the safety card that was shown a few messages ago."""
    worry_turns: int = 0
    """How many messages ago that was."""
    turns: int = 0
    """How many messages have been answered, so that the same sentence is not said twice in a row."""
    asked: str | None = None
    """The question that the bot is waiting on."""
    forum_offered: tuple[str, ...] = ()
    """The entries under which the forum was offered already in this talk."""
    told: tuple[str, ...] = ()
    """What is said only once in a talk, and has been."""
    rated: tuple[str, ...] = ()
    """The entries that were called helpful or not in this talk: one count each."""
    feedback_about: str | None = None
    """The entry that the feedback in hand is about."""
    feedback_kind: str | None = None
    feedback_felt: str | None = None
    preview: str | None = None
    """The number of the preview that waits for a yes; its words stand nowhere but in the preview itself (P3)."""

    @property
    def voice(self) -> Audience:
        """Who is spoken to; a parent where nobody has said."""
        return self.audience or "parent"

    @property
    def last(self) -> str | None:
        """The entry that was shown last."""
        return self.topics[0] if self.topics else None

    def offering(self, entries: Sequence[str], behind: Sequence[str] = ()) -> State:
        """The state with entries newly offered, each perhaps for one of its facets; nothing else is asked any longer."""
        return replace(self, offered=tuple(entries), offered_for=tuple(behind), offered_turns=0, asked=None, missed=0)

    def behind(self, entry: str) -> str:
        """The facet that an entry was offered for; the empty string where for none."""
        return dict(zip(self.offered, self.offered_for, strict=False)).get(entry, "")

    def on(self, entry: str, shown: str | None = None) -> State:
        """The state with an entry as its topic, and what of it was shown."""
        topics = (entry, *(topic for topic in self.topics if topic != entry))
        passed = (
            max(self.offered_turns, UNTAKEN_TURNS + 1)
            if self.offered and entry not in self.offered
            else self.offered_turns
        )
        return replace(self, topics=topics[:TOPICS], shown=shown, offered_turns=passed)


BANDS = {"under-5": (0, 4), "5-15": (5, 15), "16-17": (16, 17), "18-25": (18, 25)}
"""Youngest and oldest age in years of each band."""


def band_of(years: int) -> str | None:
    """The band of an age in years (T6)."""
    return next((name for name, (youngest, oldest) in BANDS.items() if youngest <= years <= oldest), None)


@dataclass(frozen=True)
class Button:
    """One press: `id` is at most 64 bytes."""

    id: str
    label: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `strong` for a heading or a first line that must be seen."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Steps:
    """Things to do next, in order."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Reach:
    """One way to reach a contact: `how` is phone, text, email, url, hours or note; `label` is what stands before it."""

    how: Literal["phone", "text", "email", "url", "hours", "note"]
    label: str
    value: str


@dataclass(frozen=True)
class ContactBlock:
    """A contact as it is shown."""

    name: str
    ways: tuple[Reach, ...]


@dataclass(frozen=True)
class SourceLine:
    """Where an answer comes from, with its date."""

    text: str
    url: str | None = None


@dataclass(frozen=True)
class Quote:
    """Words of the person, shown back to them."""

    text: str


Block = Paragraph | Steps | ContactBlock | SourceLine | Quote


@dataclass(frozen=True)
class Reply:
    """What the person reads; each door draws the blocks and the rows of buttons its own way."""

    kind: Kind
    blocks: tuple[Block, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    entry: str | None = None
    facet: str | None = None
    """The side of the entry that it answers; None for a first answer."""
    facets: tuple[str, ...] = ()
    """The facets that the entry has."""
    safety: Literal["card", "line"] | None = None
    choices: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    """With a safety card: the entries that stand under it, as answers or as buttons (S2a)."""
    score: float | None = None
    top: tuple[tuple[str, float], ...] = ()
    """Where it came from a question: up to ten entries with their scores, best first."""
    moves: bool = False
    """True where it may take the place of the message whose button was pressed: a menu that moves."""


@dataclass(frozen=True)
class AnswerShown:
    """An entry was shown."""

    entry: str


@dataclass(frozen=True)
class NothingFound:
    """No entry answered a question."""


@dataclass(frozen=True)
class SafetyCardShown:
    """A safety card was shown, for this kind of danger."""

    danger: str


@dataclass(frozen=True)
class Forgotten:
    """The person asked for everything under their key to be deleted."""


@dataclass(frozen=True)
class AnswerRated:
    """Somebody said whether an entry helped; only a daily count comes of it."""

    entry: str
    helpful: bool


FEEDBACK_KINDS = ("offer", "missing", "information", "making", "other")
"""After regulation 56 of the SEND Regulations 2014: the content of the Local Offer and how good it is, what is not in
it, how accessible the information is, and how the Local Offer was developed and reviewed (F1)."""
WAYS = ("chat", "paper", "phone", "event")
"""How a comment came: from the chat itself, or written down by staff from paper, the phone, or a coffee morning."""


@dataclass(frozen=True)
class FeedbackGiven:
    """A yes to these words. They are stored with the state and shown in no log."""

    area: str
    kind: str
    felt: str | None
    topic: str | None
    theme: str
    young: bool
    words: str = field(repr=False)
    code: str = field(repr=False)
    """The receipt code; only its keyed hash is stored."""


@dataclass(frozen=True)
class QuestionKept:
    """A yes to passing on a question that found no answer."""

    area: str
    young: bool
    words: str = field(repr=False)
    number: str = field(repr=False)
    """The number of the yes: one yes keeps one question."""


Event = AnswerShown | NothingFound | SafetyCardShown | Forgotten | AnswerRated | FeedbackGiven | QuestionKept


@dataclass(frozen=True)
class StatusWanted:
    """What became of the feedback with this receipt code."""

    code: str = field(repr=False)


@dataclass(frozen=True)
class WithdrawalWanted:
    """A record is to be taken back: by its code, or by its number from the same talk."""

    code: str | None = field(default=None, repr=False)
    record: int | None = None
    question: int | None = None
    sure: bool = False
    """True once the person has confirmed."""


@dataclass(frozen=True)
class MineWanted:
    """Everything that is held under the key of the talk (P7)."""


@dataclass(frozen=True)
class KeptWanted:
    """Whether these words were kept by an earlier press of the same yes, which does not hold any more (P3)."""

    stamp: str = field(repr=False)
    words: str = field(repr=False)


@dataclass(frozen=True)
class ChangesWanted:
    """What changed in the area because families spoke (F5)."""

    most: int = 10
    """So many of them, newest publication first."""


Wanted = StatusWanted | WithdrawalWanted | MineWanted | ChangesWanted | KeptWanted
"""What only the records can tell. `step` leaves it open, and the reply is written when they have been asked."""


@dataclass(frozen=True)
class Turn:
    """One message and all that follows from it."""

    state: State
    replies: tuple[Reply, ...] = ()
    events: tuple[Event, ...] = ()
    wants: Wanted | None = None


def plain(reply: Reply) -> str:
    """The reply as text without markup, paragraphs parted by an empty line."""
    return "\n\n".join(_plain(block) for block in reply.blocks)


def quoted(reply: Reply) -> str | None:
    """The quoted words of a reply, which a press of its buttons brings back; None where it quotes none."""
    return "\n".join(block.text for block in reply.blocks if isinstance(block, Quote)) or None


def _plain(block: Block) -> str:
    match block:
        case Steps(items):
            return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))
        case ContactBlock(name, ways):
            return "\n".join([name, *(f"{way.label}: {way.value}" if way.label else way.value for way in ways)])
        case Paragraph() | SourceLine() | Quote():
            return block.text
