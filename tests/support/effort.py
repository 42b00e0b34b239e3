"""How much work a text makes, told so that a busy machine fails nobody: by growth and by the processor's time."""

from __future__ import annotations

import time
from collections.abc import Callable

STEP, MOST_GROWTH = 4, 48
"""Four times the text takes four times as long where work grows with the length, 16 times where it grows with its square,
and 64 times with its cube; what backtracks without end takes more than any of them."""
SHORTEST = 16
NOTHING = 0.05
"""Seconds too few to be told apart on a busy machine."""


def grows_gently(act: Callable[[str], object], text: str) -> None:
    """Assert that the work which a text makes grows at most with the square of its length, more or less.

    It is measured from a short piece up, so that what grows fast is caught before it takes hours.
    """
    act(text[:SHORTEST])  # what is read at the first call is no work of the text
    lengths = [len(text)]
    while lengths[-1] > SHORTEST:
        lengths.append(lengths[-1] // STEP)
    before = NOTHING
    for length in reversed(lengths):
        piece = text[:length]
        took = _seconds(act, piece)
        if took > MOST_GROWTH * before:
            took = min(took, _seconds(act, piece))  # once more, in case something disturbed it
        assert took <= MOST_GROWTH * before, (
            f"{length} characters {piece[:20]!r} took {took:.2f} s, a quarter {before:.2f} s"
        )
        before = max(took, NOTHING)


def _seconds(act: Callable[[str], object], text: str) -> float:
    """Seconds of the processor that this thread takes."""
    begin = time.thread_time()
    act(text)
    return time.thread_time() - begin
