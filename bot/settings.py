"""Every setting, read once and frozen; an error names the key."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from conversations.london import LONDON
from knowledge.loader import BUILT_IN

DATABASE_FILE = "signpost.sqlite3"
TELEGRAM = "https://api.telegram.org"
TOKEN_FORM = re.compile(r"\d+:[\w-]+")
TOKEN_KEYS = "SIGNPOST_TELEGRAM_TOKEN", "SIGNPOST_TELEGRAM_TOKEN_FILE"
WEBHOOK_KEYS = "SIGNPOST_WEBHOOK_SECRET", "SIGNPOST_WEBHOOK_SECRET_FILE"
METRICS_KEYS = "SIGNPOST_METRICS_TOKEN", "SIGNPOST_METRICS_TOKEN_FILE"
SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{24,256}")
"""What Telegram takes as a webhook's secret, and long enough that nobody guesses it."""
WEBHOOK_PATH = "/telegram"


class SettingsError(Exception):
    """A setting is wrong; the message names its key and says how to mend it."""


@dataclass(frozen=True)
class Settings:
    """What the command line and the environment say."""

    knowledge: Path
    data: Path
    database: str
    now: datetime | None = None
    """A fixed clock for checks; None for the real one."""

    @property
    def keys(self) -> Path:
        """The folder of the secrets; beside the database, never in it."""
        return self.data / "keys"

    @property
    def amendments(self) -> Path:
        """The file of what was changed of the content at the desk, as it was last approved."""
        return self.data / "content" / "changes.yaml"

    @property
    def cache(self) -> Path:
        """The folder of the index cache."""
        return self.data / "cache"

    def clock(self) -> datetime:
        """The time in Europe/London."""
        return self.now or datetime.now(LONDON)


def read_settings(
    knowledge: str | None = None,
    data: str | None = None,
    database: str | None = None,
    now: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Settings from options, then from SIGNPOST_KNOWLEDGE, SIGNPOST_DATA, SIGNPOST_DATABASE. Raises SettingsError."""
    folder = Path(knowledge or environ.get("SIGNPOST_KNOWLEDGE") or BUILT_IN)
    data_folder = Path(data or environ.get("SIGNPOST_DATA") or "data")
    url = database or environ.get("SIGNPOST_DATABASE") or f"sqlite:///{data_folder / DATABASE_FILE}"
    return Settings(folder, data_folder, url, read_moment(now) if now else None)


def read_moment(text: str) -> datetime:
    """A moment such as 2027-08-01T02:00+01:00 in Europe/London time. Raises SettingsError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"--now {text!r} is not a time; write it like 2027-08-01T02:00+01:00") from None
    return moment.replace(tzinfo=LONDON) if moment.tzinfo is None else moment.astimezone(LONDON)


def make_data_folder(settings: Settings) -> None:
    """Make the data folder, mode 0700, where it is not there yet. Raises SettingsError where it cannot be written."""
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = settings.data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"--data {str(settings.data)!r} cannot be written ({error.strerror}): name another folder"
        ) from None


@dataclass(frozen=True)
class TelegramSettings:
    """Where Telegram is reached, and as which bot. The token is never printed."""

    token: str = field(repr=False)
    url: str = TELEGRAM


def read_telegram(environ: Mapping[str, str] = os.environ) -> TelegramSettings:
    """The token from SIGNPOST_TELEGRAM_TOKEN or the file that SIGNPOST_TELEGRAM_TOKEN_FILE names, and
    SIGNPOST_TELEGRAM_URL, by default the real service. Raises SettingsError, in whose message no token stands.
    """
    key, file_key = TOKEN_KEYS
    token = _text_or_file(TOKEN_KEYS, environ)
    if not token:
        raise SettingsError(f"no token: set {key}, or {file_key} to a file that holds it; @BotFather gives one")
    if not TOKEN_FORM.fullmatch(token):
        raise SettingsError(f"{key if environ.get(key) else file_key}: that is no token; one looks like 123456:ABC-def")
    url = (environ.get("SIGNPOST_TELEGRAM_URL") or TELEGRAM).strip().rstrip("/").removesuffix("/bot")
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
        raise SettingsError(f"SIGNPOST_TELEGRAM_URL {url!r} is not a web address; the real one is {TELEGRAM}")
    return TelegramSettings(token, url)


def read_webhook(environ: Mapping[str, str] = os.environ) -> str | None:
    """The secret that Telegram shows with each update; None where no webhook is wanted. Raises SettingsError."""
    return _read_secret(WEBHOOK_KEYS, environ)


def read_metrics(environ: Mapping[str, str] = os.environ) -> str | None:
    """What a monitor must show to read /metrics; None where only this machine may. Raises SettingsError."""
    return _read_secret(METRICS_KEYS, environ)


def webhook_address(address: str | None) -> str:
    """Where Telegram is to send updates, from the address that people type. Raises SettingsError."""
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:(?:443|80|88|8443))?/?", address or ""):
        raise SettingsError(
            f"--address {address or ''!r} should be like https://chat.example.org: Telegram sends over TLS alone, to port "
            "443, 80, 88 or 8443"
        )
    return f"{(address or '').rstrip('/')}{WEBHOOK_PATH}"


def _read_secret(keys: tuple[str, str], environ: Mapping[str, str]) -> str | None:
    text = _text_or_file(keys, environ)
    if text and not SECRET_FORM.fullmatch(text):
        raise SettingsError(
            f"{keys[0] if environ.get(keys[0]) else keys[1]}: a secret has 24 to 256 letters, digits, _ or -; make one with "
            'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return text or None


def _text_or_file(keys: tuple[str, str], environ: Mapping[str, str]) -> str:
    """What a variable holds, else what stands in the file that another one names; empty without either. Raises SettingsError."""
    key, file_key = keys
    text, file = environ.get(key, "").strip(), environ.get(file_key, "").strip()
    if text or not file:
        return text
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(f"{file_key}: {file} cannot be read: {reason}") from None


def hosts_for(host: str, address: str | None, certificate: str | None, insecure_loopback: bool) -> tuple[str, ...]:
    """The host names to answer to. Raises SettingsError where sessions could not be kept safe.

    A `__Host-` cookie is kept by browsers over TLS alone, so that without it nobody could sign in (RFC 6265bis, 4.1.3).
    """
    loopback = ("localhost", "127.0.0.1", "::1")
    if insecure_loopback:
        if not is_loopback(host):
            raise SettingsError(f"--insecure-loopback is for this machine alone, and --host {host!r} is not: bring TLS")
        return loopback
    found = re.fullmatch(r"https://([A-Za-z0-9.-]+)(:\d+)?/?", address or "")
    if address and not found:
        raise SettingsError(
            f"SIGNPOST_ADDRESS {address!r} should be like https://desk.example.org: the cookies need TLS"
        )
    if not found and not certificate:
        raise SettingsError(
            "TLS is missing: name the https address that people type with --address (a proxy before this server brings "
            "TLS), or a --certificate; to try things out on this machine use --insecure-loopback"
        )
    return (*loopback, found[1].lower()) if found else ("*",)


def read_proxies(text: str | None) -> tuple[str, ...]:
    """The proxies to believe, from addresses and networks parted by commas. Raises SettingsError.

    Whoever is believed can give any address as a visitor's: all the world at once is refused.
    """
    proxies = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    for proxy in proxies:
        try:
            wide = ipaddress.ip_network(proxy).prefixlen == 0
        except ValueError:
            wide = True
        if wide:
            raise SettingsError(
                f"SIGNPOST_PROXY {proxy!r} should be the address of your proxy, or its network, like 172.18.0.0/16"
            )
    return proxies


def framing_origins(text: str | None) -> tuple[str, ...]:
    """The origins that may show the chat page in a frame, parted by spaces; none by default. Raises SettingsError."""
    origins = (text or "").split()
    for origin in origins:
        if not re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?|http://(?:localhost|127\.0\.0\.1)(:\d+)?", origin):
            raise SettingsError(f"SIGNPOST_FRAMED_BY {origin!r} should be like https://www.example.org, without a path")
    return tuple(origins)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
