"""Feedback, from the offer to what changed."""
