"""Signing in to the forum desk holds against those who should not be there (W1; OWASP ASVS 5.0 level 1)."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pyotp
import pytest

from conversations.forum import accounts
from conversations.records import staff
from tests.support.desk_visitor import PASSWORD, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def set_up_code(house: House, name: str = "ann") -> str:
    return accounts.add(house.engine, name, ("east",), ("reviewer",), house.clock(), "test")


def code_of(secret: str, house: House) -> str:
    return pyotp.TOTP(secret).at(int(house.clock().timestamp()))


def test_a_first_account_is_set_up_with_its_one_time_secret_and_then_signs_in(house: House) -> None:
    ann, code = house.visitor(), set_up_code(house)
    page = ann.send("/desk/set-up", name="Ann", code=code.lower().replace("-", " "))
    assert "Choose a password" in page.text
    shown = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)
    assert shown is not None
    secret = shown[1].replace(" ", "")

    short = ann.send("/desk/set-up/password", password="short", again="short", code=code_of(secret, house))
    common = ann.send(
        "/desk/set-up/password", password="password1234", again="password1234", code=code_of(secret, house)
    )
    wrong = ann.send("/desk/set-up/password", password=PASSWORD, again=PASSWORD, code="000000")
    done = ann.send("/desk/set-up/password", password=PASSWORD, again=PASSWORD, code=code_of(secret, house))

    assert (short.status_code, common.status_code, wrong.status_code) == (422, 422, 422)
    assert "too short" in short.text
    assert "too easy to guess" in common.text
    recovery = re.findall(r"<code>([A-Z2-7-]{29})</code>", done.text)
    assert len(recovery) == accounts.RECOVERY_CODES
    assert "Inbox" in ann.get("/desk/inbox").text, "the code that proved the phone signs in"
    assert house.visitor().sign_in("ann", secret).status_code == 401, "and is used up"
    house.clock.on(seconds=30)
    assert "Inbox" in ann.sign_in("ann", secret).text
    again = house.visitor().send("/desk/set-up", name="ann", code=code)
    assert again.status_code == 401, "a set-up secret works once"
    bea = house.visitor()
    assert "Inbox" in bea.send("/desk/sign-in", name="ann", password=PASSWORD, code=recovery[0].lower()).text
    assert house.visitor().send("/desk/sign-in", name="ann", password=PASSWORD, code=recovery[0]).status_code == 401


def test_a_set_up_secret_is_void_after_three_days(house: House) -> None:
    code = set_up_code(house)
    house.clock.on(hours=accounts.SETUP_HOURS + 1)
    assert house.visitor().send("/desk/set-up", name="ann", code=code).status_code == 401


def test_a_wrong_name_a_wrong_password_and_a_wrong_code_look_the_same(house: House) -> None:
    secret = house.staff("ann")
    visitor = house.visitor()
    wrong = [
        visitor.send("/desk/sign-in", name="nobody", password=PASSWORD, code=code_of(secret, house)),
        visitor.send("/desk/sign-in", name="ann", password="wrong", code=code_of(secret, house)),
        visitor.send("/desk/sign-in", name="ann", password=PASSWORD, code="123456"),
    ]
    texts = {re.sub(r'value="[^"]*"', "", page.text) for page in wrong}
    assert [page.status_code for page in wrong] == [401, 401, 401]
    assert len(texts) == 1
    assert (
        accounts.session(house.engine, visitor.http.cookies.get("__Host-signpost") or "x" * 30, house.clock()) is None
    )


def test_a_code_of_the_second_factor_works_once(house: House) -> None:
    secret = house.staff("ann")
    assert "Inbox" in house.visitor().sign_in("ann", secret).text
    assert house.visitor().sign_in("ann", secret).status_code == 401
    house.clock.on(seconds=30)
    assert "Inbox" in house.visitor().sign_in("ann", secret).text
    house.clock.on(seconds=-30)
    assert house.visitor().sign_in("ann", secret).status_code == 401, "nor does an older one after a newer"


def test_tries_are_throttled_by_name_even_with_the_right_password(house: House) -> None:
    secret = house.staff("ann")
    for n in range(accounts.NAME_TRIES):
        assert (
            house.visitor(f"192.0.2.{n}").send("/desk/sign-in", name="ann", password="wrong", code="000000").status_code
            == 401
        )
    late = house.visitor("192.0.2.99").sign_in("ann", secret)
    assert late.status_code == 429
    assert "quarter of an hour" in late.text
    house.clock.on(minutes=16)
    assert "Inbox" in house.visitor().sign_in("ann", secret).text


def test_strangers_shut_nobody_out_of_a_device_on_which_they_were_signed_in(house: House) -> None:
    secret = house.staff("ann")
    ann = house.visitor()
    assert "Inbox" in ann.sign_in("ann", secret).text
    ann.http.cookies.delete("__Host-signpost")
    for n in range(accounts.NAME_TRIES + 5):
        house.visitor(f"198.51.100.{n}").send("/desk/sign-in", name="ann", password="wrong", code="000000")
    for _ in range(accounts.ADDRESS_TRIES + 5):  # and from the address of the library that she works in
        house.visitor().send("/desk/sign-in", name="bea", password="wrong", code="000000")
    house.clock.on(seconds=60)
    assert house.visitor("203.0.113.7").sign_in("ann", secret).status_code == 429
    house.clock.on(seconds=30)
    assert "Inbox" in ann.sign_in("ann", secret).text


def test_ten_tries_from_one_address_shut_out_that_address_alone(house: House) -> None:
    secret = house.staff("ann")
    for _ in range(accounts.PAIR_TRIES):
        house.visitor("198.51.100.1").send("/desk/sign-in", name="ann", password="wrong", code="000000")
    assert house.visitor("198.51.100.1").sign_in("ann", secret).status_code == 429
    assert "Inbox" in house.visitor("192.0.2.1").sign_in("ann", secret).text


def test_a_known_device_has_ten_tries_too_and_is_known_for_its_own_account_alone(house: House) -> None:
    secret, other = house.staff("ann"), house.staff("bea")
    ann = house.visitor()
    ann.sign_in("ann", secret)
    ann.http.cookies.delete("__Host-signpost")
    for _ in range(accounts.PAIR_TRIES):
        ann.send("/desk/sign-in", name="ann", password="wrong", code="000000")
    house.clock.on(seconds=30)
    assert ann.sign_in("ann", secret).status_code == 429
    for n in range(accounts.NAME_TRIES):
        house.visitor(f"198.51.100.{n}").send("/desk/sign-in", name="bea", password="wrong", code="000000")
    assert ann.sign_in("bea", other).status_code == 429


def test_a_recovery_code_and_a_set_up_secret_work_whatever_strangers_tried(house: House) -> None:
    house.staff("ann")
    code = accounts.make_code()
    with house.engine.begin() as connection:
        account = staff.named(connection, "ann")
        assert account is not None
        staff.keep_recovery(connection, account.staff.id, (staff.digest(code),))
    for n in range(accounts.NAME_TRIES + 1):
        house.visitor(f"198.51.100.{n}").send("/desk/sign-in", name="ann", password="wrong", code="000000")
        house.visitor(f"198.51.100.{n}").send("/desk/set-up", name="new", code="wrong")
    there = house.visitor("203.0.113.7").send("/desk/sign-in", name="ann", password=PASSWORD, code=code)
    assert "Inbox" in there.text
    fresh = set_up_code(house, "new")
    assert house.visitor("203.0.113.7").send("/desk/set-up", name="new", code=fresh).url.path == "/desk/set-up/password"


def test_tries_are_throttled_by_address_across_names(house: House) -> None:
    visitor = house.visitor()
    seen = [
        visitor.send("/desk/sign-in", name=f"n{n}", password="x", code="1").status_code
        for n in range(accounts.ADDRESS_TRIES + 1)
    ]
    assert seen[-1] == 429
    assert set(seen[:-1]) == {401}


def test_the_cookie_is_kept_to_this_host_and_tls_and_away_from_scripts(house: House) -> None:
    secret = house.staff("ann")
    visitor = house.visitor()
    page = visitor.get("/desk/sign-in")
    fields = [
        (name, {"name": "ann", "password": PASSWORD, "code": code_of(secret, house)}.get(name, value))
        for name, value in visitor.fields(page)[0]
    ]
    visitor.http.follow_redirects = False
    cookies = visitor.post("/desk/sign-in", fields).headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-signpost="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(session.replace(" ", "").split(";"))
    assert "domain" not in session.lower()


def test_a_session_that_was_planted_before_sign_in_is_worth_nothing_after(house: House) -> None:
    secret = house.staff("ann")
    visitor = house.visitor()
    visitor.http.cookies.set("__Host-signpost", "planted-" + "x" * 40, domain="desk.test")
    visitor.sign_in("ann", secret)
    assert "planted" not in str(visitor.http.cookies.get("__Host-signpost"))
    thief = house.visitor()
    thief.http.cookies.set("__Host-signpost", "planted-" + "x" * 40, domain="desk.test")
    assert "Sign in" in thief.get("/desk/inbox").text
    first = visitor.http.cookies.get("__Host-signpost", domain="desk.test")
    house.clock.on(seconds=31)
    visitor.sign_in("ann", secret)
    assert visitor.http.cookies.get("__Host-signpost", domain="desk.test") != first
    thief.http.cookies.set("__Host-signpost", str(first), domain="desk.test")
    assert "Sign in" in thief.get("/desk/inbox").text, "the session before a new sign-in has ended"


def test_a_stolen_session_is_dead_after_sign_out(house: House) -> None:
    ann = house.signed_in("ann")
    thief = house.visitor()
    thief.http.cookies.set("__Host-signpost", str(ann.http.cookies.get("__Host-signpost")), domain="desk.test")
    assert "<h1>Inbox" in thief.get("/desk/inbox").text
    ann.post("/desk/sign-out", [("mark", ann.mark)])
    assert "<h1>Sign in" in thief.get("/desk/inbox").text
    assert "<h1>Sign in" in ann.get("/desk/inbox").text


def test_a_session_ends_when_idle_and_after_a_working_day(house: House) -> None:
    ann = house.signed_in("ann")
    house.clock.on(minutes=accounts.IDLE_MINUTES - 1)
    assert "<h1>Inbox" in ann.get("/desk/inbox").text
    house.clock.on(minutes=accounts.IDLE_MINUTES + 1)
    assert "<h1>Sign in" in ann.get("/desk/inbox").text
    bea = house.signed_in("bea")
    for _ in range(accounts.ABSOLUTE_HOURS * 3 - 1):
        house.clock.on(minutes=20)
        assert "<h1>Inbox" in bea.get("/desk/inbox").text
    house.clock.on(minutes=21)
    assert "<h1>Sign in" in bea.get("/desk/inbox").text


def test_a_closed_or_reset_account_is_out_at_once(house: House) -> None:
    ann = house.signed_in("ann")
    house.disable("ann")
    assert "<h1>Sign in" in ann.get("/desk/inbox").text
    bea = house.signed_in("bea")
    accounts.reset(house.engine, "bea", house.clock(), "test")
    assert "<h1>Sign in" in bea.get("/desk/inbox").text


def test_a_new_password_ends_the_other_sessions_and_the_old_recovery_codes(house: House) -> None:
    secret = house.staff("ann")
    ann, elsewhere = house.visitor(), house.visitor()
    ann.sign_in("ann", secret)
    house.clock.on(seconds=30)
    elsewhere.sign_in("ann", secret)
    house.clock.on(seconds=30)
    new = "four slow barges drift"
    wrong = ann.send("/desk/account", old="wrong", password=new, again=new, code=code_of(secret, house))
    done = ann.send("/desk/account", old=PASSWORD, password=new, again=new, code=code_of(secret, house))
    assert wrong.status_code == 422
    assert "Your recovery codes" in done.text
    assert "<h1>Inbox" in ann.get("/desk/inbox").text
    assert "<h1>Sign in" in elsewhere.get("/desk/inbox").text
    house.clock.on(seconds=30)
    assert house.visitor().sign_in("ann", secret).status_code == 401
    house.clock.on(seconds=30)
    assert "<h1>Today" in house.visitor().sign_in("ann", secret, new).text


def test_nothing_in_the_database_opens_an_account(house: House, tmp_path: Path) -> None:
    code = set_up_code(house, "bea")
    ann = house.signed_in("ann")
    token = str(ann.http.cookies.get("__Host-signpost"))
    with house.engine.connect() as connection:
        locks = staff.named(connection, "ann")
    assert locks is not None
    assert (locks.password or "").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    secret = locks.totp(house.seals) or ""
    house.engine.dispose()
    with sqlite3.connect(house.file) as base:
        base.execute("pragma wal_checkpoint(truncate)")
    stored = house.file.read_bytes()
    for hidden in (code, code.replace("-", ""), token, secret, PASSWORD):
        assert hidden.encode() not in stored


def test_somebody_is_sent_on_only_to_pages_of_the_desk_after_signing_in(house: House) -> None:
    secret = house.staff("ann")
    there = house.visitor()
    page = there.get("/desk/report")
    assert page.url.path == "/desk/sign-in"
    assert (
        there.send(str(page.url), name="ann", password=PASSWORD, code=code_of(secret, house)).url.path == "/desk/report"
    )
    house.clock.on(seconds=30)
    for evil in ("https://evil.test/", "//evil.test", "/desk/../..//evil.test", "/desk/@evil.test:80"):
        other = house.visitor()
        arrived = other.send("/desk/sign-in", next=evil, name="ann", password=PASSWORD, code=code_of(secret, house))
        house.clock.on(seconds=30)
        assert arrived.url.host == "desk.test"


def test_sign_ins_and_changes_are_in_the_audit_trail(house: House) -> None:
    house.signed_in("ann", roles=("admin",))
    house.visitor().send("/desk/sign-in", name="ann", password="wrong", code="1")
    lines = [(line.who, line.what) for line in house.trail()]
    assert lines[:3] == [("ann", "sign-in refused"), ("ann", "signed in"), ("test", "staff added")]
