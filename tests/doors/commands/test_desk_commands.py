"""The desk's commands: `staff`, `feedback export`, `report`, `purge` and `doctor`, by the real process."""

from __future__ import annotations

import csv
import io
import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.support.desk_visitor import House
from tests.support.warm import run_warm

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    for n in range(6):
        house.give(f"words {n}", state="done", published=True, public_words=f"public {n}")
    house.give("a child is hurt", state="safeguarding")
    house.give("=of the west", area="west")
    return house


def signpost(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = [*arguments, "--data", str(folder / "data"), "--knowledge", str(folder / "knowledge")]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
    return run_warm(given, {**clean, "OPENBLAS_NUM_THREADS": "1", **environment})


def test_staff_are_added_listed_reset_and_disabled(house: House, tmp_path: Path) -> None:
    added = signpost(
        tmp_path, "staff", "add", "Ann@Example.org", "--area", "east", "--role", "reviewer", "--role", "admin"
    )
    again = signpost(tmp_path, "staff", "add", "ann@example.org", "--area", "east", "--role", "reviewer")
    nowhere = signpost(tmp_path, "staff", "add", "bea", "--area", "north", "--role", "reviewer")
    code = re.search(r"secret for Ann@Example.org: ((?:[A-Z2-7]{5}-){4}[A-Z2-7]{5})\n", added.stdout)
    assert code is not None
    assert (again.returncode, nowhere.returncode) == (2, 2)
    assert "has an account already" in again.stderr
    assert "'north' is not covered" in nowhere.stderr
    assert (
        signpost(tmp_path, "staff", "list").stdout.split("\n")[0] == "Ann@Example.org\teast\treviewer,admin\tnot set up"
    )
    assert "Choose a password" in house.visitor().send("/desk/set-up", name="ann@example.org", code=code[1]).text
    reset = signpost(tmp_path, "staff", "reset", "ann@example.org")
    assert "one-time set-up secret" in reset.stdout
    assert signpost(tmp_path, "staff", "disable", "ann@example.org").returncode == 0
    assert "closed" in signpost(tmp_path, "staff", "list").stdout
    missing = signpost(tmp_path, "staff", "disable", "nobody")
    assert missing.returncode == 2
    assert len(missing.stderr.strip().splitlines()) == 1


def test_feedback_is_exported_for_one_area_and_noted(house: House, tmp_path: Path) -> None:
    done = signpost(tmp_path, "feedback", "export", "--area", "east")
    rows = list(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
    assert len(rows) == 6
    assert {row["area"] for row in rows} == {"east"}
    assert "a child is hurt" not in done.stdout
    out = tmp_path / "east.xlsx"
    assert signpost(tmp_path, "feedback", "export", "--area", "east", "--out", str(out)).returncode == 0
    assert out.read_bytes().startswith(b"PK")
    assert out.stat().st_mode & 0o077 == 0
    west = signpost(tmp_path, "feedback", "export", "--area", "west", "--format", "csv")
    assert '"\'=of the west"' in west.stdout
    assert signpost(tmp_path, "feedback", "export", "--area", "north").returncode == 2
    with sqlite3.connect(house.file) as base:
        assert base.execute("select count(*) from audit where what = 'exported'").fetchone() == (3,)


def test_the_report_is_written_as_html_pdf_and_csv(house: House, tmp_path: Path) -> None:
    page = signpost(tmp_path, "report", "--area", "east", "--year", "2026").stdout
    assert "6 comments were received." in page
    assert "public 3" in page
    assert "<script" not in page
    out = tmp_path / "report.pdf"
    assert signpost(tmp_path, "report", "--area", "east", "--year", "2026", "--out", str(out)).returncode == 0
    assert out.read_bytes().startswith(b"%PDF")
    table = signpost(tmp_path, "report", "--area", "east", "--year", "2026", "--format", "csv").stdout
    assert '"How many comments","All","6"' in table
    assert signpost(tmp_path, "report", "--area", "east", "--year", "1999").returncode == 2


def test_the_purge_takes_old_sessions_and_audit_lines(house: House, tmp_path: Path) -> None:
    house.signed_in("ann")
    done = signpost(tmp_path, "purge", "--now", "2028-12-24T12:00")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(house.file) as base:
        assert base.execute(
            "select (select count(*) from sessions), (select count(*) from audit), (select count(*) from throttles)"
        ).fetchone() == (0, 0, 0)


def test_doctor_names_tls_that_is_missing(house: House, tmp_path: Path) -> None:
    wrong = signpost(tmp_path, "doctor", SIGNPOST_ADDRESS="http://desk.example.org")
    assert wrong.returncode == 2
    assert "BAD  forum desk" in wrong.stderr
    assert "TLS" in wrong.stderr
    gone = signpost(tmp_path, "doctor", SIGNPOST_CERTIFICATE=str(tmp_path / "none.pem"))
    assert "BAD  forum desk" in gone.stderr
    framed = signpost(tmp_path, "doctor", SIGNPOST_ADDRESS="https://desk.example.org", SIGNPOST_FRAMED_BY="offer.test")
    assert framed.returncode == 2
    assert "SIGNPOST_FRAMED_BY" in framed.stderr
    right = signpost(tmp_path, "doctor", SIGNPOST_ADDRESS="https://desk.example.org")
    assert "ok   forum desk: opens at https://desk.example.org" in right.stdout
