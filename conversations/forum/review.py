"""What forum staff do with feedback: read, sort, redact, answer, pass on, take back; every change kept with who and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from conversations.keys.sealing import Seals
from conversations.records import desk as records
from conversations.records import staff as people
from conversations.records.desk import SAFEGUARDING, Filters, Stored
from conversations.records.staff import Staff

STATES = ("new", "read", "council", "done", "not-for-publication", SAFEGUARDING)
KINDS = ("offer", "missing", "information", "making", "other")
"""After regulation 56 of the SEND Regulations 2014, and anything else (F1)."""
UNPUBLISHED = ("not-for-publication", SAFEGUARDING)
SEALED = {"public_words": "feedback.public_words", "note": "feedback.note"}
CHANGED = "changes"
TEXT_FIELDS = ("note", "public_words", "response", "council_response", "done_text")
REVIEWER_FIELDS = ("state", "theme", "topic", "published", *TEXT_FIELDS)
COUNCIL_FIELDS = ("council_response",)
LONGEST_TEXT = 4_000
"""Characters of a response, a note or redacted words."""


class ReviewError(Exception):
    """A change that cannot be made; `reason` names it for the page that says so in words."""

    def __init__(
        self, reason: Literal["stale", "redact-first", "gone", "changed-since", "not-yours", "too-long"]
    ) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Item:
    """One piece of feedback, opened; to the council's people, and after a family took them back, `words` are empty."""

    stored: Stored
    words: str
    public_words: str | None
    note: str | None


@dataclass(frozen=True)
class Change:
    """One line of a record's history."""

    id: int
    at: int
    who: str
    field: str
    before: Any
    after: Any
    undone: bool


def may_open(staff: Staff, stored: Stored) -> Literal["reviewer", "council"] | None:
    """As whom someone may open a record; None where it is as if it were not there (W2, F1, F3)."""
    if stored.area not in staff.areas:
        return None
    if stored.state == SAFEGUARDING:
        return "reviewer" if staff.may(SAFEGUARDING) else None
    if staff.may("reviewer"):
        return "reviewer"
    passed_on = stored.state == "council" or (stored.state == "done" and stored.council_response is not None)
    if staff.may("council") and passed_on and stored.public_words is not None:
        return "council"
    return None


def opened(connection: Connection, staff: Staff, feedback_id: int, seals: Seals, now: datetime) -> Item:
    """One record as this person may see it; opening one under safeguarding is audited. Raises ReviewError("gone")."""
    stored = records.one(connection, feedback_id)
    role = may_open(staff, stored) if stored else None
    if stored is None or role is None:
        raise ReviewError("gone")
    if stored.state == SAFEGUARDING:
        moment = int(now.timestamp())
        people.note(connection, staff.name, "safeguarding read", moment, stored.area, f"feedback {stored.id}")
    return unsealed(stored, seals, role)


def unsealed(stored: Stored, seals: Seals, role: str) -> Item:
    """A stored record opened for a reviewer, or for the council, whose people see the redacted words alone."""
    public = seals.unseal(stored.public_words, SEALED["public_words"]) if stored.public_words else None
    if role == "council":
        return Item(stored, "", public, None)
    note = seals.unseal(stored.note, SEALED["note"]) if stored.note else None
    words = seals.unseal(stored.words, "feedback.words") if stored.words else ""
    return Item(stored, words, public, note)


def search(connection: Connection, filters: Filters, wanted: str, seals: Seals) -> list[int]:
    """Ids of the feedback whose words hold every word that is sought, newest first; read in memory, no index (P11)."""
    sought = sorted(wanted.casefold().split(), key=len, reverse=True) or [""]
    found: list[tuple[int, int]] = []
    for created, feedback_id, blob in records.sealed(connection, filters):
        words = seals.unseal(blob, "feedback.words").casefold()
        if sought[0] in words and all(one in words for one in sought):
            found.append((created, feedback_id))
    return [feedback_id for _, feedback_id in sorted(found, reverse=True)]


def change(
    connection: Connection,
    staff: Staff,
    item: Item,
    version: int,
    fields: Mapping[str, Any],
    seals: Seals,
    now: datetime,
) -> None:
    """Change some fields of a record that was read at `version`; each change is kept. Raises ReviewError."""
    stored = item.stored
    role = may_open(staff, stored)
    allowed = REVIEWER_FIELDS if role == "reviewer" else COUNCIL_FIELDS if role == "council" else ()
    if not set(fields) <= set(allowed):
        raise ReviewError("not-yours")
    values = {name: value for name, value in _settled(item, fields).items() if value != _value(item, name)}
    if any(isinstance(values.get(name), str) and len(values[name]) > LONGEST_TEXT for name in TEXT_FIELDS):
        raise ReviewError("too-long")
    if not values and version == stored.version:
        return
    moment = int(now.timestamp())
    row = {name: _sealed(name, value, seals) for name, value in values.items()}
    if stored.reviewed is None and role == "reviewer":
        row["reviewed"] = moment
    if not records.set_fields(connection, stored.id, version, row):
        raise ReviewError("stale")
    for name, value in values.items():
        pair = (_kept(_value(item, name), seals), _kept(value, seals))
        records.add_change(connection, ("feedback", stored.id), staff.name, moment, name, pair)
        people.note(connection, staff.name, f"changed {name}", moment, stored.area, f"feedback {stored.id}")


def _settled(item: Item, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with what follows from them. Raises ReviewError where words would go out that nobody has redacted."""
    values = {name: (value.strip() or None) if isinstance(value, str) else value for name, value in fields.items()}
    state = values.get("state", item.stored.state)
    public = values.get("public_words", item.public_words)
    if state in UNPUBLISHED:
        values["published"] = False
    published = values.get("published", item.stored.published)
    if public is None and (published or (state == "council" and item.stored.state != "council")):
        raise ReviewError("redact-first")
    return values


def _value(item: Item, name: str) -> Any:
    return getattr(item, name) if name in SEALED else getattr(item.stored, name)


def _sealed(name: str, value: Any, seals: Seals) -> Any:
    return seals.seal(value, SEALED[name]) if name in SEALED and value is not None else value


def _kept(value: Any, seals: Seals) -> bytes:
    return seals.seal(json.dumps(value), CHANGED)


def history(connection: Connection, item: Item, seals: Seals, role: str) -> tuple[Change, ...]:
    """The changes of a record, newest first; the council's people see those of its responses and state alone."""
    shown = (*COUNCIL_FIELDS, "response", "done_text", "state") if role == "council" else REVIEWER_FIELDS
    lines = []
    for row in records.history(connection, item.stored.id):
        if row.field in shown:
            before, after = (json.loads(seals.unseal(blob, CHANGED)) for blob in (row.before, row.after))
            lines.append(Change(row.id, row.at, row.who, row.field, before, after, row.undone))
    return tuple(lines)


def undo(connection: Connection, staff: Staff, item: Item, change_id: int, seals: Seals, now: datetime) -> None:
    """Take one change of a record back, where the field still is as that change left it. Raises ReviewError."""
    kept = records.change(connection, change_id)
    if kept is None or kept.feedback != item.stored.id or kept.undone:
        raise ReviewError("gone")
    before, after = (json.loads(seals.unseal(blob, CHANGED)) for blob in (kept.before, kept.after))
    if _value(item, kept.field) != after:
        raise ReviewError("changed-since")
    change(connection, staff, item, item.stored.version, {kept.field: before}, seals, now)
    records.mark_undone(connection, change_id)
