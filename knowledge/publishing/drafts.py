"""What a change of the content would break, before it is made: all that a check demands, told of the draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from secrets import token_hex
from typing import Any

from knowledge.entries import AUDIENCES, NATIONAL, Entry, Library
from knowledge.loader import Fault
from knowledge.publishing.checks import (
    ANSWER_WORDS,
    EASY_WORDS,
    FACET_WORDS,
    entry_faults,
    grade,
    sentences,
    unknown_details,
    whole_faults,
)
from knowledge.publishing.contact_register import mended, plain_detail
from knowledge.publishing.entry_form import ALWAYS, LISTS, as_fields, as_typed, changed_fields
from knowledge.publishing.where_shown import Shown

UNSEEN = ("phrases", "also_called", "reading_reason")
"""Fields that no family reads: a change of these alone leaves the day on which the entry was checked."""
FORUM = "forum"
LONGEST_SLUG = 40
MISSING = {"review_every": "6 months", "owner": FORUM}
"""What an entry gets that has none of its own when it is first changed at the desk (C1)."""


def blank(id_: str, theme: str) -> Entry:
    """An entry of which nothing is written yet."""
    area = id_.partition("/")[0]
    return Entry(id_, area, theme, "", "", audience=AUDIENCES, file=f"{area}/{theme}.yaml")


def new_slug(theme: str, taken: Callable[[str], bool]) -> str:
    """What a new entry is called in its area: its theme and a few random letters.

    No word of its title: a draft may hold a family's words, and the id stands unsealed in addresses and in the audit trail.
    """
    while taken(slug := f"{theme[: LONGEST_SLUG - len('-new-3f9a')]}-new-{token_hex(2)}"):
        pass
    return slug


def with_entry(library: Library, entry: Entry) -> Library:
    """The library with another entry in the place of the one of the same id, or with one more."""
    if entry.id in library.by_id:
        entries = tuple(entry if one.id == entry.id else one for one in library.entries)
    else:
        entries = (*library.entries, entry)
    return replace(library, entries=entries)


def faults_of_detail(shown: Shown, new: str, library: Library, known: frozenset[str] | None) -> list[Fault]:
    """What would be wrong with the entries that show a detail, if another stood in its place, and is not wrong now."""
    allowed = None if known is None else known | {plain_detail(new)}
    found: list[Fault] = []
    for place in shown.places:
        before = library.by_id.get(place.id)
        if before is not None:
            after = mended(before, {shown.plain: new})
            old = {(fault.field, fault.problem) for fault in entry_faults(before, library, known)}
            faults = entry_faults(after, with_entry(library, after), allowed)
            found += [fault for fault in faults if (fault.field, fault.problem) not in old]
    return found


def faults_of_entry(entry: Entry, library: Library, known: frozenset[str] | None) -> list[Fault]:
    """All that a check would say of an entry in a library, and what it would change for all entries together."""
    after, before = with_entry(library, entry), {fault.problem for fault in whole_faults(library)}
    found = [*entry_faults(entry, after, None), *_shared(entry, library)]
    if known is not None:
        for field, detail in unknown_details(entry, known):
            found.append(Fault(entry.file, 0, entry.id, field, f"{detail}: say where it was found"))
    return found + [fault for fault in whole_faults(after) if fault.problem not in before]


def _shared(entry: Entry, library: Library) -> Iterator[Fault]:
    """Phrases that another entry of one family's base has too: either may answer, and one of them wrongly."""
    own = {_plain(phrase): (field, phrase) for field, phrase in _phrases(entry)}
    for other in library.entries:
        if other.id != entry.id and (other.area == entry.area or NATIONAL in (other.area, entry.area)):
            for _, phrase in _phrases(other):
                if (found := own.get(_plain(phrase))) is not None:
                    field, mine = found
                    yield Fault(entry.file, 0, entry.id, field, f"“{mine}” stands in “{other.title}” too")


def _phrases(entry: Entry) -> Iterator[tuple[str, str]]:
    yield from (("phrases", phrase) for phrase in entry.phrases)
    yield from (("facets", phrase) for facet in entry.facets for phrase in facet.phrases)


def _plain(phrase: str) -> str:
    return " ".join(re.findall(r"\w+", phrase.lower()))


def completed(before: Mapping[str, Any], changed: Mapping[str, Any], today: date, checked: bool) -> dict[str, Any]:
    """What a change of an entry comes to when it is approved: what it lacked is filled in, and its dates are set.

    `checked` is whether the person who approves has checked the whole entry. Where they have not, and families read it in
    other words than before, it is not said to be checked any more (C5).
    """
    fields = {name: value for name, value in MISSING.items() if name not in before} | dict(changed)
    if "written" not in before or any(name not in UNSEEN for name in changed):
        fields |= {"written": today.isoformat(), "checked": None, "checked_by": None}
    if checked:
        fields |= {"checked": today.isoformat(), "checked_by": FORUM}
    return fields


def applied(before: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an entry with some changed; those that became None are gone."""
    return {name: value for name, value in {**before, **changed}.items() if value is not None or name in ALWAYS}


@dataclass(frozen=True)
class Difference:
    """One line of a form before and after; of a list only what went and what came."""

    name: str
    before: str
    after: str


def differences(before: Entry, after: Entry) -> tuple[Difference, ...]:
    """What somebody who knows the entry has to read of a change of it."""
    old, new = as_typed(before), as_typed(after)
    found = []
    for name in dict.fromkeys((*old, *new)):
        was, is_ = old.get(name, ""), new.get(name, "")
        if was != is_ and name.rpartition(".")[2] in LISTS:
            went = [line for line in was.splitlines() if line not in is_.splitlines()]
            came = [line for line in is_.splitlines() if line not in was.splitlines()]
            was, is_ = ("\n".join(went), "\n".join(came)) if went or came else (was, is_)
        if was != is_:
            found.append(Difference(name, was, is_))
    return tuple(found)


@dataclass(frozen=True)
class Measure:
    """How long a text is, and how hard to read."""

    name: str
    """`answer`, `easy_read`, or the name of a facet."""
    words: int
    most: int
    grade: float

    @property
    def fits(self) -> bool:
        """Whether it is short enough."""
        return self.words <= self.most


def measures(entry: Entry) -> tuple[Measure, ...]:
    """The answer, the longest sentence of the easy-read answer, and each facet."""
    found = [Measure("answer", len(entry.answer.split()), ANSWER_WORDS, grade(entry.answer, entry))]
    if entry.easy_read:
        longest = max(len(one.split()) for text in entry.easy_read for one in sentences(text))
        found.append(Measure("easy_read", longest, EASY_WORDS, grade(" ".join(entry.easy_read), entry)))
    told = (facet for facet in entry.facets if facet.text)
    found += [Measure(one.name, len(one.text.split()), FACET_WORDS, grade(one.text, entry)) for one in told]
    return tuple(found)


def changes_of(before: Entry, after: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that differ from those of an entry."""
    return changed_fields(as_fields(before), after)
