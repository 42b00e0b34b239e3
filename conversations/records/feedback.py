"""What families chose to say, sealed: the one type of a record, and every query of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from conversations import states
from conversations.keys.sealing import Seals
from conversations.records import issues
from conversations.records.inserting import insert_into
from conversations.records.sealed import FEEDBACK_CONSENT, FEEDBACK_NOTE, FEEDBACK_PUBLIC_WORDS, FEEDBACK_WORDS
from conversations.records.staff_tables import changes, edition_rows, exchanges, notes
from conversations.records.tables import feedback
from conversations.turns import FeedbackGiven

SEALED = {column.name: column for column in (FEEDBACK_WORDS, FEEDBACK_PUBLIC_WORDS, FEEDBACK_NOTE)}


@dataclass(frozen=True)
class Feedback:
    """One record as it is stored; nothing in it tells whose it is. What is sealed stays sealed until it is asked for."""

    id: int
    area: str
    created: int
    """Seconds since 1970, UTC."""
    kind: str
    """offer, missing, information, making or other."""
    felt: str | None
    """good, mixed, bad, or None where it was skipped."""
    topic: str | None
    """The id of an entry."""
    theme: str
    young: bool
    state: str
    """The id of one of conversations.states.STATES."""
    response: str | None
    council_response: str | None
    done_text: str | None
    published: bool
    reviewed: int | None
    """When the forum first changed it, in seconds since 1970, UTC."""
    assigned: str | None
    """The name of the colleague who sees to it."""
    came: str
    """One of conversations.turns.WAYS."""
    published_at: int | None
    """When it was last published; None where that is not known."""
    issue: int | None
    """The id of the issue that it has been put into."""
    version: int
    sealed_words: bytes | None = field(repr=False)
    sealed_public_words: bytes | None = field(repr=False)
    sealed_note: bytes | None = field(repr=False)
    sealed_consent: bytes | None = field(repr=False)

    @property
    def taken_back(self) -> bool:
        """Whether the family took it back, and only what was published stays."""
        return self.sealed_words is None

    def words(self, seals: Seals) -> str:
        """The person's words; empty where the link was cut and only what was published stays. Raises SealError."""
        return FEEDBACK_WORDS.open(self.sealed_words, seals) if self.sealed_words else ""

    def public_words(self, seals: Seals) -> str | None:
        """What a reviewer made of the words, or None. Raises SealError."""
        return FEEDBACK_PUBLIC_WORDS.open(self.sealed_public_words, seals) if self.sealed_public_words else None

    def note(self, seals: Seals) -> str | None:
        """The internal note, or None. Raises SealError."""
        return FEEDBACK_NOTE.open(self.sealed_note, seals) if self.sealed_note else None

    def consent(self, seals: Seals) -> str | None:
        """Who said yes, and how, where staff added it; None from the chat. Raises SealError."""
        return FEEDBACK_CONSENT.open(self.sealed_consent, seals) if self.sealed_consent else None


COLUMNS = tuple(feedback.c[name.removeprefix("sealed_")].label(name) for name in Feedback.__dataclass_fields__)
"""What is read of a record, under the names of the type's fields."""


@dataclass(frozen=True)
class Filters:
    """Which feedback is wanted; None and empty for all. `since` is included, `until` is not (seconds since 1970)."""

    areas: tuple[str, ...]
    states: tuple[str, ...] = ()
    """Without any: all that lists show, which is never what is under safeguarding (F1)."""
    theme: str | None = None
    kind: str | None = None
    topic: str | None = None
    young: bool | None = None
    since: int | None = None
    until: int | None = None
    redacted: bool = False
    """Only what has words for publication."""
    assigned: str | None = None
    """Only what this colleague sees to; empty for what nobody does."""
    came: str | None = None
    oldest: bool = False
    """The oldest first; else the newest."""
    issue: int | None = None
    """Only what has been put into this issue."""

    def where(self) -> ColumnElement[bool]:
        """The same as a condition."""
        table = feedback.c
        parts: list[ColumnElement[bool]] = [table.area.in_(self.areas)]
        parts.append(table.state.in_(self.states or states.listed()))
        for column, value in (
            (table.theme, self.theme),
            (table.kind, self.kind),
            (table.topic, self.topic),
            (table.came, self.came),
        ):
            if value:
                parts.append(column == value)
        if self.young is not None:
            parts.append(table.young.is_(self.young))
        if self.since is not None:
            parts.append(table.created >= self.since)
        if self.until is not None:
            parts.append(table.created < self.until)
        if self.assigned is not None:
            parts.append(table.assigned == self.assigned if self.assigned else table.assigned.is_(None))
        if self.issue is not None:
            parts.append(table.issue == self.issue)
        if self.redacted:
            parts.append(table.public_words.is_not(None))
        return and_(*parts)


# -- a family's side


def store(connection: Connection, given: FeedbackGiven, key: bytes, receipt: bytes, moment: int, seals: Seals) -> int:
    """Keep what a family said yes to, under its talk's key and the keyed hash of its receipt code; give its id.

    `moment` is in seconds since 1970, UTC. The same receipt again (a redelivered yes) gives the record that is there.
    """
    values = {name: getattr(given, name) for name in ("area", "kind", "felt", "topic", "theme", "young")}
    values |= {"key": key, "receipt": receipt, "created": moment, "words": FEEDBACK_WORDS.seal(given.words, seals)}
    row = insert_into(connection, feedback, **values, state=states.NEW.id, published=False, version=1)
    new = row.on_conflict_do_nothing(index_elements=["receipt"]).returning(feedback.c.id)
    if (kept := connection.execute(new).scalar()) is not None:
        return int(kept)
    return int(connection.execute(select(feedback.c.id).where(feedback.c.receipt == receipt)).scalar_one())


def store_for(connection: Connection, given: FeedbackGiven, came: str, consent: str, moment: int, seals: Seals) -> int:
    """Keep what staff wrote down for somebody who said yes; give its id. No talk holds it, and no receipt code opens it."""
    values = {name: getattr(given, name) for name in ("area", "kind", "felt", "topic", "theme", "young")}
    values |= {"receipt": secrets.token_bytes(32), "created": moment, "came": came}
    values |= {"words": FEEDBACK_WORDS.seal(given.words, seals), "consent": FEEDBACK_CONSENT.seal(consent, seals)}
    row = insert_into(connection, feedback, **values, state=states.NEW.id, published=False, version=1)
    return int(connection.execute(row.returning(feedback.c.id)).scalar_one())


def by_receipt(connection: Connection, hashes: Iterable[bytes]) -> Feedback | None:
    """The record of a receipt code, by its hashes under the secrets that are valid (P12)."""
    return _first(connection, feedback.c.receipt.in_(tuple(hashes)))


def by_key(connection: Connection, key: bytes) -> tuple[Feedback, ...]:
    """Every record that is held under a talk's key, oldest first (P7)."""
    query = select(*COLUMNS).where(feedback.c.key == key).order_by(feedback.c.id)
    return _all(connection.execute(query).mappings())


def holds(connection: Connection, key: bytes, id_: int) -> bool:
    """Whether a record is held under a talk's key."""
    mine = (feedback.c.key == key) & (feedback.c.id == id_)
    return connection.execute(select(feedback.c.id).where(mine)).first() is not None


def published(connection: Connection, area: str, most: int = 10) -> tuple[Feedback, ...]:
    """What everybody may read: "you said, we did" of an area, newest publication first (F5); with an answer or a deed."""
    shown = (feedback.c.area == area) & feedback.c.published.is_(True)
    shown &= feedback.c.state.in_(states.publishable())
    answers = (feedback.c.done_text, feedback.c.response, feedback.c.council_response)
    shown &= or_(*(one.is_not(None) for one in answers))
    when = func.coalesce(feedback.c.published_at, feedback.c.reviewed, feedback.c.created)
    query = select(*COLUMNS).where(shown).order_by(when.desc(), feedback.c.id.desc()).limit(most)
    return _all(connection.execute(query).mappings())


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


def _take_back(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete records; of published ones the public text stays, and all that leads back to a person goes.

    Neither stands in an edition of the annual report any longer.
    """
    left = issues.note_taken_back(connection, which)
    ids = [
        found.id for found in connection.execute(select(feedback.c.id).where(which & feedback.c.published.is_(True)))
    ]
    gone = connection.execute(delete(feedback).where(which & feedback.c.published.is_(False))).rowcount
    for id_ in ids:
        connection.execute(delete(changes).where(changes.c.feedback == id_))
        connection.execute(delete(edition_rows).where(edition_rows.c.feedback == id_))
        connection.execute(delete(notes).where(notes.c.feedback == id_))
        connection.execute(delete(exchanges).where(exchanges.c.feedback == id_))
        cut = {
            "key": None,
            "words": None,
            "note": None,
            "consent": None,
            "issue": None,
            "receipt": secrets.token_bytes(32),
        }
        connection.execute(update(feedback).where(feedback.c.id == id_).values(**cut, version=feedback.c.version + 1))
    issues.drop_empty(connection, left)
    return gone + len(ids)


# -- the forum's side


def listed(connection: Connection, filters: Filters, limit: int | None = None, offset: int = 0) -> tuple[Feedback, ...]:
    """Feedback, newest first, or oldest first where the filters say so."""
    places = (feedback.c.created, feedback.c.id)
    order = places if filters.oldest else tuple(place.desc() for place in places)
    wanted = select(*COLUMNS).where(filters.where()).order_by(*order)
    return _all(connection.execute(wanted.limit(limit).offset(offset) if limit is not None else wanted).mappings())


def listed_published(connection: Connection, filters: Filters) -> tuple[Feedback, ...]:
    """Feedback whose words a reviewer has published, oldest first."""
    wanted = select(*COLUMNS).where(filters.where(), feedback.c.published.is_(True))
    return _all(connection.execute(wanted.order_by(feedback.c.created, feedback.c.id)).mappings())


def how_many(connection: Connection, filters: Filters) -> int:
    """How many there are."""
    return connection.execute(select(func.count()).select_from(feedback).where(filters.where())).scalar() or 0


BESIDE = ("public_words", "note", "response", "council_response", "done_text")
"""What the search reads of a record beside its words, in this order."""


def searched(connection: Connection, filters: Filters) -> Sequence[tuple[int, int, str, str | None, bytes | None]]:
    """When, id, state, topic and sealed words, in no order: for the search, which reads the words in memory.

    The driver's own rows: making 20,000 of the library's takes longer than opening the words.
    """
    wanted = (feedback.c[name] for name in ("created", "id", "state", "topic", "words"))
    return _raw(connection, select(*wanted).where(filters.where()))


def searched_beside(connection: Connection, filters: Filters) -> dict[int, Sequence[Any]]:
    """The columns of BESIDE, sealed where they are kept sealed, by id; of records that have any of them."""
    columns = [feedback.c[name] for name in BESIDE]
    any_of_them = or_(*(column.is_not(None) for column in columns))
    rows = _raw(connection, select(feedback.c.id, *columns).where(filters.where(), any_of_them))
    return {row[0]: row[1:] for row in rows}


def _raw(connection: Connection, wanted: Select[Any]) -> Sequence[Any]:
    cursor = connection.execute(wanted).cursor
    assert cursor is not None
    rows: Sequence[Any] = cursor.fetchall()
    return rows


def neighbours(connection: Connection, filters: Filters, created: int, id_: int) -> tuple[int | None, int | None]:
    """The ids of the records before and after a place in the list that the filters leave."""
    at, there = tuple_(feedback.c.created, feedback.c.id), (created, id_)
    newer = select(feedback.c.id).where(filters.where(), at > there).order_by(feedback.c.created, feedback.c.id)
    older = select(feedback.c.id).where(filters.where(), at < there)
    older = older.order_by(feedback.c.created.desc(), feedback.c.id.desc())
    beside = connection.execute(newer.limit(1)).scalar(), connection.execute(older.limit(1)).scalar()
    return beside[::-1] if filters.oldest else beside


def by_ids(connection: Connection, ids: Sequence[int]) -> tuple[Feedback, ...]:
    """Records by id, in that order; those that are gone are left out."""
    found = {one.id: one for one in _all(connection.execute(select(*COLUMNS).where(feedback.c.id.in_(ids))).mappings())}
    return tuple(found[one] for one in ids if one in found)


def by_id(connection: Connection, id_: int) -> Feedback | None:
    """One record."""
    return _first(connection, feedback.c.id == id_)


def change(connection: Connection, id_: int, version: int, values: Mapping[str, Any], seals: Seals) -> bool:
    """Set columns to plain values, sealing what is to be sealed, if nobody has changed the record since `version`."""
    row = {name: _sealed(name, value, seals) for name, value in values.items()}
    mine = (feedback.c.id == id_) & (feedback.c.version == version)
    return connection.execute(update(feedback).where(mine).values(**row, version=version + 1)).rowcount == 1


def tally(connection: Connection, filters: Filters, *by: str, starts: Sequence[int] = ()) -> dict[tuple[Any, ...], int]:
    """Counts of feedback by some of its columns, and last by the place of the newest of `starts` that is not after it."""
    columns: list[Any] = [feedback.c[name] for name in by]
    if starts:
        places = [(feedback.c.created < later, place) for place, later in enumerate(starts[1:])]
        columns.append(case(*places, else_=len(starts) - 1).label("place"))
    rows = connection.execute(select(*columns, func.count()).where(filters.where()).group_by(*columns)).all()
    return {tuple(row[:-1]): row[-1] for row in rows}


def _sealed(name: str, value: Any, seals: Seals) -> Any:
    return SEALED[name].seal(value, seals) if name in SEALED and value is not None else value


def _first(connection: Connection, which: ColumnElement[bool]) -> Feedback | None:
    row = connection.execute(select(*COLUMNS).where(which)).mappings().first()
    return Feedback(**row) if row else None


def _all(rows: Iterable[RowMapping]) -> tuple[Feedback, ...]:
    return tuple(Feedback(**row) for row in rows)
