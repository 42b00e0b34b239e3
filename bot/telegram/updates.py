"""An Update of Telegram becomes a Message: who wrote it goes no further than this file and the door that answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from telegram import CallbackQuery, Chat, MaybeInaccessibleMessage, Update
from telegram import Message as TelegramMessage
from telegram.constants import ChatType, MessageEntityType
from telegram.ext.filters import StatusUpdate

from bot.telegram.html import pressed
from conversations.steps.buttons import entry_of
from conversations.turns import Message

WANTED = ("message", "edited_message", "callback_query")
"""The kinds of updates that are asked for."""
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
OTHERS = (
    "photo", "voice", "audio", "video", "video_note", "animation", "sticker", "location", "venue", "contact", "document",
    "poll", "dice", "game", "story", "checklist",
)  # fmt: skip
"""What may come in place of words, and is not fetched (T4)."""
QUOTES = (MessageEntityType.BLOCKQUOTE, MessageEntityType.EXPANDABLE_BLOCKQUOTE)


@dataclass(frozen=True)
class Incoming:
    """An update that wants an answer: the message, and where the answer goes."""

    message: Message = field(repr=False)
    number: int
    chat: int = field(repr=False)
    thread: int | None = None
    query: str | None = field(default=None, repr=False)
    """The press that Telegram waits to hear of."""
    menu: int | None = None
    """The message whose button was pressed, where the answer may take its place."""
    source: int | None = None
    """The message that the person wrote, or edited."""
    edited: bool = False
    date: int = 0
    """When it was written, in seconds since 1970."""
    album: str | None = field(default=None, repr=False)
    """What its pictures have in common that were sent together."""
    readable: bool = True
    """False where nothing is known of the update but its number and its chat."""


def to_message(update: Update) -> Incoming | None:
    """What an update says and where its answer goes; None for one that wants none."""
    if update.callback_query is not None:
        return _press(update.update_id, update.callback_query)
    message = update.message or update.edited_message
    if message is None or message.chat.type not in (ChatType.PRIVATE, *GROUPS) or StatusUpdate.ALL.check_update(update):
        return None
    if message.from_user is not None and message.from_user.is_bot and message.sender_chat is None:
        return None
    edited = update.message is None
    if edited and not (message.text or message.caption):
        return None  # a place that moves, a photo put in the place of another: there is nothing to read
    said = Message(
        text=message.text or message.caption,
        other=None if message.text else _other(message),
        group=message.chat.type in GROUPS,
        number=update.update_id,
        about=_about(message.reply_to_message),
    )
    chat, source = message.chat.id, message.message_id
    when, album = int(message.date.timestamp()), message.media_group_id
    return Incoming(
        said, update.update_id, chat, _thread(message), source=source, edited=edited, date=when, album=album
    )


def unreadable(row: dict[str, Any]) -> Incoming | None:
    """An update that cannot be read, where it tells at least the chat of one person: nobody is left without a word (S8)."""
    for kind in ("message", "edited_message"):
        held = row.get(kind)
        chat = held.get("chat") if isinstance(held, dict) else None
        if isinstance(chat, dict) and chat.get("type") == ChatType.PRIVATE and isinstance(chat.get("id"), int):
            number = row["update_id"]
            return Incoming(Message(number=number), number, chat["id"], readable=False)
    return None


def _press(number: int, query: CallbackQuery) -> Incoming | None:
    held = query.message
    chat, group = _place(query, held)
    button, menu = pressed(query.data or "")
    reachable = held if isinstance(held, TelegramMessage) and held.is_accessible else None  # else too old, or gone
    said = Message(press=button, quoted=_quoted(reachable), group=group, number=number)
    thread = _thread(reachable) if reachable else None
    return Incoming(said, number, chat, thread, query.id, reachable.message_id if reachable and menu else None)


def _place(query: CallbackQuery, held: MaybeInaccessibleMessage | None) -> tuple[int, bool]:
    """The chat of a press and whether it is a group; a press that hangs on no message is answered one to one."""
    chat: Chat | None = held.chat if held is not None else None
    return (chat.id, chat.type in GROUPS) if chat is not None else (query.from_user.id, False)


def _thread(message: TelegramMessage) -> int | None:
    return message.message_thread_id if message.is_topic_message else None


def _quoted(message: TelegramMessage | None) -> str | None:
    """The words that the bot had quoted in a message of its own."""
    if message is None or not message.text:
        return None
    found = message.parse_entities(list(QUOTES))
    return "\n".join(found.values()) or None


def _about(replied: TelegramMessage | None) -> str | None:
    """What an older answer was about that a message is a reply to, by the buttons under it (K10)."""
    if replied is None or replied.reply_markup is None:
        return None
    buttons = (button for row in replied.reply_markup.inline_keyboard for button in row)
    return entry_of(pressed(button.callback_data)[0] for button in buttons if isinstance(button.callback_data, str))


def _other(message: TelegramMessage) -> str:
    return next((name for name in OTHERS if getattr(message, name, None)), "other")
