"""Follow-ups as people type them after an entry's first answer: whether they are taken for its own, and which facet answers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from conversations.guide import Guide
from conversations.steps import facets
from conversations.training import heard
from knowledge.entries import NATIONAL
from knowledge.matching.facets import follow_ups
from knowledge.training import public_messages
from tests.support.figures import note
from tests.support.questions import rows
from tests.support.sharing import Shared

FOLDER = Path(__file__).parents[1] / "followups"
NOTHING = "none"
EVERY = 6
"""One row in so many is asked: each takes a message read in its talk."""
LEAST_ABOUT, LEAST_RIGHT, MOST_STRAYS = 0.85, 0.50, 0.03
"""Regression floors: of the follow-ups that the entry answers; and of whole questions taken for the topic before them."""


@pytest.mark.slow
@pytest.mark.parametrize("half", ["open", "kept"])
def test_a_follow_up_is_answered_from_the_topic(half: str, guide: Guide, shared: Shared) -> None:
    asked = [row for row in public_messages.rows(FOLDER / f"{half}.yaml") if NOTHING not in row["facets"]][::EVERY]
    came = shared.each(f"follow-ups-{half}", tuple(asked), lambda row: _answered(row, guide))
    about = sum(one is not None for one in came) / len(came)
    right = sum(one is not None and not {*one}.isdisjoint(row["facets"]) for one, row in zip(came, asked, strict=True))
    note(
        f"follow-ups, {half} half: n {len(came)}  about the topic {about:.3f}  a facet that answers it {right / len(came):.3f}"
    )
    assert about >= LEAST_ABOUT
    assert right / len(came) >= LEAST_RIGHT


def _answered(row: dict[str, Any], guide: Guide) -> tuple[str, ...] | None:
    """The facets with which the topic answers; None where it is left."""
    entry = guide.library.by_id[row["entry"]]
    hearing = heard(row["ask"], entry, entry.area if entry.area != NATIONAL else "wirral", guide)
    act = facets.read(hearing)
    return act.facets if act is not None and act.entry in (entry, hearing.topic) else None


@pytest.mark.slow
def test_a_whole_question_leaves_the_topic(guide: Guide, now: datetime) -> None:
    entry = guide.library.by_id["national/blue-badge"]
    asked = [row for row in rows("kept") if row["want"].startswith("national/") and "blue" not in row["want"]][::6]
    hearings = [heard(row["ask"], entry, row.get("area"), guide) for row in asked]
    stays = [facets.is_about(one, one.topic) for one in hearings if one.topic is not None]
    note(f"whole questions after another topic: n {len(stays)}  taken for that topic {sum(stays) / len(stays):.3f}")
    assert sum(stays) / len(stays) <= MOST_STRAYS


def test_what_counts_is_plain_numbers() -> None:
    settled = follow_ups()
    signs = dict.fromkeys(settled.about, 0.0)
    assert settled.about_it(signs) == settled.about_start
    assert settled.about_it({**signs, "own": 1.0}) > settled.about_it({**signs, "other": 1.0})
