"""Updates that a door had to tell Telegram were done before they were answered: where the answer goes, sealed, and no word.

They leave when they are answered. What a process leaves behind when it ends, another one takes over, so that the person is
at least told to write again (T8).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from conversations.keys.sealing import SealError, Seals
from conversations.records.inserting import insert_into
from conversations.records.leases import holding
from conversations.records.sealed import PENDING_ADDRESS
from conversations.records.tables import leases, pending
from conversations.retention import PENDING_HOURS


def store(connection: Connection, rows: Iterable[tuple[bytes, str]], owner: str, now: datetime, seals: Seals) -> None:
    """Note updates by their marks, each with the address of its answer; what another one noted is the owner's from now on."""
    for mark, address in rows:
        values = {"owner": owner, "address": PENDING_ADDRESS.seal(address, seals), "at": int(now.timestamp())}
        first = insert_into(connection, pending, mark=mark, **values)
        connection.execute(first.on_conflict_do_update(index_elements=["mark"], set_={"owner": owner}))


def adopt(connection: Connection, mark: bytes, owner: str) -> str | None:
    """An update has come again: whoever has it in hand now is to answer it. The owner before; None where nothing is noted."""
    before = connection.execute(select(pending.c.owner).where(pending.c.mark == mark)).scalar()
    if before is not None and before != owner:
        connection.execute(update(pending).where(pending.c.mark == mark).values(owner=owner))
    return before


def settle(connection: Connection, marks: Iterable[bytes]) -> None:
    """Updates have been answered: nothing of them stays."""
    connection.execute(delete(pending).where(pending.c.mark.in_(tuple(marks))))


def take_over(connection: Connection, owner: str, now: float, seals: Seals) -> dict[bytes, str]:
    """Take over what processes left behind that hold no lease any more: the addresses, by mark.

    An address that no key opens is nobody's: it is left to the purge. `now` is what `leases.clock` gives.
    """
    living = select(leases.c.owner).where(holding(now))
    orphaned = (pending.c.owner != owner) & pending.c.owner.not_in(living)
    gone = connection.execute(select(pending.c.owner).where(orphaned).distinct()).scalars().all()
    if not gone:
        return {}  # as nearly always: nobody who writes has to wait for this
    left = (
        update(pending).where(pending.c.owner.in_(gone)).values(owner=owner)
    )  # of two who do so at once each row has one
    found: dict[bytes, str] = {}
    for mark, address in connection.execute(left.returning(pending.c.mark, pending.c.address)).all():
        try:
            found[mark] = PENDING_ADDRESS.open(address, seals)
        except SealError:
            continue
    return found


def of(connection: Connection, owner: str, marks: Iterable[bytes]) -> list[bytes]:
    """Those of the updates with these marks that `owner` is to answer, and nobody has answered."""
    mine = select(pending.c.mark).where(pending.c.owner == owner, pending.c.mark.in_(tuple(marks)))
    return list(connection.execute(mine).scalars())


def purge(connection: Connection, now: datetime) -> int:
    """Delete what is too old for an apology to be of use."""
    return connection.execute(delete(pending).where(pending.c.at < now.timestamp() - PENDING_HOURS * 3_600)).rowcount
