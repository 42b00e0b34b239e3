"""Sends the digest of the desk, and alerts, by email or into the forum's own Telegram chat. Nothing is sent that is not set."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import smtplib
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from telegram import LinkPreviewOptions
from telegram.error import TelegramError

from bot.settings import SettingsError, TelegramSettings, is_loopback, read_telegram

log = logging.getLogger(__name__)

MAIL, CHATS = "SIGNPOST_DIGEST_MAIL", "SIGNPOST_DIGEST_CHATS"
SECONDS = 30
TLS_PORT, SUBMISSION_PORT = 465, 587


@dataclass(frozen=True)
class Post:
    """The server that takes the forum's mail (RFC 6409). The password is never printed."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Outlets:
    """Where digests go: by area, to which addresses and into which chats."""

    mail: Mapping[str, tuple[str, ...]]
    chats: Mapping[str, tuple[str, ...]]
    post: Post | None
    telegram: TelegramSettings | None

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas that have an outlet."""
        return tuple(dict.fromkeys((*self.mail, *self.chats)))


def read_outlets(environ: Mapping[str, str] = os.environ) -> Outlets:
    """From SIGNPOST_DIGEST_MAIL and SIGNPOST_DIGEST_CHATS, with SIGNPOST_SMTP_* for mail. Raises SettingsError."""
    mail = _pairs(environ, MAIL, r"[^@\s=]+@[^@\s=]+\.[^@\s=]+", "manchester=lead@forum.example.org")
    chats = _pairs(environ, CHATS, r"-?\d{5,20}|@\w{5,32}", "manchester=-1001234567890")
    return Outlets(mail, chats, _post(environ) if mail else None, read_telegram(environ) if chats else None)


def _pairs(environ: Mapping[str, str], key: str, form: str, example: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for part in environ.get(key, "").split():
        area, _, goal = part.partition("=")
        if not area or not re.fullmatch(form, goal):
            raise SettingsError(f"{key}: {part!r} should be like {example}")
        found[area] = (*found.get(area, ()), goal)
    return found


def _post(environ: Mapping[str, str]) -> Post:
    host, sender = environ.get("SIGNPOST_SMTP_HOST", "").strip(), environ.get("SIGNPOST_SMTP_FROM", "").strip()
    if not host or not re.fullmatch(r"[^@\s]+@[^@\s]+", sender):
        raise SettingsError(f"{MAIL} needs SIGNPOST_SMTP_HOST, and SIGNPOST_SMTP_FROM like desk@forum.example.org")
    port = environ.get("SIGNPOST_SMTP_PORT", "").strip() or str(SUBMISSION_PORT)
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise SettingsError(f"SIGNPOST_SMTP_PORT {port!r} is no port; mail servers take mail on 587 or 465")
    file, password = environ.get("SIGNPOST_SMTP_PASSWORD_FILE", "").strip(), ""
    if file:
        try:
            password = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"SIGNPOST_SMTP_PASSWORD_FILE: {file} cannot be read") from None
    return Post(host, int(port), sender, environ.get("SIGNPOST_SMTP_USER", "").strip(), password)


def send(outlets: Outlets, area: str, subject: str, text: str) -> int:
    """Send a digest to all outlets of an area; gives how many. Raises SettingsError, without content, where one fails."""
    sent = 0
    if outlets.post and (addresses := outlets.mail.get(area, ())):
        sent += _mail(outlets.post, addresses, subject, text)
    for chat in outlets.chats.get(area, ()):
        assert outlets.telegram is not None
        _tell(outlets.telegram, chat, f"{subject}\n\n{text}")
        sent += 1
    return sent


def alerts(outlets: Outlets, letter: Callable[[str], tuple[str, str]]) -> Callable[[str], None]:
    """What sends an area's `letter` (its subject and its text) to the outlets of that area at once.

    In a thread of its own: nobody's page waits for a mail server. Where it fails the log says so, without content.
    """

    def tell(area: str) -> None:
        try:
            send(outlets, area, *letter(area))
        except SettingsError as error:
            log.error("an alert of safeguarding was not sent: %s", error)

    def alert(area: str) -> None:
        if area in outlets.areas:
            threading.Thread(target=tell, args=(area,)).start()

    return alert


def _mail(post: Post, addresses: tuple[str, ...], subject: str, text: str) -> int:
    """Each gets a letter of their own: nobody reads who else gets one."""
    context = ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(post.host, post.port, timeout=SECONDS, context=context)
            if post.port == TLS_PORT
            else smtplib.SMTP(post.host, post.port, timeout=SECONDS)
        ) as server:
            if post.port != TLS_PORT and not is_loopback(post.host):
                server.starttls(context=context)
            if post.user:
                server.login(post.user, post.password)
            for address in addresses:
                letter = EmailMessage()
                letter["From"], letter["To"], letter["Subject"] = post.sender, address, subject
                letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers it
                letter.set_content(text)
                server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:  # what a server says may hold an address
        raise SettingsError(f"the digest was not taken by {post.host}:{post.port} ({type(error).__name__})") from None
    return len(addresses)


def _tell(settings: TelegramSettings, chat: str, text: str) -> None:
    from bot.telegram.client import make_bot  # slow to load, and mail does without it

    async def tell() -> None:
        async with make_bot(settings) as bot:
            await bot.send_message(chat, text, link_preview_options=LinkPreviewOptions(is_disabled=True))

    try:
        asyncio.run(tell())
    except TelegramError as error:
        raise SettingsError(f"the digest was not taken by Telegram ({type(error).__name__})") from None
