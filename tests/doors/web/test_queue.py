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
    refused = ann.send("/desk/inbox", form=2, do="read").text
    assert "Tick one comment" in refused
    assert "<title>Error: Inbox" in refused


def test_the_list_shows_how_it_felt_the_topic_and_the_age(house: House) -> None:
    house.give("x", days=3, felt="bad", topic="east/bus-pass")
    page = house.signed_in("ann").get("/desk/inbox").text
    for words in ("Felt: bad", "Bus pass", "(3 days ago)"):
        assert words in page


def test_notes_are_a_thread_that_each_writes_for_the_others_and_the_council_never_sees(house: House) -> None:
    record = house.give("x", state="council", public_words="y")
    ann, bea, cat = house.signed_in("ann"), house.signed_in("bea"), house.signed_in("cat", ("council",))
    path = f"/desk/feedback/{record}"
    ann.send(path, add_note="rang the linnet school", response="Thank you.")
    house.clock.on(minutes=5)
    page = bea.send(path, add_note="they ring back on Monday").text
    assert page.index("rang the linnet school") < page.index("they ring back on Monday")
    assert "<strong>ann</strong>, 22 November 2026, 12:00" in page
    assert house.row(record)["response"] == "Thank you.", "the note is saved with all else"
    assert "linnet" not in cat.get(f"/desk/council/{record}").text
    assert "linnet" not in cat.get("/desk/council").text
    assert b"linnet" not in b"".join(file.read_bytes() for file in house.file.parent.glob("signpost.sqlite3*"))
    assert bea.post(f"{path}/note", [("mark", bea.mark), ("note", "1")]).status_code == 404, "another's stays"
    ann.post(f"{path}/note", [("mark", ann.mark), ("note", "1")])
    assert "linnet" not in ann.get(path).text
    refused = ann.send(path, state="new", public_words="", add_note="typed in vain", response="x" * 4_001)
    assert refused.status_code == 422
    assert "typed in vain" in refused.text, "what was typed is not lost"


def test_a_comment_is_given_to_a_colleague_who_finds_it_on_today(house: House) -> None:
    first, second = house.give("a finch"), house.give("a robin", days=1)
    ann, bea = house.signed_in("ann"), house.signed_in("bea")
    house.signed_in("w", areas=("west",))
    page = ann.get(f"/desk/feedback/{first}").text
    assert '<option value="bea">' in page
    assert '<option value="w">' not in page, "who reviews another area only"
    ann.send(f"/desk/feedback/{first}", assigned="bea")
    assert '1</span> <span><a href="/desk/inbox?who=me">comment is yours' in bea.get("/desk/today").text
    assert "comments are yours" in ann.get("/desk/today").text
    mine = bea.get("/desk/inbox?who=me").text
    assert "finch" in mine
    assert "robin" not in mine.partition('class="list"')[2]
    assert "robin" in ann.get("/desk/inbox?who=nobody").text
    assert "Who sees to it</strong> by ann" in ann.get(f"/desk/feedback/{first}").text
    bea.send("/desk/inbox", form=2, do="assign", to_person="ann", comment=[str(first), str(second)])
    assert [house.row(one)["assigned"] for one in (first, second)] == ["ann", "ann"]
    bea.send("/desk/inbox", form=2, do="assign", to_person="nobody", comment=[str(second)])
    assert house.row(second)["assigned"] is None
    ann.send(f"/desk/feedback/{first}", assigned="w")
    ann.send("/desk/inbox", form=2, do="assign", to_person="w", comment=[str(first)])
    assert house.row(first)["assigned"] == "ann", "nobody of another area"
    both, west = house.signed_in("both", areas=("east", "west")), house.give("a wren", "west")
    given = both.send("/desk/inbox", form=2, do="assign", to_person="bea", comment=[str(first), str(west)])
    assert house.row(first)["assigned"] == "bea"
    assert house.row(west)["assigned"] is None, "each comment by its own area"
    assert "1 could not" in given.text
    ann.send(f"/desk/feedback/{first}", assigned="ann")
    ann.send(f"/desk/feedback/{first}", state="done")
    assert "finch" not in ann.get("/desk/inbox?who=me").text.partition('class="list"')[2]


def test_the_oldest_can_stand_first_and_next_follows_that_order(house: House) -> None:
    ids = [house.give(f"bus {n}", days=n) for n in range(3)]
    ann = house.signed_in("ann")
    for words in ("", "bus"):
        listed = ann.search(words, "order=oldest")
        page, query = listed.text, str(listed.url.query, "ascii")
        places = [page.index(f"/desk/feedback/{one}?") for one in ids]
        assert places == sorted(places, reverse=True)
        middle = ann.get(f"/desk/feedback/{ids[1]}?{query}").text
        assert f'rel="prev" href="/desk/feedback/{ids[2]}?' in middle
        assert f'rel="next" href="/desk/feedback/{ids[0]}?' in middle


def test_filters_are_kept_under_a_name_for_oneself_alone(house: House) -> None:
    ann, bea = house.signed_in("ann"), house.signed_in("bea")
    sent = [("mark", ann.mark), ("name", "  Transport,  new "), ("do", "keep")]
    page = ann.post("/desk/inbox/views?state=new&theme=money&q=kestrel&page=2", sent)
    assert "The filters are kept" in page.text
    assert '<a href="/desk/inbox?state=new&amp;theme=money">Transport, new</a>' in page.text, "no word that is sought"
    assert "Transport, new" not in bea.get("/desk/inbox").text
    bea.post("/desk/inbox/views", [("mark", bea.mark), ("view", "1"), ("do", "drop")])
    assert "Transport, new" in ann.get("/desk/inbox").text, "nobody else deletes them"
    assert "Choose filters first" in ann.post("/desk/inbox/views", sent).text
    ann.post("/desk/inbox/views?theme=health", sent)
    assert ann.get("/desk/inbox").text.count(">Transport, new</a>") == 1, "a name stands once"
    ann.post("/desk/inbox/views", [("mark", ann.mark), ("view", "1"), ("do", "drop")])
    ann.post("/desk/inbox/views", [("mark", ann.mark), ("view", "2"), ("do", "drop")])
    assert "Transport, new" not in ann.get("/desk/inbox").text


ON_PAPER: dict[str, Any] = {"came": "paper", "day": "2026-11-03", "words": "The plover hall is cold.", "kind": "offer", "felt": "bad",
            "theme": "health", "consent": "the mother, on the form of 3 November", "yes": "yes"}  # fmt: skip


def test_staff_add_a_comment_from_paper_with_who_said_yes_and_it_is_sealed(house: House) -> None:
    ann, cat = house.signed_in("ann"), house.signed_in("cat", ("council",))
    page = ann.send("/desk/inbox/add", **ON_PAPER)
    assert "Added." in page.text
    (record,) = [int(part) for part in page.url.path.split("/") if part.isdecimal()]
    assert "On paper, written down by the forum" in page.text
    assert "the mother, on the form of 3 November" in page.text
    row = house.row(record)
    assert (row["came"], row["state"], row["theme"], row["felt"], row["key"]) == ("paper", "new", "health", "bad", None)
    assert "3 November 2026" in page.text
    stored = b"".join(file.read_bytes() for file in house.file.parent.glob("signpost.sqlite3*"))
    assert b"plover" not in stored
    assert b"the mother" not in stored
    house.give("from the chat")
    only = ann.get("/desk/inbox?came=paper").text.partition('class="list"')[2]
    assert "plover" in only
    assert "from the chat" not in only
    ann.send(f"/desk/feedback/{record}", state="council", public_words="The hall is cold.")
    assert "the mother" not in cat.get(f"/desk/council/{record}").text
    with_topic = ann.send("/desk/inbox/add", **{**ON_PAPER, "topic": "east/bus-pass"})
    assert house.row(int(with_topic.url.path.rpartition("/")[2]))["theme"] == "money", "the theme of its subject"
    assert ann.post(f"/desk/feedback/{record + 1}/withdraw", [("mark", ann.mark)]).status_code == 404, "the chat's own"
    assert "taken back" in ann.post(f"/desk/feedback/{record}/withdraw", [("mark", ann.mark)]).text
    assert ann.get(f"/desk/feedback/{record}").status_code == 404


@pytest.mark.parametrize(
    ("changed", "words", "field"),
    [
        ({"came": "chat"}, "Choose how it came", "came"),
        ({"day": "2027-01-01"}, "Give the day", "day"),
        ({"day": "2024-01-01"}, "Give the day", "day"),
        ({"day": "soon"}, "Give the day", "day"),
        ({"words": "  "}, "Write what was said.", "words"),
        ({"words": "x" * 2_001}, "at most 2,000 characters", "words"),
        ({"kind": "x"}, "Choose what kind", "kind"),
        ({"consent": ""}, "Write who said yes", "consent"),
        ({"yes": None}, "Without their yes", "yes"),
    ],
)
def test_a_comment_is_not_added_without_a_yes_or_with_something_missing(
    house: House, changed: dict[str, Any], words: str, field: str
) -> None:
    ann = house.signed_in("ann")
    page = ann.send("/desk/inbox/add", **{**ON_PAPER, **changed})
    assert page.status_code == 422
    assert words in page.text
    assert f'href="#{field}"' in page.text
    assert f'id="{field}"' in page.text
    marked = page.text.partition(f'id="{field}"')[2].partition(">")[0]
    assert 'aria-invalid="true" autofocus' in marked
    assert "<title>Error: Add a comment" in page.text
    assert "Nothing has come in yet" in ann.get("/desk/inbox").text


def test_a_personal_detail_in_an_added_comment_is_taken_out_first_and_shown(house: House) -> None:
    ann = house.signed_in("ann")
    page = ann.send(
        "/desk/inbox/add", **{**ON_PAPER, "words": "Ring me on 07700 900123.", "consent": "mum, a@b.example.org"}
    )
    assert page.status_code == 422
    assert "<mark>07700 900123</mark>" in page.text
    fields = [pair for pair in ann.fields(page)[0] if pair[0] not in ("yes", "came", "kind")]
    kept = ann.post("/desk/inbox/add", [*fields, ("yes", "yes"), ("came", "paper"), ("kind", "offer")])
    assert "Ring me on [phone number]." in kept.text
    assert "example.org" not in kept.text
    west = ann.send("/desk/inbox/add", area="west", **ON_PAPER)
    assert west.status_code == 404


def test_thirty_comments_are_triaged_in_at_most_sixty_clicks(house: House) -> None:
    ids = [house.give(f"comment {n}", days=n) for n in range(30)]
    ann, clicks = house.signed_in("ann"), 2  # the inbox, and its first comment
    page = ann.get(f"/desk/feedback/{ids[0]}?state=new")
    for n, one in enumerate(ids):
        fields, address = ann.fields(page)[0], str(page.url.raw_path, "ascii")
        assert page.url.path == f"/desk/feedback/{one}"
        if n % 5 == 4:  # a theme, and then save: a list is opened, a line chosen, a button pressed
            changed, clicks = {"theme": "health", "do": "read-next"}, clicks + 3
        elif n % 10 == 3:
            changed, clicks = {"state": "not-for-publication", "do": "next"}, clicks + 3
        else:
            changed, clicks = {"do": "read-next"}, clicks + 1
        page = ann.post(address, [pair for pair in fields if pair[0] not in changed] + list(changed.items()))
    assert "That was the last one in this list." in page.text
    assert {house.row(one)["state"] for one in ids} == {"read", "not-for-publication"}
    assert [house.row(one)["theme"] for one in ids].count("health") == 6
    print(f"triage of 30 comments one by one: {clicks} clicks")
    assert clicks <= 60


def test_figures_and_report_tell_how_comments_came_and_the_report_none_under_five(house: House) -> None:
    for n in range(12):
        house.give(f"chat {n}")
    for n in range(4):
        house.give(f"paper {n}", came="paper")
    ann = house.signed_in("ann")
    assert "<dt>On paper</dt><dd>4</dd>" in ann.get("/desk/figures").text
    report = "/desk/report/east/2026/file.html"
    assert "on paper" not in ann.get(report).text.lower(), "four of them are told to nobody"
    for n in range(5):
        house.give(f"another {n}", came="paper")
    shown = ann.get(report).text
    assert "How they came" in shown
    assert "All others" in shown, "paper, with the ways that nobody used"
