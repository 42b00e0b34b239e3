"""Questions that found no answer and that families chose to pass on, sealed: the one type, and every query of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, select, update

from conversations.keys.sealing import Seals
from conversations.records.inserting import insert_into
from conversations.records.sealed import QUESTION_WORDS
from conversations.records.tables import questions
from conversations.records.withdrawing import take_along
from conversations.turns import QuestionKept

NEW, ANSWERED, CLOSED = "new", "answered", "closed"
"""What became of a question: nothing yet, an entry should answer it, or it was put away."""


@dataclass(frozen=True)
class Question:
    """One kept question; nothing in it tells whose it is. Its words stay sealed until they are asked for."""

    id: int
    area: str
    created: int
    """Seconds since 1970, UTC."""
    young: bool
    state: str
    """NEW, ANSWERED or CLOSED."""
    entry: str | None
    """The entry that should answer it, by its id."""
    sealed_words: bytes = field(repr=False)

    def words(self, seals: Seals) -> str:
        """The question as it was kept. Raises SealError."""
        return QUESTION_WORDS.open(self.sealed_words, seals)


COLUMNS = tuple(questions.c[name.removeprefix("sealed_")].label(name) for name in Question.__dataclass_fields__)
"""What is read of a question, under the names of the type's fields."""


def store(connection: Connection, kept: QuestionKept, key: bytes, number: bytes, moment: int, seals: Seals) -> int:
    """Keep a question that a family passed on, under its talk's key and the keyed hash of its yes; give its id.

    `moment` is in seconds since 1970, UTC. The same yes again gives the question that is there.
    """
    values = {"area": kept.area, "young": kept.young, "key": key, "number": number, "created": moment, "state": NEW}
    row = insert_into(connection, questions, **values, words=QUESTION_WORDS.seal(kept.words, seals))
    new = row.on_conflict_do_nothing(index_elements=["number"]).returning(questions.c.id)
    if (stored := connection.execute(new).scalar()) is not None:
        return int(stored)
    return int(connection.execute(select(questions.c.id).where(questions.c.number == number)).scalar_one())


def by_key(connection: Connection, key: bytes) -> tuple[Question, ...]:
    """Every question that is held under a talk's key, oldest first (P7)."""
    query = select(*COLUMNS).where(questions.c.key == key).order_by(questions.c.id)
    return _all(connection.execute(query).mappings())


def by_number(connection: Connection, key: bytes, number: bytes) -> Question | None:
    """The question under a talk's key that the yes with this keyed hash kept; None where there is none."""
    query = select(*COLUMNS).where((questions.c.key == key) & (questions.c.number == number))
    return next(iter(_all(connection.execute(query).mappings())), None)


def withdraw(connection: Connection, key: bytes, id_: int, seals: Seals | None) -> bool:
    """Delete one question of a talk, with what came of it in drafts: True where there was one."""
    return bool(_delete(connection, (questions.c.key == key) & (questions.c.id == id_), seals))


def forget(connection: Connection, key: bytes, seals: Seals | None) -> int:
    """Delete every question under a talk's key, with what came of them in drafts: how many there were (P6)."""
    return _delete(connection, questions.c.key == key, seals)


def move(connection: Connection, old: bytes, new: bytes) -> None:
    """The questions of a talk move with it when its key changes (P2)."""
    connection.execute(update(questions).where(questions.c.key == old).values(key=new))


def purge(connection: Connection, before: int, seals: Seals | None) -> int:
    """Delete questions that are older than a moment, with what came of them in drafts (P8)."""
    return _delete(connection, questions.c.created < before, seals)


def waiting(connection: Connection, areas: tuple[str, ...], most: int) -> tuple[Question, ...]:
    """Questions of some areas that nobody has answered yet, newest first."""
    mine = select(*COLUMNS).where(questions.c.area.in_(areas), questions.c.state == NEW)
    ordered = mine.order_by(questions.c.created.desc(), questions.c.id.desc()).limit(most)
    return _all(connection.execute(ordered).mappings())


def by_ids(connection: Connection, ids: Sequence[int], areas: tuple[str, ...]) -> tuple[Question, ...]:
    """Questions of some areas by their ids."""
    mine = select(*COLUMNS).where(questions.c.id.in_(ids), questions.c.area.in_(areas)).order_by(questions.c.id)
    return _all(connection.execute(mine).mappings())


def how_many(connection: Connection, area: str, since: int, until: int) -> int:
    """How many were passed on from one moment on and before another."""
    mine = (questions.c.area == area) & (questions.c.created >= since) & (questions.c.created < until)
    return connection.execute(select(func.count()).select_from(questions).where(mine)).scalar() or 0


def settle(connection: Connection, id_: int, state: str, entry: str | None) -> None:
    """Say what became of a question."""
    connection.execute(update(questions).where(questions.c.id == id_).values(state=state, entry=entry))


def _delete(connection: Connection, leaving: ColumnElement[bool], seals: Seals | None) -> int:
    take_along(connection, leaving, seals)
    return connection.execute(delete(questions).where(leaving)).rowcount


def _all(rows: Iterable[RowMapping]) -> tuple[Question, ...]:
    return tuple(Question(**row) for row in rows)
