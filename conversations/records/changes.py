"""What staff changed of feedback, issues and kept questions: field by field, before and after, sealed."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, insert, select, update

from conversations.keys.sealing import Seals
from conversations.records.sealed import CHANGE_AFTER, CHANGE_BEFORE
from conversations.records.staff_tables import changes


@dataclasses.dataclass(frozen=True)
class Change:
    """One change of one field; what it was and what it became stay sealed until they are asked for."""

    id: int
    feedback: int | None
    """The record that it is of; None for a question's or an issue's."""
    issue: int | None
    at: int
    who: str
    field: str
    undone: bool
    sealed_before: bytes = dataclasses.field(repr=False)
    sealed_after: bytes = dataclasses.field(repr=False)

    def values(self, seals: Seals) -> tuple[Any, Any]:
        """What the field was, and what it became. Raises SealError."""
        before, after = CHANGE_BEFORE.open(self.sealed_before, seals), CHANGE_AFTER.open(self.sealed_after, seals)
        return json.loads(before), json.loads(after)


COLUMNS = tuple(changes.c[name.removeprefix("sealed_")].label(name) for name in Change.__dataclass_fields__)


@dataclasses.dataclass(frozen=True)
class NewChange:
    """A change that is to be kept: of which record, of which field, and its value before and after."""

    about: tuple[Literal["feedback", "issue", "question"], int]
    field: str
    before: Any
    after: Any


def add(connection: Connection, change: NewChange, who: str, now: int, seals: Seals) -> None:
    """Keep a change; what the field was and what it became are sealed as JSON."""
    row = {change.about[0]: change.about[1], "at": now, "who": who, "field": change.field, "undone": False}
    row["before"] = CHANGE_BEFORE.seal(json.dumps(change.before), seals)
    row["after"] = CHANGE_AFTER.seal(json.dumps(change.after), seals)
    connection.execute(insert(changes).values(**row))


def of_feedback(connection: Connection, feedback_id: int) -> tuple[Change, ...]:
    """The changes of a record, newest first."""
    mine = select(*COLUMNS).where(changes.c.feedback == feedback_id).order_by(changes.c.id.desc())
    return tuple(_change(row) for row in connection.execute(mine).mappings())


def of_issue(connection: Connection, issue_id: int) -> tuple[Change, ...]:
    """The changes of an issue, newest first."""
    mine = select(*COLUMNS).where(changes.c.issue == issue_id).order_by(changes.c.id.desc())
    return tuple(_change(row) for row in connection.execute(mine).mappings())


def by_id(connection: Connection, change_id: int) -> Change | None:
    """One change."""
    row = connection.execute(select(*COLUMNS).where(changes.c.id == change_id)).mappings().first()
    return _change(row) if row else None


def mark_undone(connection: Connection, change_id: int) -> None:
    """A change has been taken back."""
    connection.execute(update(changes).where(changes.c.id == change_id).values(undone=True))


def _change(row: RowMapping) -> Change:
    return Change(**row)
