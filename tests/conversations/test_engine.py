"""The order of `step`: danger before anything else is read."""

from __future__ import annotations

from datetime import datetime

import pytest

from conversations.engine import step
from conversations.guide import Guide
from conversations.turns import Message, State
from knowledge.text.said import Said


def test_a_fault_in_reading_a_message_does_not_stand_before_the_card(
    guide: Guide, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Said:
        raise RuntimeError("a fault")

    monkeypatch.setattr(Said, "read", broken)
    assert step(State(), Message(text="i want to kill myself"), guide, now).replies[0].kind == "crisis"


def test_no_text_is_remembered_once_it_is_matched(guide: Guide) -> None:
    guide.matcher.match("my son zebedee cannot sleep and the school rings every day")
    assert guide.matcher.scorer._remembered.cache_info().currsize == 0
