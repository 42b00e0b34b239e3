"""Feedback in lists: the inbox and its search, what is under safeguarding, and exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from conversations import states
from conversations.forum.audit import recorded
from conversations.forum.review import Item, unsealed
from conversations.forum.roles import REVIEWER
from conversations.forum.search import Query, folded
from conversations.keys.sealing import SealError, Seals
from conversations.records import feedback, notes
from conversations.records.feedback import Filters as Filters  # what pages ask with
from conversations.records.sealed import FEEDBACK_NOTE, FEEDBACK_PUBLIC_WORDS, FEEDBACK_WORDS, NOTE_WORDS
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
    """Pieces that a search could not wholly read."""
    states: Mapping[str, int] = field(default_factory=dict)
    """How many there are in each state, with all other filters and the search as they are."""
    notes: Mapping[int, str] = field(default_factory=dict)
    """Where something is sought: the notes of colleagues about each comment of the page, one a line."""

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def find(
    engine: Engine, filters: Filters, query: Query | None, page: int, titles: Mapping[str, str], seals: Seals
) -> Found:
    """One page of what the filters and the search leave, in their order; a page that there is not gives the nearest.

    `titles` are those of the entries, by id: a comment is found by what it is about, too.
    """
    with engine.connect() as connection:
        return _find(connection, filters, query, page, seals, REVIEWER, titles)


def neighbours(
    engine: Engine, filters: Filters, query: Query | None, record: feedback.Feedback, titles: Mapping[str, str],
    seals: Seals,
) -> tuple[int | None, int | None]:  # fmt: skip
    """The comments above and below one in the list that the filters and the search leave; None at an end of it."""
    with engine.connect() as connection:
        if query is None:
            return feedback.neighbours(connection, filters, record.created, record.id)
        found, here = _matches(connection, filters, query, titles, seals)[0], (record.created, record.id)
    found = [one for one in found if not filters.states or one[2] in filters.states]
    above, below = [one for one in found if one[:2] > here], [one for one in found if one[:2] < here]
    if filters.oldest:
        return (below[0][1] if below else None), (above[-1][1] if above else None)
    return (above[-1][1] if above else None), (below[0][1] if below else None)


def under_safeguarding(engine: Engine, staff: Staff, page: int, seals: Seals, now: datetime) -> Found:
    """One page of what is under safeguarding in somebody's areas, newest first; every look is audited."""
    with recorded(engine, staff.name, now) as recording:
        found = _find(recording.connection, Filters(staff.areas, states.guarded()), None, page, seals, REVIEWER)
        for area in staff.areas:
            recording.note("safeguarding listed", area)
    return found


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


def _find(
    connection: Connection, filters: Filters, query: Query | None, page: int, seals: Seals, role: str,
    titles: Mapping[str, str] | None = None,
) -> Found:  # fmt: skip
    unsearched, anywhere = 0, replace(filters, states=())
    if query is not None:
        found, unsearched = _matches(connection, anywhere, query, titles or {}, seals)
        in_states: dict[str, int] = {}
        for _, _, state in found:
            in_states[state] = in_states.get(state, 0) + 1
        ids = [id_ for _, id_, state in found if not filters.states or state in filters.states]
        ids = ids[::-1] if filters.oldest else ids
        total, page = len(ids), _near(page, len(ids))
        records = feedback.by_ids(connection, ids[(page - 1) * PAGE : page * PAGE])
    else:
        in_states = {key[0]: n for key, n in feedback.tally(connection, anywhere, "state").items()}
        total = sum(in_states.values()) if not filters.states else feedback.how_many(connection, filters)
        page = _near(page, total)
        records = feedback.listed(connection, filters, PAGE, (page - 1) * PAGE)
    threads = {one.id: notes.of_feedback(connection, one.id) for one in records} if query is not None else {}
    said = {
        id_: "\n".join(_thread([note.sealed_words for note in thread], seals)[0]) for id_, thread in threads.items()
    }
    return Found(tuple(unsealed(one, seals, role) for one in records), total, page, unsearched, in_states, said)


def _matches(
    connection: Connection, filters: Filters, query: Query, titles: Mapping[str, str], seals: Seals
) -> tuple[list[tuple[int, int, str]], int]:
    """When, id and state of the feedback in which all that is sought stands, newest first; read in memory, no index (P11).

    It may stand in the words, those for publication, the notes, the responses, what was done, or the title of what it is
    about. And how many there are of which something cannot be read.
    """
    about = {id_: folded(title) for id_, title in titles.items()}
    found: list[tuple[int, int, str]] = []
    unreadable = 0
    beside, threads, nothing = feedback.searched_beside(connection, filters), notes.searched(connection, filters), ()
    for created, id_, state, topic, words in feedback.searched(connection, filters):
        closed = False
        try:
            text = FEEDBACK_WORDS.open(words, seals) if words is not None else ""
        except SealError:
            text, closed = "", True
        if others := beside.get(id_, nothing):
            more, shut = _opened(others, seals)
            text, closed = "\n".join((text, *more)), closed or shut
        if thread := threads.get(id_, nothing):
            more, shut = _thread(thread, seals)
            text, closed = "\n".join((text, *more)), closed or shut
        unreadable += closed
        if topic in about:
            text = f"{text}\n{about[topic]}"
        if query.stands_in(folded(text)):
            found.append((created, id_, state))
    return sorted(found, reverse=True), unreadable


def _opened(others: Sequence[Any], seals: Seals) -> tuple[list[str], bool]:
    """The texts of a comment beside its words, and whether one of them cannot be read; in the order of BESIDE."""
    texts, shut = [text for text in others[2:] if text], False
    for column, blob in zip((FEEDBACK_PUBLIC_WORDS, FEEDBACK_NOTE), others, strict=False):
        try:
            texts += [column.open(blob, seals)] if blob is not None else []
        except SealError:
            shut = True
    return texts, shut


def _thread(sealed: Sequence[bytes], seals: Seals) -> tuple[list[str], bool]:
    """The notes of a thread, and whether one of them cannot be read."""
    texts, shut = list[str](), False
    for blob in sealed:
        try:
            texts.append(NOTE_WORDS.open(blob, seals))
        except SealError:
            shut = True
    return texts, shut


def _near(page: int, total: int) -> int:
    """A page that there is."""
    return max(1, min(page, -(-total // PAGE)))
