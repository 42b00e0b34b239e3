"""What every door opens with: the guide, the database and the keys that fit it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings, make_data_folder
from conversations.guide import Guide
from conversations.keys.files import SecretError
from conversations.keys.sealing import Seals, key_numbers
from conversations.keys.talk_key import SECRET_FILE, Secrets, load_secrets, read_secrets
from conversations.wording import load_wording
from knowledge.amendments import Amendments, read_amendments
from knowledge.danger.rules import rule_book
from knowledge.entries import Library
from knowledge.loader import load
from knowledge.matching.matcher import Matcher

if TYPE_CHECKING:
    from sqlalchemy import Engine


def open_library(settings: Settings, amendments: Amendments | None = None) -> Library:
    """A content folder with what was changed of it: `amendments`, or what the data folder holds. Raises ContentError, AmendmentsError."""
    return load(settings.knowledge, read_amendments(settings.amendments) if amendments is None else amendments)


def make_guide(settings: Settings, amendments: Amendments | None = None, before: Guide | None = None) -> Guide:
    """The library, the matcher and the wording of a content folder. Raises ContentError, AmendmentsError.

    `before` is the guide whose place it takes: it makes it quicker.
    """
    library = open_library(settings, amendments)
    rule_book()  # now, not at the first message: without its rules no bot starts
    cache = settings.cache if settings.data.is_dir() else None
    matcher = Matcher(library, cache=cache, before=before.matcher if before else None)
    guide = Guide(library, matcher, load_wording("en", settings.knowledge))
    give_memory_back()
    return guide


def give_memory_back() -> None:
    """Hand what a start used and needs no longer back to the system: glibc keeps some 100 MB of it, others have no such call."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def open_kept(settings: Settings) -> tuple[Engine, Secrets]:
    """The database, migrated, and the secrets that fit it. Raises KeptError."""
    from conversations.records import talks
    from conversations.records.resealing import keys_used
    from conversations.records.store import open_store

    engine = open_store(settings.database)
    with engine.begin() as connection:
        known, used = talks.known_key_check(connection), keys_used(connection)
        checks = talks.known_words_checks(connection)
        if lacking := keys_lacking(settings.keys, used, known, checks):
            raise SecretError(lacking[0])
        secrets = load_secrets(settings.keys, make=known is None, make_seals=not checks)
        if known is None and talks.first_key_check(connection, secrets.check) != secrets.check:
            raise SecretError(_others(f"{SECRET_FILE} in {settings.keys}"))
        if known not in (None, secrets.check):
            talks.store_key_check(connection, secrets.check)
        assert secrets.seals is not None
        for number, check in secrets.seals.checks.items():
            if talks.first_words_check(connection, number, check) != check:
                raise SecretError(_others(f"words.{number}.key in {settings.keys}"))
    return engine, secrets


def _others(key: str) -> str:
    return (
        f"{key} is not the key that others use with this database: copy theirs (or give it as a variable); "
        "what one seals, all must be able to open"
    )


def keys_lacking(
    folder: Path, sealed_with: Iterable[int], key_check: str | None, words_checks: Mapping[int, str] | None = None
) -> tuple[str, ...]:
    """What a folder of keys, with the environment, lacks for a database, a line each: `sealed_with` are the numbers of the
    keys that its sealed texts need, `key_check` tells the secret of its talks, `words_checks` the keys that seal. Makes
    nothing. Raises SecretError.
    """
    lines: list[str] = []
    numbers = key_numbers(folder)
    if missing := [f"words.{number}.key" for number in sorted(set(sealed_with) - set(numbers))]:
        lines.append(f"{folder} lacks {', '.join(missing)}, with which this database is sealed: put it back")
    elif words_checks and not numbers:
        lines.append(f"{folder} lacks words.{max(words_checks)}.key, which others use with this database: copy theirs")
    elif words_checks:
        checks = Seals.load(folder, make=False).checks
        wrong = [number for number, check in checks.items() if words_checks.get(number, check) != check]
        lines += [_others(f"words.{number}.key in {folder}") for number in wrong]
    secrets = read_secrets(folder)
    if key_check is not None and secrets is None:
        lines.append(f"there is no secret {folder / SECRET_FILE}, which this database was made with: put it back")
    elif secrets is not None and key_check not in (None, secrets.check, secrets.old_check):
        lines.append(
            f"the secret in {folder} is not the one that this database was made with: put the old one back, "
            "or keep it beside the new one as talk.old.key"
        )
    return tuple(lines)


def is_up(engine: Engine) -> bool:
    """Whether the database answers, with its tables in place."""
    from conversations.records.store import is_up as answers

    return answers(engine)


def open_sealed(settings: Settings) -> tuple[Engine, Seals]:
    """The database and the keys of what is sealed in it, for commands of the desk. Raises KeptError, SettingsError."""
    make_data_folder(settings)
    engine, _ = open_kept(settings)
    return engine, Seals.load(settings.keys)
