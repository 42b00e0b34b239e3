"""/metrics in the format of Prometheus: for this machine alone, or for whoever shows the token of a setting (O3)."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.metrics import READY
from bot.settings import is_loopback

PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""What a proxy adds: a request that came through one is the world's, though its connection is this machine's own."""


def metrics_route(token: str | None, ready: Callable[[], bool]) -> Route:
    """The route. `token` is what a monitor must show; without one only this machine is answered, and the world gets 404."""

    def endpoint(request: Request) -> Response:
        if not _may(request, token):
            raise HTTPException(404)
        READY.set(ready())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", endpoint)


def _may(request: Request, token: str | None) -> bool:
    if token is not None:
        shown = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(shown, f"Bearer {token}".encode())
    here = request.client is not None and is_loopback(request.client.host) and is_loopback(request.url.hostname or "")
    return here and not any(name in request.headers for name in PASSED_ON)
