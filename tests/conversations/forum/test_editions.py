"""What is handed in is frozen with its date; what a family takes back leaves it, and no number tells that it did (F4, P10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from conversations.forum import editions, reports
from conversations.forum.reports import Report
from conversations.records import feedback
from conversations.records.staff_tables import edition_rows
from tests.support.desk_visitor import House, Visitor

PATH = "/desk/report/east/2026"
CLUB: dict[str, Any] = {"next-1": "A new club by May 2027."}
MORE: dict[str, Any] = {**CLUB, "next-2": "A ramp.", "next-3": "Left out."}
OPENED: dict[str, Any] = {"kept-1": "It opened in June 2027."}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A desk after a year with eight published comments."""
    house = House(tmp_path)
    for n in range(8):
        house.give(f"told {n}", state="done", published=True, public_words=f"Words {n}.", response=f"Answer {n}.")
    house.clock.on(days=60)
    return house


def freeze(ann: Visitor) -> None:
    assert "The edition is frozen." in ann.send(PATH, form=1).text


def edition(house: House, number: int) -> Report:
    found = editions.edition(house.engine, "ann", "east", 2026, number, "csv", house.seals, house.clock())
    assert found is not None
    return found


def said(report: Report) -> list[str]:
    return [row.said for section in report.sections for row in section.rows]


def withdraw(house: House, *records: int) -> None:
    with house.engine.begin() as connection:
        for record in records:
            assert feedback.withdraw(connection, record)


def test_an_edition_stays_as_it_was_but_for_what_was_taken_back(house: House) -> None:
    ann = house.signed_in("ann")
    page = ann.get(PATH)
    keep = [value for name, value in ann.fields(page)[0] if name == "keep" and value != "3"]
    ann.send(PATH, introduction="First.", keep=keep, **CLUB)
    freeze(ann)
    ann.send(PATH, introduction="Second.")
    house.give("late", days=200, state="done", published=True, public_words="Late words.")
    first = edition(house, 1)
    assert first.draft.introduction == "First."
    assert said(first) == [f"Words {n}." for n in range(8) if n != 2]
    assert first.sections[0].rows[0].next == "A new club by May 2027."
    assert first.edition is not None
    assert first.edition.who == "ann"
    withdraw(house, 1)
    ann.send("/desk/feedback/5", published="no")
    assert said(edition(house, 1)) == ["Words 1.", "Words 3.", "Words 5.", "Words 6.", "Words 7."]
    with house.engine.connect() as connection:
        kept = connection.execute(select(edition_rows.c.feedback)).scalars().all()
    assert sorted(kept) == [2, 4, 5, 6, 7, 8], "nothing of what was taken back is kept, sealed or not"


def test_the_next_edition_says_that_comments_left_and_keeps_the_counts_of_the_first(house: House) -> None:
    ann = house.signed_in("ann")
    freeze(ann)
    before = edition(house, 1)
    withdraw(house, 1, 2)
    house.give("one that came late", days=200)
    freeze(ann)
    second = edition(house, 2)
    assert second.left is not None
    assert second.left[0] == 2
    assert (second.total, second.tables) == (before.total, before.tables) == (8, before.tables)
    text = ann.get(f"{PATH}/editions/2.html").text
    assert "Fewer than 5 comments that stood in the edition of" in text, "a number under 5 is not told"
    withdraw(house, 3, 4, 5, 6, 7)
    freeze(ann)
    assert "5 comments that stood in the edition of" in ann.get(f"{PATH}/editions/3.html").text


def test_only_a_year_that_is_over_and_the_draft_that_was_looked_at_are_frozen(house: House) -> None:
    ann = house.signed_in("ann")
    mark = ann.mark
    early = ann.post("/desk/report/east/2027/editions", [("mark", mark), ("version", "0")])
    assert early.status_code == 422
    assert "The year is not over." in early.text
    ann.send(PATH, introduction="Newer.")
    assert ann.post(f"{PATH}/editions", [("mark", mark), ("version", "0")]).status_code == 409
    assert editions.listed(house.engine, "east", 2026) == ()
    for path in ("1.pdf", "0.html", "x.html", "1.exe"):
        assert ann.get(f"{PATH}/editions/{path}").status_code == 404
    assert ann.post("/desk/report/west/2026/editions", [("mark", mark), ("version", "0")]).status_code == 404


def test_last_years_promises_come_back_with_what_became_of_them(house: House) -> None:
    ann = house.signed_in("ann")
    ann.send(PATH, keep=["1", "2"], **MORE)
    year = "/desk/report/east/2027"
    assert "A new club by May 2027." in ann.get(year).text
    ann.send(year, **OPENED)
    withdraw(house, 2)
    made = reports.report(house.engine, "east", 2027, house.seals, house.guide, house.desk.wording, house.clock())
    assert [(one.promised, one.kept) for one in made.promises] == [
        ("A new club by May 2027.", "It opened in June 2027.")
    ]
    text = ann.get(f"{year}/file.html").text
    for words in ("What was promised last year", "A new club by May 2027.", "It opened in June 2027."):
        assert words in text
