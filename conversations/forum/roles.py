"""What people may do at the forum desk."""

ROLES = ("reviewer", "council", "editor", "admin", "safeguarding")
