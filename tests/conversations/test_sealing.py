"""Sealed texts: readable with their key alone, bound to what they are, moved to a new key batch by batch (P11)."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import Connection, LargeBinary, update

from bot.opening import keys_lacking
from conversations.keys.files import SecretError
from conversations.keys.sealing import SealError, Seals, add_key, key_number
from conversations.records import feedback, resealing, sealed
from conversations.records.feedback import Filters
from conversations.records.store import open_store
from conversations.records.tables import feedback as feedback_table
from conversations.records.tables import metadata
from conversations.turns import FeedbackGiven

WORDS = "The Zephyrine play scheme is full"


def store(connection: Connection, number: int, seals: Seals) -> None:
    given = FeedbackGiven("wirral", "other", None, None, "general", False, f"{WORDS} {number}", "")
    feedback.store(connection, given, b"k" * 32, number.to_bytes(32, "big"), 1_800_000_000, seals)


def test_a_sealed_text_opens_again_and_shows_nothing(tmp_path: Path) -> None:
    seals = Seals.load(tmp_path)
    blob = seals.seal(WORDS, "feedback.words")
    assert seals.unseal(blob, "feedback.words") == WORDS
    assert b"Zephyrine" not in blob
    assert seals.seal(WORDS, "feedback.words") != blob, "a fresh nonce each time"
    assert Seals.load(tmp_path).unseal(blob, "feedback.words") == WORDS


def test_the_first_key_is_made_on_first_use_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    Seals.load(tmp_path / "keys")
    file = tmp_path / "keys" / "words.1.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "repr" not in repr(Seals.load(tmp_path / "keys"))
    assert file.read_text().strip() not in repr(Seals.load(tmp_path / "keys"))


@pytest.mark.parametrize("place", [4, 16, -1])
def test_a_changed_text_does_not_open(tmp_path: Path, place: int) -> None:
    seals = Seals.load(tmp_path)
    blob = bytearray(seals.seal(WORDS, "feedback.words"))
    blob[place] ^= 1
    with pytest.raises(SealError):
        seals.unseal(bytes(blob), "feedback.words")


def test_a_text_does_not_open_as_something_else_nor_with_another_key(tmp_path: Path) -> None:
    blob = Seals.load(tmp_path / "a").seal(WORDS, "feedback.words")
    with pytest.raises(SealError):
        Seals.load(tmp_path / "a").unseal(blob, "feedback.note")
    with pytest.raises(SealError):
        Seals.load(tmp_path / "b").unseal(blob, "feedback.words")


@pytest.mark.parametrize("blob", [b"", b"\0\0\0\1", b"\0\0\0\1short", b"\0\0\0\7" + bytes(40)])
def test_what_is_no_sealed_text_is_one_plain_error(tmp_path: Path, blob: bytes) -> None:
    with pytest.raises(SealError):
        Seals.load(tmp_path).unseal(blob, "feedback.words")


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    Seals.load(tmp_path)
    (tmp_path / "words.1.key").write_text("no key")
    with pytest.raises(SecretError, match=r"words\.1\.key"):
        Seals.load(tmp_path)


def test_a_process_that_knows_only_the_old_key_reads_what_the_new_one_sealed(tmp_path: Path) -> None:
    before = Seals.load(tmp_path)
    after = add_key(tmp_path)
    assert (before.newest, after.newest) == (1, 2)
    assert before.unseal(after.seal(WORDS, "x"), "x") == WORDS


def test_rotation_moves_every_text_in_batches_and_nothing_is_lost(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    old = Seals.load(tmp_path / "keys")
    with engine.begin() as connection:
        for number in range(25):
            store(connection, number, old)
        assert resealing.keys_used(connection) == {1}
    new = add_key(tmp_path / "keys")
    assert resealing.reseal(engine, new, batch=10) == 25
    assert resealing.reseal(engine, new, batch=10) == 0
    (tmp_path / "keys" / "words.1.key").unlink()
    alone = Seals.load(tmp_path / "keys")
    with engine.begin() as connection:
        assert resealing.keys_used(connection) == {2}
        found = feedback.listed(connection, Filters(("wirral",)))
        assert sorted(row.words(alone) for row in found) == sorted(f"{WORDS} {number}" for number in range(25))
        assert {key_number(row.sealed_words or b"") for row in found} == {2}


def test_rotation_passes_over_what_cannot_be_opened(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    old, damaged = Seals.load(tmp_path / "keys"), b"\0\0\0\1" + bytes(60)
    with engine.begin() as connection:
        for number in range(5):
            store(connection, number, old)
        for number in (1, 3):
            connection.execute(update(feedback_table).where(feedback_table.c.id == number).values(words=damaged))
    new = add_key(tmp_path / "keys")
    assert resealing.reseal(engine, new, batch=2) == 3
    with engine.begin() as connection:
        assert resealing.keys_used(connection) == {1, 2}


def test_a_missing_key_is_named_before_anything_is_kept_under_another(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    with engine.begin() as connection:
        store(connection, 1, Seals.load(tmp_path / "keys"))
        (tmp_path / "keys" / "words.1.key").unlink()
        lacking = keys_lacking(tmp_path / "keys", resealing.keys_used(connection), None)
        assert lacking == (f"{tmp_path / 'keys'} lacks words.1.key, with which this database is sealed: put it back",)
        with pytest.raises(SealError):
            resealing.trial(connection, Seals.load(tmp_path / "keys"))


def test_rotation_knows_every_sealed_column() -> None:
    said = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and "sealed" in (column.comment or "")
    }
    known = {(one.table.name, one.name) for one in sealed.COLUMNS}
    assert said == known
