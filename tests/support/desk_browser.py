"""A real desk for browser tests: its own process over a seeded database, and a Chromium."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import Connection, Engine, insert

from conversations.forum import accounts
from conversations.keys.sealing import Seals
from conversations.london import LONDON
from conversations.records import exchanges, feedback, issues, questions, staff
from conversations.records.store import open_store
from conversations.records.tables import counts
from conversations.turns import FeedbackGiven, QuestionKept
from tests.support.clock import PATIENCE

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MARKS = [
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM on this machine: apt-get install chromium"),
    pytest.mark.slow,
]
"""What tests in a browser are marked with."""
if CHROMIUM is None:
    warnings.warn("NO CHROMIUM: the browser tests are skipped (apt-get install chromium)", stacklevel=1)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
]  # fmt: skip
AXE = (Path(__file__).parents[1] / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PASSWORD = "three quiet otters sing"
SAID = (
    "The short breaks page is out of date. It still names a club that closed last year, and nobody answers the phone.",
    "The SENDIASS lady was brilliant. She rang back the same day and explained the letter in plain words.",
    "There is nothing for teenagers who cannot go to school. Everything is for under twelves.",
    "I could not find the form. I looked for an hour on my phone and gave up.",
    "My son waited two years for an assessment. In that time nobody told us what we could do.",
    "Nobody asked us before the page was made. Please ask parents of children who use wheelchairs.",
    "The video with signing helped me a lot. More of that please.",
)
ASKED = (
    "is there a swimming class for kids in wheelchairs", "swimming class for children who use a wheelchair",
    "wheelchair swimming class for my kid", "who pays for a tutor when school is closed to him", "can he get a tutor paid for",
    "is there a toy library near us",
)  # fmt: skip


@dataclass
class Served:
    """A desk that runs."""

    address: str
    data: Path
    engine: Engine
    seals: Seals
    now: datetime
    secrets: dict[str, str] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)

    def code(self, name: str) -> str:
        """A code of somebody's second factor that has not been used; a fourth within a minute and a half has to wait.

        One of the step before is good until this step ends: near that end it could run out before it is sent.
        """
        while True:
            step, gone = divmod(int(time.time()), 30)
            free = max(self.used.get(name, 0) + 1, step - 1 if gone < 15 else step)
            if free <= step + 1:
                self.used[name] = free
                return pyotp.TOTP(self.secrets[name]).generate_otp(free)
            time.sleep(1)

    def staff(self, name: str, roles: tuple[str, ...], areas: tuple[str, ...] = ("manchester",)) -> None:
        """An account that is set up."""
        secret = self.secrets[name] = pyotp.random_base32()
        accounts.add(self.engine, name, areas, roles, self.now, "test")
        with self.engine.begin() as connection:
            account = staff.named(connection, name)
            assert account is not None
            staff.keep_totp(connection, account.staff.id, secret, self.seals)
            staff.keep_password(connection, account.staff.id, accounts.hasher.hash(PASSWORD))


def fill(served: Served, records: int = 50) -> None:
    """Feedback of every kind and state, questions and ratings."""
    kinds, themes = (
        ("offer", "missing", "information", "making", "other"),
        ("money", "starting-out", "needs", "voice", "general"),
    )
    states = ("new", "new", "read", "council", "done", "not-for-publication", "done", "safeguarding")
    with served.engine.begin() as connection:
        for n in range(records):
            created = int((served.now - timedelta(days=n * 5, hours=n)).timestamp())
            given = FeedbackGiven(
                "manchester", kinds[n % 5], ("good", "mixed", "bad", None)[n % 4],
                "manchester/short-breaks" if n % 3 == 0 else None, themes[(n + n // 5) % 5], n % 4 == 1,
                words=SAID[n % len(SAID)], code="",
            )  # fmt: skip
            key, receipt = n.to_bytes(32, "big"), (n + 10**6).to_bytes(32, "big")
            record = feedback.store(connection, given, key, receipt, created, served.seals)
            state = states[n % len(states)]
            values: dict[str, Any] = {"state": state}
            if state in ("council", "done"):
                values["public_words"] = SAID[n % len(SAID)]
            if state == "done":
                values |= {
                    "published": True,
                    "response": "Thank you. We passed this on.",
                    "done_text": "The page was mended in June.",
                    "council_response": "We have mended the page.",
                }
            if state != "new":
                feedback.change(connection, record, 1, values, served.seals)
        _issues(connection, served)
        for n, words in enumerate(ASKED):
            kept, moment = QuestionKept("manchester", n == 3, words, number=""), int(served.now.timestamp())
            questions.store(connection, kept, bytes(32), n.to_bytes(32, "big"), moment, served.seals)
        day = (served.now - timedelta(days=40)).date().isoformat()
        rows = [
            ("answer", 40, "manchester/short-breaks"),
            ("helpful", 12, "manchester/short-breaks"),
            ("unhelpful", 7, "manchester/short-breaks"),
            ("answer", 9, "national/autism"),
            ("nothing", 31, ""),
        ]
        connection.execute(
            insert(counts),
            [{"day": day, "what": what, "area": "manchester", "entry": entry, "n": n} for what, n, entry in rows],
        )


def _issues(connection: Connection, served: Served) -> None:
    """Two issues: one that the council has answered, with comments in it, and one that has waited for long."""
    asked = int((served.now - timedelta(days=40)).timestamp())
    for title, standing in (("Nothing for teenagers at home", "answered"), ("The short breaks page is old", "asked")):
        texts = {"title": title, "you_said": "There is nothing for teenagers.", "question": "What is planned?"}
        issue = issues.store(connection, "manchester", texts, asked, served.seals)
        found = issues.by_id(connection, issue)
        assert found is not None
        values: dict[str, Any] = {"standing": standing, "asked": asked}
        if standing == "answered":
            values |= {"answer": "planned", "by_when": "2027-03-01", "taken_back": 1}
            values["texts"] = {**texts, "answer_text": "A club opens in March.", "who": "The youth team"}
        assert issues.change(connection, found, values, served.seals)
        exchanges.add(connection, ("issue", issue), "back", "How many are they?", "cat", asked, served.seals)
        exchanges.add(connection, ("issue", issue), "asked", "What is planned?", "ann", asked, served.seals)
    for record in feedback.by_ids(connection, (3, 11, 19)):
        values = {"issue": 2 if record.id == 19 else 1}
        feedback.change(connection, record.id, record.version, values, served.seals)


@contextmanager
def serving(folder: Path, records: int = 50, cache: Path | None = None) -> Iterator[Served]:
    """A desk in a process of its own, with some records or none of anything; it is ended by its own number."""
    data = folder / "data"
    (data / "keys").mkdir(parents=True, mode=0o700)
    if cache is not None:
        (data / "cache").symlink_to(cache)
    engine, seals = open_store(f"sqlite:///{data / 'signpost.sqlite3'}"), Seals.load(data / "keys")
    served = Served("", data, engine, seals, datetime.now(LONDON).replace(microsecond=0))
    if records:
        fill(served, records)
    command = [
        sys.executable,
        "-m",
        "bot",
        "serve",
        "--insecure-loopback",
        "--port",
        "0",
        "--data",
        str(data),
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    try:
        served.address = _address(process)
        yield served
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
        engine.dispose()


def environment() -> dict[str, str]:
    """The environment of a child process."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "SIGNPOST_DATA": ""}


def _address(process: subprocess.Popen[str]) -> str:
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            found = re.search(r"(http://127\.0\.0\.1:\d+)/desk/", lines.get(timeout=1))
        except queue.Empty:
            continue
        if found:
            return found[1]
    raise AssertionError(
        f"the desk did not start: {process.stderr.read() if process.stderr and process.poll() is not None else ''}"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium of the system, without a window."""
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """A browser's context, and every request and console error in it."""

    context: BrowserContext
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def page(self) -> Page:
        """A page that is watched."""
        page = self.context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on(
            "console", lambda said: self.errors.append(f"{page.url}: {said.text}") if said.type == "error" else None
        )
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        return page


def watched(
    browser: Browser, served: Served, width: int = 1280, script: bool = True, own_colours: bool = False
) -> Watched:
    """A new context of a browser; with `own_colours` of a person whose colours replace those of pages."""
    context = browser.new_context(
        base_url=served.address, java_script_enabled=script, viewport={"width": width, "height": 900},
        forced_colors="active" if own_colours else None,
    )  # fmt: skip
    context.set_default_timeout(PATIENCE * 1000)
    return Watched(context)


def sign_in(page: Page, served: Served, name: str) -> None:
    """Sign in as a person would."""
    page.goto("/desk/sign-in")
    page.get_by_label("Your name at the desk").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code", exact=True).fill(served.code(name))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/desk/(?!sign-in)"))


def axe(page: Page) -> list[str]:
    """What axe-core finds on a page; nothing is what it should be.

    It looks from the end of the page: there no bar that stays in view lies over something that can be scrolled to.
    """
    page.evaluate(AXE)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    found = page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", WCAG)
    return [
        f"{page.url} {one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
