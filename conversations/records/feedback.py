"""What families chose to say, sealed; kept questions are in `questions.py`."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from conversations.keys.sealing import Seals
from conversations.records.staff_tables import changes
from conversations.records.tables import feedback

WORDS, PUBLIC, NOTE = "feedback.words", "feedback.public_words", "feedback.note"
"""What a sealed column holds, bound into its seal."""


@dataclass(frozen=True)
class Given:
    """Feedback as it comes from the talk, after the yes."""

    area: str
    key: bytes = field(repr=False)
    receipt: bytes = field(repr=False)
    """The keyed hash of the receipt code."""
    created: int
    """Seconds since 1970, UTC."""
    kind: str
    """offer, missing, information, making or other."""
    words: str = field(repr=False)
    felt: str | None = None
    """good, mixed, bad, or None where it was skipped."""
    topic: str | None = None
    """The id of an entry."""
    theme: str = "general"
    young: bool = False


@dataclass(frozen=True)
class FeedbackRow:
    """One record as it stands; nothing in it tells whose it is. Sealed texts are opened on demand."""

    id: int
    area: str
    created: int
    kind: str
    felt: str | None
    topic: str | None
    theme: str
    young: bool
    state: str
    response: str | None
    council_response: str | None
    done_text: str | None
    published: bool
    reviewed: int | None
    version: int
    sealed: bytes | None = field(repr=False)
    sealed_public: bytes | None = field(repr=False)
    sealed_note: bytes | None = field(repr=False)

    def words(self, seals: Seals) -> str:
        """The person's words; empty where the link was cut and only what was published stays. Raises SealError."""
        return seals.unseal(self.sealed, WORDS) if self.sealed else ""

    def public_words(self, seals: Seals) -> str | None:
        """What a reviewer made of the words, or None. Raises SealError."""
        return seals.unseal(self.sealed_public, PUBLIC) if self.sealed_public else None

    def note(self, seals: Seals) -> str | None:
        """The internal note, or None. Raises SealError."""
        return seals.unseal(self.sealed_note, NOTE) if self.sealed_note else None


def store(connection: Connection, given: Given, seals: Seals) -> int:
    """Keep one record and give its id. The same receipt again (a redelivered yes) gives the record that is there."""
    there = connection.execute(select(feedback.c.id).where(feedback.c.receipt == given.receipt)).scalar()
    if there is not None:
        return int(there)
    plain = ("area", "key", "receipt", "created", "kind", "felt", "topic", "theme", "young")
    values = {name: getattr(given, name) for name in plain}
    sealed = seals.seal(given.words, WORDS)
    row = insert(feedback).values(**values, words=sealed, state="new", published=False, version=1)
    return int(connection.execute(row.returning(feedback.c.id)).scalar_one())


def row(connection: Connection, area: str, id_: int) -> FeedbackRow | None:
    """One record of an area; None where there is none or it is another area's (W2)."""
    found = connection.execute(select(feedback).where((feedback.c.id == id_) & (feedback.c.area == area)))
    return _first(found.mappings().all())


def rows(
    connection: Connection,
    area: str,
    *,
    states: Iterable[str] | None = None,
    kind: str | None = None,
    theme: str | None = None,
    topic: str | None = None,
    young: bool | None = None,
    since: int | None = None,
    until: int | None = None,
) -> tuple[FeedbackRow, ...]:
    """The records of an area, newest first, cut down to what is named; `since` counts, `until` does not."""
    wanted = feedback.c.area == area
    for column, value in ((feedback.c.kind, kind), (feedback.c.theme, theme), (feedback.c.topic, topic)):
        if value is not None:
            wanted &= column == value
    if states is not None:
        wanted &= feedback.c.state.in_(tuple(states))
    if young is not None:
        wanted &= feedback.c.young.is_(young)
    if since is not None:
        wanted &= feedback.c.created >= since
    if until is not None:
        wanted &= feedback.c.created < until
    query = select(feedback).where(wanted).order_by(feedback.c.created.desc(), feedback.c.id.desc())
    return tuple(_row(found) for found in connection.execute(query).mappings())


def published(connection: Connection, area: str, most: int = 10) -> tuple[FeedbackRow, ...]:
    """What everybody may read: "you said, we did" of an area, newest first (F5)."""
    shown = (feedback.c.area == area) & feedback.c.published.is_(True)
    shown &= feedback.c.state.not_in(("safeguarding", "not-for-publication"))
    query = select(feedback).where(shown).order_by(feedback.c.reviewed.desc(), feedback.c.id.desc()).limit(most)
    return tuple(_row(found) for found in connection.execute(query).mappings())


def by_receipt(connection: Connection, hashes: Iterable[bytes]) -> FeedbackRow | None:
    """The record of a receipt code, by its hashes under the secrets that are valid (P12)."""
    return _first(connection.execute(select(feedback).where(feedback.c.receipt.in_(tuple(hashes)))).mappings().all())


def by_key(connection: Connection, key: bytes) -> tuple[FeedbackRow, ...]:
    """Every record that is held under a talk's key, oldest first (P7)."""
    query = select(feedback).where(feedback.c.key == key).order_by(feedback.c.id)
    return tuple(_row(found) for found in connection.execute(query).mappings())


def holds(connection: Connection, key: bytes, id_: int) -> bool:
    """Whether a record is held under a talk's key."""
    mine = (feedback.c.key == key) & (feedback.c.id == id_)
    return connection.execute(select(feedback.c.id).where(mine)).first() is not None


def withdraw(connection: Connection, id_: int) -> bool:
    """Take one record back: True where there was one. Of a published one only the public text stays, with no link."""
    return bool(_take_back(connection, feedback.c.id == id_))


def forget(connection: Connection, key: bytes) -> int:
    """Take back every record under a talk's key: how many there were (P6)."""
    return _take_back(connection, feedback.c.key == key)


def move(connection: Connection, old: bytes, new: bytes) -> None:
    """The records of a talk move with it when its key changes (P2)."""
    connection.execute(update(feedback).where(feedback.c.key == old).values(key=new))


def purge(connection: Connection, before_unread: int, before_reviewed: int) -> int:
    """Delete what was never reviewed and is older than the first moment, and all that is older than the second (P8)."""
    unread = feedback.c.reviewed.is_(None) & (feedback.c.created < before_unread)
    return connection.execute(delete(feedback).where(unread | (feedback.c.created < before_reviewed))).rowcount


def _take_back(connection: Connection, which: Any) -> int:
    """Delete records; of published ones the public text stays, and all that leads back to a person goes."""
    ids = [
        found.id for found in connection.execute(select(feedback.c.id).where(which & feedback.c.published.is_(True)))
    ]
    gone = connection.execute(delete(feedback).where(which & feedback.c.published.is_(False))).rowcount
    for id_ in ids:
        connection.execute(delete(changes).where(changes.c.feedback == id_))
        cut = {"key": None, "words": None, "note": None, "receipt": secrets.token_bytes(32)}
        connection.execute(update(feedback).where(feedback.c.id == id_).values(**cut, version=feedback.c.version + 1))
    return gone + len(ids)


def _first(found: Iterable[RowMapping]) -> FeedbackRow | None:
    return next((_row(one) for one in found), None)


def _row(found: RowMapping) -> FeedbackRow:
    hidden = {"key", "receipt", "words", "public_words", "note"}
    plain = {name: value for name, value in found.items() if name not in hidden}
    return FeedbackRow(**plain, sealed=found["words"], sealed_public=found["public_words"], sealed_note=found["note"])
