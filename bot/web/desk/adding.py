"""A comment that staff write down for somebody: from paper, the phone, or a coffee morning."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk.feedback import entries_by_theme, themes
from bot.web.desk.inbox import read_day
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import adding
from conversations.forum.adding import Added
from conversations.forum.roles import REVIEWER
from conversations.turns import FEEDBACK_KINDS, WAYS


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    path = "/desk/inbox/add"
    return [
        Route(path, staff_page(desk, form, [REVIEWER]), methods=["GET"]),
        Route(path, staff_page(desk, add, [REVIEWER]), methods=["POST"]),
    ]


def form(visit: Visit) -> Response:
    """The empty form."""
    return _page(visit)


def _page(
    visit: Visit, problems: tuple[str, ...] = (), found: tuple[str, ...] = (), typed: Added | None = None
) -> Response:
    area = visit.area(visit.sent("area") or visit.asked("area"))
    return visit.page(
        "add.html", 422 if problems else 200, problems=problems, found=found, typed=typed, area=area, ways=WAYS[1:],
        kinds=FEEDBACK_KINDS, felt=adding.FELT, themes=themes(visit.desk), entries=entries_by_theme(visit.desk, area),
        today=visit.now.date().isoformat(),
    )  # fmt: skip


def add(visit: Visit) -> Response:
    """Keep the comment. What looks like a personal detail is taken out first, and shown; what is missing is named."""
    desk, area = visit.desk, visit.area(visit.sent("area"))
    entries = {one.id: one for some in entries_by_theme(desk, area).values() for one in some}
    topic = visit.sent("topic") if visit.sent("topic") in entries else ""
    added = Added(
        area=area, words=visit.sent("words"), kind=visit.sent("kind"), felt=visit.sent("felt"), topic=topic,
        theme=desk.guide.subject_theme(entries[topic]) if topic else visit.sent("theme"), young=visit.sent("young") == "yes",
        came=visit.sent("came"), day=read_day(visit.sent("day")), consent=visit.sent("consent"),
        said_yes=visit.sent("yes") == "yes",
    )  # fmt: skip
    problems = adding.wrong_with(added, themes(desk), visit.now)
    found = () if visit.sent("stands") == "yes" else added.details(desk.guide)
    if problems or found:
        return _page(visit, problems or ("details",), found, added.masked(desk.guide) if found else added)
    number = adding.add(desk.engine, visit.here.staff, added, desk.seals, visit.now)
    return visit.go(f"/desk/feedback/{number}", said="added")
