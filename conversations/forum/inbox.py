"""Feedback in lists: the inbox and its search, the council's list, what is under safeguarding, and exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from conversations import states
from conversations.forum.audit import recorded
from conversations.forum.review import Item, unsealed
from conversations.forum.roles import COUNCIL, REVIEWER
from conversations.keys.sealing import SealError, Seals
from conversations.records import feedback
from conversations.records.feedback import Filters as Filters  # what pages ask with
from conversations.records.sealed import FEEDBACK_WORDS
from conversations.records.staff import Staff

PAGE = 25
"""Pieces of feedback on one page."""


@dataclass(frozen=True)
class Found:
    """One page of a list."""

    items: tuple[Item, ...]
    total: int
    page: int
    unsearched: int = 0
    """Pieces that a search passed over, since their words cannot be read."""

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def find(engine: Engine, filters: Filters, sought: str, page: int, seals: Seals) -> Found:
    """One page of what the filters and the search leave, in their order; a page that there is not gives the nearest."""
    with engine.connect() as connection:
        return _find(connection, filters, sought, page, seals, REVIEWER)


def neighbours(
    engine: Engine, filters: Filters, sought: str, record: feedback.Feedback, seals: Seals
) -> tuple[int | None, int | None]:
    """The comments above and below one in the list that the filters and the search leave; None at an end of it."""
    with engine.connect() as connection:
        if not sought:
            return feedback.neighbours(connection, filters, record.created, record.id)
        found, here = _matches(connection, filters, sought, seals)[0], (record.created, record.id)
    above, below = [one for one in found if one > here], [one for one in found if one < here]
    if filters.oldest:
        return (below[0][1] if below else None), (above[-1][1] if above else None)
    return (above[-1][1] if above else None), (below[0][1] if below else None)


def for_council(engine: Engine, areas: tuple[str, ...], page: int, seals: Seals) -> Found:
    """One page of what waits for the council's response, in its redacted words, newest first."""
    with engine.connect() as connection:
        return _find(connection, Filters(areas, states.for_council(), redacted=True), "", page, seals, COUNCIL)


def under_safeguarding(engine: Engine, staff: Staff, page: int, seals: Seals, now: datetime) -> Found:
    """One page of what is under safeguarding in somebody's areas, newest first; every look is audited."""
    with recorded(engine, staff.name, now) as recording:
        found = _find(recording.connection, Filters(staff.areas, states.guarded()), "", page, seals, REVIEWER)
        for area in staff.areas:
            recording.note("safeguarding listed", area)
    return found


def count_states(engine: Engine, areas: tuple[str, ...]) -> dict[str, int]:
    """How many pieces of feedback are in each state that lists show."""
    with engine.connect() as connection:
        return {key[0]: n for key, n in feedback.tally(connection, Filters(areas), "state").items()}


def count_unread(engine: Engine, areas: tuple[str, ...]) -> int:
    """How many pieces of feedback nobody has read yet."""
    with engine.connect() as connection:
        return feedback.how_many(connection, Filters(areas, states.unread()))


def export(engine: Engine, who: str, filters: Filters, kind: str, seals: Seals, now: datetime) -> tuple[Item, ...]:
    """All that the filters leave, opened, newest first, for a file of some kind; every export is audited."""
    with recorded(engine, who, now) as recording:
        items = tuple(unsealed(one, seals, REVIEWER) for one in feedback.listed(recording.connection, filters))
        for area in filters.areas:
            recording.note("exported", area, f"{len(items)} as {kind}")
    return items


def _find(connection: Connection, filters: Filters, sought: str, page: int, seals: Seals, role: str) -> Found:
    unsearched = 0
    if sought:
        ids, unsearched = _search(connection, filters, sought, seals)
        ids = ids[::-1] if filters.oldest else ids
        total, page = len(ids), _near(page, len(ids))
        records = feedback.by_ids(connection, ids[(page - 1) * PAGE : page * PAGE])
    else:
        total = feedback.how_many(connection, filters)
        page = _near(page, total)
        records = feedback.listed(connection, filters, PAGE, (page - 1) * PAGE)
    return Found(tuple(unsealed(one, seals, role) for one in records), total, page, unsearched)


def _search(connection: Connection, filters: Filters, wanted: str, seals: Seals) -> tuple[list[int], int]:
    found, unreadable = _matches(connection, filters, wanted, seals)
    return [feedback_id for _, feedback_id in found], unreadable


def _matches(connection: Connection, filters: Filters, wanted: str, seals: Seals) -> tuple[list[tuple[int, int]], int]:
    """When and id of the feedback whose words hold every word that is sought, newest first; read in memory, no index (P11).

    And how many there are whose words cannot be read.
    """
    sought = sorted(wanted.casefold().split(), key=len, reverse=True) or [""]
    found: list[tuple[int, int]] = []
    unreadable = 0
    for created, feedback_id, blob in feedback.sealed_words(connection, filters):
        try:
            words = FEEDBACK_WORDS.open(blob, seals).casefold()
        except SealError:
            unreadable += 1
            continue
        if sought[0] in words and all(one in words for one in sought):
            found.append((created, feedback_id))
    return sorted(found, reverse=True), unreadable


def _near(page: int, total: int) -> int:
    """A page that there is."""
    return max(1, min(page, -(-total // PAGE)))
