"""Families who talk while workers are killed, the database is restarted and frozen, and Telegram fails; and what became of them."""

from __future__ import annotations

import os
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path
from secrets import token_hex

import httpx
from sqlalchemy import select

from bot.settings import WEBHOOK_PATH
from conversations.keys.sealing import Seals
from conversations.records.sealed import FEEDBACK_WORDS
from conversations.records.store import open_store
from conversations.records.tables import feedback
from tests.support.locking import locked
from tests.support.postgres import folder_of, frozen, restart
from tests.support.telegram_content import QUESTIONS
from tests.support.telegram_people import Person, Signpost
from tests.support.telegram_server import SENDS, Shown, TelegramServer
from tests.support.telegram_webhook import Deliveries
from tests.support.warm import WarmProcess

SOON = 2.0
"""Seconds within which a card leaves (S1a)."""
MARK = "zephyrine"
"""Stands in all that is typed here and that may stand nowhere."""
DANGER = "i want to kill myself"
RECEIPT = re.compile(r"^[A-Z]+ [A-Z]+ [A-Z]+ \d{4}$", re.MULTILINE)
AGAIN, NOT_SAVED = "send your last message again", "I cannot save"
STILL_THERE = "Press Yes, or No"
WHERE = "Where do you live"
"""What is asked again where the area could not be saved."""
PATIENCE_SECONDS = 90.0
"""Who has no answer after this is counted as unanswered."""
START_SECONDS = 300.0
"""Within which a process is up, however busy the machine is."""
MOST_TRIES = 20
"""So often feedback is begun anew; who then has not left it is counted as unanswered."""
LOST_SECONDS = 8.0
"""What was begun while nothing could be saved is begun anew after this."""
FIRST_CHAT = 500_000
ALONE = 3
"""So many times less often a process is killed that nobody stands in for while it starts."""
STILL_SECONDS = 1.5
"""How long a message too many is waited for at the end."""
STALL_SECONDS = 0.05
"""Between looks at the clock by a thread that does nothing else."""
LOOK_SECONDS = 0.1
"""Between looks at what came; what is measured is when Telegram took it."""


@dataclass
class Wanted:
    """What is injected, and how much of everything."""

    talks: int = 200
    seed: int = 1
    kill_every: float = 4.0
    redelivered: float = 0.1
    faults: float = 0.05
    frozen: float = 4.0
    """Seconds for which the database hangs."""
    pause: float = 1.0
    """Seconds between what a family does and what it does next, at most."""
    rounds: int = 2
    """How often each family asks, cries for help, and is asked for a yes."""


@dataclass
class Told:
    """What came of it."""

    messages: int = 0
    answers: int = 0
    cards: list[float] = field(default_factory=list)
    """Seconds by which each card came, from its first arrival at a process that lived on."""
    late: int = 0
    unanswered: int = 0
    out_of_order: int = 0
    repeats: int = 0
    may_repeat: int = 0
    """Sends in flight at a kill, and cuts after Telegram took a message."""
    told_again: int = 0
    """How many were told to write again."""
    consented: int = 0
    kept_wrong: list[str] = field(default_factory=list)
    words_found: list[str] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    undelivered: int = 0
    """Updates that Telegram was not told to be done at the end."""
    stalled: float = 0.0
    """The longest that this process itself, which only waited, was kept from running: what others took of the machine."""

    @property
    def sound(self) -> bool:
        """Whether all that is promised held."""
        wrong = (
            self.late,
            self.unanswered,
            self.undelivered,
            self.out_of_order,
            len(self.kept_wrong),
            len(self.words_found),
        )
        return not any(wrong) and self.repeats <= self.may_repeat


@dataclass
class Kill:
    """A process that was killed: from when on, by when it was gone, and what it had in hand that Telegram had taken a message for."""

    at: float
    gone: float
    who: int
    in_flight: int


class Far:
    """The processes under test, from the far end: what reached them when, and how to kill one."""

    kills: list[Kill]

    def arrivals(self, number: int) -> Sequence[tuple[float, int]]:
        """When an update came to which process."""
        raise NotImplementedError

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL one, and start it again."""
        raise NotImplementedError

    def logs(self) -> Iterator[Path]:
        """Every file that the processes wrote, but the database."""
        raise NotImplementedError


class Workers(Far):
    """Processes of `signpost serve` behind Telegram's webhook, with a data folder each and the same keys from the environment."""

    def __init__(
        self, server: TelegramServer, folder: Path, knowledge: Path, url: str, wanted: Wanted, number: int = 2
    ) -> None:
        self.server, self.folder, self.knowledge, self.url = server, folder, knowledge, url
        self.kills, self.secret = [], token_hex(24)
        self.keys = {"SIGNPOST_TALK_KEY": token_hex(32), "SIGNPOST_WORDS_1_KEY": token_hex(32)}
        self.ports = [_free_port() for _ in range(number)]
        self._processes: dict[int, WarmProcess] = {}
        self._command("webhook", "set", "--address", "https://chat.example.org")
        assert server.hook["url"].endswith(WEBHOOK_PATH)
        for port in self.ports:
            self._start(port)
        self.deliveries = Deliveries(server, self.ports, wanted.redelivered, seed=wanted.seed)

    def _environ(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            **self.keys, "SIGNPOST_TELEGRAM_URL": self.server.url, "SIGNPOST_TELEGRAM_TOKEN": self.server.token,
            "SIGNPOST_WEBHOOK_SECRET": self.secret,
        }  # fmt: skip

    def _command(self, *arguments: str) -> None:
        process = self._begin(arguments, "command")
        assert process.wait(START_SECONDS) == 0, (self.folder / "command.log").read_text()

    def _begin(self, arguments: Sequence[str], name: str) -> WarmProcess:
        with (self.folder / f"{name}.log").open("ab") as log, Path(os.devnull).open() as nothing:
            return WarmProcess(arguments, self._environ(), (nothing, log, log))

    def _start(self, port: int) -> None:
        options = [
            "--data",
            str(self.folder / f"data-{port}"),
            "--knowledge",
            str(self.knowledge),
            "--database",
            self.url,
        ]
        self._processes[port] = self._begin(
            ("serve", "--insecure-loopback", "--port", str(port), *options), f"worker-{port}"
        )
        self._until_up(port)

    def _until_up(self, port: int) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError((self.folder / f"worker-{port}.log").read_text()[-2000:])

    def arrivals(self, number: int) -> Sequence[tuple[float, int]]:
        """When an update came to which worker."""
        return [(one.at, one.port) for one in tuple(self.deliveries.made) if one.number == number]

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL one of them, and start it again; the others go on meanwhile."""
        port = chance.choice(self.ports)
        begun = {number: since for number, (held, since) in self.deliveries.open.copy().items() if held == port}
        at = time.monotonic()
        self._processes[port].kill()
        self._processes[port].wait(START_SECONDS)
        gone = time.monotonic()
        self.kills.append(Kill(at, gone, port, taken_since(self.server, begun)))
        self._start(port)

    def logs(self) -> Iterator[Path]:
        """Every file of the workers' folders."""
        return (file for file in self.folder.rglob("*") if file.is_file())

    def stop(self) -> None:
        """End them all."""
        for process in self._processes.values():
            process.kill()


class Poller(Far):
    """One process that polls, on SQLite."""

    def __init__(self, server: TelegramServer, folder: Path, knowledge: Path) -> None:
        self.server, self.kills = server, []
        self.signpost = Signpost(server, folder / "data", knowledge, warm=True)
        self.signpost.start()

    def arrivals(self, number: int) -> Sequence[tuple[float, int]]:
        """When Telegram gave an update, again and again until it was confirmed."""
        with self.server.lock:
            return [(at, 0) for at in self.server.handed.get(number, [])]

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL it, and start it again."""
        with self.server.lock:
            waiting = [row["update_id"] for row in self.server.updates]
            last = self.kills[-1].at if self.kills else 0.0
            given = {number: [at for at in self.server.handed.get(number, []) if at > last] for number in waiting}
            begun = {number: times[0] for number, times in given.items() if times}
        at = time.monotonic()
        self.signpost.kill()
        gone = time.monotonic()
        self.kills.append(Kill(at, gone, 0, taken_since(self.server, begun)))
        self.signpost.start()

    def logs(self) -> Iterator[Path]:
        """The log, and the files beside the database."""
        yield self.signpost.log
        yield from (file for file in self.signpost.data.rglob("*") if file.is_file())

    def stop(self) -> None:
        """End it."""
        self.signpost.end()


def taken_since(server: TelegramServer, begun: Mapping[int, float]) -> int:
    """For how many of these updates, in hand since then, Telegram has taken a message that the process may not know of."""
    time.sleep(0.1)  # what was on its way is taken
    with server.lock:
        chats = {row["update_id"]: _chat(row) for row in server.updates if row["update_id"] in begun}
        return sum(
            sum(message.chat == chat and message.at >= begun[number] for message in server.shown)
            for number, chat in chats.items()
        )


class Family:
    """One family: what they do, one thing after the other; each thing is done when its answers have come."""

    def __init__(self, person: Person, wanted: Wanted, chance: random.Random) -> None:
        self.person, self.chance = person, chance
        self.mark = f"{MARK}{person.id}"
        self.shown: list[Shown] = []
        """What the chat shows; `play` puts it here."""
        self.asked: Counter[str] = Counter()
        self.cried: list[tuple[int, float]] = []
        """The updates that speak of danger, and when they were written."""
        self.consents: dict[str, bool] = {}
        """What was typed as feedback, and whether a yes to it came to be kept."""
        self.out_of_order = self.sent = self.yes = 0
        self.since, self.step, self.pause = 0.0, "", wanted.pause
        self.todo = self._life(wanted.rounds)
        self.next_at = time.monotonic() + chance.uniform(0, max(3.0, wanted.pause))
        self.failed: list[str] = []
        self.done = False

    def go_on(self) -> None:
        """Do what comes next, where the answers to what was done have come."""
        now = time.monotonic()
        if self.done or now < self.next_at:
            return
        if self.step and now - self.since > PATIENCE_SECONDS:
            self.failed.append(self.step)
            self.done = True
            return
        try:
            self.next_at = now + next(self.todo)
        except StopIteration:
            self.done = True

    def _life(self, rounds: int) -> Iterator[float]:
        """All that they do; yields for how long not to look."""
        yield from self._until("area", lambda seen: "Demo" in "".join(one.text for one in seen), "I live in Demo")
        for turn in range(rounds):
            yield from self._ask()
            yield from self._cry()
            yield from self._leave(turn, says_yes=True)
            yield from self._ask()
            yield from self._leave(turn, says_yes=False)

    def _begin(self, step: str) -> int:
        self.step, self.since = step, time.monotonic()
        return len(self.shown)

    def _until(self, step: str, came: Callable[[list[Shown]], object], *texts: str) -> Iterator[float]:
        """Write, and wait for what must come; what was lost is written again when told, or when nothing more comes."""
        before = self._begin(step)
        written = time.monotonic()
        for text in texts:
            self._say(text)
        while not came(self.shown[before:]):
            if any(WHERE in one.text for one in self.shown[before:]):
                before, written = len(self.shown), time.monotonic()
                self._say("Demo")
            told = any(AGAIN in one.text or NOT_SAVED in one.text for one in self.shown[before:])
            if told and time.monotonic() - written > LOST_SECONDS:
                before, written = len(self.shown), time.monotonic()
                for text in texts:
                    self._say(text)
            yield LOOK_SECONDS
        self.step = ""
        yield self.chance.uniform(0, self.pause)

    def _say(self, text: str) -> int:
        self.sent += 1
        return self.person.says(text)

    def _ask(self) -> Iterator[float]:
        """One to three questions at once, to be answered in this order."""
        titles = self.chance.sample(list(QUESTIONS), self.chance.choice((1, 2, 3)))
        before, again = self._begin("ask"), set[str]()
        read, written = before, time.monotonic()
        self._put(titles)
        while True:
            came = [title for title in dict.fromkeys(one.topic for one in self.shown[before:]) if title in titles]
            if len(came) == len(titles):
                break
            told = any(AGAIN in one.text or STILL_THERE in one.text for one in self.shown[read:])
            if told and time.monotonic() - written > LOST_SECONDS:
                if any(STILL_THERE in one.text for one in self.shown[read:]):  # begun twice, as the first was late
                    self.sent += 1
                    self.person.presses("No")
                missing = [title for title in titles if title not in came]
                again.update(missing)
                self._put(missing)
                read, written = len(self.shown), time.monotonic()
            yield LOOK_SECONDS
        self.out_of_order += [one for one in came if one not in again] != [one for one in titles if one not in again]
        self.step = ""
        yield self.chance.uniform(0, self.pause)

    def _put(self, titles: Sequence[str]) -> None:
        self.asked.update(titles)
        for title in titles:
            self._say(f"{QUESTIONS[title]} {self.mark}")

    def _cry(self) -> Iterator[float]:
        before = self._begin("danger")
        written = time.monotonic()
        self.cried.append((self._say(f"{DANGER} {self.mark}"), written))
        while not any(is_card(one) for one in self.shown[before:]):
            yield LOOK_SECONDS
        self.step = ""
        yield self.chance.uniform(0, self.pause)

    def _leave(self, turn: int, says_yes: bool) -> Iterator[float]:
        """Leave feedback to the end; what could not be saved on the way is begun anew."""
        words = f"the {self.mark} scheme is full {'every' if says_yes else 'no'} year {turn}"
        if says_yes:
            self.consents[words] = False
        for _ in range(MOST_TRIES):
            yield from self._until("feedback", lambda seen: any("Leave it" in one.buttons for one in seen), "/feedback")
            before, since = self._begin("words"), time.monotonic()
            self._say(words)
            preview = None
            while preview is None and time.monotonic() - since < LOST_SECONDS * 2:
                preview = next((one for one in self.shown[before:] if "Yes" in one.buttons and words in one.text), None)
                yield LOOK_SECONDS
            if preview is not None and (yield from self._press("Yes" if says_yes else "No", preview)):
                break
        else:
            self.failed.append("feedback to its end")
            return
        if says_yes:
            self.consents[words] = True

    def _press(self, label: str, preview: Shown) -> Generator[float, None, bool]:
        """Press, again where it could not be saved; False where all has to begin anew."""
        for _ in range(4):
            before, since = self._begin(label), time.monotonic()
            self.sent += 1
            self.yes += label == "Yes"
            self.person.presses(label, preview)
            while time.monotonic() - since < PATIENCE_SECONDS / 2:
                text = "\n".join(one.text for one in self.shown[before:])
                void = "Nothing was kept" in text
                if RECEIPT.search(text) or "kept already" in text or (void and label == "No"):
                    self.step = ""
                    yield self.chance.uniform(0, self.pause)
                    return True
                if void:  # what was to be kept could not be remembered: a yes that is not sure is no yes
                    return False
                if (NOT_SAVED in text or AGAIN in text) and time.monotonic() - since > 3:
                    break
                yield LOOK_SECONDS
        return False


def is_card(message: Shown) -> bool:
    """Whether a message is a safety card."""
    told = AGAIN, NOT_SAVED, "something went wrong"
    return "999" in message.text and not any(part in message.text for part in told)


def play(
    server: TelegramServer, far: Far, wanted: Wanted, upset: Sequence[Callable[[], None]]
) -> tuple[Told, dict[str, bool]]:
    """Let everybody talk while a process is killed every few seconds; `upset` are done once each, in between.

    What came of it, and each text with a yes with whether it was told to be kept.
    """
    server.fault = _faults(wanted, random.Random(wanted.seed))
    families = {
        number: Family(Person(server, number), wanted, random.Random(wanted.seed * 1_000 + number))
        for number in range(FIRST_CHAT, FIRST_CHAT + wanted.talks)
    }
    start, over, read, stalls = time.monotonic(), threading.Event(), 0, [0.0]
    threading.Thread(target=_watch_stalls, args=(stalls, over), daemon=True).start()
    upsetting = threading.Thread(target=_upset, args=(far, wanted, upset, over), daemon=True)
    upsetting.start()
    while upsetting.is_alive() or not all(one.done for one in families.values()):
        with server.changed:
            server.changed.wait(LOOK_SECONDS)
            new, read = server.shown[read:], len(server.shown)
        for message in new:
            families[message.chat].shown.append(message)
        for one in families.values():
            one.go_on()
        if all(one.done for one in families.values()):
            over.set()
    server.fault = None
    with suppress(AssertionError):
        server.until(lambda: not server.updates)  # what is delivered twice may still come
    time.sleep(STILL_SECONDS)
    for message in server.shown[read:]:
        families[message.chat].shown.append(message)
    told = Told(seconds=time.monotonic() - start, stalled=max(stalls), undelivered=len(server.updates))
    _judge(server, far, tuple(families.values()), told)
    return told, {words: yes for one in families.values() for words, yes in one.consents.items()}


def _upset(far: Far, wanted: Wanted, upset: Sequence[Callable[[], None]], over: threading.Event) -> None:
    """Kill, and in between do what else is to be done once; all of it, and at least one kill, however short the play is."""
    chance, left = random.Random(wanted.seed + 7), list(upset)
    while not over.wait(wanted.kill_every) or not far.kills or left:
        far.kill_one(chance)
        if left:
            over.wait(wanted.kill_every / 2)
            left.pop(0)()


def _watch_stalls(stalls: list[float], over: threading.Event) -> None:
    while not over.is_set():
        begun = time.monotonic()
        over.wait(STALL_SECONDS)
        stalls[0] = max(stalls[0], time.monotonic() - begun - STALL_SECONDS)


def _faults(wanted: Wanted, chance: random.Random) -> Callable[[str, int], str | None]:
    """A share of the sends fails: when is chance, each kind comes in its turn."""
    kinds = cycle(("cut after", "429", "502", "cut before"))

    def fault(method: str, chat: int) -> str | None:
        return next(kinds) if method in SENDS and chance.random() < wanted.faults else None

    return fault


def _judge(server: TelegramServer, far: Far, families: Sequence[Family], told: Told) -> None:
    for family in families:
        told.messages += family.sent
        told.unanswered += len(family.failed)
        told.out_of_order += family.out_of_order
        told.told_again += sum(AGAIN in one.text for one in family.shown)
        lines = Counter(one.topic for one in family.shown)
        told.answers += sum(lines[title] for title in family.asked)
        told.repeats += sum(max(0, lines[title] - number) for title, number in family.asked.items())
        cards = [one.at for one in family.shown if is_card(one)]
        told.repeats += max(0, len(cards) - len(family.cried))
        receipts = sum(bool(RECEIPT.search(one.text)) for one in family.shown)
        told.repeats += max(0, receipts - family.yes)
        told.consented += sum(family.consents.values())
        for number, written in family.cried:
            arrived = min((at for at, who in far.arrivals(number) if not _dies(far.kills, at, who)), default=None)
            came = min((at for at in cards if at >= written), default=None)
            if arrived is not None and came is not None:
                told.cards.append(max(0.0, came - arrived))
    told.late = sum(took > SOON for took in told.cards)
    told.may_repeat = sum(kill.in_flight for kill in far.kills) + server.faults["cut after"]
    told.injected = Counter({**server.faults, "kill": len(far.kills)})


def _dies(kills: Sequence[Kill], at: float, who: int) -> bool:
    return any(kill.who == who and kill.at - SOON <= at <= kill.gone for kill in kills)


def check_kept(url: str, seals: Seals, said: Mapping[str, bool], told: Told) -> None:
    """Every text with a yes is kept exactly once, and none without."""
    engine = open_store(url, migrate=False)
    with engine.connect() as connection:
        sealed = connection.execute(select(feedback.c.words)).scalars().all()
    engine.dispose()
    kept = Counter(FEEDBACK_WORDS.open(one, seals) for one in sealed)
    told.kept_wrong = [words for words, yes in said.items() if kept[words] != int(yes)]
    told.kept_wrong += [words for words in kept if words not in said]


def check_words(files: Iterator[Path], told: Told) -> None:
    """What was typed stands in no file, kept or not: what was kept is sealed."""
    mark = MARK.encode()
    told.words_found = [str(file) for file in files if mark in file.read_bytes().lower()]


def by_webhook(folder: Path, knowledge: Path, bin_: Path, url: str, wanted: Wanted) -> Told:
    """Two workers on PostgreSQL, which is restarted once and frozen once."""
    server = TelegramServer()
    workers = Workers(server, folder, knowledge, url, wanted)

    def freeze() -> None:
        with frozen(url):
            time.sleep(wanted.frozen)

    try:
        told, said = play(server, workers, wanted, (lambda: restart(bin_, url), freeze))
        told.injected.update({"database restarted": 1, "database frozen": 1, "redelivered": workers.deliveries.lost})
        with _given(workers.keys):
            check_kept(url, Seals.load(folder / "none", make=False), said, told)
    finally:
        workers.stop()
        server.close()
    data = folder_of(url)
    check_words((file for at in (folder, data) for file in at.rglob("*") if file.is_file()), told)
    return told


def by_polling(folder: Path, knowledge: Path, wanted: Wanted) -> Told:
    """One process that polls on SQLite, whose database another process holds once."""
    server = TelegramServer()
    poller = Poller(server, folder, knowledge)
    file = folder / "data" / "signpost.sqlite3"

    def hold() -> None:
        with locked(file):
            time.sleep(wanted.frozen)

    try:
        rarely = replace(wanted, kill_every=wanted.kill_every * ALONE)
        told, said = play(server, poller, rarely, (hold,))
        told.injected["database held"] = 1
        check_kept(f"sqlite:///{file}", Seals.load(folder / "data" / "keys"), said, told)
    finally:
        poller.stop()
        server.close()
    check_words(poller.logs(), told)
    return told


@contextmanager
def _given(keys: Mapping[str, str]) -> Iterator[None]:
    """The keys of the workers in this process's environment."""
    os.environ.update(keys)
    try:
        yield
    finally:
        for name in keys:
            del os.environ[name]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _chat(row: Mapping[str, object]) -> int:
    content = next(value for name, value in row.items() if name != "update_id")
    assert isinstance(content, dict)
    message = content.get("message", content)
    return int(message["chat"]["id"])
