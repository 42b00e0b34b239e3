"""Every promise's code in the source leads to a line of docs/promises.md, and every line to tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = r"[SPTMKCFWO]\d{1,2}[a-z]?"
ROW = re.compile(rf"^\| ({CODE}) \| (.+) \| (.*) \|$", re.MULTILINE)
LINK = re.compile(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)")
SOURCE = (*"bot conversations knowledge tests benchmarks".split(), "README.md", "CONTRIBUTING.md", "docs")
NOT_SOURCE = ("content", "banks", "questions", "vendor", "pictures", "safety", "talks", "masking")
"""Folders with words of families and of editors, in which M14 is a postcode."""


def codes_in_the_source() -> dict[str, str]:
    """Each code that stands in the source, with one file that has it."""
    found: dict[str, str] = {}
    for name in SOURCE:
        for file in [ROOT / name] if (ROOT / name).is_file() else sorted((ROOT / name).rglob("*")):
            if file.suffix not in (".py", ".html", ".md", ".css") or set(file.parts) & set(NOT_SOURCE):
                continue
            if file.name == "promises.md":
                continue
            for brackets in re.findall(rf"\(([^()]*\b{CODE}\b[^()]*)\)", file.read_text(encoding="utf-8")):
                if re.fullmatch(rf"(?:[\w ]+, )?{CODE}(?:(?:, | and ){CODE})*", brackets):
                    found.update({code: str(file.relative_to(ROOT)) for code in re.findall(rf"\b{CODE}\b", brackets)})
    return found


def rows() -> dict[str, tuple[str, str]]:
    """Each line of the page: code -> (what is promised, what holds it)."""
    return {
        code: (text, held) for code, text, held in ROW.findall((ROOT / "docs/promises.md").read_text(encoding="utf-8"))
    }


def test_every_code_in_the_source_has_a_line() -> None:
    lacking = {code: file for code, file in codes_in_the_source().items() if code not in rows()}
    assert not lacking, "docs/promises.md has no line for these codes"
    assert len(codes_in_the_source()) > 40


def test_every_line_names_tests_that_are_there() -> None:
    for code, (_, held) in rows().items():
        links = LINK.findall(held)
        assert links, f"docs/promises.md: {code} has no test"
        for name, file in links:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in names, f"docs/promises.md: {code}: {file} has no {name}"
