"""Long stories with one question in them: whether its entry is found, and whether a hard word in passing is taken for danger."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from conversations.engine import step
from conversations.guide import Guide
from conversations.turns import Message, State
from knowledge.matching.related import subject
from knowledge.training import public_messages
from tests.support.figures import note
from tests.support.sharing import Shared

FOLDER = Path(__file__).parents[1] / "stories"
LEAST = {"reach": 0.85, "first": 0.80, "answered": 0.50, "right": 0.90}
"""Regression floors of the kept half. The goals for parents' posts are .85, .75, .55 and .90."""
MOST_CARDS = 0.15
"""The same of needless cards: each story holds something that sounds like danger, or nothing of the kind."""


@pytest.mark.slow
@pytest.mark.parametrize("half", ["open", "kept"])
def test_the_question_in_a_long_story_is_found(half: str, guide: Guide, shared: Shared, now: datetime) -> None:
    asked = public_messages.rows(FOLDER / f"{half}.yaml")
    came = shared.each(f"stories-{half}", tuple(asked), lambda row: _came(row, guide, now))
    count = len(asked)
    first = [bool(shown) and _fits(shown[0], row) for (_, shown, _), row in zip(came, asked, strict=True)]
    answered = [right for (kind, _, _), right in zip(came, first, strict=True) if kind == "answer"]
    reach = [any(_fits(one, row) for one in shown) for (_, shown, _), row in zip(came, asked, strict=True)]
    found = {
        "reach": sum(reach) / count, "first": sum(first) / count,
        "answered": len(answered) / count, "right": sum(answered) / max(len(answered), 1),
    }  # fmt: skip
    worries = {
        line: [worry for (_, _, worry), row in zip(came, asked, strict=True) if row["line"] == line]
        for line in ("due", "noise", "none")
    }
    calm = worries["noise"] + worries["none"]
    note(
        f"stories, {half} half: n {count}  "
        + "  ".join(f"{name} {share:.2f}" for name, share in found.items())
        + "  "
        + "  ".join(
            f"{line}: card {_share(some, 'card')} line {_share(some, 'line')} of {len(some)}"
            for line, some in worries.items()
        )
    )
    assert sum(one == "card" for one in calm) / len(calm) <= MOST_CARDS
    if half == "kept":
        assert all(found[name] >= least for name, least in LEAST.items()), found


def _came(row: dict[str, Any], guide: Guide, now: datetime) -> tuple[str, list[str], str]:
    """The kind of the reply below any card, the entries that it shows, and what was given for danger."""
    state = State(area=row.get("area"), audience=row.get("audience", "parent"))
    replies = step(state, Message(text=row["ask"]), guide, now).replies
    worry = replies[0].safety or ""
    below = [reply for reply in replies if reply.kind != "crisis"]
    if not below:
        return "crisis", list(replies[0].under), worry
    shown = [one for one in (below[0].entry, *below[0].choices) if one is not None]
    return below[0].kind, list(dict.fromkeys(shown)), worry


def _fits(entry: str, row: dict[str, Any]) -> bool:
    """Whether an entry is one of those wanted, or another area's or the national one on the same subject."""
    return any(entry == one or subject(entry) == subject(one) for one in (*row["want"], *row.get("also", [])))


def _share(some: list[str], strength: str) -> str:
    return f"{sum(one == strength for one in some) / max(len(some), 1):.2f}"
