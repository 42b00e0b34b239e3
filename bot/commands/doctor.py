"""Finds each broken setting before a start, and names it. It changes nothing, ever: no folder, database, key or index."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from bot.opening import keys_lacking, open_library
from bot.settings import (
    TOKEN_KEYS,
    Settings,
    SettingsError,
    framing_origins,
    hosts_for,
    read_metrics,
    read_proxies,
    read_telegram,
    read_webhook,
)
from conversations.keys.files import KeptError, SecretError
from conversations.keys.sealing import SealError, Seals, key_numbers
from conversations.keys.talk_key import read_secrets
from conversations.london import LONDON
from conversations.records import examining
from conversations.records.store import StoreError, newest_revision, read_url, sqlite_file, sslmode_of
from conversations.wording import load_wording
from knowledge.amendments import NONE, AmendmentsError
from knowledge.danger.judge import judge
from knowledge.danger.rules import rule_book
from knowledge.encoder.weights import is_installed
from knowledge.loader import ContentError
from knowledge.matching.embeddings import TABLE, UNTAUGHT, meaning

SERVICE = Path("/var/lib/signpost")
"""The data folder of the service that signpost.service describes."""
OTHERS = 0o077
"""The bits of a mode that let anybody but the owner in."""
FIRST_YEAR = 2026
"""Signpost was written in it: a clock that shows an earlier one was never set."""
AHEAD = timedelta(minutes=2)
"""So much may the clocks of two machines on one database differ."""

Look = Callable[[], examining.Seen | None]
"""Gives what a look at the database shows; raises what `examining.look` raises."""


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
    seen = cache(lambda: examining.look(settings.database))  # each reads the whole file: one for all that ask
    looks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("data folder", _folder),
        ("modes", _modes),
        ("clock", lambda settings: _clock(settings, seen)),
        ("content", _content),
        ("meaning", _meaning),
        ("danger", _danger),
        ("database", lambda settings: _database(settings, seen)),
        ("secret key", lambda settings: _secret(settings, seen)),
        ("keys of words", lambda settings: _words_keys(settings, seen)),
        ("telegram token", _token),
        ("forum desk", _desk),
        ("safeguarding", lambda settings: _safeguarding(settings, seen)),
    )
    findings: list[Finding] = []
    for what, look in looks:
        try:
            findings.append(Finding(what, True, look(settings)))
        except (SettingsError, ContentError, AmendmentsError, KeptError) as error:
            findings.append(Finding(what, False, str(error)))
    return findings


def _folder(settings: Settings) -> str:
    folder = settings.data.absolute()
    named = os.environ.get("SIGNPOST_DATA")
    if named and Path(named).absolute() == folder:
        whose = "as SIGNPOST_DATA names it"
    elif named:
        whose = f"while SIGNPOST_DATA names another, {Path(named).absolute()}"
    elif SERVICE.exists() and not (folder.exists() and folder.samefile(SERVICE)):
        whose = f"not the service's {SERVICE}: for that one set SIGNPOST_DATA={SERVICE}"
    else:
        whose = "SIGNPOST_DATA is not set"
    if folder.is_dir():
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise SettingsError(f"--data {str(settings.data)!r} cannot be written: name another folder ({whose})")
        return f"{folder} can be written ({whose})"
    if folder.exists():
        raise SettingsError(f"--data {str(settings.data)!r} is no folder: name another one ({whose})")
    if not _can_be_made(folder):
        raise SettingsError(f"--data {str(settings.data)!r} is not there and cannot be made: name another ({whose})")
    return f"{folder} is not there yet; the first start makes it, mode 0700 ({whose})"


def _can_be_made(path: Path) -> bool:
    """Whether a folder or file that is not there could be made where the path leads."""
    there = next(parent for parent in path.absolute().parents if parent.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _modes(settings: Settings) -> str:
    """The data folder and the keys are for their owner alone (P2, P11)."""
    folders = [folder for folder in (settings.data, settings.keys) if folder.is_dir()]
    files = _key_files(settings)
    open_folders = [str(path) for path in folders if _mode(path) & OTHERS]
    open_files = [str(path) for path in files if _mode(path) & OTHERS]
    if open_folders or open_files:
        orders = [
            f"chmod {mode} {' '.join(paths)}" for mode, paths in (("700", open_folders), ("600", open_files)) if paths
        ]
        raise SettingsError(
            f"others than the owner may look into {(open_folders + open_files)[0]}: {'; '.join(orders)}"
        )
    return "only the owner may open the data folder and the keys" if folders else "nothing is there yet"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _key_files(settings: Settings) -> list[Path]:
    try:
        return sorted(settings.keys.glob("*.key")) if settings.keys.is_dir() else []
    except OSError as error:
        raise SecretError(f"the keys in {settings.keys} cannot be read: {error.strerror}") from None


def _clock(settings: Settings, look: Look) -> str:
    """Retention, sessions and leases lean on the clock."""
    now = settings.clock()
    if now.year < FIRST_YEAR:
        raise SettingsError(f"the clock shows {now:%d.%m.%Y}, which is past: set it (timedatectl set-ntp true)")
    try:
        seen = look()
    except KeptError:
        return f"{now:%Y-%m-%d %H:%M}; the database cannot be asked"
    newest = datetime.fromtimestamp(seen.newest, LONDON) if seen and seen.newest is not None else None
    day = seen.newest_day if seen else None
    if newest is not None and newest > now + AHEAD:
        latest = f"{newest:%Y-%m-%d %H:%M}"
    elif day is not None and day > (now + AHEAD).date():
        latest = day.isoformat()
    else:
        return f"{now:%Y-%m-%d %H:%M}, and nothing in the database lies ahead of it"
    raise SettingsError(
        f"the clock shows {now:%Y-%m-%d %H:%M}, but the database knows of {latest}: one of them is wrong; set the clock"
    )


def _content(settings: Settings) -> str:
    try:
        library = open_library(settings)
    except ContentError as error:
        open_library(settings, NONE)  # where the folder itself is at fault that is told, and nothing of the desk
        raise SettingsError(
            f"what was approved at the desk does not load any more, and a start leaves it out: undo it there, or change it "
            f"({error})"
        ) from None
    for name in ("en", "page", "desk"):
        load_wording(name, settings.knowledge)
    return f"{len(library.entries)} entries, {len(library.areas)} areas, {len(library.terms)} terms"


def _meaning(settings: Settings) -> str:
    found = meaning(open_library(settings))
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
    if is_installed() and judge() is None:
        raise SettingsError("the encoder's package is installed, but cannot be read: delete .venv and set it up anew")
    return (
        "sought by rules, words and meaning" if judge() else "sought by rules and words alone: the encoder is missing"
    )


def _database(settings: Settings, look: Look) -> str:
    seen, file = look(), sqlite_file(read_url(settings.database))
    if (seen is None or not seen.used) and (keys := _key_files(settings)):
        what = "there is no database" if seen is None else "the database is new and empty"
        raise StoreError(
            f"{what}, but keys of another one lie in {settings.keys} ({keys[0].name}): put back a copy of that database "
            "(signpost restore), or move the keys away for a fresh start"
        )
    if seen is None:
        if file is None:
            return "in memory: nothing outlives the process"
        if not _can_be_made(file):
            raise StoreError(f"the database {file} is not there and cannot be made: name another with --database")
        return f"{file} is not there yet; the first start makes it"
    if file is not None and not os.access(file, os.W_OK):
        raise StoreError(f"the database {file} cannot be written: give it to the bot's user")
    over = _over_network(settings)
    if seen.revision is None:
        return f"empty; the first start makes its tables{over}"
    later = "" if seen.revision == newest_revision() else "; its schema is older: the next start brings it up to date"
    return f"ready, {seen.talks} talks remembered{later}{over}"


def _over_network(settings: Settings) -> str:
    """What is to be said of the way to a database on another machine. Raises StoreError where it may go without TLS unseen."""
    address = read_url(settings.database)
    mode = sslmode_of(address) if address.get_backend_name() == "postgresql" else ""
    if mode in ("allow", "prefer"):
        raise StoreError(f"sslmode={mode} goes without TLS where the database has none: take require or verify-full")
    if mode == "disable":
        return "; without TLS, as sslmode=disable says: for one machine, or a network of its own, alone"
    return ""


def _secret(settings: Settings, look: Look) -> str:
    seen = look()
    key_check = seen.key_check if seen else None
    if lacking := keys_lacking(settings.keys, (), key_check):
        raise SecretError(lacking[0])
    if read_secrets(settings.keys) is None:
        return "not there yet; the first start makes it"
    return "fits the database" if key_check else "there, and the first start takes it for its database"


def _words_keys(settings: Settings, look: Look) -> str:
    seen = look()
    if lacking := keys_lacking(
        settings.keys, seen.sealed_with if seen else (), None, seen.words_checks if seen else {}
    ):
        raise SecretError(lacking[0])
    numbers = key_numbers(settings.keys)
    if not numbers:
        return "none there yet; the first start makes words.1.key"
    seals = Seals.load(settings.keys, make=False)
    try:
        examining.try_keys(settings.database, seals)
    except SealError as error:
        raise SecretError(f"the keys in {settings.keys} do not open this database: {error}") from None
    return f"{len(numbers)} there; the newest is words.{seals.newest}.key"


def _desk(settings: Settings) -> str:
    """Without TLS no browser keeps a `__Host-` cookie, so that nobody could sign in; what tells people must be set right (O1)."""
    from bot.digests import read_outlets  # slow to load, and only what tells people needs it

    read_outlets()
    read_proxies(os.environ.get("SIGNPOST_PROXY"))
    read_metrics()
    address, certificate = os.environ.get("SIGNPOST_ADDRESS"), os.environ.get("SIGNPOST_CERTIFICATE")
    framing_origins(os.environ.get("SIGNPOST_FRAMED_BY"))
    if not address and not certificate:
        return "not set up; `signpost serve` needs SIGNPOST_ADDRESS=https://... or SIGNPOST_CERTIFICATE: TLS is missing"
    hosts_for("127.0.0.1", address, certificate, insecure_loopback=False)
    for name in (certificate, os.environ.get("SIGNPOST_CERTIFICATE_KEY")):
        if name and not os.access(name, os.R_OK):
            raise SettingsError(f"the TLS file {name} cannot be read")
    return f"opens at {address}" if address else "brings its own TLS certificate"


def _safeguarding(settings: Settings, look: Look) -> str:
    """What families say of somebody at risk must reach a person (F1)."""
    seen = look()
    if seen and seen.unled:
        raise SettingsError(
            f"nobody holds the safeguarding role in {', '.join(seen.unled)}: an administrator gives it on the desk's page "
            "People, or `signpost staff add NAME --area AREA --role safeguarding` adds somebody who does"
        )
    return "somebody holds the role in each area that has people at the desk"


def _token(settings: Settings) -> str:
    read_webhook()
    if not any(os.environ.get(key) for key in TOKEN_KEYS):
        return f"not set; only `signpost telegram` needs one ({' or '.join(TOKEN_KEYS)})"
    from bot.telegram.client import greeting  # slow to load, and only a token needs it

    return greeting(read_telegram())
