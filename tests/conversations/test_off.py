"""The off switch: only danger and the contact, for all processes at once (O2)."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from conversations.guide import Guide
from conversations.keys.talk_key import Secrets, load_secrets
from conversations.records import talks
from conversations.records.store import open_store
from conversations.records.tables import counts
from conversations.talks import Talks
from conversations.turns import Message, plain
from tests.support.warm import run_warm

CHAT = "telegram:7700900123"
QUESTION = "how do i apply for a blue badge"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path / 'signpost.sqlite3'}")


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return load_secrets(tmp_path / "keys")


def said(talks_: Talks, text: str, now: datetime) -> str:
    return "\n".join(plain(reply) for reply in talks_.hear(CHAT, Message(text=text), now).turn.replies)


def switch(engine: Engine, off: bool) -> None:
    with engine.begin() as connection:
        talks.switch(connection, off, 0)


def test_off_holds_for_all_processes_from_the_next_message_on(
    guide: Guide, engine: Engine, secrets: Secrets, now: datetime
) -> None:
    one, another = (Talks(guide, engine, secrets) for _ in range(2))
    said(one, "I live in Manchester", now)
    assert guide.wording("off") not in said(another, QUESTION, now)
    switch(engine, off=True)
    with engine.connect() as connection:
        before = connection.execute(select(counts)).all()
    for worker in (one, another):
        for text in (QUESTION, "/start", "/feedback", "thanks", "i am worn out"):
            told = said(worker, text, now)
            assert told.startswith(guide.wording("off"))
            assert "0161 234 1946" in told
    with engine.connect() as connection:
        assert connection.execute(select(counts)).all() == before
    switch(engine, off=False)
    assert guide.wording("off") not in said(one, QUESTION, now)
    assert guide.wording("off") not in said(another, QUESTION, now)


def test_danger_gets_the_card_alone_while_all_is_off(
    guide: Guide, engine: Engine, secrets: Secrets, now: datetime
) -> None:
    worker = Talks(guide, engine, secrets)
    switch(engine, off=True)
    for message in (Message(text="my dad hits me, and how do i apply for a blue badge"), Message(press="safety")):
        (reply,) = worker.hear(CHAT, message, now).turn.replies
        assert reply.safety == "card"


def test_who_owns_the_data_may_see_and_delete_it_while_all_is_off(
    guide: Guide, engine: Engine, secrets: Secrets, now: datetime
) -> None:
    worker = Talks(guide, engine, secrets)
    said(worker, "I live in Manchester", now)
    switch(engine, off=True)
    assert "Manchester" in said(worker, "/mydata", now)
    assert "I have deleted all" in said(worker, "/forget", now)
    with engine.connect() as connection:
        assert talks.load(connection, secrets.key(CHAT), now) is None


def test_off_holds_with_the_database_gone(guide: Guide, engine: Engine, secrets: Secrets, now: datetime) -> None:
    worker = Talks(guide, engine, secrets)
    switch(engine, off=True)
    said(worker, QUESTION, now)
    with engine.begin() as connection:
        connection.exec_driver_sql("alter table talks rename to gone")
    assert said(worker, QUESTION, now).startswith(guide.wording("off"))


@pytest.mark.slow
def test_the_commands_switch_it_and_are_in_the_audit_trail(tmp_path: Path, engine: Engine) -> None:
    for name, is_off in (("off", True), ("on", False)):
        done = run_warm([name, "--data", str(tmp_path)], os.environ)
        assert done.returncode == 0, done.stderr
        with engine.connect() as connection:
            assert talks.is_off(connection) is is_off
            lines = connection.exec_driver_sql("select what from audit order by id desc").scalars().all()
        assert lines[0] == f"switched {name}"
