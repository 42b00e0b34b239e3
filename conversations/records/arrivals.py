"""Updates that came to any of several processes and are not answered yet: by talk and number, without a word.

With a webhook the messages of a talk may come to different processes at once. Of each talk the lowest number is answered
first (T12); a redelivery of what another living process has in hand is told apart from one that nobody has (T8).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, select, update

from conversations.records.inserting import insert_into
from conversations.records.leases import LEASE_SECONDS, WAIT_SECONDS, milliseconds
from conversations.records.tables import arrivals

ORDER_SECONDS = 20.0
"""How long later messages of a talk wait for one whose process is gone. Telegram sends it again at once, then after 2, 4 and 8 s."""
NOBODY = ""
"""The owner of what a process left behind when it ended."""


@dataclass(frozen=True)
class Arrival:
    """What is known of an update when it comes in."""

    mine: bool = True
    """False while another living process has it in hand, and once it has been answered."""
    carded: bool = False
    """Whether its safety card has been sent."""


def store(connection: Connection, key: bytes, number: int, owner: str, now: float) -> Arrival:
    """Note that `owner` has an update of the talk under `key` in hand; one that nobody living has is taken over.

    `now` is what `leases.clock` gives.
    """
    moment = milliseconds(now)
    row = {"key": key, "number": number, "owner": owner, "at": moment, "carded": False, "acknowledged": False}
    first = insert_into(connection, arrivals, **row)
    upsert = first.on_conflict_do_update(
        index_elements=["key", "number"], set_={"owner": owner, "at": moment}, where=_free(owner, now)
    )
    taken = connection.execute(upsert.returning(arrivals.c.carded)).first()
    if taken is not None:
        return Arrival(mine=True, carded=bool(taken.carded))
    carded = connection.execute(select(arrivals.c.carded).where(_one(key, number))).scalar()
    return Arrival(mine=False, carded=bool(carded))


def mark_carded(connection: Connection, key: bytes, number: int) -> None:
    """The safety card of an update has been sent: whoever gets it again need not send it once more."""
    connection.execute(update(arrivals).where(_one(key, number)).values(carded=True))


def acknowledge(connection: Connection, key: bytes, number: int, owner: str, now: float) -> None:
    """An update never comes again, though it is not answered yet: nobody waits for it once the process of `owner` is gone, which told
    Telegram that it is done; whoever had it before may be gone already. It is noted here where it could not be when it came.
    """
    mine = {"owner": owner, "at": milliseconds(now), "acknowledged": True}
    first = insert_into(connection, arrivals, key=key, number=number, carded=False, **mine)
    connection.execute(first.on_conflict_do_update(index_elements=["key", "number"], set_=mine))


def is_first(connection: Connection, key: bytes, number: int, now: float) -> bool:
    """Whether no lower update of the talk waits for its answer, at a living process or from Telegram again."""
    comes = _fresh(now, LEASE_SECONDS) | (~arrivals.c.acknowledged & _fresh(now, ORDER_SECONDS))
    lower = (arrivals.c.key == key) & (arrivals.c.number < number) & comes
    return connection.execute(select(arrivals.c.number).where(lower).limit(1)).first() is None


def renew(connection: Connection, owner: str, numbers: Iterable[int], now: float) -> int:
    """Hold on to what an owner has in hand, also to what came to it from a process that is gone; how many there are. What it has not
    holds up no talk for long, whyever it stands there.
    """
    mine = arrivals.c.number.in_(tuple(numbers)) & _free(owner, now)
    return connection.execute(update(arrivals).where(mine).values(owner=owner, at=milliseconds(now))).rowcount


def settle(connection: Connection, key: bytes, number: int) -> None:
    """An update has been answered: nothing of it stays."""
    connection.execute(delete(arrivals).where(_one(key, number)))


def leave(connection: Connection, owner: str) -> None:
    """A process ends: what it leaves belongs to whoever gets it next. Later messages of these talks wait for it."""
    connection.execute(update(arrivals).where(arrivals.c.owner == owner).values(owner=NOBODY))


def forget(connection: Connection, key: bytes) -> None:
    """Delete all that stands under a key (P6)."""
    connection.execute(delete(arrivals).where(arrivals.c.key == key))


def sweep(connection: Connection, now: float) -> int:
    """Delete what nobody waits for any more: how many."""
    return connection.execute(delete(arrivals).where(~_fresh(now, ORDER_SECONDS))).rowcount


def _one(key: bytes, number: int) -> ColumnElement[bool]:
    return (arrivals.c.key == key) & (arrivals.c.number == number)


def _free(owner: str, now: float) -> ColumnElement[bool]:
    """Whether nobody living but `owner` has an update in hand."""
    return arrivals.c.owner.in_((owner, NOBODY)) | ~_fresh(now, LEASE_SECONDS)


def _fresh(now: float, seconds: float) -> ColumnElement[bool]:
    """Whether an update was noted, or held on to, within so many seconds; one far ahead is from another clock."""
    return (arrivals.c.at > milliseconds(now - seconds)) & (arrivals.c.at <= milliseconds(now + WAIT_SECONDS))
