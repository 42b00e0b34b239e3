"""Telegram's HTML and keyboards, read as strictly as its own server reads them."""

from __future__ import annotations

import html
import re
from typing import Any

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "s": "strikethrough",
    "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
}  # fmt: skip
PIECE = re.compile(
    r"<(/?)([a-z]+)((?: [a-z]+=\"[^\"<>]*\")*)>|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);|[<>&]|[^<>&]+", re.I
)
LINK = re.compile(r"(https?|tg)://\S+")
PHONE = re.compile(r"(?<![\d+])\+\d{9,14}(?!\d)")


class MarkupError(ValueError):
    """What Telegram answers with 400."""


def read_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text without markup, and its entities; offsets and lengths in UTF-16 units. Raises MarkupError."""
    plain, entities, opened = "", [], []
    for piece in PIECE.finditer(text):
        closing, tag, attributes = piece[1], piece[2], piece[3]
        if tag is None:
            if piece[0] in "<>&":
                raise MarkupError(f"can't parse entities: unexpected {piece[0]!r} at {piece.start()}")
            plain += html.unescape(piece[0])
        elif not closing:
            if tag not in TAGS or (attributes and tag != "a"):
                raise MarkupError(f'can\'t parse entities: Unsupported start tag "{tag}"')
            opened.append((tag, attributes, _units(plain)))
        else:
            if not opened or opened[-1][0] != tag:
                raise MarkupError(f'can\'t parse entities: Unmatched end tag "{tag}"')
            _, attributes, start = opened.pop()
            entity = {"type": TAGS[tag], "offset": start, "length": _units(plain) - start}
            if tag == "a":
                url = html.unescape(attributes.partition('"')[2].rstrip('"'))
                if not LINK.fullmatch(url):
                    continue  # the real server drops such a link and keeps its text
                entity["url"] = url
            entities.append(entity)
    if opened:
        raise MarkupError(f"can't parse entities: Can't find end tag for \"{opened[-1][0]}\"")
    entities += [
        {"type": "phone_number", "offset": _units(plain[: found.start()]), "length": _units(found[0])}
        for found in PHONE.finditer(plain)
    ]
    return plain, entities


def check_keyboard(markup: Any) -> list[list[dict[str, str]]]:
    """The rows of an inline keyboard. Raises MarkupError."""
    if not isinstance(markup, dict) or set(markup) != {"inline_keyboard"}:
        raise MarkupError("object expected as reply markup")
    rows: list[list[dict[str, str]]] = markup["inline_keyboard"]
    if sum(len(row) for row in rows) > 100 or not all(rows):
        raise MarkupError("reply markup has too many buttons, or an empty row")
    for button in (button for row in rows for button in row):
        if not button.get("text", "").strip():
            raise MarkupError("text buttons are unallowed: a button has no text")
        if set(button) != {"text", "callback_data"} or not 1 <= len(button["callback_data"].encode()) <= 64:
            raise MarkupError("BUTTON_DATA_INVALID")
    return rows


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
