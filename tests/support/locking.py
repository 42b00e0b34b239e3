"""Another process that holds the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path, readers_too: bool = False) -> Iterator[None]:
    """Hold a database as another process would: for writing, or for itself alone."""
    other = sqlite3.connect(file, isolation_level=None)
    if readers_too:
        other.execute("pragma locking_mode=exclusive")
    other.execute("begin immediate")
    if readers_too:
        other.execute("delete from meta where name = 'none'")
    try:
        yield
    finally:
        other.execute("rollback")
        other.close()
