"""What a monitor may read of this process: how many and how long, and nothing of anybody. No chat, area, topic or word is a label."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)
"""Two seconds is what a safety card may take (S1a)."""

MESSAGES = Counter("signpost_messages", "Messages that came in, by door.", ("door",))
ANSWER_SECONDS = Histogram(
    "signpost_answer_seconds", "From a message to the end of its answer, by door.", ("door",), buckets=SECONDS
)
CARD_SECONDS = Histogram("signpost_card_seconds", "From a message to its safety card on Telegram.", buckets=SECONDS)
NOT_SAVED = Counter("signpost_not_saved", "Answers whose talk could not be saved, by door.", ("door",))
SENDS = Counter("signpost_telegram_sends", "Messages to Telegram, by how it went.", ("outcome",))
WEBHOOK = Counter("signpost_webhook_requests", "Requests to the webhook, by status.", ("status",))
IN_HAND = Gauge("signpost_telegram_in_hand", "Messages on Telegram that wait for their answer in this process.")
REQUESTS = Counter(
    "signpost_http_requests", "Requests to the web server, by part and class of status.", ("part", "status")
)
READY = Gauge("signpost_ready", "1 where /readyz says so.")
