"""A talk's key names its door; what a version before kept without one moves over and goes on."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text

from conversations.guide import Guide
from conversations.keys.talk_key import Secrets, load_secrets, name_without_door, talk_name
from conversations.records import purging
from conversations.records.store import MIGRATIONS, open_store
from conversations.talks import Talks
from conversations.turns import Message, plain
from tests.support.clock import NOON

CHAT = "5550017234"
TELEGRAM, JSON = talk_name("telegram", CHAT), talk_name("json", CHAT)


def before(folder: Path, secrets: Secrets) -> str:
    """A database as the version before left it, with a talk, feedback and an answered update of CHAT; gives its URL."""
    url = f"sqlite:///{folder / 'signpost.sqlite3'}"
    moment, key = int(NOON.timestamp()), secrets.key(CHAT)
    assert secrets.seals is not None
    words = secrets.seals.seal("The clinic moved.", "feedback.words")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with create_engine(url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.execute(
            text("insert into talks (key, state, answered, touched, sent) values (:key, :state, 1, :touched, 0)"),
            {"key": key, "state": json.dumps({"area": "wirral"}), "touched": moment},
        )
        connection.execute(
            text(
                "insert into feedback (area, key, receipt, created, kind, theme, young, words, state, published, version)"
                " values ('wirral', :key, :key, :created, 'other', 'general', 0, :words, 'new', 0, 1)"
            ),
            {"key": key, "created": moment, "words": words},
        )
        mark = secrets.key(f"{CHAT}\0{17}")
        connection.execute(text("insert into answered values (:mark, 17, :at)"), {"mark": mark, "at": moment})
    return url


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return load_secrets(tmp_path / "keys")


@pytest.fixture
def engine(tmp_path: Path, secrets: Secrets) -> Engine:
    return open_store(before(tmp_path, secrets))


def test_the_same_number_at_two_doors_is_two_talks(
    guide: Guide, tmp_path: Path, secrets: Secrets, now: datetime
) -> None:
    talks = Talks(guide, open_store(f"sqlite:///{tmp_path / 'new.sqlite3'}"), secrets)
    talks.hear(TELEGRAM, Message(text="I live in Wirral"), now)
    assert talks.state(JSON, now).area is None
    assert talks.state(TELEGRAM, now).area == "wirral"


def test_a_talk_of_before_moves_over_with_all_that_is_kept_of_it(
    guide: Guide, engine: Engine, secrets: Secrets, now: datetime
) -> None:
    talks = Talks(guide, engine, secrets)
    assert talks.state(JSON, now).area is None, "a number at another door is somebody else"
    assert talks.state(TELEGRAM, now).area == "wirral"
    told = talks.hear(TELEGRAM, Message(text="/mydata"), now).turn
    assert "The clinic moved." in "\n".join(map(plain, told.replies))
    talks.hear(TELEGRAM, Message(text="/forget"), now)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from feedback")).scalar() == 0


def test_an_update_that_was_answered_before_is_not_answered_again(
    guide: Guide, engine: Engine, secrets: Secrets, now: datetime
) -> None:
    talks = Talks(guide, engine, secrets)
    assert talks.hear(TELEGRAM, Message(text="hello", number=17), now).turn.replies == ()
    assert talks.hear(TELEGRAM, Message(text="hello", number=18), now).turn.replies


def test_old_keys_are_looked_for_as_long_as_something_may_stand_under_one(
    guide: Guide, engine: Engine, tmp_path: Path, secrets: Secrets, now: datetime
) -> None:
    note = "select count(*) from meta where name = 'doorless_since'"
    with engine.begin() as connection:
        purging.purge(connection, now)
        assert connection.execute(text(note)).scalar() == 1
        purging.purge(connection, now.replace(year=now.year + 3))
        assert connection.execute(text(note)).scalar() == 0
    with open_store(f"sqlite:///{tmp_path / 'new.sqlite3'}").connect() as connection:
        assert connection.execute(text(note)).scalar() == 0, "a new database has no such talks"


@pytest.mark.parametrize(
    ("name", "earlier"),
    [
        ("telegram:55", "55"),
        ("telegram:-55", "-55"),
        ("json:a", "a"),
        ("json:55", None),
        ("web:-55", None),
        ("a", None),
    ],
)
def test_a_number_is_telegrams(name: str, earlier: str | None) -> None:
    assert name_without_door(name) == earlier
