"""Where somebody is signed in, and a new phone for the codes (OWASP ASVS 5.0, V6.5 and V7.5)."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime

import pyotp
from sqlalchemy import Engine

from conversations.forum import accounts
from conversations.forum.accounts import ABSOLUTE_HOURS, IDLE_MINUTES, TOTP_DIGITS, Session
from conversations.forum.audit import recorded
from conversations.keys.sealing import SealError, Seals
from conversations.records import staff
from conversations.records.staff import StaffSession as StaffSession  # whom pages speak of

PHONE_LABEL, PHONE_MINUTES = "desk.new-phone", 30
"""What is bound into the seal of a secret that no phone has proved yet, and how long it is good."""


def signed_in(engine: Engine, now: datetime) -> dict[int, tuple[StaffSession, ...]]:
    """The sessions that are alive, by the id of the account, the newest used first."""
    moment = int(now.timestamp())
    found: dict[int, tuple[StaffSession, ...]] = {}
    with engine.connect() as connection:
        for one in staff.sessions_at(connection, moment - ABSOLUTE_HOURS * 3600, moment - IDLE_MINUTES * 60):
            found[one.staff] = (*found.get(one.staff, ()), one)
    return found


def sign_out_one(engine: Engine, by: str, name: str, number: str, now: datetime) -> bool:
    """End one session of an account, by its number; False where there is none any more."""
    with engine.connect() as connection:
        locks = staff.named(connection, name)
    mine = signed_in(engine, now).get(locks.staff.id, ()) if locks else ()
    found = next((one for one in mine if hmac.compare_digest(one.number.encode(), number.encode())), None)
    if found is None or locks is None:
        return False
    with recorded(engine, by, now) as recording:
        staff.end_session(recording.connection, found.token)
        recording.note("session ended", about=locks.staff.name)
    return True


def begin_new_phone(engine: Engine, here: Session, seals: Seals, password: str, code: str, now: datetime) -> str | None:
    """A new secret for the codes, sealed for this session, to be proved by the new phone; None where something is wrong.

    It takes the password and a recovery code, or a code of the phone so far. Until it is proved all stays as it is.
    """
    moment = int(now.timestamp())
    if accounts.throttled(engine, here.staff.name, "account", moment, device=f"account:{here.staff.id}"):
        return None
    with engine.connect() as connection:
        locks = staff.named(connection, here.staff.name)
    if locks is None or not accounts.password_right(locks.password, password):
        return None
    with recorded(engine, here.staff.name, now) as recording:
        if not accounts.second_factor(recording.connection, locks, code, seals, moment):
            return None
        staff.calm(recording.connection, f"device:account:{here.staff.id}")
        recording.note("new phone begun")
    kept = f"{moment}:{here.token.hex()}:{pyotp.random_base32()}"
    return base64.urlsafe_b64encode(seals.seal(kept, PHONE_LABEL)).decode()


def phone_address(here: Session, seals: Seals, kept: str, now: datetime) -> str | None:
    """A secret that was begun in this session, as the address that an authenticator app reads; None for any other."""
    secret = _secret(here, seals, kept, now)
    return accounts.app_address(secret, here.staff.name) if secret else None


def finish_new_phone(
    engine: Engine, here: Session, seals: Seals, kept: str, code: str, now: datetime
) -> tuple[str, ...] | None:
    """Put the new phone in the place of the old one once its code proves it; gives new recovery codes, or None.

    The codes of the old phone, the old recovery codes and all other sessions are worth nothing from then on.
    """
    secret, digits, moment = _secret(here, seals, kept, now), "".join(code.split()), int(now.timestamp())
    if secret is None or len(digits) != TOTP_DIGITS or not digits.isascii():
        return None
    if accounts.throttled(engine, here.staff.name, "account", moment, device=f"account:{here.staff.id}"):
        return None
    step = accounts.matching_step(secret, digits, moment)
    if step is None:
        return None
    with recorded(engine, here.staff.name, now) as recording:
        connection = recording.connection
        staff.keep_totp(connection, here.staff.id, secret, seals)
        staff.use_step(connection, here.staff.id, step)
        staff.end_sessions(connection, here.staff.id, but=here.token)
        staff.calm(connection, f"device:account:{here.staff.id}")
        recording.note("new phone")
        return accounts.new_recovery(connection, here.staff.id)


def _secret(here: Session, seals: Seals, kept: str, now: datetime) -> str | None:
    try:
        at, whose, secret = seals.unseal(base64.urlsafe_b64decode(kept.encode()), PHONE_LABEL).split(":")
    except (SealError, ValueError):
        return None
    fresh = int(now.timestamp()) - int(at) <= PHONE_MINUTES * 60
    return secret if fresh and hmac.compare_digest(whose.encode(), here.token.hex().encode()) else None
