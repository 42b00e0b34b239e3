"""The rows of the annual report's table "you said, we did, next": where they come from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from conversations.keys.sealing import SealError, Seals
from conversations.records import feedback
from conversations.records.feedback import Filters
from conversations.wording import Wording


@dataclass(frozen=True)
class Row:
    """One line of the table. `did` holds what came of it: who says so (forum, council, done), and the words."""

    key: str
    """What a draft calls it by."""
    comment: int | None
    """The comment that it is made of: where that is taken back, the row goes with it."""
    theme: str
    said: str
    young: bool
    did: tuple[tuple[str, str], ...]
    next: str = ""
    """What comes next, and by when: written into the draft."""


def rows(connection: Connection, filters: Filters, seals: Seals, wording: Wording) -> tuple[Row, ...]:
    """All that may stand in the table, oldest first: each published comment that its family has not taken back.

    Where its words cannot be read a line stands in their place, and a person can leave it out.
    """
    found = []
    for record in feedback.listed_published(connection, filters):
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
    return tuple(found)
