"""A desk on a small content folder for tests, and a visitor who uses it as a browser without script would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import httpx
import pyotp
from sqlalchemy import Engine, insert, select, update

from bot.web.app import make_app
from bot.web.visit import make_desk
from conversations.forum import accounts
from conversations.guide import Guide
from conversations.keys.sealing import Seals
from conversations.london import LONDON
from conversations.records import audit, feedback, questions, staff
from conversations.records.feedback import Feedback
from conversations.records.staff_tables import staff as staff_table
from conversations.records.store import open_store
from conversations.records.tables import counts
from conversations.records.tables import feedback as feedback_table
from conversations.turns import FeedbackGiven, QuestionKept
from conversations.wording import load_wording
from knowledge.loader import load
from knowledge.matching.matcher import Matcher

PASSWORD = "three quiet otters sing"
AREA = """
name: {name}
council: {name} Council
social_care:
  - {{name: {name} children's social care, phone: "0161 496 0{digits}", hours: "24/7"}}
"""
CONTENT = {
    "east/area.yaml": AREA.format(name="East", digits="111"),
    "west/area.yaml": AREA.format(name="West", digits="222"),
    "east/money.yaml": "bus-pass: {title: Bus pass, answer: Ask at the town hall., phrases: [how do i get a bus pass, free bus travel]}\n",
    "west/money.yaml": "taxi: {title: Taxi card, answer: Ask the council., phrases: [how do i get a taxi card]}\n",
    "national/school-help.yaml": "sen-support: {title: SEN support, answer: Ask the SENCO., phrases: [what is sen support, help in class]}\n",
    "national/health.yaml": "sleep: {title: Sleep, answer: Ask the GP., phrases: [my child does not sleep, bed time trouble]}\n",
}


@dataclass
class Clock:
    """A clock that a test moves on."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 12, 0, tzinfo=LONDON))

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: int) -> None:
        self.now += timedelta(**by)


class _Fields(HTMLParser):
    """The names and values that a form on a page would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = dict(pairs)
        if tag == "form":
            self.forms.append((attributes.get("action") or "", []))
        if not self.forms:
            return
        name, fields = attributes.get("name"), self.forms[-1][1]
        kind = attributes.get("type", "text")
        if tag == "input" and name and (kind not in ("checkbox", "radio") or "checked" in attributes):
            fields.append((name, attributes.get("value") or ""))
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and ("selected" in attributes or self._select not in dict(fields)):
            kept = [pair for pair in fields if pair[0] != self._select]
            fields[:] = [*kept, (self._select, attributes.get("value") or "")]
        if tag == "textarea" and name:
            self._area = name
            fields.append((name, ""))

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            name, text = self.forms[-1][1][-1]
            self.forms[-1][1][-1] = (name, text + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None


def write_content(folder: Path) -> None:
    """Write the small content folder."""
    for name, text in CONTENT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@cache
def small_guide() -> Guide:
    """The guide of the small content folder: its library never changes, so that all houses share it."""
    with TemporaryDirectory() as folder:
        write_content(Path(folder))
        library = load(Path(folder))
        return Guide(library, Matcher(library), load_wording("en"))


@cache
def hashed() -> str:
    """The password as it is kept: to hash it takes as long as to check it."""
    return accounts.hasher.hash(PASSWORD)


class House:
    """A desk with two areas, its database in a folder of the test, and a clock."""

    def __init__(self, folder: Path, engine: Engine | None = None) -> None:
        write_content(folder / "knowledge")
        (folder / "data" / "keys").mkdir(parents=True, exist_ok=True)
        self.file = folder / "data" / "signpost.sqlite3"
        self.engine = engine or open_store(f"sqlite:///{self.file}")
        self.seals = Seals.load(folder / "data" / "keys")
        self.guide, wording = replace(small_guide(), wording=load_wording("en")), load_wording("desk")
        self.clock = Clock()
        self.desk = make_desk(self.engine, self.seals, self.guide, wording, self.clock, secure=True)
        self.app = make_app(self.desk, ("desk.test",))

    def give(self, words: str, area: str = "east", days: int = 0, **more: Any) -> int:
        """Feedback that a family gave some days ago; `more` are columns of it."""
        row: dict[str, Any] = {"kind": "offer", "theme": "money", "young": False, "felt": None, "topic": None}
        row.update({name: more.pop(name) for name in list(more) if name in row})
        created = int((self.clock() - timedelta(days=days)).timestamp())
        with self.engine.begin() as connection:
            number = len(connection.execute(select(feedback_table.c.id)).all()).to_bytes(4, "big")
            given = FeedbackGiven(area, words=words, code="", **row)
            feedback_id = feedback.store(connection, given, b"k" * 32, number * 8, created, self.seals)
            if more:
                for name in feedback.SEALED.keys() & more.keys():
                    more[name] = feedback.SEALED[name].seal(more[name], self.seals)
                connection.execute(update(feedback_table).where(feedback_table.c.id == feedback_id).values(**more))
        return feedback_id

    def ask(self, words: str, number: int, area: str = "east", young: bool = False) -> int:
        """A question that a family passed on."""
        kept, moment = QuestionKept(area, young, words, number=""), int(self.clock().timestamp())
        with self.engine.begin() as connection:
            return questions.store(connection, kept, b"k" * 32, number.to_bytes(32, "big"), moment, self.seals)

    def count(self, what: str, n: int, area: str = "east", entry: str = "", day: str = "2026-11-01") -> None:
        """A daily count."""
        with self.engine.begin() as connection:
            connection.execute(insert(counts).values(day=day, what=what, area=area, entry=entry, n=n))

    def staff(self, name: str, roles: tuple[str, ...] = ("reviewer",), areas: tuple[str, ...] = ("east",)) -> str:
        """An account that is set up; gives the secret of its second factor."""
        secret = pyotp.random_base32()
        accounts.add(self.engine, name, areas, roles, self.clock(), "test")
        with self.engine.begin() as connection:
            account = staff.named(connection, name)
            assert account is not None
            staff.keep_totp(connection, account.staff.id, secret, self.seals)
            staff.keep_password(connection, account.staff.id, hashed())
        return secret

    def visitor(self, address: str = "192.0.2.1") -> Visitor:
        """Somebody with a browser of their own."""
        return Visitor(self, address)

    def signed_in(
        self, name: str, roles: tuple[str, ...] = ("reviewer",), areas: tuple[str, ...] = ("east",)
    ) -> Visitor:
        """Somebody who has an account and is signed in."""
        visitor = self.visitor()
        visitor.sign_in(name, self.staff(name, roles, areas))
        return visitor

    def row(self, feedback_id: int) -> Any:
        """A row of feedback as it is stored."""
        with self.engine.connect() as connection:
            row = select(feedback_table).where(feedback_table.c.id == feedback_id)
            return connection.execute(row).mappings().one()

    def record(self, feedback_id: int) -> Feedback:
        """A record of feedback."""
        with self.engine.connect() as connection:
            found = feedback.by_id(connection, feedback_id)
        assert found is not None
        return found

    def trail(self, areas: tuple[str, ...] = ("east",)) -> tuple[audit.AuditLine, ...]:
        """The audit trail, newest line first."""
        with self.engine.connect() as connection:
            return audit.trail(connection, areas)

    def disable(self, name: str) -> None:
        """Close an account behind its owner's back."""
        with self.engine.begin() as connection:
            connection.execute(update(staff_table).where(staff_table.c.name == name).values(disabled=True))


class Visitor:
    """A browser without script: it keeps cookies and sends forms with all their fields."""

    def __init__(self, house: House, address: str) -> None:
        self.house = house
        transport = _Patient(house.app, address)
        self.http = httpx.Client(transport=transport, base_url="https://desk.test", follow_redirects=True)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    def send(self, path: str, form: int = -1, headers: dict[str, str] | None = None, **changed: Any) -> httpx.Response:
        """Open a page and send its form with some fields changed; None takes a field away, a list sends it many times."""
        page = self.get(path)
        fields, action = self.fields(page, form)
        kept = [(name, value) for name, value in fields if name not in changed]
        for name, value in changed.items():
            kept += [(name, one) for one in (value if isinstance(value, list) else [value]) if one is not None]
        return self.post(action or path, kept, headers)

    def search(self, words: str, query: str = "") -> httpx.Response:
        """Search the inbox, with the filters of a query."""
        return self.send(f"/desk/inbox?{query}", q=words)

    def publish(self, record: int, **changed: Any) -> httpx.Response:
        """Look at a comment as everybody would read it, say that what is marked may stand, and publish it."""
        return self.send(f"/desk/feedback/{record}/publish", do="publish", **{"stands": "yes", **changed})

    def fields(self, page: httpx.Response, form: int = -1) -> tuple[list[tuple[str, str]], str]:
        """What a form of a page would send as it stands, and where to; without a number the one that is not the sign-out."""
        parser = _Fields()
        parser.feed(page.text)
        forms = [one for one in parser.forms if one[0] != "/desk/sign-out"]
        action, fields = forms[form if form >= 0 else 0]
        return fields, action

    def post(self, path: str, fields: list[tuple[str, str]], headers: dict[str, str] | None = None) -> httpx.Response:
        sent = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": "https://desk.test",
            "sec-fetch-site": "same-origin",
        }
        return self.http.post(path, content=urlencode(fields), headers={**sent, **(headers or {})})

    def sign_in(self, name: str, secret: str, password: str = PASSWORD) -> httpx.Response:
        code = pyotp.TOTP(secret).at(int(self.house.clock().timestamp()))
        return self.send("/desk/sign-in", name=name, password=password, code=code)

    @property
    def mark(self) -> str:
        """The mark that this session's forms carry."""
        found = re.search(r'name="mark" value="([0-9a-f]{64}[.][0-9]+)"', self.get("/desk/account").text)
        assert found is not None
        return unescape(found[1])


class _Patient(httpx.BaseTransport):
    """Calls the ASGI application from a client that does not wait in a loop of its own."""

    def __init__(self, app: Any, address: str) -> None:
        self._transport = httpx.ASGITransport(app=app, client=(address, 1234), raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        import anyio

        async def call() -> httpx.Response:
            sent = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            answer = await self._transport.handle_async_request(sent)
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=await answer.aread(), request=request
            )

        return anyio.run(call)


def undo_asks_first(ann: Visitor, path: str, change: int, cat: Visitor, council: str, detail: str) -> None:
    """Undo a change that brings a detail back to what the council reads: asked about first, and shown only after a yes."""
    asked = ann.post(f"{path}/undo", [("mark", ann.mark), ("change", str(change))])
    assert "The council reads this. Undo it anyway?" in asked.text
    assert f"<mark>{detail}</mark>" in asked.text
    assert detail.partition(" ")[0] not in cat.get(council).text, "not even its beginning"
    fields, action = ann.fields(asked)
    assert "Undone." in ann.post(action, fields).text
    assert detail in cat.get(council).text
