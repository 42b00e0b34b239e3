"""The one web application: its routes, its health pages, and the pages that say what went wrong."""

from __future__ import annotations

import logging
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.health import Health
from bot.opening import is_up
from bot.web.desk import (
    adding,
    content,
    content_detail,
    content_entry,
    council,
    export,
    feedback,
    figures,
    help,
    inbox,
    issues,
    publishing,
    questions,
    report,
    safeguarding,
    sign_in,
    staff,
    today,
)
from bot.web.gate import Gate
from bot.web.monitor import metrics_route
from bot.web.visit import Desk, Visit

log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "desk" / "static"


def make_app(
    desk: Desk, hosts: tuple[str, ...], more: tuple[BaseRoute, ...] = (), health: Health | None = None,
    monitor: str | None = None,
) -> ASGIApp:  # fmt: skip
    """The ASGI application. `more` are routes of other doors: the chat page, the webhook.

    `health` tells what is wrong in this process besides the database, `monitor` what must be shown to read /metrics.
    """
    pages = (
        sign_in, today, adding, inbox, issues, publishing, feedback, safeguarding, council, questions, figures, export, report, staff,
        help,
        content_detail, content_entry, content,
    )  # fmt: skip
    routes: list[BaseRoute] = [route for page in pages for route in page.routes(desk)]

    def home(request: Request) -> Response:
        return RedirectResponse("/desk/", 303)

    def healthz(request: Request) -> Response:
        return JSONResponse({"ok": True})

    def troubled() -> dict[str, str]:
        troubles = {} if health is None else dict(health.troubles)
        return troubles if is_up(desk.engine) else {**troubles, "database": "down"}

    def readyz(request: Request) -> Response:
        troubles = troubled()
        return JSONResponse({"ready": not troubles, **troubles}, 503 if troubles else 200)

    starlette = Starlette(
        routes=[
            *more,
            Route("/", home),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            metrics_route(monitor, lambda: not troubled()),
            Mount("/static", StaticFiles(directory=STATIC)),
            *routes,
        ],
        exception_handlers={HTTPException: _refused(desk), Exception: _failed(desk)},
    )
    return Gate(starlette, hosts, desk.secure)


def _refused(desk: Desk):  # type: ignore[no-untyped-def]
    def handler(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if desk.lost is not None and not request.url.path.startswith("/desk"):
            return desk.lost(status)
        page = {403: "forbidden.html", 404: "not_found.html", 405: "not_found.html"}.get(status, "failed.html")
        return Visit(desk, request, None).page(page, status)

    return handler


def _failed(desk: Desk):  # type: ignore[no-untyped-def]
    def handler(request: Request, error: Exception) -> Response:
        log.error("a page failed: %s", type(error).__name__)
        if desk.lost is not None and not request.url.path.startswith("/desk"):
            return desk.lost(500)
        return Visit(desk, request, None).page("failed.html", 500)

    return handler
