"""How a Reply is drawn for Telegram, and how a press is read back."""

from __future__ import annotations

import pytest

from bot.telegram.html import TEXT_UNITS, Part, draw, pressed, tappable, units
from conversations.turns import Button, ContactBlock, Paragraph, Quote, Reach, Reply, SourceLine, Steps
from tests.support.telegram_markup import read_html


def reply(*blocks: object, **more: object) -> Reply:
    return Reply("answer", blocks, **more)  # type: ignore[arg-type]


def test_what_looks_like_markup_is_shown_as_it_is() -> None:
    drawn = draw(reply(Paragraph('<b>5 < 6 & 7 > 3</b> "x"', strong=True), Quote("<i>my & words</i>")))
    text, entities = read_html(drawn[0].html)
    assert text == '<b>5 < 6 & 7 > 3</b> "x"\n\n<i>my & words</i>'
    assert [entity["type"] for entity in entities] == ["bold", "blockquote"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ring 0161 496 0123.", "Ring 0161 496 0123 (+441614960123)."),
        ("0800 1111", "0800 1111 (+448001111)"),
        ("07700 900123 or 0300 123 4567", "07700 900123 (+447700900123) or 0300 123 4567 (+443001234567)"),
        ("Ring 999, 111, 101, 116 123 or text 85258.", "Ring 999, 111, 101, 116 123 or text 85258."),
        ("+441614960123 and 18001 111", "+441614960123 and 18001 111"),
        ("ages 0 to 25, born 01 02 2014, form 0123", "ages 0 to 25, born 01 02 2014, form 0123"),
    ],
)
def test_a_number_stands_as_families_know_it_and_can_be_tapped(text: str, shown: str) -> None:
    assert tappable(text) == shown


def test_a_number_gets_its_code_once_in_the_text_and_always_under_the_contact() -> None:
    contact = ContactBlock("Town hall", (Reach("phone", "Phone", "0161 496 0123"), Reach("note", "", "A note")))
    text = draw(reply(Paragraph("Ring 0161 496 0123. Or 0161 496 0999, or 0161 496 0999."), contact))[0].html
    assert text.count("+441614960123") == 1
    assert text.index("+441614960123") > text.index("Town hall")
    assert text.count("+441614960999") == 1


def test_a_long_reply_parts_at_a_paragraph_with_the_buttons_under_the_last() -> None:
    paragraphs = tuple(Paragraph(f"{number} " + "word 😀 " * 90) for number in range(20))
    parts = draw(reply(*paragraphs, buttons=((Button("m", "Topics"),),)))
    assert len(parts) > 1
    assert all(units(part.html) <= TEXT_UNITS for part in parts)
    assert all(part.html[0].isdigit() for part in parts)
    assert [part.rows for part in parts[:-1]] == [()] * (len(parts) - 1)
    assert parts[-1].rows == ((Button("m", "Topics"),),)


@pytest.mark.parametrize(
    "block",
    [
        Paragraph("word & <more> " * 900, strong=True),
        Paragraph("x" * 9000),
        Paragraph("😀" * 5000),
        Quote("&" * 3000),
        Steps(("step " * 2000, "second")),
        SourceLine("source " * 900, "https://example.org"),
        ContactBlock("name " * 900, (Reach("note", "", "note " * 900),)),
    ],
)
def test_even_one_paragraph_that_is_too_long_is_whole_and_well_formed(block: object) -> None:
    parts = draw(reply(block))
    assert all(0 < units(part.html) <= TEXT_UNITS for part in parts)
    plain = "".join(read_html(part.html)[0] for part in parts)
    whole = "".join(read_html(part.html)[0] for part in draw(reply(block), most=10**6))
    assert "".join(plain.split()) == "".join(whole.split())


def test_only_the_buttons_of_a_menu_are_marked_and_all_fit() -> None:
    wide = "t:" + "x" * 62
    menu = reply(Paragraph("?"), buttons=((Button("m", "Back"),), (Button(wide, "Wide"),)), moves=True)
    assert draw(menu) == (Part("?", ((Button("~m", "Back"),), (Button(wide, "Wide"),))),)
    assert pressed("~m") == ("m", True)
    assert pressed("m") == ("m", False)


def test_a_reply_without_words_is_no_message() -> None:
    assert draw(reply(Paragraph("  "))) == ()
