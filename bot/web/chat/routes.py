"""The addresses of the chat page: the page, what its forms send, the frame for other sites, and what leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.web.chat.page import Chat, Start, View, fit_colour
from bot.web.chat.paper import calendar, make_paper, read_day
from bot.web.chat.sealed import seal, unseal
from bot.web.chat.token import Token, cookie_name, new_token, read_token, set_cookie
from bot.web.gate import CSP
from conversations.engine import step
from conversations.replies.easy import eased
from conversations.turns import Message, Paragraph, Reply, State, Turn, quoted
from knowledge.entries import NATIONAL

STATIC = Path(__file__).parent / "static"
MOST_CHARACTERS = 20_000
"""Of one field that is sent: the engine reads 10,000."""
MOST_CHANGES = 50
"""So many matters stand on the page of what changed; a reply in a talk has fewer."""
FORGOTTEN = "forgotten"


def routes(chat: Chat) -> tuple[BaseRoute, ...]:
    """All routes of the page."""
    return (
        Route("/", _page(chat, framed=False)),
        Route("/embed", _page(chat, framed=True)),
        Route("/you-said-we-did", _changes(chat)),
        Route("/embed.js", _embed_script),
        Route("/talk", _talk(chat), methods=["POST"]),
        *(Route(path, _from_the_start) for path in ("/talk", "/talk/paper", "/talk/date")),
        Route("/talk/end", _end(chat), methods=["POST"]),
        Route("/talk/paper", _paper(chat, dated=False), methods=["POST"]),
        Route("/talk/date", _paper(chat, dated=True), methods=["POST"]),
        Mount("/static/chat", StaticFiles(directory=STATIC)),
    )


def lost(chat: Chat) -> Callable[[int], Response]:
    """What families are shown where something outside the desk is not there, or fails, by its status."""

    def page(status: int) -> Response:
        return HTMLResponse(chat.lost(failed=status >= 500), status)

    return page


def _from_the_start(request: Request) -> Response:
    """The address of a form, opened as a page from a history: the talk goes on from the first page."""
    return RedirectResponse("/", 303)


def _page(chat: Chat, framed: bool) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        now = chat.door.clock()
        known = None if framed else read_token(request.cookies.get(cookie_name(chat.secure), ""), now)
        token = known or new_token(now)
        start = _start(chat, dict(request.query_params))
        state = await chat.door.at_once(token.chat) if known else State()
        colour = fit_colour(request.query_params.get("colour", ""))
        view = View(token, state, start, known is not None, framed, colour)
        if shown := unseal(request.query_params.get("shown", ""), token):
            view = replace(view, shown=Markup(shown))  # noqa: S704 - sealed here, so that nobody else wrote it
        elif start.topic:
            view = replace(view, shown=chat.replies(_topic(chat, start, state), view))
        response: Response = HTMLResponse(chat.page(view))
        if framed:
            _let_frame(response, chat)
        else:
            set_cookie(response, token, chat.secure)
        return response

    return endpoint


def _start(chat: Chat, asked: dict[str, str]) -> Start:
    """What a link asks for, as far as it is there: an unknown area or topic is passed over."""
    entry, area = chat.guide.library.by_id.get(asked.get("topic", "")), asked.get("area", "").lower()
    start = Start(area if chat.guide.area(area) else "", easy=asked.get("easy") == "1", young=asked.get("young") == "1")
    if entry is None or entry.small_talk:
        return start
    return replace(start, area=start.area if entry.area == NATIONAL else entry.area, topic=entry.id)


def _topic(chat: Chat, start: Start, state: State) -> tuple[Reply, ...]:
    """The answer that a link leads to. Nothing is stored or counted: it may be a crawler that follows it."""
    press = chat.guide.button(chat.guide.library.by_id[start.topic]).id
    here = replace(start, topic="").applied(state)
    return step(here, Message(press=press), chat.guide, chat.door.clock()).replies


def _talk(chat: Chat) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        form = _fields(request)
        framed, part = bool(form.get("framed")), bool(form.get("part"))
        now = chat.door.clock()
        cookie = request.cookies.get(cookie_name(chat.secure), "")
        written = form.get("token", "") if framed else cookie
        known = read_token(written, now)
        good = known is not None and known.fits(form.get("mark", ""))
        token = known.renewed(now) if known is not None and good else new_token(now)
        message = _message(form, token)
        start = _start(chat, form)
        verdict = chat.door.note(request.client.host if request.client else "", token.chat)
        if verdict == "end":
            return PlainTextResponse(chat.words("too_many"), 429)
        if verdict == "many" or not good:
            turn = await chat.door.danger_alone(token.chat, message) or _told(
                chat, "too_many" if verdict == "many" else "page_old", await chat.door.at_once(token.chat)
            )
        elif message == Message(number=message.number):
            turn = _told(chat, "no_words", await chat.door.at_once(token.chat))
        else:
            turn = await chat.door.hear(token.chat, message, start.applied if start != Start() else None)
            start = Start()  # it has begun
        forgotten = any(reply.kind == FORGOTTEN for reply in turn.replies)
        token = new_token(now) if forgotten else token
        bare = framed or not cookie  # a browser that keeps no cookies gets the token in the page, as in a frame
        view = View(token, turn.state, start, framed=bare, colour=fit_colour(form.get("colour", "")))
        view = replace(view, shown=chat.replies(turn.replies, view))
        again = not good and not any(reply.safety == "card" for reply in turn.replies)
        response = _part(chat, view, again, forgotten) if part else _whole(chat, view, turn)
        if not framed:
            set_cookie(response, token, chat.secure)
        elif not part:
            _let_frame(response, chat)
        return response

    return endpoint


def _message(form: dict[str, str], token: Token) -> Message:
    """What was done: a press, or else what was typed."""
    press, text, words = form.get("press", ""), form.get("text", "").strip(), form.get("quoted", "")
    number = token.number(form.get("once", ""), press, text, words)
    if press:
        return Message(press=press, quoted=words or None, number=number)
    return Message(text=text or None, number=number)


def _fields(request: Request) -> dict[str, str]:
    """The fields of a form; of a name that came twice the first. Line ends are those of the page."""
    fields: dict[str, str] = {}
    for name, value in request.scope.get("form", []):
        fields.setdefault(name, value.replace("\r\n", "\n")[:MOST_CHARACTERS])
    return fields


def _told(chat: Chat, name: str, state: State) -> Turn:
    words = chat.words.easy if state.easy_read else chat.words
    return eased(Turn(state, (Reply("info", (Paragraph(words(name)),)),)), chat.guide)


def _part(chat: Chat, view: View, again: bool, forgotten: bool) -> Response:
    """The answer for the page's own script: the new replies, and what its forms need from now on."""
    home = chat.guide.area(view.state.area)
    return JSONResponse(
        {
            "html": view.shown,
            "mark": view.token.mark,
            "token": view.token.written if view.framed else "",
            "again": again,
            "forgotten": forgotten,
            "easy": view.easy,
            "area": (chat.words.easy if view.easy else chat.words)("where_is", area=home.name) if home else "",
        }
    )


def _whole(chat: Chat, view: View, turn: Turn) -> Response:
    """The answer without script: another page to be got, so that reload sends nothing twice.

    What quotes typed words is shown at once, as they must stand in no address; so is what is too long for one.
    """
    words = any(quoted(reply) for reply in turn.replies)
    sealed = None if view.framed or words else seal(str(view.shown), view.token)
    if sealed is None:
        return HTMLResponse(chat.page(view))
    return RedirectResponse(f"/?{urlencode({'shown': sealed})}#last", 303)


def _changes(chat: Chat) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        """What families of an area said and what was done; it belongs to no talk."""
        now = chat.door.clock()
        start = replace(_start(chat, dict(request.query_params)), topic="")
        view = View(new_token(now), start=start)
        replies: tuple[Reply, ...] = ()
        if start.area:
            found = await asyncio.to_thread(chat.door.talks.changes, start.area, now, start.easy, MOST_CHANGES)
            replies = found or _told(chat, "changes_none", State(easy_read=start.easy)).replies
        return HTMLResponse(chat.changes(view, replies))

    return endpoint


def _paper(chat: Chat, dated: bool) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        """An answer as a page to print; `dated`: a day of the family's own as a calendar entry. It changes nothing of the talk."""
        form, now = _fields(request), chat.door.clock()
        framed = bool(form.get("framed"))
        written = form.get("token", "") if framed else request.cookies.get(cookie_name(chat.secure), "")
        known = read_token(written, now)
        token = known if known is not None and known.fits(form.get("mark", "")) else new_token(now)
        if chat.door.note(request.client.host if request.client else "", token.chat) != "good":
            return PlainTextResponse(chat.words("too_many"), 429)
        start = _start(chat, form)
        state = replace(start, topic="").applied(await chat.door.at_once(token.chat) if token is known else State())
        site = f"{'https' if chat.secure else request.url.scheme}://{request.headers.get('host', '')}"
        paper = make_paper(form.get("paper", ""), chat.guide, state, now, site)
        if paper is None:
            raise HTTPException(404)
        problem, words = "", chat.words.easy if state.easy_read else chat.words
        if dated:
            which = form.get("which", "")
            day = read_day(form.get("day", ""), now)
            if day is not None and which in map(str, range(len(paper.deadlines))):
                deadline = paper.deadlines[int(which)]
                made = await asyncio.to_thread(calendar, paper, deadline, day, now.astimezone(UTC), words("day_note"))
                held = {"content-disposition": 'attachment; filename="reminder.ics"'}
                return Response(made, media_type="text/calendar; charset=utf-8", headers=held)
            problem = words("day_wrong")
        view = View(token, state, start, framed=framed, colour=fit_colour(form.get("colour", "")))
        drawn = await asyncio.to_thread(chat.paper, view, paper, problem)  # a QR code takes 20 ms, and others wait
        response = HTMLResponse(drawn, 422 if problem else 200)
        if framed:
            _let_frame(response, chat)
        return response

    return endpoint


def _end(chat: Chat) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        """Leaving: this browser is told to drop the talk. Nothing else is changed."""
        response = Response(status_code=204)
        set_cookie(response, None, chat.secure)
        return response

    return endpoint


def _let_frame(response: Response, chat: Chat) -> None:
    """Let the named sites show this page in a frame; by default none may."""
    allowed = " ".join(chat.framed_by) or "'none'"
    response.headers["content-security-policy"] = CSP.replace("frame-ancestors 'none'", f"frame-ancestors {allowed}")
    if chat.framed_by:
        response.headers["x-frame-options"] = "SAMEORIGIN"  # passed over by every browser that knows frame-ancestors


def _embed_script(request: Request) -> Response:
    """The script that another site loads to show the page in a frame."""
    headers = {"cross-origin-resource-policy": "cross-origin", "cache-control": "public, max-age=3600"}
    return FileResponse(STATIC / "embed.js", media_type="text/javascript", headers=headers)
