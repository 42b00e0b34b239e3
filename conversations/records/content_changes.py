"""Changes of the content: drafts and every version that was ever in use. The one type, and every query of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from conversations.keys.sealing import SealError, Seals
from conversations.records.inserting import insert_into
from conversations.records.sealed import CONTENT_BODY
from conversations.records.staff_tables import content_changes as table

ENTRY, DETAIL = "entry", "detail"
DRAFT, APPROVED, UNDONE, DROPPED = "draft", "approved", "undone", "dropped"


@dataclass(frozen=True)
class ContentChange:
    """One change of an entry, or of a detail wherever it stands. What it changes stays sealed until it is asked for."""

    id: int
    kind: str
    """ENTRY or DETAIL."""
    about: str
    """The id of the entry; or the phone number, email or link as it was, plain."""
    area: str
    state: str
    version: int
    who: str
    """Who saved it last."""
    at: int
    decided_by: str | None
    decided_at: int | None
    sealed_body: bytes = field(repr=False)

    def body(self, seals: Seals) -> dict[str, Any]:
        """What is to be changed. Raises SealError."""
        found: dict[str, Any] = json.loads(CONTENT_BODY.open(self.sealed_body, seals))
        return found


COLUMNS = tuple(table.c[name.removeprefix("sealed_")].label(name) for name in ContentChange.__dataclass_fields__)


def by_id(connection: Connection, id_: int, areas: Iterable[str]) -> ContentChange | None:
    """One change of some areas."""
    mine = select(*COLUMNS).where(table.c.id == id_, table.c.area.in_(tuple(areas)))
    return next(iter(_all(connection.execute(mine).mappings())), None)


def of(connection: Connection, kind: str, about: str, states: Iterable[str]) -> tuple[ContentChange, ...]:
    """The changes of one entry or detail in some states, newest first."""
    mine = select(*COLUMNS).where(table.c.kind == kind, table.c.about == about, table.c.state.in_(tuple(states)))
    return _all(connection.execute(mine.order_by(table.c.decided_at.desc(), table.c.id.desc())).mappings())


def in_state(connection: Connection, state: str, areas: Iterable[str], most: int) -> tuple[ContentChange, ...]:
    """The changes of some areas in a state, newest first."""
    mine = select(*COLUMNS).where(table.c.state == state, table.c.area.in_(tuple(areas)))
    ordered = mine.order_by(func.coalesce(table.c.decided_at, table.c.at).desc(), table.c.id.desc()).limit(most)
    return _all(connection.execute(ordered).mappings())


def entry_drafts(connection: Connection) -> tuple[ContentChange, ...]:
    """Every draft of an entry, oldest first."""
    mine = select(*COLUMNS).where(table.c.kind == ENTRY, table.c.state == DRAFT).order_by(table.c.id)
    return _all(connection.execute(mine).mappings())


def take_out(connection: Connection, phrases: Mapping[int, str], seals: Seals) -> None:
    """Take out of drafts, and of those that were dropped, the lines that came of some phrases of families' questions, by id.

    Whoever has such a draft open is told that it has changed.
    """
    mine = select(*COLUMNS).where(table.c.kind == ENTRY, table.c.state.in_((DRAFT, DROPPED))).order_by(table.c.id)
    for draft in _all(connection.execute(mine.with_for_update()).mappings()):
        try:
            body = draft.body(seals)
        except SealError:
            continue
        if not phrases.keys() & set(body.get("proposals", ())):
            continue
        said = body.get("said", {})
        lines = {line for id_, phrase in phrases.items() for line in (phrase, *said.get(str(id_), ()))}
        rest = {
            **body,
            "fields": _without(body["fields"], lines),
            "proposals": [id_ for id_ in body["proposals"] if id_ not in phrases],
            "said": {id_: some for id_, some in said.items() if int(id_) not in phrases},
        }
        row = {"version": draft.version + 1, "body": CONTENT_BODY.seal(json.dumps(rest), seals)}
        connection.execute(update(table).where(table.c.id == draft.id).values(**row))


def _without(value: Any, lines: set[str]) -> Any:
    """Fields without these lines, whatever list they stand in."""
    if isinstance(value, dict):
        return {name: _without(part, lines) for name, part in value.items()}
    if isinstance(value, list):
        return [_without(part, lines) for part in value if not (isinstance(part, str) and part in lines)]
    return value


def count(connection: Connection, state: str, areas: Iterable[str]) -> int:
    """How many changes of some areas are in a state."""
    mine = (table.c.state == state) & table.c.area.in_(tuple(areas))
    return connection.execute(select(func.count()).select_from(table).where(mine)).scalar() or 0


def approved(connection: Connection) -> tuple[ContentChange, ...]:
    """Every change that was approved and not undone, in the order in which they were."""
    query = select(*COLUMNS).where(table.c.state == APPROVED).order_by(table.c.decided_at, table.c.id)
    return _all(connection.execute(query).mappings())


def mark(connection: Connection) -> str:
    """Tells one state of what is approved from another: it changes with each approval and each undoing."""
    found = select(func.count(), func.sum(table.c.version)).where(table.c.state.in_((APPROVED, UNDONE)))
    count_, versions = connection.execute(found).one()
    return f"{count_}.{versions or 0}"


def add(
    connection: Connection, kind: str, about: str, area: str, body: dict[str, Any], who: str, now: int, seals: Seals
) -> int | None:
    """Keep a new draft; give its id. None where there is one already: two people may begin at once."""
    row = {"kind": kind, "about": about, "area": area, "state": DRAFT, "version": 1, "who": who, "at": now}
    kept = insert_into(connection, table, **row, body=CONTENT_BODY.seal(json.dumps(body), seals))
    id_ = connection.execute(kept.on_conflict_do_nothing().returning(table.c.id)).scalar()
    return None if id_ is None else int(id_)


def write(
    connection: Connection, id_: int, version: int, area: str, body: dict[str, Any], who: str, now: int, seals: Seals
) -> bool:
    """Keep a draft anew, if nobody has since `version`."""
    sealed = CONTENT_BODY.seal(json.dumps(body), seals)
    mine = (table.c.id == id_) & (table.c.version == version) & (table.c.state == DRAFT)
    row = {"version": version + 1, "area": area, "body": sealed, "who": who, "at": now}
    return connection.execute(update(table).where(mine).values(**row)).rowcount == 1


def decide(
    connection: Connection, change: ContentChange, state: str, who: str, now: int,
    body: dict[str, Any] | None = None, seals: Seals | None = None,
) -> bool:  # fmt: skip
    """Set a change to a state, if nobody has touched it since it was read; `body` is what then stands in it."""
    mine = (table.c.id == change.id) & (table.c.version == change.version) & (table.c.state == change.state)
    row: dict[str, Any] = {"state": state, "version": change.version + 1}
    if state != UNDONE:  # who approved it stays known
        row |= {"decided_by": who, "decided_at": now}
    if body is not None and seals is not None:
        row["body"] = CONTENT_BODY.seal(json.dumps(body), seals)
    return connection.execute(update(table).where(mine).values(**row)).rowcount == 1


def purge(connection: Connection, before: int) -> int:
    """Delete drafts that nobody has saved since a moment, and those that were dropped: they may hold a family's words (P8)."""
    old = table.c.state.in_((DRAFT, DROPPED)) & (table.c.at < before)
    return connection.execute(delete(table).where(old)).rowcount


def _all(rows: Iterable[RowMapping]) -> tuple[ContentChange, ...]:
    return tuple(ContentChange(**row) for row in rows)
