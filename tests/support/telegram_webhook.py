"""How Telegram sends updates to a webhook: by chat and kind one after the other, again where no 2xx came, to any of several workers."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.telegram_server import TelegramServer

HEADER = "X-Telegram-Bot-Api-Secret-Token"
CUT = 0
"""In place of a status: the connection broke."""
MOST_DELAY = 16
RESPONSE_SECONDS = 60


@dataclass(frozen=True)
class Delivery:
    """One request that reached a worker."""

    number: int
    port: int
    at: float
    status: int
    until: float


@dataclass
class Deliveries:
    """Sends what `server` holds to the workers that listen on `ports`, as a balancer hands it to whoever is there.

    The order within a chat and kind, and the growing pauses, are those of the Bot API server (its WebhookActor). `redelivered` is
    the share whose answer is lost on the way: these are sent again at once.
    """

    server: TelegramServer
    ports: list[int]
    redelivered: float = 0.0
    seed: int = 1
    made: list[Delivery] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    """How many answers were lost on the way."""
    open: dict[int, tuple[int, float]] = field(default_factory=dict)
    """The updates that a worker has and did not answer for yet: its port, and since when."""

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._begun: set[int] = set()
        self._queues: dict[Any, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._connections = asyncio.Semaphore(int(self.server.hook.get("max_connections", "40")))
        self._tasks: set[asyncio.Task[None]] = set()
        self.server.begin(self._run())

    async def _run(self) -> None:
        while True:
            with self.server.lock:
                rows = [row for row in self.server.updates if row["update_id"] not in self._begun]
            for row in rows if self.server.webhook else ():
                self._begun.add(row["update_id"])
                task = asyncio.create_task(self._deliver(row))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            await asyncio.sleep(0.01)

    async def _deliver(self, row: dict[str, Any]) -> None:
        fails, loses = 0, self._chance.random() < self.redelivered
        async with self._queues[_queue(row)]:
            while self.server.webhook:
                async with self._connections:
                    status, again = await self._send(row, loses)
                loses = False
                if 200 <= status < 300:
                    with self.server.changed:
                        self.server.updates = [one for one in self.server.updates if one is not row]
                        self.server.changed.notify_all()
                    return
                await asyncio.sleep(again or (0 if fails == 0 else min(2**fails, MOST_DELAY)))
                fails += 1
        self._begun.discard(row["update_id"])  # the webhook was removed: long polling gets it

    async def _send(self, row: dict[str, Any], loses: bool) -> tuple[int, float]:
        """The status and Retry-After of one request to a worker that takes connections."""
        ports = self._chance.sample(self.ports, len(self.ports))
        for port in ports:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            status, again, begun = CUT, 0.0, time.monotonic()
            try:
                hook = self.server.hook
                body = json.dumps(row).encode()
                path = urlsplit(hook["url"]).path
                head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{HEADER}: {hook.get('secret_token', '')}\r\n"
                head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
                self.open[row["update_id"]] = port, begun
                if loses:
                    await asyncio.sleep(self._chance.uniform(0, 0.4))
                    self.lost += 1
                else:
                    status, again = _read(await asyncio.wait_for(reader.read(), RESPONSE_SECONDS))
            except (OSError, TimeoutError):
                pass
            finally:
                writer.close()
                self.open.pop(row["update_id"], None)
            self.statuses[status] += 1
            self.made.append(Delivery(row["update_id"], port, begun, status, time.monotonic()))
            return status, again
        await asyncio.sleep(0.1)  # the balancer has nobody: 502
        return 502, 0.0


def _queue(row: dict[str, Any]) -> Any:
    """What is sent one after the other: the messages of a chat, its edits, the presses of a person."""
    kind = next(name for name in row if name != "update_id")
    content = row[kind]
    return kind, content["from"]["id"] if kind == "callback_query" else content["chat"]["id"]


def _read(answer: bytes) -> tuple[int, float]:
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1").lower()
    if not head.startswith("http/1.1 "):
        return CUT, 0.0
    again = next((line.partition(":")[2] for line in head.split("\r\n") if line.startswith("retry-after:")), "0")
    return int(head.split(" ")[1]), float(again)
