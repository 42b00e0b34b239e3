"""Is the content fit to publish? Faults with file, line, entry and field, and what still awaits a person."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from statistics import median

from knowledge.amendments import NONE, Amendments
from knowledge.entries import Contact, Entry, Library, overdue
from knowledge.hours import parse
from knowledge.loader import AT_DESK, BUILT_IN, Fault, Loaded, read
from knowledge.publishing.contact_register import contact_details, plain_detail, register
from knowledge.text.places import place_words

with warnings.catch_warnings():  # it warns of a package that it needs itself
    warnings.simplefilter("ignore")
    import textstat

ANSWER_WORDS = 55
"""Words of an answer, the next move first (C2); what does not fit stands in facets."""
FACET_WORDS = 45
ASKED_OF = dict.fromkeys(("money", "ehc-plans", "school-places"), ("who-can", "how-long", "refused"))
"""The facets that an entry of a theme is asked for; `null` says that nobody could find it out."""
SENTENCE_WORDS = 20
"""Words a sentence of an answer, on average (C2)."""
EASY_WORDS = 12
"""Words in any one sentence of easy read, and of a step (C2)."""
TITLE_CHARACTERS = 60
"""A title is also the label of a button."""
ANSWER_GRADE, ANSWER_MEDIAN, REASON_GRADE, EASY_MEDIAN = 9.0, 5.0, 7.0, 3.0
"""Flesch-Kincaid grades (C3): none over, the median of answers, from where a reason is asked, the easy-read median."""
REASONS_SHARE = 0.10
"""At most this share of the entries may have a reason to read harder."""

LAW = re.compile(
    r"(?:the )?(?:[A-Z][\w’'-]+(?:,? (?:and|of|the|for|in|with|to|\(\w+\)|[A-Z][\w’'-]+))* )"
    r"(?:Act|Regulations|Rules|Code of Practice|Order)(?: \d{4})?"
)
SECTION = re.compile(
    r"(?:\(?\b(?:sections?|regulations?|paragraphs?|schedules?|part|chapters?|articles?)\b \d[\w().]*(?:(?:,| and| to) \d[\w().]*)*\)?)",
    re.I,
)
REACH = re.compile(r"https?://\S+|\S+@\S+\.\w+|\b(?:www\.)?[\w-]+(?:\.[\w-]+)+(?:/\S*)?|\+?\d[\d ]{4,}\d")
NAME = re.compile(r"\b(?:[A-Z][\w’'&-]*)(?:(?: (?:and|of|the|for|&))* [A-Z][\w’'&-]*)+")
DUTY = re.compile(r"\b(the law|by law|legal(ly)?|duty|duties|a right to|your right)\b", re.I)
ADVICE = re.compile(
    r"\b(you should (sue|stop|start taking|take (him|her|them) off)|we (advise|recommend|diagnose)|i (advise|recommend)|"
    r"your child (has|probably has) (autism|adhd)|stop (the|his|her) medic\w+|will win|guarantee)\b",
    re.I,
)


@dataclass(frozen=True)
class Verdict:
    """What a check found: `faults` must be mended, `awaiting` waits for a person and fails only `--strict`."""

    faults: tuple[Fault, ...]
    awaiting: tuple[Fault, ...]


def check(folder: Path = BUILT_IN, today: date | None = None, amendments: Amendments = NONE) -> Verdict:
    """Every check over a content folder, with what was changed of it. Raises ContentError where it does not even load."""
    loaded = read(folder, amendments)
    faults = [*loaded.unknown]
    for entry in loaded.library.entries:
        faults.extend(_entry_faults(entry, loaded))
    faults.extend(_areas(loaded.library))
    faults.extend(_terms(loaded.library))
    faults.extend(_shared_phrases(loaded))
    faults.extend(_grades(loaded))
    faults.extend(_numbers(loaded, known_details(folder, amendments)))
    at_desk = {entry.id for entry in loaded.library.entries if entry.line == 0}
    found = [
        replace(fault, file=AT_DESK, line=0) if fault.entry in at_desk else fault
        for fault in (*faults, *_awaiting(loaded, today))
    ]
    return Verdict(tuple(found[: len(faults)]), tuple(found[len(faults) :]))


def known_details(folder: Path, amendments: Amendments = NONE) -> frozenset[str] | None:
    """Every detail that may be shown, plain; None where a folder has no register (C7)."""
    known = register(folder)
    return None if known is None else known | {plain_detail(detail) for detail in amendments.found}


def entry_faults(entry: Entry, library: Library, known: frozenset[str] | None) -> list[Fault]:
    """What is wrong with one entry of a library, but for phrases that others have too. `known`: see `known_details`."""
    there = {(entry.id, item.name): 0 for item in fields(entry) if getattr(entry, item.name) not in (None, ())}
    nullable = {(entry.id, name): 0 for name in ("checked", "checked_by")}
    loaded = Loaded(library, there | nullable, ())
    found = [*_entry_faults(entry, loaded), *_grade(entry, loaded)]
    return found if known is None else [*found, *_unknown_details(entry, loaded, known)]


def _entry_faults(entry: Entry, loaded: Loaded) -> Iterator[Fault]:
    def fault(field: str, problem: str) -> Fault:
        return Fault(entry.file, loaded.lines.get((entry.id, field), entry.line), entry.id, field, problem)

    if len(entry.title) > TITLE_CHARACTERS:
        yield fault("title", f"has {len(entry.title)} characters; at most {TITLE_CHARACTERS}")
    if entry.small_talk:
        return
    for field in ("easy_read", "audience", "sources", "written", "checked", "checked_by", "review_every", "owner"):
        if (entry.id, field) not in loaded.lines:
            yield fault(field, "is missing")
    if (entry.checked is None) != (entry.checked_by is None):
        yield fault("checked_by", "`checked` and `checked_by` go together")
    for field, text, most in (
        ("answer", entry.answer, ANSWER_WORDS),
        ("young", entry.young.answer or "", ANSWER_WORDS),
        *(("facets", facet.text, FACET_WORDS) for facet in entry.facets),
        *(("young", facet.text, FACET_WORDS) for facet in entry.young.facets),
    ):
        start = " ".join(text.split()[:4])
        if len(text.split()) > most:
            yield fault(field, f"has {len(text.split())} words; at most {most}: {start} …")
        if text and (average := len(text.split()) / len(sentences(text))) > SENTENCE_WORDS:
            yield fault(field, f"has {average:.0f} words a sentence; at most {SENTENCE_WORDS}: {start} …")
    yield from (fault("facets", problem) for problem in _facets(entry, loaded.library))
    facets = (*entry.facets, *entry.young.facets)
    easy = (*entry.easy_read, *entry.young.easy_read, *(item for facet in facets for item in facet.easy_read))
    short = (("easy_read", easy), ("steps", (*entry.steps, *entry.young.steps)))
    for field, sentence in ((field, one) for field, items in short for item in items for one in sentences(item)):
        if len(sentence.split()) > EASY_WORDS:
            yield fault(field, f"{len(sentence.split())} words in one sentence, at most {EASY_WORDS}: {sentence!r}")
    for wanted in entry.see_also:
        if wanted not in loaded.library.by_id:
            yield fault("see_also", f"there is no entry {wanted!r}")
    for contact in entry.contacts:
        yield from (fault("contacts", problem) for problem in _contact(contact))
    words = " ".join((entry.answer, *entry.steps))
    if DUTY.search(words) and not (SECTION.search(words) or SECTION.search(" ".join(s.title for s in entry.sources))):
        yield fault("answer", "speaks of law or a right without its section, regulation or paragraph")
    if found := ADVICE.search(words):
        yield fault("answer", f"reads as advice on law or medicine: {found[0]!r}")


def _facets(entry: Entry, library: Library) -> Iterator[str]:
    """What is wrong with facets: what they point at, and figures of which no source is named."""
    for facet in (*entry.facets, *entry.young.facets):
        if facet.source is not None and facet.source > len(entry.sources):
            yield f"{facet.name}: there is no source {facet.source}"
        if facet.contact is not None and facet.contact > len(entry.contacts):
            yield f"{facet.name}: there is no contact {facet.contact}"
        if facet.source is None and re.search(r"\d", SECTION.sub("", LAW.sub("", facet.text))):
            yield f"{facet.name}: says a number, date or sum: name its `source`"
    pointed = [("older", entry.older), ("younger", entry.younger), *(("see", other) for _, other in entry.see)]
    yield from (f"{field}: there is no entry {id_!r}" for field, id_ in pointed if id_ and id_ not in library.by_id)


def _contact(contact: Contact) -> Iterator[str]:
    if not (contact.phone or contact.text or contact.email or contact.url or contact.note):
        yield f"{contact.name!r} has no way to reach it"
    if contact.hours and parse(contact.hours) is None:
        yield f"hours {contact.hours!r} cannot be read; write them like `Mon-Fri 9:00-17:00`, or in a note"
    if contact.url and not contact.url.startswith(("https://", "http://")):
        yield f"url {contact.url!r} should start with https://"


def _areas(library: Library) -> Iterator[Fault]:
    """What is wrong with the areas: contacts, what their safety cards would lack, places that two of them claim."""
    owners: dict[str, str] = {}
    elsewhere = {place_words(name) for name in library.elsewhere}
    teams = {entry.team for entry in library.entries if entry.team}
    for area in library.areas:
        for field in ("local_offer", "sendiass", "forum"):
            contact = getattr(area, field)
            if contact is not None:
                yield from (Fault(area.file, 1, area.id, field, problem) for problem in _contact(contact))
        for field in ("local_offer", "sendiass", "forum", "social_care", "crisis"):
            if not getattr(area, field):
                why = (
                    "its safety cards would lack it"
                    if field in ("social_care", "crisis")
                    else "families are sent to it"
                )
                yield Fault(area.file, 1, area.id, field, f"is missing: {why}")
        for name in sorted(teams - dict(area.teams).keys()):
            yield Fault(area.file, 1, area.id, "teams", f"{name!r} is missing: entries send families to that team")
        for name, id_ in area.teams:
            entry = library.by_id.get(id_)
            if entry is None or entry.area != area.id or not entry.contacts:
                yield Fault(
                    area.file, 1, area.id, "teams", f"{name}: {id_!r} is no entry of this area that has contacts"
                )
        for district in area.postcode_districts:
            if (other := owners.setdefault(district.upper(), area.id)) != area.id:
                problem = f"{district} stands in {other} too: where councils share one, it is a shared district of both"
                yield Fault(area.file, 1, area.id, "postcode_districts", problem)
        for name in (area.name, area.council or "", *area.places):
            if place_words(name) in elsewhere:
                yield Fault(
                    area.file, 1, area.id, "places", f"{name!r} stands in elsewhere.yaml as not covered: take it out"
                )


def _terms(library: Library) -> Iterator[Fault]:
    """A term of the glossary that is the name of a place would be read wherever somebody says where they live."""
    places = {place_words(name) for area in library.areas for name in (area.id, area.name, *area.places)}
    for term in library.terms:
        for form in (term.term, *term.also):
            if place_words(form) in places:
                problem = f"{form!r} is the name of a place: add a word to it, such as {form + ' principles'!r}"
                yield Fault("glossary.yaml", 1, term.term, "also", problem)


def _shared_phrases(loaded: Loaded) -> Iterator[Fault]:
    """A phrase that two entries of one family's base share can only answer one of them rightly."""
    owners: dict[tuple[str, str], Entry] = {}
    for entry in loaded.library.entries:
        for phrase in (*entry.phrases, *(phrase for facet in entry.facets for phrase in facet.phrases)):
            plain = " ".join(re.findall(r"\w+", phrase.lower()))
            for area in {entry.area, "national"}:
                other = owners.setdefault((area, plain), entry)
                if other is not entry and (area == entry.area or other.area == area):
                    line = loaded.lines.get((entry.id, "phrases"), entry.line)
                    yield Fault(entry.file, line, entry.id, "phrases", f"{phrase!r} stands in {other.id} too")
                    break


def _grades(loaded: Loaded) -> Iterator[Fault]:
    for entry in loaded.library.entries:
        yield from _grade(entry, loaded)
    yield from whole_faults(loaded.library)


def whole_faults(library: Library) -> Iterator[Fault]:
    """C3: what is wrong with all answers together, in no one entry: their medians, and how many are harder to read."""
    entries = [entry for entry in library.entries if not entry.small_talk]
    if not entries:
        return
    harder = sum(grade(entry.answer, entry) > REASON_GRADE for entry in entries)
    whole = Fault("", 0, "", "", "")
    if (middle := median(grade(entry.answer, entry) for entry in entries)) > ANSWER_MEDIAN:
        yield Fault(
            whole.file, 0, "", "answer", f"the median answer reads at grade {middle:.1f}; at most {ANSWER_MEDIAN}"
        )
    easy = [grade(" ".join(entry.easy_read), entry) for entry in entries if entry.easy_read]
    if easy and (middle := median(easy)) > EASY_MEDIAN:
        yield Fault(
            whole.file,
            0,
            "",
            "easy_read",
            f"the median easy-read answer reads at grade {middle:.1f}; at most {EASY_MEDIAN}",
        )
    if harder > REASONS_SHARE * len(entries) and len(entries) >= 10:
        yield Fault(
            whole.file,
            0,
            "",
            "reading_reason",
            f"{harder} of {len(entries)} answers read above grade 7; at most one in ten",
        )


def _grade(entry: Entry, loaded: Loaded) -> Iterator[Fault]:
    """C3: an answer that is too hard to read."""
    if entry.small_talk:
        return
    line = loaded.lines.get((entry.id, "answer"), entry.line)
    found = grade(entry.answer, entry)
    if found > ANSWER_GRADE:
        yield Fault(entry.file, line, entry.id, "answer", f"reads at grade {found:.1f}; none over {ANSWER_GRADE:.0f}")
    elif found > REASON_GRADE and not entry.reading_reason:
        yield Fault(entry.file, line, entry.id, "answer", f"reads at grade {found:.1f}: simpler, or a `reading_reason`")


def unknown_details(entry: Entry, known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Each phone number, email or link of an entry that may not be shown yet, with its field (C7)."""
    for field, text in shown_texts(entry):
        yield from ((field, found) for found in contact_details(text) if plain_detail(found) not in known)


def _unknown_details(entry: Entry, loaded: Loaded, known: frozenset[str]) -> Iterator[Fault]:
    for field, found in unknown_details(entry, known):
        line = loaded.lines.get((entry.id, field), entry.line)
        yield Fault(entry.file, line, entry.id, field, f"{found!r} is not in numbers.yaml: where was it found?")


def _numbers(loaded: Loaded, known: frozenset[str] | None) -> Iterator[Fault]:
    """C7: a phone number, email or link that the register of researched contacts does not hold."""
    if known is None:
        return
    for entry in loaded.library.entries:
        yield from _unknown_details(entry, loaded, known)
    for file, name, texts in _other_texts(loaded.library):
        for found in (detail for text in texts for detail in contact_details(text)):
            if plain_detail(found) not in known:
                yield Fault(file, 1, name, "", f"{found!r} is not in numbers.yaml: where was it found?")


def _other_texts(library: Library) -> Iterator[tuple[str, str, list[str]]]:
    """What areas and safety cards show: the file, whose it is, the texts."""
    for area in library.areas:
        contacts = [area.local_offer, area.forum, area.sendiass, area.crisis, *area.social_care]
        yield area.file, area.id, [text for contact in contacts if contact for text in _ways(contact)]
    for card in library.safety.cards if library.safety else ():
        texts = [text for contact in card.contacts for text in _ways(contact)]
        yield "safety.yaml", card.kind, [card.first, card.second, *card.lines, card.warm, *card.easy_read, *texts]
    yield "safety.yaml", "after", [after.text for after in library.safety.after] if library.safety else []


def _ways(contact: Contact) -> list[str]:
    return [part for part in (contact.phone, contact.text, contact.email, contact.url, contact.note) if part]


def _awaiting(loaded: Loaded, today: date | None) -> Iterator[Fault]:
    safety = loaded.library.safety
    if safety is not None and safety.reviewed_by is None:
        yield Fault("safety.yaml", 1, "", "reviewed_by", "no safeguarding lead has reviewed the safety wording yet")
    for entry in loaded.library.entries:
        if entry.small_talk:
            continue
        if entry.checked is None:
            yield Fault(entry.file, entry.line, entry.id, "checked", "the forum has not checked this entry yet")
        told = {facet.name for facet in entry.facets} | {name for name, _ in entry.see}
        for name in ASKED_OF.get(entry.theme, ()):
            if name not in told:
                line = loaded.lines.get((entry.id, "facets"), entry.line)
                yield Fault(entry.file, line, entry.id, "facets", f"lacks {name}; null where nobody could find it out")
        if today is not None and (days := overdue(entry, today)) > 0:
            yield Fault(entry.file, entry.line, entry.id, "review_every", f"its review is {days} days overdue")


def sentences(text: str) -> list[str]:
    """Text cut into sentences at `.`, `?`, `!` and line ends, not within numbers, links and short forms."""
    parts = re.split(r"(?<=[.!?])[\"')”’]*\s+(?=[\"'(“‘]?[A-Z0-9])|\n+", text.strip())
    return [part for part in parts if part] or [text]


@lru_cache(maxsize=4096)
def grade(text: str, entry: Entry | None = None) -> float:
    """The Flesch-Kincaid grade of a text, with names, titles of laws and ways to reach somebody as one short word (C3)."""
    plain = REACH.sub("it", text)
    for name in sorted((contact.name for contact in entry.contacts) if entry else (), key=len, reverse=True):
        plain = plain.replace(name, "Sam")
    plain = SECTION.sub("a part", LAW.sub("the Law", plain))
    plain = NAME.sub("Sam", plain)
    return (
        float(textstat.flesch_kincaid_grade(" ".join(f"{one.rstrip('.')}." for one in sentences(plain))))
        if plain
        else 0.0
    )


def shown_texts(entry: Entry) -> Iterator[tuple[str, str]]:
    """Every text of an entry that a family can read, with its field."""
    for field in ("title", "answer", "join", "cost", "may_change"):
        if text := getattr(entry, field):
            yield field, text
    for field in ("steps", "easy_read"):
        yield from ((field, text) for text in getattr(entry, field))
    yield from (("facets", text) for facet in entry.facets for text in (facet.text, *facet.easy_read))
    young = entry.young
    texts = (
        young.answer or "",
        *young.steps,
        *young.easy_read,
        *(text for facet in young.facets for text in (facet.text, *facet.easy_read)),
    )
    yield from (("young", text) for text in texts if text)
    for contact in entry.contacts:
        yield from (("contacts", part) for part in _ways(contact))
