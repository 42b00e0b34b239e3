"""What forum staff do with feedback: read, sort, redact, answer, pass on, take back; every change kept with who and when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine

from conversations import states
from conversations.forum.audit import Recording, recorded
from conversations.forum.roles import COUNCIL, REVIEWER, SAFEGUARDING
from conversations.keys.sealing import SealError, Seals
from conversations.records import changes, feedback, issues, matters, notes
from conversations.records.changes import Change, NewChange
from conversations.records.feedback import SEALED, Feedback
from conversations.records.staff import Staff, holders, keep_roles, named
from conversations.turns import WAYS

TEXT_FIELDS = ("note", "public_words", "response", "council_response", "done_text")
REVIEWER_FIELDS = ("state", "theme", "topic", "published", "assigned", "issue", *TEXT_FIELDS)
COUNCIL_FIELDS = ("council_response",)
PUBLIC_FIELDS = ("public_words", "response", "council_response", "done_text")
"""What everybody reads of a comment that is published."""
UNREADABLE: Final = ("unreadable",)
"""Stands in a history for a value that cannot be opened; no field ever has a tuple as its value."""
LONGEST_TEXT = 4_000
"""Characters of a response, a note or redacted words."""


Reason = Literal[
    "stale", "clash", "redact-first", "look-first", "public", "details", "gone", "changed-since", "not-yours", "too-long",
    "unreadable", "no-lead", "empty", "incomplete", "no-day",
]  # fmt: skip


class ReviewError(Exception):
    """A change that cannot be made; `reason` names it for the page that says so in words."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Item:
    """One piece of feedback, opened; to the council's people, and after a family took them back, `words` are empty."""

    record: Feedback
    words: str
    public_words: str | None
    note: str | None
    """The one note that a comment had before there were threads of notes."""
    unreadable: frozenset[str] = frozenset()
    """Which of these are kept but cannot be opened; they are empty here, and what is kept stays as it is."""
    consent: str | None = None
    """Who said yes, and how, where staff added it."""


@dataclass(frozen=True)
class HistoryLine:
    """One line of a record's history, opened."""

    id: int
    at: int
    who: str
    field: str
    before: Any
    after: Any
    undone: bool


@dataclass(frozen=True)
class NoteLine:
    """One note of a thread, opened; `words` are None where they cannot be read."""

    id: int
    at: int
    who: str
    words: str | None


@dataclass(frozen=True)
class Opened:
    """One piece of feedback with its history, newest change first."""

    item: Item
    history: tuple[HistoryLine, ...]
    notes: tuple[NoteLine, ...] = ()
    """What colleagues wrote for each other, oldest first; nothing for the council's people."""


def may_open(staff: Staff, record: Feedback) -> str | None:
    """As whom someone may open a record, REVIEWER or COUNCIL; None where it is as if it were not there (W2, F1, F3)."""
    state = states.state_of(record.state)
    if state is None or record.area not in staff.areas:
        return None
    if state.guarded:
        return REVIEWER if staff.may(SAFEGUARDING) else None
    if staff.may(REVIEWER):
        return REVIEWER
    answered = state.council == "answered" and record.council_response is not None
    shown = record.sealed_public_words is not None and (state.council == "asked" or answered)
    return COUNCIL if shown and staff.may(COUNCIL) else None


def as_reviewer(staff: Staff) -> Staff:
    """Somebody on the pages of those who review: the council's people have pages of their own."""
    return replace(staff, roles=tuple(role for role in staff.roles if role != COUNCIL))


def as_council(staff: Staff) -> Staff:
    """Somebody on the council's pages: even a reviewer sees there what the council sees."""
    return replace(staff, roles=(COUNCIL,))


def show(engine: Engine, staff: Staff, feedback_id: int, seals: Seals, now: datetime) -> Opened:
    """One record as this person may see it; a look at one under safeguarding is audited. Raises ReviewError("gone")."""
    with recorded(engine, staff.name, now) as recording:
        item, role = open_record(recording, staff, feedback_id, seals)
        thread = _thread(recording.connection, feedback_id, seals) if role == REVIEWER else ()
        return Opened(item, _history(recording.connection, item, role, seals), thread)


def save(
    engine: Engine, staff: Staff, feedback_id: int, fields: Callable[[Item], Mapping[str, Any]],
    seals: Seals, now: datetime, take_lead: bool = False, note: str = "",
) -> Item:  # fmt: skip
    """Change some fields of a record, and add a note to its thread; gives the record as it was before.

    `fields` gives the new values once the record is opened, those that are to change alone (see `changed`). Each change
    is kept and audited. Nothing is published here: `publishing.publish` does, after a preview; and a public text that
    changes is public no more until then. Where a comment comes under safeguarding and nobody in its area holds that
    role, `take_lead` gives it to `staff`. Raises ReviewError, and then nothing is changed.
    """
    with recorded(engine, staff.name, now) as recording:
        item, role = open_record(recording, staff, feedback_id, seals)
        values = fields(item)
        if take_lead and values.get("state") in states.guarded():
            _take_lead(recording, staff, item.record.area)
        change(recording, item, role, values, seals)
        if note.strip():
            _add_note(recording, item, role, note.strip(), seals)
    return item


def take_note_back(engine: Engine, staff: Staff, feedback_id: int, note_id: int, seals: Seals, now: datetime) -> None:
    """Delete one's own note. Raises ReviewError("gone") for anybody else's."""
    with recorded(engine, staff.name, now) as recording:
        item, role = open_record(recording, staff, feedback_id, seals)
        if role != REVIEWER or not notes.remove(recording.connection, note_id, feedback_id, staff.name):
            raise ReviewError("gone")
        recording.note("note taken back", item.record.area, f"feedback {feedback_id}")


def withdraw(engine: Engine, staff: Staff, feedback_id: int, seals: Seals, now: datetime) -> None:
    """Take words back for whoever said them, where staff added them. Raises ReviewError("not-yours") for the chat's own."""
    with recorded(engine, staff.name, now) as recording:
        item, role = open_record(recording, staff, feedback_id, seals)
        if role != REVIEWER or item.record.came == WAYS[0]:
            raise ReviewError("not-yours")
        feedback.withdraw(recording.connection, feedback_id)
        recording.note("taken back for a family", item.record.area, f"feedback {feedback_id}")


def save_many(
    engine: Engine, staff: Staff, ids: Sequence[int], fields: Mapping[str, Any], seals: Seals, now: datetime
) -> tuple[int, int]:
    """Change the same fields of many records at once: how many were changed, and how many could not be.

    A record is given to nobody who does not review its area.
    """
    done = failed = 0
    with recorded(engine, staff.name, now) as recording:
        for feedback_id in ids:
            try:
                item, role = open_record(recording, staff, feedback_id, seals)
                person = fields.get("assigned")
                if person is not None and person not in holders(recording.connection, REVIEWER, item.record.area):
                    raise ReviewError("not-yours")
                change(recording, item, role, fields, seals)
                done += 1
            except ReviewError:
                failed += 1
    return done, failed


def digest_of(value: Any) -> str:
    """What a form carries of a field as it was when the form was drawn, to tell later who changed it."""
    return hashlib.sha256(json.dumps(plain(value)).encode()).hexdigest()[:32]


def changed(item: Item, sent: Mapping[str, Any], was: Mapping[str, str]) -> dict[str, Any]:
    """Of what a form sent, what its sender changed; `was` has the digests of the fields as the form was drawn.

    A field without a digest counts as drawn from what stands now.
    """
    return changed_of(lambda name: _value(item, name), sent, was)


def changed_of(now: Callable[[str], Any], sent: Mapping[str, Any], was: Mapping[str, str]) -> dict[str, Any]:
    """The same of any record; `now` gives what a field of it holds."""
    return {
        name: plain(value)
        for name, value in sent.items()
        if digest_of(value) != (was.get(name) or digest_of(now(name)))
    }


def clashing(item: Item, sent: Mapping[str, Any], was: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that both the sender of a form and somebody else changed since it was drawn, each to another value."""
    return clashing_of(lambda name: _value(item, name), sent, was)


def clashing_of(now: Callable[[str], Any], sent: Mapping[str, Any], was: Mapping[str, str]) -> tuple[str, ...]:
    """The same of any record; `now` gives what a field of it holds."""
    return tuple(
        name
        for name, value in changed_of(now, sent, was).items()
        if digest_of(now(name)) not in (was.get(name) or digest_of(now(name)), digest_of(value))
    )


def undo(
    engine: Engine, staff: Staff, feedback_id: int, change_id: int, marked: Callable[[str], object], seals: Seals,
    now: datetime, sure: bool = False,
) -> None:  # fmt: skip
    """Take one change of a record back, where the field still is as that change left it. Raises ReviewError.

    Only where somebody is `sure`: of a text that is public, "public" (it is then public no more, until it is published
    anew); and "details" where the council's people would read something that is `marked` as a personal detail.
    """
    with recorded(engine, staff.name, now) as recording:
        item, role = open_record(recording, staff, feedback_id, seals)
        kept = changes.by_id(recording.connection, change_id)
        if kept is None or kept.feedback != item.record.id or kept.undone:
            raise ReviewError("gone")
        before, after = values_of(kept, seals)
        if UNREADABLE in (before, after):
            raise ReviewError("unreadable")
        if _value(item, kept.field) != after:
            raise ReviewError("changed-since")
        if item.record.published and kept.field in PUBLIC_FIELDS and not sure:
            raise ReviewError("public")
        if not sure and any(marked(text) for text in read_anew(item, kept.field, before)):
            raise ReviewError("details")
        change(recording, item, role, {kept.field: before}, seals)
        changes.mark_undone(recording.connection, change_id)


def read_anew(item: Item, field: str, before: Any) -> tuple[str, ...]:
    """The texts that the council's people read once a field is again what it was `before`; none where they read nothing."""
    state = states.state_of(before if field == "state" else item.record.state)
    if state is None or state.council == "never":
        return ()
    texts = {"public_words": item.public_words, "response": item.record.response}
    shown = tuple(texts.values()) if field == "state" else ((before,) if field in texts else ())
    return tuple(text for text in shown if text)


def unsealed(record: Feedback, seals: Seals, role: str) -> Item:
    """A stored record opened for a reviewer, or for the council, whose people see the redacted words alone."""
    failed: set[str] = set()

    def opened(name: str, open_: Callable[[Seals], str | None]) -> str | None:
        try:
            return open_(seals)
        except SealError:
            failed.add(name)
            return None

    public_words = opened("public_words", record.public_words)
    if role == COUNCIL:
        return Item(record, "", public_words, None, frozenset(failed))
    words, note = opened("words", record.words) or "", opened("note", record.note)
    consent = opened("consent", record.consent)
    return Item(record, words, public_words, note, frozenset(failed), consent)


def open_record(recording: Recording, staff: Staff, feedback_id: int, seals: Seals) -> tuple[Item, str]:
    """A record, and the role in which it is seen."""
    record = feedback.by_id(recording.connection, feedback_id)
    role = may_open(staff, record) if record else None
    if record is None or role is None:
        raise ReviewError("gone")
    if record.state in states.guarded():
        recording.note("safeguarding read", record.area, f"feedback {record.id}")
    return unsealed(record, seals, role), role


def change(
    recording: Recording, item: Item, role: str, fields: Mapping[str, Any], seals: Seals, looked: bool = False
) -> None:
    """Change fields of an opened record within a transaction; `looked` where what is published was seen before."""
    record = item.record
    if not set(fields) <= set(COUNCIL_FIELDS if role == COUNCIL else REVIEWER_FIELDS):
        raise ReviewError("not-yours")
    values = {name: value for name, value in _settled(item, fields, looked).items() if value != _value(item, name)}
    if any(isinstance(values.get(name), str) and len(values[name]) > LONGEST_TEXT for name in TEXT_FIELDS):
        raise ReviewError("too-long")
    if not values:
        return
    if values.get("issue") is not None:
        there = issues.by_id(recording.connection, values["issue"])
        if there is None or there.area != record.area:
            raise ReviewError("changed-since")
    moments = {"reviewed": recording.moment} if record.reviewed is None and role == REVIEWER else {}
    if values.get("published"):
        moments["published_at"] = recording.moment
    if not feedback.change(recording.connection, record.id, record.version, {**values, **moments}, seals):
        raise ReviewError("stale")
    _follow_safeguarding(recording, record, values.get("state", record.state))
    for name, value in values.items():
        one = NewChange(("feedback", record.id), name, _value(item, name), value)
        changes.add(recording.connection, one, recording.who, recording.moment, seals)
        recording.note(f"changed {name}", record.area, f"feedback {record.id}")


def _add_note(recording: Recording, item: Item, role: str, words: str, seals: Seals) -> None:
    if role != REVIEWER:
        raise ReviewError("not-yours")
    if len(words) > LONGEST_TEXT:
        raise ReviewError("too-long")
    notes.add(recording.connection, item.record.id, recording.who, recording.moment, words, seals)
    recording.note("note added", item.record.area, f"feedback {item.record.id}")


def _thread(connection: Connection, feedback_id: int, seals: Seals) -> tuple[NoteLine, ...]:
    lines = []
    for one in notes.of_feedback(connection, feedback_id):
        try:
            words: str | None = one.words(seals)
        except SealError:
            words = None
        lines.append(NoteLine(one.id, one.at, one.who, words))
    return tuple(lines)


def _take_lead(recording: Recording, staff: Staff, area: str) -> None:
    """Somebody takes the role that nobody in an area holds; it is written down like every giving of a role."""
    if not holders(recording.connection, SAFEGUARDING, area):
        known = named(recording.connection, staff.name)
        roles = known.staff.roles if known else staff.roles  # `staff` may have been narrowed to some of theirs
        keep_roles(recording.connection, staff.id, staff.areas, (*roles, SAFEGUARDING))
        recording.note("safeguarding role taken", area, staff.name)


def _follow_safeguarding(recording: Recording, record: Feedback, state: str) -> None:
    """What goes with a comment that comes under safeguarding or leaves it. Raises ReviewError("no-lead")."""
    before, after = record.state in states.guarded(), state in states.guarded()
    if after and not before:
        if not holders(recording.connection, SAFEGUARDING, record.area):
            raise ReviewError("no-lead")
        matters.begin(recording.connection, record.id, recording.who, recording.moment)
    elif before and not after:
        matters.leave(recording.connection, record.id)


def _settled(item: Item, fields: Mapping[str, Any], looked: bool) -> dict[str, Any]:
    """The fields with what follows from them. Raises ReviewError where words would go out that nobody has looked at."""
    values = {name: plain(value) for name, value in fields.items()}
    state = values.get("state", item.record.state)
    public = values.get("public_words", item.public_words)
    if state not in states.every():
        raise ReviewError("changed-since")  # an undo that leads back to a state that there is no more
    if state not in states.publishable():
        values |= {"published": False, "issue": None}
    if public is None and (values.get("published") or state in states.for_council()):
        raise ReviewError("redact-first")
    if values.get("published") and not item.record.published and not looked:
        raise ReviewError("look-first")
    if (
        item.record.published
        and not looked
        and any(values.get(n) != _value(item, n) for n in values if n in PUBLIC_FIELDS)
    ):
        values["published"] = False
    return values


def plain(value: Any) -> Any:
    """A value as it is kept: text without blanks around it, and None where nothing is left."""
    return (value.strip() or None) if isinstance(value, str) else value


def _value(item: Item, name: str) -> Any:
    return getattr(item, name) if name in SEALED else getattr(item.record, name)


def values_of(change: Change, seals: Seals) -> tuple[Any, Any]:
    """What a field was and what it became; UNREADABLE where that cannot be opened."""
    try:
        return change.values(seals)
    except SealError:
        return UNREADABLE, UNREADABLE


def _history(connection: Connection, item: Item, role: str, seals: Seals) -> tuple[HistoryLine, ...]:
    """The changes of a record, newest first; the council's people see those of their own response, and when they were asked.

    Not where a comment was before they were asked: that would tell what was under safeguarding.
    """
    lines = tuple(
        HistoryLine(one.id, one.at, one.who, one.field, *values_of(one, seals), one.undone)
        for one in changes.of_feedback(connection, item.record.id)
        if one.field in REVIEWER_FIELDS
    )
    if role != COUNCIL:
        return lines
    asked = (replace(one, before=None) for one in lines if one.field == "state" and one.after in states.for_council())
    own = (one for one in lines if one.field in COUNCIL_FIELDS)
    return tuple(sorted((*asked, *own), key=lambda one: one.id, reverse=True))
