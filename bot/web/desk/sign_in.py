"""Signing in and out, setting an account up, and one's own account."""

from __future__ import annotations

import io
import re

import segno
from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk import searching
from bot.web.visit import SIGN_IN, Desk, Visit, kept_form, open_page, set_cookie, staff_page
from conversations.forum import accounts, devices

OWN_PAGE = re.compile(r"/desk/[A-Za-z0-9/?=&._-]*")
"""Where somebody may be sent after signing in: pages of the desk alone."""


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route(SIGN_IN, open_page(desk, sign_in), methods=["GET", "POST"]),
        Route("/desk/sign-out", staff_page(desk, sign_out), methods=["POST"]),
        Route("/desk/set-up", open_page(desk, set_up), methods=["GET", "POST"]),
        Route("/desk/set-up/password", staff_page(desk, choose_password, kind="setup"), methods=["GET", "POST"]),
        Route("/desk/account", staff_page(desk, account), methods=["GET", "POST"]),
        Route("/desk/account/phone", staff_page(desk, new_phone), methods=["GET", "POST"]),
        Route("/desk/account/sessions", staff_page(desk, end_others), methods=["POST"]),
        Route("/desk/", staff_page(desk, first_page)),
        Route("/desk", staff_page(desk, first_page)),
    ]


def sign_in(visit: Visit) -> Response:
    """Name, password and code on one page; what was wrong is not told apart."""
    wanted = visit.sent("next") or visit.asked("next")
    goal = wanted if OWN_PAGE.fullmatch(wanted) else "/desk/"
    if visit.request.method == "GET":
        return visit.page("sign_in.html", goal=goal, problem=None, said=visit.asked("said"), kept="")
    typed = visit.sent("name"), visit.sent("password"), visit.sent("code")
    known = visit.request.cookies.get(f"{visit.desk.cookie}-device", "")
    tried = accounts.sign_in(
        visit.desk.engine, visit.desk.seals, *typed, visit.address, visit.now, visit.session, device=known,
        browser=visit.browser,
    )  # fmt: skip
    if tried.token is None:
        status = 429 if tried.outcome == "throttled" else 401
        return visit.page("sign_in.html", status, goal=goal, problem=tried.outcome, said="", kept=visit.sent("kept"))
    response = _give_back(visit, tried.token) or visit.go(goal)
    set_cookie(response, visit.desk, visit.desk.cookie, tried.token)
    set_cookie(response, visit.desk, f"{visit.desk.cookie}-device", tried.device or "", accounts.DEVICE_DAYS)
    return response


def _give_back(visit: Visit, token: str) -> Response | None:
    """The form that a session's end kept from being saved, for the same person, to be sent again."""
    kept = visit.sent("kept")
    session = accounts.session(visit.desk.engine, token, visit.now) if kept else None
    form = kept_form(visit, kept, session) if session else None
    if session is None or form is None:
        return None
    visit.session, visit.form_mark = session, session.mark
    return visit.page("kept.html", path=form[0], fields=form[1])


def sign_out(visit: Visit) -> Response:
    """End the session on the server, and take its cookie away."""
    accounts.sign_out(visit.desk.engine, visit.here, visit.now)
    response = visit.go(SIGN_IN, said="out")
    for name in (visit.desk.cookie, searching.cookie(visit.desk)):
        response.delete_cookie(name, path="/", secure=visit.desk.secure, httponly=True, samesite="lax")
    response.headers["clear-site-data"] = '"cache"'
    return response


def set_up(visit: Visit) -> Response:
    """The first visit: a name and the one-time secret that `signpost staff add` printed."""
    if visit.request.method == "GET":
        return visit.page("set_up.html", problem=None)
    typed = visit.sent("name"), visit.sent("code")
    tried = accounts.begin_set_up(visit.desk.engine, visit.desk.seals, *typed, visit.address, visit.now, visit.session)
    if tried.token is None:
        return visit.page("set_up.html", 429 if tried.outcome == "throttled" else 401, problem=tried.outcome)
    response = visit.go("/desk/set-up/password")
    set_cookie(response, visit.desk, visit.desk.cookie, tried.token)
    return response


def choose_password(visit: Visit) -> Response:
    """Choose a password and prove the authenticator app; then the recovery codes are shown, once."""
    address = accounts.factor_address(visit.desk.engine, visit.here, visit.desk.seals)
    problem, status = None, 200
    if visit.request.method == "POST":
        problem, status = _password_problem(visit), 422
        if problem is None:
            typed = visit.sent("password"), visit.sent("code")
            done = accounts.finish_set_up(
                visit.desk.engine, visit.here, visit.desk.seals, *typed, visit.now, visit.browser
            )
            if done is not None:
                return _signed_in(visit, *done)
            problem = "code"
    return visit.page(
        "choose_password.html", status, problem=problem, secret=_letters(address), picture=_picture(address)
    )


def _signed_in(visit: Visit, codes: tuple[str, ...], token: str) -> Response:
    """The recovery codes of an account that has just been set up, in its first session."""
    session = accounts.session(visit.desk.engine, token, visit.now)
    visit.session, visit.form_mark = session, session.mark if session else ""
    response = visit.page("recovery.html", codes=codes, why="first")
    set_cookie(response, visit.desk, visit.desk.cookie, token)
    return response


def _letters(address: str) -> str:
    """The secret in an authenticator app's address, in groups of four to be typed."""
    secret = re.search(r"secret=([A-Z2-7]+)", address)
    shown = secret[1] if secret else ""
    return " ".join(shown[start : start + 4] for start in range(0, len(shown), 4))


def _password_problem(visit: Visit) -> str | None:
    if visit.sent("password") != visit.sent("again"):
        return "differ"
    return accounts.weakness(visit.sent("password"), visit.here.staff.name)


def _picture(address: str) -> Markup:
    """The QR code for an authenticator app as SVG without style attributes."""
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=5, border=4, xmldecl=False, svgclass="qr", lineclass=None, omitsize=False,
        title="QR code for your authenticator app", light="#fff",
    )  # fmt: skip
    return Markup(out.getvalue().decode())  # noqa: S704 - made here, of a secret that was made here


def account(visit: Visit) -> Response:
    """One's own account: what one may do, how many recovery codes are left, a new password."""
    problem, status = None, 200
    if visit.request.method == "POST":
        problem, status = _password_problem(visit), 422
        if problem is None:
            old, new, code = visit.sent("old"), visit.sent("password"), visit.sent("code")
            codes = accounts.change_password(visit.desk.engine, visit.here, visit.desk.seals, old, new, code, visit.now)
            if codes is not None:
                return visit.page("recovery.html", codes=codes, why="password")
            problem = "wrong"
    left = accounts.recovery_left(visit.desk.engine, visit.here)
    mine = devices.signed_in(visit.desk.engine, visit.now).get(visit.here.staff.id, ())
    return visit.page("account.html", status, problem=problem, left=left, said=visit.asked("said"), sessions=mine)


def new_phone(visit: Visit) -> Response:
    """A new phone for the codes: first who asks is proved, by a recovery code too, and then the phone."""
    desk, kept, problem = visit.desk, visit.sent("phone"), None
    if visit.request.method == "POST" and not kept:
        typed = visit.sent("password"), visit.sent("code")
        kept = devices.begin_new_phone(desk.engine, visit.here, desk.seals, *typed, visit.now) or ""
        problem = None if kept else "begin"
    elif kept:
        codes = devices.finish_new_phone(desk.engine, visit.here, desk.seals, kept, visit.sent("code"), visit.now)
        if codes is not None:
            return visit.page("recovery.html", codes=codes, why="phone")
        problem = "code"
    address = devices.phone_address(visit.here, desk.seals, kept, visit.now) if kept else None
    if address is None:
        return visit.page("new_phone.html", 422 if problem else 200, problem=problem and "begin", phone="")
    return visit.page(
        "new_phone.html", 422 if problem else 200, problem=problem, phone=kept, secret=_letters(address),
        picture=_picture(address),
    )  # fmt: skip


def end_others(visit: Visit) -> Response:
    """End one other session of this account, or all of them."""
    if number := visit.sent("session"):
        name = visit.here.staff.name
        devices.sign_out_one(visit.desk.engine, name, name, number, visit.now)
        return visit.go("/desk/account", said="one")
    accounts.end_other_sessions(visit.desk.engine, visit.here, visit.now)
    return visit.go("/desk/account", said="ended")


def first_page(visit: Visit) -> Response:
    """Where everybody begins: Today."""
    return visit.go("/desk/today")
