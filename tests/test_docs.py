"""The documents lead somewhere: links, paths and commands that they name are there, and the talk in the README is a real one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conversations.guide import Guide
from tests.support.warm import run_warm

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md"])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#([\w-]+))?\)")
PATH = re.compile(r"`((?:bot|conversations|knowledge|tests|benchmarks|docs)/[\w./-]+)`")
TALK = ROOT / "docs" / "pictures" / "talk.txt"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_path_of_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in LINK.findall(text):
        if "://" in target:
            continue
        file = page.parent / target
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}, f"#{anchor}"
    for path in PATH.findall(text):
        assert (ROOT / path).exists() or "<" in path, f"{page.name} names {path}"


def test_every_command_that_a_page_names_is_there() -> None:
    told = subprocess.run([sys.executable, "-m", "bot", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    known = {*re.findall(r"^  ([a-z]+) ", told.stdout, re.MULTILINE), "test", "lint", "train", "bench", "help", "NAME"}
    for page in PAGES:
        for name in re.findall(r"\./run ([A-Za-z]+)", page.read_text(encoding="utf-8")):
            assert name in known, f"{page.name}: ./run {name}"


def test_the_talk_of_the_picture_is_the_programs_own(tmp_path: Path, guide: Guide, index: Path) -> None:
    shown = TALK.read_text(encoding="utf-8")
    typed = re.findall(r"^> (.+)$", shown, re.MULTILINE)
    assert len(typed) >= 2
    (data := tmp_path / "data").mkdir(mode=0o700)
    (data / "cache").symlink_to(index)  # where it lies since the guide was made
    call = ["chat", "--area", "wirral", "--audience", "parent", "--data", str(data), "--now", "2026-11-24T10:40+00:00"]
    told = run_warm(call, os.environ, "\n".join(typed) + "\n")
    said = " ".join(told.stdout.split())
    for part in re.split(r"^> .+$", shown, flags=re.MULTILINE)[1:]:
        assert " ".join(part.split()).rstrip("> ") in said
