"""The moment at which the tests are played, and how long they wait."""

from __future__ import annotations

from datetime import datetime

from conversations.london import LONDON

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=LONDON)
"""A Tuesday, in office hours."""
PATIENCE = 120
"""Seconds that a test waits for what comes at once where all is well: on a busy machine that may take long."""
