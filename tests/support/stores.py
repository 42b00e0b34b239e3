"""New databases of the tests: one is migrated a run, and the others begin as copies of that file, in a tenth of the time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from sqlalchemy import URL

from conversations.records import store

migrate = store._bring_up_to_date
"""What makes and migrates a database."""


def migrated(folder: Path) -> Path:
    """A database in a folder as a start leaves it, made by a start where none lies there yet."""
    file = folder / "migrated.sqlite3"
    if not file.exists():
        new = file.with_suffix(".new")
        new.unlink(missing_ok=True)
        migrate(store.read_url(f"sqlite:///{new}"))
        assert [one.name for one in folder.glob(f"{new.name}*")] == [new.name], "all of it is in the one file"
        new.replace(file)
    return file


def from_copies(of: Path) -> Callable[[URL], None]:
    """In the place of `migrate`: an SQLite file that is not there yet begins as a copy; then all goes on as it would."""

    def bring_up_to_date(address: URL) -> None:
        file = store.sqlite_file(address)
        if file is not None and not file.exists():
            with suppress(OSError):  # where no file can be made, the store itself says so
                _copied(of, file)
        migrate(address)

    return bring_up_to_date


def _copied(of: Path, file: Path) -> None:
    """Copy a file to where another may begin it at the same time: it is there at once and whole, or is the other's."""
    aside = file.with_name(f"{file.name}.{token_hex(8)}")
    try:
        shutil.copyfile(of, aside)
        os.link(aside, file)
    finally:
        aside.unlink(missing_ok=True)
