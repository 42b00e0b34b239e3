"""One sealed row that cannot be read is shown as such; the rest of its area goes on (P11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from bot.renewal import Renewal
from conversations.guide import Guide
from conversations.records.staff_tables import changes, content_changes, drafts, proposals, staff
from conversations.records.tables import feedback, questions
from conversations.wording import load_wording
from tests.doors.web.test_content import DEAD, ENTRY_PAGE, NEW, ContentHouse, approve, mend, phones
from tests.support.desk_visitor import House, write_content
from tests.support.feedback_talks import WORDS, family, text

UNREADABLE = load_wording("desk")("unreadable")
SHOWN = "These words cannot be read"
BLOBS = {"damaged": b"\0\0\0\1" + bytes(60), "without its key": b"\0\0\0\7" + bytes(60), "cut off": b"\0"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def damage(house: House, table: Table, **columns: Any) -> None:
    """Put something that does not open in the place of sealed columns of the first row."""
    key = next(iter(table.primary_key.columns))
    with house.engine.begin() as connection:
        first = connection.execute(select(key).order_by(key).limit(1)).scalar()
        connection.execute(update(table).where(key == first).values(**columns))


@pytest.mark.parametrize("how", BLOBS)
def test_the_inbox_its_search_the_page_and_the_export_go_on(house: House, how: str) -> None:
    first, second = house.give("the otter club is full"), house.give("the heron club is full")
    damage(house, feedback, words=BLOBS[how], note=BLOBS[how], public_words=BLOBS[how])
    visitor = house.signed_in("ann")
    inbox = visitor.get("/desk/inbox")
    assert inbox.status_code == 200
    assert SHOWN in inbox.text
    assert "heron" in inbox.text
    found = visitor.search("club")
    assert "heron" in found.text
    assert "1 could not be searched" in found.text
    page = visitor.get(f"/desk/feedback/{first}")
    assert page.status_code == 200
    assert page.text.count(SHOWN) == 3
    assert "took their words back" not in page.text
    table = visitor.send("/desk/export", format="csv", area="east")
    assert table.status_code == 200
    assert UNREADABLE in table.text
    assert "heron" in table.text
    assert visitor.get(f"/desk/feedback/{second}").status_code == 200


def test_what_cannot_be_read_stays_as_it_is_when_the_rest_is_saved(house: House) -> None:
    number = house.give("the otter club is full")
    damage(house, feedback, words=BLOBS["without its key"], note=BLOBS["without its key"])
    visitor = house.signed_in("ann")
    assert visitor.send(f"/desk/feedback/{number}", state="read", response="Thank you.").status_code == 200
    row = house.row(number)
    assert (row["state"], row["response"]) == ("read", "Thank you.")
    assert row["words"] == row["note"] == BLOBS["without its key"]


def test_a_history_goes_on_and_what_cannot_be_read_cannot_be_undone(house: House) -> None:
    number = house.give("the otter club is full")
    visitor = house.signed_in("ann")
    visitor.send(f"/desk/feedback/{number}", note="first")
    damage(house, changes, before=BLOBS["damaged"])
    assert SHOWN in visitor.get(f"/desk/feedback/{number}").text
    undone = visitor.send(f"/desk/feedback/{number}", form=1)
    assert undone.status_code == 409
    assert "cannot be undone" in undone.text


def test_the_council_and_the_report_go_on(house: House) -> None:
    for name in ("otter", "heron"):
        house.give(f"the {name} club", state="council", public_words=f"the {name} club", published=True)
        house.give(f"the {name} bus", state="done", public_words=f"the {name} bus", published=True, days=1)
    with house.engine.begin() as connection:
        for number in (1, 2):
            mine = update(feedback).where(feedback.c.id == number)
            connection.execute(mine.values(public_words=BLOBS["damaged"]))
    council = house.signed_in("cora", ("council",)).get("/desk/council")
    assert council.status_code == 200
    assert SHOWN in council.text
    assert "heron club" in council.text
    visitor = house.signed_in("ann")
    visitor.send("/desk/report/east/2026", introduction="Hello.")
    with house.engine.begin() as connection:
        connection.execute(update(drafts).values(written=BLOBS["damaged"]))
    draft = visitor.get("/desk/report/east/2026")
    assert draft.status_code == 200
    assert "draft that was saved before cannot be read" in draft.text
    assert "heron bus" in draft.text
    assert SHOWN in draft.text
    assert visitor.get("/desk/report/east/2026/file.csv").status_code == 200
    assert visitor.send("/desk/report/east/2026", introduction="Anew.").status_code == 200
    assert "Anew." in visitor.get("/desk/report/east/2026").text


def test_questions_and_changes_go_on(house: House) -> None:
    house.ask("where is the otter club", 1)
    house.ask("what time is bath night", 2)
    damage(house, questions, words=BLOBS["without its key"])
    visitor = house.signed_in("ed", ("editor",))
    page = visitor.get("/desk/questions")
    assert page.status_code == 200
    assert SHOWN in page.text
    assert "bath night" in page.text
    for _ in range(2):
        visitor.send("/desk/questions", entry="new", phrases="one way to ask", do="answer")
    damage(house, proposals, phrase=BLOBS["damaged"])
    listed = visitor.get("/desk/changes")
    assert listed.status_code == 200
    assert "1 phrases cannot be read" in listed.text
    assert visitor.get("/desk/changes.yaml").status_code == 200


def test_the_editor_goes_on_and_the_last_copy_of_what_was_approved_stays_in_use(tmp_path: Path) -> None:
    write_content(tmp_path / "knowledge")
    house = ContentHouse(tmp_path)
    ed, eve = house.signed_in("ed", ("editor",)), house.signed_in("eve", ("editor",))
    first, drafted = mend(ed), ed.send(ENTRY_PAGE, do="save", title="A short break")
    approve(eve, first)
    with house.engine.begin() as connection:
        connection.execute(update(content_changes).values(body=BLOBS["damaged"]))
    pages = ("/desk/content", first.url.path, drafted.url.path, ENTRY_PAGE, "/desk/content/number?is=116123")
    for path in pages:
        assert (page := ed.get(path)).status_code == 200, path
        assert (SHOWN in page.text) == (path in pages[:3]), path
    refused = eve.post(drafted.url.path, [("mark", eve.mark), ("do", "approve"), ("version", "1")])
    assert refused.status_code == 422
    assert "cannot be read, so it cannot be approved" in refused.text
    ed.send(drafted.url.path, do="drop")
    approve(eve, ed.send(ENTRY_PAGE, do="save", title="A short break"))
    other = Renewal(house.settings, house.engine, house.seals)
    for library in (house.renewal.in_use.guide.library, other.in_use.guide.library):
        entry = library.by_id["east/short-breaks"]
        assert (entry.title, entry.contacts[0].phone) == ("A short break", NEW)
    ed.send(first.url.path, do="undo")
    assert phones(house) == {DEAD}


def test_a_second_factor_that_cannot_be_read_is_a_wrong_code_and_no_failure(house: House) -> None:
    secret = house.staff("ann")
    damage(house, staff, totp=BLOBS["damaged"])
    answer = house.visitor().sign_in("ann", secret)
    assert answer.status_code < 500
    assert "Inbox" not in answer.text


def test_mydata_goes_on(guide: Guide, tmp_path: Path) -> None:
    talk = family(guide, tmp_path)
    talk.line(area="wirral", audience="parent")
    for words in (f"{WORDS} one", f"{WORDS} two"):
        talk.say("/feedback")
        talk.say(words)
        talk.press("Yes")
    with talk.engine.begin() as connection:
        connection.execute(update(feedback).where(feedback.c.id == 1).values(words=BLOBS["damaged"]))
    told = text(talk.say("/mydata"))
    assert guide.wording("unreadable") in told
    assert f"{WORDS} two" in told
