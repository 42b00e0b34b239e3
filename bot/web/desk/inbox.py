"""The inbox: feedback in a list, filtered, searched, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import LONDON, Desk, Visit, staff_page
from conversations.forum import review
from conversations.forum.review import Item
from conversations.records import desk as records
from conversations.records.desk import Filters
from knowledge.entries import NATIONAL, Entry

PAGE = 25
"""Pieces of feedback on one page."""
LISTED_STATES = tuple(state for state in review.STATES if state != "safeguarding")
MOST_SOUGHT = 200
"""Characters of a search."""


@dataclass(frozen=True)
class Found:
    """One page of a list."""

    items: tuple[Item, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [Route("/desk/inbox", staff_page(desk, inbox, ["reviewer"]))]


def inbox(visit: Visit) -> Response:
    """What families said, newest first."""
    filters = read_filters(visit)
    state = visit.asked("state")
    problems = [name for name in ("since", "until") if visit.asked(name) and read_day(visit.asked(name)) is None]
    areas = filters.areas
    with visit.desk.engine.connect() as connection:
        found = find(visit, filters, visit.asked("q")[:MOST_SOUGHT].strip())
        states = records.tally(connection, Filters(areas), "state")
    topics: dict[str, list[Entry]] = {}
    for entry in visit.desk.guide.library.entries:
        if entry.area in (*areas, NATIONAL) and not entry.small_talk:
            topics.setdefault(entry.theme, []).append(entry)
    return visit.page(
        "inbox.html", found=found, state=state, problems=problems, themes=(*visit.desk.guide.themes, "general"), topics=topics,
        listed=LISTED_STATES, states={key[0]: n for key, n in states.items()}, kinds=review.KINDS,
        filtered=any(visit.asked(name) for name in ("theme", "kind", "topic", "since", "until", "young", "area")),
    )  # fmt: skip


def read_filters(visit: Visit) -> Filters:
    """The filters of the address; what is no state, kind or day filters nothing."""
    area, state, kind = visit.area(visit.asked("area"), optional=True), visit.asked("state"), visit.asked("kind")
    since, until = read_period(visit.asked("since"), visit.asked("until"))
    return Filters(
        areas=(area,) if area else visit.here.staff.areas,
        states=(state,) if state in LISTED_STATES else (),
        theme=visit.asked("theme") or None,
        kind=kind if kind in review.KINDS else None,
        topic=visit.asked("topic") or None,
        young={"yes": True, "no": False}.get(visit.asked("young")),
        since=since,
        until=until,
    )


def read_day(text: str) -> date | None:
    """A day as browsers send it, YYYY-MM-DD, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1990 < day.year < 2200 else None


def read_period(first: str, last: str) -> tuple[int | None, int | None]:
    """The first second of a first day and the first after a last one; None where a day is not given."""
    since, until = read_day(first), read_day(last)
    return _start(since) if since else None, _start(until + timedelta(days=1)) if until else None


def _start(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=LONDON).timestamp())


def find(visit: Visit, filters: Filters, sought: str, role: str = "reviewer") -> Found:
    """One page of what the filters and the search leave."""
    asked = visit.asked("page")
    page = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 1
    with visit.desk.engine.connect() as connection:
        if sought:
            ids = review.search(connection, filters, sought, visit.desk.seals)
            total, page = len(ids), _near(page, len(ids))
            stored = records.by_ids(connection, ids[(page - 1) * PAGE : page * PAGE])
        else:
            total = records.how_many(connection, filters)
            page = _near(page, total)
            stored = records.listed(connection, filters, PAGE, (page - 1) * PAGE)
    return Found(tuple(review.unsealed(one, visit.desk.seals, role) for one in stored), total, page)


def _near(page: int, total: int) -> int:
    """A page that there is."""
    return max(1, min(page, -(-total // PAGE)))
