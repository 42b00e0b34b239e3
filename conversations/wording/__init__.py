"""The sentences that the bot itself says, read from YAML."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from conversations import states
from knowledge.loader import ContentError, Fault
from knowledge.yaml_loaders import TEXTS

FOLDER = Path(__file__).parent
DESK = "desk"
"""What stands in the place of a language for the words of the forum desk and of the report."""
PAGE = "page"
"""The same for the words of the chat page."""
INSTEAD = "instead"
"""Sentences of a talk that a door says in its own way."""
EASY = "easy"
"""What stands before the dash, or alone, in the name of a file of easy forms: `easy.yaml` of `en`, `easy-page.yaml` of `page`."""
THEMES = "themes"
"""The names of themes: a content folder may have themes of its own."""


@dataclass(frozen=True, eq=False)
class Wording:
    """The sentences of one language by name."""

    rows: dict[str, Any]
    easy_rows: dict[str, Any] = field(default_factory=dict)
    """The easy forms of those sentences that are not short and plain already."""

    @cached_property
    def easy(self) -> Wording:
        """The same sentences in easy read."""
        return Wording(_laid_over(self.rows, self.easy_rows))

    def __call__(self, name: str, /, **values: object) -> str:
        """One sentence with its braces filled in. Raises KeyError for a name that the file lacks: a mistake in the code."""
        return str(self.rows[name]).format(**values)

    def list(self, name: str, /, **values: object) -> tuple[str, ...]:
        """A list of sentences, each with its braces filled in."""
        return tuple(str(row).format(**values) for row in self.rows[name])

    def variant(self, name: str, turn: int, /, **values: object) -> str:
        """One of several ways to say the same, another one at each turn."""
        ways = self.list(name, **values)
        return ways[turn % len(ways)]

    def at_door(self, door: Wording) -> Wording:
        """The sentences of a talk as a door says them, whose own wording tells which differ."""
        instead = door.rows[INSTEAD]
        easy = {name: row for name, row in self.easy_rows.items() if name not in instead}
        return Wording({**self.rows, **instead}, {**easy, **door.easy_rows.get(INSTEAD, {})})

    def theme(self, theme: str) -> str:
        """The name of a theme as people read it; made from the file's name where the wording has none."""
        titles: dict[str, str] = self.rows.get("themes", {})
        return titles.get(theme, theme.replace("-", " ").replace("_", " ").capitalize())


def load_wording(name: str = "en", own: Path | None = None) -> Wording:
    """The wording of a name: `en` for families, `page` for what only the chat page says, `desk` for staff.

    A content folder's own `wording/NAME.yaml` says single sentences in another way; the rest stays as it is built in.
    Raises ContentError where it names a sentence that there is none of, or leaves out or adds a {brace}; and where a
    state of feedback has no words: better no start than a family without an answer. A sentence that the folder says in
    its own way has no easy form but one of the folder's own: what is right goes before what is easy.
    """
    rows, changed = _rows(name, own)
    easy_file = {"en": EASY, PAGE: f"{EASY}-{PAGE}"}.get(name)
    if easy_file is None:
        return Wording(rows)
    easy, easily = _rows(easy_file, own)
    return Wording(rows, {key: row for key, row in easy.items() if key not in changed or key in easily})


def _rows(name: str, own: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sentences of a file, and those among them that a content folder says in its own way."""
    rows = _built_in(FOLDER / f"{name}.yaml")
    file = own / "wording" / f"{name}.yaml" if own is not None else None
    changed = _read(file) if file is not None and file.is_file() else {}
    problems = [(key, problem) for key, value in changed.items() if (problem := _problem(key, value, rows))]
    problems += [(key, "a state of feedback has no words") for key in _lacking(name, rows)]
    if problems:
        raise ContentError([Fault(f"wording/{name}.yaml", 1, "", key, problem) for key, problem in problems])
    return _laid_over(rows, changed), changed


def _laid_over(rows: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """The rows with others in the place of theirs; of a mapping only the keys that are named."""
    whole = {
        key: {**rows.get(key, {}), **value} if isinstance(value, dict) else value for key, value in changed.items()
    }
    return {**rows, **whole}


@cache
def _built_in(file: Path) -> dict[str, Any]:
    """The rows of a file that comes with the program, read once; nobody changes them."""
    return _read(file)


def _read(file: Path) -> dict[str, Any]:
    """The rows of a wording file. Raises ContentError where it is no YAML mapping."""
    try:
        rows = yaml.load(file.read_text(encoding="utf-8"), Loader=TEXTS) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ContentError([Fault(f"wording/{file.name}", mark.line + 1 if mark else 1, "", "", problem)]) from None
    if not isinstance(rows, dict):
        raise ContentError([Fault(f"wording/{file.name}", 1, "", "", "should be a mapping from a name to a sentence")])
    return rows


def _problem(name: str, value: object, rows: dict[str, Any]) -> str | None:
    """What is wrong with a sentence that is to stand for a built-in one."""
    if name not in rows:
        return "there is no such sentence; misspelt? conversations/wording has them all"
    if type(value) is not type(rows[name]):
        return (
            "should be a list of sentences" if isinstance(rows[name], list) else "is not written like the built-in one"
        )
    if isinstance(value, dict):
        if name == THEMES:
            return None if all(isinstance(one, str) for one in value.values()) else "a theme's name should be text"
        return next((problem for key, one in value.items() if (problem := _problem(key, one, rows[name]))), None)
    if isinstance(value, list) and len(value) != len(rows[name]):
        return f"should be a list of {len(rows[name])}"
    wanted, given = braces(rows[name]), braces(value)
    if given is None:
        return "a { or } stands alone: write {{ or }}"
    if wanted != given:
        return f"its braces should be {', '.join(sorted(wanted or ())) or 'none'}, not {', '.join(sorted(given)) or 'none'}"
    return None


def braces(value: object) -> frozenset[str] | None:
    """The names in the {braces} of a sentence or of some; None where a brace stands alone."""
    texts = value if isinstance(value, list) else [value]
    try:
        found = [part for text in texts for part in Formatter().parse(str(text))]
        return frozenset(f"{name}{spec or ''}{change or ''}" for _, name, spec, change in found if name is not None)
    except ValueError:
        return None


def _lacking(name: str, rows: dict[str, Any]) -> list[str]:
    """The keys of states of feedback that have no words."""
    if name == DESK:
        return [f"states: {state.id}" for state in states.STATES if state.id not in rows.get("states", {})]
    if name == PAGE or name.startswith(EASY):
        return []
    return [state.told for state in states.STATES if state.told not in rows]
