"""The age that a message tells."""

from __future__ import annotations

import re

AGE = re.compile(
    r"\b(?:(?:i am|im|i'm|she is|shes|she's|he is|hes|he's|they are|theyre|they're|is|was|turned|turning|turns|aged?|just|"
    r"nearly|almost|about to be|be)\s+(?:now\s+|only\s+|nearly\s+|almost\s+|just\s+|turning\s+|about\s+)?(?P<said>\d{1,2})\b(?!\s*(?:%|weeks?|months?|days?|hours?|minutes?|mins?|miles?|pounds?|[:.]\d|st\b|nd\b|rd\b|th\b|pm|am))"
    r"|(?P<years>\d{1,2})\s*(?:-\s*)?(?:years?|yrs?|yr|yo\b|y/o)(?:\s*(?:-\s*)?old)?)\b"
)

YEAR_GROUP = re.compile(r"\byear\s+(?P<year>\d{1,2})\b")

CLOSE = 25
"""Nobody older is asked about: a larger number is no age of a child or young person."""


def age(text: str) -> int | None:
    """The age in years that a message gives, 0 to 25, or None."""
    found = AGE.search(text)
    if found is not None:
        years = int(found["said"] or found["years"])
        return years if years <= CLOSE else None
    grade = YEAR_GROUP.search(text)
    if grade is not None and 1 <= int(grade["year"]) <= 13:
        return int(grade["year"]) + 5
    return None
