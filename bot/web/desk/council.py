"""The council's own view: what a reviewer passed on, in redacted words, the longest wait first; answering, asking back, not ours."""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.files import council_export, feedback_export
from bot.web.desk.errors import wrong_fields
from bot.web.desk.feedback import STATUS, clash_rows, clashes, digests, opened
from bot.web.desk.issues import opened as opened_issue
from bot.web.desk.issues import sent_fields, wanted
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import council, issues, review
from conversations.forum.council import About
from conversations.forum.issues import ANSWER_FIELDS, OpenIssue
from conversations.forum.review import Item, ReviewError
from conversations.forum.roles import COUNCIL
from conversations.outcomes import ANSWERS, BACK, NOT_OURS

SENT_BACK = (BACK, NOT_OURS)


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    who = [COUNCIL]
    return [
        Route("/desk/council", staff_page(desk, listed, who)),
        Route("/desk/council/export", staff_page(desk, export, who), methods=["POST"]),
        Route("/desk/council/issues/{id}", staff_page(desk, show_issue, who), methods=["GET"]),
        Route("/desk/council/issues/{id}", staff_page(desk, answer_issue, who), methods=["POST"]),
        Route("/desk/council/{id}", staff_page(desk, show, who), methods=["GET"]),
        Route("/desk/council/{id}", staff_page(desk, save, who), methods=["POST"]),
    ]


def listed(visit: Visit) -> Response:
    """What was passed on: what waits first, the longest wait at the top."""
    desk, areas = visit.desk, visit.areas(visit.asked("area"))
    found = council.passed_on(desk.engine, areas, visit.asked_page, desk.seals, visit.now)
    return visit.page("council.html", found=found, formats=feedback_export.FORMATS, notice=council.NOTICE_DAYS)


def export(visit: Visit) -> Response:
    """The whole list as a file."""
    desk, kind = visit.desk, visit.sent("format")
    if kind not in feedback_export.FORMATS:
        raise HTTPException(404)
    rows = council.export(desk.engine, visit.here.staff.name, visit.here.staff.areas, kind, desk.seals, visit.now)
    headers = {"content-disposition": f'attachment; filename="council-{visit.now.date().isoformat()}.{kind}"'}
    body = feedback_export.write(kind, council_export.rows(rows, desk.wording), council_export.COLUMNS)
    return Response(body, headers=headers, media_type=feedback_export.TYPES[kind])


def show(visit: Visit) -> Response:
    """One comment in its redacted words, and the form for the council's response."""
    return _page(visit, None)


def _page(visit: Visit, problem: str | None) -> Response:
    there, sent, was = opened(visit, review.as_council(visit.here.staff)), _sent(visit), digests(visit)
    both = clashes(there, sent, was)
    return visit.page(
        "council_item.html", STATUS[problem] if problem else 200, item=there.item, it=there.item.record,
        history=there.history, problem=problem, said=visit.asked("said"), digest_of=review.digest_of,
        typed=review.changed(there.item, sent, was), clashes=both, lines=_lines(visit, "feedback"),
        wrong=wrong_fields(visit, problem, [one["field"] for one in both]),
    )  # fmt: skip


def _lines(visit: Visit, what: str) -> tuple[issues.Line, ...]:
    about: About = ("issue" if what == "issue" else "feedback", visit.number())
    return council.written(visit.desk.engine, about, visit.desk.seals)


def _sent(visit: Visit) -> dict[str, str]:
    return sent_fields(visit, ("council_response",))


def save(visit: Visit) -> Response:
    """Keep the council's response, or send the comment back; where it cannot be kept the page comes back as typed."""
    number = visit.number()

    def fields(item: Item) -> dict[str, str]:
        if review.clashing(item, _sent(visit), digests(visit)):
            raise ReviewError("clash")
        return review.changed(item, _sent(visit), digests(visit))

    def keep() -> None:
        review.save(
            visit.desk.engine, review.as_council(visit.here.staff), number, fields, visit.desk.seals, visit.now
        )  # fmt: skip

    return _kept(visit, ("feedback", number), f"/desk/council/{number}", keep, _page)


def show_issue(visit: Visit) -> Response:
    """One issue: what families said, the forum's question, and the form for the answer."""
    return _issue_page(visit, None)


def _issue_page(visit: Visit, problem: str | None) -> Response:
    there = opened_issue(visit, as_council=True)
    sent, was, now = sent_fields(visit, ANSWER_FIELDS), digests(visit), there.issue.values.__getitem__
    both = review.clashing_of(now, sent, was)
    return visit.page(
        "council_issue.html", STATUS[problem] if problem else 200, whole=there, issue=there.issue, it=there.issue.record,
        problem=problem, said=visit.asked("said"), typed=review.changed_of(now, sent, was), answers=ANSWERS,
        digest_of=review.digest_of, clashes=clash_rows(there.history, both, now, sent),
        wrong=wrong_fields(visit, problem, both),
    )  # fmt: skip


def answer_issue(visit: Visit) -> Response:
    """Keep the council's answer to an issue, or send the issue back."""
    number = visit.number()

    def fields(there: OpenIssue) -> dict[str, object]:
        return wanted(visit, there, ANSWER_FIELDS)

    def keep() -> None:
        issues.save(visit.desk.engine, review.as_council(visit.here.staff), number, fields, visit.desk.seals, visit.now)

    return _kept(visit, ("issue", number), f"/desk/council/issues/{number}", keep, _issue_page)


def _kept(
    visit: Visit, about: About, path: str, keep: Callable[[], None], page: Callable[[Visit, str | None], Response]
) -> Response:
    """Do what the form says: keep an answer, or send the record back to the forum."""
    desk, done, staff = visit.desk, visit.sent("do"), review.as_council(visit.here.staff)
    try:
        if done in SENT_BACK:
            council.send_back(desk.engine, staff, about, done, visit.sent("words"), desk.seals, visit.now)
        else:
            keep()
    except ReviewError as error:
        if error.reason == "gone":
            raise HTTPException(404) from None
        return page(visit, error.reason if error.reason != "empty" or done not in SENT_BACK else "empty-back")
    return visit.go(path, said=done if done in SENT_BACK else "saved")
