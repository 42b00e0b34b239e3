"""Files that hold one secret each: mode 0600, made once, whole or not at all. The environment may give a secret in place of its file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

SECRET_BYTES = 32


class KeptError(Exception):
    """What is kept cannot be opened; the message says what and how to mend it."""


class SecretError(KeptError):
    """A secret cannot be read or does not fit; the message says which and how to mend it."""


def variable(name: str) -> str:
    """The variable that may give a secret in place of a file of this name: talk.old.key is SIGNPOST_TALK_OLD_KEY."""
    return f"SIGNPOST_{name.upper().replace('.', '_')}"


def read_secret(file: Path, environ: Mapping[str, str] = os.environ) -> bytes | None:
    """The secret that the environment gives, else the one in a file, 32 bytes; None where there is neither.

    Raises SecretError, also where both are there and differ: one of them would be used unseen.
    """
    name = variable(file.name)
    written, stored = environ.get(name, "").strip(), read_file(file)
    if not written:
        return stored
    given = _secret(written, name)
    if stored is not None and stored != given:
        raise SecretError(f"{name} is another key than {file}: take one of them away, it may be the only copy")
    return given


def read_file(file: Path) -> bytes | None:
    """The secret in a file, 32 bytes; None where there is no such file. Raises SecretError."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"the secret {file} cannot be read: {error}") from None
    return _secret(text, str(file))


def _secret(text: str, where: str) -> bytes:
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise SecretError(f"the secret {where} is damaged: it should hold {SECRET_BYTES * 2} hexadecimal digits")
    return secret


def make_secret(file: Path) -> bytes:
    """A new secret in a file, written so that of two processes that start at once both end up with the same one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(file, secrets.token_bytes(SECRET_BYTES))
    made = read_file(file)
    assert made is not None
    return made


def _write(file: Path, secret: bytes) -> None:
    """Write a secret under a name that is free, whole or not at all; what stands there stays."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secret.hex() + "\n")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def copy_secrets(folder: Path, to: Path) -> tuple[str, ...]:
    """Copy the secrets of a folder (each `NAME.key`) into another, mode 0700, each file 0600; gives their names.

    A secret that is there already stays. Raises SecretError, before anything is copied, where another stands under the
    same name: it may be the only one of its kind.
    """
    files = sorted(file for file in folder.glob("*.key") if file.is_file()) if folder.is_dir() else []
    for file in files:
        if (there := read_file(to / file.name)) is not None and there != read_file(file):
            raise SecretError(f"{to / file.name} is another key than {file}: move it away, it may be the only copy")
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in files:
            if not (to / file.name).exists():
                secret = read_file(file)
                assert secret is not None
                _write(to / file.name, secret)
    except OSError as error:
        raise SecretError(f"the keys cannot be copied to {to}: {error.strerror}") from None
    return tuple(file.name for file in files)
