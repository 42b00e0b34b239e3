"""Whether an edit changed any word, told by keyed digests in memory: what was typed stands in none of them (P1)."""

from __future__ import annotations

import hmac
import re
from secrets import token_bytes

REMEMBERED = 20_000
"""Messages; the oldest go first. An edit of one that is not known any more is heard, as its words may be new."""


class Edits:
    """What the messages of a door said, for as long as its process runs."""

    def __init__(self) -> None:
        self._key = token_bytes(32)
        self._said: dict[bytes, bytes] = {}

    def changed(self, message: str, text: str | None) -> bool:
        """Note what a message, by its name at the door, says now; whether its words are others than those noted before."""
        name, words = self._digest(message), self._digest(" ".join(re.findall(r"\w+", (text or "").casefold())))
        before = self._said.pop(name, None)
        self._said[name] = words
        while len(self._said) > REMEMBERED:
            self._said.pop(next(iter(self._said)))
        return before != words

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")
