"""The report's files are opened and read back: the same words in each, a tagged PDF, a Word document to edit (F4)."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader, PdfWriter
from pypdf.generic import IndirectObject

from bot.files.report import write
from bot.files.report_blocks import Bars, Heading, Table, Text, blocks, cover
from conversations.forum import reports
from conversations.forum.reports import Draft
from tests.support.desk_visitor import House

LOST = "NO CHECKER OF PDF/UA: outloud is not installed (./run test installs it)"
if find_spec("outloud") is None:
    warnings.warn(LOST, stacklevel=1)
WORDS = "#let x = 1 $a$ *b* 😀 Ω – ‘quoted’ \u0915\x0b"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A desk with comments on two themes, one of them small, and a draft with every part written."""
    house = House(tmp_path_factory.mktemp("house"))
    for n in range(20):
        house.give(
            f"told {n}", theme="money" if n < 12 else "health" if n < 14 else "school-help", felt=("good", "bad")[n % 2], young=n % 2 == 0,
            state="done", published=True, public_words=f"Words {n}. {WORDS}", response="Thank you.",
            council_response="We agree.", done_text="Mended in June.",
        )  # fmt: skip
    house.count("talk", 25)
    house.count("answer", 40)
    house.count("helpful", 12)
    house.count("unhelpful", 7)
    draft = Draft(
        "Our year.", "From the council.", "Come in May.", sections={"money": "On buses."}, next={"1": "A ramp by May."}
    )
    assert reports.write_draft(house.engine, "ann", "east", 2026, draft, house.seals, house.clock())
    return house


def test_an_edition_tells_its_ratings_though_their_labels_have_other_words_since(house: House) -> None:
    made = reports.report(house.engine, "east", 2026, house.seals, house.guide, house.desk.wording, house.clock())
    assert made.ratings
    frozen = replace(made, ratings=tuple(replace(line, label=f"Once: {line.label}") for line in made.ratings))
    assert blocks(frozen, house.desk.wording) == blocks(made, house.desk.wording)


@pytest.fixture(scope="module")
def files(house: House) -> dict[str, bytes]:
    made = reports.report(house.engine, "east", 2026, house.seals, house.guide, house.desk.wording, house.clock())
    return {kind: write(kind, made, house.desk.pages, house.desk.wording) for kind in ("html", "pdf", "docx", "csv")}


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def told(house: House) -> list[str]:
    """Every text that a report's blocks hold, but for words with letters that paper lacks."""
    made = reports.report(house.engine, "east", 2026, house.seals, house.guide, house.desk.wording, house.clock())
    front, found = cover(made, house.desk.wording), list[str]()
    found += [front.title, front.forum, front.council, front.dated]
    for block in blocks(made, house.desk.wording):
        match block:
            case Heading(_, text) | Text(text):
                found.append(text)
            case Bars(caption, _, _, lines):
                found += [caption, *(line.label for line in lines), *(str(line.n) for line in lines)]
            case Table(_, head, rows):
                found += [*head, *(words.partition("#")[0] for row in rows for cell in row for _, words in cell)]
    return found


def test_every_file_holds_all_that_the_report_says(house: House, files: dict[str, bytes]) -> None:
    document = Document(io.BytesIO(files["docx"]))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    texts = {
        "pdf": "".join(page.extract_text() for page in PdfReader(io.BytesIO(files["pdf"])).pages),
        "docx": "".join([*(paragraph.text for paragraph in document.paragraphs), *cells]),
        "html": re.sub(r"<[^>]+>", "", files["html"].decode()).replace("&#39;", "'"),
    }
    assert len(told(house)) > 60
    for kind, text in texts.items():
        lacking = [words for words in told(house) if squeezed(words) not in squeezed(text)]
        assert lacking == [], kind
    for words in (
        "East Council",
        "Families talked with Signpost 25 times.",
        "20 comments were received.",
        "10 of the comments came from young people.",
        "A ramp by May.",
    ):
        assert words in " ".join(texts["html"].split())


def elements(node: Any) -> list[tuple[str, Any]]:
    """The names of a PDF's structure elements, from the root down in order, each with its dictionary."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, list):
        return [one for kid in node for one in elements(kid)]
    if not isinstance(node, dict):
        return []
    own = [(str(node["/S"]), node)] if "/S" in node else []
    return own + (elements(node["/K"]) if "/K" in node else [])


def test_the_pdf_is_tagged_and_says_that_it_is_pdf_ua(files: dict[str, bytes]) -> None:
    reader = PdfReader(io.BytesIO(files["pdf"]))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or str(root["/MarkInfo"]["/Marked"]) == "True"
    assert str(root["/Lang"]).startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == "What families told us about services in East, 2026"
    names = [name for name, _ in elements(root["/StructTreeRoot"]["/K"])]
    assert {"/H1", "/H2", "/Table", "/TR", "/TH", "/TD", "/P"} <= set(names)
    assert names.index("/H1") < names.index("/Table")
    assert len(reader.pages) >= 3


def test_each_table_of_the_pdf_is_tagged_alike_wherever_a_page_ends(house: House) -> None:
    made = reports.report(house.engine, "east", 2026, house.seals, house.guide, house.desk.wording, house.clock())
    trees = set()
    for lines in range(0, 40, 4):  # pushes each of the tables over the end of a page
        told = replace(
            made, draft=replace(made.draft, introduction="A line.\n" * lines + "See https://east.example.org/send.")
        )
        root: Any = PdfReader(io.BytesIO(write("pdf", told, house.desk.pages, house.desk.wording))).trailer["/Root"]
        names = [name for name, _ in elements(root["/StructTreeRoot"]["/K"])]
        assert "/Div" not in names
        assert names.count("/Link") == 1, "an address that is written can be pressed"
        trees.add(tuple(name for name in names if name in ("/Table", "/THead", "/TBody", "/Caption")))
    assert len(trees) == 1


@pytest.mark.skipif(find_spec("outloud") is None, reason=LOST)
def test_an_outside_checker_finds_nothing_against_pdf_ua(files: dict[str, bytes], tmp_path: Path) -> None:
    outloud = pytest.importorskip("outloud")
    report, bare = tmp_path / "report.pdf", tmp_path / "bare.pdf"
    report.write_bytes(files["pdf"])
    writer = PdfWriter(clone_from=report)
    del writer.root_object["/StructTreeRoot"]
    writer.write(bare)
    found = outloud.check(str(report), layers=["conformance"])
    assert found.error is None
    assert [f"{one.rule}: {one.message}" for one in found.findings] == []
    ran = {row["status"] for row in found.criteria["pdfua1"]}
    assert {"fail", "warning"}.isdisjoint(ran)
    assert "pass" in ran
    assert outloud.check(str(bare), layers=["conformance"]).errors, "the same file without its tags does not pass"


def test_what_no_font_has_stands_by_its_name_in_the_pdf(files: dict[str, bytes]) -> None:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(files["pdf"])).pages)
    assert "#let x = 1 $a$ *b*" in " ".join(text.split()), "nothing in a family's words is a command"
    assert "□" in text
    assert "Some letters of other alphabets cannot be printed here" in " ".join(text.split())


def test_the_word_document_has_words_own_headings_and_tables(files: dict[str, bytes]) -> None:
    document = Document(io.BytesIO(files["docx"]))
    styles = [paragraph.style.name for paragraph in document.paragraphs if paragraph.style is not None]
    assert styles[0] == "Title"
    assert {"Heading 1", "Heading 2", "Caption"} <= set(styles)
    assert document.core_properties.language == "en-GB"
    for table in document.tables:
        assert table.rows[0]._tr.trPr is not None
        assert "tblHeader" in table.rows[0]._tr.trPr.xml


def test_themes_stand_by_size_and_in_a_sentence(files: dict[str, bytes]) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", files["html"].decode()).split())
    assert "The theme with the most comments was Money, breaks, carers (12 of 20). Then came Other themes (8)." in text
    bars = text[text.index("Comments by theme") :]
    assert bars.index("Money, breaks, carers") < bars.index("12") < bars.index("Other themes") < bars.index(" 8 ")
