"""The edited parts of the annual reports, sealed."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from conversations.keys.sealing import Seals
from conversations.records.inserting import insert_into
from conversations.records.sealed import DRAFT_WRITTEN
from conversations.records.staff_tables import drafts


def read(connection: Connection, area: str, year: int, seals: Seals) -> tuple[str, int] | None:
    """What was written into a year's report, as JSON, and its version; None where nothing was. Raises SealError."""
    mine = (drafts.c.area == area) & (drafts.c.year == year)
    row = connection.execute(select(drafts.c.written, drafts.c.version).where(mine)).first()
    return (DRAFT_WRITTEN.open(row[0], seals), row[1]) if row else None


def version_of(connection: Connection, area: str, year: int) -> int:
    """The version of what was written into a year's report; 0 where nothing was."""
    mine = (drafts.c.area == area) & (drafts.c.year == year)
    return connection.execute(select(drafts.c.version).where(mine)).scalar() or 0


def write(
    connection: Connection, area: str, year: int, written: str, version: int, who: str, now: int, seals: Seals
) -> bool:
    """Keep what was written, as JSON, if nobody has since `version` (0 for the first time)."""
    values = {"written": DRAFT_WRITTEN.seal(written, seals), "version": version + 1, "at": now, "who": who}
    mine = (drafts.c.area == area) & (drafts.c.year == year)
    if version == 0:
        row = insert_into(connection, drafts, area=area, year=year, **values)
        new = row.on_conflict_do_nothing(index_elements=["area", "year"]).returning(drafts.c.version)
        return connection.execute(new).first() is not None
    return connection.execute(update(drafts).where(mine & (drafts.c.version == version)).values(**values)).rowcount == 1
