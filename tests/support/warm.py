"""Processes of the bot that start warm: forked from one that has read the code, the rules, the words and the encoders already.

A process of its own with everything that the system gives one: arguments, environment, streams, signals, exit code. Only
reading the same hundred megabytes and compiling the same eight hundred patterns again is left out, which takes seconds.
What a start from nothing proves, tests prove with `python -m bot`.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from tests.support.clock import PATIENCE

ROOT = Path(__file__).parents[2]
MODULES = (
    "alembic.command", "psycopg", "conversations.talks", "bot.commands.main", "bot.telegram.webhook", "bot.web.server",
    "bot.web.chat.routes",
)  # fmt: skip
"""What the commands would import in each process anew."""
MOST_BYTES = 1_000_000
"""Of one order to start: its arguments and its environment."""


class WarmProcess:
    """A process of the bot, by the part of subprocess.Popen that tests use."""

    def __init__(
        self, arguments: Sequence[str], environ: Mapping[str, str], streams: tuple[IO[Any], IO[Any], IO[Any]]
    ) -> None:
        self.args = list(arguments)
        self._told, theirs = socket.socketpair()
        order = json.dumps({"arguments": self.args, "environ": dict(environ)}).encode()
        with theirs:
            fds = [*(stream.fileno() for stream in streams), theirs.fileno()]
            socket.send_fds(_server(), [len(order).to_bytes(4, "big") + order], fds)
        self._lines = self._told.makefile("r")
        self.pid = int(self._lines.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float) -> int:
        """The exit code, once it ended. subprocess.TimeoutExpired where it does not in time."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self._ended()
        assert self.returncode is not None
        return self.returncode

    def _ended(self) -> None:
        self.returncode = int(self._lines.readline())
        self._lines.close()
        self._told.close()

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def run_warm(arguments: Sequence[str], environ: Mapping[str, str], lines: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of the bot to its end, as subprocess.run would with text."""
    with TemporaryFile("w+") as typed, TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        typed.write(lines)
        typed.seek(0)
        process = WarmProcess(arguments, environ, (typed, out, err))
        try:
            code = process.wait(PATIENCE)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(process.args, code, out.read(), err.read())


@cache
def _server() -> socket.socket:
    """The way to the process that others are forked from; it ends when this one does."""
    ours, theirs = socket.socketpair()
    with theirs:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
        command = [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=ROOT, env=clean, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        process.wait(PATIENCE)

    atexit.register(end)
    return ours


def serve(orders: socket.socket) -> None:
    """Read what every process of the bot needs, then start those that are ordered."""
    for module in MODULES:
        import_module(module)
    from conversations.records import store
    from knowledge.danger.rules import rule_book
    from knowledge.encoder.weights import encoders
    from knowledge.loader import load
    from knowledge.matching.matcher import Matcher
    from tests.support.small_folder import make_tiny
    from tests.support.stores import from_copies, migrated

    rule_book()
    encoders()
    with TemporaryDirectory() as folder:
        Matcher(load(make_tiny(Path(folder))))  # reads what every matcher needs
        store._bring_up_to_date = from_copies(migrated(Path(folder)))  # type: ignore[assignment]
        gc.freeze()  # what is read stays shared: the collector of no child touches it
        _fork(orders)


def _fork(orders: socket.socket) -> None:
    """Start a process for each order until there are no more."""
    minders: set[int] = set()
    while True:
        data, fds, _, _ = socket.recv_fds(orders, MOST_BYTES, 4)
        minders -= {minder for minder in minders if os.waitpid(minder, os.WNOHANG if data else 0)[0]}
        if not data:
            return
        while len(data) - 4 < int.from_bytes(data[:4], "big"):
            data += orders.recv(MOST_BYTES)
        minder = os.fork()
        if minder == 0:
            orders.close()
            _mind(json.loads(data[4:]), fds)
        minders.add(minder)
        for fd in fds:
            os.close(fd)


def _mind(order: dict[str, Any], fds: Sequence[int]) -> None:
    """Start the process, tell its number, and how it ended; never returns."""
    pid = os.fork()
    if pid == 0:
        os.close(fds[3])
        _become(order, fds[:3])
    for fd in fds[:3]:
        os.close(fd)
    os.write(fds[3], f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(fds[3], f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(order: dict[str, Any], fds: Sequence[int]) -> None:
    """Be `python -m bot` with these arguments, this environment and these streams; never returns."""
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(order["environ"])
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115 - the process's own
    sys.argv = ["bot", *order["arguments"]]
    code = 1
    try:
        from bot.__main__ import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
