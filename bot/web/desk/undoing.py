"""Undo at the desk: one change of a comment or an issue; what others would read is looked at first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.web.visit import Visit
from conversations.forum import publishing, review
from conversations.forum.review import HistoryLine, ReviewError

Undo = Callable[..., None]
"""`review.undo`, or what takes a change of another kind of record back in the same way."""
Back = Callable[[HistoryLine], Sequence[str]]
"""The texts that others would read once the change of a line of the history is undone."""


def take_back(
    visit: Visit, kind: str, name: str, undo: Undo, seen: Callable[[], tuple[Sequence[HistoryLine], Back]],
    page: Callable[[Visit, str], Response],
) -> Response:  # fmt: skip
    """Undo the change that was chosen of the record of the path, which stands at `/desk/{kind}/` and is called `name`.

    Of what is public, or shows the council a detail, only once somebody has seen what would come back: `seen` gives the
    record's history for that. What else hinders it is said on the record's own `page`.
    """
    desk, staff, number = visit.desk, review.as_reviewer(visit.here.staff), visit.number()
    path, chosen, sure = f"/desk/{kind}/{number}", visit.sent_number("change"), visit.sent("sure") == "yes"
    marked = partial(publishing.details, guide=desk.guide)
    try:
        undo(desk.engine, staff, number, chosen, marked, desk.seals, visit.now, sure)
    except ReviewError as error:
        if error.reason in ("gone", "not-yours"):
            raise HTTPException(404) from None
        visit.form = []
        visit.request.scope["method"] = "GET"
        if error.reason == "look-first":
            return visit.go(f"{path}/publish")
        if error.reason not in ("public", "details"):
            return page(visit, error.reason)
        history, back_of = seen()
        line = next(line for line in history if line.id == chosen)
        back = back_of(line)
        found = [detail for text in back for detail in marked(text)]
        return visit.page(
            "undo.html", path=path, name=f"{name} {number}", line=line, back=back, public=error.reason == "public",
            found=found,
        )  # fmt: skip
    return visit.go(path, said="undone")
