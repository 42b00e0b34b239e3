"""One piece of feedback: what was said, what happens with it, its history, undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.desk import searching, undoing
from bot.web.desk.errors import wrong_fields
from bot.web.desk.inbox import kept_filters, read_filters
from bot.web.desk.undoing import Back
from bot.web.visit import Desk, Visit, staff_page
from conversations import states
from conversations.forum import council, inbox, publishing, queue, review, safeguarding
from conversations.forum.accounts import Staff
from conversations.forum.review import HistoryLine, Item, Opened, ReviewError
from conversations.forum.roles import REVIEWER, SAFEGUARDING
from knowledge.entries import NATIONAL, Entry

WHO = (REVIEWER, SAFEGUARDING)
STATUS = {
    "stale": 409,
    "clash": 409,
    "changed-since": 409,
    "redact-first": 422,
    "look-first": 422,
    "details": 422,
    "no-lead": 422,
    "public": 409,
    "too-long": 422,
    "unreadable": 409,
    "empty": 422,
    "empty-back": 422,
    "empty-reply": 422,
    "reply-details": 422,
    "incomplete": 422,
    "no-day": 422,
    "not-yours": 404,
    "gone": 404,
}
TEXTS = ("public_words", "response", "done_text", "note")


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    return [
        Route("/desk/feedback/{id}", staff_page(desk, show, WHO), methods=["GET"]),
        Route("/desk/feedback/{id}", staff_page(desk, save, WHO), methods=["POST"]),
        Route("/desk/feedback/{id}/note", staff_page(desk, take_note_back, WHO), methods=["POST"]),
        Route("/desk/feedback/{id}/withdraw", staff_page(desk, withdraw, [REVIEWER]), methods=["POST"]),
        Route("/desk/feedback/{id}/ask", staff_page(desk, ask_again, [REVIEWER]), methods=["POST"]),
        Route("/desk/feedback/{id}/undo", staff_page(desk, take_back, WHO), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """The page of one piece of feedback."""
    return _page(visit, None)


def opened(visit: Visit, staff: Staff) -> Opened:
    """The record of the path as `staff` may see it; as if it were not there where they may not (W2)."""
    try:
        return review.show(visit.desk.engine, staff, visit.number(), visit.desk.seals, visit.now)
    except ReviewError:
        raise HTTPException(404) from None


def _page(visit: Visit, problem: str | None) -> Response:
    there = opened(visit, review.as_reviewer(visit.here.staff))
    it = there.item.record
    area = visit.desk.guide.area(it.area)
    sent, was = sent_fields(visit, there.item), digests(visit)
    found = publishing.details(visit.sent("public_words"), visit.desk.guide) if problem == "details" else ()
    above, below = _beside(visit, there.item)
    both = clashes(there, sent, was)
    return visit.page(
        "item.html", STATUS[problem] if problem else 200, item=there.item, it=it, history=there.history, problem=problem,
        states=states.every(), entries=entries_by_theme(visit.desk, it.area), themes=themes(visit.desk),
        contacts=area.social_care if area else (), said=visit.asked("said"), found=found, above=above, below=below,
        notes=there.notes, colleagues=_colleagues(visit, there.item),
        kept=urlencode(kept_filters(visit)),
        typed=review.changed(there.item, sent, was), clashes=both, digest_of=review.digest_of,
        wrong=wrong_fields(visit, problem, [one["field"] for one in both]),
        lines=council.written(visit.desk.engine, ("feedback", it.id), visit.desk.seals),
    )  # fmt: skip


def digests(visit: Visit) -> dict[str, str]:
    """The digests of the fields that a form carries, as they were when it was drawn."""
    return {name.removeprefix("was_"): value for name, value in visit.form if name.startswith("was_")}


def clashes(there: Opened, sent: Mapping[str, Any], was: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each field that two people changed at once: its name, what stands now and by whom, and what was typed."""
    item = there.item

    def now(name: str) -> Any:
        return getattr(item, name) if name in ("public_words", "note") else getattr(item.record, name)

    return clash_rows(there.history, review.clashing(item, sent, was), now, sent)


def clash_rows(
    history: Sequence[HistoryLine], names: Sequence[str], now: Callable[[str], Any], sent: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The same of any record: its history, the fields that clash, what each holds now, and what was sent."""
    newest: dict[str, HistoryLine] = {}
    for line in history:
        newest.setdefault(line.field, line)
    return [{"field": name, "theirs": now(name), "mine": sent[name], "by": newest.get(name)} for name in names]


def themes(desk: Desk) -> tuple[str, ...]:
    """The themes that feedback can have."""
    return (*desk.guide.themes, "general")


def entries_by_theme(desk: Desk, area: str) -> dict[str, list[Entry]]:
    """The entries that answer in an area, by theme."""
    found: dict[str, list[Entry]] = {}
    for entry in desk.guide.library.entries:
        if entry.area in (area, NATIONAL) and not entry.small_talk:
            found.setdefault(entry.theme, []).append(entry)
    return {theme: found[theme] for theme in desk.guide.themes if theme in found}


def save(visit: Visit) -> Response:
    """Keep what was changed; where it cannot be kept the page comes back with what was typed."""
    desk, staff, number = visit.desk, review.as_reviewer(visit.here.staff), visit.number()
    try:
        item = review.save(
            desk.engine, staff, number, lambda item: _fields(visit, item), desk.seals, visit.now,
            take_lead=visit.sent("take_lead") == "yes", note=visit.sent("add_note"),
        )  # fmt: skip
    except ReviewError as error:
        return _page(visit, error.reason)
    if visit.sent("state") in states.guarded() and item.record.state not in states.guarded():
        return _moved(visit, item.record.area)
    if visit.sent("do") == "publish":
        return visit.go(f"/desk/feedback/{number}/publish")
    kept = kept_filters(visit)
    if visit.sent("do") in ("next", "read-next"):
        below = _beside(visit, item)[1]
        return (
            visit.go(f"/desk/feedback/{below}", **kept, said="next")
            if below
            else visit.go("/desk/inbox", **kept, said="end")
        )
    return visit.go(f"/desk/feedback/{number}", **kept, said="saved")


def _moved(visit: Visit, area: str) -> Response:
    """Where somebody goes who has moved a comment to safeguarding; whom it may concern is told that there is one."""
    visit.desk.alert(area)
    return visit.go(f"/desk/safeguarding/{visit.number()}", said="moved")


def _beside(visit: Visit, item: Item) -> tuple[int | None, int | None]:
    """The comments above and below in the list of the address; none for those who have no inbox, or under safeguarding."""
    if not visit.here.staff.may(REVIEWER) or item.record.state in states.guarded():
        return None, None
    wanted, titles, desk = searching.wanted(visit), searching.titles(visit), visit.desk
    return inbox.neighbours(desk.engine, read_filters(visit), wanted, item.record, titles, desk.seals)


def _fields(visit: Visit, item: Item) -> dict[str, Any]:
    """What this person changed. Raises ReviewError where somebody else changed it too, or a detail would go out."""
    sent, was = sent_fields(visit, item), digests(visit)
    if review.clashing(item, sent, was):
        raise ReviewError("clash")
    wanted = review.changed(item, sent, was)
    entry = visit.desk.guide.library.by_id.get(wanted.get("topic") or "")
    if entry is not None and "theme" not in wanted:  # another subject brings its theme, unless somebody chose one
        theme = visit.desk.guide.subject_theme(entry)
        wanted |= {"theme": theme} if theme != item.record.theme else {}
    goes_out = wanted.get("state", item.record.state) in states.for_council() and {"state", "public_words"} & set(
        wanted
    )
    words = wanted.get("public_words", item.public_words)
    if goes_out and visit.sent("stands") != "yes" and publishing.details(words, visit.desk.guide):
        raise ReviewError("details")
    return wanted


def sent_fields(visit: Visit, item: Item) -> dict[str, Any]:
    """The fields that the form sent; a state, theme or entry that there is none of stays as it was."""
    names = {name for name, _ in visit.form}
    known = {entry.id for some in entries_by_theme(visit.desk, item.record.area).values() for entry in some}
    sent: dict[str, Any] = {}
    if visit.sent("state") in states.every():
        sent["state"] = visit.sent("state")
    if visit.sent("do") == "read-next" and sent.get("state") in states.unread():
        sent["state"] = states.READ.id
    if "assigned" in names and visit.sent("assigned") in ("", *_colleagues(visit, item)):
        sent["assigned"] = visit.sent("assigned")
    if visit.sent("theme") in themes(visit.desk):
        sent["theme"] = visit.sent("theme")
    if "topic" in names and (visit.sent("topic") in known or not visit.sent("topic")):
        sent["topic"] = visit.sent("topic")
    sent |= {name: visit.sent(name) for name in TEXTS if name in names}
    if visit.sent("published") == "no":
        sent["published"] = False
    return sent


def _colleagues(visit: Visit, item: Item) -> tuple[str, ...]:
    """Who can be given a comment: those who review its area, and whoever has it now."""
    names = queue.colleagues(visit.desk.engine, (item.record.area,))
    held = item.record.assigned
    return names if held is None or held in names else (*names, held)


def take_note_back(visit: Visit) -> Response:
    """Delete one's own note."""
    desk, staff, number = visit.desk, review.as_reviewer(visit.here.staff), visit.number()
    try:
        review.take_note_back(desk.engine, staff, number, visit.sent_number("note"), desk.seals, visit.now)
    except ReviewError:
        raise HTTPException(404) from None
    return visit.go(f"/desk/feedback/{number}", said="note-back")


def withdraw(visit: Visit) -> Response:
    """Take a comment that staff added back, as whoever said it wishes."""
    desk, staff, number = visit.desk, review.as_reviewer(visit.here.staff), visit.number()
    try:
        review.withdraw(desk.engine, staff, number, desk.seals, visit.now)
    except ReviewError:
        raise HTTPException(404) from None
    return visit.go("/desk/inbox", said="withdrawn")


def ask_again(visit: Visit) -> Response:
    """Answer what the council asked back; the comment waits for the council again."""
    desk, staff, number = visit.desk, review.as_reviewer(visit.here.staff), visit.number()
    words, stands = visit.sent("words"), visit.sent("stands") == "yes"
    try:
        if not stands and publishing.details(words, desk.guide):
            opened(visit, staff)
            return _page(visit, "reply-details")
        council.ask_again(desk.engine, staff, number, words, desk.seals, visit.now)
    except ReviewError as error:
        if error.reason == "gone":
            raise HTTPException(404) from None
        return _page(visit, "empty-reply" if error.reason == "empty" else error.reason)
    return visit.go(f"/desk/feedback/{number}", said="asked")


def take_back(visit: Visit) -> Response:
    """Undo one change of a comment."""

    def seen() -> tuple[Sequence[HistoryLine], Back]:
        there = opened(visit, review.as_reviewer(visit.here.staff))
        return (
            there.history,
            lambda line: review.read_anew(there.item, line.field, line.before) or (str(line.before or ""),),
        )

    engine, staff, number = visit.desk.engine, visit.here.staff, visit.number()
    before = safeguarding.moved_by(engine, staff)
    response = undoing.take_back(visit, "feedback", "comment", review.undo, seen, _page)
    if number in before or number not in safeguarding.moved_by(engine, staff):
        return response
    return _moved(visit, safeguarding.show(engine, staff, number, visit.desk.seals, visit.now).item.record.area)
