"""What leaves with a kept question: the phrases that were made of it, and in drafts that wait the lines that came of these."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select, update

from conversations.keys.sealing import SealError, Seals
from conversations.records import content_changes
from conversations.records.sealed import PROPOSAL_PHRASE
from conversations.records.staff_tables import proposals
from conversations.records.tables import questions


def take_along(connection: Connection, leaving: ColumnElement[bool], seals: Seals | None) -> None:
    """Take out of drafts what came of questions that are about to be deleted; their phrases themselves go with them.

    Whoever saves a draft holds these phrases too (`proposals.hold`): it is saved before this looks, or finds them gone. A draft
    that no key opens stays: nobody can read what it holds.
    """
    mine = proposals.c.question.in_(select(questions.c.id).where(leaving))
    hold = update(proposals).where(mine).values(done=proposals.c.done)
    held = connection.execute(hold.returning(proposals.c.id, proposals.c.phrase)).all()
    if not held or seals is None:
        return
    phrases: dict[int, str] = {}
    for row in held:
        try:
            phrases[row.id] = PROPOSAL_PHRASE.open(row.phrase, seals)
        except SealError:
            phrases[row.id] = ""
    content_changes.take_out(connection, phrases, seals)
