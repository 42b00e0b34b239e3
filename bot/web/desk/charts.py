"""The geometry of a chart, for a template to draw as SVG: stacked bars by month, without style or script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 260
LEFT, BOTTOM, TOP = 40, 28, 8
"""Room for the numbers at the left and the months below."""
MOST_SERIES = 6
"""More colours than this nobody tells apart; the rest is counted together."""


@dataclass(frozen=True)
class Bar:
    """One piece of a stacked bar; `series` numbers its colour."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True)
class Tick:
    """A line of the scale with its number, or a label below."""

    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """What the template draws, and the same as a table."""

    bars: tuple[Bar, ...]
    scale: tuple[Tick, ...]
    below: tuple[Tick, ...]
    series: tuple[str, ...]
    columns: tuple[str, ...]
    table: tuple[tuple[str, tuple[int, ...]], ...]
    """Each series and its numbers, one a column."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def stacked(columns: Sequence[str], numbers: Mapping[str, Sequence[int]], rest: str) -> Chart:
    """A chart of some series over some columns; small series are counted together under the name `rest`."""
    ranked = sorted(numbers.items(), key=lambda row: (-sum(row[1]), row[0]))
    shown = [(name, tuple(row)) for name, row in ranked if sum(row)]
    if len(shown) > MOST_SERIES:
        others = tuple(map(sum, zip(*(row for _, row in shown[MOST_SERIES - 1 :]), strict=True)))
        drawn = [*shown[: MOST_SERIES - 1], (rest, others)]
    else:
        drawn = shown
    most = max([sum(column) for column in zip(*(row for _, row in drawn), strict=True)], default=0)
    top = _round_up(most)
    step = (WIDTH - LEFT) / max(1, len(columns))
    height = HEIGHT - BOTTOM - TOP
    bars = []
    for place in range(len(columns)):
        base = float(HEIGHT - BOTTOM)
        for series, (_, row) in enumerate(drawn):
            size = row[place] / top * height
            if size:
                bars.append(
                    Bar(
                        round(LEFT + place * step + step * 0.15, 1),
                        round(base - size, 1),
                        round(step * 0.7, 1),
                        round(size, 1),
                        series,
                    )
                )
            base -= size
    scale = tuple(Tick(round(HEIGHT - BOTTOM - part / 4 * height, 1), f"{top * part / 4:g}") for part in range(5))
    below = tuple(Tick(round(LEFT + (place + 0.5) * step, 1), name) for place, name in enumerate(columns))
    return Chart(tuple(bars), scale, below, tuple(name for name, _ in drawn), tuple(columns), tuple(shown))


def _round_up(most: int) -> int:
    """The end of the scale: a round number that four parts share evenly."""
    step, ways = 1, 0
    while 4 * step < most:
        step, ways = step * (2, 5, 10)[ways] // (1, 2, 5)[ways], (ways + 1) % 3
    return 4 * step
