"""A family's talk for the feedback tests: the JSON door over a real SQLite file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from bot.chat_json import Stream
from conversations.guide import Guide
from conversations.keys.talk_key import Secrets, load_secrets
from conversations.london import LONDON
from conversations.records.store import open_store, truncate_log
from conversations.talks import Talks

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=LONDON)
WORDS = "The Zephyrine play scheme is full by Easter every year and nobody tells us"
UNUSUAL = "Zephyrine"


@dataclass
class Family:
    """One or more talks, with the file in which they are kept."""

    folder: Path
    engine: Engine
    secrets: Secrets
    stream: Stream
    now: datetime = NOON
    numbers: dict[str, int] = field(default_factory=dict)

    def line(self, talk: str = "a", **row: Any) -> dict[str, Any]:
        answer = self.stream.line(json.dumps({"talk": talk, **row}), self.now)
        assert "error" not in answer, answer
        return answer

    def say(self, text: str, talk: str = "a", **row: Any) -> dict[str, Any]:
        return self.line(talk, text=text, **row)

    def press(self, label: str, talk: str = "a", **row: Any) -> dict[str, Any]:
        return self.line(talk, press=label, **row)

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def bytes(self) -> bytes:
        """Everything that stands in the database files, its log among them."""
        return b"".join(file.read_bytes() for file in self.folder.glob("kept.sqlite3*"))

    def stands(self, word: str = UNUSUAL) -> bool:
        """Whether a word can be read in the database files, in any case."""
        return word.lower().encode() in self.bytes().lower()

    def rows(self, table: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.exec_driver_sql(f"select * from {table}").mappings())

    def folded(self) -> None:
        truncate_log(self.engine)

    def leave(self, words: str = WORDS, talk: str = "a", area: str = "wirral") -> str:
        """Leave feedback to the end, and give the receipt code."""
        self.line(talk, area=area)
        self.say("/feedback", talk)
        self.say(words, talk)
        return code_in(self.press("Yes", talk))


def family(guide: Guide, folder: Path) -> Family:
    engine = open_store(f"sqlite:///{folder / 'kept.sqlite3'}")
    secrets = load_secrets(folder / "keys")
    return Family(folder, engine, secrets, Stream(Talks(guide, engine, secrets)))


def text(answer: dict[str, Any]) -> str:
    return "\n\n".join(reply["text"] for reply in answer["replies"])


def labels(answer: dict[str, Any]) -> list[str]:
    return [button["label"] for reply in answer["replies"] for button in reply["buttons"]]


def kinds(answer: dict[str, Any]) -> list[str]:
    return [reply["kind"] for reply in answer["replies"]]


def button(answer: dict[str, Any], label: str) -> str:
    return str(next(one["id"] for reply in answer["replies"] for one in reply["buttons"] if one["label"] == label))


def code_in(answer: dict[str, Any]) -> str:
    assert kinds(answer)[0] == "feedback_saved", text(answer)
    return str(answer["replies"][0]["text"].split("\n\n")[1])
