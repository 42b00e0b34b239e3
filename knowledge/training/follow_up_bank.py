"""The bank of what people would type right after the first answer of an entry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from knowledge.loader import mapping

BANK = Path(__file__).parent / "banks" / "follow_ups.yaml"
"""By `entry#facet` (`none`: no facet of it answers) the messages."""


def messages() -> Iterator[tuple[str, str, str]]:
    """Each message behind the id of its entry and the facet that answers it."""
    for place, texts in mapping(BANK).items():
        entry, _, facet = place.partition("#")
        yield from ((entry, facet, str(text)) for text in texts)
