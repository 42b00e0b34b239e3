"""Filters of the inbox that somebody keeps under a name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from conversations.records.staff_tables import views


@dataclass(frozen=True)
class View:
    """Filters under a name, as the address of the inbox has them."""

    id: int
    name: str
    query: str


def of_staff(connection: Connection, staff_id: int) -> tuple[View, ...]:
    """What somebody has kept, by name."""
    rows = connection.execute(select(views).where(views.c.staff == staff_id).order_by(views.c.name, views.c.id))
    return tuple(View(row.id, row.name, row.query) for row in rows)


def keep(connection: Connection, staff_id: int, name: str, query: str, most: int) -> bool:
    """Keep filters under a name, in the place of what stood under it; False where somebody has `most` already."""
    mine = views.c.staff == staff_id
    connection.execute(delete(views).where(mine & (views.c.name == name)))
    if (connection.execute(select(func.count()).select_from(views).where(mine)).scalar() or 0) >= most:
        return False
    connection.execute(insert(views).values(staff=staff_id, name=name, query=query))
    return True


def drop(connection: Connection, staff_id: int, view_id: int) -> bool:
    """Delete one of somebody's; False where it is not theirs."""
    return connection.execute(delete(views).where((views.c.staff == staff_id) & (views.c.id == view_id))).rowcount == 1
