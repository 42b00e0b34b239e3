"""People who write to the bot through the loopback Bot API, and the bot's own process, started by its entry point."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.clock import PATIENCE
from tests.support.telegram_server import BOT, Shown, TelegramServer
from tests.support.warm import WarmProcess

ROOT = Path(__file__).parents[2]
OTHERS: dict[str, Any] = {
    "photo": [{"file_id": "f1", "file_unique_id": "u1", "width": 90, "height": 90}],
    "voice": {"file_id": "f2", "file_unique_id": "u2", "duration": 3},
    "sticker": {
        "file_id": "f3", "file_unique_id": "u3", "width": 512, "height": 512, "is_animated": False, "is_video": False,
        "type": "regular",
    },
    "location": {"latitude": 53.48, "longitude": -2.24},
    "document": {"file_id": "f5", "file_unique_id": "u5"},
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One person with one chat; a group where `group` is its id."""

    server: TelegramServer
    id: int
    group: int | None = None

    @property
    def chat(self) -> int:
        return self.group or self.id

    @property
    def user(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": "Sekondina",
            "username": "sekondina_x",
            "language_code": "en",
        }

    def _message(self, **content: Any) -> dict[str, Any]:
        self.server.chats.add(self.chat)
        kind = (
            {"type": "supergroup", "title": "Family"} if self.group else {"type": "private", "first_name": "Sekondina"}
        )
        chat = {"id": self.chat, **kind}
        row = {
            "message_id": self.server.message_id(),
            "date": int(time.time()),
            "chat": chat,
            "from": self.user,
            **content,
        }
        if (text := content.get("text", "")).startswith("/"):
            row["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        return row

    def says(self, text: str) -> int:
        """Write a message; the number of its update."""
        content = self._message(text=text)
        self.server.written[self.chat] = content["message_id"]
        return self.server.give("message", content)

    def says_in(self, text: str, thread: int) -> int:
        """Write a message in a topic of the chat."""
        return self.server.give("message", self._message(text=text, message_thread_id=thread, is_topic_message=True))

    def sends(self, other: str, **more: Any) -> int:
        return self.server.give("message", self._message(**{other: OTHERS[other]}, **more))

    def edits(self, text: str, message: int | None = None) -> int:
        """Edit a message of one's own, by its id; without one, the last that was written."""
        number = message or self.server.written[self.chat]
        content = self._message(text=text, edit_date=int(time.time())) | {"message_id": number}
        return self.server.give("edited_message", content)

    def presses(self, label: str, message: Shown | None = None) -> int:
        """Press a button by its label, on the newest message that has one, or on a message of one's own choice."""
        on = message or next(shown for shown in reversed(self.shown) if label in shown.buttons)
        return self.query(on.buttons[label], self.server.as_message(on))

    def query(self, data: str, message: dict[str, Any] | None) -> int:
        """Send the press of any button, as an old message still can."""
        self.server.chats.add(self.chat)
        with self.server.lock:
            name = f"q{len(self.server.queries) + 1}"
            self.server.queries[name] = 0
        row = {"id": name, "from": self.user, "chat_instance": "1", "data": data}
        return self.server.give("callback_query", row | ({"message": message} if message else {}))

    def inaccessible(self, message_id: int = 3) -> dict[str, Any]:
        """A message that is too old to be read."""
        return {"chat": {"id": self.chat, "type": "private", "first_name": "S"}, "message_id": message_id, "date": 0}

    @property
    def shown(self) -> list[Shown]:
        with self.server.lock:
            return [message for message in self.server.shown if message.chat == self.chat]

    def reads(self, count: int, seconds: float = PATIENCE) -> list[Shown]:
        """Wait until the chat shows so many messages of the bot; all of them."""
        self.server.until(lambda: len(self.shown) >= count, seconds)
        return self.shown


class Signpost:
    """The real process against the loopback server: by its real entry point, or warm, where a test starts many."""

    def __init__(
        self, server: TelegramServer, data: Path, knowledge: Path | None = None, warm: bool = False, **environ: str
    ) -> None:
        self.server, self.data, self.knowledge, self.warm = server, data, knowledge, warm
        self.environ = {
            name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
        } | {"SIGNPOST_TELEGRAM_URL": server.url, "SIGNPOST_TELEGRAM_TOKEN": server.token, **environ}  # fmt: skip
        self.log = data.parent / f"{data.name}.log"
        self.process: subprocess.Popen[bytes] | WarmProcess | None = None

    def start(self, seconds: float = PATIENCE) -> None:
        """Start it, and wait until it asks for updates."""
        options = ["--data", str(self.data), *(["--knowledge", str(self.knowledge)] if self.knowledge else [])]
        before = self.server.calls["getUpdates"]
        process = self.process = self._process("telegram", *options)
        try:
            self.server.until(lambda: self.server.calls["getUpdates"] > before or process.poll() is not None, seconds)
        except AssertionError:
            self.end()
            raise
        assert process.poll() is None, self.log.read_text()

    def _process(self, *arguments: str) -> subprocess.Popen[bytes] | WarmProcess:
        with self.log.open("ab") as log, Path(os.devnull).open() as nothing:
            if self.warm:
                return WarmProcess(arguments, self.environ, (nothing, log, log))
            command = [sys.executable, "-m", "bot", *arguments]
            return subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log)

    def kill(self) -> None:
        """SIGKILL: nothing is finished."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self, seconds: float = PATIENCE) -> int:
        """SIGTERM, and wait for the end; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def end(self) -> None:
        """End what still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


@contextmanager
def talking(
    data: Path, knowledge: Path | None = None, warm: bool = False, **server: Any
) -> Iterator[tuple[TelegramServer, Signpost]]:
    """A server and a started process; both are ended."""
    telegram = TelegramServer(**server)
    signpost = Signpost(telegram, data, knowledge, warm)
    try:
        signpost.start()
        yield telegram, signpost
    finally:
        signpost.end()
        telegram.close()


__all__ = ["BOT", "Person", "Signpost", "talking"]
