"""The Telegram door, against a strict Bot API on the loopback."""
