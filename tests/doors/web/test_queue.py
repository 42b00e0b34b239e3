"""The inbox as a queue: filters kept from page to page, next and previous, save and next, ticks and bulk actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.desk_visitor import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.parametrize(("query", "words"), [("state=new&theme=money", ""), ("theme=money", "buses")])
def test_save_and_next_walks_down_the_filtered_list_to_its_end(house: House, query: str, words: str) -> None:
    walked = [house.give(f"bus {n}", days=n) for n in range(3)]
    house.give("bus of health", days=1, theme="health")
    house.give("of the west, bus", "west", days=1)
    house.give("bus, someone hurts me", days=1, state="safeguarding")
    ann = house.signed_in("ann")
    listed = ann.search(words, query)
    query = str(listed.url.query, "ascii")
    assert "bus" not in query, "no word that is sought stands in an address"
    assert f"/desk/feedback/{walked[0]}?" in listed.text
    page = ann.get(f"/desk/feedback/{walked[0]}?{query}")
    for n in (1, 2):
        fields = [pair for pair in ann.fields(page)[0] if pair[0] != "state"]
        page = ann.post(str(page.url.raw_path, "ascii"), [*fields, ("state", "read"), ("do", "next")])
        assert page.url.path == f"/desk/feedback/{walked[n]}"
        assert dict(page.url.params)["theme"] == "money"
        assert house.row(walked[n - 1])["state"] == "read"
    assert 'rel="next"' not in page.text
    assert ('rel="prev"' in page.text) is bool(words), "the one above is read now, and out of the list of new ones"
    page = ann.post(str(page.url.raw_path, "ascii"), [*ann.fields(page)[0], ("do", "next")])
    assert "That was the last one in this list." in page.text
    assert dict(page.url.params)["theme"] == "money"


def test_ticks_change_many_at_once_and_come_back_to_the_same_list(house: House) -> None:
    mine = [house.give(f"x{n}") for n in range(3)]
    other = house.give("of the west", "west")
    ann = house.signed_in("ann")
    page = ann.send("/desk/inbox?state=new", form=2, do="read", comment=[str(mine[0]), str(mine[1]), str(other)])
    assert "2 comments changed. 1 could not be changed." in page.text
    assert dict(page.url.params)["state"] == "new"
    assert [house.row(one)["state"] for one in (*mine, other)] == ["read", "read", "new", "new"]
    ann.send("/desk/inbox", form=2, do="theme", to_theme="health", comment=[str(mine[0])])
    assert house.row(mine[0])["theme"] == "health"
    ann.send("/desk/inbox", form=2, do="not-for-publication", comment=[str(mine[2])])
    assert house.row(mine[2])["state"] == "not-for-publication"
    wrong: list[dict[str, Any]] = [{"do": "safeguarding"}, {"do": "theme", "to_theme": "none"}, {"do": "done"}]
    for sent in wrong:
        ann.send("/desk/inbox", form=2, comment=[str(mine[1])], **sent)
    assert (house.row(mine[1])["state"], house.row(mine[1])["theme"]) == ("read", "money")
    assert "Tick one comment" in ann.send("/desk/inbox", form=2, do="read").text


def test_the_list_shows_how_it_felt_the_topic_and_the_age(house: House) -> None:
    house.give("x", days=3, felt="bad", topic="east/bus-pass")
    page = house.signed_in("ann").get("/desk/inbox").text
    for words in ("Felt: bad", "Bus pass", "(3 days ago)"):
        assert words in page
