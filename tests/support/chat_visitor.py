"""The chat page on a small content folder, and somebody of a family who uses it as a browser without script would."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import httpx
from starlette.types import ASGIApp

from bot.web.app import make_app
from bot.web.chat.page import Chat, open_chat
from bot.web.chat.routes import lost, routes
from conversations.guide import Guide
from conversations.keys.talk_key import load_secrets
from conversations.records import talks
from conversations.wording import load_wording
from tests.support.clock import PATIENCE
from tests.support.desk_visitor import House

SITE = "https://desk.test"


class ChatHouse(House):
    """A desk with the chat page before it."""

    def __init__(self, folder: Path, guide: Guide | None = None, framed_by: tuple[str, ...] = ()) -> None:
        super().__init__(folder)
        self.keys = folder / "data" / "keys"
        self.secrets = replace(load_secrets(self.keys), seals=self.seals)
        guide = replace(guide or self.guide, wording=load_wording("en"))
        self.chat: Chat = open_chat(
            guide, self.engine, self.secrets, load_wording("page"), self.clock, secure=True, framed_by=framed_by
        )
        self.desk = replace(self.desk, lost=lost(self.chat))
        self.app = make_app(self.desk, ("desk.test",), routes(self.chat))

    def kept(self) -> bytes:
        """All bytes that stand in the folder of the database, its log too."""
        return b"".join(file.read_bytes() for file in sorted(self.file.parent.glob("signpost.sqlite3*")))

    def talks(self) -> int:
        """How many talks are remembered."""
        with self.engine.connect() as connection:
            return talks.how_many(connection)


class Parent:
    """Somebody with a browser that runs no scripts."""

    def __init__(self, house: ChatHouse, address: str = "192.0.2.7") -> None:
        self.http = httpx.Client(transport=_Served(house.app, address), base_url=SITE, follow_redirects=True)
        self.page = httpx.Response(200, text="")

    def open(self, path: str = "/") -> str:
        """Open a page."""
        self.page = self.http.get(path)
        return self.text

    @property
    def text(self) -> str:
        """What can be read on the page."""
        return " ".join("".join(_Words.of(self.page.text)).split())

    @property
    def replies(self) -> str:
        """What the bot says on the page."""
        found = re.findall(r'<article class="reply.*?</article>', self.page.text, re.DOTALL)
        return " ".join("".join(_Words.of("".join(found))).split())

    def say(self, words: str, **more: str) -> str:
        """Type something and send it."""
        return self.send({**self.hidden('<form id="say"'), "text": words, **more})

    def press(self, label: str) -> str:
        """Press a button by its words: one of the last reply that has it, else one of the page."""
        end = self.page.text.rindex("</article>") if "</article>" in self.page.text else 0
        found = self._buttons(self.page.text[:end], label) or self._buttons(self.page.text, label)
        assert found, f"no button {label!r} on the page"
        button = found[-1]
        name, value = re.findall(r'(?:name|value)="([^"]*)"', button[1])
        own = self.page.text.rfind('<form method="post"', 0, button.start())  # where it brings quoted words
        start = '<form id="press"' if 'form="press"' in button[1] else self.page.text[own : own + 60]
        return self.send({**self.hidden(start), name: unescape(value)})

    @staticmethod
    def _buttons(html: str, label: str) -> list[re.Match[str]]:
        """The buttons with these words."""
        every = re.finditer(r"<button ([^>]*)>(.*?)</button>", html, re.DOTALL)
        return [one for one in every if "".join(_Words.of(one[2])).strip() == label]

    def send(self, fields: dict[str, str], headers: dict[str, str] | None = None) -> str:
        """Send a form as a browser does."""
        sent = {"content-type": "application/x-www-form-urlencoded", "origin": SITE, "sec-fetch-site": "same-origin"}
        sent |= headers or {}
        self.page = self.http.post("/talk", content=urlencode(fields).replace("%0A", "%0D%0A"), headers=sent)
        return self.replies

    def hidden(self, start: str) -> dict[str, str]:
        """The hidden fields of the form that starts so."""
        at = self.page.text.rindex(start)
        form = self.page.text[at : self.page.text.index("</form>", at)]
        return {
            name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
        }


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop in which all pages are served: as in a server, what goes on behind an answer is not waited for."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


class _Served(httpx.BaseTransport):
    """Calls the ASGI application from a client that does not wait in a loop of its own."""

    def __init__(self, app: ASGIApp, address: str) -> None:
        self._transport = httpx.ASGITransport(app=app, client=(address, 1234), raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def call() -> httpx.Response:
            sent = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            answer = await self._transport.handle_async_request(sent)
            content = await answer.aread()
            return httpx.Response(answer.status_code, headers=answer.headers, content=content, request=request)

        return asyncio.run_coroutine_threadsafe(call(), _loop()).result(PATIENCE)


class _Words(HTMLParser):
    """The words of a page that a person sees."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    @classmethod
    def of(cls, html: str) -> Iterator[str]:
        parser = cls()
        parser.feed(html)
        yield from parser.parts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append("" if tag in ("a", "span") else " ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
