"""The talk that leads to a yes: offered once, skippable at every step, and nothing kept before the yes (F1, F2, P3, P4, S4)."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from conversations.feedback.consent import MOST_UNITS
from conversations.feedback.flow import YES
from conversations.guide import CALLBACK_BYTES, Guide
from conversations.retention import FEEDBACK_MONTHS, QUESTION_MONTHS, REVIEWED_MONTHS, YES_HOURS
from tests.support.feedback_talks import UNUSUAL, WORDS, Family, button, family, kinds, labels, text

TELEGRAM_UNITS = 4_096


@pytest.fixture
def talk(guide: Guide, tmp_path: Path) -> Family:
    found = family(guide, tmp_path)
    found.line(area="wirral", audience="parent")
    return found


def previewed(talk: Family, words: str = WORDS) -> dict[str, object]:
    talk.say("/feedback")
    return talk.say(words)


def test_after_an_answer_stands_one_line_of_buttons_once_a_topic(talk: Family) -> None:
    first = talk.say("how do i get a blue badge")
    assert {"This helped", "This did not help", "Tell the forum"} <= set(labels(first))
    assert "Tell the forum" not in labels(talk.say("how do i get a blue badge"))
    assert "Tell the forum" not in labels(talk.say("is it free"))
    assert "Tell the forum" in labels(talk.say("my child does not sleep at night"))


def test_a_rating_is_a_daily_count_without_a_key_and_counts_once(talk: Family) -> None:
    talk.say("how do i get a blue badge")
    assert talk.press("This helped")["events"] == ["AnswerRated"]
    assert talk.press("This did not help")["events"] == []
    rated = [row for row in talk.rows("counts") if row["what"] in ("helpful", "unhelpful")]
    assert [(row["what"], row["entry"], row["area"], row["day"], row["n"]) for row in rated] == [
        ("helpful", "wirral/blue-badge-and-travel", "wirral", "2026-11-24", 1)
    ]


def test_every_step_can_be_skipped_and_left(talk: Family) -> None:
    talk.say("how do i get a blue badge")
    step = talk.press("Tell the forum")
    assert {"Skip", "Leave it"} <= set(labels(step))
    step = talk.press("Skip")
    assert {"Good", "Mixed", "Bad", "Skip", "Leave it"} <= set(labels(step))
    step = talk.press("Skip")
    assert "Leave it" in labels(step)
    assert kinds(talk.press("Leave it")) == ["feedback_declined"]
    assert talk.rows("feedback") == []


def test_the_kinds_are_those_of_regulation_56_in_plain_words(talk: Family) -> None:
    talk.say("/feedback")
    shown = labels(talk.press("Nothing in particular"))
    assert shown[:5] == [
        "What is offered, how good it is", "Something is missing", "How easy the information is",
        "How the Local Offer is made", "Something else",
    ]  # fmt: skip


def test_words_typed_at_any_step_go_to_their_preview(talk: Family) -> None:
    talk.say("how do i get a blue badge")
    talk.press("Tell the forum")
    shown = talk.say(WORDS)
    assert WORDS in text(shown)
    assert "Blue Badge" in text(shown)


def test_feedback_can_be_about_a_topic_that_is_named_in_words(talk: Family) -> None:
    talk.say("/feedback")
    talk.press("Another topic")
    asked = talk.say("blue badge")
    assert "Blue Badge" in text(asked)
    talk.press("Something is missing")
    talk.press("Bad")
    talk.say(WORDS)
    assert kinds(talk.press("Yes")) == ["feedback_saved"]
    row = talk.rows("feedback")[0]
    assert (row["topic"], row["theme"], row["kind"], row["felt"]) == (
        "wirral/blue-badge-and-travel", "money", "missing", "bad",
    )  # fmt: skip


def test_the_preview_says_what_for_how_long_who_and_that_they_must_act(talk: Family) -> None:
    shown = previewed(talk)
    said = text(shown)
    assert WORDS in said
    for part in (
        "What for",
        "Wirral",
        "council",
        "Who sees",
        f"{FEEDBACK_MONTHS} months",
        f"{REVIEWED_MONTHS} months",
        "at risk",
        "must act",
    ):
        assert part in said
    assert "anonymous" not in said.lower()
    assert kinds(shown) == ["prompt"]


def test_yes_change_and_no_are_alike_and_yes_is_not_first(talk: Family) -> None:
    shown = previewed(talk)
    assert labels(shown)[-3:] == ["No", "Change", "Yes"]
    assert len(button(shown, "Yes").encode()) <= CALLBACK_BYTES


def test_the_words_stand_nowhere_before_the_yes_and_in_no_plain_text_after_it(
    talk: Family, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    previewed(talk)
    assert not talk.stands()
    assert talk.press("Yes")["events"] == ["FeedbackGiven"]
    assert not talk.stands()
    talk.folded()
    assert not talk.stands()
    assert UNUSUAL.lower() not in caplog.text.lower()
    assert WORDS in text(talk.say("/mydata")), "sealed, and opened for the one who wrote them"


@pytest.mark.parametrize("typed", ["yes", "ok", "yes thats fine, send it"])
def test_a_typed_yes_keeps_nothing_and_says_that_the_button_still_can(talk: Family, typed: str) -> None:
    previewed(talk)
    assert kinds(talk.say(typed)) == ["prompt"]
    assert talk.rows("feedback") == []
    assert kinds(talk.press("Yes")) == ["feedback_saved"]


def test_the_same_words_sent_twice_are_asked_about_once(talk: Family) -> None:
    previewed(talk)
    again = talk.say(WORDS)
    assert kinds(again) == ["prompt"]
    assert "Yes" not in labels(again), "no second yes"
    assert not talk.stands()
    assert kinds(talk.press("Yes")) == ["feedback_saved"]
    assert len(talk.rows("feedback")) == 1


@pytest.mark.parametrize("other", ["no", "how do i get a blue badge", "/menu", "thanks", "actually forget it"])
def test_other_text_is_no_and_makes_the_yes_void(talk: Family, other: str) -> None:
    previewed(talk)
    said = talk.say(other)
    assert "feedback_declined" in kinds(said)
    assert kinds(talk.press("Yes")) == ["feedback_declined"]
    assert talk.rows("feedback") == []
    assert not talk.stands()


def test_no_keeps_nothing_and_the_yes_beside_it_is_void(talk: Family) -> None:
    previewed(talk)
    assert kinds(talk.press("No")) == ["feedback_declined"]
    assert kinds(talk.press("Yes")) == ["feedback_declined"]
    assert talk.rows("feedback") == []


def test_silence_is_no(talk: Family) -> None:
    previewed(talk)
    talk.later(hours=YES_HOURS + 1)
    assert kinds(talk.press("Yes")) == ["feedback_declined"]
    assert talk.rows("feedback") == []


def test_change_asks_again_and_only_the_newest_words_can_be_kept(talk: Family) -> None:
    old = button(previewed(talk), "Yes")
    talk.press("Change")
    talk.say("The play scheme is full by Easter")
    assert kinds(talk.press(old)) == ["feedback_declined"]
    talk.say("/feedback")
    talk.say("The play scheme is full by Easter")
    assert kinds(talk.press("Yes")) == ["feedback_saved"]
    assert "The play scheme is full by Easter" in text(talk.say("/mydata"))
    assert len(talk.rows("feedback")) == 1


def test_a_second_press_of_the_same_yes_keeps_nothing_more(talk: Family) -> None:
    previewed(talk)
    talk.press("Yes")
    assert kinds(talk.press("Yes")) == ["feedback_declined"]
    assert len(talk.rows("feedback")) == 1


def test_danger_in_place_of_words_brings_the_card_keeps_nothing_and_the_person_is_told(talk: Family) -> None:
    yes = button(previewed(talk), "Yes")
    said = talk.say("i want to die Wolfgang")
    assert kinds(said) == ["crisis", "feedback_declined"]
    assert "did not keep this as feedback" in text(said)
    assert kinds(talk.press(yes)) == ["feedback_declined"]
    assert talk.rows("feedback") == []
    assert not talk.stands("Wolfgang")
    talk.say("/feedback")
    assert kinds(talk.say("my dad hits me")) == ["crisis", "feedback_declined"]
    assert talk.rows("feedback") == []


def test_personal_details_are_masked_before_the_words_are_shown(talk: Family) -> None:
    shown = text(
        previewed(talk, "my son Kai waited a year, write to 14 Elm Road, M14 5TQ, kaismum@example.org, it is too long")
    )
    assert (
        "my son [name] waited a year, write to [street address], [postcode], [email address], it is too long" in shown
    )
    assert "masked" in shown
    talk.press("Yes")
    assert "Kai" not in text(talk.say("/mydata"))


def test_long_words_are_cut_to_what_can_be_kept_and_the_preview_fits_into_one_message(talk: Family) -> None:
    shown = previewed(talk, "the play scheme is full 😀 again " * 200)
    whole = text(shown)
    assert "too long" in whole
    assert len(whole.encode("utf-16-le")) // 2 <= TELEGRAM_UNITS
    assert kinds(talk.press("Yes")) == ["feedback_saved"]
    kept = next(reply["text"] for reply in talk.say("/mydata")["replies"] if "Your feedback" in reply["text"])
    assert MOST_UNITS - 100 < len(kept.split("\n\n")[1].encode("utf-16-le")) // 2 <= MOST_UNITS


@pytest.mark.parametrize(
    "words",
    [
        "first line\nsecond line\n\n\n\nthird   line ",
        "<b>bold</b> & [link](x)",
        "“quotes” and emoji 👩‍👧",
        "  spaces  ",
    ],
)
def test_whatever_was_shown_is_what_is_kept(talk: Family, words: str) -> None:
    previewed(talk, words)
    assert kinds(talk.press("Yes")) == ["feedback_saved"]


def test_a_young_persons_words_are_marked_and_they_are_told(talk: Family) -> None:
    talk.line(audience="young-person")
    assert "young person" in text(previewed(talk))
    talk.press("Yes")
    talk.line("b", area="wirral")
    talk.say("/feedback", "b")
    assert "young person" in text(talk.say("im 14 and the school wont listen", "b"))
    talk.press("Yes", "b")
    talk.leave("the taxi is late", "c")
    assert [row["young"] for row in talk.rows("feedback")] == [1, 1, 0]


def test_without_an_area_it_is_asked_first_and_elsewhere_nothing_is_kept(talk: Family) -> None:
    assert kinds(talk.say("/feedback", "b")) == ["prompt"]
    assert "forum of Manchester" in text(talk.press("Manchester", "b"))
    talk.say("/feedback", "c")
    assert "Local Offer" in text(talk.press("Somewhere else", "c"))


def test_a_question_that_found_no_answer_can_be_passed_on_with_a_yes(talk: Family) -> None:
    missed = talk.say("gallimaufry pumpernickel for our Zephyrine, ring 07700 900123")
    assert "Pass this question on" in labels(missed)
    assert not talk.stands()
    shown = talk.press("Pass this question on")
    assert "[phone number]" in text(shown)
    assert "May I pass this question on, so that the gap can be filled?" in text(shown)
    assert f"{QUESTION_MONTHS} months" in text(shown)
    assert not talk.stands()
    assert talk.press("Yes")["events"] == ["QuestionKept"]
    assert len(talk.rows("questions")) == 1
    assert not talk.stands()
    assert "gallimaufry" in text(talk.say("/mydata"))


def test_a_question_is_kept_only_after_the_yes(talk: Family) -> None:
    talk.say("gallimaufry pumpernickel zzyzx")
    talk.press("Pass this question on")
    talk.press("No")
    assert kinds(talk.press("Yes")) == ["feedback_declined"]
    assert talk.rows("questions") == []


def test_in_a_group_and_without_a_database_nothing_is_kept_and_it_says_so(talk: Family, guide: Guide) -> None:
    from bot.chat_json import Stream
    from conversations.talks import Talks

    assert len(talk.say("/feedback", group=True)["replies"]) == 1
    alone = Family(talk.folder, talk.engine, talk.secrets, Stream(Talks(guide, None, None)))
    alone.line(area="wirral")
    said = alone.say("/feedback")
    assert "cannot keep anything" in text(said)
    assert "Tell the forum" not in labels(alone.say("how do i get a blue badge"))


def test_if_the_yes_cannot_be_stored_it_does_not_say_that_it_was(talk: Family) -> None:
    previewed(talk)
    with talk.engine.begin() as connection:
        connection.exec_driver_sql("drop table feedback")
    said = talk.press("Yes")
    assert "feedback_saved" not in kinds(said)
    assert "cannot" in text(said)


@pytest.mark.parametrize(
    "said", ["yes", "Yes please!", "ok yes please", "oh ok", "thats fine, go ahead", "ok ok ok", "pls do it"]
)
def test_a_typed_yes_is_known(said: str) -> None:
    assert YES.fullmatch(said)


@pytest.mark.parametrize("said", ["ok " * 60 + "no", "yes" * 40 + "?x", "yeye" * 30, "oh"])
def test_many_words_of_agreement_and_something_else_are_no_yes_and_are_read_at_once(said: str) -> None:
    """A pattern that could read "okay" in two ways took hours over twenty of them, and held up every thread, cards too."""
    assert YES.fullmatch(said) is None
