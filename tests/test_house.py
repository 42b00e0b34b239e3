"""Imports go down, never up: bot, then conversations, then knowledge."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {"knowledge": set(), "conversations": {"knowledge"}, "bot": {"knowledge", "conversations"}}
DATABASE = "sqlalchemy"


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_go_down_never_up(floor: str) -> None:
    above = set(FLOORS) - FLOORS[floor] - {floor}
    for file in (ROOT / floor).rglob("*.py"):
        wrong = {name for name in imported(file) if name.split(".")[0] in above}
        assert not wrong, f"{file.relative_to(ROOT)} imports {wrong}"


def test_what_is_true_knows_no_database_and_no_network() -> None:
    for file in (ROOT / "knowledge").rglob("*.py"):
        tops = {name.split(".")[0] for name in imported(file)}
        assert not tops & {DATABASE, "telegram", "httpx", "starlette", "socket"}, file
