"""The bot's own sentences: each that the code says is there, none is dead, and a content folder may say one in its own way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversations.wording import braces, load_wording
from knowledge.loader import ContentError, load

ROOT = Path(__file__).parents[2]
SAYING = {"wording": 0, "list": 0, "variant": 0, "info": 0, "_info": 0, "small_prompt": 0, "declined": 1, "_said": 1}
"""The functions that say a sentence by its name, and the place of that name among their arguments."""
WING_FILES = [
    file
    for floor in ("bot", "conversations")
    for file in sorted((ROOT / floor).rglob("*.py"))
    if "web" not in file.relative_to(ROOT).parts
]


def calls() -> Iterator[tuple[str, ast.expr, set[str] | None]]:
    """Every call that says a sentence: where, the name, and the names of the values for its braces."""
    for file in WING_FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = SAYING.get(called)
            if place is None or len(node.args) <= place:
                continue
            known = all(keyword.arg is not None for keyword in node.keywords)
            values = {keyword.arg for keyword in node.keywords if keyword.arg} if known else None
            for name in node.args[place:] if called == "_said" else node.args[place : place + 1]:
                yield f"{file.relative_to(ROOT)}:{node.lineno}", name, values


def test_every_sentence_that_the_code_names_is_there_with_the_braces_that_it_fills() -> None:
    rows = load_wording().rows
    named = [(where, name.value, values) for where, name, values in calls() if isinstance(name, ast.Constant)]
    assert len(named) > 100
    for where, name, values in named:
        if name in load_wording("desk").rows and name not in rows:
            continue
        assert name in rows, f"{where}: there is no sentence {name!r} in conversations/wording/en.yaml"
        if values is not None:
            assert values >= (braces(rows[name]) or set()), f"{where}: {name!r} has braces that nothing fills"


def test_no_sentence_is_dead() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in WING_FILES)
    starts = {
        name.values[0].value
        for _, name, _ in calls()
        if isinstance(name, ast.JoinedStr) and isinstance(name.values[0], ast.Constant)
    }
    dead = [
        name
        for name in load_wording().rows
        if f'"{name}"' not in code and not any(name.startswith(str(start)) for start in starts)
    ]
    assert dead == []


def own(folder: Path, text: str, name: str = "en") -> Path:
    (folder / "wording").mkdir()
    (folder / "wording" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_content_folder_says_one_sentence_in_its_own_way_and_the_rest_stays(tiny: Path) -> None:
    folder = own(tiny, 'welcome: "Hiya, I am the Demo bot."\nthemes: {anything: Getting about}\n')
    wording = load_wording("en", folder)
    assert wording("welcome") == "Hiya, I am the Demo bot."
    assert wording("ready") == load_wording()("ready")
    assert wording.theme("anything") == "Getting about"
    assert [area.id for area in load(folder).areas] == ["demo"], "the folder of wording is no area"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("welcom: Hello.\n", "no such sentence"),
        ('area_set: "Thank you."\n', "its braces should be area"),
        ('welcome: "Hello {name}."\n', "its braces should be none"),
        ('welcome: "Hello {."\n', "stands alone"),
        ("welcome: [Hello, there]\n", "not written like"),
        ("welcome: 'Hello\n", "wording/en.yaml"),
        ("- welcome\n", "should be a mapping"),
        ('open_now: "{hours} (open now until {time:5d})"\n', "its braces should be hours, time"),
        ("days: [Mo, Tu]\n", "should be a list of 7"),
        ("themes: {anything: [Getting, about]}\n", "should be text"),
    ],
)
def test_a_sentence_that_would_fail_in_a_talk_is_told_at_the_start(tiny: Path, text: str, told: str) -> None:
    with pytest.raises(ContentError, match=re.escape(told)) as error:
        load_wording("en", own(tiny, text))
    assert "wording/en.yaml" in str(error.value)
