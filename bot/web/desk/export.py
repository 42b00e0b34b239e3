"""Feedback as a file to take away; every export is audited."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.files import feedback_export
from bot.web.desk.inbox import read_day, read_period
from bot.web.visit import Desk, Visit, staff_page
from conversations import states
from conversations.forum import inbox
from conversations.forum.inbox import Filters
from conversations.forum.roles import REVIEWER


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [Route("/desk/export", staff_page(desk, export, [REVIEWER]), methods=["GET", "POST"])]


def export(visit: Visit) -> Response:
    """The form, and the file that it asks for."""
    if visit.request.method == "GET":
        return visit.page("export.html", formats=feedback_export.FORMATS, states=states.listed(), problems=[])
    area = visit.area(visit.sent("area"))
    problems = [name for name in ("since", "until") if visit.sent(name) and read_day(visit.sent(name)) is None]
    if visit.sent("format") not in feedback_export.FORMATS:
        problems.append("format")
    if problems:
        return visit.page(
            "export.html", 422, formats=feedback_export.FORMATS, states=states.listed(), problems=problems
        )
    since, until = read_period(visit.sent("since"), visit.sent("until"))
    wanted = tuple(state for state in visit.all_sent("state") if state in states.listed())
    kind, filters = visit.sent("format"), Filters((area,), wanted, since=since, until=until)
    items = inbox.export(visit.desk.engine, visit.here.staff.name, filters, kind, visit.desk.seals, visit.now)
    name = f"feedback-{area}-{visit.now.date().isoformat()}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    desk, table = visit.desk, feedback_export.rows(items, visit.desk.wording("unreadable"))
    if kind == "xlsx":
        columns, table = feedback_export.in_words(table, desk.wording, desk.guide.wording, desk.guide.library)
        body = feedback_export.write(kind, table, columns)
    else:
        body = feedback_export.write(kind, table)
    return Response(body, headers=headers, media_type=feedback_export.TYPES[kind])
