"""Numbers, addresses and links within a text, each with what a tap on it does; all else is plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from conversations.turns import Reach

NATIONAL_DIGITS = (10, 11)
CHILDLINE = "08001111"
"""A number of eight digits that is a whole one all the same."""
LINK = re.compile(
    r"""
    (?P<url>https://[^\s<>"]*[^\s<>"'.,;:!?)\]])
    | (?P<email>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    | (?P<sms>\b(?P<word>[A-Z]{3,12})\ to\ (?P<short>\d{5,6})(?!\d))
    | (?P<national>(?<![\d+])0\d[\d ]{5,12}\d(?!\d))
    | (?P<emergency>(?<![\d£.,+-])(?<!18001\ )(?<![Tt]ext\ )999(?![\d%]|[.,]\d))
    | (?P<health>(?<![\d£.,+-])(?<!18001\ )(?<!ection\ )(?<!egulation\ )(?<!aragraph\ )(?<!age\ )111(?![\d%]|[.,]\d))
    | (?P<harmonised>(?<!\d)116\ ?\d{3}(?!\d))
    """,
    re.VERBOSE,
)
"""116 123 and the like are numbers that the whole of Europe has set aside for helplines."""
SCHEME = re.compile(r"https://(?:www\.)?")
DIGITS = re.compile(r"[\d ]{3,}")
TEXT_TO = re.compile(r"(?P<word>[A-Z]{3,12}) to (?P<number>\d[\d ]{3,12}\d)|(?P<alone>\d[\d ]{3,12}\d)")


@dataclass(frozen=True)
class Piece:
    """A part of a text, and the address that a tap on it opens; None for plain text."""

    text: str
    href: str | None = None


def pieces(text: str) -> Iterator[Piece]:
    """The text in its order, cut where something can be tapped."""
    end = 0
    for found in LINK.finditer(text):
        href = _href(found)
        if href is None:
            continue
        if found.start() > end:
            yield Piece(text[end : found.start()])
        yield Piece(found[0], href)
        end = found.end()
    if end < len(text):
        yield Piece(text[end:])


def ways(way: Reach) -> tuple[Piece, ...]:
    """What stands behind one way to reach a contact: a whole phone number is one, however short it is.

    An address of a page is shown as people say it; what a tap opens is all of it.
    """
    if way.how == "phone" and DIGITS.fullmatch(way.value):
        return (Piece(way.value, f"tel:{_digits(way.value)}"),)
    if way.how == "text" and (found := TEXT_TO.fullmatch(way.value)):
        number = _digits(found["number"] or found["alone"])
        return (Piece(way.value, f"sms:{number}?body={found['word']}" if found["word"] else f"sms:{number}"),)
    return tuple(_spoken(piece) for piece in pieces(way.value))


def _spoken(piece: Piece) -> Piece:
    if piece.href is None or not piece.href.startswith("https:"):
        return piece
    return replace(piece, text=SCHEME.sub("", piece.text).rstrip("/"))


def _href(found: re.Match[str]) -> str | None:
    text, kind = found[0], found.lastgroup
    if kind == "url":
        return text
    if kind == "sms":
        return f"sms:{found['short']}?body={found['word']}"
    if kind == "email":
        return f"mailto:{text}"
    digits = _digits(text)
    if kind == "national" and len(digits) not in NATIONAL_DIGITS and digits != CHILDLINE:
        return None
    return f"tel:{digits}"


def _digits(text: str) -> str:
    return text.replace(" ", "")
