"""Questions that found no answer and that families chose to pass on, sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from conversations.keys.sealing import Seals
from conversations.records.tables import questions

WORDS = "questions.words"
"""What the sealed column holds, bound into its seal."""


@dataclass(frozen=True)
class Asked:
    """A question as it comes from the talk, after the yes."""

    area: str
    key: bytes = field(repr=False)
    number: bytes = field(repr=False)
    """The keyed hash of the yes: one yes keeps one question."""
    created: int
    words: str = field(repr=False)
    young: bool = False


@dataclass(frozen=True)
class QuestionRow:
    """One kept question; nothing in it tells whose it is."""

    id: int
    area: str
    created: int
    young: bool
    state: str
    """new, answered or closed."""
    entry: str | None
    """The entry that should answer it, by its id."""
    sealed: bytes = field(repr=False)

    def words(self, seals: Seals) -> str:
        """The question as it was kept. Raises SealError."""
        return seals.unseal(self.sealed, WORDS)


def store(connection: Connection, asked: Asked, seals: Seals) -> int:
    """Keep one question and give its id; the same yes again gives the one that is there."""
    there = connection.execute(select(questions.c.id).where(questions.c.number == asked.number)).scalar()
    if there is not None:
        return int(there)
    values = {name: getattr(asked, name) for name in ("area", "key", "number", "created", "young")}
    row = insert(questions).values(**values, words=seals.seal(asked.words, WORDS), state="new")
    return int(connection.execute(row.returning(questions.c.id)).scalar_one())


def row(connection: Connection, area: str, id_: int) -> QuestionRow | None:
    """One question of an area; None where there is none or it is another area's (W2)."""
    mine = (questions.c.id == id_) & (questions.c.area == area)
    return next((_row(found) for found in connection.execute(select(questions).where(mine)).mappings()), None)


def rows(connection: Connection, area: str, states: Iterable[str] | None = None) -> tuple[QuestionRow, ...]:
    """The kept questions of an area, newest first."""
    wanted = questions.c.area == area
    if states is not None:
        wanted &= questions.c.state.in_(tuple(states))
    query = select(questions).where(wanted).order_by(questions.c.created.desc(), questions.c.id.desc())
    return tuple(_row(found) for found in connection.execute(query).mappings())


def by_key(connection: Connection, key: bytes) -> tuple[QuestionRow, ...]:
    """Every question that is held under a talk's key, oldest first (P7)."""
    query = select(questions).where(questions.c.key == key).order_by(questions.c.id)
    return tuple(_row(found) for found in connection.execute(query).mappings())


def set_state(connection: Connection, area: str, id_: int, state: str, entry: str | None) -> bool:
    """Note what became of a question: False where there is none in the area."""
    mine = (questions.c.id == id_) & (questions.c.area == area)
    return bool(connection.execute(update(questions).where(mine).values(state=state, entry=entry)).rowcount)


def withdraw(connection: Connection, key: bytes, id_: int) -> bool:
    """Delete one question of a talk: True where there was one."""
    mine = (questions.c.key == key) & (questions.c.id == id_)
    return bool(connection.execute(delete(questions).where(mine)).rowcount)


def forget(connection: Connection, key: bytes) -> int:
    """Delete every question under a talk's key: how many there were (P6)."""
    return connection.execute(delete(questions).where(questions.c.key == key)).rowcount


def move(connection: Connection, old: bytes, new: bytes) -> None:
    """The questions of a talk move with it when its key changes (P2)."""
    connection.execute(update(questions).where(questions.c.key == old).values(key=new))


def purge(connection: Connection, before: int) -> int:
    """Delete questions that are older than a moment (P8)."""
    return connection.execute(delete(questions).where(questions.c.created < before)).rowcount


def _row(found: RowMapping) -> QuestionRow:
    hidden = {"key", "number", "words"}
    return QuestionRow(**{name: value for name, value in found.items() if name not in hidden}, sealed=found["words"])
