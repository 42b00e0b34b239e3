"""What a text means: the encoder, the table of the content's phrases, and what goes on without them."""

import importlib.util
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from knowledge.danger import detector, judge
from knowledge.danger.detector import danger
from knowledge.encoder import weights
from knowledge.encoder.static_vectors import Vectors
from knowledge.entries import Library
from knowledge.loader import BUILT_IN, load
from knowledge.matching import embeddings
from knowledge.matching.embeddings import Meaning, Sentences
from knowledge.matching.facet_reader import LABELS, facet_reader
from knowledge.matching.index import read
from knowledge.matching.matcher import Matcher
from knowledge.text.normalise import clean
from knowledge.training.embeddings import write
from tests.support.small_library import LIBRARY

HARD = "she said her goodbyes to everyone and gave her guinea pig to the girl next door, shes gone very calm"
"""Danger without a word of danger."""

needs_encoder = pytest.mark.skipif(
    weights.encoder("matching") is None,
    reason="the package of the encoder is not installed here (requirements-vectors.in)",
)


def reading(library: Library) -> Meaning:
    """The view by meaning of a library, which is there where the encoder is."""
    found = embeddings.meaning(library)
    assert found is not None
    return found


def strength(text: str) -> str | None:
    """How strong the danger in a message is; None where there is none."""
    found = danger(text)
    return found.strength if found else None


@needs_encoder
def test_what_was_learned_of_facets_fits_what_was_learned_of_matching() -> None:
    found = facet_reader()
    assert found is not None, "run `./run train facets`, then `./run train follow-ups`"
    vector, named = found.read("how much does it cost")
    assert abs(float(vector @ vector) - 1) < 1e-4
    assert set(named) == set(LABELS)
    assert max(named, key=named.__getitem__) == "cost"


@needs_encoder
def test_texts_that_mean_the_same_are_near_and_others_far() -> None:
    found = reading(load())
    one = found.of("he screams every morning and i cant get him in the car")
    near, far = found.of("my son will not go to school"), found.of("how much is a blue badge")
    assert abs(float(one @ one) - 1) < 1e-4
    assert float(one @ near) > float(one @ far) + 0.2


@needs_encoder
@pytest.mark.parametrize(
    "text", ["", "😀" * 5_000, "a" * 20_000, "word " * 5_000, "\ud800", "\u202e\u200b", "<b>[x](y)</b>"]
)
def test_no_text_is_too_odd_for_it(text: str) -> None:
    assert np.isfinite(reading(load()).of(clean(text))).all()
    judging = judge.judge()
    assert judging is not None
    meant = judging.judged(text, lambda part: 0.0, apart=4)
    assert np.isfinite([meant.danger, meant.trouble]).all()


@pytest.mark.slow
@needs_encoder
def test_the_table_beside_the_content_knows_its_phrases() -> None:
    library = load()
    known = embeddings.read_table(BUILT_IN / embeddings.TABLE)
    texts = {phrase.meaning for phrase in read(library).phrases}
    missing = [text for text in texts if embeddings.text_key(text) not in (known or {})]
    assert len(missing) <= 0.02 * len(texts), "a cold start reads them one by one: run `./run train embeddings`"


@needs_encoder
def test_the_table_holds_what_the_encoder_says(tmp_path: Path) -> None:
    library = replace(LIBRARY, folder=tmp_path)
    assert not reading(library).whole
    assert write(library, tmp_path) == len({phrase.meaning for phrase in read(library).phrases})
    found = reading(library)
    assert isinstance(found, Sentences)
    assert found.whole
    for phrase in read(library).phrases[:20]:
        kept = found.of(phrase.meaning)
        fresh = Sentences(found.reader, {}, "").of(phrase.meaning)
        assert float(kept @ fresh) > 0.999


@needs_encoder
def test_a_table_made_by_another_encoder_or_damaged_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = replace(LIBRARY, folder=tmp_path)
    write(library, tmp_path)
    monkeypatch.setattr(embeddings, "learned_digest", lambda use: "another")
    assert not reading(library).whole
    monkeypatch.undo()
    whole = (tmp_path / embeddings.TABLE).read_bytes()
    for damaged in (
        b"",
        b"PK damaged",
        whole[:-100],
        whole[: len(whole) // 2] + b"\0" * 99 + whole[len(whole) // 2 + 99 :],
    ):
        (tmp_path / embeddings.TABLE).write_bytes(damaged)
        assert not reading(library).whole


@needs_encoder
def test_a_small_folder_without_a_table_is_read_as_published_and_a_large_one_by_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = Matcher(LIBRARY)
    assert found.scorer.vectors is not None
    assert found.scorer.vectors.name == embeddings.UNTAUGHT
    assert found.match("a parking permit for disabled people", "manchester").top[0].entry.id == "national/blue-badge"
    monkeypatch.setattr(embeddings, "FEW", 10)
    assert isinstance(embeddings.meaning(LIBRARY), Vectors | None)


@needs_encoder
def test_many_texts_are_read_as_one_by_one() -> None:
    texts = [
        "blue badge",
        "a much longer question about how to get a blue badge for my son",
        "",
        "dla form",
        "blue badge",
    ]
    reader = weights.untaught()
    assert reader is not None
    assert np.allclose(reader.all(texts), [reader.of(text) for text in texts], atol=1e-4)


def test_without_its_package_or_what_it_learned_there_is_no_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert weights.published() is None
    assert weights.untaught.__wrapped__() is None
    monkeypatch.undo()
    monkeypatch.setattr(weights, "LEARNED", tmp_path)
    assert weights.read_encoders() == {}
    for damaged in (b"", b"not a file of numbers"):
        (tmp_path / "danger.npz").write_bytes(damaged)
        assert weights.read_encoders() == {}
    assert weights.learned_digest("matching") == ""


def test_those_who_ask_at_once_wait_for_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def slowly() -> dict[str, list[str]]:
        time.sleep(0.05)
        read.append("once")
        return {"danger": read}

    monkeypatch.setattr(weights, "read_encoders", slowly)
    monkeypatch.setattr(weights, "_held", cache(lambda: weights.read_encoders()))
    weights.read_aside()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: weights.encoders(), range(8)))
    assert len(read) == 1
    assert all(one is found[0] for one in found)


@needs_encoder
def test_what_was_learned_in_part_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = weights.learned("danger")
    assert held is not None
    held.pop("0.query.wide")
    np.savez(tmp_path / "danger.npz", **held)
    monkeypatch.setattr(weights, "LEARNED", tmp_path)
    assert weights.read_encoders() == {}


@needs_encoder
def test_danger_without_a_word_of_danger_is_found_by_what_it_means() -> None:
    assert strength(HARD) == "card"
    buried = "hi, we are waiting for the speech therapist and the form for the blue badge came back. " * 5
    assert strength(buried + HARD + ". " + buried) == "card"


@needs_encoder
@pytest.mark.parametrize("cry", ["he has a knife", "i took an overdose", "kms", "im suicidal", HARD])
def test_a_short_cry_in_a_long_message_is_heard_wherever_it_stands(cry: str) -> None:
    talk = "how do i get a blue badge for my son, he is six and we wait for the letter. " * 34
    for text in (f"{cry}. {talk}", f"{talk} {cry}", f"{cry}. how do i get a blue badge for my son"):
        assert strength(text) == "card", text[:40]


def test_a_fault_of_the_encoder_leaves_the_rules_their_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector, "judge", lambda: object())
    assert strength("my dad hits me") == "card"


def test_without_the_encoder_rules_and_words_find_danger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector, "judge", lambda: None)
    for text in ("i want to die", "my dad hits me", "hes got a knife", "shes not breathing", "i cant find my son"):
        assert strength(text) == "card", text
    assert danger("how do i get a blue badge") is None


def test_marks_of_html_say_nothing_and_hide_nothing() -> None:
    assert danger("<b>bold</b> & [link](x)") is None
    for text in ("<b>my dad hits me</b>", "my dad<br>hits me", "<i want to die>"):
        assert strength(text) == "card", text


def test_a_long_message_is_judged_in_windows_that_overlap() -> None:
    words = [f"w{n}" for n in range(150)]
    parts = [part.split() for part in judge.windows(" ".join(words))]
    assert {word for part in parts for word in part} == set(words)
    assert all(len(part) <= judge.WINDOW for part in parts)
    assert judge.windows("a few words") == ["a few words"]
