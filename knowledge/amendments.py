"""What was changed at the desk, laid over the content as it was shipped: fields of entries, new ones, and details that are dead.

Only what was changed is held, so that all the rest follows the shipped content when that is renewed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from knowledge.yaml_loaders import VALUES

HEAD = "# Made by the forum desk: what was approved there. `signpost content export` puts it into a content folder.\n"


class AmendmentsError(Exception):
    """The file of amendments cannot be read; the message says which, and how to mend it."""


@dataclass(frozen=True)
class Amendments:
    """All that was changed of a content folder."""

    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Fields of entries by the entry's id, as they stand in YAML; None takes a field away."""
    details: Mapping[str, str] = field(default_factory=dict)
    """A phone number, email or link that reaches nobody any more, plain, and what stands in its place, wherever it stood."""
    found: Mapping[str, str] = field(default_factory=dict)
    """Details that may be shown though the register lacks them, and where each was found."""
    new: Mapping[str, str] = field(default_factory=dict)
    """Of the entries those that were written at the desk, and the theme of each: `entries` holds all their fields."""

    @property
    def digest(self) -> bytes:
        """Tells one from another; empty where nothing was changed."""
        if not (self.entries or self.details):
            return b""
        told = [self.entries, self.details, *([self.new] if self.new else [])]
        plain = json.dumps(told, sort_keys=True, default=dict)
        return hashlib.sha256(plain.encode()).digest()


NONE = Amendments()
PARTS = ("entries", "details", "found", "new")
"""What a file of amendments holds: one of an older version lacks the last."""


def read_amendments(file: Path) -> Amendments:
    """The amendments that a file holds; none where there is no file. Raises AmendmentsError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return NONE
    except (OSError, UnicodeDecodeError) as error:
        raise AmendmentsError(f"{file} cannot be read ({error}): restore it, or take it away") from None
    try:
        rows = yaml.load(text, Loader=VALUES) or {}
        return Amendments(*(dict(rows.get(name) or {}) for name in PARTS))
    except (yaml.YAMLError, AttributeError, TypeError, ValueError):
        raise AmendmentsError(f"{file} is damaged: start the desk, which writes it anew, or take it away") from None


def write_amendments(amendments: Amendments, file: Path) -> None:
    """Write the file in one step, for its owner alone. Raises OSError."""
    rows = {name: _plain(getattr(amendments, name)) for name in PARTS}
    text = HEAD + yaml.safe_dump(rows, sort_keys=True, allow_unicode=True, width=110)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".changes-", delete=False, encoding="utf-8") as part:
        part.write(text)
        part.flush()
        os.fsync(part.fileno())
    os.replace(part.name, file)


def _plain(value: Any) -> Any:
    """Mappings and tuples as what YAML writes."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value
