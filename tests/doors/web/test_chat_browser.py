"""The chat page in a real Chromium: a talk, danger, leaving, forgetting, feedback, without script, framed, offline, axe-core."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import Browser, Page, Route, expect  # noqa: E402

from conversations.guide import Guide  # noqa: E402
from conversations.wording import load_wording  # noqa: E402
from tests.support.desk_browser import MARKS, Served, Watched, axe, chromium, serving, watched  # noqa: E402
from tests.support.figures import note  # noqa: E402

pytestmark = MARKS
PAGE = {**load_wording().rows, **load_wording("page").rows}
EASY = load_wording("page").easy.rows
WIDTHS = (320, 390, 768, 1280)
LOOK = "one => ['color', 'backgroundColor', 'borderColor', 'fontSize', 'fontWeight', 'width', 'height'].map((name) => getComputedStyle(one)[name])"
TYPED = "they suspended my zwiebel son from school"
HOST = b"""<!doctype html><html lang="en"><title>A Local Offer</title><h1>A Local Offer</h1><main>
<script src="%s/embed.js" data-area="manchester" data-colour="#5a2d82"></script></main></html>"""


class Host(BaseHTTPRequestHandler):
    """Another site, which shows the page in a frame."""

    signpost = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(HOST % self.signpost.encode())

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """The address of another site on this machine: another port is another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, guide: Guide, index: Path, host: str) -> Iterator[Served]:
    """A server over the built-in content, which `host` may frame."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGNPOST_FRAMED_BY", host)
        with serving(tmp_path_factory.mktemp("chat"), cache=index) as there:
            Host.signpost = there.address
            yield there


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as there:
        yield there


@pytest.fixture
def seen(browser: Browser, served: Served) -> Iterator[Watched]:
    """A phone whose requests and errors are watched; none goes elsewhere, and nothing fails."""
    there = watched(browser, served, width=390)
    yield there
    assert [text for text in there.errors if "ERR_INTERNET_DISCONNECTED" not in text] == []
    assert {urlsplit(address).hostname for address in there.requests} <= {"127.0.0.1"}
    there.context.close()


@pytest.fixture
def page(seen: Watched) -> Page:
    page = seen.page()
    page.goto("/")
    return page


def say(page: Page, words: str) -> None:
    """Type something, send it, and wait for the answer."""
    before = page.locator(".reply").count()
    page.get_by_role("textbox").fill(words)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".reply").nth(before)).to_be_visible()


def press(page: Page, label: str) -> None:
    """Press a button, the newest of its name in the log, else on the page."""
    before = page.locator(".reply").count()
    within = page.locator("#log").get_by_role("button", name=label, exact=True)
    button = within.last if within.count() else page.get_by_role("button", name=label, exact=True).first
    button.click()
    expect(page.locator(".reply").nth(before)).to_be_visible()


def test_a_parents_talk_goes_on_after_a_reload_without_the_words_that_were_typed(page: Page, seen: Watched) -> None:
    press(page, "Manchester")
    began = time.monotonic()
    say(page, TYPED)
    note(
        f"chat page in Chromium: first answer {1000 * (time.monotonic() - began):.0f} ms after Send; {len(seen.requests)} requests"
    )
    expect(page.locator(".reply.answer").last).to_contain_text("excluded")
    press(page, "What to do")
    say(page, "how long does it take")
    shown = page.locator(".reply").all_inner_texts()
    page.reload()
    assert page.locator(".reply").all_inner_texts() == shown
    held = page.evaluate("JSON.stringify(sessionStorage)") + page.content()
    assert "zwiebel" not in held
    expect(page.locator(".you.gone").first).to_have_text(PAGE["not_kept"])
    press(page, "Who can get it")
    assert page.url.endswith("/"), "nothing of a talk stands in the address"


def test_danger_in_the_middle_of_feedback_brings_the_card(page: Page) -> None:
    press(page, "Manchester")
    press(page, PAGE["feedback"])
    say(page, "i want to die")
    card = page.locator(".reply.card").first
    expect(card.get_by_role("link", name="999").first).to_have_attribute("href", "tel:999")
    expect(card.get_by_role("link", name="SHOUT to 85258")).to_have_attribute("href", "sms:85258?body=SHOUT")
    expect(page.locator("#log")).to_contain_text(PAGE["void_by_danger"])
    assert _faults(page) == []
    assert page.locator("#say").evaluate("one => getComputedStyle(one).position") == "static", "it covers no number"


@pytest.mark.parametrize("how", ["button", "escape"])
def test_hiding_leaves_at_once_and_back_does_not_return(page: Page, seen: Watched, how: str) -> None:
    seen.context.route(
        re.compile("bbc"), lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html")
    )
    say(page, TYPED)
    if how == "button":
        page.get_by_role("link", name=PAGE["hide"]).click()
    else:
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    page.wait_for_url(PAGE["hide_address"])
    assert page.evaluate("history.length") <= 2, "the page of the talk is replaced"
    page.go_back()
    assert "127.0.0.1" not in page.url
    assert not [one for one in seen.context.cookies() if "talk" in str(one.get("name"))]
    seen.requests[:] = [address for address in seen.requests if "bbc" not in address]
    page.goto("/")
    expect(page.locator(".reply")).to_have_count(0)
    expect(page.get_by_role("heading", name=PAGE["ask"])).to_be_visible()


def test_back_brings_no_page_of_the_talk_after_hiding_however_many_there_were(page: Page, seen: Watched) -> None:
    seen.context.route(
        re.compile("bbc"), lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html")
    )
    say(page, TYPED)
    page.locator(".reply.answer").get_by_role("button", name=PAGE["paper"]).click()
    page.wait_for_url("**/talk/paper")
    page.get_by_role("link", name=PAGE["back_to_talk"]).click()
    page.get_by_role("link", name=PAGE["changes"]).click()
    page.get_by_role("link", name=PAGE["hide"]).click()
    page.wait_for_url(PAGE["hide_address"])
    page.go_back()
    page.wait_for_url(PAGE["hide_address"])
    seen.requests[:] = [address for address in seen.requests if "bbc" not in address]
    page.goto("/")
    expect(page.get_by_role("heading", name=PAGE["ask"])).to_be_visible()
    expect(page.locator(".reply")).to_have_count(0)


@pytest.mark.parametrize("how", ["button", "escape"])
def test_hiding_within_a_frame_leaves_with_the_whole_page_or_at_least_empties_the_frame(
    browser: Browser, served: Served, host: str, how: str
) -> None:
    there = watched(browser, served)
    there.context.route(
        re.compile("bbc"), lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html")
    )
    page = there.page()
    page.goto(host)
    frame = page.frame_locator("iframe")
    frame.get_by_role("textbox").fill(TYPED)
    frame.get_by_role("button", name="Send").click()
    expect(frame.locator(".reply").first).to_be_visible()
    if how == "button":
        frame.get_by_role("link", name=PAGE["hide"]).click()
        page.wait_for_url(PAGE["hide_address"])
        page.go_back()
        assert "127.0.0.1" not in page.url
    else:
        frame.get_by_role("textbox").press("Escape")
        frame.get_by_role("textbox").press("Escape")
        expect(frame.locator(".reply")).to_have_count(0)
        expect(frame.get_by_role("textbox")).to_have_count(0)
    there.context.close()


def test_forgetting_empties_the_page_and_the_tab(page: Page) -> None:
    press(page, "Manchester")
    say(page, TYPED)
    page.get_by_role("button", name=PAGE["forget"]).click()
    expect(page.locator("#log")).to_contain_text("Done.")
    expect(page.locator(".reply")).to_have_count(1)
    assert "zwiebel" not in page.content()
    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    expect(page.locator(".reply")).to_have_count(0)
    expect(page.get_by_role("heading", name=PAGE["where"])).to_be_visible()


def test_a_browser_that_keeps_no_cookies_is_answered_all_the_same(page: Page, seen: Watched) -> None:
    for words in ("how do i get dla", "say that again"):
        seen.context.clear_cookies()
        say(page, words)
        expect(page.locator(".reply").last).to_contain_text("DLA")
    expect(page.locator(".reply")).to_have_count(2)


def test_another_tab_begins_another_talk(page: Page, seen: Watched) -> None:
    press(page, "Manchester")
    say(page, TYPED)
    other = seen.page()
    other.goto("/")
    expect(other.get_by_role("heading", name=PAGE["where"])).to_be_visible()
    say(other, "say that again")
    expect(other.locator(".reply").last).to_contain_text(PAGE["again_none"])
    say(page, "say that again")
    expect(page.locator(".reply").last).not_to_contain_text(PAGE["page_old"])


def test_feedback_goes_to_its_receipt_and_is_kept_once(page: Page, served: Served) -> None:
    press(page, "Wirral")
    say(page, TYPED)
    for label in (PAGE["button_tell_forum"], PAGE["kind_offer"], PAGE["felt_bad"]):
        press(page, label)
    say(page, "The helper was kind.\nShe rang us back.")
    expect(page.locator("blockquote").last).to_have_text("The helper was kind.\nShe rang us back.")
    looks = [
        page.locator(".reply").last.get_by_role("button", name=PAGE[name], exact=True).evaluate(LOOK)
        for name in ("button_yes", "button_no")
    ]
    assert looks[0] == looks[1], "order and looks favour neither (P4)"
    assert _faults(page) == []
    press(page, PAGE["button_yes"])
    expect(page.locator(".reply.feedback_saved")).to_contain_text(re.compile(r"[A-Z]+ [A-Z]+ [A-Z]+ \d{4}"))
    press(page, PAGE["button_yes"])
    expect(page.locator(".reply").last).to_contain_text(PAGE["kept_already"])
    page.reload()
    assert "helper was kind" not in page.content(), "a preview is not kept in the tab"


def test_without_script_the_forms_do_it_and_back_and_reload_send_nothing(browser: Browser, served: Served) -> None:
    there = watched(browser, served, width=360, script=False)
    page = there.page()
    page.goto("/")
    page.get_by_role("button", name="Shropshire").click()
    page.get_by_role("textbox").fill("how do i get an ehc plan")
    page.get_by_role("button", name="Send").click()
    first = page.locator(".reply").first.inner_text()
    assert "ehc" not in page.url.lower()
    page.reload()
    assert page.locator(".reply").first.inner_text() == first
    page.get_by_role("button", name="How long").click()
    assert page.locator(".reply").first.inner_text() != first
    page.go_back()
    assert page.locator(".reply").first.inner_text() == first
    page.get_by_role("textbox").fill("i want to die")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".reply.card").first).to_be_visible()
    assert there.errors == []
    there.context.close()


def test_axe_finds_nothing_at_any_width_light_or_dark_and_nothing_is_too_wide(
    browser: Browser, served: Served, host: str
) -> None:
    found: list[str] = []
    for width in WIDTHS:
        there = watched(browser, served, width=width)
        page = there.page()
        page.emulate_media(color_scheme="dark" if width in (390, 1280) else "light", reduced_motion="reduce")
        for address in (
            "/",
            "/?area=wirral&topic=wirral/sendiass",
            "/you-said-we-did?area=manchester",
            "/embed?colour=5a2d82",
        ):
            page.goto(address)
            found += _faults(page) + _too_wide(page, width)
        page.evaluate("sessionStorage.clear()")
        page.goto("/")
        press(page, PAGE["easy_offer"])
        say(page, TYPED)
        press(page, PAGE["button_all"])
        page.get_by_role("button", name=PAGE["all_topics"], exact=True).last.click()
        say(page, "someone hit my child")
        page.locator("summary").click()
        found += _faults(page) + _too_wide(page, width)
        assert there.errors == []
        there.context.close()
    assert found == []
    note(f"axe-core on the chat page: {5 * len(WIDTHS)} states, 0 findings")


def _faults(page: Page) -> list[str]:
    """What axe finds while all of the page is in sight: the bars that stay in place cover nothing then."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": size["width"], "height": page.evaluate("document.documentElement.scrollHeight")})
    found = axe(page)
    page.set_viewport_size(size)
    return found


def _too_wide(page: Page, width: int) -> list[str]:
    more = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url} is {more} px too wide at {width}"] if more > 0 else []


def test_another_site_shows_the_page_in_a_frame_with_its_area_and_colour(
    browser: Browser, served: Served, host: str
) -> None:
    there = watched(browser, served)
    page = there.page()
    page.goto(host)
    frame = page.frame_locator("iframe")
    frame.get_by_role("textbox").fill("help getting to school")
    frame.get_by_role("button", name="Send").click()
    expect(frame.locator(".reply").first).to_contain_text("Manchester")
    assert frame.locator(".top").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(90, 45, 130)"
    assert there.context.cookies() == [], "nothing is kept for another site"
    frame.get_by_role("textbox").fill("is it free")
    frame.get_by_role("button", name="Send").click()
    expect(frame.locator(".reply").nth(1)).to_be_visible()
    page.reload()
    expect(frame.locator(".reply")).to_have_count(2)
    frame.get_by_role("textbox").fill("say that again")
    frame.get_by_role("button", name="Send").click()
    expect(frame.locator(".reply").nth(2)).to_contain_text("chool")
    expect(frame.locator(".reply").nth(2)).not_to_contain_text(PAGE["again_none"])
    frame.get_by_role("button", name=PAGE["paper"]).last.click()
    frame.get_by_role("link", name=PAGE["back_to_talk"]).click()
    expect(frame.locator(".reply")).to_have_count(3)
    assert frame.locator(".top").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(90, 45, 130)"
    assert there.errors == []
    there.context.close()


def test_a_site_that_is_not_named_cannot_frame_the_page(browser: Browser, served: Served, host: str) -> None:
    there = watched(browser, served)
    page = there.page()
    page.goto(host.replace("127.0.0.1", "localhost"))
    page.wait_for_timeout(1500)
    assert any("frame-ancestors" in text or "Framing" in text for text in there.errors), there.errors
    there.context.close()


def test_what_is_sent_offline_waits_and_is_answered_once(page: Page, seen: Watched) -> None:
    press(page, "Manchester")
    before = page.locator(".reply").count()
    seen.context.set_offline(True)
    page.get_by_role("textbox").fill("how do i get dla")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("textbox").fill("is it free")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_have_text(PAGE["offline"])
    expect(page.get_by_role("status").get_by_role("link", name="999")).to_have_attribute("href", "tel:999")
    seen.context.set_offline(False)
    expect(page.locator(".reply").nth(before + 1)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("")
    page.wait_for_timeout(500)
    assert page.locator(".reply").count() == before + 2
    expect(page.locator(".reply").nth(before)).to_contain_text("DLA")
    expect(page.locator(".you:has-text('dla') + .reply")).to_contain_text("DLA")
    expect(page.locator(".you:has-text('free') + .reply")).to_be_visible()


def test_a_cry_waits_for_no_answer_that_does_not_come_and_is_not_scrolled_away_by_it(page: Page, seen: Watched) -> None:
    press(page, "Manchester")
    stuck: list[Route] = []

    def hangs(route: Route) -> None:
        if "dla" in (route.request.post_data or ""):
            stuck.append(route)
        else:
            route.continue_()

    seen.context.route(re.compile("/talk$"), hangs)
    for words in ("how do i get dla", "i want to die"):
        page.get_by_role("textbox").fill(words)
        page.get_by_role("button", name="Send").click()
    card = page.locator(".you:has-text('die') + .reply.card")
    expect(card).to_be_visible(timeout=15_000)
    expect(card).to_be_in_viewport()
    for route in stuck:
        route.continue_()
    expect(page.locator(".you:has-text('dla') + .reply")).to_contain_text("DLA")
    expect(card).to_be_in_viewport()


@pytest.mark.parametrize(("status", "again"), [(408, True), (403, False)])
def test_what_no_family_can_read_is_never_shown_as_an_answer(
    page: Page, seen: Watched, status: int, again: bool
) -> None:
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=status, body="Zwiebel header invalid", content_type="text/plain")

    seen.context.route(re.compile("/talk$"), refuse)
    page.get_by_role("textbox").fill("how do i get dla")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".you + *")).to_contain_text("DLA" if again else PAGE["failed"])
    assert "Zwiebel" not in page.content()
    seen.errors[:] = [text for text in seen.errors if str(status) not in text]


def test_the_key_that_says_send_sends_on_a_phone_too(browser: Browser, served: Served) -> None:
    context = browser.new_context(
        base_url=served.address, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_role("textbox").fill("how do i get dla")
    page.get_by_role("textbox").press("Enter")
    expect(page.locator(".reply")).to_contain_text("DLA")
    expect(page.get_by_role("textbox")).not_to_be_focused()
    expect(page.get_by_role("textbox")).to_have_value("")
    context.close()


CUT = """([selector, one]) => { const at = (part) => { const range = document.createRange(); range.setStart(part[0], part[1]);
  range.setEnd(part[0], part[1] + 1); return range.getBoundingClientRect().x; };
  const walk = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT), parts = [];
  while (walk.nextNode()) for (let n = 0; n < walk.currentNode.length; n++) parts.push([walk.currentNode, n]);
  const said = parts.map((part) => part[0].data[part[1]]).join(""); return one.map((letter) => at(parts[said.indexOf(letter)])); }"""
"""Where letters of an element stand, from the left, by what each begins."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_right_to_left_the_page_is_mirrored_and_each_text_is_read_in_its_own_direction(
    page: Page, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    mirrored = "document.documentElement.dir = 'rtl'"  # as a browser does that translates into Arabic or Urdu
    page.evaluate(mirrored)
    first, last = page.evaluate(CUT, ["h1", ["W", "?"]])
    assert first < last
    first, last = page.evaluate(CUT, [".hello p", ["needs", "."]])
    assert first < last
    hide, brand = (page.locator(one).bounding_box() for one in ("#hide", ".brand"))
    assert hide is not None
    assert brand is not None
    assert hide["x"] < brand["x"]
    press(page, "Manchester")
    say(page, "asdf qwer")
    way = ".contact .way.phone"
    first, last = page.evaluate(CUT, [way, ["P", "0"]])
    assert first < last, "the number stands behind what it is"
    digits = page.locator(f"{way} a").first.inner_text().replace(" ", "")
    places = page.evaluate(CUT, [f"{way} a", list(dict.fromkeys(digits))])
    assert places == sorted(places), "its digits stand in their order"
    page.evaluate("document.querySelector('.reply:last-child p').textContent = 'اتصل على الرقم الآن'")  # translated
    say(page, "i want to die")
    assert _faults(page) + _too_wide(page, 390) == []
    page.evaluate("document.documentElement.dir = 'ltr'")
    page.get_by_role("textbox").fill("ابني لا ينام؟")
    assert page.get_by_role("textbox").evaluate("one => getComputedStyle(one).direction") == "rtl"
    page.get_by_role("button", name="Send").click()
    first, last = page.evaluate(CUT, [".you:last-of-type bdi", ["ا", "؟"]])
    assert last < first


def test_easy_read_on_a_small_phone_leaves_its_room_to_the_answer(browser: Browser, served: Served) -> None:
    there = watched(browser, served, width=320)
    page = there.page()
    page.set_viewport_size({"width": 320, "height": 568})
    page.goto("/?easy=1&young=1&area=manchester")
    offers = page.locator(".easy-offer")
    expect(offers).to_have_count(0)
    say(page, "school said no to an ehc needs assessment")
    assert page.locator("#say").evaluate("one => getComputedStyle(one).position") == "static"
    press(page, "What to do")
    picture, title, after = page.locator(".reply").last.evaluate(
        "one => [...one.querySelectorAll('.said > .picture, .said > p')].slice(0, 3).map((part) => part.getBoundingClientRect().toJSON())"
    )
    assert title["x"] >= picture["right"], "no line of it runs under the picture"
    assert after["y"] >= picture["bottom"]
    there.context.close()


def test_easy_read_is_offered_within_the_first_screen_of_a_phone(browser: Browser, served: Served) -> None:
    there = watched(browser, served, width=360)
    page = there.page()
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto("/")
    expect(page.get_by_role("button", name=PAGE["easy_offer"])).to_be_in_viewport(ratio=1)
    there.context.close()


def test_on_a_slow_line_that_loses_an_answer_questions_queue_and_nothing_is_doubled(
    page: Page, seen: Watched, served: Served
) -> None:
    press(page, "Manchester")
    before, shown = page.locator(".reply").count(), answers_shown(served)
    lost: list[str] = []

    def slow(route: Route) -> None:
        answer = route.fetch()  # the server hears it
        page.wait_for_timeout(400)
        if not lost:
            lost.append(route.request.url)
            route.abort("connectionreset")  # and the answer is lost on the way
        else:
            route.fulfill(response=answer)

    seen.context.route(re.compile("/talk$"), slow)
    for words in ("how do i get dla", "my child does not sleep", "how do i get school transport"):
        page.get_by_role("textbox").fill(words)
        page.get_by_role("button", name="Send").click()
    expect(page.locator(".you")).to_have_count(4)
    expect(page.locator(".reply").nth(before + 2)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("")
    page.wait_for_timeout(300)
    assert page.locator(".reply").count() == before + 3
    titles = [page.locator(".reply").nth(before + n).inner_text() for n in range(3)]
    assert ["DLA" in titles[0], "leep" in titles[1], "chool" in titles[2]] == [True, True, True], titles
    assert answers_shown(served) == shown + 3, "what was heard before its answer was lost is counted once"
    seen.errors[:] = [text for text in seen.errors if "ERR_CONNECTION_RESET" not in text]


def answers_shown(served: Served) -> int:
    with served.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "select sum(n) from counts where what = 'answer' and day = ?", (served.now.date().isoformat(),)
        )
        return int(rows.scalar() or 0)


def test_a_young_person_in_easy_read_has_pictures_hard_words_a_paper_and_a_day_to_keep(
    page: Page, seen: Watched
) -> None:
    page.goto("/?young=1")
    press(page, PAGE["easy_offer"])
    expect(page.locator("html")).to_have_class("easy")
    expect(page.locator(".foot")).to_contain_text(EASY["easy_switch"])
    press(page, "Manchester")
    say(page, "school said no to an ehc needs assessment")
    answer = page.locator(".reply.answer").last
    expect(answer.locator(".said > img.picture")).to_have_count(1)
    assert answer.locator(".said > img.picture").evaluate("one => one.complete && one.naturalWidth > 0")
    press(page, PAGE["button_hard_words"])
    expect(page.locator(".reply").last).to_contain_text("means")
    assert _faults(page) == []
    replies = page.locator(".reply").count()
    answer.get_by_role("button", name=PAGE["paper"]).click()
    page.wait_for_url("**/talk/paper")
    expect(page.locator(".codes svg")).to_have_count(2)
    assert _faults(page) + _too_wide(page, 390) == []
    page.get_by_label(PAGE["day_pick"]).fill((date.today() + timedelta(days=30)).isoformat())
    with page.expect_download() as download:
        page.get_by_role("button", name=EASY["day_make"]).click()
    assert download.value.suggested_filename == "reminder.ics"
    page.emulate_media(media="print")
    expect(page.locator("form.day")).to_be_hidden()
    expect(page.locator(".codes svg").first).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name=PAGE["back_to_talk"]).click()
    expect(page.locator(".reply")).to_have_count(replies)
    page.get_by_role("button", name=EASY["easy_switch"]).click()
    expect(page.locator("html")).not_to_have_class("easy")
    expect(page.locator(".foot")).to_contain_text(PAGE["easy_switch"])


def test_a_talk_can_be_had_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=PAGE["skip"])).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("how do i get dla")
    page.keyboard.press("Enter")
    expect(page.locator(".reply").first).to_be_visible()
    expect(page.get_by_role("textbox")).to_be_focused()
    page.locator("#log").get_by_role("button", name="How long").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".reply").nth(1)).to_be_visible()


def test_an_answer_can_be_taken_away_as_text_and_on_paper(page: Page, seen: Watched) -> None:
    seen.context.grant_permissions(["clipboard-read", "clipboard-write"])
    say(page, "how do i get dla")
    say(page, "my child does not sleep")
    answer = page.locator(".reply.answer").first
    answer.get_by_role("button", name=PAGE["copy_text"]).click()
    expect(page.get_by_role("status")).to_have_text(PAGE["copied"])
    expect(answer.get_by_role("button", name=PAGE["copied"])).to_be_visible()
    expect(answer.get_by_role("button", name=PAGE["copy_text"], exact=True)).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "0800 121 4600" in copied
    assert "do not" not in copied.split("\n")[0]
    answer.get_by_role("button", name=PAGE["paper"]).click()
    page.wait_for_url("**/talk/paper")
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name=PAGE["print"]).click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name=PAGE["hide"])).to_be_hidden()
    expect(page.get_by_role("button").first).to_be_hidden()
    expect(page.locator(".reply")).to_contain_text("0800 121 4600")
    for code in page.locator(".codes svg").all():
        place = code.bounding_box()
        assert place is not None
        assert place["y"] + place["height"] < 500, "on the first sheet, whatever is on the others"


def test_an_answer_goes_to_the_phones_own_share_sheet_with_whole_addresses(page: Page) -> None:
    page.evaluate("navigator.share = async (what) => { window.shared = what; }")
    say(page, "what is an ehc plan")
    answer = page.locator(".reply.answer").last
    answer.get_by_role("button", name=PAGE["share"]).click()
    shared = page.evaluate("shared.text")
    link = answer.locator(".contact a[href^=http]").first
    assert str(link.get_attribute("href")) in shared
    assert "https://" not in link.inner_text(), "shown as people say it"
    assert page.url.rstrip("/") in shared


def test_an_answer_is_read_aloud_sentence_by_sentence_and_stops(page: Page) -> None:
    page.evaluate(
        """() => { window.spoken = []; window.hushed = 0;
        speechSynthesis.speak = (one) => spoken.push(one.text); speechSynthesis.cancel = () => { hushed += 1; }; }"""
    )
    say(page, "how do i get dla")
    page.locator(".reply").last.get_by_role("button", name=PAGE["read_aloud"]).click()
    spoken = page.evaluate("spoken")
    assert len(spoken) > 3
    assert all(len(sentence) < 200 for sentence in spoken)
    page.get_by_role("button", name=PAGE["read_stop"]).click()
    assert page.evaluate("spoken.length") == len(spoken)
    expect(page.get_by_role("button", name=PAGE["read_aloud"]).last).to_be_visible()


def test_a_screen_reader_finds_the_log_and_what_each_part_is(page: Page) -> None:
    say(page, "how do i get dla")
    log = page.get_by_role("log", name=PAGE["log"])
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log.get_by_role("heading", level=2)).to_have_count(1)
    expect(page.get_by_role("textbox", name=PAGE["ask_again"])).to_be_visible()
    tree = page.locator("body").aria_snapshot()
    parts = [
        f'link "{PAGE["skip"]}"', f'link "{PAGE["hide"]}"', f'heading "{PAGE["ask"]}" [level=1]', f'log "{PAGE["log"]}"',
        f'paragraph: "{PAGE["you"]} how do i get dla"', "article:", 'heading "Disability Living Allowance', 'link "0800 121 4600"',
        f'button "{PAGE["paper"]}"', 'button "How long"', f'textbox "{PAGE["ask_again"]}"', 'button "Send"', 'link "999"',
        "contentinfo:", f'button "{PAGE["forget"]}"',
    ]  # fmt: skip
    places = [tree.find(part) for part in parts]
    assert -1 not in places, tree
    assert places == sorted(places), tree
