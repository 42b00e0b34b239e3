"""What a change of the content would break, before it is made: all that a check demands, told of the draft."""

from __future__ import annotations

from dataclasses import replace

from knowledge.entries import Entry, Library
from knowledge.loader import Fault
from knowledge.publishing.checks import entry_faults
from knowledge.publishing.contact_register import mended, plain_detail
from knowledge.publishing.where_shown import Shown


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
