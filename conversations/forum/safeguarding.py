"""Matters of safeguarding: who may see one, the log of calls, outcome and close; every look and every line is audited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine

from conversations import states
from conversations.forum.audit import Recording, recorded
from conversations.forum.review import LONGEST_TEXT, Item, unsealed
from conversations.forum.roles import REVIEWER, SAFEGUARDING
from conversations.keys.sealing import SealError, Seals
from conversations.records import feedback, matters
from conversations.records.feedback import Feedback
from conversations.records.staff import Staff, holders


class MatterError(Exception):
    """Something that cannot be done with a matter; `reason` names it for the page that says so in words."""

    def __init__(self, reason: Literal["gone", "call-empty", "outcome-empty", "too-long"]) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class LogLine:
    """One line of the log, opened; `words` is None where it cannot be read."""

    at: int
    who: str
    kind: str
    words: Mapping[str, str] | None


@dataclass(frozen=True)
class Matter:
    """One comment under safeguarding as somebody sees it."""

    item: Item
    mover: str
    closed: int | None
    log: tuple[LogLine, ...]
    lead: bool
    """Whether it is seen by somebody with the role; else by who moved it, until it is closed."""
    leads: tuple[str, ...]
    """Who holds the role in its area."""


def show(engine: Engine, staff: Staff, feedback_id: int, seals: Seals, now: datetime) -> Matter:
    """A matter with its words and its log. The look is audited. Raises MatterError("gone")."""
    with recorded(engine, staff.name, now) as recording:
        record, kept = _open(recording, staff, feedback_id)
        log = tuple(_line(one, seals) for one in matters.log(recording.connection, feedback_id))
        leads = holders(recording.connection, SAFEGUARDING, record.area)
        mover, closed = (kept.mover, kept.closed) if kept else ("", None)
        return Matter(unsealed(record, seals, REVIEWER), mover, closed, log, staff.may(SAFEGUARDING), leads)


def log_call(
    engine: Engine, staff: Staff, feedback_id: int, call: Mapping[str, str], seals: Seals, now: datetime
) -> None:
    """Keep whom somebody rang, when, and what they said (`rang`, `when`, `said`). Raises MatterError."""
    kept = {name: call.get(name, "").strip() for name in ("rang", "when", "said")}
    if not all(kept.values()):
        raise MatterError("call-empty")
    with recorded(engine, staff.name, now) as recording:
        _open(recording, staff, feedback_id)
        _write(recording, feedback_id, "call", kept, seals)


def close(engine: Engine, staff: Staff, feedback_id: int, outcome: str, seals: Seals, now: datetime) -> None:
    """Close a matter with its outcome; leads alone. Raises MatterError."""
    if not outcome.strip():
        raise MatterError("outcome-empty")
    with recorded(engine, staff.name, now) as recording:
        _open(recording, staff, feedback_id, lead=True)
        _write(recording, feedback_id, "closed", {"said": outcome.strip()}, seals)
        matters.set_closed(recording.connection, feedback_id, recording.moment, staff.name, recording.moment)


def reopen(engine: Engine, staff: Staff, feedback_id: int, seals: Seals, now: datetime) -> None:
    """Open a closed matter again; leads alone. Raises MatterError."""
    with recorded(engine, staff.name, now) as recording:
        _open(recording, staff, feedback_id, lead=True)
        _write(recording, feedback_id, "reopened", {}, seals)
        matters.set_closed(recording.connection, feedback_id, None, staff.name, recording.moment)


def count_open(engine: Engine, areas: tuple[str, ...]) -> int:
    """How many matters nobody has closed."""
    return len(open_ids(engine, areas))


def open_ids(engine: Engine, areas: tuple[str, ...]) -> frozenset[int]:
    """Which comments under safeguarding nobody has closed."""
    with engine.connect() as connection:
        return matters.open_ids(connection, areas)


def moved_by(engine: Engine, staff: Staff) -> tuple[int, ...]:
    """The open matters that somebody moved there and may still open, newest first."""
    with engine.connect() as connection:
        return matters.moved_by(connection, staff.name, staff.areas)


def unled(engine: Engine, areas: tuple[str, ...]) -> tuple[str, ...]:
    """The areas in which nobody holds the role."""
    with engine.connect() as connection:
        return tuple(area for area in areas if not holders(connection, SAFEGUARDING, area))


def _open(
    recording: Recording, staff: Staff, feedback_id: int, lead: bool = False
) -> tuple[Feedback, matters.Matter | None]:
    connection = recording.connection
    record, kept = feedback.by_id(connection, feedback_id), matters.of_feedback(connection, feedback_id)
    if record is None or record.state not in states.guarded() or record.area not in staff.areas:
        raise MatterError("gone")
    mine = kept is not None and kept.mover == staff.name and kept.closed is None and staff.may(REVIEWER) and not lead
    if not staff.may(SAFEGUARDING) and not mine:
        raise MatterError("gone")
    recording.note("safeguarding read", record.area, f"feedback {record.id}")
    return record, kept


def _write(recording: Recording, feedback_id: int, kind: str, words: Mapping[str, str], seals: Seals) -> None:
    if any(len(one) > LONGEST_TEXT for one in words.values()):
        raise MatterError("too-long")
    matters.note(
        recording.connection, feedback_id, (kind, json.dumps(dict(words))), recording.who, recording.moment, seals
    )
    recording.note(f"safeguarding {kind}", about=f"feedback {feedback_id}")


def _line(one: matters.StoredLine, seals: Seals) -> LogLine:
    try:
        words = json.loads(one.words(seals))
    except SealError:
        words = None
    return LogLine(one.at, one.who, one.kind, words)
