"""What is owed to talks while the database cannot be written: to forget them, or to void a yes. Keys alone, in memory."""

from __future__ import annotations

import threading

MOST = 10_000
"""Talks of each kind; the oldest go first. A key has 32 bytes, so that this is no load."""
Keys = tuple[bytes, ...]
"""The key of a talk first, then those under which it may still stand from before (P2)."""


class Owed:
    """What to do to talks once the database can be written again; no words, and nothing on disk (P6)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forget: dict[bytes, Keys] = {}
        self._void: dict[bytes, Keys] = {}

    def __bool__(self) -> bool:
        return bool(self._forget or self._void)

    def forget(self, keys: Keys) -> None:
        """Note that somebody wants everything under these keys to be deleted."""
        self._note(self._forget, keys)

    def void(self, keys: Keys) -> None:
        """Note that no yes of before may hold any more, as the person has gone on (P3, S4)."""
        self._note(self._void, keys)

    def to_forget(self, key: bytes) -> Keys | None:
        """The keys to forget of the talk under `key`; None where nobody asked for it."""
        return self._forget.get(key)

    def to_void(self, key: bytes) -> Keys | None:
        """The keys under which no yes of before may hold; None where all is in order."""
        return self._void.get(key)

    def keys(self) -> tuple[bytes, ...]:
        """The keys of all talks to which anything is owed."""
        with self._lock:
            return tuple({**self._forget, **self._void})

    def settled(self, key: bytes, forget: Keys | None, void: Keys | None) -> None:
        """What was read with `to_forget` and `to_void` has been done; what came in since stays owed."""
        with self._lock:
            for noted, done in ((self._forget, forget), (self._void, void)):
                if done is not None and noted.get(key) is done:
                    del noted[key]

    def _note(self, noted: dict[bytes, Keys], keys: Keys) -> None:
        with self._lock:
            noted.pop(keys[0], None)
            noted[keys[0]] = keys
            while len(noted) > MOST:
                noted.pop(next(iter(noted)))
