"""Who may open the desk, and the audit trail: for administrators."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import accounts
from conversations.forum.accounts import AccountError
from conversations.forum.roles import ROLES
from conversations.records import staff as records
from conversations.records.staff import Staff


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/staff", staff_page(desk, listed, ["admin"]), methods=["GET"]),
        Route("/desk/staff", staff_page(desk, change, ["admin"]), methods=["POST"]),
    ]


def listed(visit: Visit) -> Response:
    """The people of this administrator's areas, and what has been done."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problem: str = "", code: str = "", name: str = "") -> Response:
    with visit.desk.engine.connect() as connection:
        people = [one for one in records.everybody(connection) if _mine(visit, one)]
        names = {one.name for one in people}
        lines = records.trail(connection, visit.here.staff.areas)
    trail = [line for line in lines if line.area or line.who in names or line.about in names]
    return visit.page(
        "staff.html", status, people=people, trail=trail, roles=ROLES, problem=problem, code=code, name=name,
        said=visit.asked("said"), typed=visit if problem else None,
    )  # fmt: skip


def _mine(visit: Visit, other: Staff) -> bool:
    """An administrator looks after those whose areas all are among their own."""
    return set(other.areas) <= set(visit.here.staff.areas)


def change(visit: Visit) -> Response:
    """Add somebody, give them a new set-up secret, or close their account."""
    name, what, by = visit.sent("name"), visit.sent("do"), visit.here.staff.name
    try:
        with visit.desk.engine.begin() as connection:
            if what == "add":
                areas = tuple(area for area in visit.here.staff.areas if area in visit.all_sent("area"))
                roles = tuple(role for role in ROLES if role in visit.all_sent("role"))
                code = accounts.add(connection, name, areas, roles, visit.now, by)
            else:
                locks = records.named(connection, accounts.plain_name(name))
                if locks is None or not _mine(visit, locks.staff) or locks.staff.id == visit.here.staff.id:
                    return _page(visit, 404, "That account is not one that you look after, or it is your own.")
                if what == "disable":
                    accounts.disable(connection, name, visit.now, by)
                    return visit.go("/desk/staff", said="disabled")
                code = accounts.reset(connection, name, visit.now, by)
    except AccountError as error:
        return _page(visit, 422, str(error))
    return _page(visit, code=code, name=accounts.plain_name(name))
