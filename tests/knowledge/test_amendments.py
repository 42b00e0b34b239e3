"""What was changed at the desk, laid over the content as it was shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.amendments import NONE, Amendments, AmendmentsError, read_amendments, write_amendments
from knowledge.loader import ContentError, load, read
from knowledge.publishing.checks import check

OLD, NEW = "0161 496 0111", "0161 496 0999"
FILES = {
    "east/area.yaml": f"name: East\nsocial_care: [{{name: Social care, phone: '{OLD}'}}]\n",
    "east/money.yaml": f"bus-pass: {{title: Bus pass, answer: Ring {OLD}., phrases: [a bus pass], steps: [Ring.]}}\n",
    "safety.yaml": f"cards: [{{kind: general, first: Ring 999., lines: [Ring {OLD} too.], warm: Well done., contacts: [{{name: A, phone: '{OLD}'}}]}}]\nline: A line.\nhonest: No person.\nbutton: Numbers\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_only_the_fields_that_were_changed_take_the_place_of_the_shipped_ones(folder: Path) -> None:
    fields = {"title": "Free travel", "phrases": ["0161", "no: yes", "null"], "steps": None}
    changed = load(folder, Amendments({"east/bus-pass": fields})).by_id["east/bus-pass"]
    assert (changed.title, changed.phrases, changed.steps) == ("Free travel", ("0161", "no: yes", "null"), ())
    assert changed.answer == f"Ring {OLD}."
    assert changed.theme == "money"


def test_a_dead_number_is_replaced_in_texts_contacts_areas_and_cards_however_it_is_written(folder: Path) -> None:
    library = load(folder, Amendments({"east/bus-pass": {"answer": "Ring 01614960111."}}, {"01614960111": NEW}))
    assert library.by_id["east/bus-pass"].answer == f"Ring {NEW}."
    assert library.areas[0].social_care[0].phone == NEW
    assert library.safety is not None
    assert library.safety.cards[0].contacts[0].phone == NEW
    assert NEW in library.safety.cards[0].lines[0]


def test_a_number_within_a_longer_one_or_a_link_within_a_longer_link_stays(folder: Path) -> None:
    fields = {"answer": "Ring 0161 496 01112 or see https://a.example/x and https://a.example/x/y."}
    details = {"01614960111": NEW, "a.example/x": "https://b.example/z"}
    answer = load(folder, Amendments({"east/bus-pass": fields}, details)).by_id["east/bus-pass"].answer
    assert answer == "Ring 0161 496 01112 or see https://b.example/z and https://a.example/x/y."


def test_a_change_makes_another_digest_and_none_makes_none(folder: Path) -> None:
    plain = load(folder).digest
    assert load(folder, NONE).digest == plain
    assert load(folder, Amendments(details={"01614960111": NEW})).digest != plain


def test_a_change_of_an_entry_that_was_taken_away_is_told_and_passed_over(folder: Path) -> None:
    gone = Amendments({"east/gone": {"title": "Gone"}})
    (fault,) = read(folder, gone).unknown
    assert fault.entry == "east/gone"
    assert "east/gone" in {one.entry for one in check(folder, None, gone).faults}


def test_a_change_that_does_not_load_names_the_entry_and_the_field(folder: Path) -> None:
    with pytest.raises(ContentError) as caught:
        load(folder, Amendments({"east/bus-pass": {"contacts": [{"phone": NEW}]}}))
    (fault,) = caught.value.faults
    assert (fault.entry, fault.field, fault.file) == ("east/bus-pass", "contacts", "east/money.yaml")


def test_the_file_brings_back_what_was_written_and_damage_is_named(tmp_path: Path) -> None:
    file = tmp_path / "content" / "changes.yaml"
    assert read_amendments(file) == NONE
    written = Amendments(
        {"east/a": {"ages": [1, 2], "cost": None}}, {"0161": NEW}, {NEW: "a page"}, {"east/a": "money"}
    )
    write_amendments(written, file)
    assert read_amendments(file) == written
    assert file.stat().st_mode & 0o077 == 0
    for damage in ("[1]", "entries: [", "entries: 3"):
        file.write_text(damage)
        with pytest.raises(AmendmentsError, match=r"changes\.yaml"):
            read_amendments(file)
