"""Today, the first page: what waits, each role its own part, counts and links alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.desk_visitor import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def words(page: str) -> str:
    """The main part of a page as words with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_today_counts_what_waits_and_says_for_how_long(house: House) -> None:
    house.give("said in confidence", days=9)
    house.give("b", days=2)
    house.give("c", area="west")
    asked = house.give("d", days=40, public_words="a child waits")
    answered = house.give("e", state="council", public_words="p", council_response="We mend it.")
    house.give("old", days=350)
    house.ask("where do herons nest", 1)
    house.count("unhelpful", 3, entry="east/bus-pass")
    house.count("helpful", 1, entry="east/bus-pass")
    house.count("helpful", 1, entry="national/sleep")
    ann = house.signed_in("ann")
    ann.send(f"/desk/feedback/{asked}", state="council")
    house.clock.on(days=12)
    again = house.visitor()
    again.sign_in("bea", house.staff("bea"))
    page = again.get("/desk/")
    assert page.url.path == "/desk/today"
    text = words(page.text)
    assert "3 new comments , the oldest for 362 days" in text
    assert "1 comment waits for the council , the oldest for 12 days" in text
    assert "1 comment has the council’s answer" in text
    assert f'href="/desk/feedback/{answered}"' in page.text
    assert "1 question without an answer" in text
    assert "1 answer that more families found unhelpful" in text
    assert "Bus pass 3 1" in text
    assert 'href="/?area=east&amp;topic=east/bus-pass"' in page.text
    assert 'href="/desk/inbox?topic=east/bus-pass&amp;area=east"' in page.text
    assert "No comments are yours to see to." in text, "what does not wait stands in one line"
    assert "deletes 1 comment that nobody has saved" in text
    assert "East, 2026 : not begun" in text
    assert "confidence" not in text.replace("said was said in confidence", "")
    again.send("/desk/report/east/2026", introduction="x")
    assert "East, 2026 : a draft, last saved by bea on 4 December 2026" in words(again.get("/desk/today").text)


def test_each_role_sees_its_own_part(house: House) -> None:
    house.give("x", state="safeguarding")
    house.give("y", state="council", public_words="y", days=3)
    seen = {
        role: words(house.signed_in(role, (role,)).get("/desk/").text)
        for role in ("reviewer", "council", "editor", "admin", "safeguarding")
    }
    assert "wait for your response" in seen["council"] or "waits for your response" in seen["council"]
    assert "new comments" in seen["reviewer"]
    for role in ("council", "editor", "admin", "safeguarding"):
        assert "new comments" not in seen[role], role
    assert "1 matter of safeguarding is open" in seen["safeguarding"]
    for role in ("reviewer", "council", "editor", "admin"):
        assert "of safeguarding is open" not in seen[role], role


def test_a_new_desk_says_what_to_do_first_and_a_new_lead_is_told(house: House) -> None:
    ann, admin = house.signed_in("ann"), house.signed_in("admin", ("admin",))
    first = words(ann.get("/desk/").text)
    assert "Nothing has come in yet" in first
    assert "Nobody holds the safeguarding role in East" in first
    admin.post("/desk/staff", [("mark", admin.mark), ("name", "ann"), ("do", "roles"), ("area", "east"),
                               ("role", "reviewer"), ("role", "safeguarding")])  # fmt: skip
    then = words(ann.get("/desk/").text)
    assert "Nobody holds" not in then
    house.clock.on(days=1)
    house.staff("zed", ("safeguarding",))
    assert "zed, given the role by test, 23 November 2026" in words(house.signed_in("bea").get("/desk/").text)
    assert "ann, given the role by admin, 22 November 2026" in then
