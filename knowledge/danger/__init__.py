"""Danger in a message, and the card for it."""
