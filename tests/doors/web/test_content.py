"""Content at the desk: a number mended everywhere, a second person who approves it, use without a restart, and the way back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from bot.commands.doctor import examine
from bot.opening import open_library
from bot.renewal import Renewal
from bot.settings import Settings
from bot.web.app import make_app
from bot.web.desk import content_entry
from bot.web.visit import make_desk
from conversations.forum import editing, unanswered
from conversations.records import content_changes, questions
from conversations.records.purging import purge
from conversations.records.staff import Staff
from conversations.wording import load_wording
from knowledge.amendments import read_amendments
from knowledge.loader import ContentError, load
from knowledge.publishing.export import export
from tests.support.desk_visitor import House, Visitor, write_content

DEAD, NEW = "0161 496 0111", "0161 496 0999"
REGISTER = '"0161 496 0111": a page\n"0161 496 0222": a page\n"0800 1111": a page\n'
ENTRY = """
short-breaks:
  title: Short breaks
  answer: Ring 0161 496 0111. They tell you what there is.
  easy_read: [Ring the team., They tell you more., It is free.]
  facets:
    cost: It is free.
  phrases: [a break for me, somebody to sit with him]
  contacts: [{name: The short breaks team, phone: "0161 496 0111"}]
  sources: [{title: The council's page, seen: 2026-10}]
  audience: [parent]
  written: 2026-11-01
  checked: null
  checked_by: null
  review_every: 6 months
  owner: forum
"""


class ContentHouse(House):
    """A desk whose content is read from its folder, and is renewed when it changes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "knowledge" / "east" / "needs.yaml").write_text(ENTRY)
        (folder / "knowledge" / "numbers.yaml").write_text(REGISTER)
        self.settings = Settings(folder / "knowledge", folder / "data", str(self.engine.url), self.clock.now)
        self.renewal = Renewal(self.settings, self.engine, self.seals)
        self.asked_for = 0
        self.desk = make_desk(
            self.engine, self.seals, self.renewal.in_use, load_wording("desk"), self.clock, True, self._wanted
        )
        self.app = make_app(self.desk, ("desk.test",))

    def _wanted(self) -> None:
        self.asked_for += 1
        self.renewal.renew()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ContentHouse]:
    write_content(tmp_path / "knowledge")
    there = ContentHouse(tmp_path)
    yield there
    there.engine.dispose()


@pytest.fixture
def ed(house: ContentHouse) -> Visitor:
    return house.signed_in("ed", ("editor",))


@pytest.fixture
def eve(house: ContentHouse) -> Visitor:
    return house.signed_in("eve", ("editor",))


def mend(editor: Visitor, **typed: Any) -> httpx.Response:
    typed = {"new": NEW, "found": "their page, today", **typed}
    return editor.send("/desk/content/number?is=01614960111", **typed)


def phones(house: ContentHouse) -> set[str | None]:
    """The numbers that families are given in East, by whatever shows them."""
    library = house.renewal.in_use.guide.library
    entry = library.by_id["east/short-breaks"]
    return {entry.contacts[0].phone, library.area_by_id["east"].social_care[0].phone, entry.answer[5:18]}


def test_a_number_is_mended_everywhere_once_a_second_person_has_approved_it(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    found = ed.get("/desk/content?q=short breaks team").text
    assert DEAD in found
    assert "3 places" not in found
    page = ed.get("/desk/content/number?is=01614960111").text
    assert "Short breaks (East): The short breaks team" in page
    assert "The contacts of East" in page
    saved = mend(ed)
    assert "Saved as a draft" in saved.text
    assert phones(house) == {DEAD}
    number = str(saved.url).split("/")[-1].partition("?")[0]
    assert "You saved this last" in ed.post(f"/desk/content/{number}", [*_form(ed, saved), ("do", "approve")]).text
    assert phones(house) == {DEAD}
    assert "1</span>" in eve.get("/desk/today").text
    approved = eve.send(f"/desk/content/{number}", do="approve")
    assert "Approved" in approved.text
    assert phones(house) == {NEW}
    assert house.asked_for == 1
    taken_back = ed.send(f"/desk/content/{number}", do="undo")
    assert "Taken back" in taken_back.text
    assert phones(house) == {DEAD}
    assert [line.what for line in house.trail(("east",))[:3]] == [
        "content undone", "content approved", "content draft saved",
    ]  # fmt: skip


def _form(visitor: Visitor, page: httpx.Response) -> list[tuple[str, str]]:
    return [pair for pair in visitor.fields(page)[0] if pair[0] != "do"]


def test_what_is_in_use_is_copied_into_the_data_folder_and_read_without_the_database(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    approve(eve, mend(ed))
    assert read_amendments(house.settings.amendments).details == {"01614960111": NEW}
    assert open_library(house.settings).by_id["east/short-breaks"].contacts[0].phone == NEW


def approve(visitor: Visitor, saved: httpx.Response) -> httpx.Response:
    return visitor.send(saved.url.path, do="approve")


def test_another_process_uses_what_was_approved_and_a_fault_leaves_what_it_has(
    house: ContentHouse, ed: Visitor, eve: Visitor, tmp_path: Path
) -> None:
    elsewhere = replace(house.settings, data=tmp_path / "elsewhere")
    other = Renewal(elsewhere, house.engine, house.seals)
    approve(eve, mend(ed))
    assert other.in_use.guide.library.by_id["east/short-breaks"].contacts[0].phone == DEAD
    assert other.renew()
    assert not other.renew()
    assert other.in_use.guide.library.by_id["east/short-breaks"].contacts[0].phone == NEW
    later = mend_again(ed, "0161 496 0777")
    (house.settings.knowledge / "east" / "needs.yaml").write_text("not: [yaml")
    house.desk.in_use.put(other.in_use.guide)
    approve(eve, later)
    with pytest.raises(ContentError):
        other.renew()
    assert other.in_use.guide.library.by_id["east/short-breaks"].contacts[0].phone == NEW


def mend_again(editor: Visitor, new: str) -> httpx.Response:
    return editor.send(f"/desk/content/number?is={NEW.replace(' ', '')}", new=new, found="their page")


WRONG = (
    ({"new": "0161 4"}, "not a whole phone number"),
    ({"new": "ring@them.example"}, "not a whole phone number"),
    ({"new": "01614960111"}, "the same number as before"),
    ({"found": " "}, "Say where you found"),
)


def test_what_is_wrong_with_a_new_number_is_said_and_what_was_typed_stays(house: ContentHouse, ed: Visitor) -> None:
    for typed, said in WRONG:
        answer = mend(ed, **{"found": "I rang & asked", **typed})
        assert answer.status_code == 422
        assert said in answer.text
        assert "<title>Error: " in answer.text
        assert 'aria-invalid="true"' in answer.text
        kept = dict(ed.fields(answer)[0])
        assert kept["new"] == typed.get("new", NEW)
        assert kept["found"] == typed.get("found", "I rang & asked")
    assert "None." in ed.get("/desk/content").text


def test_a_draft_that_somebody_else_saved_meanwhile_is_shown_and_nothing_typed_is_lost(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    opened = ed.get("/desk/content/number?is=01614960111")
    mend(eve, new="0161 496 0888")
    fields = [pair for pair in ed.fields(opened)[0] if pair[0] not in ("new", "found")]
    clash = ed.post("/desk/content/number", [*fields, ("new", NEW), ("found", "their page")])
    assert clash.status_code == 409
    assert "0161 496 0888" in clash.text
    assert f'value="{NEW}"' in clash.text
    again = ed.post("/desk/content/number", ed.fields(clash)[0])
    assert "Saved as a draft" in again.text
    opened = eve.get(again.url.path)
    mend(ed, new="0161 496 0777")
    stale = eve.post(again.url.path, [*_form(eve, opened), ("do", "approve")])
    assert stale.status_code == 409
    assert "changed or decided since" in stale.text
    assert phones(house) == {DEAD}


def test_safety_cards_are_touched_by_a_safeguarding_lead_or_not_at_all(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    card = "116123"
    assert "Safety cards show this number" in ed.get(f"/desk/content/number?is={card}").text
    saved = ed.send(f"/desk/content/number?is={card}", new="116 999", found="their page")
    refused = approve(eve, saved)
    assert refused.status_code == 422
    assert "has to be a safeguarding lead" in refused.text
    lead = house.signed_in("lea", ("editor", "safeguarding"))
    assert "Approved" in approve(lead, saved).text
    safety = house.renewal.in_use.guide.library.safety
    assert safety is not None
    assert "116 999" in {contact.phone for card in safety.cards for contact in card.contacts}
    alone = ed.send(saved.url.path, do="undo")
    assert alone.status_code == 422
    assert "Only a safeguarding lead can take it back" in alone.text
    again = lead.send("/desk/content/number?is=116999", new="116 888", found="their page")
    approve(eve, again)
    assert ed.send(saved.url.path, do="undo").status_code == 422, "nor what was mended again since"
    assert "Taken back" in lead.send(saved.url.path, do="undo").text


def test_of_two_who_begin_a_draft_at_once_one_is_told(house: ContentHouse) -> None:
    row = ("detail", "1", "east", {"new": "2"}, "ed", 0, house.seals)
    with house.engine.begin() as connection:
        assert content_changes.add(connection, *row)
        assert content_changes.add(connection, *row) is None
        assert content_changes.add(connection, "entry", *row[1:])


def test_a_change_that_does_not_load_any_more_is_left_out_and_stops_no_start(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    approve(eve, mend(ed))
    approve(eve, ed.send(ENTRY_PAGE, do="save", title="A short break"))
    shipped = house.settings.knowledge / "east" / "needs.yaml"
    with house.engine.begin() as connection:
        newest = content_changes.approved(connection)[-1]
        body = {**newest.body(house.seals), "fields": {"title": "A short break", "audience": ["nobody"]}}
        assert content_changes.decide(connection, newest, "approved", "eve", newest.at, body, house.seals)
    again = Renewal(house.settings, house.engine, house.seals).in_use.guide.library
    assert again.by_id["east/short-breaks"].title == "Short breaks"
    assert again.by_id["east/short-breaks"].contacts[0].phone == NEW, "all else that was approved is in use"
    told = {finding.what: finding for finding in examine(house.settings)}["content"]
    assert not told.good
    assert "approved at the desk does not load any more" in told.detail
    ed.send(f"/desk/content/{newest.id}", do="undo")
    assert Renewal(house.settings, house.engine, house.seals).renew() is False
    shipped.write_text("not: [yaml")
    with pytest.raises(ContentError):
        Renewal(house.settings, house.engine, house.seals)


def test_a_facet_keeps_the_page_that_it_was_given_in_whatever_order_the_shipped_ones_come(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    pages: dict[str, Any] = {"facet.cost.text": "It costs nothing.", "facet.cost.source": "1"}
    approve(eve, ed.send(ENTRY_PAGE, do="save", **pages))
    kept = read_amendments(house.settings.amendments).entries["east/short-breaks"]
    assert kept["sources"] == [{"title": "The council's page", "seen": "2026-10"}]
    assert "contacts" not in kept
    shipped = house.settings.knowledge / "east" / "needs.yaml"
    shipped.write_text(ENTRY.replace("sources: [", "sources: [{title: Another, seen: 2026-11}, "))
    entry = open_library(house.settings).by_id["east/short-breaks"]
    assert entry.facets[0].source is not None
    assert entry.sources[entry.facets[0].source - 1].title == "The council's page"


def test_a_form_with_a_number_that_no_row_has_is_drawn_at_once(ed: Visitor) -> None:
    fields = [*ed.fields(ed.get(ENTRY_PAGE))[0], ("contact.999999999.name", "x"), ("contact.2.name", "y")]
    looked = ed.post(ENTRY_PAGE, [*fields, ("do", "look")])
    assert looked.status_code == 200
    assert 'name="contact.3.name"' in looked.text
    assert 'name="contact.4.name"' not in looked.text


def test_an_editor_of_one_area_meets_nothing_of_another_and_a_reviewer_no_content_at_all(house: ContentHouse) -> None:
    west = house.signed_in("wes", ("editor",), ("west",))
    assert west.get("/desk/content/number?is=01614960111").status_code == 404
    assert DEAD not in west.get("/desk/content?q=short breaks").text
    ed = house.signed_in("ed", ("editor",))
    draft = mend(ed).url.path
    assert west.get(draft).status_code == 404
    assert house.signed_in("rae").get("/desk/content").status_code == 404


def test_a_mend_of_a_mend_and_one_back_again_end_where_they_should(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    approve(eve, mend(ed))
    approve(eve, mend_again(ed, "0161 496 0777"))
    assert phones(house) == {"0161 496 0777"}
    back = ed.send("/desk/content/number?is=01614960777", new=DEAD, found="they moved back")
    approve(eve, back)
    assert phones(house) == {DEAD}
    assert read_amendments(house.settings.amendments).details.keys() == {"01614960777", "01614960999"}


ENTRY_PAGE = "/desk/content/entry/east/short-breaks"


def test_an_answer_is_changed_looked_at_saved_approved_and_taken_back(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    assert ENTRY_PAGE in ed.get("/desk/content?q=short").text
    page = ed.get(ENTRY_PAGE)
    assert "As a family reads it" in page.text
    assert "10 of 55" in page.text
    said = "Ask the short breaks team. They say what there is."
    costs: dict[str, Any] = {"facet.cost.text": "It costs nothing."}
    looked = ed.send(ENTRY_PAGE, do="look", answer=said, **costs)
    assert looked.text.count(said) >= 2
    assert "None." in ed.get("/desk/content").text
    saved = ed.send(ENTRY_PAGE, do="save", answer=said, **costs)
    assert "Saved as a draft" in saved.text
    assert said in saved.text
    assert "It is free." in saved.text
    assert said in eve.get(ENTRY_PAGE).text
    assert "ed saved a draft" in eve.get(ENTRY_PAGE).text
    assert "Approved" in approve(eve, saved).text
    entry = house.renewal.in_use.guide.library.by_id["east/short-breaks"]
    assert entry.answer == said
    assert entry.facets[0].text == "It costs nothing."
    assert (entry.written, entry.checked) == (house.clock().date(), None)
    second = ed.send(ENTRY_PAGE, do="save", title="A short break")
    eve.send(second.url.path, do="approve", checked="yes")
    entry = house.renewal.in_use.guide.library.by_id["east/short-breaks"]
    assert (entry.title, entry.answer, entry.checked_by) == ("A short break", said, "forum")
    assert "A newer version is in use" in ed.post(saved.url.path, [*_mark(ed), ("do", "undo")]).text
    ed.send(second.url.path, do="undo")
    ed.send(saved.url.path, do="undo")
    assert phones(house) == {DEAD}
    assert "undone" in ed.get(saved.url.path).text


def _mark(visitor: Visitor) -> list[tuple[str, str]]:
    return [("mark", visitor.mark)]


BROKEN: tuple[tuple[dict[str, Any], str], ...] = (
    ({"answer": "word " * 56 + "."}, "has 57 words; at most 55"),
    ({"answer": "Administrative considerations regarding eligibility determinations necessitate deliberation."}, "reads at grade"),
    ({"easy_read": "This is one sentence with very many more words in it than twelve."}, "13 words in one sentence"),
    ({"phrases": "a break for me\nWhat is SEN support?"}, "stands in “SEN support” too"),
    ({"contact.0.phone": NEW}, f"{NEW}: say where it was found"),
    ({"contact.0.hours": "whenever"}, "cannot be read"),
    ({"contact.0.name": ""}, "lacks a name"),
    ({"source.0.seen": "soon"}, "should be a year"),
    ({"facet.cost.text": "It costs 5 pounds."}, "choose its page below"),
    ({"facet.+.text": "Once a week."}, "choose what it answers"),
    ({"title": "x" * 61}, "has 61 characters"),
    ({"title": ""}, "is missing"),
    ({"answer": "You have a legal right to it."}, "without its section"),
)  # fmt: skip


def test_what_a_check_demands_is_said_at_the_field_and_stops_the_approval_and_no_typed_word_is_lost(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    for typed, said in BROKEN:
        looked = ed.send(ENTRY_PAGE, do="look", **typed)
        assert unescape(looked.text).count(said) >= 2, (typed, said)
        fields = dict(ed.fields(looked)[0])
        assert {name: fields[name].strip() for name in typed} == {name: text.strip() for name, text in typed.items()}
        assert "`" not in looked.text
        assert ".yaml" not in looked.text
    saved = ed.send(ENTRY_PAGE, do="save", answer=BROKEN[0][0]["answer"])
    assert "Saved as a draft" in saved.text
    assert "To mend before it can be used" in saved.text
    refused = approve(eve, saved)
    assert refused.status_code == 422
    assert "has to be mended first" in refused.text
    assert phones(house) == {DEAD}
    strange = "Ring \x00\x1b[31m them \ufffe \u202e now \U0001f600."
    assert ed.send(ENTRY_PAGE, do="look", answer=strange, phrases="- a: b\n'{x\n# y").status_code == 200
    assert ed.send("/desk/content/number?is=01614960111", new="\x00", found="x").status_code == 422
    unloaded = ed.send(ENTRY_PAGE, do="save", title="", answer="Ring and ask.")
    assert unloaded.status_code == 422
    assert dict(ed.fields(unloaded)[0])["answer"].strip() == "Ring and ask."
    assert (
        "Nothing has changed yet"
        in eve.send(ENTRY_PAGE, do="save", answer="Ring 0161 496 0111. They tell you what there is.").text
    )


def test_a_new_number_of_one_answer_may_be_used_once_it_is_said_where_it_was_found(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    phone: dict[str, Any] = {"contact.0.phone": NEW}
    looked = ed.send(ENTRY_PAGE, do="look", **phone)
    fields = [(name, "their page, today" if name == f"found.{NEW}" else text) for name, text in ed.fields(looked)[0]]
    saved = ed.post(ENTRY_PAGE, [*fields, ("do", "save")])
    assert "their page, today" in saved.text
    assert "To mend" not in saved.text
    assert "Approved" in approve(eve, saved).text
    assert NEW in phones(house)
    assert read_amendments(house.settings.amendments).found == {NEW: "their page, today"}
    assert "To mend" not in ed.send(ENTRY_PAGE, do="look").text


def test_questions_are_tried_before_saving_and_what_would_be_stolen_or_is_danger_is_told(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    old = "a break for me\nsomebody to sit with him"
    asked = "zumba for my boy\nmy child does not sleep at night"
    phrases = f"{old}\nzumba for him\nhe does not sleep\nwhy does my child not sleep\nsleep trouble at bed time\nmy dad hits me"
    looked = unescape(ed.send(ENTRY_PAGE, do="look", phrases=phrases, tried=asked).text)
    row = looked[looked.index('<th scope="row">zumba for my boy') :]
    assert row[: row.index("</tr>")].count("Short breaks") == 1
    assert "of “Sleep”" in looked
    danger = looked[looked.index("These speak of danger") :]
    assert "my dad hits me" in danger[: danger.index("</div>")]
    assert house.renewal.in_use.guide.matcher.match("zumba for my boy", "east").sure is None
    saved = ed.send(ENTRY_PAGE, do="save", phrases=f"{old}\nzumba for him")
    approve(eve, saved)
    found = house.renewal.in_use.guide.matcher.match("zumba for him", "east").sure
    assert found is not None
    assert found.id == "east/short-breaks"


def test_a_question_without_an_answer_leads_to_its_entry_filled_in_and_leaves_the_list(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    house.ask("is there a zumba class", 1)
    settled = ed.send("/desk/questions", do="answer", entry="east/short-breaks", phrases="is there a zumba class")
    assert settled.url.path == ENTRY_PAGE
    assert "1 way in which families asked" in settled.text
    assert "is there a zumba class" in dict(ed.fields(settled)[0])["phrases"]
    saved = ed.post(ENTRY_PAGE, [*ed.fields(settled)[0], ("do", "save")])
    approve(eve, saved)
    assert "No change waits" in ed.get("/desk/changes").text
    abe = house.signed_in("abe", ("editor",), ("east", "west"))
    house.ask("is there help in swahili class", 2, "west")
    abe.send("/desk/questions", do="answer", entry="national/sen-support", phrases="help in swahili class")
    found = unanswered.content_changes(house.engine, ("west",), house.seals, house.desk.guide.library)
    body = {"fields": {"phrases": ["what is sen support", *found[0].phrases]}, "proposals": found[0].proposals}
    east = Staff(9, "eve", ("east",), ("editor",), disabled=False, ready=True)
    drawn = ("entry", found[0].entry, "national", body, 0, house.seals, house.clock())
    number = editing.save(house.engine, replace(east, name="abe"), *drawn)
    editing.approve(house.engine, east, number, 1, body, False, house.seals, house.clock())
    assert "No change waits" in abe.get("/desk/changes").text, "whoever approved has no part in the west"
    assert house.renewal.in_use.guide.matcher.match("is there a zumba class", "east").sure is not None


NEW_PAGE = "/desk/content/new"
CLUB: dict[str, Any] = {
    "area": "east",
    "theme": "money",
    "title": "Zumba club",
    "answer": "Ring the club. They tell you when it meets.",
    "easy_read": "Ring the club.\nThey tell you more.",
    "phrases": "is there a zumba class\nzumba for him",
    "contact.0.name": "The zumba club",
    "contact.0.phone": DEAD,
    "source.0.title": "The club's page",
    "source.0.seen": "2026-11",
    "facet.+.name": "cost",
    "facet.+.text": "It costs 5 pounds.",
    "facet.+.source": "1",
}


def draft_named(house: ContentHouse, area: str = "east") -> str:
    """The id of the entry of the newest draft of an area."""
    with house.engine.connect() as connection:
        return content_changes.in_state(connection, "draft", (area,), 9)[0].about


def test_a_new_answer_is_tried_saved_approved_asked_for_changed_exported_and_taken_back(
    house: ContentHouse, ed: Visitor, eve: Visitor, tmp_path: Path
) -> None:
    assert NEW_PAGE in ed.get("/desk/content").text
    empty = ed.get(NEW_PAGE)
    assert "To mend" not in empty.text, "nothing is wrong before anything is written"
    looked = ed.send(NEW_PAGE, do="look", **CLUB, tried="zumba for my boy\nmy child does not sleep at night")
    row = unescape(looked.text).partition('<th scope="row">zumba for my boy')[2].partition("</tr>")[0]
    assert "Zumba club" in row.partition("<strong>")[2], "it would bring the new answer"
    assert "Ring the club." in looked.text.partition("As a family reads it")[2]
    assert dict(ed.fields(looked)[0])["facet.cost.text"].strip() == "It costs 5 pounds."
    assert "None." in ed.get("/desk/content").text
    saved = ed.post(NEW_PAGE, [*ed.fields(looked)[0], ("do", "save")])
    assert "Saved as a draft" in saved.text
    assert "A new answer" in saved.text
    assert "To mend" not in saved.text
    assert "Zumba club" in eve.get("/desk/content").text.partition("Drafts that wait")[2]
    id_ = draft_named(house)
    assert re.fullmatch("east/money-new-[0-9a-f]{4}", id_), "no word of a draft stands where it is not sealed"
    assert [line.about for line in house.trail()][0] == id_
    page = f"/desk/content/entry/{id_}"
    more: dict[str, Any] = {"facet.+.label": "Parking", "facet.+.text": "At the hall."}
    again = ed.send(page, do="save", steps="Ring them.", **more)
    reopened = dict(ed.fields(ed.get(page))[0])
    assert reopened["facet.parking.text"].strip() == "At the hall."
    assert reopened["facet.cost.source"] == "1"
    assert reopened["theme"] == "money"
    assert again.url.path == saved.url.path
    assert id_ not in house.renewal.in_use.guide.library.by_id
    assert "somebody else has to approve it" in approve(ed, saved).text
    assert "Approved" in approve(eve, saved).text
    entry = house.renewal.in_use.guide.library.by_id[id_]
    assert (entry.theme, entry.area, entry.steps, entry.contacts[0].phone) == ("money", "east", ("Ring them.",), DEAD)
    assert [(facet.name, facet.label, facet.source) for facet in entry.facets] == [
        ("cost", None, 1),
        ("parking", "Parking", None),
    ]
    assert (entry.owner, entry.review_every, entry.written, entry.checked) == ("forum", 6, house.clock().date(), None)
    found = house.renewal.in_use.guide.matcher.match("zumba for my boy", "east").sure
    assert found is not None
    assert found.id == id_
    started = Renewal(house.settings, house.engine, house.seals).in_use.guide.library
    assert started.by_id[id_] == entry
    assert open_library(house.settings).by_id[id_] == entry, "what runs without the database has it too"
    easy: dict[str, Any] = {"facet.cost.easy_read": "You pay 5 pounds."}
    changed = ed.send(page, do="save", title="Zumba for all", **easy)
    assert ": easy read</h3>" in changed.text
    approve(eve, changed)
    assert house.renewal.in_use.guide.library.by_id[id_].title == "Zumba for all"
    copy = tmp_path / "copy"
    shutil.copytree(house.settings.knowledge, copy)
    assert export(read_amendments(house.settings.amendments), copy) == ["east/money.yaml"]
    assert load(copy).by_id[id_].title == "Zumba for all"
    ed.send(changed.url.path, do="undo")
    assert house.renewal.in_use.guide.library.by_id[id_] == entry
    gone = ed.send(saved.url.path, do="undo")
    assert "Families will stop getting it" in gone.text
    assert "Zumba club" in gone.text
    assert id_ not in house.renewal.in_use.guide.library.by_id
    assert ed.get(page).status_code == 404
    second = ed.send(NEW_PAGE, do="save", **CLUB)
    assert "Saved as a draft" in second.text
    assert draft_named(house) != id_, "its versions are its own"


def test_what_is_wrong_with_a_new_answer_is_said_at_the_field_and_nothing_typed_is_lost(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    refused = ed.send(NEW_PAGE, do="save", **{**CLUB, "theme": ""})
    assert refused.status_code == 422
    assert "<title>Error: " in refused.text
    assert re.search(
        r'<select id="theme" name="theme" aria-invalid="true" aria-describedby="trouble" autofocus', refused.text
    )
    assert "Choose what it is about." in refused.text
    assert dict(ed.fields(refused)[0])["answer"].strip() == CLUB["answer"]
    for name, label in (("title", "The title"), ("answer", "The answer")):
        nameless = ed.send(NEW_PAGE, do="save", **{**CLUB, name: ""})
        assert nameless.status_code == 422
        assert f"{label} is missing" in nameless.text
        assert re.search(rf'<textarea id="{name}"[^>]*aria-invalid="true" autofocus', nameless.text)
        assert f'<a href="#wrong-{name}">' in nameless.text
        assert f'id="wrong-{name}"' in nameless.text
        assert dict(ed.fields(nameless)[0])["contact.0.phone"] == DEAD
    assert "None." in ed.get("/desk/content").text
    lacking = ed.send(NEW_PAGE, do="save", area="east", theme="health", title="Sleep café", answer="Ring and ask.")
    id_ = draft_named(house)
    assert "Easy read is missing" in lacking.text
    assert "A page that it comes from is missing" in lacking.text
    assert approve(eve, lacking).status_code == 422
    assert id_ not in house.renewal.in_use.guide.library.by_id
    shared = ed.send(NEW_PAGE, do="look", **{**CLUB, "phrases": "What is SEN support?"})
    assert "stands in “SEN support” too" in unescape(shared.text)
    unknown = ed.send(NEW_PAGE, do="look", **{**CLUB, "contact.0.phone": NEW})
    assert f"{NEW}: say where it was found" in unescape(unknown.text)
    assert f'name="found.{NEW}"' in unknown.text
    stolen = ed.send(NEW_PAGE, do="look", **{**CLUB, "phrases": "why does my child not sleep\nmy dad hits me"})
    assert "of “Sleep”" in unescape(stolen.text)
    assert "my dad hits me" in stolen.text.partition("These speak of danger")[2].partition("</div>")[0]


def test_an_editor_writes_new_answers_for_their_own_areas_and_for_england_alone(
    house: ContentHouse, ed: Visitor
) -> None:
    fields = [pair for pair in ed.fields(ed.get(NEW_PAGE))[0] if pair[0] != "area"]
    assert ed.post(NEW_PAGE, [*fields, ("area", "west"), ("do", "save")]).status_code == 404
    wide = ed.send(NEW_PAGE, do="save", **{**CLUB, "area": "national"})
    assert draft_named(house, "national").startswith("national/money-new-")
    assert "All of England" in wide.text
    saved = ed.send(NEW_PAGE, do="save", **CLUB)
    west = house.signed_in("wes", ("editor",), ("west",))
    assert west.get(saved.url.path).status_code == 404
    assert west.get(f"/desk/content/entry/{draft_named(house)}").status_code == 404
    assert west.get(f"/desk/content/entry/{draft_named(house, 'national')}").status_code == 200
    assert house.signed_in("rae").get(NEW_PAGE).status_code == 404


def test_a_question_that_wants_a_new_answer_leads_to_its_form_filled_in_and_leaves_the_list(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    house.ask("is there a zumba class", 1)
    begun = ed.send("/desk/questions", do="answer", entry="new", phrases="a zumba class for him\nzumba near us")
    assert begun.url.path == NEW_PAGE
    assert "zumba" not in str(begun.url)
    assert "2 ways in which families asked" in begun.text
    house.clock.on(minutes=1)
    house.ask("who mends a wheelchair", 2)
    ed.send("/desk/questions", do="answer", entry="new", phrases="who mends a wheelchair")
    phrases = dict(ed.fields(begun)[0])["phrases"].split("\n")
    assert [one for one in phrases if one] == ["a zumba class for him", "zumba near us"], (
        "not those of another question"
    )
    fields = [pair for pair in ed.fields(begun)[0] if pair[0] not in CLUB or pair[0] == "phrases"]
    typed = [(name, str(value)) for name, value in CLUB.items() if name != "phrases"]
    saved = ed.post(NEW_PAGE, [*fields, *typed, ("do", "save")])
    assert "a zumba class for him" in saved.text
    waiting = ed.get("/desk/changes")
    assert waiting.text.count("A new answer is needed") == 2
    write = re.findall(r'href="(/desk/content/new\?wanted=\d+)"', waiting.text)
    page = f"/desk/content/entry/{draft_named(house)}"
    assert ed.get(write[0]).url.path == page, "somebody has begun it"
    assert "who mends a wheelchair" in dict(ed.fields(ed.get(write[1]))[0])["phrases"]
    ed.send(page, do="save", steps="Ring them.")
    assert "Approved" in approve(eve, saved).text
    left = ed.get("/desk/changes").text
    assert left.count("A new answer is needed") == 1
    assert "wheelchair" in left


def test_what_was_typed_of_a_new_answer_stays_where_its_draft_was_thrown_away_or_approved(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    saved = ed.send(NEW_PAGE, do="save", **CLUB)
    page = f"/desk/content/entry/{draft_named(house)}"
    typed = [pair for pair in ed.fields(ed.get(page))[0] if pair[0] not in ("answer", "theme")]
    typed += [("answer", "Ring them."), ("do", "save")]
    unsaid = ed.post(page, [*typed, ("theme", "")])
    assert unsaid.status_code == 422
    assert "Choose what it is about." in unsaid.text
    eve.send(saved.url.path, do="drop")
    clash = ed.post(page, [*typed, ("theme", "money")])
    assert clash.status_code == 409
    assert "approved this meanwhile, or thrown it away" in clash.text
    kept = [(name, text.strip()) for name, text in ed.fields(clash)[0]]
    assert dict(kept)["answer"] == "Ring them."
    again = ed.post(page, [*kept, ("do", "save")])
    assert "Saved as a draft" in again.text
    opened = [pair for pair in ed.fields(ed.get(page))[0] if pair[0] != "steps"]
    house.renewal.renew, renew = lambda: False, house.renewal.renew  # type: ignore[method-assign]
    assert "Approved" in approve(eve, again).text
    for _ in "ab":
        early = ed.post(page, [*opened, ("steps", "Ring."), ("do", "save")])
        assert early.status_code == 409
        assert dict(ed.fields(early)[0])["steps"].strip() == "Ring."
    renew()
    late = ed.post(
        page, [*[pair for pair in opened if pair[0] != "version"], ("version", "0"), ("steps", "Ring."), ("do", "save")]
    )
    assert "Saved as a draft" in late.text
    west = house.signed_in("wes", ("editor",), ("west",))
    assert (
        west.post(page, [*_mark(west), *[pair for pair in opened if pair[0] != "mark"], ("do", "save")]).status_code
        == 404
    )
    nothing = "/desk/content/entry/east/money-new-0000"
    assert ed.post(nothing, [*opened, ("do", "save")]).status_code == 404


def test_of_two_who_answer_one_question_the_second_is_led_to_the_first_draft(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    house.ask("is there a zumba class", 1)
    begun = ed.send("/desk/questions", do="answer", entry="new", phrases="a zumba class for him")
    other = eve.get(f"{NEW_PAGE}?{begun.url.query.decode()}")
    more = [(name, str(value)) for name, value in CLUB.items() if name != "phrases"]

    def sent(editor: Visitor, form: httpx.Response) -> httpx.Response:
        fields = [pair for pair in editor.fields(form)[0] if pair[0] not in dict(more)]
        return editor.post(NEW_PAGE, [*fields, *more, ("do", "save")])

    saved, clash = sent(ed, begun), sent(eve, other)
    assert "Saved as a draft" in saved.text
    assert clash.status_code == 409
    assert "begun an answer to this question" in clash.text
    assert f'href="{saved.url.path}"' in clash.text
    assert dict(eve.fields(clash)[0])["answer"].strip() == CLUB["answer"]


def test_of_two_who_save_an_answer_to_one_question_in_the_same_instant_one_is_told(
    house: ContentHouse, ed: Visitor, eve: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.ask("is there a zumba class", 1)
    begun = ed.send("/desk/questions", do="answer", entry="new", phrases="a zumba class for him")
    other = eve.get(f"{NEW_PAGE}?{begun.url.query.decode()}")
    more = [(name, str(value)) for name, value in CLUB.items() if name != "phrases"]
    forms = [
        (editor, [*[pair for pair in editor.fields(form)[0] if pair[0] not in dict(more)], *more, ("do", "save")])
        for editor, form in ((ed, begun), (eve, other))
    ]
    monkeypatch.setattr(content_entry, "begun", lambda visit, change: None)  # both look before either saves
    saved, clash = (editor.post(NEW_PAGE, fields) for editor, fields in forms)
    assert "Saved as a draft" in saved.text
    assert clash.status_code == 409
    assert "begun an answer to this question" in clash.text
    assert f'href="{saved.url.path}"' in clash.text
    assert dict(eve.fields(clash)[0])["answer"].strip() == CLUB["answer"]


WITHDRAWALS: dict[str, Callable[[ContentHouse, int], None]] = {
    "taken back": lambda house, id_: change(house, lambda to: questions.withdraw(to, b"k" * 32, id_, house.seals)),
    "forgotten": lambda house, _: change(house, lambda to: questions.forget(to, b"k" * 32, house.seals)),
    "expired": lambda house, _: change(house, lambda to: purge(to, house.clock(), house.seals)),
}


def change(house: ContentHouse, what: Callable[[Connection], object]) -> None:
    with house.engine.begin() as connection:
        what(connection)


def phrases_of(visitor: Visitor, page: httpx.Response) -> list[str]:
    return [line for line in dict(visitor.fields(page)[0])["phrases"].splitlines() if line]


@pytest.mark.parametrize("how", WITHDRAWALS)
def test_the_words_of_a_question_leave_a_draft_with_it(house: ContentHouse, how: str) -> None:
    id_ = house.ask("is there a zumba class for my son alfie", 1)
    house.clock.on(days=150)
    ed = house.signed_in("ed", ("editor",))
    asked = ed.send(
        "/desk/questions", do="answer", entry="east/short-breaks",
        phrases="is there a zumba class for my son alfie\nalfie would love zumba in the hall",
    )  # fmt: skip
    typed = dict(ed.fields(asked)[0])["phrases"].replace(
        "alfie would love zumba in the hall", "he loves zumba in the hall"
    )
    saved = ed.send(ENTRY_PAGE, do="save", phrases=f"{typed}\nsomewhere to swim")
    assert "for my son alfie" in saved.text
    open_form = ed.fields(ed.get(ENTRY_PAGE))[0]
    house.clock.on(days=40)
    WITHDRAWALS[how](house, id_)
    ed, eve = (house.signed_in(name, ("editor",)) for name in ("eda", "evan"))
    shown = eve.get(saved.url.path).text
    assert "zumba" not in shown
    assert "somewhere to swim" in shown
    assert phrases_of(eve, eve.get(ENTRY_PAGE)) == ["a break for me", "somebody to sit with him", "somewhere to swim"]
    late = [*_mark(ed), *[pair for pair in open_form if pair[0] != "mark"], ("do", "save")]
    clash = ed.post(ENTRY_PAGE, late)
    assert clash.status_code == 409, "who had it open is told that it has changed"
    again = ed.post(ENTRY_PAGE, [*ed.fields(clash)[0], ("do", "save")])
    assert "Saved as a draft" in again.text
    assert "zumba" not in again.text
    assert "Approved" in approve(eve, again).text


def test_a_form_that_was_open_when_its_question_was_taken_back_saves_none_of_its_words(
    house: ContentHouse, ed: Visitor
) -> None:
    house.ask("is there a zumba class", 1)
    begun = ed.send("/desk/questions", do="answer", entry="new", phrases="a zumba class for alfie")
    typed = [pair for pair in ed.fields(begun)[0] if pair[0] not in CLUB]
    typed += [(name, str(value)) for name, value in CLUB.items() if name != "phrases"]
    WITHDRAWALS["forgotten"](house, 0)
    saved = ed.post(NEW_PAGE, [*typed, ("phrases", "zumba class for alfie\nthe sports club"), ("do", "save")])
    assert "Saved as a draft" in saved.text
    assert "alfie" not in saved.text
    assert "the sports club" in saved.text


def test_of_a_draft_that_is_thrown_away_nothing_stays(house: ContentHouse, ed: Visitor, eve: Visitor) -> None:
    saved = ed.send(ENTRY_PAGE, do="save", phrases="a zumba class for alfie")
    assert "Thrown away" in eve.send(saved.url.path, do="drop").text
    with house.engine.connect() as connection:
        dropped = content_changes.by_id(connection, int(saved.url.path.split("/")[-1]), ("east",))
    assert dropped is not None
    assert dropped.body(house.seals) == {"fields": {}}
    assert eve.get(saved.url.path).status_code == 200


def test_an_undo_of_a_new_answer_that_the_files_hold_says_that_it_stays(
    house: ContentHouse, ed: Visitor, eve: Visitor
) -> None:
    saved = ed.send(NEW_PAGE, do="save", **CLUB)
    approve(eve, saved)
    assert "no longer get this answer" in ed.get(saved.url.path).text
    export(read_amendments(house.settings.amendments), house.settings.knowledge)
    house.renewal = Renewal(house.settings, house.engine, house.seals)
    house.desk = make_desk(
        house.engine, house.seals, house.renewal.in_use, load_wording("desk"), house.clock, True, house._wanted
    )
    house.app = make_app(house.desk, ("desk.test",))
    ed = house.signed_in("edna", ("editor",))
    assert "no longer get this answer" not in ed.get(saved.url.path).text
    undone = ed.send(saved.url.path, do="undo")
    assert "What was in use before is in use again" in undone.text


def test_a_new_answer_is_offered_where_an_area_has_a_folder(house: ContentHouse) -> None:
    nora = house.signed_in("nora", ("editor",), ("north", "east"))
    page = nora.get(NEW_PAGE).text
    assert 'value="east"' in page
    assert 'value="north"' not in page
    assert nora.send(NEW_PAGE, do="save", **CLUB).status_code == 200
    fields = [pair for pair in nora.fields(nora.get(NEW_PAGE))[0] if pair[0] != "area"]
    assert nora.post(NEW_PAGE, [*fields, ("area", "north"), ("do", "save")]).status_code == 404


def test_a_second_own_line_is_named_though_the_answer_has_no_title_yet(ed: Visitor) -> None:
    own: dict[str, Any] = {"facet.+.name": "", "facet.+.label": "16 to 18", "facet.+.text": "Ask at school."}
    looked = ed.send(NEW_PAGE, do="look", area="east", theme="money", **own)
    assert dict(ed.fields(looked)[0])["facet.to.text"].strip() == "Ask at school."
    fields = [pair for pair in ed.fields(looked)[0] if not pair[0].startswith("facet.+")]
    second = ed.post(NEW_PAGE, [*fields, *(own | {"facet.+.label": "19 to 25"}).items(), ("do", "look")])
    kept = dict(ed.fields(second)[0])
    assert (kept["facet.to.label"], kept["facet.to-2.label"]) == ("16 to 18", "19 to 25")
