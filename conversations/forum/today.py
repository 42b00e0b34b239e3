"""The first page: what waits for somebody, by the part that is theirs; counts and days, no words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from conversations import states
from conversations.forum import editing
from conversations.forum.figures import rated
from conversations.forum.roles import ADMIN, COUNCIL, EDITOR, REVIEWER, SAFEGUARDING
from conversations.outcomes import ANSWERED, ASKED, BACK, NOT_OURS, PLANNED, read_day
from conversations.records import audit, feedback, issues, waiting
from conversations.records.feedback import Filters
from conversations.records.staff import Staff, holders

DAY = 86_400
MANY_DAYS = 30
LEAD_LINES = ("role given: safeguarding", "safeguarding role taken")
"""Lines of the audit trail that say that somebody has become a safeguarding lead."""


@dataclass(frozen=True)
class Report:
    """How far the report of a year is in one area."""

    area: str
    year: int
    saved: tuple[int, str] | None
    """When and by whom it was last saved; None where nobody has begun it."""


@dataclass(frozen=True)
class Today:
    """What waits. What is not this person's part is 0 or empty."""

    new: int = 0
    new_days: int = 0
    mine: int = 0
    """How many comments that are not done have been given to this person."""
    """How many days the oldest has waited."""
    asked: int = 0
    asked_days: int = 0
    answered: tuple[int, ...] = ()
    """Comments that the council has answered and nobody has published, oldest first."""
    issues_asked: int = 0
    issues_asked_days: int = 0
    issues_answered: tuple[int, ...] = ()
    """Issues that the council has answered and nobody has published, oldest first."""
    came_back: tuple[str, ...] = ()
    """What the council sent back to the forum, oldest first: the paths of comments and issues at the desk."""
    overdue: tuple[int, ...] = ()
    """Public issues whose plan names a day that has passed."""
    questions: int = 0
    content_drafts: int = 0
    """Drafts of the content that wait for a second person."""
    rejected: tuple[tuple[str, str, int, int], ...] = ()
    """Answers that more families found unhelpful than helpful: area, entry, unhelpful, helpful."""
    unread_soon: int = 0
    read_soon: int = 0
    reports: tuple[Report, ...] = ()
    unled: tuple[str, ...] = ()
    """Areas in which nobody holds the safeguarding role."""
    new_leads: tuple[audit.AuditLine, ...] = ()
    """Who became a safeguarding lead in the last days, and by whom."""
    empty: bool = False
    """Nothing has come in yet, ever."""


def today(engine: Engine, staff: Staff, now: datetime) -> Today:
    """What waits for somebody in their areas, as far as their roles go."""
    moment, areas, found = int(now.timestamp()), staff.areas, dict[str, object]()
    with engine.connect() as connection:
        if staff.may(REVIEWER):
            found |= _for_reviewers(connection, areas, now)
            found["mine"] = feedback.how_many(connection, Filters(areas, states.unfinished(), assigned=staff.name))
        if staff.may(REVIEWER) or staff.may(COUNCIL):
            found |= _with_council(connection, areas, now)
        if staff.may(REVIEWER) or staff.may(EDITOR):
            found["questions"] = waiting.questions_waiting(connection, areas)
        if staff.may(EDITOR):
            found["content_drafts"] = editing.count_drafts(engine, staff)
        if staff.may(REVIEWER) or staff.may(ADMIN) or staff.may(SAFEGUARDING):
            leads = {area: holders(connection, SAFEGUARDING, area) for area in areas}
            named = {name for names in leads.values() for name in names}
            found["unled"] = tuple(area for area in areas if not leads[area])
            found["new_leads"] = tuple(
                line for line in audit.since(connection, moment - MANY_DAYS * DAY, LEAD_LINES) if line.about in named
            )
    if staff.may(REVIEWER) or staff.may(EDITOR):
        found["rejected"] = tuple(
            (area, one.entry, one.unhelpful, one.helpful)
            for area in areas
            for one in rated(engine, area, now.date())
            if one.rejected
        )
    return Today(**found)  # type: ignore[arg-type]


def _with_council(connection: Connection, areas: tuple[str, ...], now: datetime) -> dict[str, object]:
    """What was passed on, as far as it waits for either side."""
    moment, comments, known = (
        int(now.timestamp()),
        waiting.passed_on(connection, areas),
        issues.listed(connection, areas),
    )
    since = [one.since for one in comments if one.standing == ASKED]
    asked = [one.asked or one.created for one in known if one.standing == ASKED]
    back = [f"feedback/{one.id}" for one in comments if one.standing in (BACK, NOT_OURS)]
    late = [one.id for one in known if one.published and one.answer == PLANNED and _passed(one.by_when, now)]
    return {
        "asked": len(since),
        "asked_days": (moment - since[0]) // DAY if since else 0,
        "issues_asked": len(asked),
        "issues_asked_days": (moment - min(asked)) // DAY if asked else 0,
        "issues_answered": tuple(
            one.id for one in reversed(known) if one.standing == ANSWERED and one.published is None
        ),
        "came_back": tuple([f"issues/{one.id}" for one in reversed(known) if one.standing in (BACK, NOT_OURS)] + back),
        "overdue": tuple(reversed(late)),
    }  # fmt: skip


def _passed(day: str | None, now: datetime) -> bool:
    when = read_day(day)
    return when is not None and when < now.date()


def _for_reviewers(connection: Connection, areas: tuple[str, ...], now: datetime) -> dict[str, object]:
    oldest, soon = waiting.oldest_new(connection, areas), waiting.deleted_soon(connection, areas, now)
    years = [(area, year) for area in areas for year in (now.year - 1, now.year)]
    return {
        "new": feedback.how_many(connection, Filters(areas, states.unread())),
        "new_days": (int(now.timestamp()) - oldest) // DAY if oldest is not None else 0,
        "answered": waiting.answered(connection, areas),
        "unread_soon": soon[0],
        "read_soon": soon[1],
        "reports": tuple(Report(area, year, waiting.draft_saved(connection, area, year)) for area, year in years),
        "empty": feedback.how_many(connection, Filters(areas, states.every())) == 0,
    }
