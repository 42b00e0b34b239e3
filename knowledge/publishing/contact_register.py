"""The register of researched phone numbers, emails and links: the second key that a number needs to be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from knowledge.yaml_loaders import TEXTS

FILE = "numbers.yaml"
PHONE = re.compile(r"(?<![\d£.,/-])(?:\+44 ?|0)\d(?:[ -]?\d){7,10}(?!\d)|\b116 ?\d{3}\b")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"https?://[^\s)]+")
DETAIL = re.compile(f"{URL.pattern}|{EMAIL.pattern}|{PHONE.pattern}")
DIGITS = re.compile(r"\d\d")


def register(folder: Path) -> frozenset[str] | None:
    """Every detail that may be shown, plain (as `plain_detail` makes it); None where a folder has no register."""
    file = folder / FILE
    if not file.is_file():
        return None
    rows = yaml.load(file.read_text(encoding="utf-8"), Loader=TEXTS) or {}
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


def mended(thing: Any, details: Mapping[str, str]) -> Any:
    """Text, or whatever holds text, with dead details replaced: `details` tells by the plain form what stands in the place of each."""
    if not details:
        return thing
    if isinstance(thing, str):
        return DETAIL.sub(lambda found: _successor(found[0], details), thing) if _may_hold(thing) else thing
    if isinstance(thing, tuple):
        parts = tuple(mended(part, details) for part in thing)
        return thing if all(new is old for new, old in zip(parts, thing, strict=True)) else parts
    if is_dataclass(thing) and not isinstance(thing, type):
        old = {item.name: getattr(thing, item.name) for item in fields(thing)}
        new = {name: mended(value, details) for name, value in old.items()}
        changed = {name: value for name, value in new.items() if value is not old[name]}
        return replace(thing, **changed) if changed else thing
    return thing


def details_in(thing: Any) -> dict[str, str]:
    """Each phone number, email and link in a text, or in whatever holds text: by its plain form, as it stands there."""
    if isinstance(thing, str):
        return {plain_detail(one): one for one in contact_details(thing)} if _may_hold(thing) else {}
    if is_dataclass(thing) and not isinstance(thing, type):
        thing = tuple(getattr(thing, item.name) for item in fields(thing))
    found: dict[str, str] = {}
    for part in thing if isinstance(thing, tuple) else ():
        found = {**details_in(part), **found}
    return found


def kind_of_detail(detail: str) -> str | None:
    """`phone`, `email` or `link`, where a text is one such detail and nothing else; None for any other text."""
    if contact_details(detail) != [detail]:
        return None
    return "link" if "://" in detail else "email" if "@" in detail else "phone"


def _may_hold(text: str) -> bool:
    return "@" in text or "://" in text or DIGITS.search(text) is not None


def _successor(found: str, details: Mapping[str, str]) -> str:
    end = len(found.rstrip(".,;")) if "://" in found else len(found)
    detail, rest = found[:end], found[end:]
    return details.get(plain_detail(detail), detail) + rest
