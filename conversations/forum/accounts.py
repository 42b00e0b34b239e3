"""Signing in to the forum desk: set-up, password and second factor, sessions, throttles (OWASP ASVS 5.0, V6 and V7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, Engine
from zxcvbn import zxcvbn

from conversations.forum.audit import Recording, recorded
from conversations.forum.roles import ROLES, SAFEGUARDING
from conversations.keys.sealing import SealError, Seals
from conversations.records import audit, staff
from conversations.records.audit import AuditLine
from conversations.records.staff import WINDOW_SECONDS, Credentials
from conversations.records.staff import Staff as Staff  # whom pages speak of

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
PAIR_TRIES, ADDRESS_TRIES, NAME_TRIES = 10, 50, 40
"""Tries within a window: for one name from one address, from one address (a library's one serves several volunteers), and for
one name from all addresses. A device on which the account was signed in before has ten of its own, so that no stranger shuts
anybody out; nor does one shut out who brings a recovery code or a set-up secret, which nobody finds by trying.
"""
DEVICE_DAYS = 180
"""How long a device is known after a sign-in."""
DEVICE = "desk.device"
"""What is bound into the seal of a device's cookie."""
RECOVERY_CODES = 8
TOTP_SECONDS, TOTP_DIGITS = 30, 6
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
    device: str | None = field(default=None, repr=False)
    """What the browser keeps, so that it is known the next time."""


def make_code() -> str:
    """125 random bits in five groups of letters and digits that are hard to mistake."""
    letters = base64.b32encode(secrets.token_bytes(16)).decode()[:25]
    return "-".join(letters[start : start + 5] for start in range(0, 25, 5))


def plain_code(typed: str) -> str:
    """A code as it was made, however it was typed."""
    letters = "".join(typed.upper().split()).replace("-", "").replace("0", "O").replace("1", "I").replace("8", "B")
    return "-".join(letters[start : start + 5] for start in range(0, len(letters), 5))


def plain_name(typed: str) -> str:
    """A name as it is looked up, however it is typed."""
    return staff.folded(typed)


def tidy_name(typed: str) -> str:
    """A name as it is stored and shown: as it was typed, with single spaces."""
    return " ".join(typed.split())[:100]


def add(engine: Engine, name: str, areas: tuple[str, ...], roles: tuple[str, ...], now: datetime, by: str) -> str:
    """A new account; gives its one-time set-up secret. Raises AccountError."""
    name = tidy_name(name)
    if not name:
        raise AccountError("a name is needed, such as an email address")
    if unknown := [role for role in roles if role not in ROLES]:
        raise AccountError(f"{unknown[0]!r} is not a role; the roles are: {', '.join(ROLES)}")
    if not areas or not roles:
        raise AccountError("at least one area and one role are needed")
    with recorded(engine, by, now) as recording:
        if not staff.add(recording.connection, name, areas, roles, recording.moment):
            raise AccountError(f"{name!r} has an account already; a new set-up secret opens it again")
        if SAFEGUARDING in roles:
            recording.note(f"role given: {SAFEGUARDING}", about=name)  # who becomes a lead is told on Today
        return _open(recording, name, "staff added")


def reset(engine: Engine, name: str, now: datetime, by: str) -> str:
    """Take all locks off an account and end its sessions; gives a new set-up secret. Raises AccountError."""
    with recorded(engine, by, now) as recording:
        return _open(recording, name, "staff reset")


def _open(recording: Recording, name: str, what: str) -> str:
    account, code = _known(recording.connection, name), make_code()
    until = recording.moment + SETUP_HOURS * 3600
    staff.open_set_up(recording.connection, account.id, staff.digest(code), until)
    recording.note(what, about=account.name)
    return code


def change_roles(
    engine: Engine, name: str, areas: tuple[str, ...], roles: tuple[str, ...], now: datetime, by: str
) -> None:
    """Give an account other areas and roles; they hold from its next page on. Raises AccountError."""
    if not areas or not roles:
        raise AccountError("at least one area and one role are needed")
    with recorded(engine, by, now) as recording:
        account = _known(recording.connection, name)
        staff.keep_roles(recording.connection, account.id, areas, roles)
        for role in sorted({*roles} ^ {*account.roles}):
            recording.note(f"role {'given' if role in roles else 'taken away'}: {role}", about=account.name)
        recording.note("roles and areas kept", about=account.name)


def disable(engine: Engine, name: str, now: datetime, by: str) -> None:
    """Close an account and end its sessions at once. Raises AccountError."""
    with recorded(engine, by, now) as recording:
        account = _known(recording.connection, name)
        staff.disable(recording.connection, account.id)
        recording.note("staff disabled", about=account.name)


def _known(connection: Connection, name: str) -> Staff:
    locks = staff.named(connection, name)
    if locks is None:
        raise AccountError(f"there is no staff {name!r}; `staff list` shows who there is")
    return locks.staff


def everybody(engine: Engine) -> tuple[Staff, ...]:
    """All staff by name."""
    with engine.connect() as connection:
        return staff.everybody(connection)


def people_of(engine: Engine, admin: Staff) -> tuple[tuple[Staff, ...], tuple[AuditLine, ...]]:
    """Whom an administrator looks after, by name, and what has been done by them and to them and in the areas."""
    with engine.connect() as connection:
        people = tuple(one for one in staff.everybody(connection) if _looks_after(admin, one))
        lines = audit.trail(connection, admin.areas)
    names = {one.name for one in people}
    return people, tuple(line for line in lines if line.area or line.who in names or line.about in names)


def may_change(engine: Engine, admin: Staff, name: str) -> bool:
    """Whether there is an account of this name that an administrator looks after; nobody's own is."""
    with engine.connect() as connection:
        locks = staff.named(connection, name)
    return locks is not None and _looks_after(admin, locks.staff) and locks.staff.id != admin.id


def _looks_after(admin: Staff, other: Staff) -> bool:
    """An administrator looks after those whose areas all are among their own."""
    return set(other.areas) <= set(admin.areas)


def sign_in(
    engine: Engine, seals: Seals, name: str, password: str, code: str, address: str, now: datetime,
    before: Session | None = None, device: str = "", browser: str = "",
) -> SignIn:  # fmt: skip
    """Try a name, a password and a code of the second factor (or a recovery code). Every try counts before it is judged.

    `device` is what an earlier sign-in gave the browser to keep, or nothing; `browser` its kind, to know the session by.

    A session that was there `before` ends with a sign-in that is right: nobody can plant one (session fixation).
    """
    name, moment = plain_name(name), int(now.timestamp())
    guessable = len("".join(code.split())) <= TOTP_DIGITS
    if throttled(engine, name, address, moment, _device(seals, device, name, moment), guessable):
        return SignIn("throttled")
    with engine.connect() as connection:
        locks = staff.named(connection, name)
    right = password_right(locks.password if locks else None, password)
    if locks is None or not right or not locks.staff.ready or locks.staff.disabled:
        return _refused(engine, name, now)
    with recorded(engine, locks.staff.name, now) as recording:
        connection = recording.connection
        if not second_factor(connection, locks, code, seals, moment):
            recording.note("sign-in refused")
            return SignIn("wrong")
        _calm(connection, name, address)
        recording.note("signed in")
        kept = seals.seal(f"{moment}:{secrets.token_hex(8)}:{name}", DEVICE)
        token = _new_session(connection, locks.staff.id, "desk", moment, before, browser)
        return SignIn("in", token, base64.urlsafe_b64encode(kept).decode())


def _refused(engine: Engine, name: str, now: datetime) -> SignIn:
    with engine.connect() as connection:
        locks = staff.named(connection, name)
    with recorded(engine, locks.staff.name if locks else "unknown name", now) as recording:
        recording.note("sign-in refused")
    return SignIn("wrong")


def throttled(
    engine: Engine, name: str, address: str, moment: int, device: str | None = None, guessable: bool = True
) -> bool:
    """Whether this try is one too many; a try that is refused so is counted too, and noted once.

    `device` names a device that is known for this name. What is not `guessable` is not counted against the name, only
    against name and address together.
    """
    window = moment // WINDOW_SECONDS
    counted = (
        [(f"device:{device}", PAIR_TRIES)]
        if device
        else [(_pair(name, address), PAIR_TRIES), (f"address:{address}", ADDRESS_TRIES)]
    )
    if guessable and not device:
        counted.append((f"name:{name}", NAME_TRIES))
    with engine.begin() as connection:
        over = [staff.bump(connection, what, window) - most for what, most in counted]
        if 1 in over:
            audit.note(connection, "throttle", "sign-in throttled", moment)
    return max(over) > 0


def _pair(name: str, address: str) -> str:
    return f"pair:{len(name)}:{name}:{address}"


def _calm(connection: Connection, name: str, address: str) -> None:
    """Forget the tries of somebody who is in; what others tried from elsewhere stays counted."""
    staff.calm(connection, _pair(name, address))


def _device(seals: Seals, kept: str, name: str, moment: int) -> str | None:
    """The name of a device on which this account was signed in before; None for any other, and for what is forged or old."""
    try:
        since, device, whose = seals.unseal(base64.urlsafe_b64decode(kept), DEVICE).split(":", 2)
        fresh = whose == name and int(since) > moment - DEVICE_DAYS * 86_400
    except (SealError, ValueError):
        return None
    return device if fresh else None


def password_right(hashed: str | None, password: str) -> bool:
    """Whether a password is that of a hash; without a hash it takes as long, and is not."""
    try:
        return hasher.verify(hashed or NOBODY, password[: LONGEST * 4]) and hashed is not None
    except (Argon2Error, InvalidHashError):
        return False


def second_factor(connection: Connection, locks: Credentials, code: str, seals: Seals, moment: int) -> bool:
    """Spend a code of the authenticator app or a recovery code: whether it was one."""
    digits = "".join(code.split())
    if len(digits) == TOTP_DIGITS and digits.isdecimal() and digits.isascii():
        try:
            secret = locks.totp(seals)
        except SealError:
            return False  # a recovery code still opens the account, and `staff reset` sets it up anew
        assert secret is not None
        step = matching_step(secret, digits, moment)
        return step is not None and staff.use_step(connection, locks.staff.id, step)
    return staff.use_recovery(connection, locks.staff.id, staff.digest(plain_code(code)))


def matching_step(secret: str, digits: str, moment: int) -> int | None:
    """The time step, this one or a neighbour of it, whose code was typed."""
    totp, found = pyotp.TOTP(secret), None
    for step in range(moment // TOTP_SECONDS - 1, moment // TOTP_SECONDS + 2):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            found = step
    return found


def _new_session(
    connection: Connection, staff_id: int, kind: str, moment: int, before: Session | None, browser: str = ""
) -> str:
    if before is not None:
        staff.end_session(connection, before.token)
    token = secrets.token_urlsafe(32)
    staff.open_session(connection, staff.digest(token), staff_id, kind, moment, browser)
    return token


def session(engine: Engine, token: str, now: datetime) -> Session | None:
    """The session of a cookie, where it is still alive; it counts as used now."""
    moment, stored = int(now.timestamp()), staff.digest(token)
    with engine.connect() as connection:
        found = staff.find_session(connection, stored)
    if found is None:
        return None
    idle, absolute = (SETUP_MINUTES * 60,) * 2 if found.kind == "setup" else (IDLE_MINUTES * 60, ABSOLUTE_HOURS * 3600)
    if moment - found.seen > idle or moment - found.created > absolute:
        with engine.begin() as connection:
            staff.end_session(connection, stored)
        return None
    if moment - found.seen > 60:  # one write a minute is enough for a limit of half an hour
        with engine.begin() as connection:
            staff.touch_session(connection, stored, moment)
    return Session(found.staff, found.kind, _mark(token, found.staff.id), stored)


def _mark(token: str, staff_id: int) -> str:
    return hmac.new(token.encode(), b"form mark %d" % staff_id, hashlib.sha256).hexdigest() + f".{staff_id}"


def owner_of_mark(token: str, mark: str) -> int | None:
    """Whose session a form was drawn in, by its mark and the token of the cookie, also once the session is over."""
    number = mark.rpartition(".")[2]
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return None
    return int(number) if hmac.compare_digest(mark.encode(), _mark(token, int(number)).encode()) else None


def sign_out(engine: Engine, here: Session, now: datetime) -> None:
    """End a session; its cookie is worth nothing from now on."""
    with recorded(engine, here.staff.name, now) as recording:
        staff.end_session(recording.connection, here.token)
        recording.note("signed out")


def end_other_sessions(engine: Engine, here: Session, now: datetime) -> None:
    """End every other session of an account."""
    with recorded(engine, here.staff.name, now) as recording:
        staff.end_sessions(recording.connection, here.staff.id, but=here.token)
        recording.note("other sessions ended")


def begin_set_up(
    engine: Engine, seals: Seals, name: str, code: str, address: str, now: datetime, before: Session | None = None
) -> SignIn:
    """Trade a name and its one-time set-up secret for a short session in which a password is chosen; `before` ends."""
    name, moment = plain_name(name), int(now.timestamp())
    if throttled(engine, name, address, moment, guessable=False):
        return SignIn("throttled")
    with engine.begin() as connection:
        locks = staff.named(connection, name)
        given = staff.digest(plain_code(code))
        fits = hmac.compare_digest(given, locks.setup if locks and locks.setup else bytes(32))
        if locks is None or not fits or moment > locks.setup_until or locks.staff.disabled:
            audit.note(connection, locks.staff.name if locks else "unknown name", "set-up refused", moment)
            return SignIn("wrong")
        staff.keep_totp(connection, locks.staff.id, pyotp.random_base32(), seals)
        _calm(connection, name, address)
        staff.end_sessions(connection, locks.staff.id)
        return SignIn("in", _new_session(connection, locks.staff.id, "setup", moment, before))


def factor_address(engine: Engine, here: Session, seals: Seals) -> str:
    """The second factor's secret as the address that an authenticator app reads."""
    with engine.connect() as connection:
        locks = staff.named(connection, here.staff.name)
    assert locks is not None
    secret = locks.totp(seals)
    assert secret is not None
    return app_address(secret, here.staff.name)


def app_address(secret: str, name: str) -> str:
    """A secret of the second factor as the address that an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def weakness(password: str, name: str) -> Literal["short", "long", "common"] | None:
    """Why a password will not do, or None."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    found = zxcvbn(password[:72], user_inputs=[name, *name.replace("@", " ").split(), "signpost"])
    return "common" if found["score"] < WEAKEST else None


def finish_set_up(
    engine: Engine, here: Session, seals: Seals, password: str, code: str, now: datetime, browser: str = ""
) -> tuple[tuple[str, ...], str] | None:
    """Set the password once a code proves the second factor, and sign in with that code.

    Gives the recovery codes and the token of the new session, or None for a wrong code.
    """
    with recorded(engine, here.staff.name, now) as recording:
        connection, moment = recording.connection, recording.moment
        locks, digits = staff.named(connection, here.staff.name), "".join(code.split())
        if locks is None or len(digits) != 6 or not second_factor(connection, locks, code, seals, moment):
            return None
        staff.keep_password(connection, here.staff.id, hasher.hash(password))
        staff.end_sessions(connection, here.staff.id)
        recording.note("set up")
        recording.note("signed in")
        token = _new_session(connection, here.staff.id, "desk", moment, None, browser)
        return new_recovery(connection, here.staff.id), token


def change_password(
    engine: Engine, here: Session, seals: Seals, old: str, new: str, code: str, now: datetime
) -> tuple[str, ...] | None:
    """Change one's own password with the old one and a code; other sessions end. Gives new recovery codes, or None."""
    moment = int(now.timestamp())
    if throttled(engine, here.staff.name, "account", moment, device=f"account:{here.staff.id}"):
        return None
    with engine.connect() as connection:
        locks = staff.named(connection, here.staff.name)
    if locks is None or not password_right(locks.password, old):
        return None
    with recorded(engine, here.staff.name, now) as recording:
        connection = recording.connection
        if not second_factor(connection, locks, code, seals, moment):
            return None
        staff.keep_password(connection, here.staff.id, hasher.hash(new))
        staff.end_sessions(connection, here.staff.id, but=here.token)
        staff.calm(connection, f"device:account:{here.staff.id}")
        recording.note("password changed")
        return new_recovery(connection, here.staff.id)


def new_recovery(connection: Connection, staff_id: int) -> tuple[str, ...]:
    """New recovery codes in the place of the old ones."""
    codes = tuple(make_code() for _ in range(RECOVERY_CODES))
    staff.keep_recovery(connection, staff_id, tuple(staff.digest(code) for code in codes))
    return codes


def recovery_left(engine: Engine, here: Session) -> int:
    """How many recovery codes of an account are unspent."""
    with engine.connect() as connection:
        return staff.recovery_left(connection, here.staff.id)
