"""The sentences that the bot itself says, read from YAML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class Wording:
    """The sentences of one language by name."""

    rows: dict[str, Any]

    def __call__(self, name: str, /, **values: object) -> str:
        """One sentence with its braces filled in. Raises KeyError for a name that the file lacks: a mistake in the code."""
        return str(self.rows[name]).format(**values)

    def list(self, name: str, /, **values: object) -> tuple[str, ...]:
        """A list of sentences, each with its braces filled in."""
        return tuple(str(row).format(**values) for row in self.rows[name])

    def theme(self, theme: str) -> str:
        """The name of a theme as people read it; made from the file's name where the wording has none."""
        titles: dict[str, str] = self.rows.get("themes", {})
        return titles.get(theme, theme.replace("-", " ").replace("_", " ").capitalize())


def load_wording(language: str = "en", own: Path | None = None) -> Wording:
    """The wording of a language; a content folder's own `wording/LANGUAGE.yaml` overrides line by line."""
    rows: dict[str, Any] = {}
    for folder in (FOLDER, own / "wording" if own else None):
        file = folder / f"{language}.yaml" if folder else None
        if file is not None and file.is_file():
            rows.update(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or {})
    return Wording(rows)
