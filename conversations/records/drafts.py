"""The edited parts of the annual reports, sealed."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from conversations.keys.sealing import Seals
from conversations.records.sealed import DRAFT_WRITTEN
from conversations.records.staff_tables import drafts


def read(connection: Connection, area: str, year: int, seals: Seals) -> tuple[str, int] | None:
    """What was written into a year's report, as JSON, and its version; None where nothing was. Raises SealError."""
    mine = (drafts.c.area == area) & (drafts.c.year == year)
    row = connection.execute(select(drafts.c.written, drafts.c.version).where(mine)).first()
    return (DRAFT_WRITTEN.open(row[0], seals), row[1]) if row else None


def write(
    connection: Connection, area: str, year: int, written: str, version: int, who: str, now: int, seals: Seals
) -> bool:
    """Keep what was written, as JSON, if nobody has since `version` (0 for the first time)."""
    values = {"written": DRAFT_WRITTEN.seal(written, seals), "version": version + 1, "at": now, "who": who}
    mine = (drafts.c.area == area) & (drafts.c.year == year)
    if version == 0:
        if connection.execute(select(drafts.c.area).where(mine)).first() is not None:
            return False
        connection.execute(insert(drafts).values(area=area, year=year, **values))
        return True
    return connection.execute(update(drafts).where(mine & (drafts.c.version == version)).values(**values)).rowcount == 1
