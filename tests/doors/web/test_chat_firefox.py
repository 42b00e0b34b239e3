"""The chat page in a real Firefox: a talk, easy read, leaving, forgetting, and all of it without script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api")  # the server of the browser tests is in its file

from conversations.guide import Guide
from conversations.wording import load_wording
from tests.support.desk_browser import Served, serving
from tests.support.firefox import MARKS, Firefox, firefox

pytestmark = MARKS
PAGE = {**load_wording().rows, **load_wording("page").rows}
EASY = load_wording("page").easy.rows
TYPED = "they suspended my zwiebel son from school"
ESCAPE = "\ue00c"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, guide: Guide, index: Path) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("firefox"), cache=index) as there:
        yield there


@pytest.fixture(scope="module")
def browser() -> Iterator[Firefox]:
    with firefox() as there:
        yield there


@pytest.fixture
def page(browser: Firefox, served: Served) -> Firefox:
    tab = browser.ask("WebDriver:NewWindow", {"type": "tab"})["handle"]
    browser.ask("WebDriver:SwitchToWindow", {"handle": tab})
    browser.open(f"{served.address}/healthz")
    browser.ask("WebDriver:DeleteAllCookies", {})
    browser.open(f"{served.address}/")
    return browser


def say(page: Firefox, words: str, answer: str) -> None:
    """Type something, send it, and wait for an answer that says this."""
    page.type("#text", words)
    page.press("Send")
    page.wait(lambda: answer in " ".join(page.texts(".reply")))


def test_a_talk_goes_on_after_a_reload_and_forgetting_empties_it(page: Firefox) -> None:
    page.press("Manchester")
    page.wait(lambda: len(page.texts(".reply")) > 1)
    say(page, TYPED, "excluded")
    page.press("What to do")
    page.wait(lambda: len(page.texts(".reply")) > 3)
    shown = page.texts(".reply")
    page.ask("WebDriver:Refresh", {})
    page.wait(lambda: page.texts(".reply") == shown)
    assert "zwiebel" not in page.run("return JSON.stringify(sessionStorage)") + page.run(
        "return document.body.innerHTML"
    )
    say(page, "i want to die", "116 123")
    page.press(PAGE["forget"])
    page.wait(lambda: page.texts(".reply")[0].startswith("Done.") and len(page.texts(".reply")) == 1)
    assert page.run("return sessionStorage.length") == 0


def test_easy_read_is_switched_on_with_its_pictures_and_leads_to_paper_and_back(page: Firefox) -> None:
    page.press(PAGE["easy_offer"])
    page.wait(lambda: page.run("return document.documentElement.className") == "easy")
    page.wait(lambda: EASY["easy_switch"] in page.texts("footer")[0])
    say(page, "school said no to an ehc needs assessment", "assessment")
    shown = len(page.texts(".reply"))
    assert page.run(
        "return [...document.querySelectorAll('.picture')].filter((one) => one.naturalWidth > 0).length > 3"
    )
    page.press(PAGE["paper"])
    page.wait(lambda: page.address.endswith("/talk/paper") and len(page.texts(".codes figure")) == 2)
    page.press(PAGE["back_to_talk"])
    page.wait(lambda: len(page.texts(".reply")) == shown)


@pytest.mark.parametrize("how", ["button", "escape"])
def test_hiding_leaves_at_once_and_back_does_not_return(page: Firefox, served: Served, how: str) -> None:
    say(page, TYPED, "excluded")
    with suppress(AssertionError):  # the page that it leads to cannot be reached from here
        if how == "button":
            page.press(PAGE["hide"])
        else:
            page.type("#text", ESCAPE + ESCAPE)
    page.wait(lambda: page.address == PAGE["hide_address"])
    page.ask("WebDriver:Back", {})
    assert page.address == f"{served.address}/healthz", "what stood before the talk"


def test_without_script_the_forms_do_it_and_back_and_reload_send_nothing(served: Served) -> None:
    with firefox(script=False) as page:
        page.open(f"{served.address}/")
        page.press("Shropshire")
        page.wait(lambda: "Shropshire" in page.texts(".reply")[0])
        assert page.texts(".take button") == [], "what needs script is not offered"
        say(page, "how do i get an ehc plan", "EHC")
        first = page.texts(".reply")
        assert "ehc" not in page.address.lower()
        page.ask("WebDriver:Refresh", {})
        page.wait(lambda: page.texts(".reply") == first)
        page.press("How long")
        page.wait(lambda: page.texts(".reply") != first)
        page.ask("WebDriver:Back", {})
        page.wait(lambda: page.texts(".reply") == first)
        say(page, "i want to die", "116 123")
        page.press(PAGE["hide_heading"])
        page.wait(lambda: PAGE["hide_note_plain"] in page.texts("details")[0])
