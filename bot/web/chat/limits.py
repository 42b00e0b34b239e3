"""How many messages a minute one talk and one address may send. No address is kept: a hash of it, for a minute at most."""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Callable
from secrets import token_bytes
from typing import Literal

from bot.limits import Rate

WINDOW_SECONDS = 60
TALK_MOST = 20
"""Nobody reads twenty answers a minute."""
ADDRESS_MOST = 200
"""A school or a library shares one address: ten people who type fast."""
ADDRESS_END = 600
"""What is more than this is not even looked at."""

Verdict = Literal["good", "many", "end"]


class Limits:
    """The counts of this process; each window has a key of its own, which nothing outlives."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._window = -1
        self._begin(0)

    def _begin(self, window: int) -> None:
        """A new minute: another key, and nothing counted yet."""
        if window != self._window:
            self._window, self._key = window, token_bytes(32)
            self._talks, self._addresses, self._ends = (
                Rate(most, lambda: self._seconds()) for most in (TALK_MOST, ADDRESS_MOST, ADDRESS_END)
            )

    def note(self, address: str, chat: str) -> Verdict:
        """Count one message: `good`, `many` (only danger is answered still), or `end` (nothing is looked at)."""
        self._begin(int(self._seconds()) // WINDOW_SECONDS)
        here, talk = self._hash("address", network(address)), self._hash("talk", chat)
        if not self._ends.allows(here):
            return "end"
        few = self._talks.allows(talk), self._addresses.allows(here)
        return "good" if all(few) else "many"

    def _hash(self, what: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{what}\0{text}".encode("utf-8", "surrogatepass"), "sha256")[:16]


def network(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, as one household has all the rest."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
