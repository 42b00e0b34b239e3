"""The smallest content folder that must load."""

from __future__ import annotations

from pathlib import Path


def make_tiny(folder: Path) -> Path:
    """Write the folder; its path."""
    (folder / "demo").mkdir()
    (folder / "demo" / "area.yaml").write_text("name: Demo\n")
    (folder / "demo" / "anything.yaml").write_text(
        "bus-pass:\n  title: Bus pass\n  answer: Ask at the town hall.\n"
        "  phrases: [how do i get a bus pass, free bus travel]\n"
    )
    return folder
