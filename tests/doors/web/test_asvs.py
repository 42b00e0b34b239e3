"""What OWASP ASVS 5.0 level 1 asks of the web server and no other test shows (docs/security.md)."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.health import Health
from bot.web.server import Listening, config_of
from conversations.forum import accounts
from conversations.records import staff
from tests.support.chat_visitor import ChatHouse, Parent
from tests.support.desk_visitor import House, Visitor

YEAR = 31_536_000
PATHS = ("/", "/embed", "/you-said-we-did", "/embed.js", "/healthz", "/readyz", "/static/desk.css", "/static/chat/chat.js", "/desk/inbox", "/desk/figures",
         "/desk/account", "/desk/sign-in", "/desk/report/east/2026/file.csv", "/nowhere", "/desk/nowhere")  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> ChatHouse:
    return ChatHouse(tmp_path)


def test_every_answer_says_what_it_is(house: ChatHouse) -> None:
    ann = house.signed_in("ann")
    for path in PATHS:
        page = ann.get(path)
        kind = page.headers["content-type"]
        assert kind.startswith("application/json") or ("charset=utf-8" in kind and kind.startswith("text/")), path
        assert page.headers["x-content-type-options"] == "nosniff", path
        assert int(page.headers["strict-transport-security"].partition("=")[2]) >= YEAR, path
        assert not [name for name in page.headers if name.startswith("access-control-")], path
    given = ann.send("/desk/export", area="east", format="csv")
    assert given.headers["content-disposition"].startswith("attachment; filename=")


def test_no_door_takes_a_file(house: ChatHouse) -> None:
    """Neither by a form nor by a path: what is asked for beside the pages is not there."""
    parent = Parent(house)
    parent.open()
    page = parent.http.post(
        "/talk", files={"text": ("x.txt", b"hello", "text/plain")}, headers={"origin": "https://desk.test"}
    )
    assert page.status_code == 200
    assert not re.search(r'type="file"', page.text + house.visitor().get("/desk/sign-in").text)
    for path in (
        "/.git/config",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/chat/../../routes.py",
        "/static/",
        "/signpost.sqlite3",
    ):
        assert house.visitor().get(path).status_code == 404, path


def test_the_pages_json_has_what_the_page_needs_and_no_more(house: ChatHouse) -> None:
    parent = Parent(house)
    parent.open()
    parent.send({**parent.hidden('<form id="say"'), "text": "hello", "part": "1"})
    assert set(parent.page.json()) == {"html", "mark", "token", "again", "forgotten", "easy", "area"}


def test_signing_out_clears_what_the_browser_kept(house: ChatHouse) -> None:
    ann = house.signed_in("ann")
    ann.http.follow_redirects = False
    left = ann.post("/desk/sign-out", [("mark", ann.mark)])
    assert left.headers["clear-site-data"] == '"cache"'
    assert left.headers["cache-control"] == "no-store"
    assert re.search(r"__Host-signpost=\S*;.*(?:Max-Age=0|1970)", left.headers["set-cookie"])


def test_a_new_desk_has_no_account(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert accounts.everybody(house.engine) == ()
    for name in ("admin", "root", "signpost", "test"):
        assert house.visitor().send("/desk/sign-in", name=name, password=name, code="000000").status_code == 401


def test_a_password_is_taken_as_it_is_of_any_characters(house: ChatHouse) -> None:
    odd = " żółw – 雨の日 & a quiet otter "
    assert accounts.weakness(odd, "ann") is None
    assert accounts.weakness("x" * accounts.LONGEST + "y", "ann") == "long", "refused, never cut"
    secret = house.staff("ann")
    with house.engine.begin() as connection:
        account = staff.named(connection, "ann")
        assert account is not None
        staff.keep_password(connection, account.staff.id, accounts.hasher.hash(odd))
    for typed, opens in ((odd.strip(), False), (odd.upper(), False), (odd, True)):
        ann = house.visitor()
        shown = sign_in(house, ann, secret, typed)
        assert ("<h1>Today" in shown) is opens, typed


def sign_in(house: House, visitor: Visitor, secret: str, password: str) -> str:
    code = pyotp.TOTP(secret).at(int(house.clock().timestamp()))
    return visitor.send("/desk/sign-in", name="ann", password=password, code=code).text


def test_password_fields_hide_and_let_managers_fill_them(house: ChatHouse) -> None:
    ann = house.signed_in("ann")
    for page, kinds in (
        (house.visitor().get("/desk/sign-in").text, {"current-password"}),
        (ann.get("/desk/account").text, {"current-password", "new-password"}),
    ):
        fields = [field for field in re.findall(r"<input[^>]*>", page) if "password" in field]
        assert {found[1] for field in fields if (found := re.search(r'autocomplete="([\w-]+)"', field))} == kinds
        assert all('type="password"' in field for field in fields)
        assert not re.search(
            r"onpaste|oncopy|hint for your password|secret question|mother.s maiden", page, re.IGNORECASE
        )
    scripts = "".join(file.read_text(encoding="utf-8") for file in Path("bot/web/desk/static").glob("desk.js"))
    assert "paste" not in scripts


def test_it_speaks_no_older_tls_than_1_2(house: ChatHouse, tmp_path: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.test")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    certificate, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    config = config_of(house.desk, Listening(("desk.test",), "127.0.0.1", 0, str(certificate), str(private)), Health())
    config.load()
    assert config.ssl is not None
    assert config.ssl.minimum_version >= ssl.TLSVersion.TLSv1_2
