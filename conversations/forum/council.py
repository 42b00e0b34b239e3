"""What the council was asked, in one list of comments and issues: what waits, since when; asking back; not ours; its export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from conversations import states
from conversations.forum import review
from conversations.forum.audit import recorded
from conversations.forum.inbox import PAGE
from conversations.forum.issues import Line, OpenIssue, change, lines, open_issue, unsealed
from conversations.forum.review import LONGEST_TEXT, Item, ReviewError
from conversations.forum.roles import COUNCIL, REVIEWER
from conversations.keys.sealing import Seals
from conversations.outcomes import ANSWERED, ASKED, BACK, NOT_OURS
from conversations.records import exchanges, feedback, issues, waiting
from conversations.records.exchanges import About as About  # what pages ask with
from conversations.records.staff import Staff

DAY = 86_400
NOTICE_DAYS = 30
"""What has waited longer stands out: a month is long enough to answer, or to say when."""
ORDER = (ASKED, BACK, NOT_OURS, ANSWERED)


@dataclass(frozen=True)
class Row:
    """One comment or issue that was passed on."""

    since: int
    """When it was asked, or sent back, in seconds since 1970."""
    days: int
    standing: str
    """One of conversations.outcomes.STANDINGS."""
    comment: Item | None = None
    issue: OpenIssue | None = None

    @property
    def late(self) -> bool:
        """Whether it has waited for the council for more than a month."""
        return self.standing == ASKED and self.days > NOTICE_DAYS


@dataclass(frozen=True)
class Passed:
    """One page of what was passed on: what waits first, the longest wait at the top."""

    rows: tuple[Row, ...]
    total: int
    waiting: int
    late: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True)
class _Place:
    since: int
    standing: str
    about: About

    @property
    def rank(self) -> tuple[int, int, About]:
        return ORDER.index(self.standing), self.since, self.about


def passed_on(engine: Engine, areas: tuple[str, ...], page: int, seals: Seals, now: datetime) -> Passed:
    """One page of the list, in redacted words; a page that there is not gives the nearest."""
    with engine.connect() as connection:
        places = _places(connection, areas)
        page = max(1, min(page, -(-len(places) // PAGE)))
        rows = _rows(connection, places[(page - 1) * PAGE : page * PAGE], seals, now)
    asked = [one for one in places if one.standing == ASKED]
    late = sum(1 for one in asked if _days(one.since, now) > NOTICE_DAYS)
    return Passed(rows, len(places), len(asked), late, page)


def export(
    engine: Engine, who: str, areas: tuple[str, ...], kind: str, seals: Seals, now: datetime
) -> tuple[Row, ...]:  # fmt: skip
    """The whole list, for a file of some kind that the council's people take away; every export is audited."""
    with recorded(engine, who, now) as recording:
        rows = _rows(recording.connection, _places(recording.connection, areas), seals, now)
        for area in areas:
            recording.note("exported", area, f"council list, {len(rows)} as {kind}")
    return rows


def written(engine: Engine, about: About, seals: Seals) -> tuple[Line, ...]:
    """What forum and council wrote to each other about a record, oldest first."""
    with engine.connect() as connection:
        return lines(connection, about, seals)


def send_back(engine: Engine, staff: Staff, about: About, kind: str, words: str, seals: Seals, now: datetime) -> None:
    """The council asks the forum back, or says that something is not its own (`kind` BACK or NOT_OURS). Raises ReviewError.

    It then waits for the forum. "empty" where nothing is written.
    """
    words = _fit(words)
    if kind not in (BACK, NOT_OURS) or not staff.may(COUNCIL):
        raise ReviewError("not-yours")
    with recorded(engine, staff.name, now) as recording:
        if about[0] == "issue":
            there = open_issue(recording.connection, staff, about[1], seals)
            change(recording, there, {"standing": kind}, seals)
            area = there.record.area
        else:
            item, _ = review.open_record(recording, staff, about[1], seals)
            if item.record.state not in states.for_council():
                raise ReviewError("gone")
            area = item.record.area
        exchanges.add(recording.connection, about, kind, words, staff.name, recording.moment, seals)
        recording.note("council: " + kind, area, f"{about[0]} {about[1]}")


def ask_again(engine: Engine, staff: Staff, feedback_id: int, words: str, seals: Seals, now: datetime) -> None:
    """The forum answers what the council asked back about a comment: it waits for the council again. Raises ReviewError."""
    words = _fit(words)
    with recorded(engine, staff.name, now) as recording:
        item, role = review.open_record(recording, staff, feedback_id, seals)
        if role != REVIEWER or item.record.state not in states.for_council():
            raise ReviewError("gone")
        exchanges.add(
            recording.connection, ("feedback", feedback_id), ASKED, words, staff.name, recording.moment, seals
        )
        recording.note("council asked", item.record.area, f"feedback {feedback_id}")


def _fit(words: str) -> str:
    words = words.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise ReviewError("too-long" if words else "empty")
    return words


def _places(connection: Connection, areas: tuple[str, ...]) -> list[_Place]:
    places = [_Place(one.since, one.standing, ("feedback", one.id)) for one in waiting.passed_on(connection, areas)]
    for issue in issues.listed(connection, areas, ORDER):
        places.append(_Place(issue.asked or issue.created, issue.standing, ("issue", issue.id)))
    return sorted(places, key=lambda one: one.rank)


def _rows(connection: Connection, places: list[_Place], seals: Seals, now: datetime) -> tuple[Row, ...]:
    wanted = {kind: [one.about[1] for one in places if one.about[0] == kind] for kind in ("feedback", "issue")}
    said = {one.id: review.unsealed(one, seals, COUNCIL) for one in feedback.by_ids(connection, wanted["feedback"])}
    asked = {one.id: unsealed(one, seals) for one in issues.by_ids(connection, wanted["issue"])}
    return tuple(
        Row(
            one.since, _days(one.since, now), one.standing,
            comment=said.get(one.about[1]) if one.about[0] == "feedback" else None,
            issue=asked.get(one.about[1]) if one.about[0] == "issue" else None,
        )
        for one in places
    )  # fmt: skip


def _days(since: int, now: datetime) -> int:
    return max(0, int(now.timestamp()) - since) // DAY
