"""The forum desk in a real Chromium: the whole loop, axe-core on every page, keyboard alone, without script, at every width."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from conversations.feedback import receipts  # noqa: E402
from conversations.guide import Guide  # noqa: E402
from conversations.keys.talk_key import load_secrets  # noqa: E402
from conversations.records import (
    content_changes,  # noqa: E402
    feedback,  # noqa: E402
)
from conversations.turns import FeedbackGiven  # noqa: E402
from tests.support.clock import PATIENCE  # noqa: E402
from tests.support.desk_browser import (  # noqa: E402
    MARKS,
    PASSWORD,
    Served,
    axe,
    chromium,
    environment,
    serving,
    sign_in,
    watched,
)
from tests.support.figures import note  # noqa: E402
from tests.support.telegram_people import Person, talking  # noqa: E402
from tests.support.telegram_server import Shown  # noqa: E402
from tests.support.warm import run_warm  # noqa: E402

pytestmark = MARKS
EVERYTHING = ("reviewer", "council", "editor", "admin", "safeguarding")
WIDTHS = (320, 768, 1280)
PAGES = (
    "/desk/today", "/desk/inbox", "/desk/inbox?page=2", "/desk/inbox?young=yes", "/desk/inbox?s=0a1b2c3d", "/desk/feedback/1", "/desk/feedback/5",
    "/desk/feedback/8", "/desk/feedback/5/publish", "/desk/safeguarding", "/desk/safeguarding/8", "/desk/safeguarding/what-to-do?area=manchester", "/desk/council", "/desk/council/4",
    "/desk/content", "/desk/content?q=local offer", "/desk/content/number?is=08088010366", "/desk/content/entry/manchester/changemakers", "/desk/content/1", "/desk/content/new",
    "/desk/questions", "/desk/changes", "/desk/figures", "/desk/export", "/desk/report", "/desk/report/manchester/{year}",
    "/desk/report/manchester/{year}/file.html", "/desk/staff", "/desk/account", "/desk/account/phone", "/desk/inbox/add", "/desk/help/safeguarding",
)  # fmt: skip

NARROW = (
    "/desk/issues",
    "/desk/issues/1",
    "/desk/issues/1/publish",
    "/desk/issues/put?comment=1&comment=3",
    "/desk/council/issues/2",
)
"""Pages that are built of pieces of the others: looked at where there is least room alone, which costs a third."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, guide: Guide, index: Path) -> Iterator[Served]:
    """A desk over the built-in content, whose index lies there since the guide was made."""
    with serving(tmp_path_factory.mktemp("desk"), cache=index) as there:
        there.staff("ann@example.org", EVERYTHING)
        there.staff("cat@council.example", ("council",))
        for name in ("ed@example.org", "eve@example.org"):
            there.staff(name, ("editor",))
        body = {"fields": {"title": "Changemakers for you"}}
        with there.engine.begin() as connection:
            content_changes.add(
                connection, "entry", "manchester/short-breaks", "manchester", body, "ed", 1, there.seals
            )
        yield there


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as there:
        yield there


def quiet(errors: list[str]) -> list[str]:
    """Console errors but those that only tell the status of a page that was meant to be refused."""
    return [text for text in errors if not re.search(r"status of 4\d\d", text)]


def only_loopback(requests: list[str]) -> bool:
    return {urlsplit(address).hostname for address in requests} <= {"127.0.0.1"}


def test_axe_finds_nothing_on_any_page_filled_or_in_error_and_none_is_too_wide(
    served: Served, browser: Browser
) -> None:
    seen = watched(browser, served)
    page = seen.page()
    found: list[str] = []
    for address in ("/desk/sign-in", "/desk/set-up"):
        page.goto(address)
        found += axe(page)
        for label in page.locator("main input:visible").all():
            label.fill("wrong")
        page.locator("main form button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        found += axe(page)
    sign_in(page, served, "ann@example.org")
    visited = 4
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for address in (*PAGES, *(NARROW if width == min(WIDTHS) else ()), "/desk/feedback/99999"):
            page.goto(address.format(year=served.now.year))
            if width in (min(WIDTHS), max(WIDTHS)):
                found += axe(page)
                visited += 1
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{address} is {overflow} px too wide at {width}"
    found += _in_error(page)
    assert found == []
    assert quiet(seen.errors) == []
    assert only_loopback(seen.requests)
    note(f"axe-core: {visited + 6} pages, 0 findings; {len(seen.requests)} requests, all to loopback")


def _in_error(page: Page) -> list[str]:
    """What axe finds on the pages that say that something is wrong."""
    found = []
    page.goto("/desk/feedback/1")
    page.get_by_label("State").select_option("council")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Write the words for publication first")
    found += axe(page)
    page.goto("/desk/council/issues/2")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose an answer")
    found += axe(page)
    page.goto("/desk/account")
    for label in ("Your current password", "New password", "The same password again", "The six digits"):
        page.get_by_label(label).fill("1")
    page.get_by_role("button", name="Change my password").click()
    expect(page.get_by_role("alert")).to_contain_text("too short")
    found += axe(page)
    page.goto("/desk/questions")
    page.get_by_role("button", name="Keep as a change").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the entry")
    found += axe(page)
    page.goto("/desk/content/number?is=08088010366")
    page.get_by_label("New number").fill("1")
    page.get_by_label("Where did you find it?").fill("x")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("alert")).to_contain_text("not a whole phone number")
    found += axe(page)
    page.goto("/desk/content/entry/manchester/changemakers")
    page.get_by_label("Answer", exact=True).fill("word " * 60)
    page.get_by_label("Try questions").fill("changemakers\nzebra")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("#wrong-answer")).to_contain_text("has 60 words")
    found += axe(page)
    page.goto("/desk/staff")
    page.get_by_label("Name or email address").fill("x")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("At least one area")
    found += axe(page)
    page.goto("/desk/inbox/add")
    page.get_by_label("What was said").fill("x")
    page.get_by_label("Who said yes, and how").fill("the mother")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose how it came")
    assert page.evaluate("document.activeElement.id") == "came", "the cursor is in the first field that is wrong"
    assert page.title().startswith("Error: ")
    found += axe(page)
    page.goto("/desk/inbox?since=soon")
    expect(page.get_by_role("alert")).to_be_visible()
    return found + axe(page)


def test_the_loop_from_a_familys_words_on_telegram_to_what_changed(served: Served, browser: Browser) -> None:
    with talking(served.data) as (telegram, signpost):
        parent = Person(telegram, 5_550_017_234)
        receipt = _gives_feedback(parent)
        asked = f"what happened to {receipt}"
        parent.says(asked)
        _hears(parent, "Nobody has read it yet.")

        forum, council = watched(browser, served), watched(browser, served)
        page, other = forum.page(), council.page()
        sign_in(page, served, "ann@example.org")
        item = _finds_and_redacts(page)
        sign_in(other, served, "cat@council.example")
        _answers_for_the_council(other)
        _publishes(page, item)

        parent.says(asked)
        heard = _hears(parent, "We asked the council about the pool.").text
        assert "The pool opens again in May." in heard
        assert "The pool was mended." in heard
        parent.says("what changed")
        _identifies_nobody(_hears(parent, "A hydrotherapy pool closed").text, receipt, parent)
        page.goto(f"/desk/report/manchester/{served.now.year}/file.html")
        report = page.inner_text("main")
        for words in ("A hydrotherapy pool closed", "The pool opens again in May.", "The pool was mended."):
            assert words in report
        _identifies_nobody(page.content(), receipt, parent)
        assert signpost.stop() == 0
        _identifies_nobody(signpost.log.read_text(), receipt, parent)
        for file in served.data.glob("signpost.sqlite3*"):
            _identifies_nobody(file.read_bytes().decode("latin-1"), receipt, parent)
        assert telegram.refused == []
        assert set(telegram.queries.values()) == {1}
    assert only_loopback(forum.requests + council.requests)
    assert quiet(forum.errors + council.errors) == []


def _hears(person: Person, words: str) -> Shown:
    """Wait until the newest message in the chat holds some words."""
    person.server.until(lambda: person.shown and words in person.shown[-1].text)
    return person.shown[-1]


def _gives_feedback(parent: Person) -> str:
    """Write, choose, see the preview and press Yes; the receipt code."""
    parent.says("/start")
    _hears(parent, "Where do you live?")
    for label, then in (("Manchester", "Who am I talking to?"), ("I am a parent or carer", "Ask me a question")):
        parent.presses(label)
        _hears(parent, then)
    parent.says("/feedback")
    _hears(parent, "What is it about?")
    for label, then in (
        ("Nothing in particular", "What kind of thing"), ("Something is missing", "How was it for you?"), ("Bad", "type it now"),
    ):  # fmt: skip
        parent.presses(label)
        _hears(parent, then)
    parent.says("The hydrotherapy pool at Elm School closed and Mrs Begum never told us. Ring me on 07700 900123.")
    preview = _hears(parent, "These are the exact words")
    assert "Mrs [name] never told us. Ring me on [phone number]." in preview.text
    assert "Kind: Something is missing. How it was: Bad." in preview.text
    parent.presses("Yes", preview)
    kept = _hears(parent, "your receipt code").text
    receipt = re.search(r"\b[A-Z]{3,} [A-Z]{3,} [A-Z]{3,} \d{4}\b", kept)
    assert receipt is not None, kept
    return receipt[0]


def _finds_and_redacts(page: Page) -> str:
    """Find the words in the inbox, take out what identifies, respond and pass them on; the address of the item."""
    page.get_by_role("link", name="Inbox").click()
    page.get_by_label("Search in comments").fill("hydrotherapy")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("mark").first).to_have_text("hydrotherapy")
    assert "hydrotherapy" not in page.url
    page.get_by_role("link", name="The hydrotherapy pool").click()
    words = page.locator("blockquote.words").first
    expect(words).to_contain_text("Elm School")
    expect(words).not_to_contain_text("07700")
    expect(words).not_to_contain_text("Begum")
    page.get_by_label("State").select_option("council")
    page.get_by_label("Words for publication", exact=True).fill(
        "A hydrotherapy pool closed and families were not told."
    )
    page.get_by_label("Public response").fill("We asked the council about the pool.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    return page.url.split("?")[0]


def _answers_for_the_council(page: Page) -> None:
    page.get_by_role("link", name="For the council").click()
    page.get_by_role("link", name="A hydrotherapy pool closed").click()
    for name in ("Begum", "Elm School"):
        expect(page.locator("body")).not_to_contain_text(name)
    page.get_by_label("The council’s response").fill("The pool opens again in May.")
    page.get_by_role("button", name="Save the response").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")


def _publishes(page: Page, item: str) -> None:
    page.goto(item)
    page.get_by_label("State").select_option("done")
    page.get_by_label("What was done (").fill("The pool was mended.")
    page.get_by_role("button", name="Save, then look before publishing").click()
    expect(page.locator(".public")).to_contain_text("The pool opens again in May.")
    page.get_by_role("button", name="Publish: everybody may read this").click()
    expect(page.locator(".tag.out")).to_have_text("Published")


def _identifies_nobody(text: str, receipt: str, person: Person) -> None:
    """Neither who spoke nor whom they named, nor the code, is in a text."""
    telegram = (str(person.id), person.user["first_name"], person.user["username"])
    names = ("Begum", "Elm School", "07700 9", receipt, *telegram)
    assert [name for name in names if name in text] == []


LATE = "The hopper bus to school comes late, {n} days of five, and nobody rings."


def _eleven(served: Served) -> list[str]:
    """Comments of eleven families on one matter; their receipt codes."""
    kept, codes = load_secrets(served.data / "keys"), [receipts.code(n * 7919**9 + 7) for n in range(1, 12)]
    with served.engine.begin() as connection:
        for n, code in enumerate(codes, 1):
            given = FeedbackGiven("manchester", "offer", "bad", None, "general", False, LATE.format(n=n), code)
            moment = int(served.now.timestamp()) - n
            feedback.store(connection, given, bytes([n]) * 32, kept.receipts(code)[0], moment, served.seals)
    return codes


def test_an_issue_from_eleven_comments_to_a_published_answer_that_a_receipt_shows(
    served: Served, browser: Browser
) -> None:
    codes, forum, council, family = _eleven(served), *(watched(browser, served) for _ in range(3))
    page, other, clicks = forum.page(), council.page(), 0

    def click(here: Page, role: Any, name: str, exact: bool = True) -> None:
        nonlocal clicks
        clicks += 1
        here.get_by_role(role, name=name, exact=exact).click()

    sign_in(page, served, "ann@example.org")
    sign_in(other, served, "cat@council.example")
    click(page, "link", "Inbox", exact=False)
    page.get_by_label("Search in comments").fill("hopper bus")
    click(page, "button", "Search")
    expect(page.get_by_role("status")).to_contain_text("11 comments")
    click(page, "button", "Tick all on this page")
    click(page, "button", "Put into an issue")
    page.get_by_label("Title of the new issue").fill("The school bus comes late")
    click(page, "button", "Put them in")
    expect(page.get_by_role("status")).to_contain_text("11 comments are in it now.")
    page.get_by_label("You said", exact=True).fill("The bus to school comes late, and nobody rings.")
    page.get_by_label("Question to the council").fill("When will it come on time?")
    click(page, "button", "Save and ask the council")
    expect(page.get_by_role("status")).to_contain_text("Passed on.")
    click(other, "link", "For the council")
    click(other, "link", "The school bus comes late")
    expect(other.locator("body")).not_to_contain_text("hopper")
    click(other, "radio", "It is planned")
    other.get_by_label("The answer in words").fill("A new firm drives from spring.")
    other.get_by_label("By when").fill("2027-03-01")
    other.get_by_label("Who sees to it").fill("Transport team")
    click(other, "button", "Send the answer")
    expect(other.get_by_role("status")).to_contain_text("The forum sees it now.")
    click(page, "link", "Issues")
    click(page, "link", "The school bus comes late")
    page.get_by_label("We did").fill("We met the head of transport.")
    click(page, "button", "Save, then look before publishing")
    expect(page.locator(".public")).to_contain_text("The council plans this: A new firm drives from spring.")
    click(page, "button", "Publish: everybody may read this")
    expect(page.get_by_role("status")).to_contain_text("Published: everybody may read it")
    chat = family.page()
    chat.goto("/")
    for code in (codes[0], codes[-1]):
        chat.locator("#text").fill(f"what happened to {code}")
        chat.get_by_role("button", name="Send", exact=True).click()
        expect(chat.locator("#log")).to_contain_text(code)
    expect(chat.locator("#log")).to_contain_text("The council plans this: A new firm drives from spring.")
    chat.goto("/you-said-we-did?area=manchester")
    expect(chat.locator("main")).to_contain_text("By when: 1 March 2027.")
    assert axe(chat) == []
    assert clicks <= 20
    errors = quiet(forum.errors + council.errors + family.errors)
    assert errors == [], errors
    note(f"an issue of 11 comments, from the inbox to its published answer: {clicks} clicks")


def test_a_number_and_an_answer_are_mended_approved_and_asked_for_in_the_chat(served: Served, browser: Browser) -> None:
    old, new, entry = "0161 234 1946", "0161 496 0999", "manchester/changemakers"
    clicks = 0

    def click(page: Page, role: Literal["link", "button"], name: str) -> None:
        nonlocal clicks
        clicks += 1
        page.get_by_role(role, name=name).first.click()

    ed, eve = watched(browser, served).page(), watched(browser, served).page()
    sign_in(ed, served, "ed@example.org")
    sign_in(eve, served, "eve@example.org")
    click(ed, "link", "Content")
    ed.get_by_label("Find an answer").fill(old)
    click(ed, "button", "Find")
    click(ed, "link", old)
    ed.get_by_label("New number").fill(new)
    ed.get_by_label("Where did you find it?").fill("their page, today")
    click(ed, "button", "Save as a draft")
    click(eve, "link", "Content")
    click(eve, "link", old)
    click(eve, "button", "Approve")
    expect(eve.get_by_role("status")).to_contain_text("Approved")
    note(f"a dead number in Chromium: {clicks} clicks of two people from Today to its use")
    ed.goto(f"/desk/content/entry/{entry}")
    ed.locator("summary", has_text="Who can get it").first.click()
    ed.get_by_label("What it says: Who can get it", exact=True).fill("It is for zebras.")
    expect(ed.locator("#beside")).to_contain_text("It is for zebras.")
    ed.get_by_role("button", name="Save as a draft").click()
    eve.goto(ed.url)
    eve.get_by_role("button", name="Approve").click()
    expect(eve.get_by_role("status")).to_contain_text("Approved")
    family = watched(browser, served, width=360).page()
    until = time.monotonic() + PATIENCE
    while new not in family.content() and time.monotonic() < until:
        family.goto(f"/?area=manchester&topic={entry}")
        family.wait_for_timeout(500)
    family = watched(browser, served, width=360).page()
    family.goto("/?area=manchester")
    family.get_by_role("textbox").fill("how do i join changemakers")
    family.get_by_role("button", name="Send").click()
    expect(family.locator(".reply.answer").last).to_contain_text(new)
    while "It is for zebras" not in family.content() and time.monotonic() < until:
        family.get_by_role("button", name="Who can get it").last.click()
        family.wait_for_timeout(500)
    expect(family.locator(".reply.answer").last).to_contain_text("It is for zebras")


def test_the_desk_can_be_worked_by_keyboard_alone(served: Served, browser: Browser) -> None:
    page = watched(browser, served).page()
    page.goto("/desk/sign-in")
    _tab_to(page, "name")
    for text in ("ann@example.org", PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.type(served.code("ann@example.org"))  # made last: on a slow machine typing takes its time
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/today")
    page.goto("/desk/inbox")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
        if "/desk/feedback/" in str(page.evaluate("document.activeElement.href || ''")):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/feedback/*")
    _tab_to(page, "add_note")
    page.keyboard.type("Rang the service.")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Save":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_role("region", name="Notes")).to_contain_text("Rang the service.")


def _tab_to(page: Page, name: str, most: int = 80) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"the keyboard does not come to {name}")


def test_the_desk_works_without_script(served: Served, browser: Browser) -> None:
    page = watched(browser, served, width=320, script=False).page()
    sign_in(page, served, "ann@example.org")
    page.goto("/desk/inbox")
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Theme").select_option("needs")
    page.get_by_role("button", name="Show").click()
    assert "theme=needs" in page.url
    page.locator(".list a").first.click()
    page.get_by_label("Public response").fill("Thank you for telling us.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_role("status")).to_contain_text("Undone.")
    page.goto("/desk/export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.endswith(".csv")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out.")
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_keys_walk_the_inbox_and_can_be_turned_off(served: Served, browser: Browser) -> None:
    seen = watched(browser, served)
    page = seen.page()
    page.context.add_cookies(_signed_in_cookies(served, browser))  # type: ignore[arg-type]
    page.goto("/desk/inbox?state=new")
    first, second = page.locator("#results h2 a").all()[:2]
    opened = [str(line.get_attribute("href")).partition("?")[0] for line in (first, second)]
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox").first).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{opened[0]}?**")
    page.locator("summary", has_text="Words for the council and the public").click()
    page.get_by_label("Public response").press_sequentially("jkrs")
    assert opened[0] in page.url, "letters that are typed are letters"
    page.get_by_label("Public response").fill("")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("r")
    page.wait_for_url(f"**{opened[1]}?**")
    page.keyboard.press("k")  # the one above is read now, and no more in this list
    expect(page.get_by_role("status")).to_contain_text("This is the next one.")
    page.get_by_role("button", name="Turn the keys off").click()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("u")
    page.reload()
    expect(page.get_by_role("button", name="Turn the keys on")).to_be_visible()
    assert opened[1] in page.url
    assert quiet(seen.errors) == []


def test_with_script_a_filter_acts_at_once_and_the_address_follows(served: Served, browser: Browser) -> None:
    seen = watched(browser, served)
    page = seen.page()
    page.context.add_cookies(_signed_in_cookies(served, browser))  # type: ignore[arg-type]
    page.goto("/desk/inbox")
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Who said it").select_option("yes")
    page.wait_for_url("**young=yes**")
    expect(page.locator(".list li").first).to_contain_text("Young person")
    assert quiet(seen.errors) == []


def _signed_in_cookies(served: Served, browser: Browser) -> list[dict[str, object]]:
    context = watched(browser, served)
    sign_in(context.page(), served, "ann@example.org")
    return [
        {name: cookie[name] for name in ("name", "value", "domain", "path")} for cookie in context.context.cookies()
    ]


def test_serve_wants_tls_and_says_so(tmp_path: Path) -> None:
    for options in ((), ("--host", "0.0.0.0", "--insecure-loopback"), ("--address", "http://desk.example.org")):
        done = run_warm(["serve", "--port", "0", "--data", str(tmp_path / "data"), *options], environment())
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        assert "TLS" in done.stderr
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
