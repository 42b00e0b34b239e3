"""Which updates are in hand, and up to which Telegram may be told that they are done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress

BATCH = 100
"""Telegram gives no more unconfirmed updates than this at a time, the lowest first."""
STUCK_SECONDS = 1.0
"""With a whole batch in hand Telegram shows nothing newer, and a cry for help must not wait (S1a). What is in hand longer than
this then no longer holds up the others (T12): it is confirmed before it is answered, once it is noted where its answer goes."""


class Window:
    """The updates between the lowest that is not done and the newest that was given."""

    def __init__(self) -> None:
        self._in_hand: dict[int, float] = {}
        """Updates that are not done, and since when they are in hand."""
        self._done: set[int] = set()
        """Updates that are done, and which Telegram still gives because a lower one is not."""
        self._let_go: set[int] = set()
        """Updates that are confirmed, and not answered yet."""
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
        self._in_hand.update(dict.fromkeys(fresh, now))
        if numbers:
            self._after = max(numbers) + 1
        if self._in_hand:
            self._idle.clear()
        return fresh

    def done(self, number: int) -> None:
        """An update needs nothing more."""
        self._let_go.discard(number)
        self._in_hand.pop(number, None)
        self._done.add(number)
        if not self._in_hand:
            self._idle.set()

    def dropped(self, number: int) -> None:
        """An update is not answered here: it stays in hand, so that it is not confirmed."""

    async def wait(self, seconds: float) -> None:
        """Wait until nothing is in hand, but no longer than this."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    def stuck(self, now: float) -> tuple[int, ...]:
        """The updates that are in hand for so long that they may be let go."""
        return tuple(number for number, since in self._in_hand.items() if now - since > STUCK_SECONDS)

    def let_go(self, numbers: Iterable[int]) -> None:
        """Confirm updates before they are answered."""
        for number in numbers:
            if number in self._in_hand:
                self.done(number)
                self._let_go.add(number)

    def is_let_go(self, number: int) -> bool:
        """Whether an update is confirmed and not answered yet: it does not come again."""
        return number in self._let_go

    @property
    def unanswered(self) -> tuple[int, ...]:
        """The updates that are confirmed and not answered yet."""
        return tuple(self._let_go)
