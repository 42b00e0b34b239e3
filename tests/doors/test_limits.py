"""Nobody takes the whole machine: so many messages a minute, and whoever used least of late comes first."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.limits import REMEMBERED, FairLane, Rate


def test_so_many_a_minute_and_each_for_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    rate = Rate(6)
    assert [rate.allows("a") for _ in range(8)] == [True] * 6 + [False] * 2
    assert rate.allows("b")
    now[0] += 10.1
    assert [rate.allows("a") for _ in range(2)] == [True, False]
    now[0] += 3600
    assert [rate.allows("a") for _ in range(7)] == [True] * 6 + [False]


def test_what_is_remembered_of_whom_has_an_end() -> None:
    rate = Rate(1)
    for whose in range(REMEMBERED + 10):
        rate.allows(whose)
    assert len(rate._left) == REMEMBERED


def test_who_used_least_comes_first_and_each_in_order() -> None:
    done: list[str] = []

    def work(name: str, seconds: float) -> None:
        time.sleep(seconds)
        done.append(name)

    async def play() -> None:
        lane = FairLane(1, "test")
        await lane.run("flood", work, "first", 0.05)
        many = [lane.run("flood", work, f"flood {number}", 0.02) for number in range(5)]
        one = lane.run("cry", work, "cry", 0.0)
        await asyncio.gather(*many, one)
        lane.close()

    asyncio.run(play())
    assert done.index("cry") <= 2  # behind no more than what was being done
    assert [name for name in done if name.startswith("flood")] == [f"flood {number}" for number in range(5)]


def test_what_a_call_raises_is_raised_to_whoever_waits_and_the_lane_goes_on() -> None:
    async def play() -> int:
        lane = FairLane(1, "test")
        with pytest.raises(ZeroDivisionError):
            await lane.run("a", lambda: 1 // 0)
        return await lane.run("a", lambda: 7)

    assert asyncio.run(play()) == 7
