"""Questions that found no answer: grouped by likeness, and made into a change of the content that an editor can review."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import yaml
from sqlalchemy import Connection, Engine

from conversations.forum.audit import Recording, recorded
from conversations.keys.sealing import SealError, Seals
from conversations.records import changes, proposals, questions
from conversations.records.changes import NewChange
from conversations.records.questions import ANSWERED, CLOSED, Question
from conversations.records.staff import Staff
from knowledge.entries import Library
from knowledge.text.normalise import split_words, stem

MOST_READ = 500
"""The newest questions that are read at once: grouping compares each with each group."""
ALIKE = 0.4
"""Cosine of two questions' stems, weighted by rarity, from which they stand together: low, since a stray neighbour costs
an editor a glance, and a group that fell apart costs the same work twice."""
LONGEST_PHRASE = 300
NEW_ENTRY = "new"
"""Stands for "no entry answers this; one should be written"."""
COMMON_WORDS = frozenset(
    "a an the i we you he she it they my our is are am was be been do does did can could would should will to of in on at for"
    " and or but with from by as if so me us him her them this that there what when where who how why get got have has had"
    " any some not no just please about".split()
)


@dataclass(frozen=True)
class Asked:
    """One kept question with its words opened; None where they cannot be read."""

    record: Question
    words: str | None


@dataclass(frozen=True)
class Alike:
    """Questions of one area that ask for much the same, the first asked first."""

    area: str
    questions: tuple[Asked, ...]


@dataclass(frozen=True)
class ContentChange:
    """Phrases that one entry should be found by, ready to be reviewed and put into its file."""

    area: str
    entry: str
    """The id of an entry, or NEW_ENTRY."""
    title: str
    file: str
    phrases: tuple[str, ...]
    proposals: tuple[int, ...]
    unreadable: int = 0
    """Phrases that cannot be read; they are not among `proposals`, and so stay when these are closed."""

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


def waiting(engine: Engine, areas: tuple[str, ...], seals: Seals) -> tuple[Alike, ...]:
    """Open questions in groups, the largest group first."""
    with engine.connect() as connection:
        rows = questions.waiting(connection, areas, MOST_READ)
    groups: list[Alike] = []
    for area in dict.fromkeys(row.area for row in rows):
        groups += grouped([_opened(row, seals) for row in reversed(rows) if row.area == area])
    return tuple(sorted(groups, key=lambda group: (-len(group.questions), -group.questions[-1].record.created)))


def _opened(row: Question, seals: Seals) -> Asked:
    try:
        return Asked(row, row.words(seals))
    except SealError:
        return Asked(row, None)


def grouped(asked: Sequence[Asked]) -> list[Alike]:
    """Questions of one area by likeness: each joins the group whose first question it is most like (leader clustering)."""
    bags = [
        Counter(stem(word) for word in split_words((one.words or "").lower()) if word not in COMMON_WORDS)
        for one in asked
    ]
    seen = Counter(term for bag in bags for term in bag)
    vectors = [{term: n * math.log(1 + len(bags) / seen[term]) for term, n in bag.items()} for bag in bags]
    leaders: list[tuple[dict[str, float], list[Asked]]] = []
    for one, vector in zip(asked, vectors, strict=True):
        best = max(leaders, key=lambda leader: _cosine(leader[0], vector), default=None)
        if best is not None and _cosine(best[0], vector) >= ALIKE:
            best[1].append(one)
        else:
            leaders.append((vector, [one]))
    return [Alike(some[0].record.area, tuple(some)) for _, some in leaders]


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    shared = sum(weight * other[term] for term, weight in one.items() if term in other)
    if not shared:
        return 0.0
    return shared / math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))


def area_of(engine: Engine, ids: Sequence[int], areas: tuple[str, ...]) -> str | None:
    """The area of some questions; None where they are not all there, in one and the same of `areas`."""
    with engine.connect() as connection:
        found = _asked(connection, ids, areas)
    return found[0].area if found else None


def answer(
    engine: Engine, staff: Staff, ids: Sequence[int], entry: str, phrases: Sequence[str], seals: Seals, now: datetime
) -> tuple[int, ...]:
    """Say which entry should answer some questions; each phrase is kept with a question, and goes when that is forgotten.

    `entry` is the id of an entry, or NEW_ENTRY. Gives the ids of the phrases; none where the questions are not all there in
    an area of this person's.
    """
    kept = []
    with recorded(engine, staff.name, now) as recording:
        rows = _asked(recording.connection, ids, staff.areas)
        for place, phrase in enumerate(phrases if rows else ()):
            row = rows[min(place, len(rows) - 1)]
            added = (row, entry, phrase, recording.who, recording.moment, seals)
            kept.append(proposals.add(recording.connection, *added))
        _settle(recording, rows, ANSWERED, None if entry == NEW_ENTRY else entry, seals)
    return tuple(kept)


def close(engine: Engine, staff: Staff, ids: Sequence[int], seals: Seals, now: datetime) -> bool:
    """Put questions away that need no entry; False where they are not all there in an area of this person's."""
    with recorded(engine, staff.name, now) as recording:
        rows = _asked(recording.connection, ids, staff.areas)
        _settle(recording, rows, CLOSED, None, seals)
    return bool(rows)


def _asked(connection: Connection, ids: Sequence[int], areas: tuple[str, ...]) -> tuple[Question, ...]:
    """The questions of these ids; none where one is not there or is of another area."""
    rows = questions.by_ids(connection, ids, areas)
    whole = len(rows) == len(set(ids)) and len({row.area for row in rows}) == 1
    return rows if whole else ()


def _settle(recording: Recording, rows: Sequence[Question], state: str, entry: str | None, seals: Seals) -> None:
    for row in rows:
        questions.settle(recording.connection, row.id, state, entry)
        change = NewChange(("question", row.id), "state", row.state, state)
        changes.add(recording.connection, change, recording.who, recording.moment, seals)
    if rows:
        recording.note(f"question {state}", rows[0].area, f"questions {', '.join(str(row.id) for row in rows)}")


def content_changes(
    engine: Engine, areas: tuple[str, ...], seals: Seals, library: Library
) -> tuple[ContentChange, ...]:
    """What waits to be put into the content, by entry; of new ones, what was kept at once is for one."""
    with engine.connect() as connection:
        rows = proposals.waiting(connection, areas)
    by_entry: dict[tuple[str, str, int], list[tuple[int, str]]] = {}
    unreadable: Counter[tuple[str, str, int]] = Counter()
    for row in rows:
        about = (row.area, row.entry, row.at if row.entry == NEW_ENTRY else 0)
        some = by_entry.setdefault(about, [])
        try:
            some.append((row.id, row.phrase(seals)))
        except SealError:
            unreadable[about] += 1
    waiting_changes = []
    for about, found in by_entry.items():
        area, entry, _ = about
        known = library.by_id.get(entry)
        phrases = tuple(dict.fromkeys(phrase for _, phrase in found))
        ids = tuple(proposal for proposal, _ in found)
        title, file = (known.title, known.file) if known else ("", "")
        waiting_changes.append(ContentChange(area, entry, title, file, phrases, ids, unreadable[about]))
    return tuple(waiting_changes)


def close_changes(engine: Engine, staff: Staff, ids: Iterable[int], now: datetime) -> bool:
    """These proposals are in the content now; False where there are none of them in an area of this person's."""
    with recorded(engine, staff.name, now) as recording:
        closed = proposals.close(recording.connection, ids, staff.areas)
        if closed:
            recording.note("content change done")
    return bool(closed)
