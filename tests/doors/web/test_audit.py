"""Whatever is changed, exported or looked at under safeguarding leaves a line in the audit trail; nothing is kept without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import func, select, update

from conversations.forum import accounts
from conversations.forum.audit import recorded
from conversations.forum.roles import ROLES
from conversations.records import feedback
from conversations.records.tables import feedback as feedback_table
from conversations.records.tables import metadata
from tests.support.desk_visitor import PASSWORD, House, Visitor

UNAUDITED = ("audit", "throttles")
"""The trail itself, and the counts of tries to sign in, of which the trail notes the outcome."""
NEW_PASSWORD = "four slow barges drift"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def code(house: House, secret: str) -> str:
    """A code of the second factor that has not been used yet."""
    house.clock.on(seconds=30)
    return pyotp.TOTP(secret).at(int(house.clock().timestamp()))


def kept(house: House) -> dict[str, list[Any]]:
    """All that stands in the database but for the trail; when a session was last seen is no change."""
    found = {}
    with house.engine.connect() as connection:
        for name, table in metadata.tables.items():
            if name not in UNAUDITED:
                columns = [column for column in table.columns if (name, column.name) != ("sessions", "seen")]
                found[name] = sorted(map(repr, connection.execute(select(*columns)).all()))
    return found


def lines(house: House) -> int:
    with house.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(metadata.tables["audit"])).scalar_one()


def asked_for(house: House, ann: Visitor, secret: str) -> dict[str, tuple[Callable[[], httpx.Response], list[str]]]:
    """For every page that takes a form: how somebody sends it, and the lines that it leaves, in the order of a day."""
    record, other = house.give("mine"), house.give("passed on", state="council", public_words="public")
    bulky = house.give("another")
    many = [house.give("late again"), house.give("late too")]
    shown: dict[str, Any] = {"title": "Late", "you_said": "It is late.", "question": "Why?"}
    risky = house.give("someone hurts me", state="safeguarding")
    house.ask("where do herons nest", 1)
    house.ask("who pays for a tutor", 2)
    new = NEW_PASSWORD
    return {
        "/desk/feedback/{id}": (
            lambda: ann.send(f"/desk/feedback/{record}", state="read", note="rang", public_words="words"),
            ["changed state", "changed public_words", "changed note"],
        ),
        "/desk/feedback/{id}/undo": (lambda: ann.send(f"/desk/feedback/{record}", form=1), ["changed note"]),
        "/desk/feedback/{id} note": (
            lambda: ann.send(f"/desk/feedback/{record}", add_note="rang again"),
            ["note added"],
        ),
        "/desk/feedback/{id}/note": (
            lambda: ann.post(f"/desk/feedback/{record}/note", [("mark", ann.mark), ("note", "1")]),
            ["note taken back"],
        ),
        "/desk/inbox/add": (
            lambda: ann.send(
                "/desk/inbox/add", came="paper", words="the hall is cold", kind="offer", consent="the father", yes="yes"
            ),
            ["comment added: paper"],
        ),
        "/desk/feedback/{id}/withdraw": (
            lambda: ann.post(f"/desk/feedback/{risky + 1}/withdraw", [("mark", ann.mark)]),
            ["taken back for a family"],
        ),
        "/desk/inbox/views": (
            lambda: ann.post("/desk/inbox/views?state=new", [("mark", ann.mark), ("name", "all new"), ("do", "keep")]),
            ["filters kept"],
        ),
        "/desk/inbox/views drop": (
            lambda: ann.post("/desk/inbox/views", [("mark", ann.mark), ("view", "1"), ("do", "drop")]),
            ["filters deleted"],
        ),
        "/desk/feedback/{id}/publish": (
            lambda: ann.publish(record, done="yes"),
            ["changed published", "changed state"],
        ),
        "/desk/safeguarding/{id}": (
            lambda: ann.send(f"/desk/safeguarding/{risky}", do="call", rang="x", when="10:00", said="y"),
            ["safeguarding read", "safeguarding read", "safeguarding call", "safeguarding read"],
        ),
        "/desk/safeguarding/{id} close": (
            lambda: ann.send(f"/desk/safeguarding/{risky}", form=1, do="close", outcome="Seen to."),
            ["safeguarding read", "safeguarding read", "safeguarding closed", "safeguarding read"],
        ),
        "/desk/council/{id}": (
            lambda: ann.send(f"/desk/council/{other}", council_response="We agree."),
            ["changed council_response"],
        ),
        "/desk/issues/put": (
            lambda: ann.send(f"/desk/issues/put?comment={many[0]}&comment={many[1]}", title="Late"),
            ["issue begun", *(["changed issue", "changed state"] * 2)],
        ),
        "/desk/issues/{id}": (
            lambda: ann.send("/desk/issues/1", form=1, do="ask", **shown),
            ["council asked", "changed you_said", "changed question", "changed standing"],
        ),
        "/desk/council/issues/{id}": (
            lambda: ann.send("/desk/council/issues/1", answer="done", answer_text="It runs on time."),
            ["changed answer", "changed answer_text", "changed standing"],
        ),
        "/desk/council/issues/{id} back": (
            lambda: ann.send("/desk/council/issues/1", form=1, do="back", words="Which one?"),
            ["changed standing", "council: back"],
        ),
        "/desk/issues/{id} out": (
            lambda: ann.send("/desk/issues/1", do="out", comment=[str(many[1])]),
            ["changed issue"],
        ),
        "/desk/issues/{id}/undo": (lambda: ann.send("/desk/issues/1", form=2), ["changed answer_text"]),
        "/desk/issues/{id} answer": (
            lambda: ann.send("/desk/issues/1", form=1, answer_text="It is on time."),
            ["changed answer_text", "changed standing"],
        ),
        "/desk/issues/{id}/publish": (
            lambda: ann.send("/desk/issues/1/publish", do="publish", stands="yes"),
            ["changed published", "changed state"],
        ),
        "/desk/council/{id} back": (
            lambda: ann.send(f"/desk/council/{other}", form=1, do="back", words="Which one?"),
            ["council: back"],
        ),
        "/desk/feedback/{id}/ask": (
            lambda: ann.send(f"/desk/feedback/{other}", words="The first."),
            ["council asked"],
        ),
        "/desk/council/export": (lambda: ann.send("/desk/council", format="csv"), ["exported"]),
        "/desk/inbox/search": (lambda: ann.search("mine"), []),
        "/desk/inbox/bulk": (
            lambda: ann.send("/desk/inbox", form=2, do="read", comment=[str(bulky), "999999"]),
            ["changed state"],
        ),
        "/desk/questions": (
            lambda: ann.send("/desk/questions", guess=None, entry="east/bus-pass", do="answer"),
            ["question answered"],
        ),
        "/desk/questions close": (lambda: ann.send("/desk/questions", do="close"), ["question closed"]),
        "/desk/changes": (lambda: ann.send("/desk/changes"), ["content change done"]),
        "/desk/content/number": (
            lambda: ann.send("/desk/content/number?is=01614960111", new="0161 496 0999", found="x"),
            ["content draft saved"],
        ),
        "/desk/content/entry/{area}/{slug}": (
            lambda: ann.send("/desk/content/entry/east/bus-pass", title="Free travel", do="save"),
            ["content draft saved"],
        ),
        "/desk/content/new": (
            lambda: ann.send("/desk/content/new", theme="money", title="A club", answer="Ask.", do="save"),
            ["content draft saved"],
        ),
        "/desk/content/{id}": (lambda: ann.send("/desk/content/1", do="drop"), ["content draft dropped"]),
        "/desk/export": (lambda: ann.send("/desk/export", format="csv"), ["exported"]),
        "/desk/report/{area}/{year}": (
            lambda: ann.send("/desk/report/east/2026", introduction="A good year."),
            ["report draft"],
        ),
        "/desk/report/{area}/{year}/editions": (
            lambda: ann.post("/desk/report/east/2025/editions", [("mark", ann.mark), ("version", "0")]),
            ["report edition"],
        ),
        "/desk/staff": (
            lambda: ann.send("/desk/staff", name="bea", area="east", role=["reviewer"], do="add"),
            ["staff added"],
        ),
        "/desk/staff reset": (
            lambda: ann.post("/desk/staff", [("mark", ann.mark), ("name", "bea"), ("do", "reset")]),
            ["staff reset"],
        ),
        "/desk/staff roles": (
            lambda: ann.post(
                "/desk/staff",
                [("mark", ann.mark), ("name", "bea"), ("do", "roles"), ("area", "east"), ("role", "editor")],
            ),
            ["role given: editor", "role taken away: reviewer", "roles and areas kept"],
        ),
        "/desk/staff disable": (
            lambda: ann.post("/desk/staff", [("mark", ann.mark), ("name", "bea"), ("do", "disable")]),
            ["staff disabled"],
        ),
        "/desk/account/sessions": (
            lambda: ann.post("/desk/account/sessions", [("mark", ann.mark)]),
            ["other sessions ended"],
        ),
        "/desk/account/phone": (
            lambda: ann.send("/desk/account/phone", password=PASSWORD, code=code(house, secret)),
            ["new phone begun"],
        ),
        "/desk/account": (
            lambda: ann.send("/desk/account", old=PASSWORD, password=new, again=new, code=code(house, secret)),
            ["password changed"],
        ),
        "/desk/sign-in": (
            lambda: ann.send("/desk/sign-in", name="ann", password=new, code=code(house, secret)),
            ["signed in"],
        ),
        "/desk/sign-out": (lambda: ann.post("/desk/sign-out", [("mark", ann.mark)]), ["signed out"]),
    }


def test_each_form_that_changes_something_leaves_its_lines(house: House) -> None:
    secret, ann = house.staff("ann", ROLES), house.visitor()
    for browser in (ann, house.visitor()):
        house.clock.on(seconds=30)
        browser.sign_in("ann", secret)
    forms = asked_for(house, ann, secret)
    routes = {
        route.path
        for route in house.app.app.routes  # type: ignore[attr-defined]
        if "POST" in (getattr(route, "methods", None) or ())
    }
    set_up = {"/desk/set-up", "/desk/set-up/password"}
    assert routes - set_up == {path.partition(" ")[0] for path in forms}, "a page that no test sends"
    for path, (send, expected) in forms.items():
        before, count = kept(house), lines(house)
        response = send()
        assert response.status_code == 200, path
        written = house.trail()[: lines(house) - count]
        assert [line.what for line in written[::-1]] == expected, path
        assert {line.who for line in written} <= {"ann"}, path
        assert (kept(house) != before) is (
            path not in ("/desk/export", "/desk/council/export", "/desk/inbox/search")
        ), path


def test_setting_an_account_up_leaves_a_line(house: House) -> None:
    ann = house.visitor()
    given = accounts.add(house.engine, "ann", ("east",), ("reviewer",), house.clock(), "test")
    page = ann.send("/desk/set-up", name="ann", code=given).text
    secret = page.partition('class="secret">')[2].partition("<")[0].replace(" ", "")
    ann.send("/desk/set-up/password", password=PASSWORD, again=PASSWORD, code=code(house, secret))
    assert [line.what for line in house.trail()] == ["signed in", "set up", "staff added"]


def test_forms_that_are_refused_change_nothing_and_leave_no_line(house: House) -> None:
    record, ann = house.give("x"), house.signed_in("ann", ROLES)
    before, count = kept(house), lines(house)
    for path, changed in (
        (f"/desk/feedback/{record}", {"state": "council"}),
        (f"/desk/feedback/{record}", {"was_note": "0" * 32, "note": "y"}),
        (f"/desk/feedback/{record}/publish", {"do": "publish", "seen": "other"}),
        (f"/desk/feedback/{record}", {}),
        ("/desk/export", {"format": "exe"}),
        ("/desk/content/number?is=01614960111", {"new": "1", "found": "x"}),
        ("/desk/content/entry/east/bus-pass", {"do": "save"}),
        ("/desk/report/east/2026", {"version": "5"}),
        ("/desk/staff", {"name": "ann", "area": "east", "role": ["reviewer"]}),
    ):
        ann.send(path, **changed)
    assert (kept(house), lines(house)) == (before, count)


def test_files_and_looks_at_safeguarding_leave_a_line(house: House) -> None:
    record, ann = house.give("someone hurts me", state="safeguarding"), house.signed_in("ann", ROLES)
    ann.post("/desk/report/east/2025/editions", [("mark", ann.mark), ("version", "0")])
    for path, what, about in (
        ("/desk/report/east/2026/file.csv", "exported", "report 2026 as csv"),
        ("/desk/report/east/2026/file.html?download=1", "exported", "report 2026 as html"),
        ("/desk/report/east/2025/editions/1.docx", "exported", "report 2025, edition 1 as docx"),
        ("/desk/safeguarding", "safeguarding listed", ""),
        (f"/desk/feedback/{record}", "safeguarding read", f"feedback {record}"),
    ):
        count = lines(house)
        assert ann.get(path).status_code == 200
        (line,) = house.trail()[: lines(house) - count]
        assert (line.who, line.what, line.about, line.area) == ("ann", what, about, "east")


def test_a_change_that_is_refused_under_safeguarding_is_still_a_look(house: House) -> None:
    record, lead = house.give("someone hurts me", state="safeguarding"), house.signed_in("lead", ("safeguarding",))
    fields = [("mark", lead.mark), ("was_note", "0" * 32), ("note", "x")]
    count = lines(house)
    assert lead.post(f"/desk/feedback/{record}", fields).status_code == 409
    assert [line.what for line in house.trail()[: lines(house) - count]] == ["safeguarding read"]


def test_what_leaves_no_line_is_not_kept(house: House) -> None:
    record = house.give("x")
    change = update(feedback_table).values(theme="health")
    with recorded(house.engine, "ann", house.clock()) as recording:
        recording.connection.execute(change)
    assert house.record(record).theme == "money"
    with recorded(house.engine, "ann", house.clock()) as recording:
        recording.connection.execute(change)
        recording.note("changed theme", "east", f"feedback {record}")
    assert house.record(record).theme == "health"


def test_where_something_fails_neither_the_work_nor_its_line_is_kept(house: House) -> None:
    record = house.give("x")

    def fail() -> None:
        with recorded(house.engine, "ann", house.clock()) as recording:
            feedback.change(recording.connection, record, 1, {"theme": "health"}, house.seals)
            recording.note("changed theme", "east", f"feedback {record}")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert house.record(record).theme == "money"
    assert house.trail() == ()
