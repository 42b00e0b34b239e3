"""Bot and desk in one process, and what is told to systemd (O3, O4)."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from bot.health import Health
from bot.limits import FairLane
from bot.watchdog import keep_alive
from tests.support.clock import PATIENCE
from tests.support.figures import note
from tests.support.telegram_content import QUESTIONS, make_small
from tests.support.telegram_people import ROOT, Person, Signpost
from tests.support.telegram_server import TelegramServer


@pytest.mark.slow
def test_one_process_answers_telegram_and_serves_the_desk(tmp_path: Path) -> None:
    rejects = threading.Event()
    rejects.set()
    server = TelegramServer(fault=lambda method, _: "401" if rejects.is_set() else None)
    environ = Signpost(server, tmp_path / "data").environ
    knowledge = make_small(tmp_path / "small")
    command = [sys.executable, "-m", "bot", "run", "--insecure-loopback", "--port", "0", "--data", str(tmp_path / "data"),
               "--knowledge", str(knowledge)]  # fmt: skip
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"(http://\S+)/desk/", process.stdout.readline())
        assert found is not None
        address = found[1]
        server.until(lambda: server.faults["401"] > 0)
        assert "<h1>Sign in" in httpx.get(f"{address}/desk/", follow_redirects=True).text
        server.until(lambda: httpx.get(f"{address}/readyz").status_code == 503)
        assert httpx.get(f"{address}/readyz").json() == {"ready": False, "telegram": "rejected"}
        assert httpx.get(f"{address}/healthz").status_code == 200
        rejects.clear()
        person = Person(server, 60_000)
        person.says(QUESTIONS["Bus pass"])
        assert "town hall" in person.reads(1)[0].text
        server.until(lambda: httpx.get(f"{address}/readyz").status_code == 200)
        memory = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
        note(f"bot and desk in one process, small content: {int(memory[1]) // 1024 if memory else 0} MB")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        log.close()
        server.close()
    assert "rejects the token" in (tmp_path / "log").read_text()


def test_systemd_is_told_that_all_is_well_only_while_messages_are_judged(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path)

        async def live() -> tuple[int, int]:
            lane, stuck = FairLane(1, "test"), threading.Event()
            health = Health(lanes=[lane])
            watching = asyncio.create_task(keep_alive(health, {"WATCHDOG_USEC": "150000", "NOTIFY_SOCKET": path}))
            await asyncio.sleep(0.3)
            well = await asyncio.to_thread(_drain, systemd)
            lane.run("somebody", stuck.wait)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(_drain, systemd)
            await asyncio.sleep(0.3)
            ill = await asyncio.to_thread(_drain, systemd)
            stuck.set()
            watching.cancel()
            return well, ill

        well, ill = asyncio.run(live())
    assert well > 0
    assert ill == 0


def _drain(systemd: socket.socket) -> int:
    """How often it was told so far."""
    systemd.setblocking(False)
    number = 0
    while True:
        try:
            assert systemd.recv(100) == b"WATCHDOG=1"
        except BlockingIOError:
            return number
        number += 1


def test_without_systemd_nobody_is_told_and_nothing_fails() -> None:
    asyncio.run(keep_alive(Health(), {}))
    asyncio.run(keep_alive(Health(), {"WATCHDOG_USEC": "1000"}))
