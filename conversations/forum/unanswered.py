"""Questions that found no answer: grouped by likeness, and made into a change of the content that an editor can review."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import yaml
from sqlalchemy import Connection

from conversations.keys.sealing import Seals
from conversations.records import desk as records
from conversations.records.desk import StoredQuestion
from knowledge.entries import Library
from knowledge.text.normalise import split_words, stem

MOST_READ = 500
"""The newest questions that are read at once: grouping compares each with each group."""
ALIKE = 0.4
"""Cosine of two questions' stems, weighted by rarity, from which they stand together: low, since a stray neighbour costs
an editor a glance, and a group that fell apart costs the same work twice."""
LONGEST_PHRASE = 300
QUESTION, PHRASE = "questions.words", "proposals.phrase"
"""What the sealed columns hold, bound into their seals."""
NEW_ENTRY = "new"
"""Stands for "no entry answers this; one should be written"."""
COMMON_WORDS = frozenset(
    "a an the i we you he she it they my our is are am was be been do does did can could would should will to of in on at for"
    " and or but with from by as if so me us him her them this that there what when where who how why get got have has had"
    " any some not no just please about".split()
)


@dataclass(frozen=True)
class Question:
    """One kept question, opened."""

    id: int
    area: str
    created: int
    words: str
    young: bool


@dataclass(frozen=True)
class Alike:
    """Questions of one area that ask for much the same, the first asked first."""

    area: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class ContentChange:
    """Phrases that one entry should be found by, ready to be reviewed and put into its file."""

    area: str
    entry: str
    """The id of an entry, or `new`."""
    title: str
    file: str
    phrases: tuple[str, ...]
    proposals: tuple[int, ...]

    @property
    def as_yaml(self) -> str:
        """The change as it goes into the file."""
        if self.entry == NEW_ENTRY:
            key, rows = "a-new-entry", {"title": "...", "answer": "...", "phrases": list(self.phrases)}
            head = f"# A new entry for {self.area}: title and answer are to be written.\n"
        else:
            key, rows = self.entry.partition("/")[2], {"phrases": list(self.phrases)}
            head = f"# {self.file or self.entry}: add these phrases to `{key}` ({self.title}).\n"
        return head + yaml.safe_dump({key: rows}, sort_keys=False, allow_unicode=True, width=110)


def waiting(connection: Connection, areas: tuple[str, ...], seals: Seals) -> tuple[Alike, ...]:
    """Open questions in groups, the largest group first."""
    rows = records.open_questions(connection, areas, MOST_READ)
    groups: list[Alike] = []
    for area in dict.fromkeys(row.area for row in rows):
        groups += grouped([_opened(row, seals) for row in reversed(rows) if row.area == area])
    return tuple(sorted(groups, key=lambda group: (-len(group.questions), -group.questions[-1].created)))


def _opened(row: StoredQuestion, seals: Seals) -> Question:
    return Question(row.id, row.area, row.created, seals.unseal(row.words, QUESTION), row.young)


def grouped(asked: Sequence[Question]) -> list[Alike]:
    """Questions of one area by likeness: each joins the group whose first question it is most like (leader clustering)."""
    bags = [Counter(stem(word) for word in split_words(one.words.lower()) if word not in COMMON_WORDS) for one in asked]
    seen = Counter(term for bag in bags for term in bag)
    vectors = [{term: n * math.log(1 + len(bags) / seen[term]) for term, n in bag.items()} for bag in bags]
    leaders: list[tuple[dict[str, float], list[Question]]] = []
    for one, vector in zip(asked, vectors, strict=True):
        best = max(leaders, key=lambda leader: _cosine(leader[0], vector), default=None)
        if best is not None and _cosine(best[0], vector) >= ALIKE:
            best[1].append(one)
        else:
            leaders.append((vector, [one]))
    return [Alike(some[0].area, tuple(some)) for _, some in leaders]


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    shared = sum(weight * other[term] for term, weight in one.items() if term in other)
    if not shared:
        return 0.0
    return shared / math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))


def answer(
    connection: Connection,
    asked: Iterable[StoredQuestion],
    entry: str,
    phrases: Sequence[str],
    seals: Seals,
    who: str,
    now: int,
) -> None:
    """Say which entry should answer some questions; each phrase is kept with a question, and goes when that is forgotten."""
    rows = list(asked)
    for place, phrase in enumerate(phrases):
        records.propose(connection, rows[min(place, len(rows) - 1)], entry, seals.seal(phrase, PHRASE), who, now)
    for row in rows:
        records.set_question(connection, row.id, "answered", None if entry == NEW_ENTRY else entry)
        _note(connection, row, "answered", seals, who, now)


def close(connection: Connection, asked: Iterable[StoredQuestion], seals: Seals, who: str, now: int) -> None:
    """Put questions away that need no entry."""
    for row in asked:
        records.set_question(connection, row.id, "closed", None)
        _note(connection, row, "closed", seals, who, now)


def _note(connection: Connection, row: StoredQuestion, state: str, seals: Seals, who: str, now: int) -> None:
    pair = (seals.seal(f'"{row.state}"', "changes"), seals.seal(f'"{state}"', "changes"))
    records.add_change(connection, ("question", row.id), who, now, "state", pair)


def content_changes(
    connection: Connection, areas: tuple[str, ...], seals: Seals, library: Library
) -> tuple[ContentChange, ...]:
    """What waits to be put into the content, by entry."""
    by_entry: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in records.proposed(connection, areas):
        by_entry.setdefault((row.area, row.entry), []).append((row.id, seals.unseal(row.phrase, PHRASE)))
    changes = []
    for (area, entry), found in by_entry.items():
        known = library.by_id.get(entry)
        phrases = tuple(dict.fromkeys(phrase for _, phrase in found))
        ids = tuple(proposal for proposal, _ in found)
        title, file = (known.title, known.file) if known else ("", "")
        changes.append(ContentChange(area, entry, title, file, phrases, ids))
    return tuple(changes)
