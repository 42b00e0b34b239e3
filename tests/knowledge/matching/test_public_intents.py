"""A content folder made from a public intent set loads, answers and abstains; the set itself never enters the project."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from bot.ask import Question, ask
from conversations.guide import Guide
from conversations.wording import load_wording
from knowledge.loader import load
from knowledge.matching.matcher import Matcher
from tests.support.figures import note

SET = Path(__file__).parents[4] / "shared" / "intents" / "clinc5"
UNKNOWN = "NO_NODES_DETECTED"
EVERY = 25


@pytest.mark.slow
@pytest.mark.skipif(
    not SET.is_dir(), reason="the public intent sets do not stand beside this checkout (shared/intents)"
)
def test_a_folder_made_from_clinc5_loads_answers_and_abstains(tmp_path: Path, now: datetime) -> None:
    entries: dict[str, dict[str, object]] = {}
    for row in csv.DictReader((SET / "train.csv").open(encoding="utf-8")):
        entry = entries.setdefault(row["label"], {"title": row["label"], "answer": "An answer.", "phrases": []})
        phrases = entry["phrases"]
        assert isinstance(phrases, list)
        phrases.append(row["sentence"])
    (tmp_path / "clinc").mkdir()
    (tmp_path / "clinc" / "intents.yaml").write_text(yaml.safe_dump(entries))
    library = load(tmp_path)
    guide = Guide(library, Matcher(library), load_wording())
    asked = list(csv.DictReader((SET / "test.csv").open(encoding="utf-8")))[::EVERY]
    inside = [row for row in asked if row["label"] != UNKNOWN]
    outside = [row for row in asked if row["label"] == UNKNOWN]
    kinds = {id(row): ask(Question(row["sentence"], "clinc"), guide, now).replies[0] for row in asked}
    first = sum(
        guide.matcher.match(row["sentence"], "clinc").top[0].entry.id == f"clinc/{row['label']}" for row in inside
    ) / len(inside)
    answered = sum(kinds[id(row)].kind == "answer" for row in outside) / len(outside)
    note(f"clinc5, every {EVERY}th question: first {first:.3f}, answered out of scope {answered:.3f}")
    assert first >= 0.70
    assert answered <= 0.25
