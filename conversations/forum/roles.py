"""What people may do at the forum desk (F3)."""

REVIEWER, COUNCIL, EDITOR, ADMIN, SAFEGUARDING = "reviewer", "council", "editor", "admin", "safeguarding"
"""SAFEGUARDING alone may read what is under safeguarding (F1)."""
ROLES = (REVIEWER, COUNCIL, EDITOR, ADMIN, SAFEGUARDING)
