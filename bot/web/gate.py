"""What every request passes: host, size of the body, cross-site posts, security headers (OWASP ASVS 5.0, V3 and V4)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.metrics import REQUESTS

log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024
"""A report's draft with every section filled is under 100 KB, and nothing that people send the desk is larger. An update of Telegram's,
a message and one that it replies to of 4,096 letters each with their marks, is under 150 KB."""
BODY_SECONDS = 10.0
"""How long a body may take to arrive; the largest takes two on a slow line."""
MOST_FIELDS = 4_000
"""A report can list a thousand comments, each with a tick and what comes next."""
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # no-referrer would make the Origin of our own forms "null"
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
ANY_HOST = ("/healthz", "/readyz", "/metrics")
"""What a balancer or a monitor asks for by the address of one process; none of it belongs to anybody."""
PARTS = ("desk", "talk", "telegram", "static", "healthz", "readyz", "metrics")
"""How requests are counted; what is none of these is a page."""


@dataclass(frozen=True)
class Gate:
    """The outermost layer. `hosts` are the host names that this server answers to; `secure` is False on loopback alone."""

    app: ASGIApp
    hosts: tuple[str, ...]
    secure: bool
    guarded: tuple[str, ...] = ("/desk", "/talk")
    """Paths under which posts come from our own pages alone; a webhook has a secret of its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = self._with_headers(scope, send)
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        try:
            body = b"" if refusal else await asyncio.wait_for(_body(receive, headers), BODY_SECONDS)
        except TimeoutError:
            body, refusal = b"", (408, "That took too long to arrive.")
        except ClientDisconnect:  # half a form is no form, and nobody is there to be told
            return
        if body is None:
            refusal = 413, "That is too much at once."
        if refusal:
            await PlainTextResponse(refusal[1], refusal[0])(scope, receive, send)
            return
        assert body is not None
        if headers.get("content-type", "").partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            try:
                text = body.decode("utf-8", "replace")
                scope["form"] = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
            except ValueError:
                await PlainTextResponse("That is too much at once.", 413)(scope, receive, send)
                return
        try:
            await self.app(scope, _replay(body, receive), send)
        except Exception as error:  # its page has been sent; a traceback could hold what somebody typed (P9)
            log.error("a request failed: %s", type(error).__name__)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """The status and the words with which a request is refused unread, or None."""
        if "*" not in self.hosts and scope["path"] not in ANY_HOST and _name(headers.get("host", "")) not in self.hosts:
            return 400, "This address is not one of this server's."
        if scope["method"] in SAFE_METHODS or not scope["path"].startswith(self.guarded):
            return None
        if _cross_site(headers):
            return 403, "This form was not sent from this site."
        return None

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        part = scope["path"].split("/")[1] if scope["path"].startswith("/") else ""
        static = part == "static"

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                REQUESTS.labels(part if part in PARTS else "page", f"{message['status'] // 100}xx").inc()
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "public, max-age=3600" if static else "no-store")
                if self.secure:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
                if "server" in headers:
                    del headers["server"]
            await send(message)

        return sender


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    return (urlsplit(f"//{host}").hostname or "") if "@" not in host else ""


def _cross_site(headers: Headers) -> bool:
    """Whether a post comes from another site, by Sec-Fetch-Site and by Origin (OWASP CSRF prevention sheet).

    A client that sends neither is no browser of these years; every form carries a mark besides.
    """
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


async def _body(receive: Receive, headers: Headers) -> bytes | None:
    """The whole body; None where it is larger than may be, whatever its length was said to be.

    Raises ClientDisconnect where whoever sends it has gone before its end.
    """
    said = headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > MOST_BYTES:
        return None
    parts, size, more = [], 0, True
    while more:
        message: dict[str, Any] = dict(await receive())
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > MOST_BYTES:
            return None
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives a body that was read already once more."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
