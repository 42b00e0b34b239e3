"""Running the web server: the address is printed once it listens, and SIGTERM lets the answer in hand go out."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

import click
import uvicorn
from starlette.routing import BaseRoute

from bot.settings import SettingsError
from bot.web.app import make_app
from bot.web.visit import Desk

DRAIN_SECONDS = 20


class _Server(uvicorn.Server):
    """A server that says where it listens."""

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


def run(
    desk: Desk, hosts: tuple[str, ...], host: str, port: int, certificate: str | None, key: str | None,
    more: tuple[BaseRoute, ...] = (),
) -> None:  # fmt: skip
    """Serve until told to stop, with `more` routes. Raises SettingsError where address or certificate cannot be used."""
    for option, name in (("--certificate", certificate), ("--certificate-key", key)):
        if name is not None and not Path(name).is_file():
            raise SettingsError(f"{option} {name!r} is not a file")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise SettingsError(f"--host {host!r} --port {port} cannot be listened on ({error.strerror})") from None
    config = uvicorn.Config(
        make_app(desk, hosts, more), ssl_certfile=certificate, ssl_keyfile=key, access_log=False, log_level="warning",
        log_config=None, server_header=False, timeout_graceful_shutdown=DRAIN_SECONDS, h11_max_incomplete_event_size=32_768,
    )  # fmt: skip
    with suppress(KeyboardInterrupt):
        _Server(config).run(sockets=[listener])
