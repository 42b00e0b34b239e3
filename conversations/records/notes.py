"""Notes that colleagues at the desk write for each other about a comment, sealed."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select

from conversations.keys.sealing import Seals
from conversations.records.feedback import Filters
from conversations.records.sealed import NOTE_WORDS
from conversations.records.staff_tables import notes
from conversations.records.tables import feedback


@dataclass(frozen=True)
class Note:
    """One note as it is stored."""

    id: int
    at: int
    who: str
    sealed_words: bytes = field(repr=False)

    def words(self, seals: Seals) -> str:
        """What it says. Raises SealError."""
        return NOTE_WORDS.open(self.sealed_words, seals)


def add(connection: Connection, feedback_id: int, who: str, moment: int, words: str, seals: Seals) -> None:
    """Keep a note about a comment."""
    row = {"feedback": feedback_id, "at": moment, "who": who, "words": NOTE_WORDS.seal(words, seals)}
    connection.execute(insert(notes).values(**row))


def of_feedback(connection: Connection, feedback_id: int) -> tuple[Note, ...]:
    """The notes about a comment, oldest first."""
    rows = connection.execute(select(notes).where(notes.c.feedback == feedback_id).order_by(notes.c.id)).mappings()
    return tuple(Note(row["id"], row["at"], row["who"], row["words"]) for row in rows)


def searched(connection: Connection, filters: Filters) -> dict[int, list[bytes]]:
    """The sealed words of all notes about what the filters leave, by comment: for the search."""
    joined = select(notes.c.feedback, notes.c.words).join(feedback, feedback.c.id == notes.c.feedback)
    found: dict[int, list[bytes]] = {}
    for id_, words in connection.execute(joined.where(filters.where()).order_by(notes.c.id)):
        found.setdefault(id_, []).append(words)
    return found


def remove(connection: Connection, note_id: int, feedback_id: int, who: str) -> bool:
    """Delete a note about a comment that somebody wrote; False where there is no such note of theirs."""
    mine = (notes.c.id == note_id) & (notes.c.feedback == feedback_id) & (notes.c.who == who)
    return connection.execute(delete(notes).where(mine)).rowcount == 1
