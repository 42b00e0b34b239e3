"""`signpost check` and `signpost content export` with what was approved at the desk."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from bot.commands.main import main
from knowledge.amendments import Amendments, write_amendments
from knowledge.loader import load
from tests.support.desk_visitor import write_content


def test_what_was_approved_is_checked_and_exported_into_a_new_folder_or_the_files_of_one(tmp_path: Path) -> None:
    write_content(tmp_path / "knowledge")
    data, out = tmp_path / "data", tmp_path / "out"
    write_amendments(Amendments({"east/bus-pass": {"title": "x" * 61}}), data / "content" / "changes.yaml")
    options = ["--knowledge", str(tmp_path / "knowledge"), "--data", str(data)]
    assert "has 61 characters" in CliRunner().invoke(main, ["check", *options]).output
    for _ in range(2):
        done = CliRunner().invoke(main, ["content", "export", str(out), *options])
        assert done.exit_code == 0, done.output
    assert load(out).by_id["east/bus-pass"].title == "x" * 61
    assert "0 files" in done.output
    (data / "content" / "changes.yaml").write_text("entries: [")
    refused = CliRunner().invoke(main, ["content", "export", str(out), *options])
    assert (refused.exit_code, len(refused.output.splitlines())) == (2, 1)
