"""People and their devices: names as typed, a new phone by one's own hand, who is signed in where."""

from __future__ import annotations

import re
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import inspect, text

from bot.web.browsers import browser_of
from conversations.forum import accounts, devices
from conversations.records import staff
from tests.support.desk_visitor import PASSWORD, House, Visitor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def code_of(secret: str, house: House) -> str:
    return pyotp.TOTP(secret).at(int(house.clock().timestamp()))


def shown_secret(page: str) -> str:
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert found is not None
    return found[1].replace(" ", "")


def recovery_code(house: House, name: str) -> str:
    """A recovery code of an account."""
    code = accounts.make_code()
    with house.engine.begin() as connection:
        locks = staff.named(connection, name)
        assert locks is not None
        staff.keep_recovery(connection, locks.staff.id, (staff.digest(code),))
    return code


def test_a_name_is_shown_as_it_was_typed_and_found_however_it_is_typed(house: House) -> None:
    admin = house.signed_in("admin", ("admin",))
    page = admin.send("/desk/staff", name="  Sam   O'Neil ", area="east", role=["reviewer"], do="add")
    assert "<strong>Sam O&#39;Neil</strong>" in page.text
    again = admin.send("/desk/staff", name="SAM O'NEIL", area="east", role=["reviewer"], do="add")
    assert again.status_code == 422
    assert "has an account already" in again.text
    assert ("admin", "staff added", "Sam O'Neil") in {(one.who, one.what, one.about) for one in house.trail()}
    sam, code = house.visitor(), re.search(r"[A-Z2-7]{5}(-[A-Z2-7]{5}){4}", page.text)
    assert code is not None
    chosen = sam.send("/desk/set-up", name="sam o'neil", code=code[0])
    secret = shown_secret(chosen.text)
    ready = sam.send("/desk/set-up/password", password=PASSWORD, again=PASSWORD, code=code_of(secret, house))
    assert "you are signed in" in ready.text
    assert ">Sam O&#39;Neil</a>" in sam.get("/desk/inbox").text, "the code that set the account up signs in"
    assert "Sam O&#39;Neil</td>" in admin.get("/desk/staff").text


def new_phone(ann: Visitor, code: str, password: str = PASSWORD) -> str:
    return ann.send("/desk/account/phone", password=password, code=code).text


def test_a_lost_phone_is_replaced_by_its_owner_with_a_recovery_code(house: House) -> None:
    old, ann, elsewhere = house.staff("ann"), house.visitor(), house.visitor()
    elsewhere.sign_in("ann", old)
    house.clock.on(seconds=30)
    ann.sign_in("ann", old)
    code = recovery_code(house, "ann")
    assert "The password or the code is wrong" in new_phone(ann, code, "not it")
    assert "The password or the code is wrong" in new_phone(ann, "000000")
    page = ann.send("/desk/account/phone", password=PASSWORD, code=code)
    secret = shown_secret(page.text)
    fields = [pair for pair in ann.fields(page)[0] if pair[0] != "code"]
    assert ann.post("/desk/account/phone", [*fields, ("code", "000000")]).status_code == 422
    house.clock.on(seconds=30)
    assert "Inbox" in house.visitor().sign_in("ann", old).text, "until it is proved, the old one works"
    stranger = house.signed_in("bea")
    stolen = [("mark", stranger.mark), *[pair for pair in fields if pair[0] == "phone"]]
    assert stranger.post("/desk/account/phone", [*stolen, ("code", code_of(secret, house))]).status_code == 422
    done = ann.post("/desk/account/phone", [*fields, ("code", code_of(secret, house))])
    assert "Your new phone is set up" in done.text
    assert len(re.findall(r"<code>[A-Z2-7-]{29}</code>", done.text)) == accounts.RECOVERY_CODES
    assert "Sign in" in elsewhere.get("/desk/inbox").text, "other devices are signed out"
    house.clock.on(seconds=60)
    assert house.visitor().sign_in("ann", old).status_code == 401
    assert "Inbox" in house.visitor().sign_in("ann", secret).text


def test_a_new_phone_that_nobody_proved_within_half_an_hour_is_nothing(house: House) -> None:
    ann = house.signed_in("ann")
    page = ann.send("/desk/account/phone", password=PASSWORD, code=recovery_code(house, "ann"))
    secret, fields = shown_secret(page.text), [pair for pair in ann.fields(page)[0] if pair[0] != "code"]
    house.clock.on(minutes=29)
    ann.get("/desk/today")
    house.clock.on(minutes=2)
    late = ann.post("/desk/account/phone", [*fields, ("code", code_of(secret, house))])
    assert late.status_code == 422
    assert "half an hour has passed" in late.text


def test_somebody_sees_where_they_are_signed_in_and_signs_one_device_out(house: House) -> None:
    secret, ann, other = house.staff("ann"), house.visitor(), house.visitor()
    other.http.headers["user-agent"] = FIREFOX
    other.sign_in("ann", secret)
    house.clock.on(seconds=30)
    ann.sign_in("ann", secret)
    page = ann.get("/desk/account").text
    assert "Firefox on Linux, since 22 November 2026, 12:00" in page
    assert "<strong>(here)</strong>" in page
    number = re.findall(r'name="session" value="([0-9a-f]{16})"', page)
    assert len(number) == 1
    bea = house.signed_in("bea")
    bea.post("/desk/account/sessions", [("mark", bea.mark), ("session", number[0])])
    assert "Inbox" in other.get("/desk/inbox").text, "nobody ends another's session"
    ann.post("/desk/account/sessions", [("mark", ann.mark), ("session", number[0])])
    assert "Sign in" in other.get("/desk/inbox").text
    assert "Inbox" in ann.get("/desk/inbox").text


def test_an_administrator_sees_who_is_signed_in_where_and_signs_them_out(house: House) -> None:
    admin, ann, west = (
        house.signed_in("admin", ("admin",)),
        house.signed_in("ann"),
        house.signed_in("w", areas=("west",)),
    )
    page = admin.get("/desk/staff").text
    assert "Signed in now" in page
    numbers = re.findall(r'name="session" value="([0-9a-f]{16})"', page)
    assert len(numbers) == 1, "their own, and that of another area, are not shown"
    sent = [("mark", admin.mark), ("do", "sign-out"), ("session", numbers[0])]
    assert admin.post("/desk/staff", [*sent, ("name", "w")]).status_code == 404
    admin.post("/desk/staff", [*sent, ("name", "ann")])
    assert "Sign in" in ann.get("/desk/inbox").text
    assert "Inbox" in west.get("/desk/inbox").text
    house.clock.on(hours=1)
    assert set(devices.signed_in(house.engine, house.clock())) == set(), "what has expired is not signed in"


def test_somebody_who_opens_the_page_to_sign_in_again_can_still_sign_out(house: House) -> None:
    ann = house.signed_in("ann")
    page = ann.get("/desk/sign-in").text
    marks = re.findall(r'name="mark" value="([^"]+)"', page)
    assert len(set(marks)) == 2, "the bar's form and the page's own"
    assert "You are signed out." in ann.post("/desk/sign-out", [("mark", marks[0])]).text


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("", "A browser"),
    ],
)  # fmt: skip
def test_a_device_is_known_by_its_kind_alone(agent: str, name: str) -> None:
    assert browser_of(agent) == name


def test_accounts_from_before_keep_their_names(house: House) -> None:
    secret = house.staff("ann")
    with house.engine.begin() as connection:
        connection.execute(text("UPDATE staff SET key = name"))  # as the migration does
        assert {one["name"] for one in inspect(connection).get_indexes("staff")} >= {"staff_key"}
    assert "Inbox" in house.visitor().sign_in("ANN", secret).text
