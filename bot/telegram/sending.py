"""Replies out: in order, with the right pause after a refusal, within a limit; nothing that is sent is logged."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError
from telegram.warnings import PTBDeprecationWarning

from bot.telegram.html import Part

log = logging.getLogger(__name__)
warnings.filterwarnings("ignore", ".*retry_after", PTBDeprecationWarning)  # both forms of the value are read below

Outcome = Literal["sent", "blocked", "refused", "given up"]

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
UNCHANGED = "message is not modified"


@dataclass(frozen=True)
class Patience:
    """How long a reply is tried again, in seconds."""

    first: float = 0.5
    most: float = 30.0
    """The longest pause that is chosen here; Telegram may ask for a longer one."""
    total: float = 900.0
    """After a quarter of an hour an answer is of no use: the person has asked again, or elsewhere."""


async def deliver(
    call: Callable[[], Awaitable[object]],
    patience: Patience = Patience(),  # noqa: B008
    final: tuple[type[TelegramError], ...] = (BadRequest,),
) -> Outcome:
    """Make one call to Telegram, again where it failed for a while: too many calls, a fault of theirs, the network.

    A connection that broke leaves it unknown whether the message was taken: only then may it be sent twice (T8).
    A rejected token is tried again too: Telegram has rejected good ones for minutes. Raises what is `final`, by default
    BadRequest, which only the caller can judge.
    """
    start, pause = time.monotonic(), patience.first
    while True:
        try:
            await call()
            return "sent"
        except Forbidden:
            return "blocked"
        except final:
            raise
        except RetryAfter as error:
            wait = seconds(error)
        except TelegramError as error:
            log.warning("a call failed, trying again: %s", type(error).__name__)
            wait = pause * random.uniform(0.7, 1.0)
            pause = min(pause * 2, patience.most)
        if time.monotonic() - start + wait > patience.total:
            log.error("a call was given up after %d seconds", time.monotonic() - start)
            return "given up"
        await asyncio.sleep(wait)


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


class Sender:
    """Sends the parts of replies through one bot."""

    def __init__(self, bot: Bot, patience: Patience = Patience()) -> None:  # noqa: B008
        self.bot = bot
        self.patience = patience

    async def send(self, chat: int, part: Part, thread: int | None = None) -> Outcome:
        """Send a part as a new message."""

        async def call() -> None:
            await self.bot.send_message(
                chat,
                part.html,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard(part),
                message_thread_id=thread,
            )

        try:
            return await deliver(call, self.patience)
        except BadRequest:
            if thread is not None:  # the topic is closed or gone: the person is not
                return await self.send(chat, part)
            log.error("Telegram refused a message")
            return "refused"

    async def edit(self, chat: int, message: int, part: Part, thread: int | None = None) -> Outcome:
        """Put a part in the place of an earlier message; where that cannot be edited any more, send it."""

        async def call() -> None:
            await self.bot.edit_message_text(
                part.html,
                chat_id=chat,
                message_id=message,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard(part),
            )

        try:
            return await deliver(call, self.patience)
        except BadRequest as error:
            if UNCHANGED in error.message.lower():
                return "sent"
            return await self.send(chat, part, thread)

    async def acknowledge(self, query: str) -> None:
        """Tell Telegram that a press has arrived, so that the button stops waiting; too late is no fault."""
        try:
            await deliver(lambda: self.bot.answer_callback_query(query), Patience(total=10))
        except BadRequest:
            return


def keyboard(part: Part) -> InlineKeyboardMarkup | None:
    """The buttons under a message."""
    if not part.rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.id) for button in row] for row in part.rows]
    )
