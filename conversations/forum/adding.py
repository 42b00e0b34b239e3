"""A comment that staff write down for somebody: from paper, the phone, or a coffee morning, with who said yes to it and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Engine

from conversations.forum.audit import recorded
from conversations.forum.publishing import details
from conversations.guide import Guide
from conversations.keys.sealing import Seals
from conversations.london import first_second
from conversations.masking.mask import mask
from conversations.masking.public_details import public_of
from conversations.records import feedback
from conversations.records.staff import Staff
from conversations.retention import FEEDBACK_MONTHS, months_before
from conversations.turns import FEEDBACK_KINDS, WAYS, FeedbackGiven

LONGEST_WORDS, LONGEST_CONSENT = 2_000, 300
"""Characters; the chat keeps no more of somebody's words."""
FELT = ("good", "mixed", "bad")
NOON = timedelta(hours=12).seconds


@dataclass(frozen=True)
class Added:
    """What a form says of a comment that somebody else gave."""

    area: str
    words: str
    kind: str
    felt: str
    topic: str
    theme: str
    young: bool
    came: str
    day: date | None
    consent: str
    said_yes: bool

    def masked(self, guide: Guide) -> Added:
        """The same with labels in place of what looks like a personal detail."""
        labels, public = guide.wording.rows["masks"], public_of(guide.library)
        words, consent = (mask(text, public, labels).words for text in (self.words, self.consent))
        return replace(self, words=words, consent=consent)

    def details(self, guide: Guide) -> tuple[str, ...]:
        """What in it looks like a personal detail."""
        return (*details(self.words, guide), *details(self.consent, guide))


Wrong = Literal["words", "long", "kind", "came", "day", "consent", "yes", "theme"]


def wrong_with(added: Added, themes: tuple[str, ...], now: datetime) -> tuple[Wrong, ...]:
    """What is missing or cannot be, in the order of the form."""
    oldest = months_before(now, FEEDBACK_MONTHS)
    day = added.day
    checks: Mapping[Wrong, bool] = {
        "came": added.came not in WAYS[1:],
        "day": day is None or day > now.date() or first_second(day) < oldest,
        "words": not added.words.strip(),
        "long": len(added.words) > LONGEST_WORDS,
        "kind": added.kind not in FEEDBACK_KINDS,
        "theme": added.theme not in themes,
        "consent": not 0 < len(added.consent.strip()) <= LONGEST_CONSENT,
        "yes": not added.said_yes,
    }
    return tuple(name for name, wrong in checks.items() if wrong)


def add(engine: Engine, staff: Staff, added: Added, seals: Seals, now: datetime) -> int:
    """Keep a comment of one of somebody's areas that is right (see `wrong_with`), sealed like any other; gives its id."""
    assert added.area in staff.areas
    assert added.day is not None
    felt = added.felt if added.felt in FELT else None
    given = FeedbackGiven(
        added.area, added.kind, felt, added.topic or None, added.theme, added.young, words=added.words.strip(), code=""
    )
    moment = int(now.timestamp()) if added.day == now.date() else first_second(added.day) + NOON
    with recorded(engine, staff.name, now) as recording:
        consent = added.consent.strip()
        id_ = feedback.store_for(recording.connection, given, added.came, consent, moment, seals)
        recording.note(f"comment added: {added.came}", added.area, f"feedback {id_}")
    return id_
