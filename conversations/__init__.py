"""One person's talk, and what they chose to leave."""
