"""Help: the question mark of every page leads to the part of the guide that is about it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from bot.web.desk.manual import PART_FOR, part_for, parts
from tests.support.desk_visitor import House

EVERYTHING = ("reviewer", "council", "editor", "admin", "safeguarding")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_every_page_of_the_bar_has_its_own_help_and_every_link_in_it_leads_somewhere(house: House) -> None:
    ann = house.signed_in("ann", EVERYTHING)
    bar = ann.get("/desk/today").text.partition("<nav")[2].partition("</header>")[0]
    for path in {*re.findall(r'href="(/desk/[a-z]+)"', bar), "/desk/sign-in"}:
        somebody = house.visitor() if path == "/desk/sign-in" else ann
        found = re.search(r'<p class="mark"><a href="([^"]+)"', somebody.get(path).text)
        assert found is not None, path
        assert found[1] != "/desk/help", f"no part of the guide is about {path}"
        assert house.visitor().get(found[1]).status_code == 200, "help is there before signing in"
    assert {name for _, name in PART_FOR} <= set(parts())
    assert part_for("/desk/elsewhere") == "/desk/help"
    contents = ann.get("/desk/help").text
    for part in parts().values():
        page = ann.get(f"/desk/help/{part.name}")
        assert f"<h1>{part.title}</h1>" in unescape(page.text)
        assert f'href="/desk/help/{part.name}"' in contents
        for goal in re.findall(r'href="(/desk/help/[^"]+)"', part.html):
            name, _, place = goal.removeprefix("/desk/help/").partition("#")
            assert name in parts()
            assert not place or f'id="{place}"' in parts()[name].html
        assert not re.search(r"<img|<script|style=|href=\"[^/h]", part.html), part.name
    missing = ann.get("/desk/help/no-such-part")
    assert missing.status_code == 404
    assert 'href="/desk/help/when-something-goes-wrong"' in missing.text


def test_the_help_is_the_guide_word_for_word() -> None:
    html = parts()["safeguarding"].html
    assert "<strong>Is someone in danger now? Ring 999.</strong>" in html
    assert "<table>" in parts()["the-six-states"].html
    assert '<a href="/desk/help/safeguarding">' in parts()["when-something-goes-wrong"].html


def test_without_the_guide_the_page_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.desk.manual.GUIDE", Path("not-there.md"))
    parts.cache_clear()
    try:
        assert "The guide is not on this machine" in house.visitor().get("/desk/help").text
        assert house.visitor().get("/desk/sign-in").status_code == 200
    finally:
        parts.cache_clear()
