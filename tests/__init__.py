"""The tests, laid out as the floors."""
