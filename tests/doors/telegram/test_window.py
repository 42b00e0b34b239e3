"""What may be confirmed to Telegram: everything below the lowest update that is not done."""

from __future__ import annotations

from bot.telegram.window import BATCH, STUCK_SECONDS, Window


def test_nothing_above_the_lowest_that_is_not_done_is_confirmed() -> None:
    window = Window()
    assert window.offset is None
    assert window.add([5, 6, 7], 0.0) == {5, 6, 7}
    window.done(6)
    window.done(7)
    assert window.offset == 5
    assert window.add([5, 6, 7, 8], 1.0) == {8}
    window.done(5)
    assert window.offset == 8
    window.done(8)
    assert window.offset == 9
    assert window.idle


def test_a_lower_number_after_a_quiet_week_is_new() -> None:
    window = Window()
    window.add([1000], 0.0)
    window.done(1000)
    assert window.add([], 1.0) == set()
    assert window.add([17], 2.0) == {17}
    window.done(17)
    assert window.offset == 18


def test_only_where_telegram_shows_no_more_is_what_is_stuck_let_go() -> None:
    window = Window()
    numbers = list(range(1, BATCH + 1))
    window.add(numbers, 0.0)
    for number in numbers[1:]:
        window.done(number)
    window.add(numbers, STUCK_SECONDS / 2)
    assert not window.stuck(STUCK_SECONDS / 2)
    assert window.stuck(STUCK_SECONDS + 1) == (1,)
    assert window.offset == 1
    window.let_go([1])
    assert window.is_let_go(1)
    window.add(numbers, STUCK_SECONDS + 1)
    assert window.offset == BATCH + 1
    assert window.add([BATCH + 1], STUCK_SECONDS + 2) == {BATCH + 1}
    assert window.unanswered == (1,)
    window.done(1)
    assert not window.unanswered
    assert window.offset == BATCH + 1
