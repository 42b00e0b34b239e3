"""Workers behind a webhook within the test's own process: each with its own door and engine, as `signpost serve` has them."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import Future
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine
from starlette.applications import Starlette

from bot.health import Health
from bot.settings import WEBHOOK_PATH, TelegramSettings
from bot.telegram.polling import answer
from bot.telegram.webhook import HEADER, LATER, Webhook
from bot.web.gate import Gate
from conversations.guide import Guide
from conversations.keys.talk_key import load_secrets
from conversations.london import LONDON
from conversations.records.store import open_store
from conversations.talks import Talks
from tests.support.clock import PATIENCE
from tests.support.telegram_server import TelegramServer

SECRET = "a-secret_of-the-tests-0123456789"


@cache
def loop() -> asyncio.AbstractEventLoop:
    """The loop in which all workers run."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, daemon=True).start()
    return made


class Poller:
    """Long polling in the same loop, over the same database as the workers of a folder."""

    def __init__(self, server: TelegramServer, folder: Path, guide: Guide) -> None:
        self.engine = open_store(f"sqlite:///{folder / 'kept.sqlite3'}")
        heard = Talks(guide, self.engine, load_secrets(folder / "keys"))
        self._stopping, ready = asyncio.Event(), threading.Event()
        settings = TelegramSettings(server.token, server.url)
        work = answer(heard, settings, lambda: datetime.now(LONDON), ready.set, self._stopping, Health())
        self._running = asyncio.run_coroutine_threadsafe(work, loop())
        assert ready.wait(PATIENCE)

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        loop().call_soon_threadsafe(self._stopping.set)
        self._running.result(PATIENCE)
        self.engine.dispose()


class Worker:
    """One worker over a database in a folder, with the keys beside it."""

    def __init__(
        self, server: TelegramServer, folder: Path, guide: Guide, url: str | None = None, opens: bool = True
    ) -> None:
        """`opens`: at once; else it only listens until `open` is called."""
        self.server = server
        self.engine: Engine = open_store(url or f"sqlite:///{folder / 'kept.sqlite3'}")
        self.talks = Talks(guide, self.engine, load_secrets(folder / "keys"))
        settings = TelegramSettings(server.token, server.url)
        self.health = Health()
        self.webhook = Webhook(self.talks, settings, SECRET, lambda: datetime.now(LONDON))
        self.app = Gate(Starlette(routes=[self.webhook.route()]), ("bot.test",), secure=True)
        self._stopping = asyncio.Event()
        if opens:
            self.open()

    def open(self) -> None:
        """Take updates in from now on."""
        self._running = asyncio.run_coroutine_threadsafe(self.webhook.run(self._stopping, self.health), loop())
        self.server.until(lambda: self.webhook._door is not None)

    def post(
        self, body: Any, secret: str | None = SECRET, address: str = "192.0.2.9", method: str = "POST"
    ) -> Future[httpx.Response]:
        """Send an update, or any bytes, as Telegram does; the answer once it comes."""
        headers = [(b"content-type", b"application/json")]
        headers += [(HEADER.encode(), secret.encode("latin-1"))] if secret is not None else []
        content = body if isinstance(body, bytes) else json.dumps(body).encode()

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="https://bot.test") as client:
                return await client.request(method, WEBHOOK_PATH, content=content, headers=headers, timeout=PATIENCE)

        return asyncio.run_coroutine_threadsafe(call(), loop())

    def gets(self, body: Any, secret: str | None = SECRET, address: str = "192.0.2.9") -> int:
        """Send an update, again as Telegram does where it is told to; the status in the end."""
        status = LATER
        while status == LATER:
            status = self.post(body, secret, address).result(PATIENCE).status_code
        return status

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        if not self._running.done():
            loop().call_soon_threadsafe(self._stopping.set)
            self._running.result(PATIENCE)
        self.engine.dispose()

    def rows(self, table: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.exec_driver_sql(f"select * from {table}").mappings())
