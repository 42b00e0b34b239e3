"""What the forum desk reads and changes: feedback in lists, one record with its history, kept questions, drafts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, insert, select, update

from conversations.records.staff_tables import changes, drafts, proposals
from conversations.records.tables import counts, feedback, questions

SAFEGUARDING = "safeguarding"


@dataclass(frozen=True)
class Filters:
    """Which feedback is wanted; None and empty for all. `since` is included, `until` is not (seconds since 1970)."""

    areas: tuple[str, ...]
    states: tuple[str, ...] = ()
    """Without any: all but safeguarding, which stands in no list that does not name it (F1)."""
    theme: str | None = None
    kind: str | None = None
    topic: str | None = None
    young: bool | None = None
    since: int | None = None
    until: int | None = None

    def where(self) -> ColumnElement[bool]:
        """The same as a condition."""
        table = feedback.c
        parts: list[ColumnElement[bool]] = [table.area.in_(self.areas)]
        parts.append(table.state.in_(self.states) if self.states else table.state != SAFEGUARDING)
        for column, value in ((table.theme, self.theme), (table.kind, self.kind), (table.topic, self.topic)):
            if value:
                parts.append(column == value)
        if self.young is not None:
            parts.append(table.young.is_(self.young))
        if self.since is not None:
            parts.append(table.created >= self.since)
        if self.until is not None:
            parts.append(table.created < self.until)
        return and_(*parts)


@dataclass(frozen=True)
class Stored:
    """One piece of feedback as it is stored: what is sealed is sealed still."""

    id: int
    area: str
    created: int
    kind: str
    felt: str | None
    topic: str | None
    theme: str
    young: bool
    words: bytes | None
    public_words: bytes | None
    state: str
    response: str | None
    council_response: str | None
    done_text: str | None
    published: bool
    note: bytes | None
    reviewed: int | None
    version: int


@dataclass(frozen=True)
class StoredChange:
    """One change of one field; `before` and `after` are sealed JSON."""

    id: int
    feedback: int | None
    at: int
    who: str
    field: str
    before: bytes
    after: bytes
    undone: bool


@dataclass(frozen=True)
class StoredQuestion:
    """One question that found no answer and was passed on."""

    id: int
    area: str
    created: int
    words: bytes
    young: bool
    state: str
    entry: str | None


@dataclass(frozen=True)
class Proposal:
    """One phrase that an editor wants added to an entry."""

    id: int
    question: int
    area: str
    entry: str
    phrase: bytes
    at: int
    who: str
    done: bool


COLUMNS = [feedback.c[name] for name in Stored.__dataclass_fields__]


def _stored(row: RowMapping) -> Stored:
    return Stored(**{name: row[name] for name in Stored.__dataclass_fields__})


def listed(connection: Connection, filters: Filters, limit: int | None = None, offset: int = 0) -> tuple[Stored, ...]:
    """Feedback, newest first."""
    wanted = select(*COLUMNS).where(filters.where()).order_by(feedback.c.created.desc(), feedback.c.id.desc())
    rows = connection.execute(wanted.limit(limit).offset(offset) if limit is not None else wanted).mappings()
    return tuple(_stored(row) for row in rows)


def listed_published(connection: Connection, filters: Filters) -> tuple[Stored, ...]:
    """Feedback whose words a reviewer has published, oldest first."""
    wanted = (
        select(*COLUMNS)
        .where(filters.where(), feedback.c.published.is_(True))
        .order_by(feedback.c.created, feedback.c.id)
    )
    return tuple(_stored(row) for row in connection.execute(wanted).mappings())


def how_many(connection: Connection, filters: Filters) -> int:
    """How many there are."""
    return connection.execute(select(func.count()).select_from(feedback).where(filters.where())).scalar() or 0


def sealed(connection: Connection, filters: Filters) -> Sequence[tuple[int, int, bytes]]:
    """When, id and sealed words alone, in no order: for the search, which reads the words in memory.

    The driver's own rows: making 20,000 of the library's takes longer than opening the words.
    """
    wanted = select(feedback.c.created, feedback.c.id, feedback.c.words).where(
        filters.where(), feedback.c.words.is_not(None)
    )
    cursor = connection.execute(wanted).cursor
    assert cursor is not None
    rows: Sequence[tuple[int, int, bytes]] = cursor.fetchall()
    return rows


def by_ids(connection: Connection, ids: Sequence[int]) -> tuple[Stored, ...]:
    """Records by id, in that order; those that are gone are left out."""
    rows = connection.execute(select(*COLUMNS).where(feedback.c.id.in_(ids))).mappings()
    found = {row["id"]: _stored(row) for row in rows}
    return tuple(found[one] for one in ids if one in found)


def one(connection: Connection, feedback_id: int) -> Stored | None:
    """One record."""
    row = connection.execute(select(*COLUMNS).where(feedback.c.id == feedback_id)).mappings().first()
    return _stored(row) if row else None


def set_fields(connection: Connection, feedback_id: int, version: int, values: dict[str, Any]) -> bool:
    """Change a record if nobody has since it was read at `version`."""
    mine = (feedback.c.id == feedback_id) & (feedback.c.version == version)
    return connection.execute(update(feedback).where(mine).values(**values, version=version + 1)).rowcount == 1


def tally(connection: Connection, filters: Filters, *by: str, starts: Sequence[int] = ()) -> dict[tuple[Any, ...], int]:
    """Counts of feedback by some of its columns, and last by the place of the newest of `starts` that is not after it."""
    columns: list[Any] = [feedback.c[name] for name in by]
    if starts:
        places = [(feedback.c.created < later, place) for place, later in enumerate(starts[1:])]
        columns.append(case(*places, else_=len(starts) - 1).label("place"))
    rows = connection.execute(select(*columns, func.count()).where(filters.where()).group_by(*columns)).all()
    return {tuple(row[:-1]): row[-1] for row in rows}


def add_change(
    connection: Connection, about: tuple[str, int], who: str, now: int, field: str, sealed_pair: tuple[bytes, bytes]
) -> None:
    """Keep a change: `about` is ("feedback" or "question", id)."""
    row = {about[0]: about[1], "at": now, "who": who, "field": field, "undone": False}
    connection.execute(insert(changes).values(**row, before=sealed_pair[0], after=sealed_pair[1]))


def history(connection: Connection, feedback_id: int) -> tuple[StoredChange, ...]:
    """The changes of a record, newest first."""
    mine = select(changes).where(changes.c.feedback == feedback_id).order_by(changes.c.id.desc())
    return tuple(_change(row) for row in connection.execute(mine).mappings())


def change(connection: Connection, change_id: int) -> StoredChange | None:
    """One change."""
    row = connection.execute(select(changes).where(changes.c.id == change_id)).mappings().first()
    return _change(row) if row else None


def _change(row: RowMapping) -> StoredChange:
    return StoredChange(**{name: row[name] for name in StoredChange.__dataclass_fields__})


def mark_undone(connection: Connection, change_id: int) -> None:
    """A change has been taken back."""
    connection.execute(update(changes).where(changes.c.id == change_id).values(undone=True))


def open_questions(connection: Connection, areas: tuple[str, ...], most: int) -> tuple[StoredQuestion, ...]:
    """Kept questions that nobody has answered yet, newest first."""
    mine = select(questions).where(questions.c.area.in_(areas), questions.c.state == "new")
    rows = connection.execute(mine.order_by(questions.c.created.desc(), questions.c.id.desc()).limit(most)).mappings()
    names = StoredQuestion.__dataclass_fields__
    return tuple(StoredQuestion(**{name: row[name] for name in names}) for row in rows)


def questions_by_ids(connection: Connection, ids: Sequence[int], areas: tuple[str, ...]) -> tuple[StoredQuestion, ...]:
    """Kept questions of some areas by their ids."""
    mine = select(questions).where(questions.c.id.in_(ids), questions.c.area.in_(areas)).order_by(questions.c.id)
    names = StoredQuestion.__dataclass_fields__
    return tuple(StoredQuestion(**{name: row[name] for name in names}) for row in connection.execute(mine).mappings())


def count_questions(connection: Connection, area: str, since: int, until: int) -> int:
    """Questions that were passed on in a time."""
    mine = (questions.c.area == area) & (questions.c.created >= since) & (questions.c.created < until)
    return connection.execute(select(func.count()).select_from(questions).where(mine)).scalar() or 0


def set_question(connection: Connection, question_id: int, state: str, entry: str | None) -> None:
    """Say what became of a kept question."""
    connection.execute(update(questions).where(questions.c.id == question_id).values(state=state, entry=entry))


def propose(connection: Connection, question: StoredQuestion, entry: str, phrase: bytes, who: str, now: int) -> None:
    """Keep a phrase that an entry should be found by."""
    row = {"question": question.id, "area": question.area, "entry": entry, "phrase": phrase, "who": who, "at": now}
    connection.execute(insert(proposals).values(**row, done=False))


def proposed(connection: Connection, areas: tuple[str, ...], done: bool = False) -> tuple[Proposal, ...]:
    """The phrases that wait for an editor, or those that are in the content already."""
    mine = select(proposals).where(proposals.c.area.in_(areas), proposals.c.done.is_(done)).order_by(proposals.c.id)
    names = Proposal.__dataclass_fields__
    return tuple(Proposal(**{name: row[name] for name in names}) for row in connection.execute(mine).mappings())


def close_proposals(connection: Connection, ids: Iterable[int], areas: tuple[str, ...]) -> int:
    """These phrases are in the content now."""
    mine = proposals.c.id.in_(tuple(ids)) & proposals.c.area.in_(areas)
    return connection.execute(update(proposals).where(mine).values(done=True)).rowcount


def counted(
    connection: Connection, area: tuple[str, ...], what: tuple[str, ...], first: str, last: str
) -> dict[tuple[str, str], int]:
    """Daily counts between two days (both included), summed: (what, entry) -> n."""
    mine = counts.c.area.in_(area) & counts.c.what.in_(what) & (counts.c.day >= first) & (counts.c.day <= last)
    wanted = select(counts.c.what, counts.c.entry, func.sum(counts.c.n)).where(mine)
    return {(row[0], row[1]): int(row[2]) for row in connection.execute(wanted.group_by(counts.c.what, counts.c.entry))}


def draft(connection: Connection, area: str, year: int) -> tuple[bytes, int] | None:
    """The edited parts of a year's report, sealed, and their version."""
    mine = (drafts.c.area == area) & (drafts.c.year == year)
    row = connection.execute(select(drafts.c.written, drafts.c.version).where(mine)).first()
    return (row[0], row[1]) if row else None


def keep_draft(connection: Connection, area: str, year: int, written: bytes, version: int, who: str, now: int) -> bool:
    """Keep the edited parts of a report if nobody has since `version` (0 for the first time)."""
    values = {"written": written, "version": version + 1, "at": now, "who": who}
    mine = (drafts.c.area == area) & (drafts.c.year == year)
    if version == 0:
        if connection.execute(select(drafts.c.area).where(mine)).first() is not None:
            return False
        connection.execute(insert(drafts).values(area=area, year=year, **values))
        return True
    return connection.execute(update(drafts).where(mine & (drafts.c.version == version)).values(**values)).rowcount == 1
