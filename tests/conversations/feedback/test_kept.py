"""What is kept of feedback, read from the real file: forged yeses, redeliveries, forget, my data, purge, rotation (P1 to P8)."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat_json import Stream
from conversations.guide import Guide
from conversations.keys.talk_key import Secrets, load_secrets
from conversations.records import feedback
from conversations.records.feedback import Filters
from conversations.records.purging import purge
from conversations.records.sealed import FEEDBACK_PUBLIC_WORDS
from conversations.retention import FEEDBACK_MONTHS, QUESTION_MONTHS, REVIEWED_MONTHS
from conversations.talks import Talks
from conversations.turns import FeedbackGiven, Message, plain
from tests.support.feedback_talks import NOON, UNUSUAL, WORDS, Family, button, code_in, family, kinds, labels, text
from tests.support.warm import run_warm


@pytest.fixture
def talk(guide: Guide, tmp_path: Path) -> Family:
    found = family(guide, tmp_path)
    found.line(area="wirral", audience="parent")
    return found


def publish(talk: Family, id_: int = 1) -> None:
    assert talk.secrets.seals is not None
    with talk.engine.begin() as connection:
        connection.exec_driver_sql(
            "update feedback set published = 1, state = 'done', reviewed = ?, public_words = ?, response = ?, done_text = ? where id = ?",
            (
                1_800_000_000,
                FEEDBACK_PUBLIC_WORDS.seal("The play scheme fills up early.", talk.secrets.seals),
                "We agree.",
                "Two more weeks in August.",
                id_,
            ),
        )


def test_twenty_turns_that_lead_up_to_a_yes_leave_no_word_in_the_file_or_the_log(
    talk: Family, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for number in range(10):
        talk.say("/feedback")
        talk.say(f"{WORDS} {number}")
        talk.press("Change" if number % 2 else "No")
        talk.say(f"gallimaufry Zephyrine {number}")
        if number % 3 == 0:
            talk.say(f"Zephyrine {number} zzyzx pumpernickel")
            talk.press("Pass this question on") if "Pass this question on" in labels(
                talk.say("Zephyrine zzyzx gallimaufry")
            ) else None
        assert not talk.stands()
    assert UNUSUAL.lower() not in caplog.text.lower()
    assert talk.rows("feedback") == []
    assert talk.rows("questions") == []


def test_a_redelivered_yes_gives_one_record_and_the_same_receipt(talk: Family) -> None:
    talk.say("/feedback", update=1)
    shown = talk.say(WORDS, update=2)
    message = Message(press=button(shown, "Yes"), quoted=WORDS, number=3)
    talks = talk.stream.talks
    first, again = (talks.hear("json:a", message, talk.now).turn for _ in range(2))
    assert first.replies == again.replies
    assert first.replies[0].kind == "feedback_saved"
    assert len(talk.rows("feedback")) == 1
    talks.answered("json:a", message)
    assert talks.hear("json:a", message, talk.now).turn.replies == ()
    assert len(talk.rows("feedback")) == 1


def test_a_redelivered_preview_keeps_its_first_button_good(talk: Family) -> None:
    talk.say("/feedback", update=1)
    talks, message = talk.stream.talks, Message(text=WORDS, number=2)
    first = talks.hear("json:a", message, talk.now).turn.replies[0]
    talks.hear("json:a", message, talk.now + timedelta(seconds=5))
    yes = first.buttons[-1][-1].id
    assert (
        talks.hear("json:a", Message(press=yes, quoted=WORDS, number=3), talk.now).turn.replies[0].kind
        == "feedback_saved"
    )


def test_a_yes_that_comes_to_another_worker_is_good_there_too(talk: Family, guide: Guide, tmp_path: Path) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    other = Talks(guide, talk.engine, load_secrets(tmp_path / "keys"))
    assert other.hear("json:a", Message(press=yes, quoted=WORDS), talk.now).turn.replies[0].kind == "feedback_saved"


def forged(yes: str, place: int) -> str:
    raw = bytearray(base64.urlsafe_b64decode(yes[3:] + "=="))
    raw[place] ^= 1
    return "fy:" + base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


@pytest.mark.parametrize("place", [0, 7, 8, 12, 13, 28])
def test_a_changed_number_expiry_or_mac_keeps_nothing_and_says_so(talk: Family, place: int) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    said = talk.stream.talks.hear("json:a", Message(press=forged(yes, place), quoted=WORDS), talk.now).turn
    assert said.replies[0].kind == "feedback_declined"
    assert talk.rows("feedback") == []


def pressed_again(talk: Family, yes: str, quoted: str = WORDS) -> str:
    """What a press of a yes that was used already says."""
    said = talk.stream.talks.hear("json:a", Message(press=yes, quoted=quoted), talk.now).turn
    assert [reply.kind for reply in said.replies] == ["feedback_declined"]
    assert said.events == ()
    assert len(talk.rows("feedback")) + len(talk.rows("questions")) == 1
    return plain(said.replies[0])


def test_a_second_press_of_the_same_yes_says_kept_already_and_the_receipt_again(talk: Family) -> None:
    talk.say("how do i get a blue badge")
    talk.press("Tell the forum")
    talk.press("Something is missing")
    talk.press("Bad")
    yes = button(talk.say(WORDS), "Yes")
    code = code_in(talk.press(yes))
    for _ in range(2):
        again = pressed_again(talk, yes)
        assert "kept already" in again
        assert code in again
        assert "Nothing was kept" not in again
    talk.later(days=40)
    assert code in pressed_again(talk, yes), "the record is there, though the button is old"


def test_a_question_passed_on_twice_is_kept_already(talk: Family) -> None:
    talk.say("gallimaufry pumpernickel zzyzx")
    shown = talk.press("Pass this question on")
    yes = button(shown, "Yes")
    talk.press(yes)
    assert "kept already" in pressed_again(talk, yes, "gallimaufry pumpernickel zzyzx")


@pytest.mark.parametrize("place", [0, 7, 8, 12, 13, 28])
def test_a_forged_yes_beside_one_that_was_kept_says_that_nothing_was_kept(talk: Family, place: int) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    talk.press(yes)
    for press, quoted in ((forged(yes, place), WORDS), (yes, "Other words"), ("fy:", WORDS), ("fy:" + "A" * 39, WORDS)):
        said = pressed_again(talk, press, quoted)
        assert "Nothing was kept" in said
        assert "kept already" not in said


def test_a_yes_whose_words_were_taken_back_or_forgotten_is_not_kept_already(talk: Family) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    talk.press(yes)
    talk.say("/forget")
    said = talk.stream.talks.hear("json:a", Message(press=yes, quoted=WORDS), talk.now).turn.replies
    assert "Nothing was kept" in plain(said[0])


def test_the_used_yes_of_one_talk_tells_nothing_in_another(talk: Family) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    talk.press(yes)
    said = talk.stream.talks.hear("json:b", Message(press=yes, quoted=WORDS), talk.now).turn.replies
    assert "Nothing was kept" in plain(said[0])


@pytest.mark.parametrize("quoted", [None, "", "Other words", WORDS + " and more", WORDS.lower(), WORDS[:-1]])
def test_other_words_than_those_shown_keep_nothing(talk: Family, quoted: str | None) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    said = talk.stream.talks.hear("json:a", Message(press=yes, quoted=quoted), talk.now).turn
    assert said.replies[0].kind == "feedback_declined"
    assert talk.rows("feedback") == []


def test_the_yes_of_one_talk_keeps_nothing_in_another(talk: Family) -> None:
    talk.say("/feedback")
    yes = button(talk.say(WORDS), "Yes")
    talk.line("b", area="wirral")
    talk.say("/feedback", "b")
    talk.say(WORDS, "b")
    assert (
        talk.stream.talks.hear("json:b", Message(press=yes, quoted=WORDS), talk.now).turn.replies[0].kind
        == "feedback_declined"
    )
    assert talk.rows("feedback") == []


@pytest.mark.parametrize(
    "changed",
    [
        {"area": "manchester"},
        {"feedback_kind": "making"},
        {"feedback_felt": "good"},
        {"feedback_about": None},
        {"audience": "young-person"},
    ],
)
def test_a_yes_covers_area_kind_feeling_topic_and_whose_words_they_are(talk: Family, changed: dict[str, str]) -> None:
    talk.say("how do i get a blue badge")
    talk.press("Tell the forum")
    talk.press("Something is missing")
    talk.press("Bad")
    yes = button(talk.say(WORDS), "Yes")
    talks = talk.stream.talks
    talks.set("json:a", replace(talks.state("json:a", talk.now), **changed), talk.now)  # type: ignore[arg-type]
    assert talks.hear("json:a", Message(press=yes, quoted=WORDS), talk.now).turn.replies[0].kind == "feedback_declined"
    assert talk.rows("feedback") == []


def test_spaces_that_a_messenger_drops_do_not_spoil_a_yes(talk: Family) -> None:
    talk.say("/feedback")
    yes = button(talk.say("one  line \n\n and another"), "Yes")
    said = talk.stream.talks.hear("json:a", Message(press=yes, quoted="one line\nand another"), talk.now).turn
    assert said.replies[0].kind == "feedback_saved"


def test_no_event_shows_the_words_in_a_log() -> None:
    event = FeedbackGiven("wirral", "other", None, None, "general", False, WORDS, "BLUE HERON RIVER 4821")
    assert UNUSUAL not in repr(event)
    assert "HERON" not in repr(event)
    assert UNUSUAL not in repr(Message(text=WORDS, quoted=WORDS))


def test_forget_removes_every_record_under_the_key_at_once_and_can_be_said_again(talk: Family) -> None:
    code = talk.leave()
    talk.say("gallimaufry pumpernickel zzyzx")
    talk.press("Pass this question on")
    talk.press("Yes")
    key = talk.secrets.key("json:a")
    sealed = bytes(talk.rows("feedback")[0]["words"])
    talk.folded()
    assert key in talk.bytes()
    for _ in range(2):
        said = talk.say("/forget")
        assert kinds(said) == ["forgotten"]
        for part in (
            'published under "what changed" stays',
            "in its own words about many comments together",
            "an answer that your question became part of",
            "reports that are out",
            "Telegram keeps",
            "within 30 days",
        ):
            assert part in text(said)
        assert key not in talk.bytes()
        assert sealed not in talk.bytes()
        assert talk.rows("feedback") == talk.rows("questions") == []
    assert "hold nothing" in text(talk.say("/mydata"))
    assert "hold nothing" in text(talk.say(code))


def test_of_published_feedback_only_the_public_text_stays_without_a_link(talk: Family) -> None:
    code = talk.leave()
    publish(talk)
    sealed = bytes(talk.rows("feedback")[0]["words"])
    talk.say("/forget")
    row = talk.rows("feedback")[0]
    assert (row["key"], row["words"], row["note"]) == (None, None, None)
    assert talk.secrets.key("json:a") not in talk.bytes()
    assert sealed not in talk.bytes()
    assert "hold nothing" in text(talk.say(code, "b"))
    talk.line("b", area="wirral")
    assert "The play scheme fills up early." in text(talk.say("what changed", "b"))


def test_mydata_shows_everything_with_the_own_words(talk: Family) -> None:
    talk.line(audience="young-person")
    talk.leave()
    said = text(talk.say("/mydata"))
    for part in (WORDS, "24 November 2026", "young person", "Nobody has read it yet", "Wirral"):
        assert part in said
    assert WORDS not in text(talk.say("/mydata", "b"))


def test_the_purge_applies_the_months_that_privacy_prints(talk: Family, guide: Guide) -> None:
    talk.leave()
    talk.leave("Another one about taxis")
    talk.say("gallimaufry pumpernickel zzyzx")
    talk.press("Pass this question on")
    talk.press("Yes")
    with talk.engine.begin() as connection:
        connection.exec_driver_sql("update feedback set reviewed = 1800000000, state = 'read' where id = 2")

    def left(now: datetime) -> tuple[int, int]:
        with talk.engine.begin() as connection:
            purge(connection, now)
        return len(talk.rows("feedback")), len(talk.rows("questions"))

    def after(months: int, days: int) -> datetime:
        month = NOON.month - 1 + months
        return NOON.replace(year=NOON.year + month // 12, month=month % 12 + 1) + timedelta(days=days)

    assert left(after(QUESTION_MONTHS, -2)) == (2, 1)
    assert left(after(QUESTION_MONTHS, 2)) == (2, 0)
    assert left(after(FEEDBACK_MONTHS, -2)) == (2, 0)
    assert left(after(FEEDBACK_MONTHS, 2)) == (1, 0)
    assert left(after(REVIEWED_MONTHS, -2)) == (1, 0)
    assert left(after(REVIEWED_MONTHS, 2)) == (0, 0)
    first = talk.say("/privacy", "c")["replies"][0]
    assert len(first["text"].split()) <= 60
    whole = first["text"] + text(talk.press("Tell me more", "c"))
    for months in (FEEDBACK_MONTHS, REVIEWED_MONTHS, QUESTION_MONTHS):
        assert f"{months} months" in whole


@pytest.mark.slow
def test_signpost_purge_and_keys_rotate_work_on_the_same_file(talk: Family, tmp_path: Path) -> None:
    talk.leave()
    talk.engine.dispose()
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"

    def signpost(*words: str) -> subprocess.CompletedProcess[str]:
        return run_warm([*words, "--data", str(tmp_path), "--database", url], os.environ)

    turned = signpost("keys", "rotate")
    assert (turned.returncode, "1 texts" in turned.stdout) == (0, True), turned.stderr
    assert bytes(talk.rows("feedback")[0]["words"])[:4] == b"\0\0\0\2"
    assert WORDS in text(talk.say("/mydata")), "a process with the old keys reads the new one from the folder"
    (tmp_path / "keys" / "words.2.key").rename(tmp_path / "elsewhere.key")
    refused = signpost("purge")
    assert refused.returncode == 2
    assert "words.2.key" in refused.stderr
    (tmp_path / "elsewhere.key").rename(tmp_path / "keys" / "words.2.key")
    purged = signpost("purge", "--now", "2029-01-01T00:00")
    assert "feedback: 1 removed" in purged.stdout, purged.stderr


def test_feedback_moves_to_the_new_secret_with_its_talk_and_its_code_stays_good(talk: Family, guide: Guide) -> None:
    code = talk.leave()
    turned = Secrets(b"n" * 32, old=talk.secrets.talk, seals=talk.secrets.seals)
    after = Family(talk.folder, talk.engine, turned, Stream(Talks(guide, talk.engine, turned)))
    assert WORDS in text(after.say("/mydata"))
    assert talk.rows("feedback")[0]["key"] == turned.key("json:a")
    assert "kept" in text(after.say(code, "b"))


def test_records_of_an_area_are_found_by_it_alone(talk: Family) -> None:
    talk.leave()
    with talk.engine.begin() as connection:
        until = int(NOON.timestamp()) + 1
        wanted = Filters(("wirral",), ("new",), kind="other", young=False, since=0, until=until)
        found = feedback.listed(connection, wanted)
        assert len(found) == 1
        assert feedback.by_id(connection, found[0].id) == found[0]
        assert feedback.listed(connection, replace(wanted, areas=("manchester",))) == ()
    assert talk.secrets.seals is not None
    assert found[0].words(talk.secrets.seals) == WORDS
    assert UNUSUAL not in repr(found[0])


def test_json_of_the_state_holds_no_words_while_a_preview_waits(talk: Family) -> None:
    talk.say("/feedback")
    state = talk.say(WORDS)["state"]
    assert UNUSUAL not in json.dumps(state)
    assert state["preview"].startswith("feedback:")


def test_times_are_whole_seconds_in_utc(talk: Family) -> None:
    talk.leave()
    assert datetime.fromtimestamp(talk.rows("feedback")[0]["created"], UTC) == NOON


def test_the_code_is_stored_as_a_keyed_hash_alone(talk: Family) -> None:
    talk.say("/feedback")
    talk.say(WORDS)
    before = talk.bytes().lower()
    code = code_in(talk.press("Yes"))
    first, second, third, number = code.lower().split()
    assert not any(talk.stands(part) for part in (code, f"{first} {second}", f"{second} {third}", f"{third} {number}"))
    # A word of the code may be one that the file's own tables are made of, such as "field".
    assert not [word for word in (first, second, third) if talk.stands(word) and word.encode() not in before]
    assert talk.rows("feedback")[0]["receipt"] == talk.secrets.receipts(code)[0]
