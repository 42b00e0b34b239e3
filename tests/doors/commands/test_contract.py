"""The command line as a contract: the real process, its JSON, its exit codes, one plain line for each mistake."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import PATIENCE
from tests.support.small_folder import make_tiny
from tests.support.warm import run_warm

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
REDELIVERED = {"talk": "redelivered", "text": "how do i get a bus pass", "update": 17}
ANY_TEXT = ("\ud800", "x" * 10_000, "😀" * 5_000, "\u202e\u200b", "", " ", "/", "/\u0000", "\\", "%s{0}")
TALKS: dict[str, tuple[object, ...]] = {
    "two people": (
        {"talk": "a", "area": "demo", "audience": "parent"},
        {"talk": "a", "text": "how do i get a bus pass"},
        {"talk": "a", "press": "Topics"},
        {"talk": "a", "press": "no such button"},
        {"talk": "b", "text": "/privacy"},
        {"talk": "a", "other": "photo"},
        {"talk": "a", "text": "hi", "group": True},
        {"talk": "a", "nothing": 1},
        "broken",
    ),
    "redelivered": (
        {"talk": "redelivered", "area": "demo"},
        REDELIVERED,
        REDELIVERED,
        {**REDELIVERED, "update": 18},
        REDELIVERED,
    ),
    "remembered": ({"talk": "remembered", "area": "demo"},),
    **{f"any text: {text}": ({"talk": f"any {number}", "text": text},) for number, text in enumerate(ANY_TEXT)},
}
"""Lines for one process of `chat --json`, in talks that have nothing to do with one another."""
QUESTIONS: tuple[object, ...] = (
    {"id": "1", "text": "how do i get a bus pass", "area": "demo"},
    "no json",
    {"id": "3", "text": 5},
    ["a list"],
    {"id": "5", "text": "x", "audience": "nobody"},
    {"id": "6", "text": "where is the moon", "area": "atlantis"},
    {"id": "7", "text": "i want to die"},
)
"""Lines for one process of `ask --json`."""
ANSWER = {"id", "kind", "entry", "score", "safety", "choices", "top", "text", "facet", "facets", "under"}
REPLY = {"kind", "entry", "safety", "choices", "score", "text", "buttons", "facet", "facets"}


def signpost(*arguments: str, lines: str = "", folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, with its data in a folder of the test."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments, "--data", str(folder / "data")],
        input=lines, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE, check=False, env=environment(),
    )  # fmt: skip


def warm(*arguments: str, lines: str = "", folder: Path) -> subprocess.CompletedProcess[str]:
    """The same where how it starts is proven elsewhere."""
    return run_warm([*arguments, "--data", str(folder / "data")], environment(), lines)


def environment() -> dict[str, str]:
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "SIGNPOST_DATA": "", "TZ": "UTC"}


def objects(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def jsonl(*rows: object) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


@dataclass(frozen=True)
class Spoken:
    """What one process of `chat --json` said to many talks, line by line, and the folder that it leaves behind."""

    folder: Path
    lines: dict[str, list[dict[str, Any]]]
    """The answers by the key of TALKS."""


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    folder = make_tiny(tmp_path_factory.mktemp("spoken"))
    rows = [row for talk in TALKS.values() for row in talk]
    found = objects(signpost("chat", "--json", "--knowledge", str(folder), lines=jsonl(*rows), folder=folder))
    assert len(found) == len(rows)
    left = iter(found)
    return Spoken(folder, {key: [next(left) for _ in talk] for key, talk in TALKS.items()})


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What one process of `ask --json` said to each line of QUESTIONS."""
    folder = make_tiny(tmp_path_factory.mktemp("asked"))
    return objects(signpost("ask", "--json", "--knowledge", str(folder), lines=jsonl(*QUESTIONS), folder=folder))


def test_ask_gives_one_line_a_question_in_order_and_goes_on_after_a_bad_one(asked: list[dict[str, Any]]) -> None:
    *found, _ = asked
    assert [row.get("id") for row in found] == ["1", None, "3", None, "5", "6"]
    assert set(found[0]) == ANSWER
    assert (found[0]["kind"], found[0]["entry"]) == ("answer", "demo/bus-pass")
    assert found[0]["top"][0]["id"] == "demo/bus-pass"
    assert 0 <= found[0]["top"][0]["score"] <= 1
    assert all("error" in found[at] for at in (1, 2, 3, 4))
    assert found[5]["kind"] == "no_match"


def test_ask_with_a_question_reads_no_stdin_and_prints_one_line(tiny: Path) -> None:
    done = warm("ask", "--json", "bus pass", "--area", "demo", "--knowledge", str(tiny), folder=tiny)
    assert len(objects(done)) == 1


def test_ask_for_people_is_plain_text_and_can_say_why(tiny: Path) -> None:
    done = warm("ask", "bus pass", "--area", "demo", "--explain", "--knowledge", str(tiny), folder=tiny)
    assert done.returncode == 0
    assert "Ask at the town hall." in done.stdout
    assert "demo/bus-pass" in done.stdout


def test_danger_is_seen_with_another_content_folder_too(asked: list[dict[str, Any]]) -> None:
    row = asked[-1]
    assert (row["kind"], row["safety"], row["entry"]) == ("crisis", "card", "national/crisis")
    assert "999" in row["text"].splitlines()[0]


def test_chat_gives_one_line_a_line_and_finds_buttons_by_label_and_id(spoken: Spoken) -> None:
    found = spoken.lines["two people"]
    assert found[0]["replies"] == []
    assert found[0]["state"]["area"] == "demo"
    assert set(found[1]["replies"][0]) == REPLY
    assert found[1]["events"] == ["AnswerShown"]
    assert set(found[1]["replies"][0]["buttons"][0]) == {"id", "label"}
    assert found[2]["replies"][0]["kind"] == "prompt"
    assert "error" in found[3]
    assert (found[4]["talk"], found[4]["replies"][0]["kind"]) == ("b", "info")
    assert "words" in found[5]["replies"][0]["text"]
    assert len(found[6]["replies"]) == 1
    assert "error" in found[7]
    assert "error" in found[8]


def test_a_redelivered_update_gets_no_second_answer_and_no_second_count(spoken: Spoken) -> None:
    assert [len(answer["replies"]) for answer in spoken.lines["redelivered"]] == [0, 1, 0, 1, 0]


def test_what_is_remembered_outlives_the_process(spoken: Spoken) -> None:
    again = warm(
        "chat", "--json", "--knowledge", str(spoken.folder), lines=jsonl({"talk": "remembered", "text": "/mydata"}),
        folder=spoken.folder,
    )  # fmt: skip
    assert "Demo" in objects(again)[0]["replies"][0]["text"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("ask", "x", "--area", "atlantis"), "atlantis"),
        (("ask", "x", "--now", "yesterday"), "yesterday"),
        (("ask", "x", "--knowledge", "/no/such/folder"), "/no/such/folder"),
        (("ask",), "question"),
        (("purge", "--database", "nonsense"), "nonsense"),
        (("chat", "--area", "atlantis"), "atlantis"),
    ],
)
def test_wrong_use_is_one_plain_line_and_exit_2(arguments: tuple[str, ...], named: str, tiny: Path) -> None:
    knowledge = () if "--knowledge" in arguments else ("--knowledge", str(tiny))
    done = warm(*arguments, *knowledge, folder=tiny)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_broken_content_is_told_by_file_and_line_and_exit_2(tiny: Path) -> None:
    (tiny / "demo" / "bad.yaml").write_text("one:\n  title: 'x\n")
    done = warm("ask", "x", "--knowledge", str(tiny), folder=tiny)
    assert done.returncode == 2
    assert "demo/bad.yaml:" in done.stderr
    assert warm("check", "--knowledge", str(tiny), folder=tiny).returncode == 1


def test_a_folder_that_cannot_be_written_stops_doctor_but_not_a_talk(tiny: Path) -> None:
    (tiny / "data").write_text("a file stands where the folder should be")
    lines = jsonl({"talk": "a", "area": "demo"}, {"talk": "a", "text": "bus pass"})
    talk = warm("chat", "--json", "--knowledge", str(tiny), lines=lines, folder=tiny)
    assert objects(talk)[1]["replies"][0]["entry"] == "demo/bus-pass"
    assert "Nothing can be saved" in talk.stderr
    doctor = warm("doctor", "--knowledge", str(tiny), folder=tiny)
    assert doctor.returncode == 2
    assert "data folder" in doctor.stderr


def test_a_damaged_database_is_told_and_left_as_it_is(tiny: Path) -> None:
    (tiny / "data").mkdir()
    database = tiny / "data" / "signpost.sqlite3"
    database.write_bytes(b"this is no database at all" * 100)
    before = database.read_bytes()
    lines = jsonl({"talk": "a", "text": "i want to die"})
    talk = warm("chat", "--json", "--knowledge", str(tiny), lines=lines, folder=tiny)
    assert objects(talk)[0]["replies"][0]["kind"] == "crisis"
    assert "cannot be used" in talk.stderr
    assert warm("doctor", "--knowledge", str(tiny), folder=tiny).returncode == 2
    assert database.read_bytes() == before


def test_a_new_secret_beside_an_old_database_is_refused(tiny: Path, spoken: Spoken) -> None:
    shutil.copytree(spoken.folder / "data", tiny / "data")
    assert warm("doctor", "--knowledge", str(tiny), folder=tiny).returncode == 0
    (tiny / "data" / "keys" / "talk.key").write_text("ab" * 32)
    doctor = warm("doctor", "--knowledge", str(tiny), folder=tiny)
    assert doctor.returncode == 2
    assert "secret" in doctor.stderr


def test_the_data_folder_and_the_secrets_are_for_the_owner_alone(spoken: Spoken) -> None:
    assert (spoken.folder / "data").stat().st_mode & 0o777 == 0o700
    assert (spoken.folder / "data" / "keys" / "talk.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ANY_TEXT)
def test_any_text_gets_a_calm_reply(spoken: Spoken, text: str) -> None:
    (row,) = spoken.lines[f"any text: {text}"]
    assert row["replies"]
    assert row["replies"][0]["kind"] in ("no_match", "prompt", "info", "choices", "small_talk")


@pytest.mark.parametrize("command", ["chat", "ask"])
def test_no_byte_on_stdin_ends_the_process(tiny: Path, command: str) -> None:
    lines = b'{"talk": "a", "id": 1, "text": "\xed\xa0\x80 bus \xff pass"}\n\xff\n{"talk": "a", "id": 2, "text": "bus pass"}\n'
    done = subprocess.run(
        [sys.executable, "-m", "bot", command, "--json", "--knowledge", str(tiny), "--data", str(tiny / "data")],
        input=lines, capture_output=True, cwd=ROOT, timeout=PATIENCE, check=False,
        env={**environment(), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert "error" not in first
    assert "error" in second
    assert "error" not in third
