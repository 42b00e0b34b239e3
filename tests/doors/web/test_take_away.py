"""An answer taken away from the chat page: on paper with QR codes, and a day for the family's own calendar."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from bot.web.chat.limits import TALK_MOST
from bot.web.chat.paper import read_day
from bot.web.chat.pictures import FOLDER, PICTURES
from conversations.guide import Guide
from conversations.wording import load_wording
from knowledge.entries import FACETS
from tests.support.chat_visitor import SITE, ChatHouse, Parent
from tests.support.clock import NOON

WORDS = load_wording("page")
ENTRY = "national/ehcp-request"
DEADLINE = "You have 2 months from the date on the letter, or 1 month from a mediation certificate if later."


@pytest.fixture(scope="module")
def house(guide: Guide, tmp_path_factory: pytest.TempPathFactory) -> ChatHouse:
    return ChatHouse(tmp_path_factory.mktemp("paper"), guide)


@pytest.fixture
def parent(house: ChatHouse) -> Iterator[Parent]:
    there = Parent(house)
    there.open("/?area=wirral")
    yield there
    there.http.close()


def send(parent: Parent, path: str, **fields: str) -> str:
    """Press a button of the page that leads to another page."""
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": SITE, "sec-fetch-site": "same-origin"}
    parent.page = parent.http.post(path, data={**parent.hidden('<form id="press"'), **fields}, headers=headers)
    return parent.text


def test_an_answer_on_paper_is_all_of_it_with_a_code_to_it_and_to_its_source_and_stands_in_no_address(
    house: ChatHouse, parent: Parent
) -> None:
    before = house.talks()
    assert f'formaction="/talk/paper" name="paper" value="{ENTRY}"' in parent.http.get(f"/?topic={ENTRY}").text
    shown = send(parent, "/talk/paper", paper=ENTRY)
    assert parent.page.status_code == 200
    assert "?" not in str(parent.page.url)
    entry = house.chat.guide.library.by_id[ENTRY]
    for text in (
        entry.title,
        entry.contacts[0].name,
        load_wording()("take_away_foot"),
        WORDS("paper_here"),
        WORDS("hide"),
    ):
        assert text in shown
    assert parent.page.text.count('class="segno"') == 2
    assert 'style="' not in parent.page.text, "the page's policy allows no style of that kind"
    assert house.talks() == before, "nothing is stored"


def test_who_sends_for_paper_without_end_waits_as_with_messages(tmp_path: Path, guide: Guide) -> None:
    parent = Parent(ChatHouse(tmp_path, guide))
    parent.open("/?area=wirral")
    start = parent.page
    for path, most in (("/talk/paper", TALK_MOST // 2), ("/talk/date", TALK_MOST // 2 + 1)):
        for _ in range(most):
            parent.page = start
            send(parent, path, paper=ENTRY)
    assert parent.page.status_code == 429
    assert WORDS("too_many") in parent.page.text


def test_a_paper_is_in_the_words_and_the_voice_of_the_talk(parent: Parent) -> None:
    parent.press(WORDS("easy_offer"))
    shown = send(parent, "/talk/paper", paper=ENTRY)
    assert WORDS.easy("tagline") not in shown
    assert load_wording().easy("easy_more").split(".")[0] not in shown
    assert "If they say yes, a plan takes longer." in shown
    assert "<h1>How to ask for an EHC needs assessment</h1>" in parent.page.text
    assert 'class="easy"' in parent.page.text


def test_a_day_that_the_family_picked_becomes_a_calendar_entry_with_the_approved_sentence(
    house: ChatHouse, parent: Parent
) -> None:
    assert DEADLINE in send(parent, "/talk/paper", paper=ENTRY)
    which = re.findall(r'name="which" value="(\d)"[^>]*> <span>(.*?)</span>', parent.page.text)
    day = (house.clock() + timedelta(days=40)).date()
    number = next(number for number, text in which if text == DEADLINE)
    form = {"paper": ENTRY, "which": number, "day": day.isoformat(), **parent.hidden('<form class="day"')}
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": SITE}
    answer = parent.http.post("/talk/date", data=form, headers=headers)
    assert answer.headers["content-type"].startswith("text/calendar")
    event: Any = Calendar.from_ical(answer.content).walk("VEVENT")[0]
    assert event["dtstart"].dt == day
    assert DEADLINE in event["summary"]
    assert WORDS("day_note") in event["description"]
    assert str(event["url"]) == f"{SITE}/?area=wirral&topic=national%2Fehcp-request"
    assert [alarm["trigger"].dt for alarm in event.walk("VALARM")] == [timedelta(days=-7), timedelta(days=-1)]
    token = parent.http.cookies["__Host-signpost-talk"].partition(".")[2]
    assert token not in answer.text


@pytest.mark.parametrize(
    "fields", [{"day": "2020-01-01"}, {"day": "31.12.2030"}, {"day": ""}, {"which": "9"}, {"which": "x"}]
)
def test_a_day_that_is_none_is_told_on_the_page_and_makes_nothing(
    house: ChatHouse, parent: Parent, fields: dict[str, str]
) -> None:
    good = {"paper": ENTRY, "which": "0", "day": (house.clock() + timedelta(days=9)).date().isoformat()}
    assert WORDS("day_wrong") in send(parent, "/talk/date", **{**good, **fields})
    assert parent.page.status_code == 422


@pytest.mark.parametrize("chosen", ["", "national/none", "national/crisis", "national/hello", "../etc"])
def test_a_paper_of_nothing_is_not_found(parent: Parent, chosen: str) -> None:
    send(parent, "/talk/paper", paper=chosen)
    assert parent.page.status_code == 404


def test_a_day_is_from_today_on_and_not_beyond_ten_years() -> None:
    today = NOON.date()
    assert read_day(today.isoformat(), NOON) == today
    assert read_day((today - timedelta(days=1)).isoformat(), NOON) is None
    assert read_day(date(today.year + 11, 1, 1).isoformat(), NOON) is None
    assert read_day("2027-02-30", NOON) is None


def test_within_a_frame_a_paper_may_be_shown_there_and_leads_back_there(guide: Guide, tmp_path: Path) -> None:
    house = ChatHouse(tmp_path, guide, framed_by=("https://offer.test",))
    there = Parent(house)
    there.open("/embed?area=wirral&colour=0b4f57")
    send(there, "/talk/paper", paper=ENTRY)
    assert "frame-ancestors https://offer.test" in there.page.headers["content-security-policy"]
    assert 'href="/embed?area=wirral&amp;colour=0b4f57"' in there.page.text, (
        "with the area and the colour that the host asked for"
    )
    assert not there.http.cookies


def test_a_picture_stands_beside_each_theme_and_facet_in_easy_read_alone_and_words_with_it(
    house: ChatHouse, parent: Parent
) -> None:
    assert set(FACETS) | set(house.chat.guide.themes) <= PICTURES
    assert "/pictures/" not in parent.open("/?area=wirral")
    for address in ("/?easy=1", f"/?easy=1&area=wirral&topic={ENTRY}"):
        page = parent.http.get(address).text
        pictures = re.findall(r'<img class="picture" src="/static/chat/pictures/([\w-]+)\.svg" alt="" width', page)
        assert len(pictures) > 5, address
        assert not re.search(r"<button[^>]*><img[^>]*></button>", page), "no picture stands alone"
    assert parent.http.get(f"/static/chat/pictures/{pictures[0]}.svg").headers["content-type"].startswith("image/svg")


def test_the_pictures_are_those_whose_checksums_are_written_down() -> None:
    table = (FOLDER / "VENDORED.md").read_text(encoding="utf-8")
    for file in FOLDER.glob("*.svg"):
        assert f"| {file.name} |" in table
        assert hashlib.sha256(file.read_bytes()).hexdigest() in table, file.name
        assert not re.search(r"<script|href=|url\(|\bon\w+=", file.read_text(encoding="utf-8")), file.name


def test_a_link_for_young_people_and_for_easy_read_begins_the_talk_so(parent: Parent) -> None:
    parent.open("/?easy=1&young=1&area=wirral")
    assert WORDS.easy("tagline") in parent.text
    parent.say("/settings")
    assert load_wording()("young-person") in parent.replies
    assert load_wording()("data_easy_read") + ": on" in parent.replies
