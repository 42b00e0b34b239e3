"""What families chose to say is sealed before it is stored: AES-GCM under keys kept outside the database (P11)."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conversations.keys.files import SecretError, make_secret, read_secret, variable

KEY_FILE = re.compile(r"words\.(\d{1,9})\.key")
KEY_VARIABLE = re.compile(r"SIGNPOST_WORDS_([1-9]\d{0,8})_KEY")
ID_BYTES = 4
NONCE_BYTES = 12
"""What NIST SP 800-38D asks of a random nonce; one key is good for 2**32 texts."""


class SealError(Exception):
    """A sealed text cannot be opened: its key is not there, or it is damaged or stands where it does not belong."""


@dataclass(frozen=True, eq=False)
class Seals:
    """The keys in a folder by number. The newest seals; all of them open."""

    folder: Path
    newest: int
    _keys: dict[int, AESGCM] = field(repr=False)
    checks: dict[int, str] = field(repr=False)
    """By number, a value by which a database knows a key again, without telling it."""

    @classmethod
    def load(cls, folder: Path, make: bool = True) -> Seals:
        """The keys of a folder; a first one is made (mode 0600) where there is none. Raises SecretError."""
        numbers = key_numbers(folder)
        if not numbers:
            if not make:
                raise SecretError(f"{folder} holds no words.N.key")
            make_secret(_file(folder, 1))
            numbers = (1,)
        found = {number: secret for number in numbers if (secret := read_secret(_file(folder, number)))}
        checks = {
            number: hmac.digest(secret, b"signpost key check", "sha256").hex() for number, secret in found.items()
        }
        return cls(folder, max(found), {number: AESGCM(secret) for number, secret in found.items()}, checks)

    def seal(self, text: str, about: str) -> bytes:
        """Key number (4 bytes), nonce (12 bytes), ciphertext with tag. `about` says what it is: "feedback.words"."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._keys[self.newest].encrypt(nonce, text.encode("utf-8"), about.encode())
        return self.newest.to_bytes(ID_BYTES, "big") + nonce + sealed

    def unseal(self, blob: bytes, about: str) -> str:
        """The text of a blob that `seal` made with the same `about`. Raises SealError."""
        if not isinstance(blob, bytes):
            raise SealError(f"a sealed text ({about}) is damaged: it is no blob")
        key = self._key(key_number(blob))
        try:
            return key.decrypt(
                blob[ID_BYTES : ID_BYTES + NONCE_BYTES], blob[ID_BYTES + NONCE_BYTES :], about.encode()
            ).decode()
        except (InvalidTag, ValueError):
            raise SealError(f"a sealed text ({about}) is damaged or was sealed as something else") from None

    def _key(self, number: int) -> AESGCM:
        """A key by its number; one that another process has made since is read from the folder."""
        if number not in self._keys:
            secret = read_secret(_file(self.folder, number))
            if secret is None:
                raise SealError(f"the key {_file(self.folder, number)} is missing: put it back")
            self._keys[number] = AESGCM(secret)
        return self._keys[number]


def add_key(folder: Path) -> Seals:
    """A new key, which seals from now on; what older keys sealed stays readable. Raises SecretError."""
    make_secret(_file(folder, max(key_numbers(folder), default=0) + 1))
    return Seals.load(folder)


def key_numbers(folder: Path, environ: Mapping[str, str] = os.environ) -> tuple[int, ...]:
    """The numbers of the keys in a folder and in the environment, oldest first. Raises SecretError."""
    try:
        names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    except OSError as error:
        raise SecretError(f"the keys in {folder} cannot be read: {error.strerror}") from None
    stored = {int(found[1]) for name in names if (found := KEY_FILE.fullmatch(name))}
    given = {int(found[1]) for name in environ if environ[name] and (found := KEY_VARIABLE.fullmatch(name))}
    return tuple(sorted(stored | given))


def is_given(number: int, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment gives the key of a number."""
    return bool(environ.get(variable(f"words.{number}.key")))


def key_number(blob: bytes) -> int:
    """The number of the key that sealed a blob."""
    return int.from_bytes(blob[:ID_BYTES], "big")


def _file(folder: Path, number: int) -> Path:
    return folder / f"words.{number}.key"
