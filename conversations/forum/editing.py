"""Editing the content: a draft, a second person who approves it, what is in use, and the way back. Every version is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from conversations.forum.audit import recorded
from conversations.forum.roles import EDITOR, SAFEGUARDING
from conversations.keys.sealing import SealError, Seals
from conversations.records import content_changes, proposals
from conversations.records.content_changes import APPROVED, DETAIL, DRAFT, DROPPED, ENTRY, UNDONE, ContentChange
from conversations.records.staff import Staff, holders
from knowledge.amendments import Amendments
from knowledge.entries import NATIONAL
from knowledge.publishing.contact_register import plain_detail

MADE_OF = 0.6
"""From so much in common on (difflib's ratio) a line was made of a phrase: "for my boy" of "for my son, Alfie"."""
MOST_LISTED = 50
"""Versions on one page, the newest."""

Reason = Literal["gone", "stale", "own", "lead", "undo-lead", "faults", "later", "unreadable"]


class EditError(Exception):
    """A change that cannot be made; `reason` names it for the page that says so in words."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def areas_of(staff: Staff) -> tuple[str, ...]:
    """Whose content somebody may edit: their areas', and what answers everywhere."""
    return (*staff.areas, NATIONAL)


def drafts(engine: Engine, staff: Staff) -> tuple[ContentChange, ...]:
    """The drafts that wait in somebody's areas, newest first."""
    with engine.connect() as connection:
        return content_changes.in_state(connection, DRAFT, areas_of(staff), MOST_LISTED)


def versions(engine: Engine, staff: Staff) -> tuple[ContentChange, ...]:
    """What was approved in somebody's areas and is not undone, newest first."""
    with engine.connect() as connection:
        return content_changes.in_state(connection, APPROVED, areas_of(staff), MOST_LISTED)


def count_drafts(engine: Engine, staff: Staff) -> int:
    """How many drafts wait for a second person."""
    with engine.connect() as connection:
        return content_changes.count(connection, DRAFT, areas_of(staff))


def change(engine: Engine, staff: Staff, id_: int) -> ContentChange:
    """One change of somebody's areas. Raises EditError."""
    with engine.connect() as connection:
        return _mine(connection, staff, id_)


def body_of(change: ContentChange, seals: Seals) -> dict[str, Any] | None:
    """What a change is; None where it cannot be read."""
    try:
        return change.body(seals)
    except SealError:
        return None


def history(engine: Engine, kind: str, about: str) -> tuple[ContentChange, ...]:
    """Every version of an entry or a detail that was ever in use, newest first."""
    with engine.connect() as connection:
        return content_changes.of(connection, kind, about, (APPROVED, UNDONE))


def draft_of(engine: Engine, kind: str, about: str) -> ContentChange | None:
    """The draft of an entry or a detail that waits, if there is one."""
    with engine.connect() as connection:
        return next(iter(content_changes.of(connection, kind, about, (DRAFT,))), None)


def draft_with(engine: Engine, staff: Staff, asked: Iterable[int], seals: Seals) -> ContentChange | None:
    """The draft of an entry in somebody's areas into which one of some phrases of families' questions was put."""
    with engine.connect() as connection:
        found = _drafts_with(connection, asked, seals)
    return next((draft for draft in found if draft.area in areas_of(staff)), None)


def _drafts_with(connection: Connection, asked: Iterable[int], seals: Seals) -> list[ContentChange]:
    """The drafts of entries into which one of some phrases of families' questions was put."""
    sought = set(asked)
    if not sought:
        return []
    found = content_changes.entry_drafts(connection)
    return [draft for draft in found if sought & set((body_of(draft, seals) or {}).get("proposals", ()))]


def phrases(engine: Engine, ids: Iterable[int], seals: Seals, areas: Iterable[str] | None = None) -> dict[int, str]:
    """Phrases of families' questions by id, as far as the questions are still there; empty where one cannot be read.

    Of some areas alone, or of all.
    """
    with engine.connect() as connection:
        rows = proposals.by_ids(connection, ids)
    found: dict[int, str] = {}
    mine = None if areas is None else {*areas}
    for row in rows:
        if mine is not None and row.area not in mine:
            continue
        try:
            found[row.id] = row.phrase(seals)
        except SealError:
            found[row.id] = ""
    return found


def came_of(phrase: str, lines: Iterable[str]) -> list[str]:
    """Those of some lines that an editor made of a phrase of a family's question."""
    return [line for line in lines if SequenceMatcher(None, phrase.lower(), line.lower()).ratio() >= MADE_OF]


def was_there(engine: Engine, kind: str, about: str) -> bool:
    """Whether there is or was a change of an entry or a detail, whatever became of it."""
    with engine.connect() as connection:
        return bool(content_changes.of(connection, kind, about, (DRAFT, DROPPED, APPROVED, UNDONE)))


def second_people(engine: Engine, staff: Staff, area: str) -> tuple[str, ...]:
    """Who else may approve what belongs to an area."""
    with engine.connect() as connection:
        areas = staff.areas if area == NATIONAL else (area,)
        found = {name for one in areas for name in holders(connection, EDITOR, one)}
    return tuple(sorted(found - {staff.name}))


def save(
    engine: Engine, staff: Staff, kind: str, about: str, area: str, body: Mapping[str, Any], version: int, seals: Seals,
    now: datetime,
) -> int:  # fmt: skip
    """Keep a draft; give its id. `version` is that of the draft that was opened, 0 where there was none. Raises EditError "stale":
    somebody else has saved it, or another draft for the same question, or a family has taken such a question back.

    What a safeguarding lead saves says so: where safety cards are touched one of the two people has to be one.
    """
    kept = {**body, "lead": staff.may(SAFEGUARDING)}
    with recorded(engine, staff.name, now) as recording:
        asked = set(kept.get("proposals", ()))
        if asked and proposals.hold(recording.connection, asked) != asked:
            raise EditError("stale")
        if any(draft.about != about for draft in _drafts_with(recording.connection, asked, seals)):
            raise EditError("stale")
        there = next(iter(content_changes.of(recording.connection, kind, about, (DRAFT,))), None)
        if (there.version if there else 0) != version:
            raise EditError("stale")
        if there is None:
            added = content_changes.add(
                recording.connection, kind, about, area, kept, staff.name, recording.moment, seals
            )
            if added is None:
                raise EditError("stale")
            id_ = added
        else:
            id_ = there.id
            saved = (id_, version, area, kept, staff.name, recording.moment, seals)
            if not content_changes.write(recording.connection, *saved):
                raise EditError("stale")
        recording.note("content draft saved", area, about)
    return id_


def drop(engine: Engine, staff: Staff, id_: int, version: int, seals: Seals, now: datetime) -> None:
    """Throw a draft away; of an entry nothing of what it said stays. Raises EditError."""
    with recorded(engine, staff.name, now) as recording:
        draft = _open(recording.connection, staff, id_, version)
        body: dict[str, Any] | None = {"fields": {}} if draft.kind == ENTRY else None
        if not content_changes.decide(recording.connection, draft, DROPPED, staff.name, recording.moment, body, seals):
            raise EditError("stale")
        recording.note("content draft dropped", draft.area, draft.about)


def approve(
    engine: Engine, staff: Staff, id_: int, version: int, body: Mapping[str, Any], needs_lead: bool, seals: Seals,
    now: datetime,
) -> None:  # fmt: skip
    """Put a draft into use: `body` is what then stands, all that was ever changed of the entry. Raises EditError.

    "own" where whoever saved it last would approve it; "lead" where safety cards show it and neither of the two is a
    safeguarding lead. The phrases of families' questions that were put into it wait no longer.
    """
    with recorded(engine, staff.name, now) as recording:
        proposals.hold(recording.connection, body.get("proposals", ()))  # before the draft, as whoever saves or forgets
        draft = _open(recording.connection, staff, id_, version)
        if draft.who == staff.name:
            raise EditError("own")
        before = body_of(draft, seals)
        if before is None:
            raise EditError("unreadable")
        if needs_lead and not (staff.may(SAFEGUARDING) or before.get("lead")):
            raise EditError("lead")
        if not content_changes.decide(
            recording.connection, draft, APPROVED, staff.name, recording.moment, dict(body), seals
        ):
            raise EditError("stale")
        recording.note("content approved", draft.area, draft.about)
        if proposals.close(recording.connection, body.get("proposals", ())):
            recording.note("content change done")


def undo(engine: Engine, staff: Staff, id_: int, needs_lead: bool, now: datetime) -> None:
    """Take back what was approved last of an entry or a detail: what was in use before is in use again. Raises EditError.

    It takes one person: what comes back was approved once, or is as it was shipped. Where safety cards show it that person
    is a safeguarding lead, "undo-lead": a number that reaches nobody would stand on them again.
    """
    with recorded(engine, staff.name, now) as recording:
        mine = _mine(recording.connection, staff, id_)
        newest = next(iter(content_changes.of(recording.connection, mine.kind, mine.about, (APPROVED,))), None)
        if newest is None or newest.id != mine.id:
            raise EditError("later")
        if needs_lead and not staff.may(SAFEGUARDING):
            raise EditError("undo-lead")
        if not content_changes.decide(recording.connection, mine, UNDONE, staff.name, recording.moment):
            raise EditError("stale")
        recording.note("content undone", mine.area, mine.about)


def live_fields(engine: Engine, entry: str, seals: Seals) -> dict[str, Any]:
    """All fields of an entry that were changed and are in use. Raises EditError "unreadable"."""
    with engine.connect() as connection:
        newest = next(iter(content_changes.of(connection, ENTRY, entry, (APPROVED,))), None)
    if newest is None:
        return {}
    body = body_of(newest, seals)
    if body is None:
        raise EditError("unreadable")
    return dict(body["fields"])


def mark(engine: Engine) -> str:
    """Tells one state of what is approved from another."""
    with engine.connect() as connection:
        return content_changes.mark(connection)


def amendments(engine: Engine, seals: Seals, last: Amendments | None = None) -> tuple[str, Amendments]:
    """All that was approved and is not undone, and the mark of that state.

    What cannot be read is as in `last`, and left out where that lacks it. Without it this raises SealError.
    """
    with engine.connect() as connection:
        state, rows = content_changes.mark(connection), content_changes.approved(connection)
    entries: dict[str, Mapping[str, Any]] = {}
    details: dict[str, str] = {}
    found: dict[str, str] = {}
    new: dict[str, str] = {}
    for row in rows:
        body = row.body(seals) if last is None else body_of(row, seals) or _as_in(last, row)
        if body is None:
            continue
        if row.kind == ENTRY:
            entries[row.about] = body["fields"]
            new |= {row.about: body["theme"]} if body.get("theme") else {}
            found |= body.get("found", {})
        elif row.kind == DETAIL:
            details = {old: body["new"] if plain_detail(new) == row.about else new for old, new in details.items()}
            details[row.about] = body["new"]
            found[body["new"]] = body["found"]
    details = {old: new for old, new in details.items() if plain_detail(new) != old}
    return state, Amendments(entries, details, found, new)


def _as_in(last: Amendments, row: ContentChange) -> dict[str, Any] | None:
    """What amendments hold of a change, as its body; None where they hold nothing of it."""
    if row.kind == ENTRY and row.about in last.entries:
        return {"fields": last.entries[row.about], "found": last.found, "theme": last.new.get(row.about)}
    new = last.details.get(row.about) if row.kind == DETAIL else None
    return {"new": new, "found": last.found.get(new, "")} if new is not None else None


def _mine(connection: Connection, staff: Staff, id_: int) -> ContentChange:
    found = content_changes.by_id(connection, id_, areas_of(staff))
    if found is None:
        raise EditError("gone")
    return found


def _open(connection: Connection, staff: Staff, id_: int, version: int) -> ContentChange:
    """A draft as it was when its page was drawn. Raises EditError."""
    draft = _mine(connection, staff, id_)
    if draft.state != DRAFT or draft.version != version:
        raise EditError("stale")
    return draft
