"""The key of a talk: an HMAC of its door and chat under a secret kept outside the database and its backups (P2)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from conversations.keys.files import SecretError, make_secret, read_secret
from conversations.keys.sealing import Seals

SECRET_FILE = "talk.key"
OLD_SECRET_FILE = "talk.old.key"
MAC_BYTES = 16
"""128 bits: nobody guesses one, and a button's 64 bytes have room for it."""


def talk_name(door: str, chat: str) -> str:
    """The name of a talk: the door and the chat there, so that the same number at two doors is two talks."""
    return f"{door}:{chat}"


def name_without_door(name: str) -> str | None:
    """The name that a talk had before names told the door; None where that name may be another door's talk.

    Chats on Telegram are numbers, so that a number at any other door is not known to be its own.
    """
    door, parted, chat = name.partition(":")
    return chat if parted and (door == "telegram" or not chat.lstrip("-").isdecimal()) else None


@dataclass(frozen=True)
class Secrets:
    """The secret for talks, and the one before it while a rotation lasts."""

    talk: bytes = field(repr=False)
    old: bytes | None = field(default=None, repr=False)
    seals: Seals | None = field(default=None, repr=False)
    """The keys of what families chose to say; None where nothing can be kept."""

    def key(self, name: str) -> bytes:
        """The key under which the talk of a name (see `talk_name`) is stored, 32 bytes."""
        return _mac(self.talk, name)

    def older_keys(self, name: str, doorless: bool) -> tuple[bytes, ...]:
        """The keys under which the talk may still stand: under the secret before this one, while a rotation lasts; and
        where `doorless`, as it was named before names told the door.
        """
        names = [name, *([earlier] if doorless and (earlier := name_without_door(name)) is not None else [])]
        return tuple(_mac(secret, one) for secret in (self.talk, self.old) if secret for one in names)[1:]

    @property
    def check(self) -> str:
        """A value by which a database knows its secret again, without telling it."""
        return hmac.digest(self.talk, b"signpost key check", "sha256").hex()

    @property
    def old_check(self) -> str | None:
        """The check value of the secret before this one."""
        return hmac.digest(self.old, b"signpost key check", "sha256").hex() if self.old else None

    def receipts(self, code: str) -> tuple[bytes, ...]:
        """The hashes under which a receipt code may be stored, the newest secret's first (P12)."""
        return tuple(_digest(secret, "receipt", code.encode()) for secret in (self.talk, self.old) if secret)


@dataclass(frozen=True)
class YesSigner:
    """Binds a yes to one talk: makes and checks what stands in the button, and draws what follows from it (P3)."""

    secrets: Secrets
    key: bytes = field(repr=False)
    """The key of the talk."""

    def sign(self, *parts: str) -> bytes:
        """The MAC over the talk and all parts, 16 bytes."""
        return _digest(self.secrets.talk, "yes", self.key, *(part.encode("utf-8", "replace") for part in parts))[
            :MAC_BYTES
        ]

    def signed(self, mac: bytes, *parts: str) -> bool:
        """Whether a MAC is the one over these parts, compared in constant time."""
        return hmac.compare_digest(mac, self.sign(*parts))

    def draw(self, number: bytes, what: str) -> int:
        """256 bits that nobody can foresee without the secret, and that are the same whenever the number is."""
        return int.from_bytes(_digest(self.secrets.talk, what, self.key, number), "big")


def _digest(secret: bytes, what: str, *parts: bytes) -> bytes:
    """HMAC-SHA256 over parts, each with its length before it, so that no two lists of parts read the same."""
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in (what.encode(), *parts))
    return hmac.digest(secret, framed, "sha256")


def _mac(secret: bytes, chat: str) -> bytes:
    return hmac.new(secret, b"talk\0" + chat.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def read_secrets(folder: Path) -> Secrets | None:
    """The secrets of talks in a folder as they are, without those that seal; None where there are none. Makes nothing.

    Raises SecretError.
    """
    talk = read_secret(folder / SECRET_FILE)
    return Secrets(talk, read_secret(folder / OLD_SECRET_FILE)) if talk is not None else None


def load_secrets(folder: Path, make: bool = True, make_seals: bool = True) -> Secrets:
    """The secrets in a folder, or in the environment; a first one is made (mode 0600) where there is none, unless that is
    ruled out. Raises SecretError.
    """
    talk = read_secret(folder / SECRET_FILE)
    if talk is None:
        if not make:
            raise SecretError(
                f"there is no secret {folder / SECRET_FILE}: start `signpost chat` or `telegram` once to make it"
            )
        talk = make_secret(folder / SECRET_FILE)
    return Secrets(talk, read_secret(folder / OLD_SECRET_FILE), Seals.load(folder, make_seals))
