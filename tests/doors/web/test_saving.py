"""Two people at one comment, and a session that ends while somebody writes: nobody's words are lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pyotp
import pytest

from bot.web.gate import Gate
from tests.support.desk_visitor import PASSWORD, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_only_what_somebody_changed_is_saved(house: House) -> None:
    record, ann, bea = house.give("x"), house.signed_in("ann"), house.signed_in("bea")
    path = f"/desk/feedback/{record}"
    mine = dict(bea.fields(bea.get(path))[0])
    ann.send(path, note="ann rang the school", state="read")
    late = bea.post(path, list({**mine, "response": "from bea"}.items()))
    assert "Saved." in late.text
    row = house.record(record)
    assert (row.note(house.seals), row.state, row.response) == ("ann rang the school", "read", "from bea")


def test_saving_again_after_a_clash_does_not_wipe_what_the_other_wrote_elsewhere(house: House) -> None:
    record, ann, bea = house.give("x"), house.signed_in("ann"), house.signed_in("bea")
    path = f"/desk/feedback/{record}"
    mine = dict(bea.fields(bea.get(path))[0])
    ann.send(path, note="a note of ann", response="from ann")
    late = bea.post(path, list({**mine, "response": "from bea"}.items()))
    assert late.status_code == 409
    assert "<title>Error: " in late.text
    assert late.text.count("from ann") >= 1
    both = late.text.partition("You both changed this")[2].partition("</section>")[0]
    assert "from ann" in both
    assert "from bea" in both
    assert house.row(record)["response"] == "from ann"
    again = bea.fields(late)[0]
    assert dict(again)["response"] == "from bea"
    assert dict(again)["note"] == "a note of ann"
    assert "Saved." in bea.post(path, again).text
    assert house.row(record)["response"] == "from bea"
    assert house.record(record).note(house.seals) == "a note of ann"


def test_a_clash_that_shows_with_another_problem_is_not_saved_over(house: House) -> None:
    record, ann, bea = house.give("x"), house.signed_in("ann"), house.signed_in("bea")
    path = f"/desk/feedback/{record}"
    mine = dict(bea.fields(bea.get(path))[0])
    ann.send(path, response="ann")
    late = bea.post(path, list({**mine, "response": "bea", "state": "council"}.items()))
    assert late.status_code == 409
    assert house.row(record)["response"] == "ann"


def test_the_councils_words_clash_too(house: House) -> None:
    record = house.give("x", state="council", public_words="y")
    cat, dan = house.signed_in("cat", ("council",)), house.signed_in("dan", ("council",))
    mine = dict(dan.fields(dan.get(f"/desk/council/{record}"))[0])
    cat.send(f"/desk/council/{record}", council_response="from cat")
    late = dan.post(f"/desk/council/{record}", list({**mine, "council_response": "from dan"}.items()))
    assert late.status_code == 409
    assert "from cat" in late.text
    assert "from dan" in late.text


def test_typed_words_survive_a_session_that_has_ended_for_the_same_person_alone(house: House) -> None:
    record = house.give("x")
    secrets = {name: house.staff(name) for name in ("ann", "bea")}
    for who, saved in (("ann", True), ("bea", False)):
        house.clock.on(hours=1)
        ann = house.visitor()
        ann.sign_in("ann", secrets["ann"])
        form = dict(ann.fields(ann.get(f"/desk/feedback/{record}"))[0])
        house.clock.on(minutes=31)
        out = ann.post(f"/desk/feedback/{record}", list({**form, "response": f"an hour's work, {who}"}.items()))
        assert "what you typed comes back" in out.text
        assert "hour&#39;s work" not in out.text, "nobody reads it who has not signed in"
        typed = dict(ann.fields(out)[0])
        code = pyotp.TOTP(secrets[who]).at(int(house.clock().timestamp()))
        back = ann.post("/desk/sign-in", list({**typed, "name": who, "password": PASSWORD, "code": code}.items()))
        assert ("an hour&#39;s work" in back.text) is saved
        if saved:
            done = ann.post(f"/desk/feedback/{record}", ann.fields(back)[0])
            assert "Saved." in done.text
            assert house.row(record)["response"] == "an hour's work, ann"


def test_a_form_of_no_session_of_this_browser_is_not_kept(house: House) -> None:
    record = house.give("x")
    stranger = house.visitor()
    page = stranger.post(f"/desk/feedback/{record}", [("mark", "0" * 64 + ".1"), ("response", "x")])
    assert 'name="kept"' not in page.text
    assert page.url.path == "/desk/sign-in"


def test_half_a_form_whose_sender_is_gone_is_never_taken_for_a_whole_one() -> None:
    handled: list[Any] = []
    parts = [{"type": "http.request", "body": b"response=Thank+y", "more_body": True}, {"type": "http.disconnect"}]
    form = [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", b"40"),
        (b"host", b"desk.test"),
    ]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        handled.append(scope)

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        handled.append(message)

    scope = {"type": "http", "method": "POST", "path": "/desk/feedback/1", "headers": form}
    asyncio.run(Gate(app, ("desk.test",), secure=True)(scope, receive, send))
    assert handled == []
