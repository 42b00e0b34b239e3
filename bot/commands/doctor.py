"""Finds each broken setting before a start, and names it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from bot.settings import TOKEN_KEYS, Settings, SettingsError, hosts_for, make_data_folder, read_telegram
from conversations.keys.files import KeptError, SecretError
from conversations.keys.sealing import SealError, Seals, key_numbers
from conversations.keys.talk_key import load_secrets
from conversations.records import talks
from conversations.records.resealing import missing_keys, trial
from conversations.records.store import open_store
from conversations.wording import load_wording
from knowledge.danger.judge import judge
from knowledge.danger.rules import rule_book
from knowledge.loader import ContentError, load
from knowledge.matching.embeddings import TABLE, UNTAUGHT, meaning


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.good else 'BAD '} {self.what}: {self.detail}"


def examine(settings: Settings) -> list[Finding]:
    """Settings, content, database and secrets, one finding each."""
    looks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("data folder", _folder),
        ("content", _content),
        ("meaning", _meaning),
        ("danger", _danger),
        ("database", _database),
        ("secret key", _secret),
        ("keys of words", _words_keys),
        ("telegram token", _token),
        ("forum desk", _desk),
    )
    findings: list[Finding] = []
    for what, look in looks:
        try:
            findings.append(Finding(what, True, look(settings)))
        except (SettingsError, ContentError, KeptError) as error:
            findings.append(Finding(what, False, str(error)))
    return findings


def _folder(settings: Settings) -> str:
    make_data_folder(settings)
    return f"{settings.data} can be written"


def _content(settings: Settings) -> str:
    library = load(settings.knowledge)
    for name in ("en", "desk"):
        load_wording(name, settings.knowledge)
    return f"{len(library.entries)} entries, {len(library.areas)} areas, {len(library.terms)} terms"


def _meaning(settings: Settings) -> str:
    found = meaning(load(settings.knowledge))
    if found is None:
        return "no word vectors are installed: the matcher runs on two views, and is less sure"
    if found.name == UNTAUGHT:
        return "whole sentences are read, by the encoder as it is published: it was not taught these entries"
    if not found.whole:
        table = settings.knowledge / TABLE
        return f"by words alone, for want of the encoder's package or of a fitting {table} (./run train embeddings)"
    return "whole sentences are read"


def _danger(settings: Settings) -> str:
    rule_book()
    return (
        "sought by rules, words and meaning" if judge() else "sought by rules and words alone: the encoder is missing"
    )


def _database(settings: Settings) -> str:
    engine = open_store(settings.database)
    with engine.begin() as connection:
        return f"ready, {talks.how_many(connection)} talks remembered"


def _secret(settings: Settings) -> str:
    engine = open_store(settings.database)
    with engine.begin() as connection:
        known = talks.known_key_check(connection)
    secrets = load_secrets(settings.keys, make=known is None)
    if known not in (None, secrets.check, secrets.old_check):
        raise SecretError(
            f"the secret in {settings.keys} is not the one that this database was made with: put the old one back, "
            "or keep it beside the new one as talk.old.key"
        )
    return "fits the database"


def _words_keys(settings: Settings) -> str:
    engine = open_store(settings.database)
    with engine.begin() as connection:
        if lacking := missing_keys(connection, settings.keys):
            raise SecretError(
                f"{settings.keys} lacks {', '.join(lacking)}, with which this database is sealed: put it back"
            )
        seals = Seals.load(settings.keys)
        try:
            trial(connection, seals)
        except SealError as error:
            raise SecretError(f"the keys in {settings.keys} do not open this database: {error}") from None
    return f"{len(key_numbers(settings.keys))} there; the newest is words.{seals.newest}.key"


def _desk(settings: Settings) -> str:
    """Without TLS no browser keeps a `__Host-` cookie, so that nobody could sign in (O1)."""
    address, certificate = os.environ.get("SIGNPOST_ADDRESS"), os.environ.get("SIGNPOST_CERTIFICATE")
    if not address and not certificate:
        return "not set up; `signpost serve` needs SIGNPOST_ADDRESS=https://... or SIGNPOST_CERTIFICATE: TLS is missing"
    hosts_for("127.0.0.1", address, certificate, insecure_loopback=False)
    for name in (certificate, os.environ.get("SIGNPOST_CERTIFICATE_KEY")):
        if name and not os.access(name, os.R_OK):
            raise SettingsError(f"the TLS file {name} cannot be read")
    return f"opens at {address}" if address else "brings its own TLS certificate"


def _token(settings: Settings) -> str:
    if not any(os.environ.get(key) for key in TOKEN_KEYS):
        return f"not set; only `signpost telegram` needs one ({' or '.join(TOKEN_KEYS)})"
    from bot.telegram.client import greeting  # slow to load, and only a token needs it

    return greeting(read_telegram())
