"""Notes that colleagues at the desk write for each other about a comment, sealed."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select

from conversations.keys.sealing import Seals
from conversations.records.sealed import NOTE_WORDS
from conversations.records.staff_tables import notes


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


def remove(connection: Connection, note_id: int, feedback_id: int, who: str) -> bool:
    """Delete a note about a comment that somebody wrote; False where there is no such note of theirs."""
    mine = (notes.c.id == note_id) & (notes.c.feedback == feedback_id) & (notes.c.who == who)
    return connection.execute(delete(notes).where(mine)).rowcount == 1
