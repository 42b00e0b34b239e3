"""Content folders: what loads, and what is said of what does not."""

from pathlib import Path

import pytest

from knowledge.loader import BUILT_IN, ContentError, load, read
from knowledge.publishing.checks import check
from knowledge.publishing.review_pages import review_page

GOOD = "  title: A title\n  answer: An answer.\n  phrases: []\n"


def faults(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        load(folder)
    return [str(fault) for fault in caught.value.faults]


def test_the_smallest_folder_loads(tiny: Path) -> None:
    library = load(tiny)
    assert [entry.id for entry in library.entries] == ["demo/bus-pass"]
    assert library.areas[0].name == "Demo"
    assert library.safety is not None, "the built-in safety cards serve"


def test_all_faults_are_told_at_once_with_file_line_entry_and_field(tiny: Path) -> None:
    (tiny / "demo" / "bad.yaml").write_text(
        "one:\n  title: x\n  answer: y\n  phrases: text\ntwo:\n  title: [a]\n  answer: y\n"
    )
    found = faults(tiny)
    assert any(row.startswith("demo/bad.yaml:4: demo/one, phrases:") for row in found)
    assert any(row.startswith("demo/bad.yaml:6: demo/two, title:") for row in found)
    assert any("demo/two, phrases: is missing" in row for row in found)


def test_broken_yaml_names_its_line(tiny: Path) -> None:
    (tiny / "demo" / "bad.yaml").write_text("one:\n  title: 'x\n")
    assert any("demo/bad.yaml:" in row and "not valid YAML" in row for row in faults(tiny))


def test_text_that_is_not_utf8_names_its_line(tiny: Path) -> None:
    (tiny / "demo" / "bad.yaml").write_bytes(b"one:\n  title: caf\xe9\n")
    assert any("bad.yaml:2" in row and "UTF-8" in row for row in faults(tiny))


def test_phone_numbers_and_the_word_no_stay_text(tiny: Path) -> None:
    (tiny / "demo" / "more.yaml").write_text(
        "no:\n  title: no\n  answer: 0161\n  phrases: [no, 0161, 1e3]\n  contacts: [{name: X, phone: 0161}]\n"
    )
    entry = load(tiny).by_id["demo/no"]
    assert (entry.title, entry.answer, entry.phrases, entry.contacts[0].phone) == (
        "no",
        "0161",
        ("no", "0161", "1e3"),
        "0161",
    )


def test_an_entry_that_stands_twice_is_a_fault(tiny: Path) -> None:
    (tiny / "demo" / "again.yaml").write_text("bus-pass:\n" + GOOD)
    assert any("stands twice" in row for row in faults(tiny))


def test_an_invented_date_is_refused(tiny: Path) -> None:
    (tiny / "demo" / "more.yaml").write_text(
        "a:\n" + GOOD + "  sources: [{title: T, seen: last summer}]\n  checked: soon\n"
    )
    found = faults(tiny)
    assert any("seen: should be" in row for row in found)
    assert any("checked: should be a date" in row for row in found)


def test_a_misspelt_field_is_told_by_the_check_and_does_not_stop_the_bot(tiny: Path) -> None:
    (tiny / "demo" / "more.yaml").write_text("a:\n" + GOOD + "  phrses: [x]\n")
    assert [fault.field for fault in read(tiny).unknown] == ["phrses"]


def test_a_folder_without_entries_is_an_error(tmp_path: Path) -> None:
    assert "no entries found" in faults(tmp_path)[0]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert "no such folder" in faults(tmp_path / "gone")[0]


def test_the_digest_changes_with_the_content(tiny: Path) -> None:
    before = load(tiny).digest
    (tiny / "demo" / "more.yaml").write_text("a:\n" + GOOD)
    assert load(tiny).digest != before


def test_the_page_of_what_to_confirm_is_the_one_that_the_command_makes() -> None:
    page = BUILT_IN / "REVIEW.md"
    assert page.read_text(encoding="utf-8").rstrip() == review_page(load()).rstrip(), "run ./run check --review > it"


def test_the_built_in_content_is_fit_to_publish() -> None:
    assert not check().faults
