"""The figures of the desk: one row a theme beside the time before, to take away; words in spreadsheets; subject before file."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.files.tables import xlsx
from bot.web.desk.figures import SHADES
from conversations.forum.figures import figures
from tests.support.desk_visitor import House

CSS = (Path(__file__).parents[3] / "bot" / "web" / "desk" / "static" / "desk.css").read_text(encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Nine comments of the last year on two themes, four of the year before, one in the west."""
    house = House(tmp_path)
    for n in range(6):
        house.give(f"money {n}", days=n * 50, felt=("bad", "good", None)[n % 3], young=n < 2, topic="east/bus-pass")
    for n in range(3):
        house.give(f"health {n}", theme="health", days=100)
        house.give(f"old {n}", theme="health", days=400)
    house.give("older", days=380)
    house.give("of the west", "west", days=5)
    house.give("someone hurts me", state="safeguarding")
    house.count("answer", 40, entry="east/bus-pass")
    house.count("helpful", 2, entry="east/bus-pass")
    house.count("unhelpful", 7, entry="east/bus-pass")
    return house


def test_each_theme_is_a_row_by_size_beside_last_year_and_the_quarter(house: House) -> None:
    found = figures(house.engine, ("east",), house.clock().date())
    rows = {row.name: (row.n, row.before, row.quarter, row.quarter_before, row.young) for row in found.themes}
    assert rows == {"money": (6, 1, 2, 2, 2), "health": (3, 3, 0, 3, 0)}
    assert [row.name for row in found.themes] == ["money", "health"]
    assert found.themes[0].felt == (2, 0, 2, 2)
    assert (found.total.n, found.total.before, found.total.young_share) == (9, 4, 22)
    both = figures(house.engine, ("east", "west"), house.clock().date())
    assert [(row.name, row.n) for row in both.areas] == [("east", 9), ("west", 1)]
    assert both.total.n == 10
    empty = figures(house.engine, ("nowhere",), house.clock().date())
    assert (empty.themes, empty.total.n) == ((), 0)


def test_the_page_leads_from_a_rejected_answer_to_its_entry_and_its_comments(house: House) -> None:
    ann = house.signed_in("ann", areas=("east", "west"))
    page = ann.get("/desk/figures?area=east").text
    assert "More no than yes" in page
    assert 'href="/?area=east&amp;topic=east/bus-pass"' in page
    there = re.search(r'href="(/desk/inbox\?topic=[^"]+)"[^>]*>6 comments', page)
    assert there is not None
    assert "6 comments" in ann.get(there[1].replace("&amp;", "&")).text
    assert "Figures for all my areas" in ann.get("/desk/figures").text
    editor = house.signed_in("ed", ("editor",)).get("/desk/figures").text
    assert "/desk/inbox" not in editor.split("<main")[1], "no link that leads an editor nowhere"


def test_the_page_and_its_links_are_of_the_area_that_was_chosen(house: House) -> None:
    both, one = house.signed_in("both", areas=("east", "west")), house.signed_in("one")
    for page in (both.get("/desk/figures?area=east").text, one.get("/desk/figures").text):
        assert "<h1>Figures for East</h1>" in page
        assert 'href="/desk/inbox?theme=money&amp;area=east"' in page
        assert 'href="/desk/figures/file.csv?area=east"' in page
        assert "Comments by area" not in page


def test_the_table_and_the_picture_can_be_taken_away(house: House) -> None:
    ann = house.signed_in("ann", areas=("east", "west"))
    table = list(csv.reader(io.StringIO(ann.get("/desk/figures/file.csv?area=east").content.decode("utf-8-sig"))))
    assert table[0][:4] == ["Theme", "Last 12 months", "The 12 months before", "Last 3 months"]
    assert table[1][:2] == ["Money, breaks, carers", "6"]
    book = load_workbook(io.BytesIO(ann.get("/desk/figures/file.xlsx").content))
    sheet: Any = book.worksheets[0]
    assert sheet["A2"].value == "Money, breaks, carers"
    assert sheet["B2"].value == 7
    assert "do not pass these figures on" in str(book.worksheets[1]["A1"].value)
    picture = ET.fromstring(ann.get("/desk/figures/file.svg?area=east").content)  # noqa: S314
    texts = [element.text for element in picture.iter() if element.text and element.text.strip()]
    assert {"Money, breaks, carers", "6", "Health, sleep, behaviour", "3"} <= set(texts)
    assert [line.about for line in house.trail() if line.what == "exported"] == [
        "figures as svg", "figures as xlsx", "figures as csv",
    ]  # fmt: skip
    assert ann.get("/desk/figures/file.exe").status_code == 404
    assert house.signed_in("bea").get("/desk/figures/file.csv?area=west").status_code == 404


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_shades_go_from_dark_to_light_and_stand_out_from_their_ground() -> None:
    light = [luminance(shade) for shade in SHADES.values()]
    assert light == sorted(light)
    assert min(later - earlier for earlier, later in zip(light, light[1:], strict=False)) > 0.04
    for shade, name in zip(SHADES.values(), SHADES, strict=True):
        assert f".felt-{name} {{ fill: {shade}; }}" in CSS
        for ground in ("#ffffff", "#f6f5f1"):
            assert (luminance(ground) + 0.05) / (luminance(shade) + 0.05) >= 3, name


def test_an_export_for_excel_has_words_real_days_widths_and_a_filter(house: House) -> None:
    ann = house.signed_in("ann")
    book = load_workbook(io.BytesIO(ann.send("/desk/export", format="xlsx").content))
    sheet: Any = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    row = dict(zip(heads, sheet[2], strict=True))
    assert row["Area"].value == "East"
    assert row["State"].value == "New"
    assert row["Theme"].value == "Money, breaks, carers"
    assert row["About"].value == "Bus pass"
    assert row["How it felt"].value == "Bad"
    assert row["Kind"].value == "What is offered, and how good it is"
    assert row["Came in"].value == datetime(2026, 11, 22)
    assert row["Came in"].is_date
    assert sheet.auto_filter.ref == f"A1:O{sheet.max_row}"
    assert sheet.freeze_panes == "A2"
    assert row["The family's words"].alignment.wrap_text
    widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]]
    assert min(widths) >= 9
    assert max(widths) <= 60


def test_an_empty_sheet_can_be_opened() -> None:
    assert load_workbook(io.BytesIO(xlsx("Empty", ["a", "b"], []))).worksheets[0].max_row == 1


def test_a_comment_has_the_theme_of_its_subject_wherever_its_entry_lies(house: House) -> None:
    entries = house.guide.library.entries
    own = replace(next(entry for entry in entries if entry.id == "east/bus-pass"), id="east/sleep", theme="money")
    assert house.guide.subject_theme(own) == "health", "the national entry of that subject lies under health"
    bus = house.guide.library.by_id["east/bus-pass"]
    assert house.guide.subject_theme(bus) == "money", "a subject of the area alone"
    record, ann = house.give("not about money", theme="money"), house.signed_in("ann")
    ann.send(f"/desk/feedback/{record}", topic="national/sleep")
    assert house.row(record)["theme"] == "health"
    ann.send(f"/desk/feedback/{record}", topic="east/bus-pass", theme="general")
    assert house.row(record)["theme"] == "general", "what somebody chose stays"
