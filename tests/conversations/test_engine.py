"""The order of `step`: danger before anything else is read; and every button that is drawn does something."""

from __future__ import annotations

import ast
from datetime import datetime
from pathlib import Path

import pytest

from conversations.engine import step
from conversations.feedback import flow
from conversations.guide import Guide
from conversations.steps import buttons
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


def test_every_button_in_the_code_has_somebody_who_hears_it() -> None:
    verbs: dict[str, str] = {}
    for file in (Path(__file__).parents[2] / "conversations").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Button" and node.args:
                name = node.args[0]
                first = name.values[0] if isinstance(name, ast.JoinedStr) else name
                if isinstance(first, ast.Constant):
                    verbs[str(first.value).partition(":")[0]] = f"{file.name}:{node.lineno}"
    assert len(verbs) > 10
    assert not {verb: where for verb, where in verbs.items() if verb not in {*buttons.VERBS, *flow.VERBS}}
