"""Replies out: tried again where that helps, dropped where it does not; over HTTP, against the strict loopback Bot API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from bot.settings import TelegramSettings
from bot.telegram.client import make_bot
from bot.telegram.html import Part
from bot.telegram.sending import Outcome, Patience, Sender
from conversations.turns import Button
from tests.support.telegram_server import TelegramServer

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

CHAT = 7
READ_SECONDS = 3
"""So long that also a busy machine answers in time, but for an answer that is held up on purpose."""
QUICK = Patience(first=0.01, most=0.02, total=5)
PART = Part("<b>Hello</b>", ((Button("m", "Topics"),),))


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    server = TelegramServer(chats={CHAT})
    yield server
    server.close()


def outcome(
    server: TelegramServer, act: Callable[[Sender], Awaitable[Outcome]], patience: Patience = QUICK, token: str = ""
) -> Outcome:
    async def run() -> Outcome:
        bot = make_bot(TelegramSettings(token or server.token, server.url), read_seconds=READ_SECONDS)
        try:
            return await act(Sender(bot, patience))
        finally:
            await bot.shutdown()

    return asyncio.run(run())


def faults(server: TelegramServer, *kinds: str) -> None:
    left = list(kinds)
    server.fault = lambda method, chat: left.pop(0) if left else None


def send(sender: Sender) -> Awaitable[Outcome]:
    return sender.send(CHAT, PART)


@pytest.mark.parametrize("kind", ["502", "cut before", "429"])
def test_a_message_is_sent_once_after_a_fault_that_took_nothing(server: TelegramServer, kind: str) -> None:
    faults(server, kind, kind)
    assert outcome(server, send) == "sent"
    assert server.faults[kind] == 2
    assert [message.text for message in server.shown] == ["Hello"]
    assert server.refused == []


@pytest.mark.parametrize("kind", ["cut after", "slow"])
def test_a_message_is_repeated_only_where_nobody_knows_whether_it_was_taken(server: TelegramServer, kind: str) -> None:
    server.slow_seconds = READ_SECONDS + 0.5
    faults(server, kind)
    assert outcome(server, send) == "sent"
    server.until(lambda: len(server.shown) == 2)


def test_after_a_while_it_is_given_up(server: TelegramServer) -> None:
    server.fault = lambda method, chat: "502"
    assert outcome(server, send, Patience(first=0.01, most=0.05, total=1.5)) == "given up"
    assert server.faults["502"] > 2


def test_a_pause_that_is_longer_than_the_patience_is_not_begun(server: TelegramServer) -> None:
    server.retry_after = 3600
    faults(server, "429")
    assert outcome(server, send) == "given up"


def test_to_who_blocked_the_bot_nothing_is_sent_twice(server: TelegramServer) -> None:
    server.blocked.add(CHAT)
    assert outcome(server, send) == "blocked"
    assert server.calls["sendMessage"] == 1


def test_what_telegram_refuses_is_dropped_and_not_logged(
    server: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    assert outcome(server, lambda sender: sender.send(CHAT, Part("<b>secret words"))) == "refused"
    assert server.calls["sendMessage"] == 1
    assert "refused" in caplog.text
    assert "secret" not in caplog.text


def test_an_edit_that_changes_nothing_is_done_also_when_the_first_went_through_unseen(server: TelegramServer) -> None:
    async def twice(sender: Sender) -> Outcome:
        await sender.send(CHAT, PART)
        changed = Part("Other")
        faults(server, "cut after")
        return await sender.edit(CHAT, server.shown[0].id, changed)

    assert outcome(server, twice) == "sent"
    assert [message.text for message in server.shown] == ["Other"]
    assert len(server.refused) == 1  # "message is not modified"


def test_what_cannot_be_edited_any_more_is_sent(server: TelegramServer) -> None:
    assert outcome(server, lambda sender: sender.edit(CHAT, 99, PART)) == "sent"
    assert [message.text for message in server.shown] == ["Hello"]


def test_a_press_that_telegram_has_forgotten_is_no_error(server: TelegramServer) -> None:
    async def notice(sender: Sender) -> Outcome:
        await sender.acknowledge("gone")
        return "sent"

    assert outcome(server, notice) == "sent"


def test_a_rejected_token_is_tried_again_until_it_is_good_or_patience_ends(server: TelegramServer) -> None:
    assert outcome(server, send, Patience(first=0.01, most=0.02, total=0.2), token="123:wrong") == "given up"
    tried: list[str] = []
    server.fault = lambda method, _: tried.append(method) or ("401" if len(tried) < 4 else None)  # type: ignore[func-returns-value]
    assert outcome(server, send) == "sent"
    assert len(tried) == 4
