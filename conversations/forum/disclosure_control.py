"""Counts that may be published: none under 5, and none that can be worked out from the others (P10).

Small categories are merged (global recoding); in a table of two ways small cells are hidden together with enough others
(complementary suppression), until the bounds that a reader can work out are wide: Willenborg and de Waal, "Elements of
Statistical Disclosure Control", chapters 4 and 6. In a table with row and column sums those bounds are a maximum flow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SMALLEST = 5
"""No count under this is published."""
WIDTH = 2
"""A merged small category must be able to take at least three values, for a reader who knows all our rules."""
HIDDEN_WIDTH = 3
"""A hidden cell must be able to take at least four values, one of them 5 or more."""


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


Cells = Sequence[Sequence[int]]
Place = tuple[int, int]


def hidden(table: Cells) -> frozenset[Place] | None:
    """The cells of a table, whose row and column sums are published, that must be hidden; None where it must not stand."""
    primary = {(i, j) for i, row in enumerate(table) for j, n in enumerate(row) if n < SMALLEST}
    chosen = set(primary)
    while open_cells := [cell for cell in sorted(primary) if not _covered(table, chosen, cell)]:
        rows, columns = {i for i, _ in open_cells}, {j for _, j in open_cells}
        others = [
            (n, i, j)
            for i, row in enumerate(table)
            for j, n in enumerate(row)
            if (i, j) not in chosen and (i in rows or j in columns)
        ]
        if not others:
            return None
        _, i, j = min(others)
        chosen.add((i, j))
    return frozenset(chosen)


def _covered(table: Cells, chosen: set[Place], cell: Place) -> bool:
    low, high = bounds(table, chosen, cell)
    return high >= SMALLEST and high - low >= HIDDEN_WIDTH


def bounds(table: Cells, chosen: set[Place] | frozenset[Place], cell: Place) -> tuple[int, int]:
    """The least and the greatest that a reader can think a hidden cell to be, from the sums and the shown cells."""
    n = table[cell[0]][cell[1]]
    more = _flow(table, chosen, cell, raising=True)
    fewer = _flow(table, chosen, cell, raising=False)
    return max(0, n - fewer), n + more


def _flow(table: Cells, chosen: set[Place] | frozenset[Place], cell: Place, raising: bool) -> int:
    """How far a hidden cell can move with all sums kept: a maximum flow over the other hidden cells (Ford, Fulkerson).

    To raise it, another hidden cell of its row falls (by no more than it holds), one of that column rises, and so on to
    its own column; to lower it, the same with rising and falling changed.
    """
    plenty = sum(map(sum, table)) + SMALLEST
    room: dict[tuple[str, str], int] = {}
    for i, j in chosen:
        if (i, j) != cell:
            falls, rises = table[i][j], plenty
            room[f"r{i}", f"c{j}"] = falls if raising else rises
            room[f"c{j}", f"r{i}"] = rises if raising else falls
    start, end, moved = f"r{cell[0]}", f"c{cell[1]}", 0
    while path := _path(room, start, end):
        step = min(room[edge] for edge in path)
        for a, b in path:
            room[a, b] -= step
            room[b, a] += step
        moved += step
        if moved >= plenty:
            break
    return min(moved, plenty)


def _path(room: dict[tuple[str, str], int], start: str, end: str) -> list[tuple[str, str]]:
    """The shortest path with room left, as its edges; empty where there is none."""
    came: dict[str, str] = {start: start}
    queue = deque([start])
    while queue and end not in came:
        here = queue.popleft()
        for (a, b), left in room.items():
            if a == here and left > 0 and b not in came:
                came[b] = here
                queue.append(b)
    if end not in came:
        return []
    path, here = [], end
    while here != start:
        path.append((came[here], here))
        here = came[here]
    return path[::-1]
