"""A form that comes back says so in its title, names the field, marks it, and has the cursor in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.doors.web.test_issues import SHOWN, begin, save
from tests.support.desk_visitor import PASSWORD, House

LONG = "x" * 4_001
WRONG: tuple[tuple[str, int, dict[str, Any], str], ...] = (
    ("/desk/feedback/1", 0, {"state": "council"}, "public_words"),
    ("/desk/feedback/1", 0, {"state": "council", "public_words": "Ring 07700 900123"}, "public_words"),
    ("/desk/feedback/1", 0, {"response": LONG}, "response"),
    ("/desk/feedback/1", 0, {"done_text": LONG}, "done_text"),
    ("/desk/feedback/1", 0, {"add_note": LONG}, "add_note"),
    ("/desk/safeguarding/2", 0, {"do": "call"}, "rang"),
    ("/desk/safeguarding/2", 0, {"do": "call", "rang": "x", "when": "10:00"}, "call-said"),
    ("/desk/safeguarding/2", 1, {"do": "close"}, "outcome"),
    ("/desk/questions", 0, {"do": "answer"}, "q1-entry"),
    ("/desk/questions", 0, {"do": "answer", "entry": "east/bus-pass", "phrases": ""}, "q1-phrases"),
    ("/desk/export", 0, {"format": "exe"}, "format"),
    ("/desk/export", 0, {"format": "csv", "since": "soon"}, "since"),
    ("/desk/staff", 0, {"do": "add", "name": "x", "area": None}, "area-east"),
    ("/desk/staff", 0, {"do": "add", "name": "x", "area": "east"}, "role-reviewer"),
    ("/desk/staff", 0, {"do": "add", "name": "ANN", "area": "east", "role": "editor"}, "name"),
    ("/desk/account", 0, {"old": "x", "password": "short", "again": "short"}, "password"),
    ("/desk/account", 0, {"old": "x", "password": PASSWORD, "again": "other"}, "again"),
    ("/desk/account", 0, {"old": "x", "password": PASSWORD, "again": PASSWORD, "code": "1"}, "old"),
    ("/desk/account/phone", 0, {"password": "x", "code": "1"}, "password"),
    ("/desk/feedback/4/publish", 0, {"do": "publish"}, "stands"),
    ("/desk/feedback/3", 0, {"words": " "}, "words"),
    ("/desk/feedback/3", 0, {"words": "Ring 07700 900123"}, "words"),
    ("/desk/council/3", 0, {"council_response": LONG}, "council_response"),
    ("/desk/council/3", 1, {"do": "back", "words": ""}, "words"),
    ("/desk/issues/put?comment=1&comment=4", 0, {"title": ""}, "title"),
    ("/desk/issues/put?comment=1&comment=4", 0, {"comment": None}, "comment-1"),
    ("/desk/issues/1", 1, {"do": "ask", "you_said": "It is late.", "question": ""}, "question"),
    ("/desk/issues/1", 1, {"do": "ask", "you_said": "Ring 07700 900123"}, "you_said"),
    ("/desk/issues/1", 1, {"title": "x" * 121}, "title"),
    ("/desk/issues/1", 1, {"by_when": "soon"}, "by_when"),
    ("/desk/council/issues/2", 0, {"do": "answer"}, "answer-done"),
    ("/desk/council/issues/2", 0, {"do": "answer", "answer": "done"}, "answer_text"),
    ("/desk/council/issues/2", 1, {"do": "not-ours"}, "words"),
    ("/desk/report/west/2026", 0, {"closing": "x" * 8_001}, "closing"),
    ("/desk/inbox/add", 0, {"came": "paper", "kind": "offer", "words": "x", "yes": "yes"}, "consent"),
)


def test_every_form_that_comes_back_names_marks_and_focuses_the_field(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.give("x")
    house.give("someone hurts me", state="safeguarding")
    house.ask("where do herons nest", 1)
    everything = ("reviewer", "council", "editor", "admin", "safeguarding")
    ann = house.signed_in("ann", everything, ("east", "west"))
    visitor = house.visitor()
    house.give("late", state="council", public_words="It is late.")
    house.give("phone", public_words="Ring 07700 900123")
    ann.send("/desk/council/3", form=1, do="back", words="Where?")
    for _ in range(2):
        begin(house, ann)
    save(ann, 2, do="ask", **SHOWN, question="What now?")
    pages = [(visitor.send(f"/desk/{path}", name="ann", code="1"), "name") for path in ("sign-in", "set-up")]
    for path, form, changed, field in WRONG:
        page = ann.send(path, form=form, **changed)
        assert page.status_code == 422, (path, changed)
        pages.append((page, field))
    for page, field in pages:
        text, where = page.text, (page.url.path, field)
        assert text.count("<title>Error: ") == 1, where
        assert text.count(" autofocus") == 1, where
        tag = re.search(rf'<(?:input|select|textarea)[^>]* id="{field}"[^>]*>', text)
        assert tag is not None, where
        assert 'aria-invalid="true"' in tag[0], where
        assert "autofocus" in tag[0], where
        described = re.search(r'aria-describedby="([^"]+)"', tag[0])
        assert described is not None, where
        assert "<strong>Please look at this again.</strong>" in text, where
        assert any(f'id="{one}"' in text for one in described[1].split() if not one.endswith("hint")), where


def test_a_page_with_nothing_wrong_has_no_error_in_its_title(tmp_path: Path) -> None:
    ann = House(tmp_path).signed_in("ann")
    for path in ("/desk/today", "/desk/inbox", "/desk/inbox/add", "/desk/account/phone"):
        text = ann.get(path).text
        assert "<title>Error" not in text
        assert "autofocus" not in text
