"""One small language model, read once, for everything that needs the meaning of a text."""
