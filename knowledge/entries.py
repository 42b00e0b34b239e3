"""What is true: entries, areas, glossary and safety cards, frozen once loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

Audience = Literal["parent", "young-person", "professional"]
AUDIENCES: tuple[Audience, ...] = ("parent", "young-person", "professional")

NATIONAL = "national"
"""The id of the area whose entries answer everywhere."""

CRISIS = "national/crisis"
"""The entry that stands for every safety card."""

JARGON = "national/jargon"
"""The entry that explains a term of the glossary which has no entry of its own."""


@dataclass(frozen=True)
class Contact:
    """One way to reach a person or a service; every field is text as people read it."""

    name: str
    phone: str | None = None
    text: str | None = None
    """A number to text, or what to send and where: "SHOUT to 85258"."""
    email: str | None = None
    url: str | None = None
    hours: str | None = None
    """As `knowledge.hours.parse` reads it: "24/7", "Mon-Fri 9:00-17:00"."""
    note: str | None = None


@dataclass(frozen=True)
class Source:
    """Where a fact comes from. `seen` is YYYY, YYYY-MM or YYYY-MM-DD, or None where nobody knows the date."""

    title: str
    url: str | None = None
    seen: str | None = None


FACETS = (
    "steps", "refused", "how-long", "who-can", "cost", "law", "say", "who-else", "dates", "money", "evidence", "age", "where",
    "what", "who-runs", "changed",
)  # fmt: skip
"""The sides of an entry that families ask about, those that are asked most first. A facet of another name has its own `label`."""


@dataclass(frozen=True)
class Facet:
    """One side of an entry: one to three approved sentences that answer what people ask about it."""

    name: str
    text: str = ""
    """Empty where it is known that nobody could find it out."""
    label: str | None = None
    """What its button says; one of FACETS has its label in the wording."""
    phrases: tuple[str, ...] = ()
    """Ways in which people ask for this side of the entry: they find the entry, and this facet of it."""
    source: int | None = None
    """Which of the entry's sources it comes from, counted from 1; None where it rests on no page, such as words to say."""
    contact: int | None = None
    """Which of the entry's contacts it sends people to, counted from 1; None where it asks for no deed."""
    easy_read: tuple[str, ...] = ()
    """The same in easy read; none where the text is short enough already, or nobody has written it yet."""


@dataclass(frozen=True)
class Young:
    """What a young person reads in place of what is said to a parent; what is missing stays as it is."""

    answer: str | None = None
    steps: tuple[str, ...] = ()
    easy_read: tuple[str, ...] = ()
    facets: tuple[Facet, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One thing that a family may need."""

    id: str
    """`<area>/<slug>`."""
    area: str
    theme: str
    """The name of the file that it stands in."""
    title: str
    answer: str
    phrases: tuple[str, ...] = ()
    """Ways in which people ask for it."""
    also_called: tuple[str, ...] = ()
    audience: tuple[Audience, ...] = ("parent",)
    young: Young = Young()
    steps: tuple[str, ...] = ()
    easy_read: tuple[str, ...] = ()
    facets: tuple[Facet, ...] = ()
    see: tuple[tuple[str, str], ...] = ()
    """Facets that another entry answers: the facet's name and that entry's id."""
    team: str | None = None
    """The council's team that deals with it, by its name among an area's `teams`: there it comes before the contacts of this entry."""
    older: str | None = None
    """The entry for those who are too old for this one."""
    younger: str | None = None
    """The entry for those who are too young for it."""
    contacts: tuple[Contact, ...] = ()
    ages: tuple[int, int] | None = None
    """Youngest and oldest age in years that it is for, both included."""
    join: str | None = None
    cost: str | None = None
    may_change: str | None = None
    see_also: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    written: date | None = None
    checked: date | None = None
    checked_by: str | None = None
    review_every: int | None = None
    """In months."""
    owner: str | None = None
    reading_reason: str | None = None
    confirm: tuple[str, ...] = ()
    """What a person must confirm before launch; never shown to families."""
    note: str | None = None
    small_talk: bool = False
    """True for hello, thanks, goodbye: answered, but no knowledge."""
    file: str = ""
    line: int = 0

    def facet(self, name: str) -> Facet | None:
        """A facet by its name."""
        return next((facet for facet in self.facets if facet.name == name), None)

    def said_to(self, voice: Audience) -> Entry:
        """The entry as it is said to somebody: a young person reads their own answer, steps, easy read and facets."""
        if voice != "young-person" or self.young == Young():
            return self
        own = {facet.name: facet for facet in self.young.facets}
        facets = tuple(own.pop(facet.name, facet) for facet in self.facets)
        return replace(
            self,
            answer=self.young.answer or self.answer,
            steps=self.young.steps or self.steps,
            easy_read=self.young.easy_read or self.easy_read,
            facets=(*facets, *own.values()),
        )


@dataclass(frozen=True)
class Area:
    """A council's area, or `national`."""

    id: str
    name: str
    council: str | None = None
    postcode_districts: tuple[str, ...] = ()
    """Districts that lie wholly or almost wholly in the area."""
    shared_districts: tuple[str, ...] = ()
    """Districts that it shares with another council: the person is asked."""
    places: tuple[str, ...] = ()
    """Names of towns and quarters by which people say where they live."""
    local_offer: Contact | None = None
    forum: Contact | None = None
    sendiass: Contact | None = None
    social_care: tuple[Contact, ...] = ()
    """Children's social care: by day first, then out of hours."""
    crisis: Contact | None = None
    """The area's mental health crisis line for children and young people."""
    teams: tuple[tuple[str, str], ...] = ()
    """Teams of its council that deal with what holds everywhere: the name that entries use, and the id of the own entry that has its contacts."""
    sources: tuple[Source, ...] = ()
    note: str | None = None
    file: str = ""


@dataclass(frozen=True)
class Term:
    """A word or abbreviation of the field, explained."""

    term: str
    full: str
    """What the letters stand for; the term itself where it is no abbreviation."""
    means: str
    entry: str | None = None
    """The entry that explains it, where it has one of its own."""
    also: tuple[str, ...] = ()
    """Other spellings and forms."""


@dataclass(frozen=True)
class SafetyCard:
    """What is shown first when a message speaks of danger; every line is content, reviewed by a person."""

    kind: str
    """`suicide`, `self-harm`, `abuse` ...; `general` where crisis numbers are asked for plainly."""
    first: str
    """Line 1: 999, and when to ring it."""
    lines: tuple[str, ...]
    """What to do now, one or two short sentences, and 111 where line 2 does not hold it."""
    warm: str
    contacts: tuple[Contact, ...]
    """The best first, at most four; one that needs no voice call among the first two."""
    second: str = ""
    """Line 2: the number for this danger and this person."""
    council: bool = False
    """True where the children's social care line of the area belongs on the card."""
    crisis: bool = False
    """True where the mental health crisis line of the area belongs on the card."""
    person: Literal["adult", "young-person", "unclear"] = "unclear"
    """Who writes."""
    about: Literal["self", "other", "either"] = "either"
    """Whether the danger is to the one who writes or to someone else."""
    easy_read: tuple[str, ...] = ()


@dataclass(frozen=True)
class AfterCard:
    """What is said to somebody who goes on talking after a safety card, with the numbers under it."""

    name: str
    text: str
    words: tuple[str, ...] = ()
    """Words, or runs of words without apostrophes, any of which asks for it; none for what answers everything else."""


@dataclass(frozen=True)
class Safety:
    """The safety content of a library: cards by kind and person, and the gentle line."""

    cards: tuple[SafetyCard, ...]
    line: str
    """The one sentence before an answer that may hold a worry."""
    honest: str
    """That nobody is reading, and that this service cannot call anyone."""
    button: str
    """The label of the button that brings the card."""
    line_easy: str = ""
    """The gentle line in easy read."""
    honest_easy: tuple[str, ...] = ()
    after: tuple[AfterCard, ...] = ()
    """What is said while the talk stays with a card; the first whose words were said, or that asks for none."""
    last_resort: str = ""
    """The reply when all else fails: it holds 999 and 111; the area's contact is put under it."""
    reviewed_by: str | None = None
    checked: date | None = None
    confirm: tuple[str, ...] = ()
    """What a safeguarding lead must confirm before launch; never shown to families."""


@dataclass(frozen=True, eq=False)
class Library:
    """All that is known; immutable, shared by every talk. Compared by identity: it is large."""

    entries: tuple[Entry, ...]
    areas: tuple[Area, ...]
    """Without `national`."""
    terms: tuple[Term, ...] = ()
    safety: Safety | None = None
    digest: str = ""
    """A SHA-256 over the files that it was loaded from."""
    folder: Path | None = None
    """The folder that they lie in."""
    elsewhere: tuple[str, ...] = ()
    """Names of council areas in England that are not covered."""

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """The entries by id."""
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def area_by_id(self) -> dict[str, Area]:
        """The covered areas by id."""
        return {area.id: area for area in self.areas}


def review_due(entry: Entry) -> date | None:
    """The day on which an entry should have been checked again: counted from `checked`, else `written` (C4)."""
    start = entry.checked or entry.written
    if start is None or entry.review_every is None:
        return None
    month = start.month - 1 + entry.review_every
    return date(start.year + month // 12, month % 12 + 1, min(start.day, 28))


def overdue(entry: Entry, today: date) -> int:
    """Days since the review of an entry was due; 0 or less while it is not."""
    due = review_due(entry)
    return (today - due).days if due else 0
