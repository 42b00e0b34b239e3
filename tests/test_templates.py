"""The templates for a forum say what the program stores and for how long, as it does."""

from __future__ import annotations

import re
from pathlib import Path

from bot.web.chat.token import cookie_name
from conversations import retention
from conversations.forum import accounts
from conversations.records import answered, staff_tables
from conversations.records.sealed import COLUMNS
from tests.test_promises import rows

ROOT = Path(__file__).parents[1]
STORED = staff_tables.staff.metadata.tables
"""All tables, those of the desk too."""
FOLDER = ROOT / "docs" / "templates"
TABLE = re.compile(r"^\| (\w+) \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


def read(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def test_the_record_of_processing_names_every_field_that_is_stored_and_what_is_sealed() -> None:
    told = {
        name: fields.split(", ")
        for name, fields, _how_long in TABLE.findall(read("record-of-processing"))
        if name != "table"
    }
    assert set(told) == set(STORED)
    for name, fields in told.items():
        assert [field.partition(" ")[0] for field in fields] == [column.name for column in STORED[name].columns], name
        sealed = {one.name for one in COLUMNS if one.table.name == name}
        assert {field.partition(" ")[0] for field in fields if "(sealed)" in field} == sealed, name


def test_what_the_templates_say_of_how_long_is_what_the_purge_applies() -> None:
    kept = {name: how_long for name, _fields, how_long in TABLE.findall(read("record-of-processing"))}
    for name, said in (
        ("talks", f"topics, band and card: {retention.TOPIC_HOURS} hours"),
        ("talks", f"{retention.SETTINGS_DAYS} days without a message"),
        ("pending", f"{retention.PENDING_HOURS} hours at most"),
        ("answered", f"{answered.KEPT_HOURS} hours at most"),
        ("counts", f"{retention.COUNT_DAYS} days"),
        ("feedback", f"{retention.FEEDBACK_MONTHS} months, {retention.REVIEWED_MONTHS} once reviewed"),
        ("questions", f"{retention.QUESTION_MONTHS} months"),
        ("guesses", f"{retention.GUESS_HOURS} hours"),
        ("audit", f"{retention.AUDIT_MONTHS} months"),
        ("sessions", f"{accounts.ABSOLUTE_HOURS} hours at most"),
    ):
        assert said in kept[name], name
    record, assessment = read("record-of-processing"), read("data-protection-impact-assessment")
    assert f"live {retention.BACKUP_DAYS} days at most" in record
    assert f"a device for {accounts.DEVICE_DAYS} days" in record
    assert f"`{cookie_name(True)}` names a talk" in record
    for said in (
        f"a code for {retention.SETTINGS_DAYS} days at most, its topics for {retention.TOPIC_HOURS} hours",
        f"Feedback {retention.FEEDBACK_MONTHS} months, {retention.REVIEWED_MONTHS} once reviewed; questions {retention.QUESTION_MONTHS} months; "
        f"counts {retention.COUNT_DAYS} days; the desk's trail {retention.AUDIT_MONTHS} months",
        f"copies for {retention.BACKUP_DAYS} days",
    ):
        assert said in assessment, said


def test_what_the_templates_rest_on_are_promises_that_are_there() -> None:
    for name in ("hazard-log", "data-protection-impact-assessment"):
        lines = [line for line in read(name).splitlines() if re.match(r"\| [HR]\d+ \|", line)]
        assert len(lines) > 10
        for line in lines:
            codes = set(re.findall(r"\b[SPTMKCFWO]\d{1,2}[a-z]?\b", line.split("|", 2)[2]))
            assert codes <= set(rows()), line
            assert codes or "hazard-log" in line or "[" in line, line


def test_the_accessibility_statement_says_that_the_pdf_is_tagged_while_it_is() -> None:
    tagged = 'STANDARD: Final = "ua-1"' in (ROOT / "bot" / "files" / "report_pdf.py").read_text(encoding="utf-8")
    assert ("is tagged (PDF/UA-1)" in read("accessibility-statement")) is tagged
