"""The jobs of a week at the desk, walked in a real Chromium, their clicks counted; and a desk in which nothing has come in."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")

from docx import Document  # noqa: E402
from playwright.sync_api import Browser, Dialog, Page, expect  # noqa: E402
from pypdf import PdfReader  # noqa: E402
from sqlalchemy import update  # noqa: E402

from conversations.guide import Guide  # noqa: E402
from conversations.records import feedback  # noqa: E402
from conversations.records.staff_tables import sessions  # noqa: E402
from conversations.turns import FeedbackGiven  # noqa: E402
from tests.support.desk_browser import (  # noqa: E402
    MARKS,
    PASSWORD,
    Served,
    axe,
    chromium,
    serving,
    sign_in,
    watched,
)
from tests.support.figures import note  # noqa: E402

pytestmark = MARKS
EMPTY = (
    "/desk/today", "/desk/inbox", "/desk/inbox?state=new", "/desk/inbox/add", "/desk/issues", "/desk/safeguarding",
    "/desk/safeguarding/what-to-do", "/desk/council", "/desk/content", "/desk/questions", "/desk/changes", "/desk/figures", "/desk/export",
    "/desk/report", "/desk/report/wirral/{year}", "/desk/report/wirral/{year}/file.html", "/desk/staff", "/desk/account", "/desk/help",
)  # fmt: skip
"""Every page of the bar, where there is nothing to show."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, guide: Guide, index: Path) -> Iterator[Served]:
    """A desk with comments in Manchester, thirty new ones in Shropshire, and nothing at all in Wirral."""
    with serving(tmp_path_factory.mktemp("desk"), cache=index) as there:
        there.staff("ann", ("reviewer",))
        there.staff("bea", ("reviewer",))
        there.staff("lee", ("admin", "safeguarding"))
        there.staff("sal", ("reviewer",), ("shropshire",))
        there.staff("wyn", ("reviewer", "council", "editor", "admin", "safeguarding"), ("wirral",))
        with there.engine.begin() as connection:
            for n in range(30):
                given = FeedbackGiven("shropshire", "offer", "bad", None, "general", False, f"Told in May, {n}.", "")
                number = (n + 9_000).to_bytes(32, "big")
                feedback.store(connection, given, number, number, int(there.now.timestamp()) - n, there.seals)
        yield there


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as there:
        yield there


@dataclass
class Walker:
    """Somebody at the desk whose clicks are counted; a list that is opened and a line of it that is chosen are two."""

    page: Page
    clicks: int = 0

    def press(self, role: Any, name: str | re.Pattern[str], exact: bool = True) -> None:
        """One click."""
        self.clicks += 1
        self.page.get_by_role(role, name=name, exact=exact).first.click()

    def choose(self, label: str, value: str) -> None:
        """Two clicks."""
        self.clicks += 2
        self.page.get_by_label(label, exact=True).select_option(value)


def at_the_desk(served: Served, browser: Browser, name: str) -> Walker:
    page = watched(browser, served).page()
    sign_in(page, served, name)
    return Walker(page)


def test_thirty_comments_are_triaged_in_at_most_sixty_clicks(served: Served, browser: Browser) -> None:
    sal = at_the_desk(served, browser, "sal")
    sal.press("link", "Inbox", exact=False)
    sal.press("link", re.compile("^New "))
    sal.press("link", "Told in May, 0.")
    for n in range(30):
        expect(sal.page.locator("blockquote.words").first).to_have_text(f"Told in May, {n}.")
        save = sal.page.get_by_role("button", name="Save", exact=True)
        assert save.evaluate("b => b.getBoundingClientRect().bottom <= innerHeight"), "Save stands in view"
        assert not sal.page.get_by_label("Words for publication", exact=True).is_visible(), (
            "what is new has no need of it"
        )
        if n % 10 == 3:
            sal.choose("State", "not-for-publication")
            sal.press("button", "Save and next")
            continue
        if n % 5 == 4:
            sal.choose("Theme", "health")
        sal.press("button", "Set to Read, and next")
    expect(sal.page.get_by_role("status").first).to_have_text("That was the last one in this list.")
    expect(sal.page.locator(".empty")).to_have_text("No comment is in the state “New”.")
    note(f"triage of 30 comments one by one in Chromium: {sal.clicks} clicks")
    assert sal.clicks <= 60


def test_what_a_state_needs_is_opened_with_it(served: Served, browser: Browser) -> None:
    page = at_the_desk(served, browser, "ann").page
    page.goto("/desk/feedback/1")
    field = page.get_by_label("Words for publication", exact=True)
    expect(field).not_to_be_visible()
    page.get_by_label("State").select_option("council")
    expect(field).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(field).to_be_focused()
    assert page.title().startswith("Error: ")
    page.get_by_role("button", name="Start from the family’s words").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.locator(".brand")).to_have_text(re.compile(r"^Manchester Parent Carer Forum \(MPCF\)\s+Signpost desk$"))


def test_safeguarding_with_a_lead_and_without(served: Served, browser: Browser) -> None:
    with served.engine.begin() as connection:
        given = FeedbackGiven("shropshire", "other", None, None, "general", False, "I am scared at home.", "")
        alone = feedback.store(connection, given, b"s" * 32, b"s" * 32, int(served.now.timestamp()), served.seals)
    sal, ann, lee = (at_the_desk(served, browser, name) for name in ("sal", "ann", "lee"))
    sal.page.goto(f"/desk/feedback/{alone}")
    sal.choose("State", "safeguarding")
    sal.press("button", "Save")
    expect(sal.page.get_by_role("alert")).to_contain_text("Nobody in this area holds the safeguarding role")
    take = sal.page.get_by_label("I take on the safeguarding role", exact=False)
    expect(take).to_be_focused()
    sal.clicks += 1
    take.check()
    sal.press("button", "Save")
    expect(sal.page.locator("blockquote.words")).to_have_text("I am scared at home.")
    expect(sal.page.get_by_role("link", name="0345 678 9021")).to_be_visible()

    before = int(re.sub(r"\D", "", lee.page.locator(".count.alarm").inner_text()))
    ann.page.goto("/desk/feedback/9")
    said = ann.page.locator("blockquote.words").first.inner_text()
    ann.choose("State", "safeguarding")
    ann.press("button", "Save")
    expect(ann.page.locator("blockquote.words")).to_have_text(said)
    expect(ann.page.get_by_role("link", name="0161 234 5001")).to_be_visible()
    here = ann.page.url
    ann.press("button", "Keep this call")
    expect(ann.page.get_by_label("I rang")).to_be_focused()
    for label, words in (
        ("I rang", "the contact centre"),
        ("At (day and time)", "today, 10:15"),
        ("They said", "They visit."),
    ):
        ann.page.get_by_label(label, exact=True).fill(words)
    ann.press("button", "Keep this call")
    lee.press("link", re.compile("^Safeguarding"))
    expect(lee.page.locator(".count.alarm")).to_contain_text(str(before + 1))
    lee.press("link", "Comment 9")
    expect(lee.page.locator("main")).to_contain_text("They said: They visit.")
    lee.page.get_by_label("What came of it").fill("Social care has taken it on.")
    lee.press("button", "Close it with this outcome")
    expect(lee.page.locator(".count.alarm")).to_contain_text(str(before))
    ann.page.goto(here)
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    note(
        f"safeguarding in Chromium: {sal.clicks} clicks without a lead, {ann.clicks} to move it and keep a call, {lee.clicks} to close it"
    )


def test_a_clash_of_two_is_put_together_and_an_expired_session_gives_the_words_back(
    served: Served, browser: Browser
) -> None:
    ann, bea = at_the_desk(served, browser, "ann"), at_the_desk(served, browser, "bea")
    for one in (ann, bea):
        one.page.goto("/desk/feedback/3")
        one.page.get_by_label("Public response").fill(f"We rang, {'on Monday' if one is ann else 'on Tuesday'}.")
    bea.page.get_by_label("Who sees to it").select_option("bea")
    ann.press("button", "Save")
    expect(ann.page.get_by_role("status")).to_contain_text("Saved.")
    bea.press("button", "Save")
    both = bea.page.get_by_role("region", name="You both changed this")
    expect(both).to_contain_text("We rang, on Monday.")
    expect(both).to_contain_text("We rang, on Tuesday.")
    response = bea.page.get_by_label("Public response")
    expect(response).to_be_focused()
    assert axe(bea.page) == []
    response.fill("We rang on Monday and on Tuesday.")
    bea.press("button", "Save")
    expect(bea.page.get_by_role("status")).to_contain_text("Saved.")
    expect(bea.page.get_by_label("Who sees to it")).to_have_value("bea")

    ann.page.goto("/desk/feedback/3")
    ann.page.get_by_label("Public response").fill("An hour's work.")
    with served.engine.begin() as connection:
        connection.execute(update(sessions).values(seen=0))
    ann.press("button", "Save")
    expect(ann.page.get_by_role("status")).to_contain_text("what you typed comes back")
    for label, typed in (("Your name at the desk", "ann"), ("Password", PASSWORD), ("Code", served.code("ann"))):
        ann.page.get_by_label(label, exact=True).fill(typed)
    ann.press("button", "Sign in")
    expect(ann.page.locator("main")).to_contain_text("An hour's work.")
    ann.press("button", "Save it now")
    expect(ann.page.get_by_label("Public response")).to_have_value("An hour's work.")
    ann.page.get_by_label("Public response").fill("Words that nobody has saved.")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    ann.page.on("dialog", leave)
    ann.press("link", "Today")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Today")
    assert asked == ["beforeunload"], "who leaves with words that are not saved is asked"


def test_a_name_that_masking_missed_is_stopped_before_publication(served: Served, browser: Browser) -> None:
    ann = at_the_desk(served, browser, "ann")
    ann.page.goto("/desk/feedback/11")
    ann.page.get_by_label("Words for publication", exact=True).fill("The teacher of our daughter Maya Begum is kind.")
    ann.page.get_by_label("Public response").fill("Ring us on 07700 900123.")
    ann.press("button", "Save, then look before publishing")
    found = [one.strip() for one in ann.page.locator(".public mark").all_inner_texts()]
    assert found[-1] == "07700 900123"
    assert "Begum" in found[0]
    ann.press("button", "Publish: everybody may read this")
    expect(ann.page.get_by_role("alert")).to_contain_text("could still show who somebody is")
    expect(ann.page.get_by_label("What is marked may stand", exact=False)).to_be_focused()
    ann.press("button", "Take out what is marked")
    expect(ann.page.locator(".public")).not_to_contain_text("Begum")
    expect(ann.page.locator(".public")).to_contain_text("[phone number]")
    ann.press("button", "Publish: everybody may read this")
    expect(ann.page.get_by_role("status")).to_contain_text("Published")
    family = watched(browser, served).page()
    family.goto("/you-said-we-did?area=manchester")
    expect(family.locator("main")).to_contain_text("is kind.")
    expect(family.locator("main")).not_to_contain_text("Begum")
    note(f"a name that masking missed, stopped, taken out and published in Chromium: {ann.clicks} clicks")


def test_the_report_is_handed_in_as_pdf_and_word(served: Served, browser: Browser) -> None:
    ann, year = at_the_desk(served, browser, "ann"), served.now.year - 1
    ann.press("link", "Report")
    ann.press("link", re.compile(f"^{year}"))
    ann.page.get_by_label("Introduction").fill("Our second year.")
    ann.press("button", "Save the draft")
    expect(ann.page.get_by_role("status")).to_contain_text("The draft is saved.")
    ann.press("button", "Freeze an edition")
    files: dict[str, bytes] = {}
    for name in ("PDF", "Word"):
        with ann.page.expect_download() as download:
            ann.press("link", f"Edition 1: {name}")
        files[name] = Path(download.value.path()).read_bytes()
    paper = PdfReader(io.BytesIO(files["PDF"]))
    document = Document(io.BytesIO(files["Word"]))
    texts = {
        "PDF": " ".join(page.extract_text() for page in paper.pages),
        "Word": " ".join(paragraph.text for paragraph in document.paragraphs),
    }
    for name, text in texts.items():
        for words in (
            f"Manchester, {year}",
            "Manchester Parent Carer Forum",
            "Manchester City Council",
            "Edition 1",
            "Our second year.",
        ):
            assert words in " ".join(text.split()), f"{words} in {name}"
    assert "/StructTreeRoot" in paper.trailer["/Root"].get_object()  # type: ignore[operator]
    note(f"the report written, frozen and taken away as PDF and Word in Chromium: {ann.clicks} clicks")


def test_axe_finds_nothing_where_nothing_has_come_in_nor_where_a_persons_own_colours_rule(
    served: Served, browser: Browser
) -> None:
    wyn = watched(browser, served, width=320, own_colours=True).page()
    sign_in(wyn, served, "wyn")
    found: list[str] = []
    for address in EMPTY:
        wyn.goto(address.format(year=served.now.year))
        found += axe(wyn)
        wide = wyn.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} is {wide} px too wide"
        marked = wyn.locator("nav [aria-current]")
        if marked.count():
            assert marked.first.evaluate("e => getComputedStyle(e).outlineStyle") == "solid", "seen without a ground"
    assert found == []
    note(f"axe-core: {len(EMPTY)} pages of a desk in which nothing has come in, in forced colours: 0 findings")


def test_the_first_comment_is_on_the_first_screen_of_a_phone(served: Served, browser: Browser) -> None:
    page = watched(browser, served, width=320).page()
    page.set_viewport_size({"width": 320, "height": 568})
    sign_in(page, served, "bea")
    page.goto("/desk/inbox")
    top = page.locator("#results .list li").first.evaluate("li => li.getBoundingClientRect().top")
    assert top < 568 - 60, f"the first comment begins at {top:.0f} px"
