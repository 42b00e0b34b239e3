"""Who may open the desk, and the audit trail: for administrators."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import accounts, devices, safeguarding
from conversations.forum.accounts import AccountError
from conversations.forum.roles import ADMIN, ROLES


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/staff", staff_page(desk, listed, [ADMIN]), methods=["GET"]),
        Route("/desk/staff", staff_page(desk, change, [ADMIN]), methods=["POST"]),
    ]


def listed(visit: Visit) -> Response:
    """The people of this administrator's areas, and what has been done."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problem: str = "", code: str = "", name: str = "") -> Response:
    people, trail = accounts.people_of(visit.desk.engine, visit.here.staff)
    return visit.page(
        "staff.html", status, people=people, trail=trail, roles=ROLES, problem=problem, code=code, name=name,
        sessions=devices.signed_in(visit.desk.engine, visit.now),
        unled=safeguarding.unled(visit.desk.engine, visit.here.staff.areas), said=visit.asked("said"), typed=visit if problem and visit.sent("do") == "add" else None,
    )  # fmt: skip


def change(visit: Visit) -> Response:
    """Add somebody, change their roles, give them a new set-up secret, sign them out, or close their account."""
    name, what, by, engine = visit.sent("name"), visit.sent("do"), visit.here.staff.name, visit.desk.engine
    if what != "add" and not accounts.may_change(engine, visit.here.staff, name):
        return _page(visit, 404, "That account is not one that you look after, or it is your own.")
    try:
        if what == "add":
            areas = tuple(area for area in visit.here.staff.areas if area in visit.all_sent("area"))
            roles = tuple(role for role in ROLES if role in visit.all_sent("role"))
            code = accounts.add(engine, name, areas, roles, visit.now, by)
        elif what == "roles":
            areas = tuple(area for area in visit.here.staff.areas if area in visit.all_sent("area"))
            roles = tuple(role for role in ROLES if role in visit.all_sent("role"))
            accounts.change_roles(engine, name, areas, roles, visit.now, by)
            return visit.go("/desk/staff", said="roles")
        elif what == "sign-out":
            devices.sign_out_one(engine, by, name, visit.sent("session"), visit.now)
            return visit.go("/desk/staff", said="signed-out")
        elif what == "disable":
            accounts.disable(engine, name, visit.now, by)
            return visit.go("/desk/staff", said="disabled")
        else:
            code = accounts.reset(engine, name, visit.now, by)
    except AccountError as error:
        said = str(error)
        return _page(visit, 422, f"{said[:1].upper()}{said[1:]}.")
    return _page(visit, code=code, name=accounts.tidy_name(name))
