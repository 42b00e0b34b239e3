"""A small content folder for tests that start the real process: all of the content would only make them slow."""

from __future__ import annotations

from pathlib import Path

AREA = "name: Demo\n"
QUESTIONS = {
    "Bus pass": "how do i get a bus pass",
    "Blue badge": "how do i apply for a blue badge for parking",
    "Short breaks": "where can i find short breaks and respite care",
    "School meals": "are there free school meals at lunch",
}
"""The title of the entry that answers, and the question."""
ENTRIES = """
bus-pass:
  title: Bus pass
  answer: Ask at the town hall. It is <free> & quick.
  young_answer: You can ask for your own pass at the town hall.
  steps: [Take a photo., Take your letter.]
  contacts: [{name: Town hall, phone: 0161 496 0123, url: "https://example.org/pass", hours: "Monday to Friday, 9:00 to 17:00"}]
  phrases: [how do i get a bus pass, free bus travel]
  sources: [{title: Town hall, url: "https://example.org/pass?a=1&b=2", seen: 2024-07}]
blue-badge:
  title: Blue badge
  answer: A blue badge lets you park near the door.
  phrases: [how do i apply for a blue badge for parking, disabled parking badge]
short-breaks:
  title: Short breaks
  answer: Short breaks give you time off.
  phrases: [where can i find short breaks and respite care, a rest from caring]
school-meals:
  title: School meals
  answer: School meals can be free.
  phrases: [are there free school meals at lunch, dinners at school]
"""


def make_small(folder: Path) -> Path:
    """Write the folder; its path."""
    for area in ("demo", "national"):
        (folder / area).mkdir(parents=True)
    (folder / "demo" / "area.yaml").write_text(AREA)
    (folder / "national" / "money.yaml").write_text(ENTRIES)
    return folder
