"""Running the web server: the address is printed once it listens, and SIGTERM lets the answer in hand go out."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import uvicorn
from starlette.routing import BaseRoute

from bot.health import Health
from bot.settings import SettingsError
from bot.watchdog import keep_alive
from bot.web.app import make_app
from bot.web.connection import CONNECTIONS, HEAD_BYTES, Connection
from bot.web.visit import Desk

OPENING_SECONDS = 10.0
"""How long it waits to listen until what answers behind it is ready."""
DRAIN_SECONDS = 14
"""How long answers in hand may still be sent after SIGTERM, so that it has ended within 20 s."""


@dataclass(frozen=True)
class Listening:
    """Where the web server listens, and what it believes."""

    hosts: tuple[str, ...]
    """The names that it answers to."""
    host: str
    port: int
    certificate: str | None = None
    key: str | None = None
    proxies: tuple[str, ...] = ()
    """Addresses and networks of proxies whose X-Forwarded-For is believed."""
    secure: bool = True
    """False on plain http, which is for this machine alone."""
    framed_by: tuple[str, ...] = ()
    """Origins that may show the chat page in a frame."""
    metrics: str | None = field(default=None, repr=False)
    """What a monitor must show to read /metrics; None where only this machine may."""


Beside = Callable[[asyncio.Event, Health], Coroutine[Any, Any, None]]
"""What else runs until it is time to stop: a door behind a webhook."""
Ready = Callable[[], Coroutine[Any, Any, object]]
"""Ends once what runs beside can answer."""


class _Server(uvicorn.Server):
    """A server that says where it listens, and leaves signals to the process."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and print the address: what a person opens, and what a test waits for."""
        await super().startup(sockets)
        if sockets and not self.should_exit:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            scheme = "https" if self.config.is_ssl else "http"
            click.echo(
                f"signpost serves on {scheme}://{shown}:{port}/ and the forum desk on {scheme}://{shown}:{port}/desk/"
            )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: uvicorn would raise them again at the end, and the process would end with them in place of 0."""
        yield


def run(
    desk: Desk, where: Listening, more: tuple[BaseRoute, ...] = (), beside: Beside | None = None, ready: Ready | None = None
) -> None:  # fmt: skip
    """Serve until SIGTERM or SIGINT, with `more` routes and what runs `beside`, from when that is `ready`: until then whoever comes goes to
    another worker. Raises SettingsError where the address or the certificate cannot be used.
    """
    listener = listen(where)

    async def until_told() -> None:
        stopping = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stopping.set)
        health = Health()
        watching = asyncio.create_task(keep_alive(health))
        works = [serve(desk, where, listener, stopping, health, more, ready)]
        if beside is not None:
            works.append(beside(stopping, health))
        tasks = [asyncio.ensure_future(work) for work in works]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        await asyncio.gather(*tasks)
        watching.cancel()

    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(until_told())


def listen(where: Listening) -> socket.socket:
    """The socket to serve on. Raises SettingsError."""
    for option, name in (("--certificate", where.certificate), ("--certificate-key", where.key)):
        if name is not None and not Path(name).is_file():
            raise SettingsError(f"{option} {name!r} is not a file")
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((where.host, where.port))
    except OSError as error:
        raise SettingsError(
            f"--host {where.host!r} --port {where.port} cannot be listened on ({error.strerror})"
        ) from None
    return listener


async def serve(
    desk: Desk, where: Listening, listener: socket.socket, stopping: asyncio.Event, health: Health,
    more: tuple[BaseRoute, ...] = (), ready: Ready | None = None,
) -> None:  # fmt: skip
    """Serve until it is time to stop, then finish the answers in hand."""
    server = _Server(config_of(desk, where, health, more))
    told = asyncio.create_task(stopping.wait())
    if ready is not None:
        opening = asyncio.create_task(ready())
        await asyncio.wait({opening, told}, timeout=OPENING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        opening.cancel()
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    server.should_exit = True
    await serving


def config_of(desk: Desk, where: Listening, health: Health, more: tuple[BaseRoute, ...] = ()) -> uvicorn.Config:
    """How uvicorn serves the desk."""
    return uvicorn.Config(
        make_app(desk, where.hosts, more, health, where.metrics), ssl_certfile=where.certificate, ssl_keyfile=where.key, access_log=False,
        log_level="warning", log_config=None, server_header=False, timeout_graceful_shutdown=DRAIN_SECONDS, http=Connection,
        h11_max_incomplete_event_size=HEAD_BYTES, limit_concurrency=CONNECTIONS,
        forwarded_allow_ips=list(where.proxies) or None,
    )  # fmt: skip
