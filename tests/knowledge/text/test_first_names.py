"""First names in a message: they say nothing of what is asked, and must not hide it."""

from __future__ import annotations

import pytest

from conversations.guide import Guide
from knowledge.text.first_names import without_names
from knowledge.text.said import Said


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("mia is 4 and not talking", "my child is 4 and not talking"),
        ("how do i claim dla for my jayden", "how do i claim dla for my child"),
        ("my son jayden has been excluded", "my son has been excluded"),
        ("jayden's ehcp is late", "my child's ehcp is late"),
        ("school wont let kayleigh in", "school wont let my child in"),
        ("hi im kayleigh, my lad has autism", "hi im , my lad has autism"),
    ],
)
def test_a_first_name_is_read_as_my_child(guide: Guide, typed: str, read: str) -> None:
    assert without_names(typed, guide.library) == read


@pytest.mark.parametrize(
    "typed",
    [
        "jayden",
        "",
        "we live in preston",
        "will he get in",
        "what is kooth",
        "ola, how are you",
        "dla for grace please",
    ],
)
def test_words_places_and_services_are_left(guide: Guide, typed: str) -> None:
    assert without_names(typed, guide.library) == typed


@pytest.mark.parametrize(
    ("named", "plain"),
    [
        ("How do I claim DLA for my Jayden", "How do I claim DLA for my child"),
        ("My son Jayden has been suspended from school", "My son has been suspended from school"),
        ("Kayleigh's transport has stopped", "My child's transport has stopped"),
    ],
)
def test_who_says_a_name_gets_the_answer_of_who_does_not(guide: Guide, named: str, plain: str) -> None:
    with_name, without = (guide.matcher.match(text, "wirral") for text in (named, plain))
    assert with_name.sure is without.sure is not None


def test_what_was_typed_stays_as_it_is(guide: Guide) -> None:
    assert Said.read("Kayleigh is 4", guide.library).typed == "Kayleigh is 4"
