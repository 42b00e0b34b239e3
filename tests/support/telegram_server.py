"""A strict Bot API on the loopback: it refuses what Telegram refuses, and fails as Telegram fails when a test asks it to."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.clock import PATIENCE
from tests.support.telegram_markup import MarkupError, check_keyboard, read_html

TOKEN = "7000001:AA-loopback_token_of_the_tests"
BOT = {"id": 7000001, "is_bot": True, "first_name": "Signpost", "username": "signpost_test_bot"}
FIRST_UPDATE = 700_000_001
SENDS = ("sendMessage", "editMessageText")
KNOWN = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "max_connections", "allowed_updates", "drop_pending_updates", "secret_token"},
    "deleteWebhook": {"drop_pending_updates"},
    "getWebhookInfo": set(),
    "setMyCommands": {"commands", "scope", "language_code"},
    "setMyDescription": {"description", "language_code"},
    "setMyShortDescription": {"short_description", "language_code"},
    "sendMessage": {"chat_id", "text", "parse_mode", "reply_markup", "link_preview_options", "message_thread_id"},
    "editMessageText": {"chat_id", "message_id", "text", "parse_mode", "reply_markup", "link_preview_options"},
    "answerCallbackQuery": {"callback_query_id"},
}
Fault = Callable[[str, int], str | None]
"""Method and chat (0 where there is none) -> "400", "401", "404", "502", "429", "cut before", "cut after", "slow", "hold" (until `release`), or None."""


class Refused(Exception):
    """What the real service would refuse."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.retry_after = code, description, retry_after


class Cut(Exception):
    """The connection breaks."""


@dataclass
class Shown:
    """A message of the bot as a chat shows it."""

    id: int
    chat: int
    text: str
    entities: list[dict[str, Any]]
    rows: list[list[dict[str, str]]]
    preview: bool
    at: float
    edits: int = 0

    @property
    def buttons(self) -> dict[str, str]:
        return {button["text"]: button["callback_data"] for row in self.rows for button in row}

    @property
    def topic(self) -> str:
        """Its first line; where it is another side of a topic, the title of that topic."""
        return self.text.partition("\n")[0].removeprefix("About ").removesuffix(":")


@dataclass
class TelegramServer:
    """Runs in a thread of its own; `lock` guards all that it holds."""

    fault: Fault | None = None
    slow_seconds: float = 1.0
    retry_after: int = 1
    token: str = TOKEN
    webhook: bool = False
    hook: dict[str, str] = field(default_factory=dict)
    """What a webhook was set with."""
    chats: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    """Topics, by the number of their thread, that nobody may write to any more."""
    blocked: set[int] = field(default_factory=set)
    updates: list[dict[str, Any]] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    written: dict[int, int] = field(default_factory=dict)
    """The last message that was written in each chat, by its id."""
    queries: dict[str, int] = field(default_factory=dict)
    """How often each callback query has been answered."""
    calls: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    set_up: dict[str, Any] = field(default_factory=dict)
    offset: int = 0
    handed: dict[int, list[float]] = field(default_factory=dict)
    """When each update was given to long polling."""
    paused: dict[int, float] = field(default_factory=dict)
    port: int = 0

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self._next_update, self._next_message = FIRST_UPDATE, 1
        self._loop = asyncio.new_event_loop()
        self._given, self._released = asyncio.Event(), asyncio.Event()
        self._poll = 0
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the server's own loop, until it is closed."""
        asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def give(self, kind: str, content: dict[str, Any]) -> int:
        """Put an update into the queue; its number."""
        with self.lock:
            number, self._next_update = self._next_update, self._next_update + 1
            self.updates.append({"update_id": number, kind: content})
        self._loop.call_soon_threadsafe(self._given.set)
        return number

    def next_update(self, number: int) -> None:
        """Number the updates from here on; Telegram itself begins anew after a week without any."""
        with self.lock:
            self._next_update = number

    def release(self) -> None:
        """Let go on what a fault held."""
        self._loop.call_soon_threadsafe(self._released.set)

    def message_id(self) -> int:
        with self.lock:
            self._next_message += 1
            return self._next_message

    def until(self, happened: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until something holds. Raises AssertionError where it does not in time."""
        end = time.monotonic() + seconds
        with self.changed:
            while not happened():
                assert time.monotonic() < end, f"not within {seconds} s: {self.calls}, {Counter(self.refused)}"
                self.changed.wait(0.2)

    # -- HTTP

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)

        async def listen() -> None:
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
            self.port = server.sockets[0].getsockname()[1]
            started.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = head.split("\r\n")
                headers = {
                    name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                code, answer = await self._answer(lines[0].split(" ")[1], headers.get("content-type", ""), body)
                top = f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
                writer.write(top.encode() + answer)
                await writer.drain()
        except (Cut, asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, kind: str, body: bytes) -> tuple[int, bytes]:
        bot, _, method = path.lstrip("/").partition("/")
        try:
            if bot != f"bot{self.token}":
                raise Refused(401, "Unauthorized")
            if method not in KNOWN:
                raise Refused(404, "Not Found")
            if body and not kind.startswith("application/x-www-form-urlencoded"):
                raise Refused(400, f"Bad Request: {kind} is not how fields come")
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True) if body else [])
            if strange := set(fields) - KNOWN[method]:
                raise Refused(400, f"Bad Request: {method} was not expected to get {sorted(strange)}")
            result = await self._faulty(method, fields)
            return 200, json.dumps({"ok": True, "result": result}).encode()
        except Refused as error:
            if error.code == 502:
                return 502, b"<html><h1>502 Bad Gateway</h1></html>"
            with self.changed:
                if error.code == 400 or error.code == 404:
                    self.refused.append(f"{method}: {error.description}")
                self.changed.notify_all()
            row: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
            if error.retry_after is not None:
                row["parameters"] = {"retry_after": error.retry_after}
            return error.code, json.dumps(row).encode()

    async def _faulty(self, method: str, fields: dict[str, str]) -> Any:
        chat = int(fields.get("chat_id", "0"))
        fault = self.fault(method, chat) if self.fault else None
        if method == "getUpdates" and fault not in ("401", "404"):
            fault = None
        with self.lock:
            self.calls[method] += 1
            if time.monotonic() < self.paused.get(chat, 0):
                self.refused.append(f"{method}: called again before retry_after was over")
            if fault is not None:
                self.faults[fault] += 1
            if fault == "429":
                self.paused[chat] = time.monotonic() + self.retry_after
        if fault == "429":
            raise Refused(429, f"Too Many Requests: retry after {self.retry_after}", self.retry_after)
        if fault in ("401", "404"):
            raise Refused(int(fault), {"401": "Unauthorized", "404": "Not Found"}[fault])
        if fault == "400":
            raise Refused(400, "Bad Request: can't parse entities")
        if fault == "502":
            raise Refused(502, "Bad Gateway")
        if fault == "cut before":
            raise Cut
        if fault == "slow":
            await asyncio.sleep(self.slow_seconds)
        if fault == "hold":
            await self._released.wait()
        if method == "getUpdates":
            return await self._get_updates(fields)
        with self.changed:
            result = self._act(method, fields)
            self.changed.notify_all()
        if fault == "cut after":
            raise Cut
        return result

    # -- the methods

    async def _get_updates(self, fields: dict[str, str]) -> list[dict[str, Any]]:
        self._poll += 1
        mine, limit = self._poll, int(fields.get("limit", "100"))
        deadline = time.monotonic() + float(fields.get("timeout", "0"))
        wanted = json.loads(fields.get("allowed_updates", "[]"))
        if not 1 <= limit <= 100:
            raise Refused(400, "Bad Request: limit must be between 1 and 100")
        while True:
            with self.changed:
                if self.webhook:
                    raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
                self.offset = max(self.offset, int(fields.get("offset", "0")))
                self.updates = [row for row in self.updates if row["update_id"] >= self.offset]
                ready = [row for row in self.updates if not wanted or set(row) & set(wanted)][:limit]
                self.changed.notify_all()
                for row in ready:
                    self.handed.setdefault(row["update_id"], []).append(time.monotonic())
            if ready or time.monotonic() >= deadline:
                return ready
            if mine != self._poll:
                raise Refused(409, "Conflict: terminated by other getUpdates request")
            self._given.clear()
            try:
                await asyncio.wait_for(self._given.wait(), min(0.5, deadline - time.monotonic()))
            except TimeoutError:
                continue

    def _act(self, method: str, fields: dict[str, str]) -> Any:
        match method:
            case "getMe":
                return BOT
            case "setWebhook" | "deleteWebhook" | "getWebhookInfo":
                return self._webhook(method, fields)
            case "sendMessage":
                return self._send(fields)
            case "editMessageText":
                return self._edit(fields)
            case "answerCallbackQuery":
                query = fields["callback_query_id"]
                if self.queries.get(query) != 0:
                    raise Refused(
                        400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
                    )
                self.queries[query] += 1
                return True
            case _:
                return self._describe(method, fields)

    def _webhook(self, method: str, fields: dict[str, str]) -> Any:
        if method == "getWebhookInfo":
            waiting = len(self.updates)
            return {"url": self.hook.get("url", ""), "has_custom_certificate": False, "pending_update_count": waiting}
        if fields.get("drop_pending_updates") == "true":
            self.updates.clear()
        if method == "setWebhook":
            url = urlsplit(fields.get("url", ""))
            if url.scheme != "https" or not url.hostname or (url.port or 443) not in (443, 80, 88, 8443):
                raise Refused(400, "Bad Request: bad webhook: an HTTPS URL on port 443, 80, 88 or 8443 must be given")
            if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", fields.get("secret_token", "")):
                raise Refused(400, "Bad Request: secret token contains unallowed characters")
            if not 1 <= int(fields.get("max_connections", "40")) <= 100:
                raise Refused(400, "Bad Request: max_connections must be between 1 and 100")
        self.webhook, self.hook = method == "setWebhook", dict(fields) if method == "setWebhook" else {}
        return True

    def _describe(self, method: str, fields: dict[str, str]) -> bool:
        name, text = next(iter(fields.items()))
        value: Any = json.loads(text) if method == "setMyCommands" else text
        most = {"setMyDescription": 512, "setMyShortDescription": 120, "setMyCommands": 100}[method]
        if not 0 < len(value) <= most:
            raise Refused(400, f"Bad Request: {name} is too long or empty")
        for row in value if method == "setMyCommands" else []:
            plain = row["command"].replace("_", "").isalnum() and row["command"].islower()
            if not plain or len(row["command"]) > 32 or not 1 <= len(row["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
        self.set_up[method] = value
        return True

    def _read(self, fields: dict[str, str]) -> tuple[int, str, list[dict[str, Any]], list[list[dict[str, str]]], bool]:
        chat = int(fields["chat_id"])
        if chat not in self.chats:
            raise Refused(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        try:
            html = fields.get("parse_mode") == "HTML"
            text, entities = read_html(fields.get("text", "")) if html else (fields.get("text", ""), [])
            rows = check_keyboard(json.loads(fields["reply_markup"])) if "reply_markup" in fields else []
        except MarkupError as error:
            raise Refused(400, f"Bad Request: {error}") from None
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise Refused(400, "Bad Request: message is too long")
        preview = not json.loads(fields.get("link_preview_options", "{}")).get("is_disabled", False)
        return chat, text, entities, rows, preview

    def _send(self, fields: dict[str, str]) -> dict[str, Any]:
        chat, text, entities, rows, preview = self._read(fields)
        if "message_thread_id" in fields and int(fields["message_thread_id"]) in self.closed:
            raise Refused(400, "Bad Request: message thread not found")
        message = Shown(self.message_id(), chat, text, entities, rows, preview, time.monotonic())
        self.shown.append(message)
        return self.as_message(message)

    def _edit(self, fields: dict[str, str]) -> dict[str, Any]:
        chat, text, entities, rows, preview = self._read(fields)
        found = [row for row in self.shown if row.chat == chat and row.id == int(fields["message_id"])]
        if not found:
            raise Refused(400, "Bad Request: message to edit not found")
        message = found[0]
        if (message.text, message.entities, message.rows) == (text, entities, rows):
            raise Refused(400, "Bad Request: message is not modified: specified new message content and reply markup")
        message.text, message.entities, message.rows, message.preview = text, entities, rows, preview
        message.edits, message.at = message.edits + 1, time.monotonic()
        return self.as_message(message)

    def as_message(self, message: Shown) -> dict[str, Any]:
        """A message of the bot as the API gives it."""
        kind = "private" if message.chat > 0 else "supergroup"
        row = {
            "message_id": message.id, "date": int(time.time()), "from": BOT, "text": message.text,
            "chat": {"id": message.chat, "type": kind}, "entities": message.entities,
        }  # fmt: skip
        return row | ({"reply_markup": {"inline_keyboard": message.rows}} if message.rows else {})
