"""The chat page: the door for families who have no account anywhere. The same talk as on Telegram, as a web page."""
