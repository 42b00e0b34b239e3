"""Staff, their sessions and throttles in the database; the audit trail is in `audit.py`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from conversations.keys.sealing import Seals
from conversations.records.inserting import count_one, insert_into
from conversations.records.sealed import STAFF_TOTP
from conversations.records.staff_tables import recovery, sessions, staff, throttles

WINDOW_SECONDS = 15 * 60
"""Tries to sign in are counted by quarters of an hour."""
DAY = 86_400
"""No session lives longer than half of it."""


@dataclass(frozen=True)
class Staff:
    """One person who may open the desk, for named areas and roles."""

    id: int
    name: str
    areas: tuple[str, ...]
    roles: tuple[str, ...]
    disabled: bool
    ready: bool
    """True once a password and a second factor are set."""

    def may(self, role: str) -> bool:
        """Whether a role is among theirs."""
        return role in self.roles


@dataclass(frozen=True)
class Credentials:
    """What stands between a name and the desk."""

    staff: Staff
    password: str | None = field(repr=False)
    sealed_totp: bytes | None = field(repr=False)
    setup: bytes | None = field(repr=False)
    setup_until: int

    def totp(self, seals: Seals) -> str | None:
        """The secret of the second factor, or None where there is none yet. Raises SealError."""
        return STAFF_TOTP.open(self.sealed_totp, seals) if self.sealed_totp else None


@dataclass(frozen=True)
class StoredSession:
    """A session as it is stored."""

    staff: Staff
    kind: str
    created: int
    seen: int


@dataclass(frozen=True)
class StaffSession:
    """A session as people are shown it."""

    staff: int
    token: bytes = field(repr=False)
    """The digest of its cookie."""
    device: str
    created: int
    seen: int

    @property
    def number(self) -> str:
        """What names it in a form; it opens nothing."""
        return self.token.hex()[:16]


def folded(name: str) -> str:
    """A name as it is looked up: no capitals, single spaces, at most 100 characters."""
    return " ".join(name.split()).casefold()[:100]


def digest(secret: str) -> bytes:
    """What is stored of a random secret of 100 bits and more: its SHA-256 (no salt is needed at that strength)."""
    return hashlib.sha256(secret.encode()).digest()


def _staff(row: RowMapping) -> Staff:
    ready = row["password"] is not None and row["totp"] is not None
    return Staff(
        row["id"], row["name"], tuple(row["areas"].split()), tuple(row["roles"].split()), row["disabled"], ready
    )


def everybody(connection: Connection) -> tuple[Staff, ...]:
    """All staff by name."""
    return tuple(_staff(row) for row in connection.execute(select(staff).order_by(staff.c.name)).mappings())


def named(connection: Connection, name: str) -> Credentials | None:
    """The account of a name, however it is typed, with its locks; None where there is none."""
    row = connection.execute(select(staff).where(staff.c.key == folded(name))).mappings().first()
    if row is None:
        return None
    return Credentials(_staff(row), row["password"], row["totp"], row["setup"], row["setup_until"] or 0)


def add(connection: Connection, name: str, areas: tuple[str, ...], roles: tuple[str, ...], now: int) -> bool:
    """Add an account with nothing set up yet; False where the name is taken."""
    row = {
        "name": name,
        "key": folded(name),
        "areas": " ".join(areas),
        "roles": " ".join(roles),
        "disabled": False,
        "created": now,
    }
    new = insert_into(
        connection, staff, **row
    ).on_conflict_do_nothing()  # neither the name nor its folded form may be there
    return connection.execute(new.returning(staff.c.id)).first() is not None


def open_set_up(connection: Connection, staff_id: int, secret: bytes, until: int) -> None:
    """Take every lock off an account but a one-time set-up secret; its sessions end."""
    values = {
        "password": None,
        "totp": None,
        "totp_step": None,
        "setup": secret,
        "setup_until": until,
        "disabled": False,
    }
    connection.execute(update(staff).where(staff.c.id == staff_id).values(**values))
    connection.execute(delete(recovery).where(recovery.c.staff == staff_id))
    end_sessions(connection, staff_id)


def holders(connection: Connection, role: str, area: str) -> tuple[str, ...]:
    """The names of those who hold a role in an area and can sign in now."""
    return tuple(
        one.name
        for one in everybody(connection)
        if one.may(role) and area in one.areas and one.ready and not one.disabled
    )


def keep_roles(connection: Connection, staff_id: int, areas: tuple[str, ...], roles: tuple[str, ...]) -> None:
    """Give an account other areas and roles; they hold from its next page on."""
    values = {"areas": " ".join(areas), "roles": " ".join(roles)}
    connection.execute(update(staff).where(staff.c.id == staff_id).values(**values))


def disable(connection: Connection, staff_id: int) -> None:
    """Nobody signs in with this account any more; its sessions and its set-up secret end."""
    values = {"disabled": True, "setup": None, "setup_until": None}
    connection.execute(update(staff).where(staff.c.id == staff_id).values(**values))
    end_sessions(connection, staff_id)


def keep_totp(connection: Connection, staff_id: int, secret: str, seals: Seals) -> None:
    """Keep a new secret of the second factor, sealed; none of its codes has been used."""
    values = {"totp": STAFF_TOTP.seal(secret, seals), "totp_step": None}
    connection.execute(update(staff).where(staff.c.id == staff_id).values(**values))


def keep_password(connection: Connection, staff_id: int, hashed: str) -> None:
    """Set the password's hash; the set-up secret has done its work."""
    values = {"password": hashed, "setup": None, "setup_until": None}
    connection.execute(update(staff).where(staff.c.id == staff_id).values(**values))


def keep_recovery(connection: Connection, staff_id: int, codes: tuple[bytes, ...]) -> None:
    """Put new recovery codes in the place of the old ones."""
    connection.execute(delete(recovery).where(recovery.c.staff == staff_id))
    connection.execute(insert(recovery), [{"staff": staff_id, "code": code} for code in codes])


def use_recovery(connection: Connection, staff_id: int, code: bytes) -> bool:
    """Spend a recovery code: True once, never again."""
    mine = (recovery.c.staff == staff_id) & (recovery.c.code == code)
    return connection.execute(delete(recovery).where(mine)).rowcount == 1


def recovery_left(connection: Connection, staff_id: int) -> int:
    """How many recovery codes are unspent."""
    mine = select(func.count()).select_from(recovery).where(recovery.c.staff == staff_id)
    return connection.execute(mine).scalar() or 0


def use_step(connection: Connection, staff_id: int, step: int, newest: int) -> bool:
    """Spend a time step of the second factor: False for one that was spent already, or an older one (RFC 6238, 5.2).

    A step after the `newest` that is good now was spent while the clock ran ahead; it shuts nobody out.
    """
    spent = staff.c.totp_step
    fresh = (staff.c.id == staff_id) & (spent.is_(None) | (spent < step) | (spent > newest))
    return connection.execute(update(staff).where(fresh).values(totp_step=step)).rowcount == 1


def open_session(connection: Connection, token: bytes, staff_id: int, kind: str, now: int, device: str = "") -> None:
    """Store a new session under the digest of its token."""
    row = {"token": token, "staff": staff_id, "kind": kind, "created": now, "seen": now, "device": device[:80]}
    connection.execute(insert(sessions).values(**row))


def sessions_at(connection: Connection, since: int, seen: int) -> tuple[StaffSession, ...]:
    """The sessions at the desk that began after a moment and were used after another, the newest used first."""
    wanted = select(sessions).where(sessions.c.kind == "desk", sessions.c.created >= since, sessions.c.seen >= seen)
    rows = connection.execute(wanted.order_by(sessions.c.seen.desc(), sessions.c.token)).mappings()
    return tuple(StaffSession(row["staff"], row["token"], row["device"], row["created"], row["seen"]) for row in rows)


def find_session(connection: Connection, token: bytes) -> StoredSession | None:
    """The session under a token's digest, whose account is not disabled."""
    mine = select(staff, sessions.c.kind, sessions.c.created.label("opened"), sessions.c.seen).join_from(
        sessions, staff
    )
    row = connection.execute(mine.where(sessions.c.token == token, staff.c.disabled.is_(False))).mappings().first()
    return StoredSession(_staff(row), row["kind"], row["opened"], row["seen"]) if row else None


def touch_session(connection: Connection, token: bytes, now: int) -> None:
    """The session was used."""
    connection.execute(update(sessions).where(sessions.c.token == token).values(seen=now))


def end_session(connection: Connection, token: bytes) -> None:
    """End one session."""
    connection.execute(delete(sessions).where(sessions.c.token == token))


def end_sessions(connection: Connection, staff_id: int, but: bytes | None = None) -> None:
    """End all sessions of an account, save the one under the digest `but`."""
    mine = sessions.c.staff == staff_id
    connection.execute(delete(sessions).where(mine if but is None else mine & (sessions.c.token != but)))


def bump(connection: Connection, what: str, window: int) -> int:
    """Count one more try of a name or an address in a window of time; gives the count with this one."""
    return count_one(connection, throttles, what=digest(what), window=window)


def calm(connection: Connection, what: str) -> None:
    """Forget the tries of a name that has signed in."""
    connection.execute(delete(throttles).where(throttles.c.what == digest(what)))


def purge(connection: Connection, now: int) -> int:
    """Remove sessions and throttles of yesterday and before: how many sessions."""
    connection.execute(delete(throttles).where(throttles.c.window < (now - DAY) // WINDOW_SECONDS))
    return connection.execute(delete(sessions).where(sessions.c.created < now - DAY)).rowcount
