"""The token of a talk: random, in one cookie (in a frame, in the page), good for a day after the last message."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from starlette.responses import Response

from conversations.keys.talk_key import talk_name

HOURS = 24
"""So long after the last message a talk goes on; then the next message begins another one."""
FORM = re.compile(r"(\d{1,12})\.([\w-]{43})", re.ASCII)
COOKIE, LOOPBACK_COOKIE = "__Host-signpost-talk", "signpost-talk-loopback"
"""The `__Host-` prefix holds a cookie to this host and to TLS; plain http on loopback cannot have it."""
MARK_BYTES = 16
AHEAD_SECONDS = 300
"""Another worker's clock may be so much ahead."""


@dataclass(frozen=True)
class Token:
    """What names a talk to nobody but the browser that holds it."""

    secret: str = field(repr=False)
    since: int
    """When the last message was, in seconds since 1970."""

    @property
    def chat(self) -> str:
        """The name of the talk; the door stands in it."""
        return talk_name("web", self.secret)

    @property
    def written(self) -> str:
        """The token as a cookie or a page holds it."""
        return f"{self.since}.{self.secret}"

    @property
    def mark(self) -> str:
        """What each form of the talk carries, so that no other site can send one (OWASP CSRF prevention sheet)."""
        return hmac.digest(self.secret.encode(), b"talk form", "sha256")[:MARK_BYTES].hex()

    def fits(self, mark: str) -> bool:
        """Whether a form was this talk's, compared in constant time."""
        return hmac.compare_digest(mark.encode(), self.mark.encode())

    def number(self, once: str, *said: str) -> int | None:
        """The number of a message: the same form sent twice with the same words is one message, and nothing is doubled.

        A keyed digest: what was said cannot be told from it. None where the form brought no number.
        """
        if not once:
            return None
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in (_bytes(one) for one in (once, *said)))
        return int.from_bytes(hmac.digest(self.secret.encode(), framed, "sha256")[:8], "big") >> 2

    def renewed(self, now: datetime) -> Token:
        """The same talk after a message."""
        return Token(self.secret, int(now.timestamp()))


def new_token(now: datetime) -> Token:
    """The token of a talk that begins: 256 random bits."""
    return Token(secrets.token_urlsafe(32), int(now.timestamp()))


def read_token(written: str, now: datetime) -> Token | None:
    """The token in a cookie or a page; None where it is none, or its talk has ended."""
    found = FORM.fullmatch(written)
    if found is None:
        return None
    token = Token(found[2], int(found[1]))
    age = now.timestamp() - token.since
    return token if -AHEAD_SECONDS < age < HOURS * 3_600 else None


def cookie_name(secure: bool) -> str:
    """The name of the talk's cookie."""
    return COOKIE if secure else LOOPBACK_COOKIE


def set_cookie(response: Response, token: Token | None, secure: bool) -> None:
    """Give the browser a talk's cookie, or take it away; it ends with the browser, and no script reads it."""
    name = cookie_name(secure)
    if token is None:
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    else:
        response.set_cookie(name, token.written, path="/", secure=secure, httponly=True, samesite="lax")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
