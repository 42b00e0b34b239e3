"""Figures that every test run prints, whichever worker measured them."""

from __future__ import annotations

NOTES: list[str] = []


def note(text: str) -> None:
    """Have a figure printed at the end of the run."""
    NOTES.append(text)
