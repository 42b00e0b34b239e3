"""The frozen editions of the annual reports, sealed; each comment in them is a row of its own, which goes with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from conversations.keys.sealing import Seals
from conversations.records.sealed import EDITION_ROW, EDITION_WRITTEN
from conversations.records.staff_tables import edition_rows, editions
from conversations.records.tables import feedback


@dataclass(frozen=True)
class Edition:
    """That there is an edition: its number, when it was frozen (seconds since 1970, UTC) and by whom."""

    number: int
    at: int
    who: str


def listed(connection: Connection, area: str, year: int) -> tuple[Edition, ...]:
    """The editions of a year's report, the first one first."""
    mine = (editions.c.area == area) & (editions.c.year == year)
    wanted = select(editions.c.number, editions.c.at, editions.c.who).where(mine).order_by(editions.c.number)
    return tuple(Edition(*row) for row in connection.execute(wanted))


def keep(
    connection: Connection, area: str, year: int, edition: Edition, written: str, rows: Iterable[tuple[int | None, str]],
    seals: Seals,
) -> None:  # fmt: skip
    """Keep an edition: the report as JSON, and beside it each row of it with the comment that it goes with, if any.

    Raises IntegrityError where somebody else has kept an edition of that number meanwhile.
    """
    mine = {"area": area, "year": year, "number": edition.number}
    sealed = EDITION_WRITTEN.seal(written, seals)
    connection.execute(insert(editions).values(**mine, at=edition.at, who=edition.who, written=sealed))
    comments = [{**mine, "feedback": id_, "written": EDITION_ROW.seal(text, seals)} for id_, text in rows]
    if comments:
        connection.execute(insert(edition_rows), comments)


def read(connection: Connection, area: str, year: int, number: int, seals: Seals) -> str | None:
    """An edition without its comments, as JSON; None where there is none. Raises SealError."""
    mine = (editions.c.area == area) & (editions.c.year == year) & (editions.c.number == number)
    sealed = connection.execute(select(editions.c.written).where(mine)).scalar()
    return EDITION_WRITTEN.open(sealed, seals) if sealed is not None else None


def rows(connection: Connection, area: str, year: int, number: int, seals: Seals) -> tuple[str, ...]:
    """The rows of an edition that are public still, as JSON, in its order. Raises SealError."""
    wanted = _standing(select(edition_rows.c.written), area, year, number).order_by(edition_rows.c.id)
    return tuple(EDITION_ROW.open(sealed, seals) for sealed in connection.execute(wanted).scalars())


def standing(connection: Connection, area: str, year: int, number: int) -> int:
    """How many rows of an edition are public still."""
    return connection.execute(_standing(select(func.count()), area, year, number)).scalar() or 0


def _standing(wanted: Select[Any], area: str, year: int, number: int) -> Select[Any]:
    mine = (edition_rows.c.area == area) & (edition_rows.c.year == year) & (edition_rows.c.number == number)
    joined = edition_rows.outerjoin(feedback, feedback.c.id == edition_rows.c.feedback)
    public = edition_rows.c.feedback.is_(None) | feedback.c.published.is_(True)
    return wanted.select_from(joined).where(mine, public)
