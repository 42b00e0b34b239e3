"""A week of a city: families write in bursts for seven days, and the desk is opened each evening.

    ./run bench week                     1,000 families, some four thousand messages: a few minutes
    ./run bench week --families 10000    a city; an hour on two slow cores

Prints, a day: memory, the size of the database, and how long pages of the desk take. Ends with 1 where memory grows by more than 5 % after
the first day, or a page takes more than three times as long as after it. One process, the built-in content, SQLite on the disk, the open
half of families' questions; the clock is a made-up one, so that the retention rules run as in a week.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from bot.opening import make_guide
from bot.settings import read_settings
from bot.web.app import make_app
from bot.web.visit import make_desk
from conversations.guide import Guide
from conversations.keys.talk_key import load_secrets, talk_name
from conversations.london import LONDON
from conversations.records.store import truncate_log
from conversations.talks import Talks
from conversations.turns import Message, State, Turn, quoted
from conversations.wording import load_wording
from tests.support.desk_visitor import House, Visitor

TESTS = Path(__file__).parent.parent / "tests"
DAYS, SEED = 7, 20261130
MONDAY = datetime(2026, 11, 30, 6, 0, tzinfo=LONDON)
BURSTS = {8: 0.1, 12: 0.15, 16: 0.15, 20: 0.35, 21: 0.2, 2: 0.05}
"""At which hours the families of a day write, and how many of them."""
AT_ONCE = 4
"""Families whose messages are worked on at the same time in a burst."""
GIVES, IN_DANGER, FORGETS = 0.08, 0.03, 0.02
"""Of the talks, those that leave feedback with a yes, speak of danger, and end with /forget."""
FOLLOW_UPS = (
    "is it free",
    "what if they say no",
    "whats their number",
    "how long does it take",
    "thanks",
    "the second one",
    "ok what now",
)
MOST_GROWTH, MOST_RATIO = 0.05, 3.0
PAGES = ("/desk/today", "/desk/inbox", "/desk/inbox?q=bus+phone", "/desk/figures", "/desk/report/wirral/2026")
ROUNDS = 3
NOISE_SECONDS = 0.02
"""A page that is quicker counts as this: what lies below is the machine's, not the page's."""


def questions() -> dict[str, list[str]]:
    """Families' questions of the open half, by area."""
    return {
        area: [
            row["ask"]
            for file in sorted((TESTS / "questions/open" / area).glob("*.yaml"))
            for row in yaml.safe_load(file.read_text(encoding="utf-8"))
        ]
        for area in ("manchester", "wirral", "shropshire")
    }


def cries() -> list[str]:
    """Messages that speak of danger."""
    return [row["text"] for row in yaml.safe_load((TESTS / "safety/danger.yaml").read_text(encoding="utf-8"))]


class Week:
    """The families, the talks, and the desk beside them."""

    def __init__(self, folder: Path, families: int, guide: Guide) -> None:
        self.house = House(folder)
        self.house.clock.now = MONDAY
        self.house.desk = make_desk(
            self.house.engine, self.house.seals, guide, load_wording("desk"), self.house.clock, secure=True
        )
        self.house.app = make_app(self.house.desk, ("desk.test",))
        self.talks = Talks(
            guide, self.house.engine, replace(load_secrets(folder / "data" / "keys"), seals=self.house.seals)
        )
        self.asked, self.cries, self.families = questions(), cries(), families
        self.secret = self.house.staff("ann", ("reviewer",), ("wirral", "manchester", "shropshire"))
        self.chance = random.Random(SEED)
        self.pool = ThreadPoolExecutor(AT_ONCE)
        self.messages = self.kept = self.cards = 0

    def talk(self, name: str, seed: int, now: datetime) -> tuple[int, int, int]:
        """One family's talk: messages, feedback that was kept, and safety cards."""
        chance = random.Random(seed)
        area = chance.choice(list(self.asked))
        said = [chance.choice(self.asked[area]), *chance.sample(FOLLOW_UPS, chance.randrange(4))]
        if chance.random() < IN_DANGER:
            said.append(chance.choice(self.cries))
        if gives := chance.random() < GIVES:
            said += [
                "/feedback",
                f"{chance.choice(self.asked[area])} and nobody rang back in {chance.randrange(2, 40)} weeks",
            ]
        self.talks.set(name, State(area=area, audience="parent"), now)
        turns = [self.talks.hear(name, Message(text=text), now).turn for text in said]
        if gives and (yes := pressed_yes(turns[-1])) is not None:
            turns.append(self.talks.hear(name, yes, now).turn)
        if chance.random() < FORGETS:
            turns.append(self.talks.hear(name, Message(text="/forget"), now).turn)
        kinds = [reply.kind for turn in turns for reply in turn.replies]
        assert all(turn.replies for turn in turns), "somebody got no answer"
        return (
            len(turns),
            kinds.count("feedback_saved"),
            sum(reply.safety == "card" for turn in turns for reply in turn.replies),
        )

    def day(self, day: int) -> None:
        """The bursts of a day."""
        first = day * self.families // DAYS
        todays = list(range(first, (day + 1) * self.families // DAYS))
        self.chance.shuffle(todays)
        for hour, share in sorted(BURSTS.items()):
            now = MONDAY.replace(hour=hour) + timedelta(days=day)
            self.house.clock.now = now
            some, todays = (
                todays[: round(share * self.families / DAYS)],
                todays[round(share * self.families / DAYS) :],
            )
            if hour == max(BURSTS):
                some, todays = some + todays, []
            for messages, kept, cards in self.pool.map(
                lambda one, now=now: self.talk(talk_name("json", f"family {one}"), SEED + one, now), some
            ):
                self.messages, self.kept, self.cards = (
                    self.messages + messages,
                    self.kept + kept,
                    self.cards + cards,
                )
        self.talks.purge(self.house.clock.now)

    def pages(self) -> float:
        """Seconds of the pages of the desk, the middle of some rounds, all together."""
        self.house.clock.on(minutes=30)
        ann = Visitor(self.house, "192.0.2.1")
        assert ann.sign_in("ann", self.secret).status_code == 200
        return sum(
            max(NOISE_SECONDS, statistics.median(self._seconds(ann, path) for _ in range(ROUNDS))) for path in PAGES
        )

    @staticmethod
    def _seconds(ann: Visitor, path: str) -> float:
        begin = time.perf_counter()
        assert ann.get(path).status_code == 200, path
        return time.perf_counter() - begin

    def database(self) -> int:
        """Bytes of the database, its log folded in."""
        truncate_log(self.house.engine)
        return self.house.file.stat().st_size


def pressed_yes(turn: Turn) -> Message | None:
    """The yes under a preview, with the words that it shows."""
    for reply in turn.replies:
        for button in (one for row in reply.buttons for one in row):
            if button.id.startswith("fy:"):
                return Message(press=button.id, quoted=quoted(reply))
    return None


def memory() -> float:
    """Megabytes that this process holds now."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as told:
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    """Play the week, and print a line a day."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--families", type=int, default=1_000)
    families = options.parse_args().families
    with tempfile.TemporaryDirectory() as folder:
        week = Week(Path(folder), families, make_guide(read_settings(data=folder)))
        empty = week.database()
        held: list[float] = []
        took: list[float] = []
        print(
            "| day | messages | kept | cards | memory | database | desk pages |\n| --- | --- | --- | --- | --- | --- | --- |"
        )
        for day in range(DAYS):
            week.day(day)
            held, took = [*held, memory()], [*took, week.pages()]
            size = (week.database() - empty) / 1024
            print(
                f"| {day + 1} | {week.messages} | {week.kept} | {week.cards} | {held[-1]:.0f} MB | {size:.0f} KB | {took[-1] * 1000:.0f} ms |",
                flush=True,
            )
        growth, ratio = held[-1] / held[0] - 1, took[-1] / took[0]
        print(
            f"memory after the first day: {growth:+.1%}, at most {MOST_GROWTH:.0%}; desk pages: {ratio:.1f} times as long, at most {MOST_RATIO:.0f}"
        )
        print(
            f"database: {(week.database() - empty) / families:.0f} bytes a talk, of which {week.kept} of {families} left feedback"
        )
        return int(growth > MOST_GROWTH or ratio > MOST_RATIO or not week.kept or not week.cards)


if __name__ == "__main__":
    raise SystemExit(main())
