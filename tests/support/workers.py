"""How the tests of a run go to its workers."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TOGETHER = (
    "doors/web/test_browser.py",
    "doors/web/test_chat_browser.py",
    "doors/commands/test_contract.py",
    "doors/web/test_serving.py",
    "conversations/test_writing_at_once.py",
    "doors/telegram/test_content.py",
    "doors/telegram/test_talks.py",
    "doors/test_report_files.py",
)
"""Files whose tests share something that takes long to make, the longest first: one worker takes all of a file. pytest-xdist has
groups for this, but they do nothing with pytest 9.2."""


def place(nodeid: str) -> int:
    """The place of a test's file among those of TOGETHER; behind them all for any other."""
    file = nodeid.partition("::")[0]
    return next((at for at, name in enumerate(TOGETHER) if file.endswith(name)), len(TOGETHER))


class TestByTest(LoadScopeScheduling):
    """Each test, or each file of TOGETHER, goes to whoever is free, in the order in which the tests were collected."""

    __test__ = False

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] if place(nodeid) < len(TOGETHER) else nodeid
