"""The pictures of easy read: which one stands beside an answer, a button, or a way to reach somebody. Words always stand with it."""

from __future__ import annotations

from pathlib import Path

from conversations.guide import Guide
from conversations.turns import Reply

FOLDER = Path(__file__).parent / "static" / "pictures"
PICTURES = frozenset(file.stem for file in FOLDER.glob("*.svg"))
"""The names of all pictures: themes, facets and ways (static/pictures/VENDORED.md)."""
OF_VERBS = {"a": "home", "area": "home", "safety": "danger"}


def picture_of(guide: Guide, reply: Reply) -> str | None:
    """The picture of a reply: of danger, of the facet that it answers, or of the theme of its entry."""
    if reply.safety == "card":
        return "danger"
    entry = guide.library.by_id.get(reply.entry or "")
    return _known(reply.facet) or _known(entry.theme if entry is not None else None)


def picture_on(guide: Guide, button: str) -> str | None:
    """The picture on a button, by its id: of the facet, theme or place that it brings."""
    verb, _, rest = button.partition(":")
    match verb:
        case "x":
            return _known(rest.rpartition(":")[2])
        case "t":
            return _known(rest.rpartition(":")[0])
        case "e":
            entry = guide.by_short_id.get(rest)
            return _known(entry.theme if entry is not None else None)
    return OF_VERBS.get(verb)


def _known(name: str | None) -> str | None:
    return name if name in PICTURES else None
