"""Shared by the tests: the built-in guide, made once, and figures that every run prints."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from conversations.guide import Guide
from conversations.wording import load_wording
from knowledge.loader import load
from knowledge.matching.matcher import Matcher
from tests.support.clock import NOON
from tests.support.figures import NOTES


@pytest.fixture(scope="session")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    """The built-in content, with its index cached once for all workers of a run."""
    library = load()
    shared = tmp_path_factory.getbasetemp().parent / "index"
    shared.mkdir(exist_ok=True)
    return Guide(library, Matcher(library, cache=shared), load_wording())


@pytest.fixture
def now() -> datetime:
    """A moment in office hours."""
    return NOON


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The smallest folder that must load."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "area.yaml").write_text("name: Demo\n")
    (tmp_path / "demo" / "anything.yaml").write_text(
        "bus-pass:\n  title: Bus pass\n  answer: Ask at the town hall.\n"
        "  phrases: [how do i get a bus pass, free bus travel]\n"
    )
    return tmp_path


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Carry the figures that a test noted over to the process that prints them."""
    if call.when == "call" and NOTES:
        item.user_properties.extend(("figure", text) for text in NOTES)
        NOTES.clear()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the figures of this run."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    found = sorted(
        {text for report in reports for name, text in getattr(report, "user_properties", []) if name == "figure"}
    )
    if found:
        terminalreporter.section("figures")
        for text in found:
            terminalreporter.write_line(text)
