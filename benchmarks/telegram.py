"""500 people talking at once for a minute: from update to reply, beside a bare echo of the same library in the same run.

`python -m benchmarks.telegram [--people 500] [--seconds 60] [--pause 10]` prints a table: the bare echo, Signpost with
four entries (the door alone), and Signpost with all content (the door and the matcher). Everybody
writes one message or two at once, waits for the answers, thinks for a while (seeded), and writes again. The far end is the tests'
strict Bot API on the loopback, so that the figures are those of the bot and this machine, not of Telegram.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.telegram_content import QUESTIONS as SMALL_QUESTIONS
from tests.support.telegram_content import make_small
from tests.support.telegram_people import Person, Signpost
from tests.support.telegram_server import Shown, TelegramServer

ROOT = Path(__file__).parent.parent

QUESTIONS = (
    "how do i ask for an ehc needs assessment", "what is a local offer", "my son is not sleeping at night",
    "how do i apply for DLA for my child", "the school refuses to give my daughter any help", "where can i find respite",
    "how do i appeal to the tribunal", "/menu", "/help", "/privacy",
)  # fmt: skip
FIRST_PERSON = 1000
WAIT_SECONDS = 60
START_SECONDS = 900
"""The first start learns an index of all content."""


@dataclass
class Figures:
    """What one bot showed: seconds from update to reply, and resident megabytes over time."""

    name: str
    took: list[float] = field(default_factory=list)
    wrong_order: int = 0
    unanswered: int = 0
    memory: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def row(self) -> str:
        """One line of the table."""
        ordered = sorted(self.took)
        p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
        cells = f"{len(ordered):>8} {p50 * 1000:>8.1f} {p99 * 1000:>8.1f} {ordered[-1] * 1000:>8.1f}"
        cells += f" {self.cpu / len(ordered) * 1000:>13.1f} {self.wrong_order:>12} {self.unanswered:>11}"
        return f"{self.name:<10}{cells} {self.memory[0]:>9.0f} {self.memory[-1]:>7.0f}"


HEAD = (
    f"{'':<10}{'replies':>8} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'CPU ms/reply':>13} {'out of order':>12}"
    f" {'unanswered':>11} {'MB start':>9} {'MB end':>7}"
)


@dataclass
class Talker:
    """One person who writes, and what they wait for."""

    person: Person
    next_at: float
    waiting: deque[tuple[str, float]] = field(default_factory=deque)
    """The first line of each answer that is due, and since when."""
    overtaken: set[str] = field(default_factory=set)
    """The first lines of answers before which a later one came."""


def main() -> None:
    """Measure one after the other, on a server of its own each, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=10, help="mean seconds between an answer and the next message")
    parser.add_argument("--only", action="append", choices=("echo", "small", "signpost"))
    options = parser.parse_args()
    print(
        f"{options.people} people, {options.seconds:.0f} s, a mean pause of {options.pause:.0f} s, {os.cpu_count()} cores"
    )
    print(HEAD)
    for name in options.only or ("echo", "small", "signpost"):
        print(measure(name, options).row(), flush=True)


def measure(name: str, options: argparse.Namespace) -> Figures:
    """Start one bot and let everybody talk to it."""
    server = TelegramServer()
    with tempfile.TemporaryDirectory() as folder:
        small = make_small(Path(folder) / "small") if name == "small" else None
        signpost = Signpost(server, Path(folder) / "data", small)
        try:
            if name == "echo":
                signpost.process = subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.telegram", "--bare-echo"], cwd=ROOT, env=signpost.environ
                )
                server.until(lambda: server.calls["getUpdates"] > 0, 30)
            else:
                signpost.start(START_SECONDS)
            return talk(name, server, signpost, options)
        finally:
            signpost.end()
            server.close()


def talk(name: str, server: TelegramServer, signpost: Signpost, options: argparse.Namespace) -> Figures:
    """Everybody talks; one thread writes for all of them, woken by every message that is shown."""
    assert signpost.process is not None
    answers = learn(Person(server, FIRST_PERSON - 1))
    figures, chance = Figures(name), random.Random(1)
    start = time.monotonic()
    end = start + options.seconds
    people = {
        number: Talker(Person(server, number), start + chance.uniform(0, options.pause))
        for number in range(FIRST_PERSON, FIRST_PERSON + options.people)
    }
    began, sampled = cpu_seconds(signpost.process.pid), start
    with server.lock:
        read = len(server.shown)
        while (now := time.monotonic()) < end or (
            any(one.waiting for one in people.values()) and now < end + WAIT_SECONDS
        ):
            for message in server.shown[read:]:
                receive(message, people[message.chat], figures, chance.expovariate(1 / options.pause))
            read = len(server.shown)
            for one in people.values() if now < end else ():
                if not one.waiting and one.next_at <= now:
                    write(one, chance.sample(list(answers), chance.choice((1, 1, 2))), answers)
            if now - sampled > options.seconds / 10:
                figures.memory.append(resident(signpost.process.pid))
                sampled = now
            server.changed.wait(0.005)
    figures.cpu = cpu_seconds(signpost.process.pid) - began
    figures.unanswered = sum(len(one.waiting) for one in people.values())
    return figures


def learn(probe: Person) -> dict[str, str]:
    """How each answer begins, asked before the others come; questions with several replies are left out."""
    answers: dict[str, str] = {}
    for question in (*QUESTIONS, *SMALL_QUESTIONS.values()):
        before = len(probe.shown)
        probe.says(question)
        probe.reads(before + 1)
        time.sleep(0.3)
        replies = probe.shown[before:]
        if len(replies) == 1:
            answers[question] = replies[0].topic
    return answers


def write(one: Talker, questions: list[str], answers: dict[str, str]) -> None:
    """One message, or two at once, which must be answered in this order."""
    one.overtaken.clear()
    for question in questions:
        one.waiting.append((answers[question], time.monotonic()))
        one.person.says(question)


def receive(message: Shown, one: Talker, figures: Figures, pause: float) -> None:
    """Take the time of a reply, and whether it came after one that was due later.

    In a talk an answer may be another one than alone: what is asked again by another side of the same topic, what is asked next by the
    topic in hand, and in several messages. So a reply that is not due, or looks like a later one, is not out of order by itself.
    """
    line = message.topic
    due = [first for first, _ in one.waiting]
    if line in one.overtaken:
        figures.wrong_order += 1
        one.overtaken.remove(line)
    elif due and line != due[0] and line in due:
        one.overtaken.add(due[0])
    if one.waiting:
        figures.took.append(message.at - one.waiting.popleft()[1])
    one.next_at = message.at + pause


def cpu_seconds(process: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process: int) -> float:
    """Megabytes that a process holds in memory."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def bare_echo() -> None:
    """The least that the library can do: every text comes back, many at once."""
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text(update.message.text or "")

    bot = Application.builder().token(os.environ["SIGNPOST_TELEGRAM_TOKEN"])
    bot = bot.base_url(f"{os.environ['SIGNPOST_TELEGRAM_URL']}/bot").concurrent_updates(True)
    application = bot.build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


if __name__ == "__main__":
    bare_echo() if "--bare-echo" in sys.argv else main()
