"""Which updates are in hand, and up to which Telegram may be told that they are done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

BATCH = 100
"""Telegram gives no more unconfirmed updates than this at a time, the lowest first."""
STUCK_SECONDS = 2.0
"""With a whole batch in hand Telegram shows nothing newer. What is in hand longer than this then no longer holds up the
others (T12): it is confirmed before it is answered, and only a crash in that time could lose its answer."""


class Window:
    """The updates between the lowest that is not done and the newest that was given."""

    def __init__(self) -> None:
        self._in_hand: dict[int, float] = {}
        """Updates that are not done, and since when they are in hand."""
        self._done: set[int] = set()
        """Updates that are done, and which Telegram still gives because a lower one is not."""
        self._after: int | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def offset(self) -> int | None:
        """The number up to which, itself not counted, everything is done; None before the first update."""
        return min(self._in_hand, default=self._after)

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand."""
        return not self._in_hand

    def add(self, numbers: Sequence[int], now: float) -> set[int]:
        """Take in what Telegram gave, all that it has from `offset` on; those that are new."""
        self._done &= set(numbers)  # what it gives no more is confirmed
        fresh = {number for number in numbers if number not in self._in_hand and number not in self._done}
        if not fresh and len(numbers) >= BATCH:
            self._let_go(now - STUCK_SECONDS)
        self._in_hand.update(dict.fromkeys(fresh, now))
        if numbers:
            self._after = max(numbers) + 1
        if self._in_hand:
            self._idle.clear()
        return fresh

    def done(self, number: int) -> None:
        """An update needs nothing more."""
        self._in_hand.pop(number, None)
        self._done.add(number)
        if not self._in_hand:
            self._idle.set()

    async def wait(self, seconds: float) -> None:
        """Wait until nothing is in hand, but no longer than this."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    def _let_go(self, before: float) -> None:
        for number in [number for number, since in self._in_hand.items() if since < before]:
            self.done(number)
