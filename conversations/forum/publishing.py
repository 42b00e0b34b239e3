"""Before anything is public: what looks like a personal detail is sought in every field, somebody looks, and says yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from conversations import states
from conversations.forum.audit import recorded
from conversations.forum.review import PUBLIC_FIELDS, Item, ReviewError, change, digest_of, open_record
from conversations.forum.roles import REVIEWER
from conversations.guide import Guide
from conversations.keys.sealing import Seals
from conversations.masking.mask import mask, spans
from conversations.masking.public_details import public_of
from conversations.records.staff import Staff


@dataclass(frozen=True)
class Part:
    """One field as it would be public: its text in pieces, each with whether it looks like a personal detail."""

    field: str
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Preview:
    """A comment as everybody would read it."""

    item: Item
    parts: tuple[Part, ...]
    seen: str
    """The digest of exactly these texts: what is published is what was looked at."""

    @property
    def found(self) -> tuple[str, ...]:
        """All that looks like a personal detail."""
        return tuple(text for part in self.parts for text, marked in part.pieces if marked)


def preview(engine: Engine, staff: Staff, feedback_id: int, guide: Guide, seals: Seals, now: datetime) -> Preview:
    """A comment as everybody would read it. Raises ReviewError where there is nothing that could be published."""
    with recorded(engine, staff.name, now) as recording:
        item, _ = open_record(recording, staff, feedback_id, seals)
    return _preview(item, guide)


def publish(
    engine: Engine, staff: Staff, feedback_id: int, seen: str, stands: bool, done: bool, guide: Guide, seals: Seals,
    now: datetime,
) -> None:  # fmt: skip
    """Publish what was looked at, and with `done` set it to done. Raises ReviewError.

    "look-first" where a text has changed since it was `seen`; "details" where something still looks like a personal
    detail and nobody said that it `stands`.
    """
    with recorded(engine, staff.name, now) as recording:
        item, role = open_record(recording, staff, feedback_id, seals)
        shown = _preview(item, guide)
        if role != REVIEWER:
            raise ReviewError("not-yours")
        if shown.seen != seen:
            raise ReviewError("look-first")
        if shown.found and not stands:
            raise ReviewError("details")
        values = {"published": True, **({"state": states.DONE.id} if done else {})}
        change(recording, item, role, values, seals, looked=True)


def hide(engine: Engine, staff: Staff, feedback_id: int, guide: Guide, seals: Seals, now: datetime) -> None:
    """Put a label in the place of all that looks like a personal detail, in every field. Raises ReviewError."""
    with recorded(engine, staff.name, now) as recording:
        item, role = open_record(recording, staff, feedback_id, seals)
        _preview(item, guide)
        labels, public = guide.wording.rows["masks"], public_of(guide.library)
        masked = {name: mask(text, public, labels).words for name, text in _texts(item).items()}
        change(recording, item, role, masked, seals)


def details(text: str | None, guide: Guide) -> tuple[str, ...]:
    """What in a text looks like a personal detail."""
    return tuple(text[one.start : one.end] for one in spans(text, public_of(guide.library))) if text else ()


def _preview(item: Item, guide: Guide) -> Preview:
    if item.public_words is None or item.unreadable & {"public_words"}:
        raise ReviewError("redact-first")
    if item.record.state not in states.publishable():
        raise ReviewError("gone")
    texts = _texts(item)
    parts = tuple(Part(name, marked_pieces(text, guide)) for name, text in texts.items())
    return Preview(item, parts, digest_of("\0".join(f"{name}\1{text}" for name, text in texts.items())))


def _texts(item: Item) -> Mapping[str, str]:
    texts = {
        name: item.public_words if name == "public_words" else getattr(item.record, name) for name in PUBLIC_FIELDS
    }
    return {name: text for name, text in texts.items() if text}


def marked_pieces(text: str, guide: Guide) -> tuple[tuple[str, bool], ...]:
    """A text in pieces, each with whether it looks like a personal detail."""
    pieces, at = [], 0
    for span in spans(text, public_of(guide.library)):
        pieces += [(text[at : span.start], False), (text[span.start : span.end], True)]
        at = span.end
    return tuple(piece for piece in [*pieces, (text[at:], False)] if piece[0])
