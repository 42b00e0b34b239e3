"""What one run of the tests works out once, whichever of its workers asks first."""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PART = 16
"""Items that a worker takes at a time: a second or two of work, so that nobody waits long for another's part."""


class Shared:
    """A folder of one run. Content and code do not change while it lasts, so that nothing in it goes stale."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder

    @contextmanager
    def alone(self, name: str, wait: bool = True) -> Iterator[None]:
        """Hold a lock, which the system gives back when a worker dies. BlockingIOError where it is taken and none waits."""
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield

    def each(self, name: str, items: Sequence[Item], make: Callable[[Item], Result]) -> list[Result]:
        """What `make` makes of each item. Workers that ask under one name share the work, and each gets all of it."""
        begins = range(0, len(items), PART)
        parts: dict[int, list[Result]] = {}
        for wait in (False, True):
            for begin in begins:
                if begin not in parts:
                    with suppress(BlockingIOError), self.alone(f"{name}-{begin}", wait):
                        parts[begin] = self._part(f"{name}-{begin}", items[begin : begin + PART], make)
        return [result for begin in begins for result in parts[begin]]

    def _part(self, name: str, items: Sequence[Item], make: Callable[[Item], Result]) -> list[Result]:
        """The results of one part, which its lock is held for."""
        file = self.folder / f"{name}.pickle"
        if file.is_file():
            kept: list[Result] = pickle.loads(file.read_bytes())
            return kept
        made = [make(item) for item in items]
        aside = file.with_suffix(".new")
        aside.write_bytes(pickle.dumps(made))
        aside.replace(file)
        return made
