"""The command line, by the real process."""
