"""Ages in a message, and the sentences and needs that it is made of."""

import pytest

from knowledge.text.ages import age
from knowledge.text.segments import needs, sentences


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("she's 15 and wants to join", 15),
        ("my 7 year old", 7),
        ("he is now 3", 3),
        ("aged 19", 19),
        ("my son turns 16 in june", 16),
        ("she is in year 9", 14),
        ("we waited 18 months", None),
        ("he is 52", None),
        ("it is 20 weeks late", None),
        ("how long does it take", None),
    ],
)
def test_an_age_in_years_is_read(text: str, years: int | None) -> None:
    assert age(text) == years


def test_a_message_is_split_into_its_sentences() -> None:
    assert sentences("he is 9. school rang again! what can i do") == ["he is 9.", "school rang again!", "what can i do"]


def test_needs_are_split_at_and() -> None:
    assert needs("how do i get a blue badge and also dla") == ["how do i get a blue badge", "dla"]
