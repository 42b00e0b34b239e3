"""Danger in other languages: the words of each bring the card, and meaning alone decides on nothing that is not English (S1)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from knowledge.danger import detector
from knowledge.danger.detector import danger
from knowledge.danger.judge import Meant
from knowledge.danger.languages import danger_in, is_english, languages
from knowledge.loader import mapping

SAID = mapping(Path(__file__).with_name("danger_languages.yaml"))
HERE = {
    "urdu", "punjabi", "bengali", "arabic", "polish", "romanian", "somali", "sorani", "kurmanji", "farsi", "chinese",
    "portuguese", "spanish", "french", "ukrainian", "russian",
}  # fmt: skip
"""Languages that S1 is about."""


def each(kind: str) -> list[tuple[str, str]]:
    return [(language, text) for language, rows in SAID.items() for text in rows[kind]]


def test_every_language_that_is_spoken_here_has_its_words() -> None:
    assert {*SAID} >= HERE
    for language, rows in mapping(Path(detector.__file__).with_name("languages.yaml")).items():
        assert {"suicide", "abuse", "medical"} <= {*rows}, language


@pytest.mark.parametrize(("language", "text"), each("danger"))
def test_danger_in_another_language_gets_the_card(language: str, text: str) -> None:
    found = danger(text)
    assert found is not None, language
    assert found.strength == "card", language


@pytest.mark.parametrize(("language", "text"), each("harmless"))
def test_a_harmless_message_in_another_language_gets_the_line_alone(language: str, text: str) -> None:
    assert danger_in(text) is None, language
    found = danger(text)
    assert found is not None, language
    assert (found.kind, found.strength) == ("language", "line"), language


def test_danger_between_words_of_english_is_found() -> None:
    for text in ("please help, moj mąż mnie bije and i am scared", "my mum says khudkushi", "he told me: 我想死"):
        found = danger(text)
        assert found is not None, text
        assert found.strength == "card", text


def test_meaning_never_decides_on_what_is_not_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector, "meaning", lambda *_: Meant(danger=9.0, trouble=9.0, kind="suicide"))
    for _, text in each("harmless"):
        found = danger(text)
        assert found is not None
        assert found.strength == "line", text


@pytest.mark.parametrize(
    "text",
    [
        "", "help", "ok", "?", "dla", "ehcp senco lsa camhs", "my sons ehcp is late", "hola", "Wythenshawe",
        "he bangs hs head on da wall evry nite", "i w\u0430nt t\u043e talk", "Ms Nowak and Mr Okonkwo-Szczepański", "wot abt dlp n pip",
        "thx hun luv u xx", "wen is da skool bus cumin", "\U0001f62d\U0001f62d", "999",
    ],
)  # fmt: skip
def test_what_is_english_however_spelt_is_taken_for_english(text: str) -> None:
    assert is_english(text)


def test_no_phrase_of_another_language_is_english() -> None:
    held = yaml.safe_load(Path(detector.__file__).with_name("languages.yaml").read_text(encoding="utf-8"))
    for language, rows in held.items():
        for kind in {*rows} - {"common", "harmless"}:
            for phrase in rows[kind]:
                assert not is_english_phrase(phrase), (language, phrase)
    assert languages().common


def is_english_phrase(phrase: str) -> bool:
    """Whether every word of a phrase is also an English one, so that it could stand in an English sentence."""
    from knowledge.text.spelling import english_words

    return all(word.strip("*") in english_words() for word in phrase.split())
