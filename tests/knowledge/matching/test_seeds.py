"""Whatever the five seed documents name has an entry that speaks of it and that a family reaches (`seeds.yaml`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from conversations.guide import Guide
from knowledge.entries import Contact, Entry
from tests.support.figures import note
from tests.support.questions import put

ROWS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "questions" / "seeds.yaml").read_text(encoding="utf-8")
)
DOCUMENTS = 5
NEAR = 3
"""The entry is reached when it is the answer, among the choices or among this many best."""
REACHED = 0.9
JARGON = "national/jargon"
"""Its reply opens with the glossary's words for the term that was asked for."""


def test_every_seed_document_is_listed_and_no_name_twice() -> None:
    assert len({row["seed"] for row in ROWS}) == DOCUMENTS
    assert len({row["name"] for row in ROWS}) == len(ROWS)


def test_every_name_has_an_entry_that_families_of_its_area_can_see(guide: Guide) -> None:
    entries = guide.library.by_id
    assert not [row["name"] for row in ROWS if row["entry"] not in entries]
    assert not [row["name"] for row in ROWS if entries[row["entry"]].area not in ("national", row["area"])]


def test_every_name_stands_in_the_words_of_its_entry(guide: Guide) -> None:
    missing = [
        (row["entry"], words)
        for row in ROWS
        for words in row.get("said_as", [row["name"]])
        if words.casefold() not in _words(guide.library.by_id[row["entry"]], guide)
    ]
    assert not missing


@pytest.mark.slow
def test_families_who_ask_for_what_is_named_reach_its_entry(guide: Guide, now: datetime) -> None:
    asked = [(row, put(row, guide, now)) for row in ROWS]
    lost = [row["ask"] for row, one in asked if row["entry"] not in (one.entry, *one.choices, *one.top[:NEAR])]
    straight = sum(one.entry == row["entry"] for row, one in asked) / len(asked)
    reached = 1 - len(lost) / len(asked)
    note(f"names of the seed documents: n {len(asked)}  reached {reached:.3f}  answered at once {straight:.3f}")
    assert reached >= REACHED, lost


def _words(entry: Entry, guide: Guide) -> str:
    """What a grown-up reads of an entry, and its other names, on one line in small letters."""
    parts = [entry.title, *entry.also_called, entry.answer, *entry.steps, *entry.easy_read]
    parts += [facet.text for facet in entry.facets]
    parts += [entry.join or "", entry.cost or "", entry.may_change or ""]
    parts += [part for contact in entry.contacts for part in _ways(contact)]
    if entry.id == JARGON:
        parts += [part for term in guide.library.terms for part in (term.term, term.full, *term.also)]
    return " ".join(" ".join(parts).casefold().split())


def _ways(contact: Contact) -> tuple[str, ...]:
    ways = (contact.name, contact.phone, contact.text, contact.email, contact.url, contact.note)
    return tuple(way for way in ways if way)
