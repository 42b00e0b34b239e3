"""Finding the entry that a message asks for."""
