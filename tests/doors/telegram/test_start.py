"""What must be right before the bot starts: one plain line, exit code 2, and no token in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import SettingsError, TelegramSettings, read_telegram
from tests.support.telegram_content import make_small
from tests.support.telegram_people import Signpost
from tests.support.telegram_server import TelegramServer
from tests.support.warm import run_warm

GOOD = "123456:ABC-def_ghi"


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    server = TelegramServer()
    yield server
    server.close()


def failed(signpost: Signpost, *options: str, **environ: str) -> str:
    """The line that a start fails with."""
    ended = run_warm(["telegram", "--data", str(signpost.data), *options], signpost.environ | environ)
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert signpost.server.token not in line
    return line


@pytest.mark.slow
def test_no_token_and_what_is_no_token_are_said(tmp_path: Path, server: TelegramServer) -> None:
    signpost = Signpost(server, tmp_path / "data")
    assert "no token" in failed(signpost, SIGNPOST_TELEGRAM_TOKEN="")
    assert "that is no token" in failed(signpost, SIGNPOST_TELEGRAM_TOKEN="not a token")


@pytest.mark.slow
def test_a_token_that_telegram_rejects_is_said(tmp_path: Path, server: TelegramServer) -> None:
    line = failed(Signpost(server, tmp_path / "data"), "--knowledge", str(make_small(tmp_path / "small")),
                  SIGNPOST_TELEGRAM_TOKEN=GOOD)  # fmt: skip
    assert "rejects the token" in line
    assert GOOD not in line


@pytest.mark.slow
def test_content_that_cannot_be_read_and_a_database_that_cannot_be_opened_are_said(
    tmp_path: Path, server: TelegramServer
) -> None:
    small = make_small(tmp_path / "small")
    signpost = Signpost(server, tmp_path / "data")
    assert "database" in failed(signpost, "--knowledge", str(small), "--database", "sqlite:////proc/none/x.sqlite3")
    (small / "national" / "money.yaml").write_text("bus-pass: {title: Bus pass}\n")
    line = failed(signpost, "--knowledge", str(small))
    assert "money.yaml" in line
    assert "1 more" in line


@pytest.mark.slow
def test_the_doctor_asks_telegram_about_the_token_and_never_prints_it(tmp_path: Path, server: TelegramServer) -> None:
    signpost = Signpost(server, tmp_path / "data")
    command = ["doctor", "--data", str(signpost.data), "--knowledge", str(make_small(tmp_path / "small"))]
    for token, code, said in ((server.token, 0, "Telegram knows it"), (GOOD, 2, "rejects the token")):
        environ = signpost.environ | {"SIGNPOST_TELEGRAM_TOKEN": token}
        ended = run_warm(command, environ)
        assert said in ended.stdout + ended.stderr
        assert ended.returncode == code
        assert token not in ended.stdout + ended.stderr


def test_the_token_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{GOOD}\n")
    assert read_telegram({"SIGNPOST_TELEGRAM_TOKEN_FILE": str(file)}) == TelegramSettings(GOOD)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_telegram({"SIGNPOST_TELEGRAM_TOKEN_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize("url", ["http://127.0.0.1:8081", "http://127.0.0.1:8081/", "http://127.0.0.1:8081/bot"])
def test_the_service_may_be_reached_elsewhere(url: str) -> None:
    settings = read_telegram({"SIGNPOST_TELEGRAM_TOKEN": GOOD, "SIGNPOST_TELEGRAM_URL": url})
    assert settings.url == "http://127.0.0.1:8081"
    assert GOOD not in repr(settings)


def test_what_is_no_web_address_is_said() -> None:
    with pytest.raises(SettingsError, match="SIGNPOST_TELEGRAM_URL"):
        read_telegram({"SIGNPOST_TELEGRAM_TOKEN": GOOD, "SIGNPOST_TELEGRAM_URL": "127.0.0.1:8081"})
