"""The units of systemd and the container: what they start is there, and no data, key or token reaches a builder (O4)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.commands.main import main

ROOT = Path(__file__).parents[2]
UNITS = [ROOT / "signpost.service", *sorted((ROOT / "docs" / "systemd").glob("*.service"))]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_is_there_waits_for_the_clock_and_is_watched(unit: Path) -> None:
    text = unit.read_text()
    command = re.search(r"^ExecStart=\S+ -m bot (\w+)$", text, re.MULTILINE)
    assert command is not None
    assert command[1] in main.commands
    assert "After=network-online.target time-sync.target" in text
    assert re.search(r"^WatchdogSec=\d+$", text, re.MULTILINE)
    assert "RestartPreventExitStatus" not in text
    assert ("LoadCredential=telegram_token" in text) == (command[1] != "serve")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_line_of_a_unit(unit: Path) -> None:
    told = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    lines = [line for line in told.stderr.splitlines() if unit.name in line and "not executable" not in line]
    assert lines == []


def test_the_builder_gets_what_the_image_copies_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert let_in == {name for names in copied for name in names.split()}
    for kept_out in ("**/*.key", "**/*.sqlite3*", "**/data"):
        assert lines.index(kept_out) > max(lines.index(f"!{name}") for name in let_in)


def test_the_image_is_pinned_to_a_version_and_says_how_it_is() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert all(
        re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", image)
        for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    )
    assert re.search(r"^HEALTHCHECK .*(?:\\\n.*)?/readyz", text, re.MULTILINE)


def test_compose_starts_bot_and_desk_behind_a_proxy_of_this_machine() -> None:
    (service,) = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].values()
    assert service["command"][0] == "run"
    assert service["ports"] == ["127.0.0.1:8000:8000"]
    assert service["read_only"] is True
    assert "/data" in service["volumes"][0]
