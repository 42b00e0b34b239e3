"""Shared by the tests: the built-in guide, what is asked of it once a run, the order of the tests, and the figures."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from conversations.guide import Guide
from conversations.records import store
from conversations.wording import load_wording
from knowledge.loader import load
from knowledge.matching.matcher import Matcher
from tests.support.clock import NOON
from tests.support.figures import NOTES
from tests.support.questions import Answers
from tests.support.sharing import Shared
from tests.support.small_folder import make_tiny
from tests.support.stores import from_copies, migrated
from tests.support.workers import TOGETHER, TestByTest, place


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """What the workers of this run share; the folder above a worker's own is the run's."""
    own = tmp_path_factory.getbasetemp()
    return Shared((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared")


@pytest.fixture(scope="session")
def index(shared: Shared) -> Path:
    """The folder with the index of the built-in content, once `guide` is made."""
    return shared.folder / "index"


@pytest.fixture(scope="session")
def guide(shared: Shared, index: Path) -> Guide:
    """The built-in content; its index is built by one worker while another that needs it waits."""
    library = load()
    with shared.alone("index"):
        index.mkdir(exist_ok=True)
        return Guide(library, Matcher(library, cache=index), load_wording())


@pytest.fixture(scope="session")
def answers(shared: Shared, guide: Guide) -> Answers:
    """Test questions put to the built-in guide, each of them once a run."""
    return Answers(shared, guide, NOON)


@pytest.fixture(scope="session")
def migrated_once(shared: Shared) -> Path:
    """A database that has been migrated, once a run."""
    with shared.alone("migrated"):
        return migrated(shared.folder)


@pytest.fixture(autouse=True)
def new_databases(migrated_once: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They begin as copies of one that has been migrated. Files about migrations have a fixture of this name that does nothing."""
    monkeypatch.setattr(store, "_bring_up_to_date", from_copies(migrated_once))


@pytest.fixture
def now() -> datetime:
    """A moment in office hours."""
    return NOON


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The smallest folder that must load."""
    return make_tiny(tmp_path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as there are cores: many tests wait for a browser, a database or a clock."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Test by test, so that nobody waits for a worker that has still many."""
    return TestByTest(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests first, so that the workers end together: whole files, then those that need not wait for the guide's index."""
    slow = {item.nodeid.partition("::")[0] for item in items if item.get_closest_marker("slow") is not None}

    def order(item: pytest.Item) -> tuple[bool, int, bool]:
        file, at = item.nodeid.partition("::")[0], place(item.nodeid)
        if at < len(TOGETHER):
            return file not in slow, at, False
        return item.get_closest_marker("slow") is None, at, "guide" in _fixtures(item)

    items.sort(key=order)


def _fixtures(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


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
