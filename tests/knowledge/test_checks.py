"""What keeps a content folder from being published is told with its place, in words for an editor."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.publishing.checks import check
from knowledge.publishing.contact_register import FILE

AREA = """\
name: Bury
council: Bury Council
postcode_districts: [BL8, BL9]
places: [Ramsbottom]
local_offer: {name: Bury Local Offer, url: https://example.org/offer}
sendiass: {name: Bury SENDIASS, url: https://example.org/sendiass}
forum: {name: Bury forum, url: https://example.org/forum}
social_care:
  - {name: Bury children's social care, phone: 0161 496 0000}
crisis: {name: NHS 111, phone: "111"}
"""
ENTRY = """\
toy-library:
  title: Toy library
  audience: [parent]
  answer: You can borrow toys from the library. Ask there for a card.
  easy_read: [You can borrow toys. Ask at the library.]
  phrases: [borrow toys, toy library]
  sources: [{title: The library's page, seen: null}]
  written: 2026-11-01
  checked: null
  checked_by: null
  review_every: 6 months
  owner: forum
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one area and one entry, in which nothing is wrong."""
    (tmp_path / "bury").mkdir()
    (tmp_path / "bury" / "area.yaml").write_text(AREA, encoding="utf-8")
    (tmp_path / "bury" / "voice.yaml").write_text(ENTRY, encoding="utf-8")
    (tmp_path / "elsewhere.yaml").write_text("names: [Bolton]\n", encoding="utf-8")
    return tmp_path


def told(folder: Path) -> str:
    return "\n".join(str(fault) for fault in check(folder, date(2026, 12, 1)).faults)


def changed(folder: Path, name: str, before: str, after: str) -> Path:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
    return folder


def test_a_sound_folder_has_no_faults(folder: Path) -> None:
    assert told(folder) == ""


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('crisis: {name: NHS 111, phone: "111"}\n', "", "crisis: is missing"),
        (
            "social_care:\n  - {name: Bury children's social care, phone: 0161 496 0000}\n",
            "",
            "safety cards would lack it",
        ),
        ("places: [Ramsbottom]", "places: [Bolton]", "take it out"),
        (", url: https://example.org/offer", "", "has no way to reach it"),
    ],
)
def test_an_area_that_families_could_not_rely_on_is_told(folder: Path, before: str, after: str, problem: str) -> None:
    assert problem in told(changed(folder, "bury/area.yaml", before, after))


def test_a_postcode_district_in_two_areas_is_told(folder: Path) -> None:
    (folder / "bolton").mkdir()
    text = AREA.replace("Bury", "Bolton").replace("[BL8, BL9]", "[bl9]").replace("Ramsbottom", "Farnworth")
    (folder / "bolton" / "area.yaml").write_text(text, encoding="utf-8")
    (folder / "bolton" / "voice.yaml").write_text(ENTRY.replace("toy-library", "toys"), encoding="utf-8")
    assert "stands in bolton too" in told(folder)


def test_a_team_that_an_area_lacks_is_told(folder: Path) -> None:
    changed(folder, "bury/voice.yaml", "  owner: forum", "  owner: forum\n  team: ehc-plans")
    assert "teams: 'ehc-plans' is missing" in told(folder)
    changed(folder, "bury/area.yaml", "crisis:", "teams: {ehc-plans: bury/toy-library}\ncrisis:")
    assert "'bury/toy-library' is no entry of this area that has contacts" in told(folder)


def test_a_term_that_is_the_name_of_a_place_is_told(folder: Path) -> None:
    (folder / "glossary.yaml").write_text("BURY:\n  full: Be Useful, Respect Yourself\n  means: Four ideas.\n", "utf-8")
    assert "is the name of a place" in told(folder)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("Ask there for a card.", "You should sue the library.", "advice on law or medicine"),
        ("Ask there for a card.", "It is your right.", "without its section"),
        ("Ask there for a card.", "Ring 0161 496 0001.", "is not in numbers.yaml"),
        ("Ask at the library.", "Ask at the library or at the desk in the hall or at school or at home.", "at most 12"),
        ("You can borrow toys from the library.", "word " * 91 + ".", "at most 55"),
        (
            "You can borrow toys from the library.",
            "Notwithstanding considerable institutional responsibilities, administrative organisations occasionally demonstrate "
            "extraordinary intransigence regarding accommodation.",
            "reads at grade",
        ),
        ("  owner: forum\n", "", "owner: is missing"),
        ("owner: forum", "owner: forum\n  see_also: [bury/nothing]", "there is no entry"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_told(folder: Path, before: str, after: str, problem: str) -> None:
    (folder / FILE).write_text("{}\n", encoding="utf-8")
    assert problem in told(changed(folder, "bury/voice.yaml", before, after))
