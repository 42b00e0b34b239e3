"""What a message says that it does not mean."""

import pytest

from knowledge.matching.negation import rejected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("not the plan, the other thing", "the plan"),
        ("not the ehcp, i mean sen support", "the ehcp"),
        ("i don't mean the bus pass, i mean the taxi to school", "the bus pass"),
        ("respite isn't what i'm asking about, it's a group for his sister", "respite"),
        ("this isn't about the draft, it's the yearly meeting", "the draft"),
        ("forget the blue badge", "the blue badge"),
        ("i'm not asking about dla, i want pip", "dla"),
        ("he's not deaf he can't see the board", "deaf"),
        ("we've already got the blue badge, it's the bus pass i'm after", "the blue badge"),
        ("other than the family fund what about a bathroom", "the family fund"),
        ("i didn't say moving council, i said they ignore the plan", "moving council"),
        ("stop telling me about camhs. who helps me", "camhs"),
        ("i said transport not travel pass", "travel pass"),
        ("skip the part about college, who can sign for her", "college"),
    ],
)
def test_what_is_not_meant_is_recognised(text: str, name: str) -> None:
    found = rejected(text)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize(
    "text",
    [
        "school isn't providing what's in my son's plan",
        "something not right with my toddler",
        "the school is not following the plan",
        "he can't sleep and won't eat",
        "i'm not sure what to do about the pin",
        "my card is not working",
        "why can't i appeal",
        "can school ignore his ehcp?",
        "can i skip mediation",
        "school keep sending me fines for attendance, what can i do",
        "i know dla is for under 16s, how do i apply",
        "not attending school, what can happen to us",
        "my son is 5, not toilet trained, who can help",
        "im not sure if he has adhd",
        "it's been 24 weeks and still no plan",
    ],
)
def test_an_ordinary_not_rejects_nothing(text: str) -> None:
    assert rejected(text) is None


def test_the_rest_of_a_message_remains() -> None:
    assert rejected("not the plan, the other thing") == ("the plan", "the other thing")
    assert rejected("i said transport not travel pass") == ("travel pass", "i transport")
