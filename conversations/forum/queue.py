"""Working the inbox together: who can see to a comment, and filters that somebody keeps."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from conversations.forum.audit import recorded
from conversations.forum.roles import REVIEWER
from conversations.records import views
from conversations.records.staff import Staff, holders
from conversations.records.views import View as View  # what pages show

MOST_VIEWS, LONGEST_NAME = 20, 60


def colleagues(engine: Engine, areas: tuple[str, ...]) -> tuple[str, ...]:
    """The names of those who review comments in one or more areas, each once."""
    with engine.connect() as connection:
        return tuple(sorted({name for area in areas for name in holders(connection, REVIEWER, area)}))


def kept(engine: Engine, staff: Staff) -> tuple[View, ...]:
    """The filters that somebody keeps, by name."""
    with engine.connect() as connection:
        return views.of_staff(connection, staff.id)


def keep(engine: Engine, staff: Staff, name: str, query: str, now: datetime) -> bool:
    """Keep filters under a name; False where there is no name, or they have too many."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        return False
    with recorded(engine, staff.name, now) as recording:
        if not views.keep(recording.connection, staff.id, name, query, MOST_VIEWS):
            return False
        recording.note("filters kept")
    return True


def drop(engine: Engine, staff: Staff, view_id: int, now: datetime) -> None:
    """Delete filters that somebody keeps."""
    with recorded(engine, staff.name, now) as recording:
        if views.drop(recording.connection, staff.id, view_id):
            recording.note("filters deleted")
