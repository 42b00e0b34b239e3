"""The real web server on a port of the loopback: what it holds, believes, and how it ends (O3, O6, ASVS 5.0 V4)."""

from __future__ import annotations

import asyncio
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.health import Health
from bot.settings import SettingsError, read_proxies
from bot.web.connection import HEAD_BYTES, HEAD_SECONDS
from bot.web.gate import BODY_SECONDS
from bot.web.server import Listening, config_of, listen, serve
from tests.support.clock import PATIENCE
from tests.support.desk_browser import ROOT, environment
from tests.support.desk_visitor import House
from tests.support.telegram_content import make_small

pytestmark = pytest.mark.slow


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server of its own process, and its port."""
    knowledge = make_small(folder / "small")
    command = [sys.executable, "-m", "bot", "serve", "--insecure-loopback", "--port", "0", "--data", str(folder / "data"),
               "--knowledge", str(knowledge), *options]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment())
    try:
        assert process.stdout is not None
        found = re.search(r":(\d+)/desk/", process.stdout.readline())
        assert found is not None
        yield process, int(found[1])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with served(tmp_path_factory.mktemp("served")) as (_, port):
        yield port


def opened(port: int, begun: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    connection.sendall(begun)
    return connection


BEGUN = (
    b"", b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: a",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\n",
)  # fmt: skip
"""Requests that never end."""
NO_BODY = b"POST /desk/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nname="
"""One whose body never comes."""
BY_LETTER = b"GET /healthz HTTP/1.1\r\nX-Slow: "
"""One whose head is sent letter by letter from here on."""


@pytest.fixture(scope="module")
def ends(port: int) -> dict[bytes, tuple[float, bytes]]:
    """After how many seconds each of them ended, and what was answered: all are held at once, as each takes ten seconds."""
    with ThreadPoolExecutor(len(BEGUN) + 2) as pool:
        ended = {begun: pool.submit(_end, port, begun) for begun in (*BEGUN, NO_BODY, BY_LETTER)}
        return {begun: end.result(PATIENCE) for begun, end in ended.items()}


def _end(port: int, begun: bytes) -> tuple[float, bytes]:
    with opened(port, begun) as connection:
        began = time.monotonic()
        answered = _by_letter(connection) if begun == BY_LETTER else connection.recv(65_536)
        while begun in BEGUN and (more := connection.recv(65_536)):
            answered += more
        return time.monotonic() - began, answered


def _by_letter(connection: socket.socket) -> bytes:
    """Send letter by letter until there is an answer, or none takes them any longer."""
    with suppress(OSError):
        while not select.select([connection], [], [], 0.5)[0]:
            connection.sendall(b"a")
        return connection.recv(100)
    return b""


@pytest.mark.parametrize("begun", BEGUN)
def test_a_request_that_never_ends_is_not_held(ends: dict[bytes, tuple[float, bytes]], begun: bytes) -> None:
    assert ends[begun][0] < HEAD_SECONDS + 5


def test_a_body_that_never_comes_is_not_waited_for(ends: dict[bytes, tuple[float, bytes]]) -> None:
    seconds, answered = ends[NO_BODY]
    assert b" 408 " in answered
    assert seconds < BODY_SECONDS + 5


def test_who_sends_the_head_of_a_request_letter_by_letter_wins_no_time(ends: dict[bytes, tuple[float, bytes]]) -> None:
    seconds, answered = ends[BY_LETTER]
    assert answered == b""
    assert seconds < HEAD_SECONDS + 5


def test_a_head_that_is_too_long_is_refused(port: int) -> None:
    with opened(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 2 * HEAD_BYTES) as connection:
        assert b" 400 " in connection.recv(200)
    assert httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"x-fits": "a" * 4_000}).status_code == 200


def test_sigterm_ends_it_with_0_though_somebody_holds_a_connection(tmp_path: Path) -> None:
    with served(tmp_path) as (process, port), opened(port, b"GET /healthz HTTP/1.1\r\nHost"):
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert time.monotonic() - began < 20


def test_only_the_named_proxy_is_believed() -> None:
    assert read_proxies(" 10.0.0.7, 172.18.0.0/16 ") == ("10.0.0.7", "172.18.0.0/16")
    assert read_proxies(None) == ()
    for wrong in ("*", "0.0.0.0/0", "proxy", "10.0.0.7/8"):
        with pytest.raises(SettingsError, match="SIGNPOST_PROXY"):
            read_proxies(wrong)


@pytest.mark.parametrize(
    ("proxies", "peer", "seen"),
    [
        ((), "127.0.0.1", "203.0.113.9"),
        ((), "172.18.0.5", "172.18.0.5"),
        (("172.18.0.0/16",), "172.18.0.5", "203.0.113.9"),
        (("172.18.0.0/16",), "172.19.0.5", "172.19.0.5"),
        (("172.18.0.0/16",), "127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_visitors_address_is_what_a_proxy_says_that_is_believed(
    tmp_path: Path, proxies: tuple[str, ...], peer: str, seen: str
) -> None:
    house = House(tmp_path)
    config = config_of(house.desk, Listening(("desk.test",), "127.0.0.1", 0, proxies=proxies), Health())
    config.load()
    addresses: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        addresses.append(scope["client"][0])

    believing: Any = config.loaded_app
    believing.app = app
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    asyncio.run(believing({"type": "http", "client": (peer, 1), "headers": headers, "scheme": "http"}, None, None))
    assert addresses == [seen]


def test_it_takes_no_connection_before_what_answers_behind_it_is_ready(tmp_path: Path) -> None:
    """A balancer then gives a cry for help to another worker (S1a)."""
    where = Listening(("localhost",), "127.0.0.1", 0)
    listener = listen(where)
    port = listener.getsockname()[1]

    def connects() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    async def play() -> None:
        stopping, open_now = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(
            serve(House(tmp_path).desk, where, listener, stopping, Health(), (), open_now.wait)
        )
        await asyncio.sleep(0.2)
        assert not await asyncio.to_thread(connects)
        open_now.set()
        until = time.monotonic() + PATIENCE
        while not await asyncio.to_thread(connects):
            assert time.monotonic() < until
        stopping.set()
        await serving

    asyncio.run(play())
