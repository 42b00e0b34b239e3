"""Signing in to the forum desk: set-up, password and second factor, sessions, throttles (OWASP ASVS 5.0, V6 and V7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, Engine
from zxcvbn import zxcvbn

from conversations.forum.roles import ROLES
from conversations.keys.sealing import Seals
from conversations.records import staff as records
from conversations.records.staff import WINDOW_SECONDS, Staff

SETUP_HOURS = 72
"""A set-up secret that nobody used within three days is void."""
SETUP_MINUTES = 30
"""Time to choose a password once the set-up secret was given."""
IDLE_MINUTES = 30
ABSOLUTE_HOURS = 12
"""A session ends after half an hour without use, and after a working day in any case (ASVS 7.3)."""
SHORTEST, LONGEST = 12, 128
"""Characters of a password; ASVS 6.2.1 asks for at least 8 and recommends 15, 6.2.9 for at least 64 to be allowed."""
WEAKEST = 3
"""Of zxcvbn's 0 to 4: 3 holds out 10^8 guesses; it knows 30,000 common passwords (ASVS 6.2.4)."""
NAME_TRIES, ADDRESS_TRIES = 10, 50
"""Tries within a window; a library's one address serves several volunteers."""
RECOVERY_CODES = 8
TOTP_SECONDS = 30
ISSUER = "Signpost forum desk"

hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id as the OWASP password storage sheet has it: 19 MiB, two passes."""
NOBODY = hasher.hash(secrets.token_hex())
"""Checked in place of a hash that is not there, so that an unknown name takes as long as a wrong password."""


class AccountError(Exception):
    """An account cannot be changed as asked; one plain line."""


@dataclass(frozen=True)
class Session:
    """Who is at the desk now, and the mark that every form of theirs must carry."""

    staff: Staff
    kind: str
    mark: str
    token: bytes
    """The digest under which it is stored."""


@dataclass(frozen=True)
class SignIn:
    """How a try to sign in ended: `token` is the new session's, where it did."""

    outcome: Literal["in", "wrong", "throttled"]
    token: str | None = None


def make_code() -> str:
    """125 random bits in five groups of letters and digits that are hard to mistake."""
    letters = base64.b32encode(secrets.token_bytes(16)).decode()[:25]
    return "-".join(letters[start : start + 5] for start in range(0, 25, 5))


def plain_code(typed: str) -> str:
    """A code as it was made, however it was typed."""
    letters = "".join(typed.upper().split()).replace("-", "").replace("0", "O").replace("1", "I").replace("8", "B")
    return "-".join(letters[start : start + 5] for start in range(0, len(letters), 5))


def plain_name(typed: str) -> str:
    """A name as it is stored."""
    return " ".join(typed.split()).casefold()[:100]


def add(
    connection: Connection, name: str, areas: tuple[str, ...], roles: tuple[str, ...], now: datetime, by: str
) -> str:
    """A new account; gives its one-time set-up secret. Raises AccountError."""
    name = plain_name(name)
    if not name:
        raise AccountError("a name is needed, such as an email address")
    if unknown := [role for role in roles if role not in ROLES]:
        raise AccountError(f"{unknown[0]!r} is not a role; the roles are: {', '.join(ROLES)}")
    if not areas or not roles:
        raise AccountError("at least one area and one role are needed")
    if not records.add(connection, name, areas, roles, int(now.timestamp())):
        raise AccountError(f"{name!r} is there already; `staff reset` gives a new set-up secret")
    return _open(connection, name, now, by, "staff added")


def reset(connection: Connection, name: str, now: datetime, by: str) -> str:
    """Take all locks off an account and end its sessions; gives a new set-up secret. Raises AccountError."""
    return _open(connection, plain_name(name), now, by, "staff reset")


def _open(connection: Connection, name: str, now: datetime, by: str, what: str) -> str:
    account, code = _known(connection, name), make_code()
    moment = int(now.timestamp())
    records.open_set_up(connection, account.id, records.digest(code), moment + SETUP_HOURS * 3600)
    records.note(connection, by, what, moment, about=name)
    return code


def disable(connection: Connection, name: str, now: datetime, by: str) -> None:
    """Close an account and end its sessions at once. Raises AccountError."""
    account = _known(connection, plain_name(name))
    records.disable(connection, account.id)
    records.note(connection, by, "staff disabled", int(now.timestamp()), about=account.name)


def _known(connection: Connection, name: str) -> Staff:
    locks = records.named(connection, name)
    if locks is None:
        raise AccountError(f"there is no staff {name!r}; `staff list` shows who there is")
    return locks.staff


def sign_in(engine: Engine, seals: Seals, name: str, password: str, code: str, address: str, now: datetime) -> SignIn:
    """Try a name, a password and a code of the second factor (or a recovery code). Every try counts before it is judged."""
    name, moment = plain_name(name), int(now.timestamp())
    if _throttled(engine, name, address, moment):
        return SignIn("throttled")
    with engine.connect() as connection:
        locks = records.named(connection, name)
    right = _password_right(locks.password if locks else None, password)
    if locks is None or not right or not locks.staff.ready or locks.staff.disabled:
        return _refused(engine, name, moment)
    with engine.begin() as connection:
        if not _second_factor(connection, locks, code, seals, moment):
            records.note(connection, name, "sign-in refused", moment)
            return SignIn("wrong")
        records.calm(connection, f"name:{name}")
        records.note(connection, name, "signed in", moment)
        return SignIn("in", _new_session(connection, locks.staff.id, "desk", moment))


def _refused(engine: Engine, name: str, moment: int) -> SignIn:
    with engine.begin() as connection:
        known = records.named(connection, name) is not None
        records.note(connection, name if known else "unknown name", "sign-in refused", moment)
    return SignIn("wrong")


def _throttled(engine: Engine, name: str, address: str, moment: int) -> bool:
    """Whether this try is one too many; a try that is refused so is counted too, and noted once."""
    window = moment // WINDOW_SECONDS
    with engine.begin() as connection:
        by_name = records.bump(connection, f"name:{name}", window)
        by_address = records.bump(connection, f"address:{address}", window)
        if by_name == NAME_TRIES + 1:
            records.note(connection, "throttle", "sign-in throttled", moment)
    return by_name > NAME_TRIES or by_address > ADDRESS_TRIES


def _password_right(hashed: str | None, password: str) -> bool:
    try:
        return hasher.verify(hashed or NOBODY, password[: LONGEST * 4]) and hashed is not None
    except (Argon2Error, InvalidHashError):
        return False


def _second_factor(connection: Connection, locks: records.Credentials, code: str, seals: Seals, moment: int) -> bool:
    assert locks.totp is not None
    digits = "".join(code.split())
    if len(digits) == 6 and digits.isdecimal() and digits.isascii():
        step = _matching_step(seals.unseal(locks.totp, "staff.totp"), digits, moment)
        return step is not None and records.use_step(connection, locks.staff.id, step)
    return records.use_recovery(connection, locks.staff.id, records.digest(plain_code(code)))


def _matching_step(secret: str, digits: str, moment: int) -> int | None:
    """The time step, this one or a neighbour of it, whose code was typed."""
    totp, found = pyotp.TOTP(secret), None
    for step in range(moment // TOTP_SECONDS - 1, moment // TOTP_SECONDS + 2):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            found = step
    return found


def _new_session(connection: Connection, staff_id: int, kind: str, moment: int) -> str:
    token = secrets.token_urlsafe(32)
    records.open_session(connection, records.digest(token), staff_id, kind, moment)
    return token


def session(engine: Engine, token: str, now: datetime) -> Session | None:
    """The session of a cookie, where it is still alive; it counts as used now."""
    moment, stored = int(now.timestamp()), records.digest(token)
    with engine.connect() as connection:
        found = records.find_session(connection, stored)
    if found is None:
        return None
    idle, absolute = (SETUP_MINUTES * 60,) * 2 if found.kind == "setup" else (IDLE_MINUTES * 60, ABSOLUTE_HOURS * 3600)
    if moment - found.seen > idle or moment - found.created > absolute:
        with engine.begin() as connection:
            records.end_session(connection, stored)
        return None
    if moment - found.seen > 60:  # one write a minute is enough for a limit of half an hour
        with engine.begin() as connection:
            records.touch_session(connection, stored, moment)
    mark = hmac.new(token.encode(), b"form mark", hashlib.sha256).hexdigest()
    return Session(found.staff, found.kind, mark, stored)


def sign_out(connection: Connection, here: Session, now: datetime) -> None:
    """End a session; its cookie is worth nothing from now on."""
    records.end_session(connection, here.token)
    records.note(connection, here.staff.name, "signed out", int(now.timestamp()))


def begin_set_up(engine: Engine, seals: Seals, name: str, code: str, address: str, now: datetime) -> SignIn:
    """Trade a name and its one-time set-up secret for a short session in which a password is chosen."""
    name, moment = plain_name(name), int(now.timestamp())
    if _throttled(engine, name, address, moment):
        return SignIn("throttled")
    with engine.begin() as connection:
        locks = records.named(connection, name)
        given = records.digest(plain_code(code))
        fits = hmac.compare_digest(given, locks.setup if locks and locks.setup else bytes(32))
        if locks is None or not fits or moment > locks.setup_until or locks.staff.disabled:
            records.note(connection, name if locks else "unknown name", "set-up refused", moment)
            return SignIn("wrong")
        records.keep_totp(connection, locks.staff.id, seals.seal(pyotp.random_base32(), "staff.totp"))
        records.calm(connection, f"name:{name}")
        records.end_sessions(connection, locks.staff.id)
        return SignIn("in", _new_session(connection, locks.staff.id, "setup", moment))


def factor_address(connection: Connection, here: Session, seals: Seals) -> str:
    """The second factor's secret as the address that an authenticator app reads."""
    locks = records.named(connection, here.staff.name)
    assert locks is not None
    assert locks.totp is not None
    return pyotp.TOTP(seals.unseal(locks.totp, "staff.totp")).provisioning_uri(name=here.staff.name, issuer_name=ISSUER)


def weakness(password: str, name: str) -> Literal["short", "long", "common"] | None:
    """Why a password will not do, or None."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    found = zxcvbn(password[:72], user_inputs=[name, *name.replace("@", " ").split(), "signpost"])
    return "common" if found["score"] < WEAKEST else None


def finish_set_up(
    connection: Connection, here: Session, seals: Seals, password: str, code: str, now: datetime
) -> tuple[str, ...] | None:
    """Set the password once a code proves the second factor; gives the recovery codes, or None for a wrong code."""
    locks, moment = records.named(connection, here.staff.name), int(now.timestamp())
    if locks is None or len("".join(code.split())) != 6 or not _second_factor(connection, locks, code, seals, moment):
        return None
    records.keep_password(connection, here.staff.id, hasher.hash(password))
    records.end_sessions(connection, here.staff.id)
    records.note(connection, here.staff.name, "set up", moment)
    return _new_recovery(connection, here.staff.id)


def change_password(
    engine: Engine, here: Session, seals: Seals, old: str, new: str, code: str, now: datetime
) -> tuple[str, ...] | None:
    """Change one's own password with the old one and a code; other sessions end. Gives new recovery codes, or None."""
    moment = int(now.timestamp())
    if _throttled(engine, here.staff.name, f"account:{here.staff.id}", moment):
        return None
    with engine.connect() as connection:
        locks = records.named(connection, here.staff.name)
    if locks is None or not _password_right(locks.password, old):
        return None
    with engine.begin() as connection:
        if not _second_factor(connection, locks, code, seals, moment):
            return None
        records.keep_password(connection, here.staff.id, hasher.hash(new))
        records.end_sessions(connection, here.staff.id, but=here.token)
        records.calm(connection, f"name:{here.staff.name}")
        records.note(connection, here.staff.name, "password changed", moment)
        return _new_recovery(connection, here.staff.id)


def _new_recovery(connection: Connection, staff_id: int) -> tuple[str, ...]:
    codes = tuple(make_code() for _ in range(RECOVERY_CODES))
    records.keep_recovery(connection, staff_id, tuple(records.digest(code) for code in codes))
    return codes
