"""How many messages a minute one talk and one address may send. No address is kept: a hash of it, for two minutes at most.

Each process counts for itself, so that nobody waits for it, and every few seconds all of them exchange what they counted
through the database. So a limit holds in all together, give or take what comes within those seconds.
"""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections import Counter
from collections.abc import Callable, Mapping
from secrets import token_bytes
from typing import Literal

WINDOW_SECONDS = 60
TALK_MOST = 20
"""Nobody reads twenty answers a minute."""
ADDRESS_MOST = 200
"""A school or a library shares one address: ten people who type fast."""
ADDRESS_END = 600
"""What is more than this is not even looked at."""
SHARE_SECONDS = 2.0
"""How often processes tell each other; at the most that an address may send, 20 messages pass in between."""
MOST_SHARED = 500
"""Of one exchange: the highest counts alone, as what is counted once or twice is near no limit."""

Verdict = Literal["good", "many", "end"]


class Limits:
    """The counts of this process, and what the others had counted when they were last asked."""

    def __init__(
        self, seconds: Callable[[], float] = time.time, hashed: Callable[[str], bytes] | None = None
    ) -> None:  # fmt: skip
        """`hashed` makes a keyed hash that is the same in all processes; without it one of this process alone."""
        self._seconds = seconds
        self._own_key = token_bytes(32)
        self._hashed = hashed or self._alone
        self._window = -1
        self._counts: Counter[bytes] = Counter()
        self._new: Counter[bytes] = Counter()
        """What the others have not been told of."""
        self._others: dict[bytes, int] = {}

    def note(self, address: str, chat: str) -> Verdict:
        """Count one message: `good`, `many` (only danger is answered still), or `end` (nothing is looked at)."""
        self._begin(int(self._seconds()) // WINDOW_SECONDS)
        here, talk = self._key("address", network(address)), self._key("talk", chat)
        if self._count(here) > ADDRESS_END:
            return "end"
        many = self._count(talk) > TALK_MOST
        return "many" if many or self._counts[here] + self._others.get(here, 0) > ADDRESS_MOST else "good"

    def untold(self) -> tuple[int, dict[bytes, int]]:
        """The minute, and what was counted in it since this was last asked."""
        told, self._new = dict(self._new.most_common(MOST_SHARED)), Counter()
        return self._window, told

    def hear(self, window: int, totals: Mapping[bytes, int]) -> None:
        """What all processes together had counted in a minute, this one's own with it."""
        if window == self._window:
            mine = {key: self._counts[key] - self._new[key] for key in totals}
            self._others |= {key: max(0, total - mine[key]) for key, total in totals.items()}

    def _begin(self, window: int) -> None:
        if window != self._window:
            self._window = window
            self._counts.clear()
            self._new.clear()
            self._others.clear()

    def _count(self, key: bytes) -> int:
        self._counts[key] += 1
        self._new[key] += 1
        return self._counts[key] + self._others.get(key, 0)

    def _key(self, what: str, text: str) -> bytes:
        return self._hashed(f"rate\0{self._window}\0{what}\0{text}")

    def _alone(self, text: str) -> bytes:
        return hmac.digest(self._own_key, text.encode("utf-8", "surrogatepass"), "sha256")


def network(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, as one household has all the rest."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
