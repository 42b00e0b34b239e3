"""The digest of the desk: off until it is set, counts alone, by email and into the forum's own Telegram chat."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.doctor import examine
from bot.commands.main import main
from bot.digests import alerts, read_outlets
from bot.settings import Settings, SettingsError
from bot.web.app import make_app
from conversations.forum.digest import alert
from tests.doors.web.test_issues import PLAN, SHOWN, begin, save
from tests.support.clock import PATIENCE
from tests.support.desk_visitor import House
from tests.support.telegram_server import TOKEN, TelegramServer

WORDS = "the kingfisher club is full"


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server on the loopback that keeps what it is given (RFC 5321)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Letters)
        self.letters: list[tuple[list[str], str]] = []
        self.full = False
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Letters(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box, to = self.server, []
        assert isinstance(box, Mailbox)
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "RCPT":
                to.append(line.partition("<")[2].partition(">")[0])
            if verb == "DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
                box.letters.append((to, text))
                to = []
            self.wfile.write(
                b"452 full\r\n" if box.full and verb == "MAIL" else b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n"
            )
            if verb == "QUIT":
                return


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box
        box.shutdown()


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    for n in range(3):
        house.give(f"{WORDS} {n}", days=n)
    house.give("someone hurts me", state="safeguarding")
    house.give(WORDS, days=360)
    return house


def run(house: House, *options: str, **environ: str) -> Result:
    folder = house.file.parent
    call = [
        "digest",
        "--data",
        str(folder),
        "--knowledge",
        str(folder.parent / "knowledge"),
        "--now",
        "2026-11-22T12:00",
    ]
    return CliRunner().invoke(main, [*call, *options], env=environ)


def mail_to(box: Mailbox, goals: str) -> dict[str, str]:
    port = str(box.server_address[1])
    return {"SIGNPOST_DIGEST_MAIL": goals, "SIGNPOST_SMTP_HOST": "127.0.0.1", "SIGNPOST_SMTP_PORT": port,
            "SIGNPOST_SMTP_FROM": "desk@forum.example.org", "SIGNPOST_ADDRESS": "https://desk.example.org"}  # fmt: skip


def mail_to_nobody() -> dict[str, str]:
    """A digest that is set, for what is only shown."""
    return {"SIGNPOST_DIGEST_MAIL": "east=ann@forum.example.org", "SIGNPOST_SMTP_HOST": "127.0.0.1",
            "SIGNPOST_SMTP_FROM": "desk@forum.example.org"}  # fmt: skip


def test_nothing_is_sent_unless_it_is_set(house: House) -> None:
    told = run(house)
    assert told.exit_code == 2
    assert "no digest is set" in told.output


def test_mail_has_counts_and_nobodys_words_and_each_address_a_letter_of_its_own(house: House, mailbox: Mailbox) -> None:
    there = mail_to(mailbox, "east=ann@forum.example.org west=w@forum.example.org east=bea@forum.example.org")
    shown = run(house, "--print", **there)
    assert "New comments: 4" in shown.output
    assert mailbox.letters == [], "shown, not sent"
    told = run(house, **there)
    assert (told.exit_code, told.output) == (0, "east: sent to 2\nwest: nothing waits, nothing is sent\n")
    assert [to for to, _ in mailbox.letters] == [["ann@forum.example.org"], ["bea@forum.example.org"]]
    for _, text in mailbox.letters:
        assert "Subject: The Signpost desk in East" in text
        for line in ("New comments: 4", "Matters of safeguarding that are open: 1", "https://desk.example.org/desk/"):
            assert line in text
        assert "deleted within 30 days: 1" in text
        assert "kingfisher" not in text
        assert "hurts" not in text
        assert "Questions" not in text, "what does not wait is not named"


def test_issues_are_counted_too_and_what_the_council_sent_back(house: House) -> None:
    ann, cat = house.signed_in("ann"), house.signed_in("cat", ("council",))
    for n in range(3):
        issue, _ = begin(house, ann, title=f"The heron matter {n}")
        save(ann, issue, do="ask", **SHOWN, question="When?")
    cat.send("/desk/council/issues/2", form=1, do="back", words="Where?")
    cat.send("/desk/council/issues/3", **PLAN)
    shown = run(house, "--print", **mail_to_nobody()).output
    for line in (
        "Sent back by the council, with a question or because it is not theirs: 1",
        "Issues with an answer, not published yet: 1",
        "Issues with the council: 1",
    ):
        assert line in shown
    assert "heron" not in shown


def test_that_a_comment_was_moved_to_safeguarding_is_told_at_once_and_nothing_of_it(
    house: House, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    there = mail_to(mailbox, "east=lead@forum.example.org west=w@forum.example.org")
    words = house.desk.wording
    tell = alerts(read_outlets(there), lambda area: alert(area.capitalize(), "https://desk.example.org/desk/", words))
    house.app = make_app(replace(house.desk, alert=tell), ("desk.test",))
    house.staff("lead", ("safeguarding",))
    ann, bea = house.signed_in("ann"), house.signed_in("bea", ("reviewer", "safeguarding"))
    moved = ann.send("/desk/feedback/1", state="safeguarding")
    assert moved.url.path == "/desk/safeguarding/1"
    _until(lambda: len(mailbox.letters) == 1)
    ((to, text),) = mailbox.letters
    assert to == ["lead@forum.example.org"]
    assert "Subject: Safeguarding at the Signpost desk in East" in text
    assert "A comment was moved to safeguarding" in text
    for kept in ("kingfisher", "feedback/1", "safeguarding/1", "ann"):
        assert kept not in text
    bea.send("/desk/feedback/1", state="read")
    undone = ann.send("/desk/feedback/1", form=1)
    assert undone.url.path == "/desk/safeguarding/1", "who moves it by an undo keeps its words too"
    assert WORDS in undone.text
    _until(lambda: len(mailbox.letters) == 2)
    mailbox.full = True
    assert ann.send("/desk/feedback/2", state="safeguarding").status_code == 200, "no page waits for a mail server"
    _until(lambda: "was not sent" in caplog.text)
    assert "lead@" not in caplog.text


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_doctor_names_a_digest_that_is_set_wrong(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_DIGEST_MAIL", "east=lead@forum.example.org")
    data = house.file.parent
    settings = Settings(data.parent / "knowledge", data, f"sqlite:///{house.file}", house.clock())
    said = {one.what: one for one in examine(settings)}["forum desk"]
    assert not said.good
    assert "SIGNPOST_DIGEST_MAIL needs SIGNPOST_SMTP_HOST" in said.detail


def test_what_a_mail_server_refuses_is_told_in_one_line(house: House, mailbox: Mailbox) -> None:
    mailbox.full = True
    told = run(house, **mail_to(mailbox, "east=ann@forum.example.org"))
    assert told.exit_code == 1
    assert "was not taken by 127.0.0.1" in told.output
    assert "Traceback" not in told.output
    assert told.output.count("\n") == 1


def test_it_goes_into_the_forums_own_chat(house: House) -> None:
    server = TelegramServer()
    try:
        there = {
            "SIGNPOST_DIGEST_CHATS": "east=-1001234567890",
            "SIGNPOST_TELEGRAM_TOKEN": TOKEN,
            "SIGNPOST_TELEGRAM_URL": server.url,
        }
        refused = run(house, **there)
        assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
        assert "was not taken by Telegram" in refused.output, "the bot is not in that chat"
        server.chats.add(-1001234567890)
        assert run(house, **there).output == "east: sent to 1\n"
        ((chat, shown, preview),) = [(one.chat, one.text, one.preview) for one in server.shown]
    finally:
        server.close()
    assert (chat, preview) == (-1001234567890, False)
    assert "New comments: 4" in shown
    assert "kingfisher" not in shown


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SIGNPOST_DIGEST_MAIL": "ann@forum.example.org"}, "should be like manchester=lead@forum.example.org"),
        ({"SIGNPOST_DIGEST_MAIL": "east=a@b.example"}, "needs SIGNPOST_SMTP_HOST"),
        ({"SIGNPOST_DIGEST_CHATS": "east=us"}, "should be like manchester=-1001234567890"),
        ({"SIGNPOST_DIGEST_CHATS": "east=-100123456"}, "no token"),
        ({"SIGNPOST_DIGEST_MAIL": "east=a@b.example", "SIGNPOST_SMTP_HOST": "m", "SIGNPOST_SMTP_FROM": "d@b.example",
          "SIGNPOST_SMTP_PORT": "0"}, "is no port"),
        ({"SIGNPOST_DIGEST_MAIL": "east=a@b.example", "SIGNPOST_SMTP_HOST": "m", "SIGNPOST_SMTP_FROM": "d@b.example",
          "SIGNPOST_SMTP_PASSWORD_FILE": "/not/there"}, "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_outlets(environ)


def test_a_mail_server_elsewhere_must_speak_tls(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    monkeypatch.setattr("bot.digests.is_loopback", lambda host: False)
    told = run(house, **mail_to(mailbox, "east=ann@forum.example.org"))
    assert told.exit_code == 1
    assert mailbox.letters == []
