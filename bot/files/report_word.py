"""The annual report as a Word document, for people to edit: Word's own headings, tables with a row of headings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from bot.files.report_blocks import Bars, Block, Cell, Cover, Heading, Table, Text
from conversations.wording import Wording

FONT = "Calibri"
DARK = RGBColor(0x0B, 0x4F, 0x57)
WARNING = RGBColor(0x8A, 0x1C, 0x1C)


def as_word(cover: Cover, blocks: Sequence[Block], wording: Wording) -> bytes:
    """The cover and the blocks as a DOCX file."""
    document: Any = Document()
    _styles(document)
    document.core_properties.title = cover.title
    document.core_properties.author = cover.forum
    document.core_properties.language = "en-GB"
    document.add_paragraph(cover.title, style="Title")
    for line in (cover.forum, cover.council, cover.dated):
        document.add_paragraph(line, style="Subtitle")
    document.add_page_break()
    for block in blocks:
        match block:
            case Heading(level, text):
                document.add_heading(text, level - 1)
            case Text(text, look):
                run = document.add_paragraph().add_run(text)
                run.bold = look == "warning"
                if look == "warning":
                    run.font.color.rgb = WARNING
            case Bars(caption, what, unit, lines):
                cells = [((("", line.label),), (("", str(line.n)),)) for line in lines]
                _table(document, caption, (what, unit), cells, (13.0, 3.0), counts=True)
            case Table(caption, head, rows):
                _table(document, caption, head, rows, tuple([16.0 / len(head)] * len(head)))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _styles(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    for name in ("Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Caption"):
        style = document.styles[name]
        style.font.name = FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):  # they would win over the name
            fonts.attrib.pop(qn(theme), None)
        if name != "Normal":
            style.font.color.rgb = DARK
    document.styles["Normal"].font.size = Pt(11)
    language = document.styles["Normal"].element.get_or_add_rPr()
    lang = OxmlElement("w:lang")
    lang.set(qn("w:val"), "en-GB")
    language.append(lang)


def _table(
    document: Any, caption: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], widths: Sequence[float],
    counts: bool = False,
) -> None:  # fmt: skip
    """A table under its caption; its first row is repeated on every page, and no row is split over two."""
    title = document.add_paragraph(caption, style="Caption")
    title.paragraph_format.keep_with_next = True
    table = document.add_table(rows=1, cols=len(head), style="Table Grid")
    table.autofit = False
    for cell, name in zip(table.rows[0].cells, head, strict=True):
        cell.paragraphs[0].add_run(name).bold = True
    for row in rows:
        for cell, paragraphs in zip(table.add_row().cells, row, strict=True):
            _fill(cell, paragraphs)
    for place, row in enumerate(table.rows):
        _mark(row, "w:cantSplit")
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
        if counts:
            row.cells[-1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if place == 0:
            _mark(row, "w:tblHeader")
    document.add_paragraph()


def _fill(cell: Any, paragraphs: Cell) -> None:
    for place, (who, words) in enumerate(paragraphs):
        paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
        if who:
            paragraph.add_run(f"{who}: ").bold = True
        paragraph.add_run(words)


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))
