"""Whole talks as people might have them, played turn by turn, with the share of turns that got what a person would expect.

`tests/talks/open` may be learned from; `tests/talks/kept` was written by somebody who saw no code and is only measured. The
talks of `../shared/real` are one half of a set, where it stands beside the checkout.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from conversations.guide import Guide
from tests.support.figures import note
from tests.support.questions import Answers
from tests.support.talk_player import Played, ask_second, play, shares, talks_of

TALKS = Path(__file__).parents[1] / "talks"
REAL = Path(__file__).parents[3] / "shared" / "real" / "talks.yaml"
SETS = {"open": TALKS / "open" / "talks.yaml", "kept": TALKS / "kept" / "talks.yaml", "real": REAL}
LEAST = {"open": 0.60, "kept": 0.60, "real": 0.75}
"""Follow-ups that must pass; what is reached stands in benchmarks/README.md."""
MOST_WALLS, MOST_LISTS = 0.08, 0.10
SECOND_TURN = 0.98
SECONDS = 260


@pytest.mark.slow
@pytest.mark.parametrize("half", SETS)
def test_talks_go_as_a_person_would_expect(half: str, guide: Guide, tmp_path: Path) -> None:
    if not SETS[half].is_file():
        pytest.skip(f"the talks of real people do not stand beside this checkout: {SETS[half].name}")
    now = datetime.fromisoformat("2026-11-24T12:00+00:00")
    turns = [turn for talk in talks_of(SETS[half]) for turn in play(talk, guide, now, tmp_path)]
    passed, asked = shares(turns)["follow-ups"]
    follow_ups = [turn for turn in turns if turn.kind != "opening"]
    walls = sum(turn.reply == "no_match" for turn in follow_ups) / asked
    lists = sum(turn.reply == "choices" for turn in follow_ups) / asked
    note(_figures(half, turns))
    assert passed / asked >= LEAST[half]
    assert walls <= MOST_WALLS
    assert lists <= MOST_LISTS


def _figures(half: str, turns: list[Played]) -> str:
    found = shares(turns)
    whole: dict[str, bool] = defaultdict(lambda: True)
    for turn in turns:
        whole[turn.talk] &= turn.passed
    passed, asked = found["follow-ups"]
    follow_ups = [turn for turn in turns if turn.kind != "opening"]
    kinds = "  ".join(f"{kind} {good}/{of}" for kind, (good, of) in sorted(found.items()) if kind != "follow-ups")
    return (
        f"talks, {half}: {len(whole)} talks  follow-ups passed {passed / asked:.3f} of {asked}  "
        f"walls {sum(turn.reply == 'no_match' for turn in follow_ups) / asked:.3f}  "
        f"lists {sum(turn.reply == 'choices' for turn in follow_ups) / asked:.3f}  "
        f"whole talks without a miss {sum(whole.values()) / len(whole):.3f}\n  {kinds}"
    )


@pytest.mark.slow
def test_a_whole_question_finds_the_same_entry_in_the_middle_of_a_talk(
    guide: Guide, now: datetime, answers: Answers
) -> None:
    """A question of its own wins over a follow-up (K8): asked second, it shows the entry that it shows when asked first."""
    every = answers.half("open")
    asked = [(row, one) for row, one in every if len(row["ask"].split()) >= 4][:: max(1, len(every) // SECONDS)]
    pairs = [pair for row, one in asked[:SECONDS] if (pair := ask_second(row, one, guide, now)) is not None]
    same = sum(first == second for first, second in pairs) / len(pairs)
    note(f"questions as a second turn: n {len(pairs)}  same entry as when asked first {same:.3f}")
    assert same >= SECOND_TURN
