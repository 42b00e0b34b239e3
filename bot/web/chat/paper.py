"""An answer to take away: what stands on the page to print, its QR codes, and a date for the family's own calendar.

A page of its own, sent for by a form: no topic stands in an address or a history.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import segno
from icalendar import Alarm, Calendar, Event
from markupsafe import Markup

from conversations.guide import Guide
from conversations.replies.take_away import deadlines, take_away
from conversations.turns import Reply, State, plain
from knowledge.entries import CRISIS, Entry

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WARNED = (timedelta(days=7), timedelta(days=1))
"""How long before the day the calendar reminds: in time to do something, and in time to post it."""
FURTHEST_YEARS = 10


@dataclass(frozen=True)
class Paper:
    """One answer as it is taken away."""

    entry: Entry
    reply: Reply
    here: str
    """The address that leads to this answer."""
    deadlines: tuple[str, ...]

    @property
    def source(self) -> str | None:
        """The address of its first source that has one."""
        return next((source.url for source in self.entry.sources if source.url), None)

    def code(self, address: str, title: str) -> Markup:
        """A QR code as SVG, with a title for who does not see it."""
        drawn = segno.make(address, error="m", micro=False).svg_inline(
            border=2, dark="#000", light="#fff", title=title, omitsize=True
        )
        return Markup(drawn)  # noqa: S704 - made here of an address, which segno escapes


def make_paper(chosen: str, guide: Guide, state: State, now: datetime, site: str) -> Paper | None:
    """The page of an entry, by its id, for a talk; None where there is no such entry. `site` is where the page is served."""
    entry = guide.library.by_id.get(chosen)
    if entry is None or entry.small_talk or entry.id == CRISIS:
        return None
    area = state.area or entry.area
    query = {"area": area, "topic": entry.id} if area in guide.library.area_by_id else {"topic": entry.id}
    said = guide.said(entry, state.voice, state.area)
    return Paper(
        entry, take_away(entry, guide, state, now), f"{site}/?{urlencode(query)}", deadlines(said, state.easy_read)
    )


def read_day(text: str, now: datetime) -> date | None:
    """A day as a date field sends it; None for what is no day, has passed, or lies too far off."""
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day is not None and now.date() <= day <= now.date() + timedelta(days=366 * FURTHEST_YEARS) else None


def calendar(paper: Paper, deadline: str, day: date, now: datetime, note: str) -> bytes:
    """A calendar with one day to keep (RFC 5545): what must be done by then, in the answer's own sentence, and who to ask.

    The day is the family's own; `note` says so. Nothing in it tells who made it or from which talk.
    """
    event = Event()
    event.add("uid", f"{secrets.token_hex(16)}@signpost")
    event.add("dtstamp", now)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"{paper.entry.title}: {deadline}")
    event.add("description", f"{note}\n\n{plain(paper.reply)}")
    event.add("url", paper.here)
    event.add("transp", "TRANSPARENT")
    for before in WARNED:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", deadline)
        alarm.add("trigger", -before)
        event.add_component(alarm)
    whole = Calendar()
    whole.add("prodid", "-//Signpost//EN")
    whole.add("version", "2.0")
    whole.add_component(event)
    return bytes(whole.to_ical())
