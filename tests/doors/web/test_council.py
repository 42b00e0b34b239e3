"""The council's list: what waits, the longest first, with days; asking back, not ours, its own export, a month's notice."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.doors.web.test_issues import PLAN, SHOWN, begin, record, save
from tests.support.desk_visitor import House, Visitor


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def passed_on(house: House, ann: Visitor, said: str) -> int:
    comment = house.give("their own words", public_words=said)
    ann.send(f"/desk/feedback/{comment}", state="council")
    return comment


def test_the_longest_wait_comes_first_and_more_than_a_month_stands_out(house: House) -> None:
    ann = house.signed_in("ann")
    old = passed_on(house, ann, "The oldest.")
    house.clock.on(days=20)
    ann = house.signed_in("bea")
    issue, _ = begin(house, ann)
    save(ann, issue, do="ask", **SHOWN, question="What now?")
    house.clock.on(days=15)
    ann = house.signed_in("cleo")
    new, done = passed_on(house, ann, "The newest."), passed_on(house, ann, "The answered one.")
    cat = house.signed_in("cat", ("council",))
    cat.send(f"/desk/council/{done}", council_response="We mended it.")
    page = cat.get("/desk/council").text
    places = [page.index(f'"/desk/council/{path}"') for path in (old, f"issues/{issue}", new, done)]
    assert places == sorted(places)
    text = words(page)
    assert "3 wait for you, the longest wait first. 1 for more than 30 days." in text
    assert "asked on 22 November 2026 (35 days ago)" in text
    assert "asked on 12 December 2026 (15 days ago)" in text
    assert page.count('class="card hot"') == 1
    assert "their own words" not in page
    today = words(cat.get("/desk/today").text)
    assert "2 comments wait for your response , the oldest for 35 days" in today
    assert "1 issue waits for your answer , the oldest for 15 days" in today


def test_the_council_asks_back_or_says_not_ours_and_the_forum_asks_again(house: House) -> None:
    ann, cat = house.signed_in("ann"), house.signed_in("cat", ("council",))
    comment = passed_on(house, ann, "It is late.")
    issue, _ = begin(house, ann)
    save(ann, issue, do="ask", **SHOWN, question="What now?")
    for path in (f"/desk/council/{comment}", f"/desk/council/issues/{issue}"):
        assert "Write what the forum should know" in cat.send(path, form=1, do="back", words=" ").text
    assert (
        "It waits for the forum now"
        in cat.send(f"/desk/council/{comment}", form=1, do="back", words="Which school?").text
    )
    cat.send(f"/desk/council/issues/{issue}", form=1, do="not-ours", words="Ask the academy.")
    listed = words(cat.get("/desk/council").text)
    assert "0 wait for you" in listed
    assert "You asked back" in listed
    assert "You said: not ours" in listed
    today = words(ann.get("/desk/today").text)
    assert "2 questions came back from the council" in today
    assert "no comments wait for the council" in today
    assert "Which school?" in ann.get(f"/desk/feedback/{comment}").text
    path = f"/desk/feedback/{comment}"
    assert "Write your reply" in ann.send(path, form=0, words="").text
    refused = ann.send(path, form=0, words="Kai Miller, 07700 900123")
    assert refused.status_code == 422
    assert "It waits for the council again." in ann.send(path, form=0, words="A primary school.").text
    assert "The council says that it is not theirs" in ann.get(f"/desk/issues/{issue}").text
    assert "Passed on." in save(ann, issue, do="ask", question="Who else could?").text
    listed = words(cat.get("/desk/council").text)
    assert "2 wait for you" in listed
    assert "A primary school." in cat.get(f"/desk/council/{comment}").text
    assert record(house, issue).standing == "asked"
    will = house.signed_in("will", ("council",), ("west",))
    for there in (f"/desk/council/{comment}", f"/desk/council/issues/{issue}"):
        assert will.post(there, [("mark", will.mark), ("do", "back"), ("words", "x")]).status_code == 404


def test_the_council_takes_its_own_list_away_in_redacted_words(house: House) -> None:
    ann, cat = house.signed_in("ann"), house.signed_in("cat", ("council",))
    house.give("of the west", "west", state="council", public_words="of the west")
    house.give("not passed on")
    passed_on(house, ann, "=1+1 is late")
    issue, _ = begin(house, ann)
    save(ann, issue, do="ask", **SHOWN, question="What now?")
    cat.send(f"/desk/council/issues/{issue}", **PLAN)
    done = cat.send("/desk/council", format="csv")
    rows = list(csv.DictReader(io.StringIO(done.text.lstrip("\ufeff"), newline="")))
    assert [(row["kind"], row["standing"]) for row in rows] == [
        ("comment", "Waits for the council"),
        ("issue", "Answered"),
    ]
    assert rows[0]["what families said"] == "'=1+1 is late"
    assert (rows[1]["title"], rows[1]["answer"], rows[1]["by when"]) == (SHOWN["title"], "It is planned", "2027-03-01")
    for hidden in ("their own words", "of the west", "not passed on"):
        assert hidden not in done.text
    assert house.trail()[0].about == "council list, 2 as csv"
    book = load_workbook(io.BytesIO(cat.send("/desk/council", format="xlsx").content))
    assert len(list(book.worksheets[0].values)) == 3
    assert cat.send("/desk/council", format="exe").status_code == 404
    assert ann.post("/desk/council/export", [("mark", ann.mark), ("format", "csv")]).status_code == 404
