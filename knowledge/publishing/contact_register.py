"""The register of researched phone numbers, emails and links: the second key that a number needs to be shown."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

FILE = "numbers.yaml"
PHONE = re.compile(r"(?<![\d£.,/-])(?:\+44 ?|0)\d(?:[ -]?\d){7,10}(?!\d)|\b116 ?\d{3}\b")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"https?://[^\s)]+")


def register(folder: Path) -> frozenset[str] | None:
    """Every detail that may be shown, plain (as `plain_detail` makes it); None where a folder has no register."""
    file = folder / FILE
    if not file.is_file():
        return None
    rows = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or {}
    return frozenset(plain_detail(str(detail)) for detail in rows)


def contact_details(text: str) -> list[str]:
    """The phone numbers, emails and links in a text, as they stand there."""
    links = URL.findall(text)
    rest = URL.sub(" ", text)
    emails = EMAIL.findall(rest)
    return [*(link.rstrip(".,;") for link in links), *emails, *PHONE.findall(EMAIL.sub(" ", rest))]


def plain_detail(detail: str) -> str:
    """A number without spaces, or an address in lower case without its last slash: equal where they reach the same."""
    if "@" in detail or "://" in detail:
        return re.sub(r"^https?://(www\.)?", "", detail.lower()).rstrip("/")
    return re.sub(r"\D", "", detail)
