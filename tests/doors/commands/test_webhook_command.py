"""`signpost webhook`: Telegram is told where to send updates, and nothing that waits is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.main import main
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer
from tests.support.webhook_worker import SECRET


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TelegramServer]:
    server = TelegramServer()
    monkeypatch.setenv("SIGNPOST_TELEGRAM_URL", server.url)
    monkeypatch.setenv("SIGNPOST_TELEGRAM_TOKEN", server.token)
    monkeypatch.setenv("SIGNPOST_WEBHOOK_SECRET", SECRET)
    monkeypatch.delenv("SIGNPOST_ADDRESS", raising=False)
    yield server
    server.close()


def run(tmp_path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["webhook", *arguments, "--data", str(tmp_path)])


def test_a_webhook_is_set_shown_and_removed_and_what_waits_stays(server: TelegramServer, tmp_path: Path) -> None:
    Person(server, 7).says("hello")
    done = run(tmp_path, "set", "--address", "https://chat.example.org")
    assert done.exit_code == 0, done.output
    assert server.hook["url"] == "https://chat.example.org/telegram"
    assert server.hook["secret_token"] == SECRET
    assert "edited_message" in server.hook["allowed_updates"]
    assert SECRET not in done.output
    assert "https://chat.example.org/telegram. 1 wait" in run(tmp_path, "show").output
    assert run(tmp_path, "remove").exit_code == 0
    assert "No webhook is set" in run(tmp_path, "show").output
    assert len(server.updates) == 1


def test_what_is_missing_is_said_and_nothing_is_set(
    server: TelegramServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--address" in run(tmp_path, "set").output
    assert "TLS" in run(tmp_path, "set", "--address", "http://chat.example.org").output
    monkeypatch.setenv("SIGNPOST_WEBHOOK_SECRET", "short")
    assert "SIGNPOST_WEBHOOK_SECRET" in run(tmp_path, "set", "--address", "https://chat.example.org").output
    monkeypatch.setenv("SIGNPOST_WEBHOOK_SECRET", "")
    assert "no secret" in run(tmp_path, "set", "--address", "https://chat.example.org").output
    monkeypatch.setenv("SIGNPOST_TELEGRAM_TOKEN", "123456:ABC-def_ghi")
    rejected = run(tmp_path, "remove")
    assert rejected.exit_code == 2
    assert "rejects the token" in rejected.output
    assert not server.hook
