"""The parts of the chat page: what can be tapped, tokens, what is sealed into an address, limits, colours, its wording."""

from __future__ import annotations

import ast
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import SettingsError, framing_origins
from bot.web.chat.limits import TALK_MOST, WINDOW_SECONDS, Limits, network
from bot.web.chat.page import fit_colour
from bot.web.chat.sealed import MOST_CHARACTERS, seal, unseal
from bot.web.chat.tappable import pieces, ways
from bot.web.chat.token import HOURS, new_token, read_token
from conversations.guide import Guide
from conversations.turns import Reach
from conversations.wording import INSTEAD, braces, load_wording
from tests.support.clock import NOON

ROOT = Path(__file__).parents[3]


def links(text: str) -> list[str]:
    return [piece.href for piece in pieces(text) if piece.href]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ring 999 or go to A&E.", ["tel:999"]),
        ("Under 19: Childline, 0800 1111. Adults: Samaritans, 116 123.", ["tel:08001111", "tel:116123"]),
        ("Any age: 111, option 2.", ["tel:111"]),
        ("Ring 0161 209 8356 (ask for Sue).", ["tel:01612098356"]),
        ("Write to info@example.org, or see https://example.org/a.", ["mailto:info@example.org", "https://example.org/a"]),
        ("Section 111 of the Act, regulation 111, page 111.", []),
        ("It costs £111 or 1,999 pounds, 999% more.", []),
        ("By textphone or Relay UK, 18001 111.", []),
        ("Text SHOUT to 85258, day or night.", ["sms:85258?body=SHOUT"]),
        ("Send it TO 85258, or page 12 to 85258.", []),
        ("The year 2014, 20 weeks, 15 March 2026.", []),
        ("Ask for 0161 496.", []),
    ],
)  # fmt: skip
def test_numbers_and_addresses_in_a_text_can_be_tapped_and_nothing_else(text: str, expected: list[str]) -> None:
    assert links(text) == expected
    assert "".join(piece.text for piece in pieces(text)) == text


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (Reach("phone", "Phone", "0161 234 5001"), ["tel:01612345001"]),
        (Reach("phone", "Phone", "101"), ["tel:101"]),
        (Reach("text", "Text", "SHOUT to 85258"), ["sms:85258?body=SHOUT"]),
        (Reach("text", "Text", "07480 635060"), ["sms:07480635060"]),
        (Reach("hours", "Open", "Monday to Friday, 9:00 to 17:00"), []),
    ],
)
def test_a_way_to_reach_somebody_is_one_tap(way: Reach, expected: list[str]) -> None:
    assert [piece.href for piece in ways(way) if piece.href] == expected


def test_the_page_of_a_contact_is_shown_as_people_say_it_and_opens_whole() -> None:
    shown = [("https://www.offer.test/send/", "offer.test/send"), ("https://offer.test", "offer.test")]
    for address, said in shown:
        (piece,) = ways(Reach("url", "Web", address))
        assert (piece.text, piece.href) == (said, address)


def test_every_phone_number_of_a_contact_in_the_content_can_be_tapped(guide: Guide) -> None:
    contacts = [contact for entry in guide.library.entries for contact in entry.contacts if contact.phone]
    assert len(contacts) > 50
    for contact in contacts:
        assert any(piece.href for piece in ways(Reach("phone", "Phone", str(contact.phone)))), contact


def test_a_token_names_its_talk_for_a_day() -> None:
    token = new_token(NOON)
    assert read_token(token.written, NOON + timedelta(hours=HOURS - 1)) == token
    assert read_token(token.written, NOON + timedelta(hours=HOURS)) is None
    assert token.chat.startswith("web:")
    assert token.secret not in repr(token)
    assert new_token(NOON).secret != token.secret
    renewed = token.renewed(NOON + timedelta(hours=3))
    assert (renewed.chat, renewed.mark) == (token.chat, token.mark)


@pytest.mark.parametrize(
    "written", ["", "1", "1.short", "x.", "9" * 12 + "." + "a" * 43, "1." + "é" * 43, "1." + "a" * 44]
)
def test_what_is_no_token_names_no_talk(written: str) -> None:
    assert read_token(written, NOON) is None


def test_a_message_has_one_number_by_its_form_and_its_words() -> None:
    token = new_token(NOON)
    number = token.number("once", "", "hello")
    assert number == token.number("once", "", "hello")
    assert number is not None
    assert 0 <= number < 2**62
    others = [
        token.number("twice", "", "hello"),
        token.number("once", "hello", ""),
        new_token(NOON).number("once", "", "hello"),
    ]
    assert number not in others
    assert token.number("", "", "hello") is None


def test_what_is_sealed_opens_for_its_own_talk_alone() -> None:
    token = new_token(NOON)
    sealed = seal("<p>An answer</p>", token)
    assert sealed is not None
    assert unseal(sealed, token) == "<p>An answer</p>"
    assert unseal(sealed, new_token(NOON)) is None
    for spoilt in ("", "é", sealed[:-4], "A" + sealed[1:], "A" * (MOST_CHARACTERS + 1)):
        assert unseal(spoilt, token) is None
    assert seal("".join(chr(0x4E00 + n) for n in range(9_000)), token) is None, "too long for an address"


def test_a_limit_counts_talks_and_addresses_by_a_key_that_ends_with_its_minute() -> None:
    seconds = [0.0]
    limits = Limits(lambda: seconds[0])
    assert [limits.note("192.0.2.1", "web:a") for _ in range(TALK_MOST + 1)][-2:] == ["good", "many"]
    assert limits.note("192.0.2.1", "web:b") == "good"
    before = {*limits._counts}
    assert b"192.0.2.1" not in b"".join(before)
    seconds[0] = WINDOW_SECONDS
    assert limits.note("192.0.2.1", "web:a") == "good"
    assert not before & {*limits._counts}


def test_a_limit_holds_in_all_processes_together_once_they_have_told_each_other() -> None:
    told: Counter[bytes] = Counter()
    one, other = (Limits(lambda: 0.0, lambda text: text.encode()) for _ in range(2))
    for limits in (one, other, one):
        for _ in range(TALK_MOST // 2):
            assert limits.note("192.0.2.1", "web:a") == "good" or limits is one
        window, counted = limits.untold()
        told.update(counted)
        limits.hear(window, {key: told[key] for key in counted})
    assert told[b"rate\x000\x00talk\x00web:a"] == TALK_MOST // 2 * 3
    assert one.note("192.0.2.1", "web:a") == "many"
    other.hear(0, dict(told))
    assert other.note("192.0.2.1", "web:a") == "many"
    assert other.note("192.0.2.1", "web:b") == "good"


def test_a_household_is_one_address() -> None:
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::9")
    assert network("2001:db8:1:3::9") != network("2001:db8:1:2::9")
    assert network("192.0.2.1") != network("192.0.2.2")
    assert network("unknown") == "unknown"


@pytest.mark.parametrize(
    ("asked", "given"),
    [("#0B4F57", "#0b4f57"), ("5a2d82", "#5a2d82"), ("ffff00", ""), ("red", ""), ("", ""), ("#0b4f57;}", "")],
)
def test_a_colour_is_taken_where_white_letters_can_be_read_on_it(asked: str, given: str) -> None:
    assert fit_colour(asked) == given


@pytest.mark.parametrize(
    "text", ["https://offer.test/path", "offer.test", "*", "https://a.test; script-src *", "http://offer.test"]
)
def test_who_may_frame_the_page_is_an_origin_or_an_error(text: str) -> None:
    with pytest.raises(SettingsError, match="SIGNPOST_FRAMED_BY"):
        framing_origins(text)
    assert framing_origins(" https://a.test  https://b.test:8443 ") == ("https://a.test", "https://b.test:8443")
    assert framing_origins(None) == ()


def test_the_page_says_sentences_of_the_talk_with_the_same_braces() -> None:
    talk, page = load_wording().rows, load_wording("page").rows
    for name, sentence in page[INSTEAD].items():
        assert name in talk
        assert (braces(sentence) or frozenset()) <= (braces(talk[name]) or frozenset()), name
        assert type(sentence) is type(talk[name]), name
    merged = load_wording().at_door(load_wording("page"))
    assert merged("forgotten", backup_days=1) != load_wording()("forgotten", backup_days=1)
    assert not [
        name for name, sentence in merged.rows.items() if "Telegram" in str(sentence) and name not in NOT_ON_THE_PAGE
    ]


NOT_ON_THE_PAGE = ("description", "short_description")
"""What Telegram alone shows."""


def test_every_sentence_of_the_page_is_there_and_none_is_dead() -> None:
    folder = ROOT / "bot" / "web" / "chat"
    templates = "\n".join(file.read_text(encoding="utf-8") for file in (folder / "templates").glob("*.html"))
    named = set(re.findall(r"\bwords\.(\w+)", templates)) | set(re.findall(r'\bsaid\("(\w+)"', templates))
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
    rows = set(load_wording("page").rows) - {INSTEAD}
    assert rows <= named, "dead"
    assert set(re.findall(r"\bwords\.(\w+)", templates)) <= rows
