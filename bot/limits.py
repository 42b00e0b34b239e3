"""Who may take how much of the machine: so many messages a minute, and of the time for thinking the least used first."""

from __future__ import annotations

import threading
import time
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections import deque
from collections.abc import Callable, Hashable
from itertools import count
from typing import Any, TypeVar

Result = TypeVar("Result")

REMEMBERED = 20_000
"""Talks of which it is known what they used; those that are unused for longest go first."""
FORGIVEN_SECONDS = 60.0
"""What a talk used is halved in this time: who was slow to answer a minute ago is not made to wait for long."""


YIELD_SECONDS = 0.5
"""Longer than any one message takes to be judged; however many are judged, answers go on."""


class Rate:
    """At most so many in a minute, for each of many; in memory, for one process."""

    def __init__(self, a_minute: int, seconds: Callable[[], float] | None = None) -> None:
        """`seconds` is a clock that nobody sets; by default that of the machine."""
        self.a_minute = a_minute
        self._seconds = seconds or (lambda: time.monotonic())
        self._left: dict[Hashable, tuple[float, float]] = {}
        """How many are left to each, and when that was so."""

    def allows(self, whose: Hashable) -> bool:
        """Count one more; False where that is too many."""
        now = self._seconds()
        left, since = self._left.pop(whose, (float(self.a_minute), now))
        left = min(self.a_minute, left + (now - since) * self.a_minute / 60)
        self._left[whose] = (left - 1 if left >= 1 else left, now)
        while len(self._left) > REMEMBERED:
            del self._left[next(iter(self._left))]
        return left >= 1


class FairLane:
    """Threads for calls on behalf of many; whoever used them least of late comes first.

    So that nobody who sends long texts by the dozen keeps others waiting for more than the one that is being read.
    """

    def __init__(self, threads: int, name: str, after: tuple[FairLane, ...] = ()) -> None:
        """`after` are lanes whose work is more urgent: while they have any, this one begins nothing for a while."""
        self._after = after
        self._busy = 0
        self._waiting: dict[Hashable, deque[tuple[int, Callable[[], None]]]] = {}
        """What waits, with its place in the order in which it came."""
        self._used: dict[Hashable, tuple[float, float]] = {}
        """How many seconds each used, and when that was so."""
        self._changed = threading.Condition()
        self._numbers = count()
        self._closed = False
        for number in range(threads):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def run(self, whose: Hashable, call: Callable[..., Result], *values: object) -> Future[Result]:
        """Call in a thread, on behalf of somebody; to be awaited. What is done for nobody in particular (None) comes first."""
        loop = get_running_loop()
        result: Future[Result] = loop.create_future()

        def work() -> None:
            if result.cancelled():
                return
            begin = time.monotonic()
            try:
                told: tuple[Callable[..., None], Any] = (_give, call(*values))
            except BaseException as error:
                told = (_fail, error)
            self._count(whose, time.monotonic() - begin)
            _tell(loop, result, *told)

        with self._changed:
            self._waiting.setdefault(whose, deque()).append((next(self._numbers), work))
            self._changed.notify_all()
        return result

    def close(self) -> None:
        """Take nothing more; the threads end once what waits is done, or with the process."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if self._closed:
                        return
                    self._changed.wait()
                whose = min(self._waiting, key=lambda one: (self._so_far(one), self._waiting[one][0][0]))
                _, work = self._waiting[whose].popleft()
                if not self._waiting[whose]:
                    del self._waiting[whose]
                self._busy += 1
            for lane in self._after:
                lane.give_way()
            try:
                work()
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def give_way(self) -> None:
        """Wait until this lane has nothing to do, or for as long as another may be made to wait for it."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._busy, YIELD_SECONDS)

    def _so_far(self, whose: Hashable) -> float:
        used, since = self._used.get(whose, (0.0, 0.0))
        return float(used * 0.5 ** ((time.monotonic() - since) / FORGIVEN_SECONDS))

    def _count(self, whose: Hashable, seconds: float) -> None:
        if whose is None:
            return
        with self._changed:
            used = self._so_far(whose) + seconds
            self._used.pop(whose, None)
            self._used[whose] = (used, time.monotonic())
            while len(self._used) > REMEMBERED:
                del self._used[next(iter(self._used))]


def _tell(loop: AbstractEventLoop, result: Future[Any], how: Callable[..., None], what: object) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(how, result, what)


def _give(result: Future[Any], value: object) -> None:
    if not result.done():
        result.set_result(value)


def _fail(result: Future[Any], error: BaseException) -> None:
    if not result.done():
        result.set_exception(error)
