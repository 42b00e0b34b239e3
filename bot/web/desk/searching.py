"""What somebody seeks: sent in a form, kept sealed in a cookie, named in an address by a number alone, so that no log or history holds a word."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping

from starlette.responses import Response

from bot.web.visit import Desk, Visit, set_cookie
from conversations.forum.inbox import Found
from conversations.forum.issues import OpenIssue
from conversations.forum.search import Pieces, Query, query
from conversations.keys.sealing import SealError
from conversations.outcomes import TEXTS

LABEL = "desk.search"
MOST_SOUGHT = 200
"""Characters of a search."""
MOST_BYTES = 2_500
"""Of what the cookie holds, so that it fits into one: the newest searches, in as many tabs."""
ANSWERS = ("response", "council_response", "done_text")
"""What the search reads beside the words, those for publication, the note and the topic."""


def cookie(desk: Desk) -> str:
    """The name of the cookie."""
    return f"{desk.cookie}-search"


def sought(visit: Visit) -> str:
    """What the address of this page seeks; empty where it seeks nothing, or the search has ended with its browser."""
    return _kept(visit).get(visit.asked("s"), "")


def keep(visit: Visit, words: str, response: Response, number: str) -> None:
    """Keep a search in the browser of whoever typed it, under the number that its address has."""
    kept = {**_kept(visit), number: words[:MOST_SOUGHT]}
    while (
        len(told := json.dumps({"owner": visit.here.staff.id, "kept": kept}, ensure_ascii=False).encode()) > MOST_BYTES
    ):
        kept.pop(next(iter(kept)))
    sealed = base64.urlsafe_b64encode(visit.desk.seals.seal(told.decode(), LABEL)).decode()
    set_cookie(response, visit.desk, cookie(visit.desk), sealed)


def new_number() -> str:
    """A number for a search: it says nothing of it."""
    return secrets.token_hex(4)


def _kept(visit: Visit) -> dict[str, str]:
    """The searches that this browser holds, if they are of whoever is signed in now."""
    try:
        sealed = base64.urlsafe_b64decode(visit.request.cookies.get(cookie(visit.desk), "").encode())
        told = json.loads(visit.desk.seals.unseal(sealed, LABEL))
    except (SealError, ValueError):
        return {}
    return dict(told["kept"]) if told["owner"] == visit.here.staff.id else {}


def titles(visit: Visit) -> Mapping[str, str]:
    """The titles of the entries, by id."""
    return {entry.id: entry.title for entry in visit.desk.guide.library.entries}


def hits(visit: Visit, shown: Found, wanted: Query | None) -> dict[int, dict[str, Pieces]]:
    """Where in each comment what is sought stands: excerpts by field."""
    if wanted is None:
        return {}
    by_id, found = visit.desk.guide.library.by_id, dict[int, dict[str, Pieces]]()
    for item in shown.items:
        record = item.record
        texts = {"words": item.words, "public_words": item.public_words, "note": item.note}
        texts["notes"] = shown.notes.get(record.id)
        if item.public_words == item.words:
            texts["public_words"] = None
        texts |= {name: getattr(record, name) for name in ANSWERS}
        if record.topic in by_id:
            texts["topic"] = by_id[record.topic].title
        found[record.id] = _excerpts(wanted, texts)
    return found


def issue_hits(issue: OpenIssue, wanted: Query) -> dict[str, Pieces]:
    """Where in an issue what is sought stands: excerpts by field."""
    return _excerpts(wanted, {name: issue.values[name] for name in TEXTS})


def _excerpts(wanted: Query, texts: Mapping[str, str | None]) -> dict[str, Pieces]:
    return {name: pieces for name, text in texts.items() if text and (pieces := wanted.excerpt(text))}


def wanted(visit: Visit) -> Query | None:
    """What the address of this page seeks, read."""
    return query(sought(visit))
