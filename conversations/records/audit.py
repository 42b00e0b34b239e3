"""The audit trail: who did what at the desk, and when; never words of a family."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from conversations.records.staff_tables import audit


@dataclass(frozen=True)
class AuditLine:
    """One line of the audit trail."""

    at: int
    who: str
    area: str
    what: str
    about: str


def note(connection: Connection, who: str, what: str, now: int, area: str = "", about: str = "") -> None:
    """Write a line of the audit trail; never words of a family."""
    row = {"at": now, "who": who[:100], "area": area[:64], "what": what[:48], "about": about[:200]}
    connection.execute(insert(audit).values(**row))


def trail(connection: Connection, areas: tuple[str, ...], most: int = 200) -> tuple[AuditLine, ...]:
    """The newest lines of the audit trail for some areas, and those that belong to none."""
    mine = select(audit).where(audit.c.area.in_((*areas, ""))).order_by(audit.c.id.desc()).limit(most)
    rows = connection.execute(mine).mappings()
    return tuple(AuditLine(row["at"], row["who"], row["area"], row["what"], row["about"]) for row in rows)


def since(connection: Connection, moment: int, what: tuple[str, ...]) -> tuple[AuditLine, ...]:
    """All lines of some kinds from a moment on, newest first."""
    mine = select(audit).where(audit.c.at >= moment, audit.c.what.in_(what)).order_by(audit.c.id.desc())
    rows = connection.execute(mine).mappings()
    return tuple(AuditLine(row["at"], row["who"], row["area"], row["what"], row["about"]) for row in rows)


def purge(connection: Connection, before: int) -> int:
    """Delete the lines that are older than a moment (P8)."""
    return connection.execute(delete(audit).where(audit.c.at < before)).rowcount
