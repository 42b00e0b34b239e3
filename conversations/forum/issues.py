"""Issues: comments of many families that are one matter, answered once; every change is kept with who and when (F3, F5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from conversations import states
from conversations.forum import review
from conversations.forum.audit import Recording, recorded
from conversations.forum.review import LONGEST_TEXT, UNREADABLE, HistoryLine, Item, ReviewError
from conversations.forum.roles import COUNCIL, REVIEWER
from conversations.forum.search import Query, folded
from conversations.keys.sealing import SealError, Seals
from conversations.outcomes import ANSWERED, ANSWERS, ASKED, OPEN, TEXTS, Outcome, deed, read_day
from conversations.records import changes, exchanges, feedback, issues
from conversations.records.changes import NewChange
from conversations.records.feedback import Filters
from conversations.records.issues import Issue
from conversations.records.staff import Staff

ANSWER_FIELDS = ("answer", "answer_text", "by_when", "who")
"""The council's answer; a reviewer may write it too, where it came by letter."""
FIELDS = ("title", "you_said", "question", *ANSWER_FIELDS, "we_did")
PUBLIC_FIELDS = ("title", "you_said", *ANSWER_FIELDS, "we_did")
"""What everybody reads of an issue that is published."""
FOR_COUNCIL = ("title", "you_said", "question")
"""What the council reads of an issue that is passed on."""
LONGEST_TITLE = 120


@dataclass(frozen=True)
class OpenIssue:
    """One issue, opened."""

    record: Issue
    values: Mapping[str, Any]
    """FIELDS by name; None where nothing is written."""
    unreadable: bool = False
    """Its texts are kept but cannot be opened; they are empty here and stay as they are."""

    @property
    def outcome(self) -> Outcome:
        """What everybody would read of it."""
        given = {name: value for name in PUBLIC_FIELDS if (value := self.values[name]) is not None}
        return Outcome(**given)


@dataclass(frozen=True)
class Line:
    """One line between forum and council, opened."""

    at: int
    who: str
    kind: str
    words: str | None
    """None where they cannot be read."""


@dataclass(frozen=True)
class Whole:
    """An issue with all that belongs to it: its comments, newest first, its history, newest first, and what was written."""

    issue: OpenIssue
    comments: tuple[Item, ...]
    history: tuple[HistoryLine, ...]
    lines: tuple[Line, ...]


def listed(engine: Engine, areas: tuple[str, ...], seals: Seals) -> tuple[tuple[OpenIssue, int], ...]:
    """The issues of some areas, newest first, each with how many comments it has."""
    with engine.connect() as connection:
        found = issues.listed(connection, areas)
        counted = issues.how_many_comments(connection, [one.id for one in found])
    return tuple((unsealed(one, seals), counted.get(one.id, 0)) for one in found)


def find(
    engine: Engine, areas: tuple[str, ...], query: Query, seals: Seals
) -> tuple[tuple[tuple[OpenIssue, int], ...], int]:
    """The issues of some areas in whose texts all that is sought stands, newest first, each with how many comments it has.

    And how many there are whose texts cannot be read. Read in memory, as comments are: no index (P11).
    """
    with engine.connect() as connection:
        there = [unsealed(one, seals) for one in issues.listed(connection, areas)]
        found = [one for one in there if query.stands_in(folded("\n".join(filter(None, map(one.values.get, TEXTS)))))]
        counted = issues.how_many_comments(connection, [one.record.id for one in found])
    return tuple((one, counted.get(one.record.id, 0)) for one in found), sum(one.unreadable for one in there)


def comments(engine: Engine, staff: Staff, ids: Sequence[int], seals: Seals) -> tuple[Item, ...]:
    """Of some comments those that this person may put into an issue: of their areas, and publishable."""
    with engine.connect() as connection:
        return tuple(
            review.unsealed(one, seals, REVIEWER)
            for one in feedback.by_ids(connection, ids)
            if one.area in staff.areas and one.state in states.publishable()
        )


def put(
    engine: Engine, staff: Staff, ids: Sequence[int], where: int | tuple[str, str], seals: Seals, now: datetime
) -> tuple[int, int, int]:
    """Put comments into an issue, or into a new one of an area with a title: its id, how many went in, and how many could not.

    What nobody had read is read from then on. Raises ReviewError where there is no such issue, or no comment can go in.
    """
    with recorded(engine, staff.name, now) as recording:
        if isinstance(where, int):
            there = open_issue(recording.connection, staff, where, seals)
            issue, area = there.record.id, there.record.area
        else:
            area, title = where[0], where[1].strip()
            if not title or len(title) > LONGEST_TITLE:
                raise ReviewError("too-long" if title else "empty")
            issue = issues.store(recording.connection, area, {"title": title}, recording.moment, seals)
            recording.note("issue begun", area, f"issue {issue}")
        done = 0
        for id_ in ids:
            try:
                item, role = review.open_record(recording, staff, id_, seals)
                if item.record.area != area or item.record.state not in states.publishable():
                    continue
                unread = {"state": states.READ.id} if item.record.state in states.unread() else {}
                review.change(recording, item, role, {"issue": issue, **unread}, seals)
                done += 1
            except ReviewError:
                continue
        if not done:
            raise ReviewError("gone")
    return issue, done, len(ids) - done


def take_out(engine: Engine, staff: Staff, issue_id: int, ids: Sequence[int], seals: Seals, now: datetime) -> int:
    """Take comments out of an issue: how many. Raises ReviewError where there is no such issue."""
    done = 0
    with recorded(engine, staff.name, now) as recording:
        open_issue(recording.connection, staff, issue_id, seals)
        for id_ in ids:
            item, role = review.open_record(recording, staff, id_, seals)
            if item.record.issue == issue_id:
                review.change(recording, item, role, {"issue": None}, seals)
                done += 1
    return done


def show(engine: Engine, staff: Staff, issue_id: int, seals: Seals) -> Whole:
    """An issue as this person may see it; the council's people see no comments. Raises ReviewError("gone")."""
    with engine.connect() as connection:
        found = open_issue(connection, staff, issue_id, seals)
        inside: tuple[Item, ...] = ()
        if staff.may(REVIEWER):
            records = feedback.listed(connection, Filters((found.record.area,), issue=issue_id))
            inside = tuple(review.unsealed(one, seals, REVIEWER) for one in records)
        shown = ("standing", "published", *FIELDS) if staff.may(REVIEWER) else ("standing", *ANSWER_FIELDS)
        history = tuple(
            HistoryLine(one.id, one.at, one.who, one.field, *review.values_of(one, seals), one.undone)
            for one in changes.of_issue(connection, issue_id)
            if one.field in shown
        )
        return Whole(found, inside, history, lines(connection, ("issue", issue_id), seals))


def lines(connection: Connection, about: exchanges.About, seals: Seals) -> tuple[Line, ...]:
    """What forum and council wrote to each other about a record, oldest first."""
    found = []
    for one in exchanges.of_record(connection, about):
        try:
            words: str | None = one.words(seals)
        except SealError:
            words = None
        found.append(Line(one.at, one.who, one.kind, words))
    return tuple(found)


def may_open(staff: Staff, record: Issue) -> bool:
    """Whether somebody may open an issue: those who review it; the council's people once it was passed on (W2, F3)."""
    if record.area not in staff.areas:
        return False
    return staff.may(REVIEWER) or (staff.may(COUNCIL) and record.standing != OPEN)


def open_issue(connection: Connection, staff: Staff, issue_id: int, seals: Seals) -> OpenIssue:
    """An issue that somebody may open. Raises ReviewError("gone") where they may not, or there is none."""
    record = issues.by_id(connection, issue_id)
    if record is None or not may_open(staff, record):
        raise ReviewError("gone")
    return unsealed(record, seals)


def unsealed(record: Issue, seals: Seals) -> OpenIssue:
    """A stored issue opened."""
    try:
        texts, unreadable = record.texts(seals), False
    except SealError:
        texts, unreadable = {}, True
    values: dict[str, Any] = {name: texts.get(name) for name in TEXTS}
    return OpenIssue(record, {**values, "answer": record.answer, "by_when": record.by_when}, unreadable)


def save(
    engine: Engine, staff: Staff, issue_id: int, fields: Callable[[OpenIssue], Mapping[str, Any]], seals: Seals,
    now: datetime, ask: bool = False,
) -> OpenIssue:  # fmt: skip
    """Change some fields of an issue, and with `ask` pass it on to the council; gives it as it was before.

    `fields` gives the new values once the issue is opened. A public text that changes is public no more until somebody has
    looked at it again. Raises ReviewError, and then nothing is changed: "empty" where the council's people send no answer.
    """
    with recorded(engine, staff.name, now) as recording:
        there = open_issue(recording.connection, staff, issue_id, seals)
        values = dict(fields(there))
        if not set(values) <= set(FIELDS if staff.may(REVIEWER) else ANSWER_FIELDS) or (
            ask and not staff.may(REVIEWER)
        ):
            raise ReviewError("not-yours")
        whole = {**there.values, **values}
        if not staff.may(REVIEWER) and not (whole["answer"] and deed(whole["answer_text"])):
            raise ReviewError("empty")
        if ask:
            if not all(whole[name] for name in FOR_COUNCIL):
                raise ReviewError("incomplete")
            if there.record.standing != ASKED:
                values |= {"standing": ASKED, "asked": recording.moment}
            about: exchanges.About = ("issue", issue_id)
            exchanges.add(recording.connection, about, ASKED, whole["question"], staff.name, recording.moment, seals)
            recording.note("council asked", there.record.area, f"issue {issue_id}")
        change(recording, there, values, seals)
    return there


def undo(
    engine: Engine, staff: Staff, issue_id: int, change_id: int, marked: Callable[[str], object], seals: Seals,
    now: datetime, sure: bool = False,
) -> None:  # fmt: skip
    """Take one change of an issue's texts back, as `review.undo` does with a comment's. Raises ReviewError."""
    with recorded(engine, staff.name, now) as recording:
        there = open_issue(recording.connection, staff, issue_id, seals)
        kept = changes.by_id(recording.connection, change_id)
        if kept is None or kept.issue != issue_id or kept.undone or kept.field not in FIELDS or not staff.may(REVIEWER):
            raise ReviewError("gone")
        before, after = review.values_of(kept, seals)
        if UNREADABLE in (before, after):
            raise ReviewError("unreadable")
        if there.values[kept.field] != after:
            raise ReviewError("changed-since")
        if there.record.published is not None and kept.field in PUBLIC_FIELDS and not sure:
            raise ReviewError("public")
        asked = there.record.standing != OPEN and kept.field in FOR_COUNCIL
        if asked and before and marked(before) and not sure:
            raise ReviewError("details")
        change(recording, there, {kept.field: before}, seals)
        changes.mark_undone(recording.connection, change_id)


def hide(engine: Engine, staff: Staff, issue_id: int, seals: Seals, now: datetime) -> None:
    """Take an issue out of public view. Raises ReviewError."""
    with recorded(engine, staff.name, now) as recording:
        change(recording, open_issue(recording.connection, staff, issue_id, seals), {"published": None}, seals)


def change(recording: Recording, there: OpenIssue, fields: Mapping[str, Any], seals: Seals) -> None:
    """Change fields of an opened issue, with what follows from them, within a transaction. Raises ReviewError."""
    record = there.record
    given = {name: review.plain(value) for name, value in fields.items()}
    values = {name: value for name, value in given.items() if value != _now(there, name)}
    _check(there, values)
    if set(values) & set(PUBLIC_FIELDS) and record.published is not None and "published" not in given:
        values["published"] = None
    answer, text = (values.get(name, there.values[name]) for name in ("answer", "answer_text"))
    if {"answer", "answer_text"} & set(values) and answer and deed(text) and "standing" not in given:
        values["standing"] = ANSWERED
    values = {name: value for name, value in values.items() if value != _now(there, name)}
    if not values:
        return
    texts = {name: text for name, text in values.items() if name in TEXTS}
    row = {name: value for name, value in values.items() if name not in TEXTS}
    if texts:
        row["texts"] = {**{name: there.values[name] for name in TEXTS}, **texts}
    if values.get("published"):
        row["taken_back"] = 0
    if not issues.change(recording.connection, record, row, seals):
        raise ReviewError("stale")
    for name, value in values.items():
        if name == "asked":
            continue  # the line to the council tells when
        was, now = _now(there, name), value
        if name == "published":
            was, now = was is not None, now is not None
        about = NewChange(("issue", record.id), name, was, now)
        changes.add(recording.connection, about, recording.who, recording.moment, seals)
        recording.note(f"changed {name}", record.area, f"issue {record.id}")


def _check(there: OpenIssue, values: Mapping[str, Any]) -> None:
    """Raises ReviewError where an issue cannot hold these values."""
    if there.unreadable and set(values) & set(TEXTS):
        raise ReviewError("unreadable")  # what is kept would be lost
    if any(isinstance(values.get(name), str) and len(values[name]) > LONGEST_TEXT for name in TEXTS):
        raise ReviewError("too-long")
    if len(values.get("title") or "") > LONGEST_TITLE:
        raise ReviewError("too-long")
    if values.get("answer") is not None and values["answer"] not in ANSWERS:
        raise ReviewError("not-yours")
    if values.get("by_when") is not None and read_day(values["by_when"]) is None:
        raise ReviewError("no-day")


def _now(there: OpenIssue, name: str) -> Any:
    return there.values[name] if name in FIELDS else getattr(there.record, name)
