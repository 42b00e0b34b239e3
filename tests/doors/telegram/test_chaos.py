"""Two workers on a PostgreSQL while they are killed, the database fails and Telegram fails: nothing is lost, doubled or leaked.

`./run bench chaos` is the same with 200 families, and on SQLite by polling too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chaos import Wanted, by_webhook
from tests.support.figures import note
from tests.support.postgres import needed, postgres
from tests.support.telegram_content import make_small


@pytest.mark.slow
def test_in_chaos_nothing_is_lost_late_doubled_or_leaked(tmp_path: Path) -> None:
    bin_ = needed()
    wanted = Wanted(talks=4, rounds=1, kill_every=1.5, frozen=2.0, redelivered=0.2, faults=0.15)
    (tmp_path / "workers").mkdir()
    with postgres(bin_) as url:
        told = by_webhook(tmp_path / "workers", make_small(tmp_path / "small"), bin_, url, wanted)
    note(
        f"chaos, 4 families: {told.messages} messages, {told.injected['kill']} kills, slowest card {max(told.cards):.2f} s"
    )
    for what in ("kill", "database restarted", "database frozen", "redelivered", "429", "502", "cut after"):
        assert told.injected[what], what
    assert told.consented == wanted.talks
    assert told.cards  # of one that came only to processes that were killed nothing is measured
    assert not told.unanswered
    assert not told.out_of_order
    assert not told.late, told.cards
    assert not told.kept_wrong
    assert not told.words_found
    assert told.repeats <= told.may_repeat, (told.repeats, told.may_repeat)
