"""How the tests of a run go to its workers."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TOGETHER = (
    "doors/commands/test_contract.py",
    "doors/telegram/test_content.py",
    "doors/telegram/test_talks.py",
    "doors/web/test_browser.py",
)
"""Files whose tests share something that takes long to make: one worker takes all of a file. pytest-xdist has groups for
this, but they do nothing with pytest 9.2."""


class TestByTest(LoadScopeScheduling):
    """Each test, or each file of TOGETHER, goes to whoever is free, in the order in which the tests were collected."""

    __test__ = False

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file.endswith(TOGETHER) else nodeid
