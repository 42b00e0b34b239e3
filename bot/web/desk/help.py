"""Help: the volunteers' guide behind the question mark of every page, for anybody, signed in or not."""

from __future__ import annotations

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk.manual import HELP, parts
from bot.web.visit import Desk, Visit, read_page


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [Route(HELP, read_page(desk, contents)), Route(f"{HELP}/{{part}}", read_page(desk, show))]


def contents(visit: Visit) -> Response:
    """What the guide holds."""
    return visit.page("help.html", part=None, html="", parts=tuple(parts().values()))


def show(visit: Visit) -> Response:
    """One part of the guide."""
    part = parts().get(visit.request.path_params["part"])
    if part is None:
        raise HTTPException(404)
    html = Markup(part.html)  # noqa: S704 - made here of our own guide, in which HTML is text
    return visit.page("help.html", part=part, html=html, parts=tuple(parts().values()))
