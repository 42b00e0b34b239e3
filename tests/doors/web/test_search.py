"""The search of the inbox: forms of a word, every field, what is marked, counts beside it, and no word in an address (P11)."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from conversations.forum.search import folded, query
from conversations.records import issues
from conversations.records.tables import issues as issues_table
from tests.support.desk_visitor import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.parametrize(
    ("sought", "text"),
    [
        ("O'Connor", "Mrs O’Connor rang"),
        ("oconnor", "Mrs O'Connor rang"),
        ("café", "the cafe is shut"),
        ("cafe", "the CAFÉ is shut"),
        ("cafe", "the cafe\u0301 is shut"),
        ("co-production", "a coproduction group"),
        ("coproduction", "a co-production group"),
        ("production", "a co\u2011production group"),
        ("transports", "school transport"),
        ("transport", "he was transported"),
        ("happier", "a happier child"),
        ("happy", "happily ever after"),
        ("hydro", "the hydrotherapy pool"),
        ("buses late", "late again, the bus"),
        ("504", "the 504 bus"),
        ("Žofie", "zofie spoke"),
    ],
)
def test_a_word_is_found_in_every_form(sought: str, text: str) -> None:
    wanted = query(sought)
    assert wanted is not None
    assert wanted.stands_in(folded(text))
    assert any(marked for _, marked in wanted.marked(text))
    assert "".join(piece for piece, _ in wanted.marked(text)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("sought", "text"),
    [
        ("bus", "he was busy"),
        ("late bus", "the bus came"),
        ("car", "a carer"),
        ("production co", "a coproducer"),
        ("50", "504"),
    ],
)
def test_another_word_is_not_found(sought: str, text: str) -> None:
    wanted = query(sought)
    assert wanted is not None
    assert not wanted.stands_in(folded(text))


def test_what_holds_no_word_seeks_nothing() -> None:
    for nothing in ("", "  ", "?!", "-", "'"):
        assert query(nothing) is None


def test_an_excerpt_shows_what_was_found_and_is_short() -> None:
    wanted = query("otter")
    assert wanted is not None
    long = "word " * 400 + "the otters club " + "more " * 400
    pieces = wanted.excerpt(long)
    assert [text for text, marked in pieces if marked] == ["otters"]
    assert len("".join(text for text, _ in pieces)) < 220
    assert pieces[0][0].startswith("…")
    assert pieces[-1][0].endswith("…")


def test_every_field_is_searched_and_marked(house: House) -> None:
    fields: dict[str, Any] = {
        "note": "rang the heron centre", "public_words": "a heron closed", "response": "Herons again.",
        "council_response": "No heron.", "done_text": "A heron came.",
    }  # fmt: skip
    for name, text in fields.items():
        house.give(f"about {name}", state="done", **{name: text})
    house.give("about the topic", topic="east/bus-pass")
    thread = house.give("about a thread")
    house.give("nothing of it")
    ann = house.signed_in("ann")
    ann.send(f"/desk/feedback/{thread}", add_note="asked the heron people")
    page = ann.search("heron").text
    assert "6 comments" in page
    assert "Notes:" in page
    assert len(re.findall(r"<mark>\s*[Hh]erons?\s*</mark>", page)) == 6
    assert "Internal note:" in page
    by_topic = ann.search("passes").text
    assert "1 comment " in by_topic.replace("<", " ")
    assert "Bus <mark>pass</mark>" in by_topic


def begin_issue(house: House, area: str = "east", **texts: str) -> int:
    """An issue with some texts."""
    with house.engine.begin() as connection:
        return issues.store(connection, area, texts, 0, house.seals)


def test_every_text_of_an_issue_is_searched_and_marked_apart_from_comments_and_within_the_area(house: House) -> None:
    fields = ("title", "you_said", "question", "answer_text", "who", "we_did")
    ids = [begin_issue(house, **{"title": "A matter", name: f"Herons of {name}"}) for name in fields]
    begin_issue(house, "west", title="The heron of the west")
    begin_issue(house, title="An otter", you_said="Not sought.")
    inside = house.give("about the heron", theme="health")
    house.give("another", issue=ids[1])
    ann = house.signed_in("ann")
    found = ann.search("heron")
    assert "1 comment and 6 issues with “heron”" in found.text
    issues_, comments = found.text.split("<h2>Comments</h2>")
    assert re.findall(r'href="/desk/issues/(\d+)"', issues_) == [str(one) for one in reversed(ids)]
    assert issues_.count("<mark>Herons</mark>") == 6
    for name in ("Question to the council", "The answer in words", "We did", "You said", "Who sees to it"):
        assert f"{name}: <mark>" in issues_
    assert "<span>1 comment</span>" in issues_
    assert f"/desk/feedback/{inside}?s=" in comments
    assert "heron" not in str(found.url)
    assert "of the west" not in found.text
    alone = ann.search("heron", "theme=money").text
    assert "0 comments and 6 issues" in alone
    assert "No comment fits." in alone
    assert "/desk/issues/" not in ann.search("zebra").text.partition('id="results"')[2]
    both = house.signed_in("bea", areas=("east", "west"))
    assert "1 comment and 7 issues" in both.search("heron").text
    assert "1 issue with" in both.search("heron", "area=west").text


def test_an_issue_that_cannot_be_read_is_told_and_the_first_page_alone_shows_issues(house: House) -> None:
    for n in range(60):
        begin_issue(house, title=f"Otter {n}")
    with house.engine.begin() as connection:
        connection.execute(update(issues_table).where(issues_table.c.id == 1).values(texts=b"\0"))
    for n in range(30):
        house.give(f"the otter {n}")
    ann = house.signed_in("ann")
    first = ann.search("otter")
    assert "30 comments and 59 issues with “otter”. 1 could not be searched" in " ".join(first.text.split())
    assert "The 50 newest of 59 issues" in first.text
    assert first.text.count('href="/desk/issues/') == 50
    second = ann.get(f"{first.url}&page=2")
    assert "30 comments and 59 issues" in second.text
    assert 'href="/desk/issues/' not in second.text


def test_words_that_are_sought_stand_in_no_address_and_in_no_cookie(house: House) -> None:
    for n in range(30):
        house.give(f"the kingfisher club {n}")
    ann = house.signed_in("ann")
    page = ann.search("kingfisher")
    addresses = [
        str(page.url),
        *(str(one.url) for one in page.history),
        *re.findall(r'(?:href|action)="([^"]*)"', page.text),
    ]
    assert not [address for address in addresses if "kingfisher" in address]
    assert not [cookie for cookie in ann.http.cookies.jar if "kingfisher" in str(cookie.value)]
    assert "30 comments" in page.text
    older = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert older is not None
    second = ann.get("/desk/inbox" + older[1].replace("&amp;", "&"))
    assert "Page 2 of 2" in second.text
    assert 'value="kingfisher"' in second.text


def test_a_search_is_its_owners_and_two_tabs_have_each_their_own(house: House) -> None:
    house.give("the otter club")
    house.give("the heron club")
    ann = house.signed_in("ann")
    first, second = ann.search("otter"), ann.search("heron")
    assert "otter" in ann.get(str(first.url)).text
    assert "heron" in ann.get(str(second.url)).text
    bea = house.signed_in("bea")
    name = next(cookie.name for cookie in ann.http.cookies.jar if cookie.name.endswith("-search"))
    bea.http.cookies.set(name, str(ann.http.cookies[name]), domain="desk.test")
    page = bea.get(str(first.url)).text
    assert "That search has ended." in page
    assert 'value="otter"' not in page
    for odd in ("x", "=" * 30, "AAAA" * 20):
        bea.http.cookies.delete(name)
        bea.http.cookies.set(name, odd, domain="desk.test")
        assert bea.get(str(first.url)).status_code == 200


def test_counts_of_states_follow_the_filters_and_the_search(house: House) -> None:
    for n, state in enumerate(("new", "new", "read", "done")):
        house.give(f"otter {n}", state=state, theme="money" if n else "health")
    house.give("heron", state="read")
    ann = house.signed_in("ann")

    def counts(page: str) -> dict[str, int]:
        return {name: int(n) for name, n in re.findall(r'>(\w[\w ]*) <span class="n">(\d+)<', page)}

    whole = counts(ann.search("otters").text)
    assert (whole["All"], whole["New"], whole["Read"], whole["Done"]) == (4, 2, 1, 1)
    part = counts(ann.search("otters", "theme=money&state=read").text)
    assert (part["All"], part["New"], part["Read"], part["Done"]) == (3, 1, 1, 1)
    alone = counts(ann.get("/desk/inbox?theme=money").text)
    assert (alone["All"], alone["New"], alone["Read"]) == (4, 1, 2)
