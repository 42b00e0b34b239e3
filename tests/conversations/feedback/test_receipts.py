"""Receipt codes: hard to guess, easy to read back; status, public response, taking back, "you said, we did" (F5, P12)."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from rapidfuzz.distance import OSA

from conversations.feedback import receipts
from conversations.guide import Guide
from conversations.records.sealed import FEEDBACK_PUBLIC_WORDS
from conversations.turns import Message
from knowledge.danger.detector import danger
from tests.support.feedback_talks import WORDS, Family, family, kinds, labels, text


@pytest.fixture
def talk(guide: Guide, tmp_path: Path) -> Family:
    found = family(guide, tmp_path)
    found.line(area="wirral", audience="parent")
    return found


def test_a_code_has_at_least_forty_bits() -> None:
    assert receipts.bits() >= receipts.LEAST_BITS


@pytest.mark.slow
def test_no_word_of_the_list_is_within_two_edits_of_another_and_none_speaks_of_danger() -> None:
    words = receipts.words()
    assert len(set(words)) == len(words)
    assert min(OSA.distance(a, b) for a, b in itertools.combinations(words, 2)) > 2 * receipts.TYPOS
    assert not [word for word in words if danger(f"what happened to {word}") is not None]


@pytest.mark.parametrize("seed", range(20))
def test_a_code_is_read_back_in_any_case_and_with_a_typo_in_each_word(seed: int) -> None:
    chance = random.Random(seed)
    code = receipts.code(chance.getrandbits(256))
    *words, number = code.split()
    typed = []
    for word in words:
        place = chance.randrange(1, len(word))
        swapped = word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]
        spoilt = [
            word[:place] + word[place + 1 :],
            word[:place] + "x" + word[place:],
            word[:place] + "x" + word[place + 1 :],
        ]
        typed.append(chance.choice([word.lower(), word.title(), swapped, *spoilt]))
    assert receipts.read(f"what happened to {' '.join(typed)} {number}?") == code
    assert receipts.read("-".join([*typed, number]).lower()) == code


@pytest.mark.parametrize(
    "text",
    [
        "how do i get 4821",
        "my son is 14 and it was 2014",
        "the 2014 Act says section 36",
        "call 0161 496 0000",
        "",
        "4821",
    ],
)
def test_other_texts_with_numbers_are_no_codes(text: str) -> None:
    assert receipts.read(text) is None


def test_the_code_shows_state_and_public_response_to_whoever_has_it(talk: Family) -> None:
    code = talk.leave()
    assert "Nobody has read it yet" in text(talk.say(f"what happened to {code.lower()}"))
    with talk.engine.begin() as connection:
        connection.exec_driver_sql(
            "update feedback set state = 'done', response = 'We asked for more weeks.', reviewed = 1, note = null"
        )
    said = text(talk.say(code, "someone else"))
    assert "We asked for more weeks." in said
    assert WORDS not in said


def test_safeguarding_is_not_told_to_whoever_holds_the_phone(talk: Family) -> None:
    code = talk.leave()
    with talk.engine.begin() as connection:
        connection.exec_driver_sql("update feedback set state = 'safeguarding', reviewed = 1")
    said = text(talk.say(code))
    assert "safeguarding" not in said.lower()
    assert "has been read" in said


def test_the_same_talk_takes_back_after_a_confirmation(talk: Family) -> None:
    code = talk.leave()
    asked = talk.say(f"withdraw {code}")
    assert kinds(asked) == ["prompt"]
    assert len(talk.rows("feedback")) == 1
    assert "deleted" in text(talk.press("Yes, take it back"))
    assert talk.rows("feedback") == []
    assert "hold nothing" in text(talk.press("Yes, take it back"))


def test_the_code_and_a_confirmation_take_back_from_another_talk(talk: Family) -> None:
    code = talk.leave()
    talk.say(code, "b")
    talk.press("Take it back", "b")
    assert len(talk.rows("feedback")) == 1
    talk.press("Yes, take it back", "b")
    assert talk.rows("feedback") == []


def test_another_talk_cannot_take_back_by_the_number_of_a_record(talk: Family) -> None:
    talk.leave()
    for press in ("fd:n1", "fw:n1", "fd:q1"):
        said = talk.stream.talks.hear("json:b", Message(press=press), talk.now).turn
        assert said.replies[0].kind == "info"
    assert len(talk.rows("feedback")) == 1


def test_a_kept_question_is_taken_back_from_my_data(talk: Family) -> None:
    talk.say("gallimaufry pumpernickel zzyzx")
    talk.press("Pass this question on")
    talk.press("Yes")
    talk.say("/mydata")
    asked = text(talk.press("Take it back"))
    assert "I then delete your question" in asked
    assert "report" not in asked, "no report has a question"
    assert "part of an answer" in text(talk.press("Yes, take it back"))
    assert talk.rows("questions") == []


def wrong_codes(number: int) -> list[str]:
    return [receipts.code(draw * 7919**9 + 13) for draw in range(number)]


def test_guesses_are_limited_for_a_talk_and_its_own_code_still_works(talk: Family) -> None:
    code, other = talk.leave(), talk.leave("about taxis", "b")
    said = [text(talk.say(wrong)) for wrong in wrong_codes(receipts.GUESSES_PER_TALK + 1)]
    assert "hold nothing" in said[0]
    assert "too many" in said[-1]
    assert "too many" in text(talk.say(other)), "a right guess is not told apart from a wrong one any more"
    assert "Nobody has read it" in text(talk.say(code))
    talk.later(hours=1, minutes=1)
    assert "Nobody has read it" in text(talk.say(other))


def test_guesses_are_limited_in_all(talk: Family) -> None:
    code = talk.leave()
    for number, wrong in enumerate(wrong_codes(receipts.GUESSES_IN_ALL + 1)):
        said = text(talk.say(wrong, f"guesser {number // 4}"))
    assert "too many" in said
    assert "too many" in text(talk.say(code, "one more"))
    assert "Nobody has read it" in text(talk.say(code))


@pytest.mark.parametrize(
    "asked", ["what changed", "What's changed?", "you said, we did", "what has changed because of us"]
)
def test_you_said_we_did_can_be_read_by_everybody(talk: Family, asked: str) -> None:
    talk.leave()
    assert "Nothing has been published" in text(talk.say(asked, "a"))
    assert talk.secrets.seals is not None
    public = FEEDBACK_PUBLIC_WORDS.seal("The play scheme fills up early.", talk.secrets.seals)
    with talk.engine.begin() as connection:
        connection.exec_driver_sql(
            "update feedback set published = 1, state = 'done', reviewed = 1, public_words = ?, done_text = 'Two more weeks.'",
            (public,),
        )
    talk.line("stranger", area="wirral")
    said = text(talk.say(asked, "stranger"))
    assert "The play scheme fills up early." in said
    assert "Two more weeks." in said
    assert WORDS not in said
    talk.say("/feedback", "stranger")
    assert "Two more weeks." in text(talk.press("What changed", "stranger"))
    talk.line("elsewhere", area="manchester")
    assert "Two more weeks." not in text(talk.say(asked, "elsewhere"))


@pytest.mark.parametrize("state", ["safeguarding", "not-for-publication"])
def test_what_is_not_for_publication_is_not_shown_even_where_it_was_marked_published(talk: Family, state: str) -> None:
    talk.leave()
    assert talk.secrets.seals is not None
    public = FEEDBACK_PUBLIC_WORDS.seal("About one person.", talk.secrets.seals)
    with talk.engine.begin() as connection:
        connection.exec_driver_sql(
            "update feedback set published = 1, state = ?, reviewed = 1, public_words = ?, done_text = 'x'",
            (state, public),
        )
    assert "About one person." not in text(talk.say("what changed"))


def test_a_question_about_what_changed_in_the_law_is_a_question(talk: Family) -> None:
    assert "published" not in text(talk.say("what changed in the law for ehc plans"))


def test_no_reply_asks_again_for_feedback_on_the_same_topic(talk: Family) -> None:
    talk.say("how do i get a blue badge")
    talk.press("This did not help")
    for said in ("how do i get a blue badge", "is it free", "/menu", "/help"):
        assert "Tell the forum" not in labels(talk.say(said))


def test_the_words_of_a_code_are_chance_and_no_danger_is_sought_in_them() -> None:
    first, second, third = receipts.words()[:3]
    told, plain = f"what happened to {first} {second} {third} 4821", "i want to die 2026"
    assert receipts.without_code(told, receipts.read(told)).strip() == "what happened to"
    assert receipts.without_code(plain, receipts.read(plain)) == plain
