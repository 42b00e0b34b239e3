"""Edited messages: danger is judged like a new one's, anything else is heard where its words changed (S1a)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import edits
from bot.edits import Edits
from conversations.guide import Guide
from tests.support.feedback_talks import Family, family, kinds


@pytest.fixture
def talk(guide: Guide, tmp_path: Path) -> Family:
    found = family(guide, tmp_path)
    found.line(area="wirral", audience="parent")
    return found


def test_an_edit_that_changes_no_word_is_not_heard_again(talk: Family) -> None:
    talk.say("how do i get a blue badge")
    again = talk.say("How do I get a blue badge?", edited=True)
    assert (again["replies"], again["events"]) == ([], [])
    assert again["state"]["area"] == "wirral"


def test_an_edit_of_other_words_is_heard_as_a_new_message(talk: Family) -> None:
    talk.say("hello")
    assert talk.say("how do i get a blue badge", edited=True)["replies"][0]["entry"] == "wirral/blue-badge-and-travel"


def test_danger_in_an_edit_brings_the_card_whether_or_not_its_words_changed(talk: Family) -> None:
    talk.say("hello")
    for _ in range(2):
        assert kinds(talk.say("i want to die", edited=True))[0] == "crisis"


def test_the_same_words_written_anew_are_answered_anew(talk: Family) -> None:
    for _ in range(2):
        assert talk.say("how do i get a blue badge")["replies"]


def test_of_what_was_said_digests_stand_in_memory_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "REMEMBERED", 2)
    seen = Edits()
    assert all(seen.changed(str(number), "Zephyrine \ud800") for number in range(3))
    assert not seen.changed("2", "zephyrine")
    assert seen.changed("0", "Zephyrine"), "no longer known"
    assert "ephyrine" not in repr(vars(seen))
