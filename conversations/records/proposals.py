"""Phrases that an editor wants added to an entry, sealed; each goes with the question that it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select, true, update

from conversations.keys.sealing import Seals
from conversations.records.questions import Question
from conversations.records.sealed import PROPOSAL_PHRASE
from conversations.records.staff_tables import proposals


@dataclass(frozen=True)
class Proposal:
    """One phrase that an entry should be found by; it stays sealed until it is asked for."""

    id: int
    area: str
    entry: str
    at: int
    """When it was kept, in seconds since 1970, UTC: all that was kept at once belongs together."""
    sealed_phrase: bytes = field(repr=False)

    def phrase(self, seals: Seals) -> str:
        """The phrase. Raises SealError."""
        return PROPOSAL_PHRASE.open(self.sealed_phrase, seals)


COLUMNS = tuple(proposals.c[name.removeprefix("sealed_")].label(name) for name in Proposal.__dataclass_fields__)


def add(connection: Connection, question: Question, entry: str, phrase: str, who: str, now: int, seals: Seals) -> int:
    """Keep a phrase that an entry should be found by; gives its id."""
    row = {"question": question.id, "area": question.area, "entry": entry, "who": who, "at": now, "done": False}
    kept = insert(proposals).values(**row, phrase=PROPOSAL_PHRASE.seal(phrase, seals)).returning(proposals.c.id)
    return int(connection.execute(kept).scalar_one())


def waiting(connection: Connection, areas: tuple[str, ...]) -> tuple[Proposal, ...]:
    """The phrases of some areas that wait for an editor, oldest first."""
    mine = select(*COLUMNS).where(proposals.c.area.in_(areas), proposals.c.done.is_(False)).order_by(proposals.c.id)
    return tuple(Proposal(**row) for row in connection.execute(mine).mappings())


def hold(connection: Connection, ids: Iterable[int]) -> set[int]:
    """Keep these phrases, and the questions that they came from, as they are until this transaction ends: those that are there."""
    kept = update(proposals).where(proposals.c.id.in_(sorted(ids))).values(done=proposals.c.done)
    return set(connection.execute(kept.returning(proposals.c.id)).scalars())


def by_ids(connection: Connection, ids: Iterable[int]) -> tuple[Proposal, ...]:
    """Those of these phrases that are there, in the order in which they were kept."""
    mine = select(*COLUMNS).where(proposals.c.id.in_(tuple(ids))).order_by(proposals.c.id)
    return tuple(Proposal(**row) for row in connection.execute(mine).mappings())


def close(connection: Connection, ids: Iterable[int], areas: tuple[str, ...] | None = None) -> int:
    """These phrases, of some areas or of all, are in the content now: how many there were."""
    mine = proposals.c.id.in_(tuple(ids)) & (proposals.c.area.in_(areas) if areas is not None else true())
    return connection.execute(update(proposals).where(mine).values(done=True)).rowcount
