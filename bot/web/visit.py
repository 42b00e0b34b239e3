"""One visit to a page of the desk: who is there, what they sent, and how a page is drawn for them."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.web.browsers import browser_of
from bot.web.desk.manual import part_for
from conversations.forum import accounts, inbox, reports, safeguarding
from conversations.forum.accounts import Session
from conversations.forum.roles import REVIEWER, SAFEGUARDING
from conversations.guide import Guide, InUse, in_use
from conversations.keys.sealing import SealError, Seals
from conversations.london import LONDON, first_second
from conversations.outcomes import read_day
from conversations.states import state_of
from conversations.wording import Wording

TEMPLATES = Path(__file__).parent / "desk" / "templates"
SIGN_IN = "/desk/sign-in"
MOST_DIGITS = 9
"""Of a number that is sent: so many fit into an integer of 32 bits, which every database has."""
COOKIE, LOOPBACK_COOKIE = "__Host-signpost", "signpost-loopback"
"""The `__Host-` prefix holds a cookie to this host and to TLS; plain http on loopback cannot have it."""


KEPT_PATHS = (
    "/desk/feedback/",
    "/desk/inbox/add",
    "/desk/issues/",
    "/desk/council/",
    "/desk/safeguarding/",
    "/desk/report/",
    "/desk/questions",
    "/desk/content",
)
"""Pages whose typed words outlive a session: none of them has a field for a password."""
KEPT_LABEL, KEPT_SECONDS = "desk.kept", 12 * 3600


@dataclass(frozen=True)
class Desk:
    """All that the pages stand on; one for the whole server."""

    engine: Engine
    seals: Seals
    in_use: InUse
    wording: Wording
    clock: Callable[[], datetime]
    secure: bool
    pages: Environment
    renew: Callable[[], None]
    """Tells that other content is to be used now."""
    alert: Callable[[str], None]
    """Tells whom it may concern, without any words of a family, that a matter of safeguarding was opened in an area."""
    lost: Callable[[int], Response] | None = None
    """The page for families of what is not there or fails outside the desk, by its status; None where they have no pages."""

    @property
    def guide(self) -> Guide:
        """The guide that is in use now."""
        return self.in_use.guide

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return COOKIE if self.secure else LOOPBACK_COOKIE


def make_desk(
    engine: Engine, seals: Seals, guide: Guide | InUse, wording: Wording, clock: Callable[[], datetime], secure: bool,
    renew: Callable[[], None] = lambda: None, alert: Callable[[str], None] = lambda area: None,
) -> Desk:  # fmt: skip
    """The desk with its templates. `renew` is called when other content is to be used, `alert` with the area of a new matter."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    desk = Desk(engine, seals, in_use(guide), wording, clock, secure, pages, renew, alert)
    pages.filters.update(day=day, moment=moment, month=month, written_day=written_day)
    pages.globals.update(
        words=wording.rows,
        area_name=lambda area: known.name if (known := desk.guide.area(area)) else area.capitalize(),
        theme_name=lambda theme: reports.theme_name(theme, desk.guide, wording),
        state_of=state_of,
        entry_title=lambda entry: known.title if (known := desk.guide.library.by_id.get(entry)) else entry,
    )
    return desk


def day(seconds: int) -> str:
    """3 November 2026, from seconds since 1970."""
    when = datetime.fromtimestamp(seconds, LONDON)
    return f"{when.day} {when:%B %Y}"


def moment(seconds: int) -> str:
    """3 November 2026, 14:05, from seconds since 1970."""
    return f"{day(seconds)}, {datetime.fromtimestamp(seconds, LONDON):%H:%M}"


def written_day(text: str) -> str:
    """1 March 2027, from 2027-03-01; a text that is no day stays as it is."""
    return day(first_second(found)) if (found := read_day(text)) else text


def month(when: str) -> str:
    """Nov 2026, from 2026-11."""
    return f"{datetime.strptime(when, '%Y-%m'):%b %Y}"


class Visit:
    """A request to the desk with its session."""

    def __init__(self, desk: Desk, request: Request, session: Session | None) -> None:
        self.desk, self.request, self.session = desk, request, session
        self.form: list[tuple[str, str]] = request.scope.get("form", [])
        self.now = desk.clock()
        self.form_mark = session.mark if session else ""

    @property
    def here(self) -> Session:
        """The session, on pages that ask for one."""
        assert self.session is not None
        return self.session

    @property
    def address(self) -> str:
        """Where the request comes from, as the server or the proxy before it says."""
        return self.request.client.host if self.request.client else "unknown"

    @property
    def browser(self) -> str:
        """The kind of browser, to know a session by."""
        return browser_of(self.request.headers.get("user-agent", ""))

    def sent(self, name: str) -> str:
        """One field of the form; empty where it was not sent."""
        return next((value.replace("\r\n", "\n") for key, value in self.form if key == name), "")

    def has(self, name: str) -> bool:
        """Whether the form had a field, filled in or not."""
        return any(key == name for key, _ in self.form)

    def all_sent(self, name: str) -> list[str]:
        """All values of a field of the form."""
        return [value for key, value in self.form if key == name]

    def asked(self, name: str) -> str:
        """One field of the address; empty where it is not there."""
        return self.request.query_params.get(name, "")

    def number(self, name: str = "id") -> int:
        """A number in the path; one that no record can have is not found."""
        found = str(self.request.path_params[name])
        if (number := _number(found)) < 0:
            raise HTTPException(404)
        return number

    def sent_number(self, name: str) -> int:
        """A whole number that a form sent; -1 where it is none, or more than a database holds."""
        return _number(self.sent(name))

    def all_sent_numbers(self, name: str) -> list[int]:
        """All whole numbers among the values of a field of the form."""
        return [number for value in self.all_sent(name) if (number := _number(value)) >= 0]

    def area(self, asked: str, optional: bool = False) -> str:
        """An area that is this person's; the first of theirs where none is asked for. Any other is not found (W2)."""
        mine = self.here.staff.areas
        if not asked:
            return "" if optional else mine[0]
        if asked not in mine:
            raise HTTPException(404)
        return asked

    def areas(self, asked: str) -> tuple[str, ...]:
        """The area that is asked for, or all of this person's. Any other is not found (W2)."""
        area = self.area(asked, optional=True)
        return (area,) if area else self.here.staff.areas

    @property
    def asked_page(self) -> int:
        """The page of a list that is asked for; the first where none is."""
        return max(1, _number(self.asked("page")))

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page drawn from its template; with a `problem` its title says "Error" (GOV.UK Design System, error summary)."""
        shown: dict[str, Any] = {
            "visit": self,
            "staff": self.session.staff if self.session else None,
            "unread": self._unread(),
            "help_at": part_for(self.request.url.path, status),
            "forum": self._forum(),
        }
        shown["mark"], shown["matters"] = self.form_mark, self._matters()
        html = self.desk.pages.get_template(template).render(**shown, **values)
        if (values.get("problem") or values.get("problems")) and "<title>Error: " not in html:
            html = html.replace("<title>", "<title>Error: ", 1)
        return HTMLResponse(html, status)

    def _forum(self) -> str:
        """The name of the forum whose desk this is: of whoever is signed in, else of the only one; empty where there are several."""
        guide = self.desk.guide
        areas = self.session.staff.areas if self.session else tuple(area.id for area in guide.library.areas)
        known = guide.area(areas[0]) if len(areas) == 1 else None
        return known.forum.name if known and known.forum else ""

    def _unread(self) -> int:
        """How much nobody has read yet, for the bar at the top: how staff notice it (F3)."""
        if self.session is None or self.session.kind != "desk" or not self.session.staff.may(REVIEWER):
            return 0
        return inbox.count_unread(self.desk.engine, self.session.staff.areas)

    def _matters(self) -> int:
        """How many matters of safeguarding are open, for those who hold that role (F1, F3)."""
        if self.session is None or self.session.kind != "desk" or not self.session.staff.may(SAFEGUARDING):
            return 0
        return safeguarding.count_open(self.desk.engine, self.session.staff.areas)

    def go(self, path: str, **query: object) -> Response:
        """Send the browser to another page with a GET (303)."""
        address = path + (f"?{urlencode(query)}" if query else "")
        if self.request.headers.get("hx-request") == "true":
            return Response(status_code=204, headers={"HX-Redirect": address})
        return RedirectResponse(address, 303)

    def query(self, **changed: object) -> str:
        """The query of this page with some fields changed; None and empty take one away."""
        kept = {**dict(self.request.query_params), **changed}
        return urlencode({name: value for name, value in kept.items() if value not in (None, "")})

    def field(self, name: str, before: Any = "") -> Any:
        """What a form's field should show: what was typed where the page is shown again, else what stands now."""
        again = self.request.method == "POST" and self.has(name)
        return self.sent(name) if again else ("" if before is None else before)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else -1


Handler = Callable[[Visit], Response]


def open_page(desk: Desk, handler: Handler) -> Callable[[Request], Response]:
    """An endpoint that needs no session; its form carries a mark that fits a cookie of its own."""

    def endpoint(request: Request) -> Response:
        visit = Visit(desk, request, _session(desk, request))
        token = request.cookies.get(f"{desk.cookie}-form", "")
        if request.method == "POST" and not (
            token and hmac.compare_digest(visit.sent("mark").encode(), _form_mark(token).encode())
        ):
            return visit.page("forbidden.html", 403)
        token = _form_token(desk, request)
        visit.form_mark = _form_mark(token)
        response = handler(visit)
        set_cookie(response, desk, f"{desk.cookie}-form", token)
        return response

    return endpoint


def read_page(desk: Desk, handler: Handler) -> Callable[[Request], Response]:
    """An endpoint that anybody may read, under the bar of whoever is signed in; nothing is sent to it."""
    return lambda request: handler(Visit(desk, request, _session(desk, request)))


def _form_token(desk: Desk, request: Request) -> str:
    """What the mark of a form without a session is made of: the cookie that is there, or a new one."""
    token = request.cookies.get(f"{desk.cookie}-form", "")
    return token if 20 < len(token) < 100 else secrets.token_urlsafe(32)


def _form_mark(token: str) -> str:
    return hmac.digest(token.encode(), b"open form", "sha256").hex()


def set_cookie(response: Response, desk: Desk, name: str, value: str, days: int | None = None) -> None:
    """A cookie for this host alone that no script reads; without `days` it ends with the browser."""
    age = None if days is None else days * 86_400
    response.set_cookie(name, value, max_age=age, path="/", secure=desk.secure, httponly=True, samesite="lax")


def staff_page(
    desk: Desk, handler: Handler, roles: Iterable[str] = (), kind: str = "desk"
) -> Callable[[Request], Response]:
    """An endpoint for people who are signed in and hold one of some roles; a post must carry its session's mark."""
    wanted = tuple(roles)

    def endpoint(request: Request) -> Response:
        session = _session(desk, request)
        visit = Visit(desk, request, session)
        if session is None or session.kind != kind:
            if session is None and kind == "desk" and (kept := keep_form(visit)):
                token = _form_token(desk, request)
                visit.form_mark = _form_mark(token)
                page = visit.page("sign_in.html", 401, goal="/desk/", problem=None, said="expired", kept=kept)
                set_cookie(page, desk, f"{desk.cookie}-form", token)
                return page
            query = {"next": f"{request.url.path}?{request.url.query}".rstrip("?")} if request.method == "GET" else {}
            return visit.go(SIGN_IN, **query)
        if request.method == "POST" and not hmac.compare_digest(visit.sent("mark").encode(), session.mark.encode()):
            raise HTTPException(403)
        if wanted and not any(session.staff.may(role) for role in wanted):
            raise HTTPException(404)
        return handler(visit)

    return endpoint


def keep_form(visit: Visit) -> str | None:
    """What somebody sent whose session has expired, sealed, to be given back once they have signed in; None if it is not.

    The form's mark fits the cookie of the session that it was drawn in and names whose it was: nobody else gets it.
    """
    desk, request = visit.desk, visit.request
    token, mark = request.cookies.get(desk.cookie, ""), visit.sent("mark")
    if request.method != "POST" or not request.url.path.startswith(KEPT_PATHS) or not 20 < len(token) < 100:
        return None
    owner = accounts.owner_of_mark(token, mark)
    if owner is None:
        return None
    fields = [pair for pair in visit.form if pair[0] != "mark"]
    kept = {"at": int(visit.now.timestamp()), "owner": owner, "path": request.url.path, "fields": fields}
    return base64.urlsafe_b64encode(desk.seals.seal(json.dumps(kept), KEPT_LABEL)).decode()


def kept_form(visit: Visit, kept: str, session: Session) -> tuple[str, list[tuple[str, str]]] | None:
    """The path and the fields of a form that was kept for whoever has signed in now; None for anybody else."""
    try:
        opened = json.loads(visit.desk.seals.unseal(base64.urlsafe_b64decode(kept.encode()), KEPT_LABEL))
    except (SealError, ValueError):
        return None
    age = int(visit.now.timestamp()) - opened["at"]
    if opened["owner"] != session.staff.id or age > KEPT_SECONDS:
        return None
    return opened["path"], [(name, value) for name, value in opened["fields"]]


def _session(desk: Desk, request: Request) -> Session | None:
    token = request.cookies.get(desk.cookie, "")
    return accounts.session(desk.engine, token, desk.clock()) if 20 < len(token) < 100 else None
