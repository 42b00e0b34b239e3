"""Counts that may be published: none under 5, and none that can be worked out from the others (P10).

Small categories are merged (global recoding): Willenborg and de Waal, "Elements of Statistical Disclosure Control",
chapters 4 and 6. Only counts of one way are published: no table of two ways, whose cells could be worked out from its sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SMALLEST = 5
"""No count under this is published."""
WIDTH = 2
"""A merged small category must be able to take at least three values, for a reader who knows all our rules."""


@dataclass(frozen=True)
class Group:
    """One published line: the categories that it stands for, and their count together."""

    names: tuple[str, ...]
    n: int


def merged(cells: Mapping[str, int]) -> tuple[Group, ...]:
    """Categories as they may be published: those under 5 merged, with others where their sum would tell them.

    Gives the groups in the order of `cells`, a merged group last; nothing where all together are under 5.
    """
    if sum(cells.values()) < SMALLEST:
        return ()
    small = [name for name, n in cells.items() if n < SMALLEST]
    large = sorted((name for name in cells if name not in small), key=lambda name: (cells[name], name))
    helpers: list[str] = []
    while small and large and not _safe(small, helpers, large, cells):
        helpers.append(large.pop(0))
    single = tuple(Group((name,), cells[name]) for name in cells if name in large)
    together = tuple(name for name in cells if name in small or name in helpers)
    return (*single, Group(together, sum(cells[name] for name in together))) if together else single


def _safe(small: list[str], helpers: list[str], large: list[str], cells: Mapping[str, int]) -> bool:
    """Whether a reader who knows the rules cannot tell any category of the merged group from its sum."""
    total = sum(cells[name] for name in (*small, *helpers))
    if total < SMALLEST:
        return False
    most = min(cells[name] for name in large) if large else total  # helpers are the smallest: none is above this
    limits = [(0, SMALLEST - 1)] * len(small) + [(SMALLEST, most)] * len(helpers)
    low, high = sum(limit[0] for limit in limits), sum(limit[1] for limit in limits)
    for least, greatest in limits[: len(small)]:
        bottom = max(least, total - (high - greatest))
        top = min(greatest, total - (low - least))
        if top - bottom < WIDTH:
            return False
    return True
