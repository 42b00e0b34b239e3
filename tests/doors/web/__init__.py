"""The forum desk, with and without a browser."""
