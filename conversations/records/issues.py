"""Issues: comments of many families on one matter, what was asked of the council, and what came of it; texts are sealed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, update

from conversations.keys.sealing import Seals
from conversations.outcomes import OPEN
from conversations.records.sealed import ISSUE_TEXTS
from conversations.records.tables import feedback, issues


@dataclass(frozen=True)
class Issue:
    """One issue as it is stored; its texts stay sealed until they are asked for."""

    id: int
    area: str
    created: int
    """Seconds since 1970, UTC, as all moments here."""
    standing: str
    """One of conversations.outcomes.STANDINGS."""
    asked: int | None
    """When the council was last asked."""
    answer: str | None
    """One of conversations.outcomes.ANSWERS."""
    by_when: str | None
    """The day that the answer names, YYYY-MM-DD."""
    published: int | None
    """When it was last published; None while it is not public."""
    taken_back: int
    """How many of its comments families took back since it was last published."""
    version: int
    sealed_texts: bytes = field(repr=False)

    def texts(self, seals: Seals) -> dict[str, str]:
        """Its texts by name (see conversations.outcomes.TEXTS); an empty one may be missing. Raises SealError."""
        texts: dict[str, str] = json.loads(ISSUE_TEXTS.open(self.sealed_texts, seals))
        return texts


COLUMNS = tuple(issues.c[name.removeprefix("sealed_")].label(name) for name in Issue.__dataclass_fields__)


def store(connection: Connection, area: str, texts: Mapping[str, str], now: int, seals: Seals) -> int:
    """Begin an issue; gives its id."""
    row = {
        "area": area,
        "created": now,
        "standing": OPEN,
        "taken_back": 0,
        "version": 1,
        "texts": _sealed(texts, seals),
    }
    return int(connection.execute(insert(issues).values(**row).returning(issues.c.id)).scalar_one())


def change(connection: Connection, issue: Issue, values: Mapping[str, Any], seals: Seals) -> bool:
    """Set columns, `texts` among them as a mapping, if nobody has changed the issue since it was read."""
    row = {name: _sealed(value, seals) if name == "texts" else value for name, value in values.items()}
    mine = (issues.c.id == issue.id) & (issues.c.version == issue.version)
    return connection.execute(update(issues).where(mine).values(**row, version=issue.version + 1)).rowcount == 1


def by_id(connection: Connection, id_: int) -> Issue | None:
    """One issue."""
    row = connection.execute(select(*COLUMNS).where(issues.c.id == id_)).mappings().first()
    return Issue(**row) if row else None


def by_ids(connection: Connection, ids: Sequence[int]) -> tuple[Issue, ...]:
    """Issues by id, in that order; those that are gone are left out."""
    found = {one.id: one for one in _all(connection.execute(select(*COLUMNS).where(issues.c.id.in_(ids))).mappings())}
    return tuple(found[one] for one in ids if one in found)


def listed(connection: Connection, areas: tuple[str, ...], standings: tuple[str, ...] = ()) -> tuple[Issue, ...]:
    """The issues of some areas, newest first; of some standings alone, where they are named."""
    mine = select(*COLUMNS).where(issues.c.area.in_(areas)).order_by(issues.c.id.desc())
    return _all(connection.execute(mine.where(issues.c.standing.in_(standings)) if standings else mine).mappings())


def published(connection: Connection, area: str, most: int = 10) -> tuple[Issue, ...]:
    """The public issues of an area, newest publication first (F5)."""
    shown = select(*COLUMNS).where(issues.c.area == area, issues.c.published.is_not(None))
    return _all(
        connection.execute(shown.order_by(issues.c.published.desc(), issues.c.id.desc()).limit(most)).mappings()
    )


def public_of(connection: Connection, area: str, since: int, until: int) -> tuple[tuple[Issue, str | None], ...]:
    """The public issues of an area that were begun in a time, oldest first, each with the commonest theme of its comments."""
    shown = select(*COLUMNS).where(issues.c.area == area, issues.c.published.is_not(None))
    within = shown.where(issues.c.created >= since, issues.c.created < until).order_by(issues.c.id)
    found = _all(connection.execute(within).mappings())
    counted = select(feedback.c.issue, feedback.c.theme).where(feedback.c.issue.in_([one.id for one in found]))
    commonest = counted.group_by(feedback.c.issue, feedback.c.theme).order_by(func.count(), feedback.c.theme)
    themes = {row.issue: row.theme for row in connection.execute(commonest)}  # the commonest comes last
    return tuple((one, themes.get(one.id)) for one in found)


def how_many_comments(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """How many comments each of some issues has."""
    counted = select(feedback.c.issue, func.count()).where(feedback.c.issue.in_(ids)).group_by(feedback.c.issue)
    return {row[0]: row[1] for row in connection.execute(counted)}


def note_taken_back(connection: Connection, which: ColumnElement[bool]) -> tuple[int, ...]:
    """Count at each issue the comments of it that are about to be taken back; gives the issues."""
    counted = select(feedback.c.issue, func.count()).where(which, feedback.c.issue.is_not(None))
    found = connection.execute(counted.group_by(feedback.c.issue)).all()
    for id_, n in found:
        more = update(issues).where(issues.c.id == id_)
        connection.execute(more.values(taken_back=issues.c.taken_back + n, version=issues.c.version + 1))
    return tuple(row[0] for row in found)


def drop_empty(connection: Connection, ids: Iterable[int]) -> None:
    """Delete those of some issues that have no comment left and are not public: they tell of what was taken back."""
    connection.execute(
        delete(issues).where(issues.c.id.in_(tuple(ids)), issues.c.published.is_(None), _without_comments())
    )


def purge(connection: Connection, before: int) -> int:
    """Delete the issues without a comment that are not public, or were published before a moment (P8)."""
    old = issues.c.published.is_(None) | (issues.c.published < before)
    return connection.execute(delete(issues).where(old, _without_comments())).rowcount


def _without_comments() -> ColumnElement[bool]:
    return ~select(feedback.c.id).where(feedback.c.issue == issues.c.id).exists()


def _sealed(texts: Mapping[str, str], seals: Seals) -> bytes:
    return ISSUE_TEXTS.seal(json.dumps({name: text for name, text in texts.items() if text}), seals)


def _all(rows: Iterable[RowMapping]) -> tuple[Issue, ...]:
    return tuple(Issue(**row) for row in rows)
