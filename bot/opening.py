"""What every door opens with: the guide, the database and the keys that fit it."""

from __future__ import annotations

from collections.abc import Iterable
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
    return Guide(
        library,
        Matcher(library, cache=cache, before=before.matcher if before else None),
        load_wording("en", settings.knowledge),
    )


def open_kept(settings: Settings) -> tuple[Engine, Secrets]:
    """The database, migrated, and the secrets that fit it. Raises KeptError."""
    from conversations.records import talks
    from conversations.records.resealing import keys_used
    from conversations.records.store import open_store

    engine = open_store(settings.database)
    with engine.begin() as connection:
        known = talks.known_key_check(connection)
        if lacking := keys_lacking(settings.keys, keys_used(connection), known):
            raise SecretError(lacking[0])
        secrets = load_secrets(settings.keys, make=known is None)
        if known != secrets.check:
            talks.store_key_check(connection, secrets.check)
    return engine, secrets


def keys_lacking(folder: Path, sealed_with: Iterable[int], key_check: str | None) -> tuple[str, ...]:
    """What a folder of keys lacks for a database, a line each: `sealed_with` are the numbers of the keys that its sealed
    texts need, `key_check` tells the secret of its talks. Makes nothing. Raises SecretError.
    """
    lines: list[str] = []
    if missing := [f"words.{number}.key" for number in sorted(set(sealed_with) - set(key_numbers(folder)))]:
        lines.append(f"{folder} lacks {', '.join(missing)}, with which this database is sealed: put it back")
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
