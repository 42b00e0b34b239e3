"""Imports go down, never up: bot, then conversations, then knowledge. Wings do not meet but where they may."""

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


SQL = {"select", "insert", "update", "delete", "text"}
TRANSACTIONS = {"begin", "connect"}
TALK_WINGS = ("steps", "replies", "feedback")


def called(file: Path) -> set[str]:
    """The names of the methods that a file calls."""
    calls = (node.func for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    return {call.attr for call in calls if isinstance(call, ast.Attribute)}


def taken_from(file: Path, package: str) -> set[str]:
    """The names that a file imports from a package or a module in it."""
    tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    froms = (node for node in tree if isinstance(node, ast.ImportFrom) and node.module)
    return {alias.name for node in froms if str(node.module).split(".")[0] == package for alias in node.names}


def within(name: str, package: str) -> bool:
    """Whether a module is a package or lies in it."""
    return name == package or name.startswith(f"{package}.")


def modules(file: Path) -> set[str]:
    """The modules that a file imports, also those named after `from package import`."""
    names = imported(file)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_only_the_records_speak_sql() -> None:
    records = ROOT / "conversations" / "records"
    files = [file for floor in FLOORS for file in (ROOT / floor).rglob("*.py") if not file.is_relative_to(records)]
    for file in files:
        assert not taken_from(file, DATABASE) & SQL, file
        assert not called(file) & {"execute", "exec_driver_sql"}, file


def test_a_talk_and_the_forum_meet_in_the_records_alone() -> None:
    forum, talk = "conversations.forum", [f"conversations.{wing}" for wing in TALK_WINGS]
    for file in (ROOT / "conversations" / "forum").rglob("*.py"):
        assert not [name for name in modules(file) for wing in talk if within(name, wing)], file
    for wing in TALK_WINGS:
        for file in (ROOT / "conversations" / wing).rglob("*.py"):
            assert not [name for name in modules(file) if within(name, forum)], file


def test_a_page_of_the_desk_opens_no_transaction_and_sees_no_records() -> None:
    for file in (ROOT / "bot" / "web").rglob("*.py"):
        assert not [name for name in modules(file) if within(name, "conversations.records")], file
        assert "Connection" not in taken_from(file, DATABASE), file
        assert not called(file) & TRANSACTIONS, file


def test_torch_is_imported_where_things_are_learned_alone() -> None:
    for file in (file for floor in FLOORS for file in (ROOT / floor).rglob("*.py")):
        if "torch" in {name.split(".")[0] for name in imported(file)}:
            assert file.parent == ROOT / "knowledge" / "training", file


def own_modules() -> dict[str, Path]:
    """Every module of the three floors, with its file."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for floor in FLOORS
        for file in (ROOT / floor).rglob("*.py")
    }


def at_the_top(file: Path) -> set[str]:
    """The modules that a file imports when it is loaded, not those inside functions or for types alone."""
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_imports_go_in_no_circle() -> None:
    files = own_modules()
    edges = {name: sorted(at_the_top(file) & set(files) - {name}) for name, file in files.items()}
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle: {' -> '.join((*way[way.index(name) :], name))}"
        if name not in done:
            for other in edges[name]:
                walk(other, (*way, name))
            done.add(name)

    for name in edges:
        walk(name, ())


def test_no_alias_gives_a_module_another_modules_name() -> None:
    files = own_modules()
    names = {name.rpartition(".")[2] for name in files}
    for file in files.values():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    module = f"{node.module}.{alias.name}"
                    assert module not in files or alias.asname not in names, f"{file}: {module} as {alias.asname}"
