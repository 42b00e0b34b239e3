"""Whole talks from YAML: both sides, and what was kept. Every transcript runs through the JSON door over a real file.

A turn has one of `say`, `press`, `other`, `set`, and what must hold of the answer:
`kind`, `entry`, `safety`, `choices` (of the first reply; a list means any of these), `has` and `lacks` (texts in all the replies
together), `buttons` (labels among them), `events` (exactly these), `state` (these fields), `replies` (how many), `silent: true`.
`kept` after the talk: `talks` (rows), `lacks` (texts that stand nowhere in the database files).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.chat_json import Stream
from conversations.guide import Guide
from conversations.keys.talk_key import load_secrets
from conversations.london import LONDON
from conversations.records.store import open_store, truncate_log
from conversations.talks import Talks

FOLDER = Path(__file__).parents[1] / "talks"
START = datetime(2026, 11, 24, 12, 0, tzinfo=LONDON)

TALKS = [
    pytest.param(talk, id=f"{file.stem}: {talk['name']}")
    for file in sorted(FOLDER.glob("*.yaml"))
    for talk in yaml.safe_load(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("talk", TALKS)
def test_a_talk_goes_as_it_should(talk: dict[str, Any], guide: Guide, tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    stream = Stream(Talks(guide, engine, load_secrets(tmp_path / "keys")), talk.get("area"), talk.get("audience"))
    for number, turn in enumerate(talk["turns"], 1):
        answer = stream.line(_line(turn), START)
        assert "error" not in answer, f"turn {number}: {answer['error']}"
        _holds(turn, answer, f"turn {number} ({turn.get('say') or turn.get('press') or turn.get('other')!r})")
    truncate_log(engine)
    engine.dispose()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("kept.sqlite3*"))
    typed = [turn["say"] for turn in talk["turns"] if len(turn.get("say", "")) > 12 and not turn["say"].startswith("/")]
    for words in [*talk.get("kept", {}).get("lacks", []), *([] if talk.get("keeps_words") else typed)]:
        assert words.encode() not in kept, f"{words!r} stands in the database"


def _line(turn: dict[str, Any]) -> str:
    import json

    row: dict[str, Any] = {"talk": turn.get("talk", "a")}
    if "set" in turn:
        row.update(turn["set"])
    for ours, theirs in (
        ("say", "text"),
        ("press", "press"),
        ("other", "other"),
        ("group", "group"),
        ("update", "update"),
    ):
        if ours in turn:
            row[theirs] = turn[ours]
    if "now" in turn:
        row["now"] = str(turn["now"])
    return json.dumps(row)


def _holds(turn: dict[str, Any], answer: dict[str, Any], where: str) -> None:
    replies = answer["replies"]
    text = "\n\n".join(reply["text"] for reply in replies)
    if turn.get("silent"):
        assert not replies, f"{where}: should have no reply, has {text!r}"
        return
    first = replies[0] if replies else {}
    for name in ("kind", "entry", "safety"):
        if name in turn:
            wanted = turn[name] if isinstance(turn[name], list) else [turn[name]]
            assert first.get(name) in wanted, f"{where}: {name} is {first.get(name)!r}, not {turn[name]!r}\n{text}"
    if "choices" in turn:
        offered = [choice["id"] for choice in first["choices"]]
        assert set(turn["choices"]) <= set(offered), f"{where}: offered {offered}"
    for words in turn.get("has", []):
        assert words.lower() in text.lower(), f"{where}: {words!r} is missing in\n{text}"
    for words in turn.get("lacks", []):
        assert words.lower() not in text.lower(), f"{where}: {words!r} stands in\n{text}"
    labels = [button["label"] for reply in replies for button in reply["buttons"]]
    for label in turn.get("buttons", []):
        assert label in labels, f"{where}: no button {label!r} among {labels}"
    if "events" in turn:
        assert answer["events"] == turn["events"], f"{where}: events {answer['events']}"
    if "replies" in turn:
        assert len(replies) == turn["replies"], f"{where}: {len(replies)} replies"
    for name, value in turn.get("state", {}).items():
        assert answer["state"][name] == value, f"{where}: {name} is {answer['state'][name]!r}"
