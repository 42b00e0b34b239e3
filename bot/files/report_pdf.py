"""The annual report as a tagged PDF (PDF/UA-1), set by Typst from `report.typ`; nothing outside the program is needed."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst
from fontTools.ttLib import TTFont

from bot.files.report_blocks import Bars, Block, Cover, Heading, Table, Text
from conversations.wording import Wording

FOLDER = Path(__file__).parent
TEMPLATE, FONTS = FOLDER / "report.typ", FOLDER / "fonts"
STANDARD: Final = "ua-1"
"""PDF/UA-1 (ISO 14289-1). Typst refuses to write the file where it would not hold."""
UNPRINTED = "□"


def as_pdf(cover: Cover, blocks: Sequence[Block], wording: Wording) -> bytes:
    """The cover and the blocks as PDF. Words go in as data, so that nothing in them is taken for a command."""
    lost: list[str] = []
    told = {
        "cover": asdict(cover),
        "blocks": [_told(block) for block in blocks],
        "page": wording.rows["report"]["page"],
    }
    drawn = _printable(told, lost)
    if lost:
        drawn["blocks"].append(_told(Text(wording.rows["report"]["not_printed"])))
    fonts: list[Any] = [FONTS]
    return bytes(typst.compile(
        TEMPLATE, root=FOLDER, font_paths=fonts, ignore_system_fonts=True, format="pdf", pdf_standards=STANDARD,
        sys_inputs={"report": json.dumps(drawn)},
    ))  # fmt: skip


def _told(block: Block) -> dict[str, Any]:
    names = {Heading: "heading", Text: "text", Bars: "bars", Table: "table"}
    return {"block": names[type(block)], **asdict(block)}


def _printable(told: Any, lost: list[str]) -> Any:
    """The same with words that the font can draw, which PDF/UA asks for: a symbol that it lacks stands by its name.

    What is left out beside symbols is gathered in `lost`.
    """
    if isinstance(told, dict):
        return {name: _printable(value, lost) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_printable(value, lost) for value in told]
    if not isinstance(told, str) or told.isascii():
        return told
    return "".join(_drawn(char, lost) for char in told)


def _drawn(char: str, lost: list[str]) -> str:
    if ord(char) in _characters() or char in "\n\t":
        return char
    kind = unicodedata.category(char)
    if kind in ("Cf", "Mn", "Sk"):  # joiners, variation selectors and tones of the symbol before it
        return ""
    if kind == "So":
        return f"[{unicodedata.name(char, 'symbol').lower()}]"
    lost.append(char)
    return UNPRINTED


@cache
def _characters() -> frozenset[int]:
    """The characters that both faces of the font can draw."""
    faces = (TTFont(FONTS / name, lazy=True).getBestCmap() for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
    return frozenset.intersection(*(frozenset(face) for face in faces))
