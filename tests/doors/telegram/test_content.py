"""All content, sent once through the strict Bot API: nothing refused, nothing over the limits, no entry without buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from bot.settings import TelegramSettings
from bot.telegram.client import make_bot
from bot.telegram.html import BUTTON_BYTES, TEXT_UNITS, draw, units
from bot.telegram.sending import Patience, Sender
from conversations.engine import step
from conversations.guide import Guide
from conversations.replies.answers import answer, term_answer
from conversations.replies.answers import whole as all_of
from conversations.replies.prompts import no_match, safety_card, small_prompt, sorry
from conversations.steps.commands import COMMANDS
from conversations.turns import Message, Reply, State
from conversations.wording import load_wording
from knowledge.danger.detector import Danger, Person
from knowledge.entries import AUDIENCES
from knowledge.loader import load
from knowledge.matching.matcher import Matcher
from tests.support.clock import NOON
from tests.support.telegram_content import make_small
from tests.support.telegram_server import TelegramServer

pytestmark = pytest.mark.slow
WHO: tuple[Person, ...] = get_args(Person)
PAGES = 6
"""More than any theme has."""
SHORT = 600
"""A limit that makes most answers part, so that the parting itself is sent through the server too."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    """All content; drawing it asks no matcher, so that a small one serves."""
    return Guide(load(), Matcher(load(make_small(tmp_path_factory.mktemp("small")))), load_wording())


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    server = TelegramServer(chats={7})
    yield server
    server.close()


def states(guide: Guide) -> Iterator[State]:
    for area in (None, *guide.library.area_by_id):
        for audience in AUDIENCES:
            yield State(area=area, audience=audience)
            yield State(area=area, audience=audience, easy_read=True)


def entries(guide: Guide) -> Iterator[Reply]:
    for entry in guide.library.entries:
        for state in (State(), State(audience="young-person"), State(easy_read=True)):
            yield answer(entry, guide, state, NOON)


def everything(guide: Guide) -> Iterator[Reply]:
    """Every reply that content and wording make."""
    yield from entries(guide)
    yield from (term_answer(term, guide.library.entries[0], guide, State(), NOON) for term in guide.library.terms)
    kinds = dict.fromkeys(card.kind for card in guide.library.safety.cards) if guide.library.safety else {}
    for state in states(guide):
        yield from (safety_card(Danger(kind, "card", who), state, guide, NOON) for kind in kinds for who in WHO)
        yield from (no_match(("word",), state, guide, NOON), sorry(state, guide, NOON))
        for command in COMMANDS:
            yield from step(state, Message(text=f"/{command}"), guide, NOON).replies
        for theme in guide.themes:
            for page in range(PAGES):
                yield from step(state, Message(press=f"t:{theme}:{page}"), guide, NOON).replies
    for name in ("ask_area", "ask_audience", "menu", "ready", "empty", "not_words"):
        yield small_prompt(name, guide)


@pytest.fixture(scope="module")
def replies(whole: Guide) -> list[Reply]:
    return list(dict.fromkeys(everything(whole)))


def test_all_content_goes_through_the_strict_server(whole: Guide, replies: list[Reply], server: TelegramServer) -> None:
    parts = [part for reply in replies for part in draw(reply)]
    parts += [part for entry in whole.library.entries for part in draw(answer(entry, whole, State(), NOON), SHORT)]

    async def send_all() -> list[str]:
        bot = make_bot(TelegramSettings(server.token, server.url))
        sender, free = Sender(bot, Patience(first=0.01, total=5)), asyncio.Semaphore(20)

        async def send(part: object) -> str:
            async with free:
                return await sender.send(7, part)  # type: ignore[arg-type]

        try:
            return await asyncio.gather(*(send(part) for part in dict.fromkeys(parts)))
        finally:
            await bot.shutdown()

    outcomes = asyncio.run(send_all())
    print(f"{len(replies)} replies of {len(whole.library.entries)} entries, {len(outcomes)} messages sent")
    assert server.refused == []
    assert set(outcomes) == {"sent"}
    assert len(server.shown) == len(outcomes)
    assert not any(message.preview for message in server.shown)


def test_every_entry_has_its_buttons_and_keeps_to_the_limits(whole: Guide, replies: list[Reply]) -> None:
    for reply in entries(whole):
        parts = draw(reply)
        assert all(units(part.html) <= TEXT_UNITS for part in parts), reply.entry
        assert parts[-1].rows, reply.entry
        assert parts[-1].rows == reply.buttons
    for reply in replies:
        last = draw(replace(reply, moves=True))[-1]
        assert all(len(button.id.encode()) <= BUTTON_BYTES for row in last.rows for button in row)


def test_every_number_under_a_contact_can_be_tapped_or_is_short(whole: Guide, tmp_path: Path) -> None:
    numbers = {contact.phone for entry in whole.library.entries for contact in entry.contacts if contact.phone}
    for entry in whole.library.entries:
        for contact in entry.contacts:
            if contact.phone and len(contact.phone) > 7:
                code = "+44" + "".join(contact.phone.split())[1:]
                assert code in "".join(part.html for part in draw(all_of(entry, whole, State(), NOON))), entry.id
    assert len(numbers) > 20
