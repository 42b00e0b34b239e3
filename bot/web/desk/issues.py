"""Issues at the desk: begin one from comments, write it, ask the council, look at it as everybody would, publish it once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk import undoing
from bot.web.desk.errors import wrong_fields
from bot.web.desk.feedback import STATUS, clash_rows, digests
from bot.web.desk.undoing import Back
from bot.web.visit import Desk, Visit, staff_page
from conversations.forum import issue_publishing, issues, publishing, review
from conversations.forum.issues import FIELDS, FOR_COUNCIL, OpenIssue, Whole
from conversations.forum.review import HistoryLine, ReviewError
from conversations.forum.roles import REVIEWER
from conversations.outcomes import ANSWERS, OPEN

WHO = (REVIEWER,)


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/issues", staff_page(desk, listed, WHO)),
        Route("/desk/issues/put", staff_page(desk, choose, WHO), methods=["GET"]),
        Route("/desk/issues/put", staff_page(desk, put, WHO), methods=["POST"]),
        Route("/desk/issues/{id}", staff_page(desk, show, WHO), methods=["GET"]),
        Route("/desk/issues/{id}", staff_page(desk, save, WHO), methods=["POST"]),
        Route("/desk/issues/{id}/undo", staff_page(desk, take_back, WHO), methods=["POST"]),
        Route("/desk/issues/{id}/publish", staff_page(desk, look, WHO), methods=["GET"]),
        Route("/desk/issues/{id}/publish", staff_page(desk, publish, WHO), methods=["POST"]),
    ]


def listed(visit: Visit) -> Response:
    """All issues, those first that wait for somebody here."""
    found = issues.listed(visit.desk.engine, visit.areas(visit.asked("area")), visit.desk.seals)
    return visit.page("issues.html", found=found, now=int(visit.now.timestamp()))


def choose(visit: Visit) -> Response:
    """The comments that were ticked, and where to put them: an issue of their area, or a new one."""
    ids = [int(one) for one in visit.request.query_params.getlist("comment") if one.isdecimal() and len(one) < 10]
    return _choose(visit, ids, "")


def _choose(visit: Visit, ids: list[int], problem: str) -> Response:
    desk, staff = visit.desk, review.as_reviewer(visit.here.staff)
    items = issues.comments(desk.engine, staff, ids, desk.seals)
    areas = {item.record.area for item in items}
    if not items:
        raise HTTPException(404)
    known = issues.listed(desk.engine, tuple(areas), desk.seals) if len(areas) == 1 else ()
    return visit.page(
        "issue_put.html", 422 if problem or len(areas) > 1 else 200, items=items, known=known, problem=problem,
        areas=sorted(areas), left_out=len(set(ids)) - len(items), longest=issues.LONGEST_TITLE,
    )  # fmt: skip


def put(visit: Visit) -> Response:
    """Put the comments in, and open the issue."""
    desk, staff, ids = visit.desk, review.as_reviewer(visit.here.staff), visit.all_sent_numbers("comment")
    there = {item.record.area for item in issues.comments(desk.engine, staff, ids, desk.seals)}
    if len(there) != 1:
        shown = visit.all_sent_numbers("shown")
        return _choose(visit, ids or shown, "areas" if there else "none")
    chosen = visit.sent_number("issue")
    where: int | tuple[str, str] = chosen if chosen > 0 else (there.pop(), visit.sent("title"))
    try:
        issue, done, failed = issues.put(desk.engine, staff, ids, where, desk.seals, visit.now)
    except ReviewError as error:
        if error.reason == "gone":
            raise HTTPException(404) from None
        return _choose(visit, ids, error.reason)
    return visit.go(f"/desk/issues/{issue}", said="put", n=done, failed=failed)


def show(visit: Visit) -> Response:
    """The page of one issue."""
    return _page(visit, None)


def opened(visit: Visit, as_council: bool = False) -> Whole:
    """The issue of the path as this person may see it; as if it were not there where they may not (W2)."""
    desk, narrow = visit.desk, review.as_council if as_council else review.as_reviewer
    try:
        return issues.show(desk.engine, narrow(visit.here.staff), visit.number(), desk.seals)
    except ReviewError:
        raise HTTPException(404) from None


def _page(visit: Visit, problem: str | None) -> Response:
    there = opened(visit)
    sent, was = sent_fields(visit, FIELDS), digests(visit)
    now = there.issue.values.__getitem__
    found: dict[str, tuple[str, ...]] = {}
    both, wrong = review.clashing_of(now, sent, was), tuple[str, ...]()
    if problem == "details":
        texts = {**there.issue.values, **sent}
        found = {name: told for name in FOR_COUNCIL if (told := publishing.details(texts[name], visit.desk.guide))}
        wrong = tuple(found)
    elif visit.asked("said") == "incomplete":
        lacking = (name for name in ("title", "you_said") if not there.issue.values[name])
        wrong = (*lacking, "answer" if not there.issue.values["answer"] else "answer_text")[:1]
    else:
        wrong = wrong_fields(visit, problem, both)
    return visit.page(
        "issue.html", STATUS[problem] if problem else 200, whole=there, issue=there.issue, it=there.issue.record,
        problem=problem, said=visit.asked("said"), n=visit.asked("n"), failed=visit.asked("failed"), wrong=wrong,
        found=[text for told in found.values() for text in told],
        typed=review.changed_of(now, sent, was), answers=ANSWERS, digest_of=review.digest_of, undoable=FIELDS,
        clashes=clash_rows(there.history, both, now, sent), longest=issues.LONGEST_TITLE,
    )  # fmt: skip


def sent_fields(visit: Visit, names: tuple[str, ...]) -> dict[str, Any]:
    """Of some fields those that the form sent."""
    there = {name for name, _ in visit.form}
    return {name: visit.sent(name) for name in names if name in there}


def wanted(visit: Visit, there: OpenIssue, names: tuple[str, ...]) -> dict[str, Any]:
    """What this person changed of an issue. Raises ReviewError where somebody else changed it too."""
    sent, was, now = sent_fields(visit, names), digests(visit), there.values.__getitem__
    if review.clashing_of(now, sent, was):
        raise ReviewError("clash")
    return review.changed_of(now, sent, was)


def save(visit: Visit) -> Response:
    """Keep what was changed, take comments out, pass it on, or take it out of public view."""
    desk, staff, number, done = visit.desk, review.as_reviewer(visit.here.staff), visit.number(), visit.sent("do")
    ask = done == "ask"

    def fields(there: OpenIssue) -> dict[str, Any]:
        values = wanted(visit, there, FIELDS)
        goes_out = ask or (there.record.standing != OPEN and set(values) & set(FOR_COUNCIL))
        texts = [values.get(name, there.values[name]) for name in FOR_COUNCIL]
        if goes_out and visit.sent("stands") != "yes" and any(publishing.details(one, desk.guide) for one in texts):
            raise ReviewError("details")
        return values

    path = f"/desk/issues/{number}"
    try:
        if done == "out":
            n = issues.take_out(desk.engine, staff, number, visit.all_sent_numbers("comment"), desk.seals, visit.now)
            return visit.go(path, said="out", n=n)
        if done == "hide":
            issues.hide(desk.engine, staff, number, desk.seals, visit.now)
            return visit.go(path, said="hidden")
        issues.save(desk.engine, staff, number, fields, desk.seals, visit.now, ask)
    except ReviewError as error:
        if error.reason == "gone":
            raise HTTPException(404) from None
        return _page(visit, error.reason)
    if done == "publish":
        return visit.go(f"{path}/publish")
    return visit.go(path, said="asked" if ask else "saved")


def take_back(visit: Visit) -> Response:
    """Undo one change of an issue."""

    def seen() -> tuple[Sequence[HistoryLine], Back]:
        return opened(visit).history, lambda line: (str(line.before or ""),)

    return undoing.take_back(visit, "issues", "issue", issues.undo, seen, _page)


def look(visit: Visit) -> Response:
    """The preview; where something is lacking, the issue's own page says what."""
    return _look(visit, None)


def _look(visit: Visit, problem: str | None) -> Response:
    desk, number = visit.desk, visit.number()
    try:
        shown = issue_publishing.preview(
            desk.engine, review.as_reviewer(visit.here.staff), number, desk.guide, desk.seals, visit.now
        )
    except ReviewError as error:
        if error.reason == "incomplete":
            return visit.go(f"/desk/issues/{number}", said="incomplete")
        raise HTTPException(404) from None
    status = {"details": 422, "look-first": 409, "stale": 409}.get(problem or "", 200)
    it = shown.issue.record
    return visit.page("issue_publish.html", status, shown=shown, it=it, problem=problem, said=visit.asked("said"))


def publish(visit: Visit) -> Response:
    """Publish what was looked at, or take out what is marked."""
    desk, staff, number = visit.desk, review.as_reviewer(visit.here.staff), visit.number()
    try:
        if visit.sent("do") == "hide":
            issue_publishing.mask_all(desk.engine, staff, number, desk.guide, desk.seals, visit.now)
            return visit.go(f"/desk/issues/{number}/publish", said="hidden")
        issue_publishing.publish(
            desk.engine, staff, number, visit.sent("seen"), visit.sent("stands") == "yes", visit.sent("done") == "yes",
            desk.guide, desk.seals, visit.now,
        )  # fmt: skip
    except ReviewError as error:
        if error.reason == "gone":
            raise HTTPException(404) from None
        return _look(visit, error.reason)
    return visit.go(f"/desk/issues/{number}", said="published")
