"""The rules of review: who may open what, what may go out, what a change leaves behind, how questions are grouped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conversations.forum import review, unanswered
from conversations.forum.review import ReviewError
from conversations.forum.unanswered import Asked
from conversations.records import changes, feedback
from conversations.records.questions import NEW, Question
from conversations.records.staff import Staff
from tests.support.desk_visitor import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def person(*roles: str, area: str = "east") -> Staff:
    return Staff(1, "ann", (area,), roles, disabled=False, ready=True)


def change(house: House, feedback_id: int, staff: Staff, **fields: object) -> None:
    review.save(house.engine, staff, feedback_id, lambda item: fields, house.seals, house.clock())


@pytest.mark.parametrize(
    ("roles", "state", "public", "answered", "seen_as"),
    [
        (("reviewer",), "new", None, None, "reviewer"),
        (("reviewer",), "safeguarding", None, None, None),
        (("safeguarding",), "safeguarding", None, None, "reviewer"),
        (("safeguarding",), "new", None, None, None),
        (("council",), "new", "x", None, None),
        (("council",), "council", None, None, None),
        (("council",), "council", "x", None, "council"),
        (("council",), "done", "x", None, None),
        (("council",), "done", "x", "answer", "council"),
        (("council",), "safeguarding", "x", "answer", None),
        (("editor", "admin"), "new", None, None, None),
    ],
)
def test_who_may_open_a_record(
    house: House, roles: tuple[str, ...], state: str, public: str | None, answered: str | None, seen_as: str | None
) -> None:
    more: dict[str, Any] = {"public_words": public} if public else {}
    feedback_id = house.give("x", state=state, council_response=answered, **more)
    record = house.record(feedback_id)
    assert review.may_open(person(*roles), record) == seen_as
    assert review.may_open(person(*roles, area="west"), record) is None


def test_nothing_goes_out_that_nobody_has_redacted(house: House) -> None:
    feedback_id = house.give("my words")
    for fields in ({"state": "council"}, {"published": True}, {"published": True, "public_words": "  "}):
        with pytest.raises(ReviewError, match="redact-first"):
            change(house, feedback_id, person("reviewer"), **fields)
    with pytest.raises(ReviewError, match="look-first"):
        change(house, feedback_id, person("reviewer"), published=True, public_words="words")
    change(house, feedback_id, person("reviewer"), state="council", public_words="words")
    with pytest.raises(ReviewError, match="redact-first"):
        change(house, feedback_id, person("reviewer"), public_words="")


def test_what_is_not_for_publication_is_not_published_any_more(house: House) -> None:
    house.staff("lead", ("safeguarding",))
    for state in ("not-for-publication", "safeguarding"):
        feedback_id = house.give("x", public_words="y", published=True)
        change(house, feedback_id, person("reviewer"), state=state)
        assert not house.row(feedback_id)["published"]


def test_the_council_changes_its_own_response_alone(house: House) -> None:
    feedback_id = house.give("x", state="council", public_words="y")
    for fields in ({"response": "z"}, {"state": "done"}, {"published": True}, {"public_words": "w"}):
        with pytest.raises(ReviewError, match="not-yours"):
            change(house, feedback_id, person("council"), **fields)
    change(house, feedback_id, person("council"), council_response="z")
    assert house.row(feedback_id)["reviewed"] is None, "the council's answer is no review by the forum"


def test_the_council_is_not_told_what_became_of_a_comment_before_it_was_asked(house: House) -> None:
    feedback_id, reviewer = house.give("x", public_words="y"), person("reviewer", "safeguarding")
    house.staff("lead", ("safeguarding",))
    for fields in ({"state": "safeguarding"}, {"state": "council", "response": "Kai rang", "done_text": "we met Kai"}):
        change(house, feedback_id, reviewer, **fields)
    change(house, feedback_id, reviewer, response="somebody rang")
    change(house, feedback_id, person("council"), council_response="z")
    shown = review.show(house.engine, person("council"), feedback_id, house.seals, house.clock()).history
    assert [(line.field, line.before, line.after) for line in shown] == [
        ("council_response", None, "z"), ("state", None, "council"),
    ]  # fmt: skip


def test_the_first_change_of_a_reviewer_counts_as_the_review(house: House) -> None:
    feedback_id = house.give("x", days=3)
    change(house, feedback_id, person("reviewer"), state="read")
    assert house.row(feedback_id)["reviewed"] == int(house.clock().timestamp())


def test_what_a_family_takes_back_takes_its_history_with_it(house: House) -> None:
    feedback_id = house.give("Kai was there")
    change(house, feedback_id, person("reviewer"), public_words="Kai was here", note="rang")
    with house.engine.begin() as connection:
        feedback.forget(connection, b"k" * 32)
    with house.engine.connect() as connection:
        assert feedback.by_id(connection, feedback_id) is None
        assert changes.of_feedback(connection, feedback_id) == ()


def asked(number: int, words: str) -> Asked:
    return Asked(Question(number, "east", number, False, NEW, None, b""), words)


def test_questions_are_grouped_by_what_they_share(house: House) -> None:
    words = (
        "is there a swimming class for wheelchair users", "swimming class wheelchair?", "who pays for a tutor",
        "can someone pay for a tutor", "my child is lonely",
    )  # fmt: skip
    groups = unanswered.grouped([asked(n, text) for n, text in enumerate(words)])
    assert [[one.record.id for one in group.questions] for group in groups] == [[0, 1], [2, 3], [4]]
    assert unanswered.grouped([]) == []
    assert len(unanswered.grouped([asked(1, "???"), asked(2, "the")])) == 2
