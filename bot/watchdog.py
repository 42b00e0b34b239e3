"""Tells systemd that the process lives: its loop turns, and a message would be judged for danger (sd_notify(3))."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from bot.health import Health

log = logging.getLogger(__name__)


async def keep_alive(health: Health, environ: Mapping[str, str] = os.environ) -> None:
    """Say so again and again, where systemd asks for it; silent while a lane does nothing, so that systemd starts anew."""
    every = int(environ.get("WATCHDOG_USEC", "0")) / 1_000_000 / 3
    if not every or not environ.get("NOTIFY_SOCKET"):
        return
    while True:
        try:
            for lane in tuple(health.lanes):
                await asyncio.wait_for(lane.run(None, int), every)
            notify("WATCHDOG=1", environ)
        except TimeoutError:
            log.error("nothing is judged any more: systemd is not told that all is well")
        await asyncio.sleep(every)


def notify(state: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send one line to systemd, where it listens."""
    address = environ.get("NOTIFY_SOCKET", "")
    if address.startswith("@"):
        address = "\0" + address[1:]
    if address:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
            speaker.sendto(state.encode(), address)
