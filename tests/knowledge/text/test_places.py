"""Where somebody lives, from what they type."""

import pytest

from conversations.guide import Guide
from knowledge.text.places import ELSEWHERE, place, without_place


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("I live in Wirral", "wirral"),
        ("im in wythenshawe", "manchester"),
        ("CH41", "wirral"),
        ("my postcode is sy1 2ab", "shropshire"),
        ("shropshir", "shropshire"),
        ("we live in Leeds", ELSEWHERE),
        ("manchester", "manchester"),
    ],
)
def test_a_place_stands_for_its_area(guide: Guide, text: str, area: str) -> None:
    assert place(text, guide.library).area == area


@pytest.mark.parametrize(
    "text", ["how do i get a blue badge", "", "m1x", "is there a school in Salford", "i live in fear"]
)
def test_no_area_is_guessed(guide: Guide, text: str) -> None:
    assert place(text, guide.library).area is None


def test_two_areas_in_one_message_decide_nothing(guide: Guide) -> None:
    assert place("moving from Manchester to Wirral", guide.library).area is None


def test_a_shared_district_is_asked_about(guide: Guide) -> None:
    found = place("i live in M8", guide.library)
    assert found.area is None
    assert found.shared == ("manchester",)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("dla for a boy in market drayton please", "dla for a boy please"),
        ("who diagnoses adhd near Birkenhead?", "who diagnoses adhd ?"),
        ("is there a club in salford", "is there a club in salford"),
        ("wirral or manchester", "wirral or manchester"),
        ("how do i get dla", "how do i get dla"),
    ],
)
def test_the_place_can_be_left_out(guide: Guide, text: str, left: str) -> None:
    assert without_place(text, place(text, guide.library)) == left
