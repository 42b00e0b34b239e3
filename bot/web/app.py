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
    council,
    export,
    feedback,
    figures,
    help,
    inbox,
    publishing,
    questions,
    report,
    safeguarding,
    sign_in,
    staff,
    today,
)
from bot.web.gate import Gate
from bot.web.visit import Desk, Visit

log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "desk" / "static"


def make_app(
    desk: Desk, hosts: tuple[str, ...], more: tuple[BaseRoute, ...] = (), health: Health | None = None
) -> ASGIApp:
    """The ASGI application. `more` are routes of other doors: the chat page, the webhook, metrics.

    `health` tells what is wrong in this process besides the database.
    """
    pages = (
        sign_in, today, adding, inbox, publishing, feedback, safeguarding, council, questions, figures, export, report, staff,
        help,
    )  # fmt: skip
    routes: list[BaseRoute] = [route for page in pages for route in page.routes(desk)]

    def home(request: Request) -> Response:
        return RedirectResponse("/desk/", 303)

    def healthz(request: Request) -> Response:
        return JSONResponse({"ok": True})

    def readyz(request: Request) -> Response:
        troubles = {} if health is None else dict(health.troubles)
        if not is_up(desk.engine):
            troubles["database"] = "down"
        return JSONResponse({"ready": not troubles, **troubles}, 503 if troubles else 200)

    starlette = Starlette(
        routes=[
            *more,
            Route("/", home),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Mount("/static", StaticFiles(directory=STATIC)),
            *routes,
        ],
        exception_handlers={HTTPException: _refused(desk), Exception: _failed(desk)},
    )
    return Gate(starlette, hosts, desk.secure)


def _refused(desk: Desk):  # type: ignore[no-untyped-def]
    def handler(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        page = {403: "forbidden.html", 404: "not_found.html", 405: "not_found.html"}.get(status, "failed.html")
        return Visit(desk, request, None).page(page, status)

    return handler


def _failed(desk: Desk):  # type: ignore[no-untyped-def]
    def handler(request: Request, error: Exception) -> Response:
        log.error("a page failed: %s", type(error).__name__)
        return Visit(desk, request, None).page("failed.html", 500)

    return handler
