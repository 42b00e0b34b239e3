"""/metrics: for this machine, or whoever shows the token; how many and how long, and nothing of anybody (O3)."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.health import Health
from bot.settings import SettingsError, read_metrics
from bot.web.app import make_app
from bot.web.chat.routes import routes
from tests.support.chat_visitor import ChatHouse, Parent, _Served

TOKEN = "a-token_of-the-tests-0123456789"
HERE = "127.0.0.1"


def asked(
    house: ChatHouse, peer: str = HERE, host: str = "127.0.0.1:8000", token: str | None = None, **headers: str
) -> httpx.Response:
    """What a monitor gets that asks from an address."""
    app = make_app(house.desk, ("desk.test", "localhost", "127.0.0.1"), routes(house.chat), Health(), token)
    client = httpx.Client(transport=_Served(app, peer), base_url=f"http://{host}")
    return client.get("/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def house(tmp_path: Path) -> ChatHouse:
    return ChatHouse(tmp_path)


def test_without_a_token_only_this_machine_is_answered(house: ChatHouse) -> None:
    assert asked(house).status_code == 200
    assert asked(house, host="localhost").status_code == 200
    assert asked(house, peer="192.0.2.1").status_code == 404
    assert asked(house, host="desk.test").status_code == 404  # through the proxy of this machine
    assert asked(house, host="evil.example").status_code == 404
    for passed_on in ("x_forwarded_for", "x_real_ip", "forwarded", "via"):
        assert asked(house, **{passed_on: "203.0.113.9"}).status_code == 404


def test_with_a_token_whoever_shows_it_is_answered_and_nobody_else(house: ChatHouse) -> None:
    assert asked(house, "192.0.2.1", "10.0.0.7:8000", TOKEN, authorization=f"Bearer {TOKEN}").status_code == 200
    for shown in ("", TOKEN, "Bearer ", f"Bearer {TOKEN}x", f"bearer {TOKEN}"):
        assert asked(house, token=TOKEN, authorization=shown).status_code == 404
    assert asked(house, token=TOKEN).status_code == 404
    with pytest.raises(SettingsError, match="SIGNPOST_METRICS_TOKEN"):
        read_metrics({"SIGNPOST_METRICS_TOKEN": "short"})


def test_it_counts_and_says_nothing_of_anybody(house: ChatHouse) -> None:
    parent = Parent(house, "192.0.2.123")
    parent.open("/?area=east")
    parent.say("how do i get a bus pass for zephyrine")
    parent.say("i want to kill myself zephyrine")
    text = asked(house).text
    values = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert values[("signpost_messages_total", ("door", "web"))] >= 2
    assert values[("signpost_http_requests_total", ("part", "talk"), ("status", "3xx"))] >= 1
    assert values[("signpost_ready",)] == 1
    own = "\n".join(line for line in text.splitlines() if line.startswith("signpost"))
    assert not re.search(r"zephyrine|192\.0\.2|east|bus|/desk/|\d{1,3}\.\d{1,3}\.\d{1,3}", own)
    labels = set(re.findall(r"(\w+)=\"", own))
    assert labels <= {"door", "le", "outcome", "status", "part"}


def test_a_worker_is_asked_for_its_health_by_its_own_address(house: ChatHouse) -> None:
    client = httpx.Client(transport=_Served(house.app, "10.0.0.1"), base_url="http://10.0.0.7:8000")
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json() == {"ready": True}
    assert client.get("/").status_code == 400
