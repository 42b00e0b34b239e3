"""What was changed at the desk, written into a content folder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from knowledge.amendments import Amendments
from knowledge.loader import BUILT_IN, load
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
    fields: dict[str, Any] = {"answer": "Ask: the council.", "steps": ["One.", "Two."], "may_change": None}
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
    assert [replace(one, line=0) for one in load(tmp_path).entries] == [replace(one, line=0) for one in wanted.entries]
    assert load(tmp_path).areas[0].forum == wanted.areas[0].forum
    assert "their page" in (tmp_path / "numbers.yaml").read_text()
    assert export(changes, tmp_path) == []


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
