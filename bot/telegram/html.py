"""A Reply as Telegram shows it: escaped HTML in messages of at most 4096 UTF-16 units, buttons under the last one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

from conversations.turns import Block, Button, ContactBlock, Paragraph, Quote, Reply, SourceLine, Steps

TEXT_UNITS = 4096
"""Telegram's limit for a message, in UTF-16 units after its markup is read. Markup is counted here too: that is safe."""
BUTTON_BYTES = 64
"""Telegram's limit for what a button sends back."""
MENU = "~"
"""Stands before what the buttons of a menu send back: such a message may be edited, an answer must stay readable."""
NATIONAL_NUMBER = re.compile(r"(?<![\d+])0\d[\d ]{5,12}\d(?![\d])")
NATIONAL_DIGITS = (10, 11)
CHILDLINE = "08001111"
"""The one short number that has an international form. 999, 111, 101 and 116 123 have none, and are short to type."""


@dataclass(frozen=True)
class Part:
    """One message: HTML, and the rows of buttons under it."""

    html: str
    rows: tuple[tuple[Button, ...], ...] = ()


def draw(reply: Reply, most: int = TEXT_UNITS) -> tuple[Part, ...]:
    """A reply as messages of at most `most` units each; split at a paragraph, the buttons on the last."""
    texts = _split(_paragraphs(reply.blocks, most), most)
    rows = tuple(tuple(_marked(button, reply.moves) for button in row) for row in reply.buttons)
    return (*(Part(text) for text in texts[:-1]), Part(texts[-1], rows)) if texts else ()


def pressed(data: str) -> tuple[str, bool]:
    """What a pressed button means: its id, and whether the message that it hangs on is a menu."""
    return (data[len(MENU) :], True) if data.startswith(MENU) else (data, False)


def units(text: str) -> int:
    """The length of a text as Telegram counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _marked(button: Button, menu: bool) -> Button:
    marked = MENU + button.id if menu else button.id
    return replace(button, id=marked if len(marked.encode()) <= BUTTON_BYTES else button.id)


def _split(paragraphs: Iterator[str], most: int) -> list[str]:
    texts: list[str] = []
    for paragraph in paragraphs:
        joined = f"{texts[-1]}\n\n{paragraph}" if texts else paragraph
        if texts and units(joined) <= most:
            texts[-1] = joined
        else:
            texts.append(paragraph)
    return texts


def _paragraphs(blocks: tuple[Block, ...], most: int) -> Iterator[str]:
    """Every block as HTML paragraphs that fit into a message alone."""
    shown = {way.value for block in blocks if isinstance(block, ContactBlock) for way in block.ways}
    seen = {number for value in shown for number in NATIONAL_NUMBER.findall(value)}
    for block in blocks:
        match block:
            case Paragraph(text, strong):
                yield from _tagged(tappable(text, seen), "b" if strong else "", most)
            case Steps(items):
                numbered = (f"{number}. {tappable(item, seen)}" for number, item in enumerate(items, 1))
                yield from _lines([line for item in numbered for line in _tagged(item, "", most)], most)
            case ContactBlock(name, ways):
                rows = [tappable(f"{way.label}: {way.value}" if way.label else way.value) for way in ways]
                lines = [*_tagged(name, "b", most), *(line for row in rows for line in _tagged(row, "", most))]
                yield from _lines(lines, most)
            case SourceLine(text, url):
                yield from _source(text, url, most)
            case Quote(text):
                yield from _tagged(text, "blockquote", most)


def tappable(text: str, seen: set[str] | None = None) -> str:
    """The text with the international form after each national number, the form that Telegram makes tappable.

    Telegram drops `tel:` links and finds a number only with its country code; families know the number without it, so
    both stand there. `seen` are numbers that need it no more; those that get it here are added.
    """

    def with_code(found: re.Match[str]) -> str:
        number, digits = found[0], found[0].replace(" ", "")
        if (len(digits) not in NATIONAL_DIGITS and digits != CHILDLINE) or (seen is not None and number in seen):
            return number
        if seen is not None:
            seen.add(number)
        return f"{number} (+44{digits[1:]})"

    return NATIONAL_NUMBER.sub(with_code, text)


def _source(text: str, url: str | None, most: int) -> Iterator[str]:
    linked = f'<a href="{escape(url)}">{escape(text, quote=False)}</a>' if url else ""
    if linked and units(linked) <= most:
        yield linked
    else:
        yield from _tagged(text, "", most)


def _lines(lines: list[str], most: int) -> Iterator[str]:
    """Lines joined to paragraphs that fit."""
    held = ""
    for line in lines:
        if held and units(f"{held}\n{line}") > most:
            yield held
            held = ""
        held = f"{held}\n{line}" if held else line
    if held:
        yield held


def _tagged(text: str, tag: str, most: int) -> Iterator[str]:
    """A text escaped and in its tag; where it is too long for one message, in pieces cut at a space."""
    before, after = (f"<{tag}>", f"</{tag}>") if tag else ("", "")
    room = most - len(before) - len(after)
    text = text.strip()
    while text:
        end = _fitting(text, room)
        yield f"{before}{escape(text[:end].rstrip(), quote=False)}{after}"
        text = text[end:].lstrip()


def _fitting(text: str, room: int) -> int:
    """How many characters of a text fit into `room` units once escaped; at a line, else at a space, where there is one."""
    used = 0
    for index, character in enumerate(text):
        used += units(escape(character, quote=False))
        if used > room:
            cut = max(text.rfind("\n", 1, index), text.rfind(" ", 1, index))
            return cut if cut > 0 else index
    return len(text)
