"""The desk's pages hold: other people's records, other sites' forms, hostile words, roles, and what is under safeguarding."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from jinja2 import meta, nodes
from openpyxl import load_workbook
from sqlalchemy import select

from bot.files import feedback_export
from bot.web.gate import MOST_BYTES
from bot.web.visit import TEMPLATES
from conversations.forum import inbox
from conversations.forum.inbox import Filters
from conversations.records.tables import feedback
from tests.support.desk_visitor import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def kept(house: House) -> list[tuple[int, str, int]]:
    with house.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(feedback.c.id, feedback.c.state, feedback.c.version))]


def test_a_forged_post_from_another_site_changes_nothing(house: House) -> None:
    record, ann = house.give("the page is old"), house.signed_in("ann")
    fields = [("mark", ann.mark), ("version", "1"), ("state", "done"), ("theme", "money")]
    forged = [
        ann.post(f"/desk/feedback/{record}", fields, {"origin": "https://evil.test", "sec-fetch-site": "cross-site"}),
        ann.post(f"/desk/feedback/{record}", fields, {"origin": "https://evil.test", "sec-fetch-site": "none"}),
        ann.post(f"/desk/feedback/{record}", fields, {"origin": "null"}),
        ann.post(f"/desk/feedback/{record}", fields, {"sec-fetch-site": "same-site"}),
        ann.post(f"/desk/feedback/{record}", fields[1:]),
        ann.post(f"/desk/feedback/{record}", [("mark", "0" * 64), *fields[1:]]),
    ]
    assert [page.status_code for page in forged] == [403] * len(forged)
    assert kept(house) == [(record, "new", 1)]
    assert ann.post(f"/desk/feedback/{record}", fields).status_code == 200
    assert kept(house) == [(record, "done", 2)]


def test_a_forged_sign_in_form_is_refused(house: House) -> None:
    house.staff("ann")
    assert house.visitor().post("/desk/sign-in", [("name", "ann"), ("password", "x"), ("code", "1")]).status_code == 403


def test_every_page_that_changes_something_wants_the_mark(house: House) -> None:
    ann = house.signed_in("ann", ("reviewer", "council", "editor", "admin", "safeguarding"))
    inner: Any = house.app
    paths = [route.path for route in inner.app.routes if "POST" in (getattr(route, "methods", None) or ())]
    assert len(paths) >= 10
    for path in paths:
        if path in ("/desk/sign-in", "/desk/set-up", "/desk/set-up/password"):
            continue
        real = path.format(id=1, area="east", year=2026, slug="short-breaks", number=1, kind="html")
        assert ann.post(real, [("mark", "f" * 64)]).status_code == 403, path


def test_no_page_reads_a_name_that_the_frame_sets_for_itself(house: House) -> None:
    pages = house.desk.pages
    frame = pages.parse((TEMPLATES / "page.html").read_text(encoding="utf-8"))
    own = {
        name.name
        for node in frame.find_all((nodes.Assign, nodes.AssignBlock))
        for name in node.find_all(nodes.Name)
        if name.ctx == "store"
    }
    assert own
    for file in TEMPLATES.glob("*.html"):
        if file.name != "page.html":
            asked = meta.find_undeclared_variables(pages.parse(file.read_text(encoding="utf-8")))
            assert not asked & own, f"{file.name} would get what the frame of every page sets"


def test_another_areas_record_is_not_there(house: House) -> None:
    mine, other = (
        house.give("mine", "east"),
        house.give("secret of the west", "west", public_words="west", state="council"),
    )
    ann = house.signed_in("ann", ("reviewer", "council", "editor", "admin", "safeguarding"))
    none = ann.get("/desk/feedback/999999")
    for path in (f"/desk/feedback/{other}", f"/desk/council/{other}"):
        page = ann.get(path)
        assert page.status_code == 404
        assert page.text == none.text, "as if it had never been there"
    mark = ann.mark
    for path, fields in (
        (f"/desk/feedback/{other}", [("version", "1"), ("state", "done")]),
        (f"/desk/feedback/{other}/undo", [("change", "1")]),
        (f"/desk/council/{other}", [("version", "1"), ("council_response", "x")]),
        ("/desk/export", [("area", "west"), ("format", "csv")]),
        ("/desk/report/west/2026", [("version", "0"), ("introduction", "x")]),
        ("/desk/questions", [("question", str(house.ask("west?", 1, "west"))), ("do", "close")]),
    ):
        assert ann.post(path, [("mark", mark), *fields]).status_code == 404, path
    for path in ("/desk/inbox?area=west", "/desk/figures?area=west", "/desk/report/west/2026", "/desk/report/west/2026/file.csv",
                 "/desk/questions?area=west", "/desk/changes.yaml?area=west", "/desk/safeguarding/what-to-do?area=west"):  # fmt: skip
        assert ann.get(path).status_code == 404, path
    assert "secret of the west" not in ann.get("/desk/inbox").text
    assert "secret of the west" not in ann.search("secret").text
    assert [row[0] for row in kept(house) if row[1] == "new"] == [mine]


def test_an_export_holds_one_area_and_nothing_under_safeguarding(house: House) -> None:
    house.give("mine", "east")
    house.give("of the west", "west")
    house.give("someone hurts me", "east", state="safeguarding")
    ann = house.signed_in("ann")
    for kind in feedback_export.FORMATS:
        done = ann.send("/desk/export", format=kind)
        assert done.status_code == 200
        assert "attachment" in done.headers["content-disposition"]
        text = done.text if kind != "xlsx" else str(list(load_workbook(io.BytesIO(done.content)).worksheets[0].values))
        assert "mine" in text
        assert "of the west" not in text
        assert "hurts" not in text
    assert ann.send("/desk/export", format="exe").status_code == 422
    assert ann.send("/desk/export", format="csv", since="yesterday").status_code == 422


EVIL = (
    '=cmd|"/c calc"!A0',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1",
    " =1",
    "\uff1d1+1",
    '=HYPERLINK("http://evil.test")',
    "|x",
    "%x",
)


def test_a_formula_in_a_cell_is_text(house: House) -> None:
    for words in EVIL:
        house.give(words, response=words)
    items = inbox.export(house.engine, "ann", Filters(("east",)), "csv", house.seals, house.clock())
    table = feedback_export.rows(items, "unreadable")
    rows = list(csv.DictReader(io.StringIO(feedback_export.write("csv", table).decode("utf-8-sig"), newline="")))
    assert len(rows) == len(EVIL)
    for row in rows:
        for value in row.values():
            assert not value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "|", "%")), value
    book = load_workbook(io.BytesIO(feedback_export.write("xlsx", table)))
    sheet = book.active
    assert sheet is not None
    assert "f" not in {cell.data_type for line in sheet.iter_rows() for cell in line}
    back = [json.loads(line)["words"] for line in feedback_export.write("jsonl", table).decode().splitlines()]
    assert sorted(back) == sorted(EVIL), "a program gets the words as they are"


def test_control_characters_and_lone_surrogates_do_not_break_an_export(house: House) -> None:
    table = [
        (
            1,
            "east",
            "2026-11-22",
            "new",
            "offer",
            "money",
            None,
            None,
            False,
            "a\x00b\x0b\ud800c",
            None,
            False,
            None,
            None,
            "x" * 40_000,
        )
    ]
    assert load_workbook(io.BytesIO(feedback_export.write("xlsx", table))).active is not None
    for kind in ("csv", "jsonl"):
        assert feedback_export.write(kind, table)


def test_html_in_feedback_is_shown_as_it_was_typed(house: House) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'></textarea><b>"
    record = house.give(
        evil,
        state="council",
        public_words=evil,
        note=evil,
        response=evil,
        council_response=evil,
        done_text=evil,
        published=True,
        theme="money",
    )
    house.ask(evil, 1)
    ann = house.signed_in("ann", ("reviewer", "council", "editor"))
    ann.send(f"/desk/feedback/{record}", note=evil + "x", response=evil + "y")
    assert "Published: everybody" in ann.publish(record, done=None).text
    for path in ("/desk/inbox", f"/desk/feedback/{record}", "/desk/council", f"/desk/council/{record}",
                 "/desk/questions", "/desk/report/east/2026", "/desk/report/east/2026/file.html", "/desk/report/east/2026/file.html?download=1"):  # fmt: skip
        page = ann.get(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path
        assert "&lt;script&gt;" in page.text, path


def test_a_body_that_is_too_large_is_refused_whatever_it_says_of_its_length(house: House) -> None:
    record, ann = house.give("x"), house.signed_in("ann")
    large = [("mark", ann.mark), ("version", "1"), ("note", "x" * MOST_BYTES)]
    assert ann.post(f"/desk/feedback/{record}", large).status_code == 413
    assert ann.post(f"/desk/feedback/{record}", [("a", "")] * 5_000).status_code == 413

    def pieces() -> object:
        for _ in range(40):
            yield b"note=" + b"x" * 10_000

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert ann.http.post(f"/desk/feedback/{record}", content=pieces(), headers=kind).status_code == 413  # type: ignore[arg-type]
    too_long = ann.send(f"/desk/feedback/{record}", note="x" * 4_001)
    assert too_long.status_code == 422
    assert kept(house) == [(record, "new", 1)]


def test_every_answer_carries_the_headers_that_keep_a_page_in_its_place(house: House) -> None:
    ann = house.signed_in("ann")
    for page in (
        ann.get("/desk/inbox"),
        ann.get("/desk/nothing"),
        ann.get("/desk/sign-in"),
        ann.get("/healthz"),
        ann.post("/desk/inbox", []),
    ):
        policy = page.headers["content-security-policy"]
        assert "'unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["cache-control"] == "no-store"
        assert "max-age" in page.headers["strict-transport-security"]
    assert "public" in ann.get("/static/desk.css").headers["cache-control"]
    assert ann.http.get("https://other.test/desk/inbox").status_code == 400, "another host's name"


def test_what_fails_says_nothing_of_why(house: House, caplog: pytest.LogCaptureFixture) -> None:
    record, ann = house.give("my words are secret"), house.signed_in("ann")
    with house.engine.begin() as connection:
        connection.exec_driver_sql("alter table changes rename to damaged")
    page = ann.get(f"/desk/feedback/{record}")
    assert page.status_code == 500
    assert "Something went wrong" in page.text
    assert "Traceback" not in page.text + caplog.text
    assert "damaged" not in page.text


def test_health_pages_tell_whether_the_database_is_there(house: House) -> None:
    visitor = house.visitor()
    assert visitor.get("/healthz").json() == {"ok": True}
    assert visitor.get("/readyz").json() == {"ready": True}
    house.engine.dispose()
    house.file.unlink()
    assert visitor.get("/readyz").status_code == 503
    assert visitor.get("/healthz").status_code == 200


def test_safeguarding_takes_a_record_out_of_everybodys_sight_but_the_few(house: House) -> None:
    record, ann = house.give("someone hurts me"), house.signed_in("ann")
    lead = house.signed_in("lead", ("safeguarding",))
    arrived = ann.send(f"/desk/feedback/{record}", state="safeguarding")
    assert arrived.url.path == f"/desk/safeguarding/{record}"
    assert "0161 496 0111" in arrived.text
    assert "999" in arrived.text
    assert ann.get(f"/desk/feedback/{record}").status_code == 404
    assert ann.get("/desk/safeguarding").status_code == 404
    for path in (
        "/desk/inbox",
        "/desk/inbox?state=safeguarding",
        "/desk/figures",
        "/desk/report/east/2026",
    ):
        assert "someone hurts" not in ann.get(path).text
    assert "someone hurts" not in ann.search("hurts").text
    assert f"Comment {record}" in lead.get("/desk/safeguarding").text
    opened = lead.get(f"/desk/feedback/{record}")
    assert "someone hurts me" in opened.text
    assert "0161 496 0111" in opened.text
    assert lead.get("/desk/inbox").status_code == 404, "that role alone is no reviewer"
    lines = [(line.who, line.what, line.about) for line in house.trail()]
    assert ("lead", "safeguarding read", f"feedback {record}") in lines
    lead.send(f"/desk/feedback/{record}", state="read")
    assert "someone hurts me" in ann.get("/desk/inbox").text


def test_the_council_sees_what_was_passed_on_in_its_redacted_words_and_answers_it(house: House) -> None:
    record = house.give("Kai at Elm School waits for a plan", note="the family is known")
    ann, council = house.signed_in("ann"), house.signed_in("cat", ("council",))
    assert council.get(f"/desk/council/{record}").status_code == 404, "not passed on yet"
    refused = ann.send(f"/desk/feedback/{record}", state="council")
    assert refused.status_code == 422
    assert "Write the words for publication first" in refused.text
    ann.send(f"/desk/feedback/{record}", state="council", public_words="A child waits for a plan")
    for path in ("/desk/council", f"/desk/council/{record}"):
        page = council.get(path)
        assert "A child waits for a plan" in page.text
        assert "Kai" not in page.text
        assert "family is known" not in page.text
    assert council.get(f"/desk/feedback/{record}").status_code == 404
    assert council.get("/desk/inbox").status_code == 404
    saved = council.send(f"/desk/council/{record}", council_response="We have sent the plan.")
    assert "Saved" in saved.text
    assert house.row(record)["council_response"] == "We have sent the plan."
    forged = council.post(f"/desk/feedback/{record}", [("mark", council.mark), ("version", "3"), ("response", "x")])
    assert forged.status_code == 404
    assert "We have sent the plan." in ann.get(f"/desk/feedback/{record}").text


def test_two_people_at_one_record_do_not_overwrite_each_other(house: House) -> None:
    record = house.give("x")
    ann, bea = house.signed_in("ann"), house.signed_in("bea")
    mine = dict(bea.fields(bea.get(f"/desk/feedback/{record}"))[0])
    ann.send(f"/desk/feedback/{record}", response="from ann")
    late = bea.post(f"/desk/feedback/{record}", list({**mine, "response": "from bea"}.items()))
    assert late.status_code == 409
    assert "from bea" in late.text, "what was typed is not lost"
    assert house.row(record)["response"] == "from ann"


def test_every_change_is_kept_with_who_and_when_and_can_be_undone(house: House) -> None:
    record, ann = house.give("x"), house.signed_in("ann")
    ann.send(f"/desk/feedback/{record}", state="read", theme="health", note="rang them")
    page = ann.get(f"/desk/feedback/{record}")
    for text in (
        "State</strong> by ann",
        "Theme</strong> by ann",
        "Internal note</strong> by ann",
        "22 November 2026, 12:00",
    ):
        assert text in page.text
    undone = ann.send(f"/desk/feedback/{record}", form=1)
    assert "Undone." in undone.text
    assert house.row(record)["note"] is None
    with sqlite3.connect(house.file) as base:
        changes = base.execute("select field, undone from changes order by id").fetchall()
    assert changes == [("state", 0), ("theme", 0), ("note", 1), ("note", 0)]
    ann.send(f"/desk/feedback/{record}", theme="money")
    again = ann.send(f"/desk/feedback/{record}", form=3)
    assert again.status_code == 409
    assert "changed again since" in again.text


def test_words_of_the_desk_are_sealed_in_the_file(house: House) -> None:
    record, ann = house.give("kingfisher words"), house.signed_in("ann", ("reviewer", "editor"))
    ann.send(f"/desk/feedback/{record}", note="wagtail note", public_words="dipper words")
    house.ask("where do herons nest", 1)
    ann.send("/desk/questions", phrases="heron phrase", entry="east/bus-pass", do="answer")
    ann.send("/desk/report/east/2026", introduction="plover introduction")
    house.engine.dispose()
    with sqlite3.connect(house.file) as base:
        base.execute("pragma wal_checkpoint(truncate)")
    stored = house.file.read_bytes()
    for word in (b"kingfisher", b"wagtail", b"dipper", b"herons", b"heron phrase", b"plover"):
        assert word not in stored


def test_the_inbox_filters_searches_and_counts_what_is_new(house: House) -> None:
    house.give("The bus was late", theme="money", kind="missing", young=True, days=1)
    house.give("A lovely swimming club", theme="health", felt="good", topic="national/sleep", days=40)
    house.give("Read already", state="read")
    ann = house.signed_in("ann")
    page = ann.get("/desk/inbox")
    assert 'class="count">2<' in page.text
    assert "3 comments" in page.text
    for query, shown in (
        ("theme=health", "swimming"), ("kind=missing", "The bus"), ("young=yes", "The bus"),
        ("topic=national/sleep", "swimming"), ("state=read", "Read already"), ("until=2026-11-01", "swimming"),
        ("since=2026-11-21&until=2026-11-21", "The bus"),
    ):  # fmt: skip
        found = ann.get(f"/desk/inbox?{query}").text
        assert "1 comment " in found.replace("<", " "), query
        assert shown in found, query
    assert "Nothing fits" in ann.search("zebra").text
    assert "A day is written like" in ann.get("/desk/inbox?since=soon").text
    for odd in ("page=0", "page=-1", "page=99999", "page=x", "state=x", "kind=x", "young=x", "theme='--"):
        assert ann.get(f"/desk/inbox?{odd}").status_code == 200


def test_questions_that_are_alike_stand_together_and_lead_to_a_change_of_the_content(house: House) -> None:
    for n, words in enumerate(
        (
            "is there a swimming class for wheelchair kids",
            "swimming class for my wheelchair kid",
            "who pays for a tutor",
        )
    ):
        house.ask(words, n)
    ed = house.signed_in("ed", ("editor",))
    page = ed.get("/desk/questions")
    assert "2 alike" in page.text
    assert "3 questions wait" in page.text
    assert ed.send("/desk/questions", guess=None, entry="").status_code == 422
    assert ed.send("/desk/questions", guess=None, entry="west/taxi").status_code == 422
    done = ed.send(
        "/desk/questions",
        guess=None,
        entry="east/bus-pass",
        phrases="swimming for wheelchair users\nwheelchair swimming: a class?",
    )
    assert done.url.path == "/desk/content/entry/east/bus-pass"
    text = ed.get("/desk/changes.yaml").text
    assert "bus-pass:\n  phrases:\n  - swimming for wheelchair users\n  - 'wheelchair swimming: a class?'\n" in text
    assert "money.yaml" in text
    assert "1 question waits" in ed.get("/desk/questions").text
    assert ed.get("/desk/inbox").status_code == 404
    ed.send("/desk/changes")
    assert "No change waits" in ed.get("/desk/changes").text


def test_a_forgotten_question_takes_its_change_with_it(house: House) -> None:
    question = house.ask("is there a swimming class", 1)
    ed = house.signed_in("ed", ("editor",))
    ed.send("/desk/questions", guess=None, entry="east/bus-pass")
    with house.engine.begin() as connection:
        connection.exec_driver_sql(f"delete from questions where id = {question}")
    assert "No change waits" in ed.get("/desk/changes").text


def test_figures_show_answers_by_helpfulness_and_themes(house: House) -> None:
    house.give("x", theme="money", days=20)
    house.count("helpful", 4, entry="east/bus-pass")
    house.count("unhelpful", 12, entry="east/bus-pass")
    page = house.signed_in("ed", ("editor",)).get("/desk/figures").text
    assert "Bus pass" in page
    assert "25 %" in page
    assert "<svg" in page
    assert "<caption>Comments by theme" in page


def test_an_administrator_looks_after_the_people_of_their_own_areas(house: House) -> None:
    house.staff("zoe", areas=("west",))
    adm = house.signed_in("adm", ("admin",))
    page = adm.get("/desk/staff")
    assert "zoe" not in page.text, "nor in the audit trail"
    added = adm.send("/desk/staff", form=0, name="New Person", area="east", role=["reviewer"], do="add")
    assert "one-time set-up secret" in added.text
    assert adm.send("/desk/staff", form=1, name="x", area="west", role=["reviewer"], do="add").status_code == 422
    for name in ("zoe", "adm", "nobody"):
        assert adm.post("/desk/staff", [("mark", adm.mark), ("name", name), ("do", "reset")]).status_code == 404
    adm.post("/desk/staff", [("mark", adm.mark), ("name", "new person"), ("do", "disable")])
    assert "Closed" in adm.get("/desk/staff").text
    assert house.signed_in("ann").get("/desk/staff").status_code == 404
