"""The kind of browser and machine that a request names: enough to know one's own devices apart, and no more."""

from __future__ import annotations

BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
            ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
MACHINES = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("CrOS", "a Chromebook"), ("Mac OS X", "a Mac"), ("Linux", "Linux"))  # fmt: skip
"""The order counts: most browsers name others besides themselves."""


def browser_of(agent: str) -> str:
    """Such as "Firefox on Windows", from the header User-Agent (RFC 9110, 10.1.5); no version is kept."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "A browser")
    machine = next((name for sign, name in MACHINES if sign in agent), "")
    return f"{browser} on {machine}" if machine else browser
