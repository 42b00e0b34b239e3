"""What was changed at the desk, written into a content folder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from knowledge.amendments import Amendments
from knowledge.loader import BUILT_IN, ContentError, load, read
from knowledge.publishing.checks import check
from knowledge.publishing.export import export

THEME = """# The money of East.
bus-pass: {title: Bus pass, answer: Ring 0161 496 0111., phrases: [a bus pass]}
taxi:
  title: Taxi card   # the label of a button
  answer: >-
    Ask the council.
    Then wait.

  # how people ask
  phrases:
    - a taxi card

last:
  title: Last
  answer: Ask.
  phrases: []
"""


def test_only_what_changed_is_rewritten_and_comments_stay(tmp_path: Path) -> None:
    (tmp_path / "east").mkdir()
    (tmp_path / "east" / "area.yaml").write_text("name: East\nforum: {name: F, phone: '0161 496 0111'}\n")
    (tmp_path / "east" / "money.yaml").write_text(THEME)
    (tmp_path / "numbers.yaml").write_text('"0161 496 0111": a page\n')
    fields: dict[str, Any] = {
        "answer": "Ask: the council.",
        "steps": ["One.", "Two."],
        "may_change": None,
        "checked": None,
    }
    entries: dict[str, Any] = {
        "east/taxi": fields,
        "east/bus-pass": {"title": "Free travel"},
        "east/last": {"phrases": ["no"]},
    }
    changes = Amendments(entries, {"01614960111": "0161 496 0999"}, {"0161 496 0999": "their page"})
    wanted = load(tmp_path, changes)
    assert export(changes, tmp_path) == ["east/area.yaml", "east/money.yaml", "numbers.yaml"]
    text = (tmp_path / "east" / "money.yaml").read_text()
    assert "# The money of East." in text
    assert "# the label of a button" in text
    assert "# how people ask" in text
    assert "checked: null" in text, "a check asks for it"
    assert [replace(one, line=0) for one in load(tmp_path).entries] == [replace(one, line=0) for one in wanted.entries]
    assert load(tmp_path).areas[0].forum == wanted.areas[0].forum
    assert "their page" in (tmp_path / "numbers.yaml").read_text()
    assert export(changes, tmp_path) == []


WRITTEN: dict[str, Any] = {
    "title": "A club", "answer": "Ring 0161 496 0111: they tell you.", "phrases": ["a club for him"], "audience": ["parent"],
    "checked": None, "checked_by": None, "steps": None,
}  # fmt: skip


def test_a_new_entry_stands_at_the_end_of_its_theme_before_it_is_written_into_a_file_and_after(tmp_path: Path) -> None:
    (tmp_path / "east").mkdir()
    (tmp_path / "east" / "area.yaml").write_text("name: East\n")
    (tmp_path / "east" / "money.yaml").write_text(THEME)
    new = {"east/club": "money", "east/a-club": "money", "east/group": "health", "west/club": "money"}
    changes = Amendments(dict.fromkeys(new, WRITTEN), {"01614960111": "0161 496 0999"}, new=new)
    wanted = load(tmp_path, changes)
    slugs = ["group", "bus-pass", "taxi", "last", "a-club", "club"]
    assert [entry.id for entry in wanted.entries] == [f"east/{one}" for one in slugs], "there is no west"
    club = wanted.by_id["east/club"]
    assert (club.theme, club.file, club.area) == ("money", "east/money.yaml", "east")
    assert club.answer == "Ring 0161 496 0999: they tell you."
    assert wanted.digest != load(tmp_path).digest
    assert [fault.entry for fault in read(tmp_path, changes).unknown] == ["west/club"]
    assert export(changes, tmp_path) == ["east/health.yaml", "east/money.yaml"]
    written = (tmp_path / "east" / "money.yaml").read_text()
    assert written.startswith(THEME.replace("0111", "0999").rstrip("\n"))
    assert "checked: null" in written
    assert "steps" not in written
    assert [replace(one, line=0) for one in load(tmp_path).entries] == [replace(one, line=0) for one in wanted.entries]
    assert export(changes, tmp_path) == []
    assert [one.id for one in load(tmp_path, changes).entries] == [one.id for one in wanted.entries], "and not twice"


def test_a_new_entry_that_does_not_load_is_told_of_and_one_that_was_left_out_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "east").mkdir()
    (tmp_path / "east" / "money.yaml").write_text(THEME)
    broken = Amendments({"east/club": {**WRITTEN, "audience": ["nobody"]}}, new={"east/club": "money"})
    with pytest.raises(ContentError) as told:
        load(tmp_path, broken)
    assert [fault.entry for fault in told.value.faults] == ["east/club"]
    assert str(told.value).startswith("written at the desk: east/club, audience: ")
    assert "east/club" not in load(tmp_path, Amendments(new={"east/club": "money"})).by_id


def test_an_entry_written_at_the_desk_is_added_where_no_file_of_its_area_holds_it(tmp_path: Path) -> None:
    (tmp_path / "east").mkdir()
    (tmp_path / "east" / "money.yaml").write_text(THEME)
    changes = Amendments({"east/club": WRITTEN}, new={"east/club": "money"})
    for moved in ("health", "voice"):
        file = tmp_path / "east" / f"{moved}.yaml"
        file.write_text("club: {title: Its own, answer: Ring., phrases: [a club], audience: [parent]}\n")
        (club,) = (one for one in load(tmp_path, changes).entries if one.id == "east/club")
        assert (club.theme, club.title, club.line) == (moved, "A club", 1)
        assert export(changes, tmp_path) == [f"east/{moved}.yaml"]
        assert "club" not in (tmp_path / "east" / "money.yaml").read_text()
        file.unlink()
    alone = load(tmp_path, changes).by_id["east/club"]
    assert (alone.theme, alone.line) == ("money", 0), "it stands in no file"


def test_a_check_says_of_an_entry_that_stands_in_no_file_that_it_was_written_at_the_desk(tmp_path: Path) -> None:
    (tmp_path / "east").mkdir()
    (tmp_path / "east" / "money.yaml").write_text(THEME)
    told = check(tmp_path, None, Amendments({"east/club": WRITTEN}, new={"east/club": "health"})).faults
    mine = [str(fault) for fault in told if fault.entry == "east/club"]
    assert mine
    assert all(one.startswith("written at the desk: east/club, ") for one in mine)


def test_any_field_of_every_shipped_entry_of_an_area_can_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(BUILT_IN / "manchester", folder / "manchester")
    names = ("answer", "phrases", "contacts", "facets", "note")
    entries = {}
    for number, entry in enumerate(one for one in load(folder).entries if one.contacts):
        new: dict[str, Any] = {"answer": "Ask: “them” # now.", "phrases": ["a", "b: c"], "note": "x", "facets": None}
        new["contacts"] = [{"name": "A", "phone": "0161 496 0111"}]
        entries[entry.id] = {names[number % 5]: new[names[number % 5]]}
    changes = Amendments(entries)
    assert len(export(changes, folder)) > 5


def test_a_folder_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no such folder"):
        export(Amendments(details={"1": "2"}), tmp_path / "nowhere")
