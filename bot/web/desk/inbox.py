"""The inbox: feedback in a list, filtered, searched with the issues, a page at a time."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk import searching
from bot.web.visit import Desk, Visit, staff_page
from conversations import states
from conversations.forum import issues, queue, review
from conversations.forum.inbox import Filters, find
from conversations.forum.roles import REVIEWER
from conversations.london import first_second
from conversations.turns import FEEDBACK_KINDS, WAYS
from knowledge.entries import NATIONAL, Entry

KEPT = ("s", "state", "theme", "kind", "topic", "young", "since", "until", "area", "who", "came", "order", "page")
FILTERS = ("theme", "kind", "topic", "young", "since", "until", "area", "who", "came")
NOBODY = "nobody"
FIRST_ISSUES, MOST_ISSUES = 3, 50
"""Issues that a search shows above the comments, and with those that it folds away below them."""
VIEWED = ("state", *FILTERS, "order")
"""What is kept of the inbox under a name: never words that are sought, nor the page of the list."""


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/inbox", staff_page(desk, inbox, [REVIEWER])),
        Route("/desk/inbox/search", staff_page(desk, search, [REVIEWER]), methods=["POST"]),
        Route("/desk/inbox/views", staff_page(desk, views, [REVIEWER]), methods=["POST"]),
        Route("/desk/inbox/bulk", staff_page(desk, bulk, [REVIEWER]), methods=["POST"]),
    ]


def inbox(visit: Visit) -> Response:
    """What families said, newest first."""
    filters, sought, desk = read_filters(visit), searching.sought(visit), visit.desk
    wanted = searching.wanted(visit)
    state, areas = visit.asked("state"), filters.areas
    problems = [name for name in ("since", "until") if visit.asked(name) and read_day(visit.asked(name)) is None]
    found = find(desk.engine, filters, wanted, visit.asked_page, searching.titles(visit), desk.seals)
    found_issues, unread = issues.find(desk.engine, areas, wanted, desk.seals) if wanted else ((), 0)
    newest = found_issues[:MOST_ISSUES] if found.page == 1 else ()
    shown = [(one, n, searching.issue_hits(one, wanted)) for one, n in newest] if wanted else []
    topics: dict[str, list[Entry]] = {}
    for entry in desk.guide.library.entries:
        if entry.area in (*areas, NATIONAL) and not entry.small_talk:
            topics.setdefault(entry.theme, []).append(entry)
    return visit.page(
        "inbox.html", found=found, unsearched=found.unsearched + unread,
        issues=shown, in_issues=len(found_issues), first=FIRST_ISSUES, state=state, problems=problems, themes=(*desk.guide.themes, "general"), topics=topics,
        listed=states.listed(), states=found.states, kinds=FEEDBACK_KINDS, ways=WAYS,
        in_all=sum(found.states.get(one, 0) for one in ((not state and filters.states) or states.listed())),
        sought=sought, hits=searching.hits(visit, found, wanted), viewed=VIEWED,
        colleagues=queue.colleagues(desk.engine, areas), views=queue.kept(desk.engine, visit.here.staff),
        said=visit.asked("said"), done=visit.asked("n"), failed=visit.asked("failed"), now=int(visit.now.timestamp()),
        filtered=any(visit.asked(name) for name in FILTERS), problem=visit.asked("said") in ("nothing", "not-kept"),
    )  # fmt: skip


def search(visit: Visit) -> Response:
    """Seek words, with the filters as they are; on to the list, whose address has no word of them."""
    words = visit.sent("q")[: searching.MOST_SOUGHT].strip()
    kept = {name: visit.sent(name) for name in KEPT if visit.sent(name) and name not in ("s", "page")}
    if not words:
        return visit.go("/desk/inbox", **kept)
    number = searching.new_number()
    response = visit.go("/desk/inbox", **kept, s=number)
    searching.keep(visit, words, response, number)
    return response


def bulk(visit: Visit) -> Response:
    """Change all that is ticked at once: its state, its theme, or who sees to it. Back to the same list; or on to an issue."""
    desk, what, theme, person = visit.desk, visit.sent("do"), visit.sent("to_theme"), visit.sent("to_person")
    ids, kept = visit.all_sent_numbers("comment"), kept_filters(visit)
    fields: dict[str, str | None] = {"state": what}
    if what == "issue" and ids:
        return visit.go(f"/desk/issues/put?{urlencode([('comment', one) for one in ids])}")
    if what == "theme":
        fields = {"theme": theme if theme in (*desk.guide.themes, "general") else None}
    elif what == "assign":
        known = person in queue.colleagues(desk.engine, visit.here.staff.areas)
        fields = {"assigned": person} if known else {"assigned": None} if person == NOBODY else {"theme": None}
    elif what not in ("issue", states.READ.id, states.NOT_FOR_PUBLICATION.id):
        return visit.go("/desk/inbox", **kept)
    if not ids or fields.get("theme", "") is None:
        return visit.go("/desk/inbox", **kept, said="nothing")
    done, failed = review.save_many(
        desk.engine, review.as_reviewer(visit.here.staff), ids, fields, desk.seals, visit.now
    )
    return visit.go("/desk/inbox", **kept, said="bulk", n=done, failed=failed)


def views(visit: Visit) -> Response:
    """Keep the filters as they are under a name, or delete what was kept."""
    desk, staff = visit.desk, visit.here.staff
    if visit.sent("do") == "drop":
        queue.drop(desk.engine, staff, visit.sent_number("view"), visit.now)
        return visit.go("/desk/inbox", said="dropped")
    query = {name: visit.asked(name) for name in VIEWED if visit.asked(name)}
    kept = bool(query) and queue.keep(desk.engine, staff, visit.sent("name"), urlencode(query), visit.now)
    return visit.go("/desk/inbox", **query, said="kept" if kept else "not-kept")


def kept_filters(visit: Visit) -> dict[str, str]:
    """The filters, the search and the page of the address, to be carried from page to page."""
    return {name: visit.asked(name) for name in KEPT if visit.asked(name)}


def read_filters(visit: Visit) -> Filters:
    """The filters of the address; what is no state, kind or day filters nothing."""
    state, kind = visit.asked("state"), visit.asked("kind")
    since, until = read_period(visit.asked("since"), visit.asked("until"))
    return Filters(
        areas=visit.areas(visit.asked("area")),
        states=(state,) if state in states.listed() else states.unfinished() if visit.asked("who") == "me" else (),
        theme=visit.asked("theme") or None,
        kind=kind if kind in FEEDBACK_KINDS else None,
        topic=visit.asked("topic") or None,
        young={"yes": True, "no": False}.get(visit.asked("young")),
        since=since,
        until=until,
        assigned={"me": visit.here.staff.name, NOBODY: ""}.get(visit.asked("who")),
        came=visit.asked("came") if visit.asked("came") in WAYS else None,
        oldest=visit.asked("order") == "oldest",
    )


def read_day(text: str) -> date | None:
    """A day as browsers send it, YYYY-MM-DD, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1990 < day.year < 2200 else None


def read_period(first: str, last: str) -> tuple[int | None, int | None]:
    """The first second of a first day and the first after a last one; None where a day is not given."""
    since, until = read_day(first), read_day(last)
    return first_second(since) if since else None, first_second(until + timedelta(days=1)) if until else None
