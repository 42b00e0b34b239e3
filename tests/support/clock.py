"""The moment at which the tests are played."""

from __future__ import annotations

from datetime import datetime

from bot.settings import LONDON

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=LONDON)
"""A Tuesday, in office hours."""
