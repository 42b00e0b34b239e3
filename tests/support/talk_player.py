"""Plays whole talks through the JSON door and tells, turn by turn, what a person would have expected and did not get.

The form of a talk is that of `../shared/real/talks.yaml`: each turn has `user`, `kind` of move, and expectations.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.chat_json import Stream
from conversations.engine import step
from conversations.guide import Guide
from conversations.keys.talk_key import load_secrets
from conversations.records.store import open_store
from conversations.talks import Talks
from conversations.turns import Message, State
from knowledge.yaml_loaders import VALUES
from tests.support.questions import Asked, with_own

Row = dict[str, Any]
OPENING = "opening"
BEFORE = ("national/blue-badge", "national/sleep")
"""The topic in hand when a question is asked second."""


@dataclass(frozen=True)
class Played:
    """One turn as it went."""

    talk: str
    kind: str
    said: str = field(repr=False)
    missed: tuple[str, ...]
    """What was expected and did not come; empty for a turn that passed."""
    reply: str
    """The kind of the first reply."""
    text: str = field(repr=False)

    @property
    def passed(self) -> bool:
        return not self.missed


def talks_of(file: Path) -> list[Row]:
    """The talks of a file."""
    rows: list[Row] = yaml.load(file.read_text(encoding="utf-8"), Loader=VALUES)
    return rows


def play(talk: Row, guide: Guide, now: datetime, folder: Path) -> list[Played]:
    """Every turn of one talk, over a database of its own in `folder`."""
    engine = open_store(f"sqlite:///{folder / talk['id']}.sqlite3")
    stream = Stream(Talks(guide, engine, load_secrets(folder / "keys")), talk.get("area"), talk.get("audience"))
    try:
        turns = [
            {**turn, "expect_entry": list(with_own(turn.get("expect_entry", ()), guide))} for turn in talk["turns"]
        ]
        return _played({**talk, "turns": turns}, stream, now)
    finally:
        engine.dispose()


def _played(talk: Row, stream: Stream, now: datetime) -> list[Played]:
    offered: dict[int, list[str]] = {}
    newest: list[str] = []
    before, played = "", []
    for number, turn in enumerate(talk["turns"], 1):
        way = "press" if turn.get("button") else "text"
        answer = stream.line(json.dumps({"talk": "t", way: turn["user"]}), now)
        if "error" in answer and turn.get("or_button"):
            answer = stream.line(json.dumps({"talk": "t", "press": turn["or_button"]}), now)
        if "error" in answer:
            if turn.get("optional"):
                continue
            played.append(Played(talk["id"], turn["kind"], turn["user"], (answer["error"],), "error", ""))
            continue
        replies = answer["replies"]
        text = "\n\n".join(reply["text"] for reply in replies)
        wanted = newest if "choice_of" not in turn else offered.get(turn["choice_of"], [])
        missed = tuple(_missed(turn, replies, text, wanted, before))
        shown = [choice["id"] for reply in replies for choice in reply["choices"]]
        if shown:
            offered[number] = newest = shown
        played.append(
            Played(talk["id"], turn["kind"], turn["user"], missed, replies[0]["kind"] if replies else "", text)
        )
        before = text
    return played


def _missed(turn: Row, replies: list[Row], text: str, offered: list[str], before: str) -> Iterable[str]:
    """What a turn expected in vain."""
    if not replies:
        yield "no reply"
        return
    lower, first = text.lower(), replies[0]
    kinds = {turn["expect_kind"], *turn.get("accept_kind", []), *turn.get("also", [])}
    entries = [reply["entry"] for reply in replies if reply["entry"]]
    wanted = turn.get("expect_entry", [])
    led = [choice["id"] for choice in first["choices"]][:1]
    leads = bool(turn.get("choices_lead_ok") and led and led[0] in wanted)
    if not any(reply["kind"] in kinds for reply in replies) and not leads:
        yield f"kind {first['kind']}, not {'/'.join(sorted(kinds))}"
    held = {*entries, *(choice["id"] for choice in first["choices"] if "choices" in kinds)}
    soft = first["kind"] in kinds and first["kind"] not in ("answer", "choices")
    if wanted and not held & set(wanted) and not leads and not soft:
        yield f"entry {entries or led}, not {wanted}"
    if (index := turn.get("choice_index")) is not None:
        chosen = (
            offered[index - 1]
            if len(offered) >= index
            else (offered[-1] if turn.get("entry_last") and offered else None)
        )
        if chosen is None or chosen not in entries:
            yield f"entry {entries}, not choice {index} of {offered}"
    yield from (f"lacks {words!r}" for words in turn.get("must_contain", []) if words.lower() not in lower)
    any_of = turn.get("must_contain_any", [])
    if any_of and not leads and not any(words.lower() in lower for words in any_of):
        yield f"lacks any of {any_of}"
    yield from (f"has {words!r}" for words in turn.get("must_not_contain", []) if words.lower() in lower)
    if turn.get("shorter") and len(text.split()) >= len(before.split()):
        yield "not shorter"
    if turn.get("not_same") and text == before:
        yield "the same again"


def shares(played: Iterable[Played]) -> dict[str, tuple[int, int]]:
    """Passed and all, by kind of move; `follow-ups` is all but openings."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for turn in played:
        for name in (turn.kind, *(() if turn.kind == OPENING else ("follow-ups",))):
            counts[name][0] += turn.passed
            counts[name][1] += 1
    return {name: (passed, asked) for name, (passed, asked) in counts.items()}


def ask_second(row: Row, first: Asked, guide: Guide, now: datetime) -> tuple[str, str | None] | None:
    """The entries that a test question shows when asked first, and after another topic; None where it is not answered."""
    if first.kind != "answer" or first.entry is None:
        return None
    before = BEFORE[0] if first.entry != BEFORE[0] else BEFORE[1]
    state = State(area=row.get("area"), audience=row.get("audience"), topics=(before,))
    second = step(state, Message(text=row["ask"]), guide, now).replies[0]
    return first.entry, second.entry
