"""Families talk while workers are killed, the database fails and Telegram fails: what is lost, late, doubled or leaked.

`./run bench chaos [--talks 200] [--seed 1] [--seed N …]` plays it twice for each seed: two workers on a PostgreSQL of its own behind
the webhook, and one process that polls on SQLite. Without `--seed` it takes a fixed one and a random one. All of it stands on the
loopback. It exits with 1 where anything that is promised did not hold, or where nothing was injected.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.support.chaos import Told, Wanted, by_polling, by_webhook
from tests.support.postgres import binaries, postgres
from tests.support.telegram_content import make_small

FIXED_SEED = 1
INJECTED = ("kill", "429", "502", "cut before", "cut after")


def main() -> None:
    """Play, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--talks", type=int, default=200)
    parser.add_argument(
        "--rounds", type=int, default=2, help="how often each family asks, cries for help, gives feedback"
    )
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument(
        "--pause",
        type=float,
        default=1.0,
        help="at most so many seconds between what a family does and what it does next",
    )
    parser.add_argument("--kill-every", type=float, default=4.0, help="seconds")
    parser.add_argument("--only", choices=("webhook", "polling"))
    options = parser.parse_args()
    bin_, sound = binaries(), True
    if bin_ is None and options.only != "polling":
        sys.exit("no PostgreSQL: initdb or psycopg is missing")
    for seed in options.seed or (FIXED_SEED, random.SystemRandom().randrange(2, 10**6)):
        wanted = Wanted(
            talks=options.talks, seed=seed, rounds=options.rounds, kill_every=options.kill_every, pause=options.pause
        )
        with tempfile.TemporaryDirectory() as folder:
            small = make_small(Path(folder) / "small")
            if options.only != "polling":
                assert bin_ is not None
                (Path(folder) / "webhook").mkdir()
                with postgres(bin_) as url:
                    told = by_webhook(Path(folder) / "webhook", small, bin_, url, wanted)
                sound &= report(f"two workers, webhook, PostgreSQL, seed {seed}", told)
            if options.only != "webhook":
                (Path(folder) / "polling").mkdir()
                told = by_polling(Path(folder) / "polling", small, wanted)
                sound &= report(f"one process, polling, SQLite, seed {seed}", told)
    sys.exit(0 if sound else 1)


def report(name: str, told: Told) -> bool:
    """Print what came of one play; whether all that is promised held, and something was injected."""
    injected = ", ".join(f"{what} {number}" for what, number in sorted(told.injected.items()))
    slowest = max(told.cards, default=0.0)
    print(
        f"{name}: {told.messages} messages in {told.seconds:.0f} s; the bench itself was held up for {told.stalled:.2f} s"
    )
    print(f"  injected: {injected}")
    print(
        f"  answers {told.answers}, unanswered {told.unanswered}, never confirmed {told.undelivered}, out of order {told.out_of_order}, told to write again "
        f"{told.told_again}"
    )
    print(
        f"  cards {len(told.cards)}, slowest {slowest:.2f} s after it came to a process that lived on, late {told.late}"
    )
    print(
        f"  repeats {told.repeats} of at most {told.may_repeat} (in flight at a kill, or cut once Telegram had taken it)"
    )
    print(f"  feedback with a yes {told.consented}, kept wrongly {len(told.kept_wrong)}", *told.kept_wrong[:5])
    print(f"  files with a typed word {len(told.words_found)}", *told.words_found[:5], flush=True)
    missing = [what for what in INJECTED if not told.injected[what]]
    if missing:
        print(f"  NOT INJECTED: {', '.join(missing)}")
    return told.sound and not missing


if __name__ == "__main__":
    main()
