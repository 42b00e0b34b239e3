"""The rows of the annual report's table "you said, we did, next": published comments, then published issues."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from conversations.forum.report_counts import GENERAL, bounds_of, counted_in
from conversations.keys.sealing import SealError, Seals
from conversations.outcomes import PLANNED, day_name, deed, read_day
from conversations.records import feedback, issues
from conversations.records.issues import Issue
from conversations.wording import Wording


@dataclass(frozen=True)
class Row:
    """One line of the table. `did` holds what came of it: who says so (forum, council, done), and the words."""

    key: str
    """What a draft calls it by."""
    comment: int | None
    """The comment that it is made of: where that is taken back, the row goes with it. None for an issue, which is of many."""
    theme: str
    said: str
    young: bool
    did: tuple[tuple[str, str], ...]
    next: str = ""
    """What comes next, and by when: written into the draft."""


def rows(connection: Connection, area: str, year: int, seals: Seals, wording: Wording) -> tuple[Row, ...]:
    """All that may stand in the table, oldest first: each published comment that its family has not taken back, then issues.

    Where its words cannot be read a line stands in their place, and a person can leave it out.
    """
    counted = counted_in(area, year)
    found = []
    for record in feedback.listed_published(connection, counted):
        if record.taken_back:
            continue
        try:
            words = record.public_words(seals)
        except SealError:
            words = wording("unreadable")
        if words is None:
            continue
        answers = (("forum", record.response), ("council", record.council_response), ("done", record.done_text))
        did = tuple((who, text) for who, text in answers if text)
        found.append(Row(str(record.id), record.id, record.theme, words, record.young, did))
    public = issues.public_of(connection, area, *bounds_of(year))
    return (*found, *(_of_issue(issue, theme or GENERAL, seals, wording) for issue, theme in public))


def _of_issue(issue: Issue, theme: str, seals: Seals, wording: Wording) -> Row:
    try:
        texts = issue.texts(seals)
    except SealError:
        texts = {"you_said": wording("unreadable")}
    answers = (("council", texts.get("answer_text")), ("done", texts.get("we_did")))
    did = tuple((who, text) for who, given in answers if (text := deed(given)))
    planned = read_day(issue.by_when) if issue.answer == PLANNED else None
    coming = day_name(planned, wording) if planned is not None else ""
    return Row(f"issue-{issue.id}", None, theme, texts.get("you_said", ""), False, did, coming)
