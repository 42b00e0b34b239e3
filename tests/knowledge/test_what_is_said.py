"""What every text of the built-in content has to say with it: a deadline its other half, a right its day, a short form its words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from knowledge.entries import Library
from knowledge.loader import load

TWO_MONTHS = re.compile(r"\b(?:two|2) months\b", re.I)
OTHER_APPEALS = ("Family Fund", "Valuation Tribunal")
"""Appeals that have two months and know no mediation certificate."""
LOOSE = re.compile(r"\b(?:after|past|finished|once past|end of) Year 11\b|\bover 16\b", re.I)
RIGHT = re.compile(r"\b(?:ask|appeal|rights?|review|claim|comments?|mediate|assess\w*|arrange lessons)\b", re.I)
MOVES = (
    "national/college-training",
    "national/school-transport",
    "national/choosing-a-school",
    "manchester/school-transport",
)
"""Entries that speak of the move at the end of Year 11, not of whose right it is."""
GROUPS = ("manchester/camhs young #who-else",)
"""Groups that are for over 16s."""
SHORT_FORMS = {
    "PALS": r"PALS,? \(?(?:the|its|hospital)|patient help team|advice service|helps? (?:patients|people|service)|help service",
    "MPCF": r"Parent Carer Forum",
    "CEOP(?! Safety Centre)": r"National Crime Agency",
    "FII": r"fabricated or induced illness",
}


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def said(library: Library) -> Iterator[tuple[str, str]]:
    """Every text that stands alone, with where it is: an answer, all steps, all of easy read, a facet in either form."""
    for entry in library.entries:
        for voice, one in (("", entry), ("young ", entry.young)):
            yield f"{entry.id} {voice}answer", one.answer or ""
            yield f"{entry.id} {voice}steps", " ".join(one.steps)
            yield f"{entry.id} {voice}easy_read", " ".join(one.easy_read)
            for facet in one.facets:
                yield f"{entry.id} {voice}#{facet.name}", facet.text
                yield f"{entry.id} {voice}#{facet.name} in easy read", " ".join(facet.easy_read)


def test_the_two_months_of_the_tribunal_never_stand_without_the_month_from_the_certificate(library: Library) -> None:
    short = [
        place
        for place, text in said(library)
        if TWO_MONTHS.search(text) and "appeal" in text.lower() and "certificate" not in text
        if not any(name in text for name in OTHER_APPEALS)
    ]
    assert short == []


def test_a_right_that_passes_to_the_young_person_names_the_day(library: Library) -> None:
    loose = [
        place
        for place, text in said(library)
        if LOOSE.search(text) and RIGHT.search(text) and "last Friday in June" not in text
        if not place.startswith((*MOVES, *GROUPS))
    ]
    assert loose == []


@pytest.mark.parametrize("form", SHORT_FORMS)
def test_a_short_form_is_explained_where_it_stands(library: Library, form: str) -> None:
    bare = [
        place
        for place, text in said(library)
        if re.search(rf"\b{form}\b", text) and not re.search(SHORT_FORMS[form], text)
    ]
    assert bare == []


def test_what_is_explained_in_texts_stands_in_the_glossary_too(library: Library) -> None:
    terms = {term.term for term in library.terms}
    assert {re.sub(r"\W.*", "", form) for form in SHORT_FORMS} <= terms


def test_the_council_names_only_a_school_that_section_39_covers(library: Library) -> None:
    told = {
        area: library.by_id[f"{area}/special-schools"].facet("refused")
        for area in ("manchester", "shropshire", "wirral")
    }
    for area, facet in told.items():
        assert facet is not None, area
        assert "certificate" in facet.text, area
        assert "section 41" in facet.text, area
        assert "section 41" in " ".join(facet.easy_read), area
