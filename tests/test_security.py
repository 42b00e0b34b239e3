"""What docs/security.md says: its lines lead to tests that are there, its figures are the code's, and the code is as it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.web import connection, gate
from bot.web.chat import limits, routes
from conversations.engine import READ_CHARACTERS
from conversations.feedback import consent, receipts
from conversations.forum import accounts
from conversations.records.staff import WINDOW_SECONDS
from knowledge.danger import tidy_text
from knowledge.text import normalise

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
FAULT = re.compile(r"^\| (\d+) \| .+ \| (.+) \|$", re.MULTILINE)
ASKED = re.compile(r"^\| (\d+\.\d+\.\d+) \| .+ \| (.+) \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)")
LEVEL_1 = (
    "1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3 4.1.1 4.4.1 "
    "5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 "
    "8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 10.4.3 10.4.4 10.4.5 11.3.1 11.3.2 11.4.1 12.1.1 12.2.1 12.2.2 13.4.1 14.2.1 "
    "14.3.1 15.1.1 15.2.1 15.3.1"
).split()
"""The requirements of level 1 of OWASP ASVS 5.0.0 (May 2025), as its list in English numbers them."""
FAULTS = 21
"""What the first attack found."""


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Every file of the program, read."""
    for floor in ("bot", "conversations", "knowledge"):
        for file in (ROOT / floor).rglob("*.py"):
            if "training" not in file.parts:
                yield file, ast.parse(file.read_text(encoding="utf-8"))


@cache
def called(tree: ast.Module) -> frozenset[str]:
    """What a file calls, as it is written: `eval`, `os.system`."""
    functions = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return frozenset(ast.unparse(one) for one in functions if isinstance(one, (ast.Name, ast.Attribute)))


def test_each_fault_and_each_requirement_has_its_line_and_its_tests() -> None:
    assert [int(number) for number, _ in FAULT.findall(PAGE)] == list(range(1, FAULTS + 1))
    assert [number for number, _, _ in ASKED.findall(PAGE)] == LEVEL_1
    lines = [(number, held, "") for number, held in FAULT.findall(PAGE)]
    lines += [(number, held, here) for number, here, held in ASKED.findall(PAGE)]
    for number, held, here in lines:
        links = LINK.findall(held)
        assert links or here.startswith(("Not used", "**")), f"{number} has no test"
        for name, file in links:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, (
                f"{number}: {file} has no {name}"
            )


def test_every_limit_of_input_that_the_page_names_is_the_codes() -> None:
    for said in (
        f"{READ_CHARACTERS:,} characters are read, {normalise.MAX_CHARACTERS:,} of them to find an answer, {tidy_text.MOST_CHARACTERS:,} for danger",
        f"{consent.MOST_UNITS:,} UTF-16 units",
        f"{routes.MOST_CHARACTERS:,} characters | more is cut",
        f"{gate.MOST_BYTES:,} bytes, {gate.MOST_FIELDS:,} fields, {gate.BODY_SECONDS:.0f} seconds",
        f"{connection.HEAD_BYTES:,} bytes",
        f"one name from one address | {accounts.PAIR_TRIES} |",
        f"one address | {accounts.ADDRESS_TRIES} |",
        f"one name from everywhere | {accounts.NAME_TRIES} |",
        f"within {accounts.DEVICE_DAYS} days | {accounts.PAIR_TRIES} of its own",
        f"{receipts.GUESSES_PER_TALK} wrong ones an hour for a talk, {receipts.GUESSES_IN_ALL} in all",
        f"{limits.TALK_MOST} a minute for a talk on the page, {limits.ADDRESS_MOST} for an address",
        f"{accounts.IDLE_MINUTES} minutes without use and after {accounts.ABSOLUTE_HOURS} hours",
    ):
        assert said in PAGE, said
    assert WINDOW_SECONDS == 15 * 60


def test_no_code_runs_text_or_a_shell() -> None:
    never = re.compile(
        r"(?:eval|exec|compile|__import__|os\.(?:system|popen|exec\w+|spawn\w+)|subprocess\.\w+|pickle\.\w+|marshal\.\w+|shelve\.\w+)"
    )
    for file, tree in trees():
        assert not [name for name in called(tree) if never.fullmatch(name)], file
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {name.partition(".")[0] for name in names} & {"subprocess", "pickle", "xml", "lxml"}, file
    for script in (ROOT / "bot/web").rglob("static/*.js"):
        if script.name != "htmx.min.js":
            assert not re.search(
                r"\beval\(|new Function|document\.write|setTimeout\(['\"]", script.read_text(encoding="utf-8")
            ), script


def test_no_statement_is_put_together_from_text() -> None:
    """Only numbers of the program's own stand in braces, in capitals."""
    for file, tree in trees():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and re.search(r"(?:^|\.)(?:exec_driver_sql|text)$", ast.unparse(node.func))
                and node.args
            ):
                said = node.args[0]
                for part in ast.walk(said):
                    if isinstance(part, ast.FormattedValue) and "records" in file.parts:
                        assert ast.unparse(part.value).isupper(), f"{file}: {ast.unparse(said)}"


def test_the_scripts_put_in_text_as_text() -> None:
    """HTML is put in where the server escaped it: its replies, and the copy of them that the tab kept."""
    allowed = {"log.innerHTML = held.html", "part.innerHTML = told.html"}
    for script in (ROOT / "bot/web").rglob("static/*.js"):
        if script.name != "htmx.min.js":
            found = re.findall(
                r"\w+\.(?:innerHTML|outerHTML) = [\w.]+|insertAdjacentHTML", script.read_text(encoding="utf-8")
            )
            assert set(found) <= allowed, script


def test_only_strong_ciphers_and_digests_are_used() -> None:
    digests: set[str] = set()
    for file, tree in trees():
        digests |= {name.partition(".")[2] for name in called(tree) if re.fullmatch(r"hashlib\.\w+", name)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cryptography"):
                assert {alias.name for alias in node.names} <= {"AESGCM", "InvalidTag"}, file
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("hmac.digest", "hmac.new"):
                last = node.args[-1]
                assert ast.unparse(last) in ("'sha256'", "hashlib.sha256"), file
    assert digests == {"sha256", "blake2b"}


def test_the_packages_that_run_are_pinned_and_the_driver_of_postgresql_is_among_them() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    packages = re.findall(r"^([a-z0-9][\w.-]*(?:\[[\w,]+\])?)(\S*)(.*(?:\n    --hash=\S+.*)*)", text, re.MULTILINE)
    assert len(packages) > 20
    for name, version, rest in packages:
        assert version.startswith("=="), name
        assert "--hash=sha256:" in rest, name
    assert any(name.startswith("psycopg") for name, _, _ in packages)
