"""Entries by their very names: a title, another name, small talk, a term of the glossary."""

from __future__ import annotations

from knowledge.entries import NATIONAL, Entry, Library, Term
from knowledge.matching import related
from knowledge.matching.index import lines
from knowledge.text.glossary import Glossary, asks_what, name_asked
from knowledge.text.normalise import clean, split_words, stem
from knowledge.text.segments import sentences


class ExactNames:
    """The names of one library's entries and terms."""

    def __init__(self, library: Library, glossary: Glossary) -> None:
        self.library, self.glossary = library, glossary
        self.by_name = related.names(library.entries)
        self.small_talk: dict[tuple[str, ...], Entry] = {}
        for entry in library.entries:
            for text in lines(entry) if entry.small_talk else ():
                self.small_talk.setdefault(tuple(split_words(clean(text))), entry)
        self.twins = {
            (area, library.entries[wide].id): own
            for area, pairs in related.twins(library.entries).items()
            for own, wide in pairs
        }
        self.small_words = frozenset(stem(word) for form in self.small_talk for word in form)

    def all_named(self, words: tuple[str, ...], area: str | None) -> list[Entry]:
        """The entry whose title or other name the words are: the area's own, or its own on the same subject, else the national one.

        With no area chosen and no national one, those of all areas.
        """
        for form in (words, name_asked(words)):
            found = [self.library.entries[at] for at in self.by_name.get(form or (), ())]
            own = [entry for entry in found if entry.area == area]
            wide = [entry for entry in found if entry.area == NATIONAL]
            title = tuple(split_words(clean(wide[0].title))) if wide else ()
            if (
                wide
                and not own
                and form == words != title
                and (twin := self.twins.get((area or "", wide[0].id))) is not None
            ):
                own = [self.library.entries[twin]]
            if own or wide:
                return own[:1] or wide[:1]
            if area is None and found:
                return found
        return []

    def forms(self, entry: Entry) -> tuple[str, ...]:
        """The other names of an entry as their words."""
        return tuple(" ".join(split_words(clean(name))) for name in entry.also_called)

    def named(self, words: tuple[str, ...], area: str | None) -> Entry | None:
        """The one entry that answers in the area whose name or term the words are."""
        found = self.all_named(words, area)
        if len(found) == 1:
            return found[0]
        term = self.glossary.asked(words)
        entry = self.library.by_id.get(term.entry or "") if term is not None else None
        return entry if entry is not None and entry.area in (NATIONAL, area) else None

    def term_first(self, text: str) -> Term | None:
        """A term without an entry that the first clause asks about: "wats a DSCO, someone from the hospital is one"."""
        parts = sentences(text)[:1]
        clause = split_words(parts[0].split(",")[0]) if parts else []
        term = self.glossary.asked(clause) if asks_what(clause) else None
        return term if term is not None and not term.entry else None
