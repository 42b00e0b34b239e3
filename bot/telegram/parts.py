"""What a person sent at once and Telegram gives in parts: an album, or a paste that was too long for one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.telegram.html import TEXT_UNITS, units
from bot.telegram.updates import Incoming

LONG_UNITS = TEXT_UNITS // 2
"""Apps cut what is longer than one message may be at a good place in its second half."""
APART_SECONDS = 2
"""The parts of a paste are sent one right after the other; their dates are whole seconds."""
MOST_PARTS = 10
"""An album has at most ten pictures; of a paste no more than 10,000 characters are read."""


def may_go_on(incoming: Incoming) -> bool:
    """Whether more of the same may come: the rest of an album, or of a long paste."""
    return not incoming.edited and (incoming.album is not None or _is_long(incoming))


def goes_on(before: Incoming, after: Incoming) -> bool:
    """Whether one message is a further part of what the other began."""
    if not may_go_on(before) or after.edited:
        return False
    if before.album is not None or after.album is not None:
        return before.album == after.album
    said = after.message
    near = abs(after.date - before.date) <= APART_SECONDS
    return near and said.text is not None and not said.text.startswith("/") and said.about is None


def joined(parts: Sequence[Incoming]) -> Incoming:
    """All parts as one message, under the number of the last: what an album says under any picture, a paste as it was."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return first
    if first.album is not None:
        told = next((part for part in parts if part.message.text), first)
        return replace(told, number=last.number, message=replace(told.message, number=last.number))
    text = first.message.text or ""
    for before, after in zip(parts, parts[1:], strict=False):
        within_a_word = units(before.message.text or "") == TEXT_UNITS
        text += ("" if within_a_word else "\n") + (after.message.text or "")
    return replace(first, number=last.number, message=replace(first.message, text=text, number=last.number))


def _is_long(incoming: Incoming) -> bool:
    return incoming.message.text is not None and units(incoming.message.text) >= LONG_UNITS
