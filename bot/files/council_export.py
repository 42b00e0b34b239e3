"""The council's own list as a table: what was asked of it, since when, and how it stands; redacted words alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from conversations.forum.council import Row
from conversations.london import LONDON
from conversations.wording import Wording

COLUMNS = (
    "kind", "id", "area", "asked", "days", "standing", "title", "what families said", "question", "answer",
    "the answer in words", "by when", "who",
)  # fmt: skip


def rows(found: Iterable[Row], wording: Wording) -> list[tuple[Any, ...]]:
    """What was passed on as rows of COLUMNS, in its order."""
    table: list[tuple[Any, ...]] = []
    unreadable, standings, answers = wording("unreadable"), wording.rows["standings"], wording.rows["answers"]
    for row in found:
        since = datetime.fromtimestamp(row.since, LONDON).date().isoformat()
        stands = (since, row.days, standings[row.standing])
        if row.comment is not None:
            record = row.comment.record
            words = unreadable if "public_words" in row.comment.unreadable else row.comment.public_words
            answer = record.council_response
            table.append(("comment", record.id, record.area, *stands, None, words, None, None, answer, None, None))
        elif row.issue is not None:
            issue, given = row.issue.record, row.issue.values
            said = unreadable if row.issue.unreadable else given["you_said"]
            table.append((
                "issue", issue.id, issue.area, *stands, given["title"], said, given["question"],
                answers[given["answer"]] if given["answer"] else None, given["answer_text"], given["by_when"],
                given["who"],
            ))  # fmt: skip
    return table
