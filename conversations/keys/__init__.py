"""Secrets that are kept outside the database: the keys of talks, and of what is sealed."""
