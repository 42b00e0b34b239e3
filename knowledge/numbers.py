"""The register of researched phone numbers, emails and links: the second key that a number needs to be shown."""

from __future__ import annotations

from pathlib import Path

import yaml

FILE = "numbers.yaml"


def register(folder: Path) -> frozenset[str] | None:
    """Every detail that may be shown, plain (as `knowledge.checks.plain_detail`); None where a folder has no register."""
    file = folder / FILE
    if not file.is_file():
        return None
    rows = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or {}
    return frozenset(str(detail) for detail in rows)
