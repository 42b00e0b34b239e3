"""The sides of an entry: how they are written, what is told of a wrong one, who reads which, and which one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from knowledge.entries import FACETS, Entry, Facet, Young
from knowledge.loader import ContentError, load
from knowledge.matching.facet_reader import LABELS, NONE, Asked
from knowledge.matching.facets import NEAR, ranked, share
from knowledge.publishing.checks import FACET_WORDS, check
from knowledge.text.normalise import stem
from tests.support.small_library import entry

BUS_PASS = """\
bus-pass:
  title: Bus pass
  audience: [parent]
  answer: Ask at the town hall.
  easy_read: [Ask at the town hall.]
  phrases: [free bus travel]
  sources: [{title: The town hall's page, seen: 2026-10}, {title: The bus company's page, seen: null}]
  contacts: [{name: Town hall, url: https://example.org/hall}]
  written: 2026-11-01
  checked: null
  checked_by: null
  review_every: 6 months
  owner: forum
"""
"""An entry in which nothing is wrong; what a test is about is put under it."""


def written(folder: Path, more: str, others: str = "") -> Path:
    """A folder with the entry, more fields of it, and other entries."""
    (folder / "national").mkdir()
    (folder / "national" / "money.yaml").write_text(BUS_PASS + more + others, encoding="utf-8")
    return folder


def loaded(folder: Path, more: str) -> Entry:
    """The entry as it is read."""
    return load(written(folder, more)).by_id["national/bus-pass"]


def refused(folder: Path, more: str) -> ContentError:
    """What is wrong with content that does not load."""
    with pytest.raises(ContentError) as error:
        load(written(folder, more))
    return error.value


def told(folder: Path, more: str) -> str:
    """What a check says of the entry."""
    faults = check(written(folder, more), date(2026, 12, 1)).faults
    return "\n".join(str(fault) for fault in faults if fault.entry == "national/bus-pass")


# -- as it is written


def test_a_facet_may_be_a_text_alone(tmp_path: Path) -> None:
    found = loaded(tmp_path, "  facets:\n    refused: Ask them to look again.\n")
    assert found.facets == (Facet("refused", "Ask them to look again."),)


def test_a_facet_may_say_where_it_comes_from_whom_to_ask_and_how_it_is_asked_for(tmp_path: Path) -> None:
    more = """\
  facets:
    how-long:
      text: It takes 10 days.
      source: 2
      contact: 1
      phrases: [still no pass after weeks]
"""
    assert loaded(tmp_path, more).facet("how-long") == Facet(
        "how-long", "It takes 10 days.", phrases=("still no pass after weeks",), source=2, contact=1
    )


@pytest.mark.parametrize("nothing", ["null", "~", ""])
def test_a_facet_that_nobody_could_find_out_is_known_not_to_be_known(tmp_path: Path, nothing: str) -> None:
    found = loaded(tmp_path, f"  facets:\n    cost: {nothing}\n    law: None that we know of.\n").facet("cost")
    assert found == Facet("cost")
    assert found is not None
    assert not found.text


def test_facets_keep_the_order_in_which_they_are_written(tmp_path: Path) -> None:
    found = loaded(tmp_path, "  facets: {law: A., refused: B., cost: C.}\n")
    assert [facet.name for facet in found.facets] == ["law", "refused", "cost"]


def test_a_facet_of_the_entrys_own_has_its_own_label(tmp_path: Path) -> None:
    found = loaded(tmp_path, "  facets:\n    night-bus: {label: Night buses, text: They count too.}\n")
    assert found.facet("night-bus") == Facet("night-bus", "They count too.", label="Night buses")


def test_another_entry_can_answer_a_facet(tmp_path: Path) -> None:
    assert loaded(tmp_path, "  see: {refused: national/appeals}\n").see == (("refused", "national/appeals"),)


def test_an_entry_names_those_for_who_is_too_old_or_too_young_for_it(tmp_path: Path) -> None:
    found = loaded(tmp_path, "  ages: [5, 15]\n  older: national/rail-card\n  younger: national/pram\n")
    assert (found.older, found.younger) == ("national/rail-card", "national/pram")


def test_a_young_person_has_answer_steps_easy_read_and_facets_of_their_own(tmp_path: Path) -> None:
    more = """\
  young:
    answer: Ask for your pass.
    steps: [Take a photo.]
    easy_read: [You can get a pass.]
    facets: {refused: You can ask again.}
"""
    assert loaded(tmp_path, more).young == Young(
        "Ask for your pass.", ("Take a photo.",), ("You can get a pass.",), (Facet("refused", "You can ask again."),)
    )


def test_the_answer_to_a_young_person_of_older_content_is_still_read(tmp_path: Path) -> None:
    assert loaded(tmp_path, "  young_answer: Ask for your pass.\n").young == Young("Ask for your pass.")


def test_where_both_are_there_the_newer_way_to_write_it_counts(tmp_path: Path) -> None:
    found = loaded(tmp_path, "  young_answer: Old words.\n  young: {answer: New words., steps: [Take a photo.]}\n")
    assert found.young == Young("New words.", ("Take a photo.",))


# -- what is wrong with it


@pytest.mark.parametrize(
    ("facets", "problem"),
    [
        ("refussed: Ask again.", "refussed is none of"),
        ("night-bus: They count too.", "give it a `label`"),
        ("night-bus: {text: They count too.}", "give it a `label`"),
        ("Refused: Ask again.", "small letters, digits and dashes"),
        ("{too-long-for-a-button: {label: Long, text: Ask again.}}", "at most 13"),
        ("cost: {source: 1}", "cost lacks text"),
        ("cost: {text: It is free., source: first}", "a number from 1 on"),
        ("cost: {text: It is free., source: 0}", "a number from 1 on"),
        ("[cost, law]", "a mapping from a facet's name"),
    ],
)
def test_a_wrong_facet_is_told_with_file_line_and_entry(tmp_path: Path, facets: str, problem: str) -> None:
    fault = refused(tmp_path, f"  facets:\n    {facets}\n").faults[0]
    assert fault.file == "national/money.yaml"
    assert fault.line == len(BUS_PASS.splitlines()) + 2
    assert fault.entry == "national/bus-pass"
    assert problem in str(fault)


def test_a_facet_that_stands_twice_is_told(tmp_path: Path) -> None:
    error = refused(tmp_path, "  facets:\n    cost: It is free.\n    cost: It is not.\n")
    assert "cost stands twice" in str(error)


def test_a_misspelt_field_of_a_facet_is_told_by_the_check(tmp_path: Path) -> None:
    assert "sorce: is not a field" in told(tmp_path, "  facets:\n    cost: {text: It is free., sorce: 1}\n")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("  facets: {cost: {text: It is free., source: 3}}\n", "cost: there is no source 3"),
        ("  facets: {where: {text: At the town hall., contact: 2}}\n", "where: there is no contact 2"),
        ("  young: {facets: {cost: {text: It is free for you., source: 9}}}\n", "cost: there is no source 9"),
        ("  facets: {how-long: It takes 10 days.}\n", "how-long: says a number, date or sum"),
        ("  facets: {money: You get £5 back.}\n", "money: says a number, date or sum"),
        ("  see: {refused: national/appeals}\n", "see: there is no entry 'national/appeals'"),
        ("  older: national/rail-card\n", "older: there is no entry 'national/rail-card'"),
        ("  younger: national/pram\n", "younger: there is no entry 'national/pram'"),
        (f"  facets: {{law: {'word ' * (FACET_WORDS + 1)}}}\n", f"at most {FACET_WORDS}"),
        ("  young: {answer: " + "word " * 56 + "}\n", "young: has 56 words; at most 55"),
    ],
)
def test_a_check_tells_what_a_facet_leaves_open(tmp_path: Path, more: str, problem: str) -> None:
    assert problem in told(tmp_path, more)


@pytest.mark.parametrize(
    "facets",
    [
        "{how-long: {text: It takes 10 days., source: 1}}",
        "{where: {text: At the town hall., contact: 1}}",
        "{law: 'Yes (Transport Act 2000, section 145A).'}",
        "{refused: Ask them to look again.}",
        "{cost: null}",
    ],
)
def test_a_sound_facet_has_nothing_told_of_it(tmp_path: Path, facets: str) -> None:
    assert told(tmp_path, f"  facets: {facets}\n") == ""


def test_a_phrase_of_a_facet_may_stand_in_no_other_entry(tmp_path: Path) -> None:
    other = BUS_PASS.replace("bus-pass:", "coach-pass:").replace("free bus travel", "free coach travel")
    more = "  facets: {refused: {text: Ask again., phrases: [free coach travel]}}\n"
    faults = check(written(tmp_path, more, other), date(2026, 12, 1)).faults
    assert "'free coach travel' stands in national/bus-pass too" in "\n".join(map(str, faults))


@pytest.mark.parametrize(
    ("facets", "lacks"),
    [("{cost: It is free.}", True), ("{who-can: Everybody., how-long: null, refused: null}", False)],
)
def test_the_sides_that_families_ask_for_await_an_editor_until_they_are_written_or_known_not_to_be_known(
    tmp_path: Path, facets: str, lacks: bool
) -> None:
    awaiting = check(written(tmp_path, f"  facets: {facets}\n"), date(2026, 12, 1)).awaiting
    assert any("lacks refused" in str(one) for one in awaiting) == lacks


# -- who reads which

SPOKEN = entry(
    "national/bus-pass", "free bus travel", answer="Ask for the pass.", steps=("Ring.",), easy_read=("A pass.",),
    facets=(Facet("refused", "Ask again."), Facet("cost", "It is free.")),
    young=Young("Ask for your pass.", ("Take a photo.",), (), (Facet("cost", "You pay nothing."), Facet("say", "Say your age."))),
)  # fmt: skip


@pytest.mark.parametrize("voice", ["parent", "professional"])
def test_grown_ups_read_the_entry_as_it_is(voice: str) -> None:
    assert SPOKEN.said_to(voice) is SPOKEN  # type: ignore[arg-type]


def test_a_young_person_reads_their_own_words_and_what_has_none_as_it_is() -> None:
    said = SPOKEN.said_to("young-person")
    assert (said.answer, said.steps) == ("Ask for your pass.", ("Take a photo.",))
    assert said.easy_read == ("A pass.",)
    assert [(facet.name, facet.text) for facet in said.facets] == [
        ("refused", "Ask again."), ("cost", "You pay nothing."), ("say", "Say your age."),
    ]  # fmt: skip


def test_an_entry_that_says_nothing_apart_to_a_young_person_is_the_same_to_all() -> None:
    plain = entry("national/sleep", "he does not sleep", answer="Ring.")
    assert plain.said_to("young-person") is plain


# -- which one is asked for


def unlike(texts: Sequence[str]) -> list[float]:
    """Nothing is alike in meaning."""
    return [0.0] * len(texts)


UNLIKE = Asked(unlike)

PASS = entry(
    "national/bus-pass", "free bus travel", steps=("Take a photo to the desk.",),
    facets=(
        Facet("refused", "Write to the ombudsman."),
        Facet("cost", "A replacement costs ten pounds.", phrases=("lost his pass",)),
        Facet("how-long"),
        Facet("changed", "Tell them of a new address."),
    ),
)  # fmt: skip


def words(text: str) -> list[str]:
    return [stem(word) for word in text.split()]


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("replacement pounds", "cost"),
        ("ombudsman", "refused"),
        ("new address", "changed"),
        ("photo desk", "steps"),
        ("lost", "cost"),
    ],
)
def test_the_facet_with_the_shared_words_comes_first(said: str, first: str) -> None:
    assert ranked(PASS, words(said), {}, UNLIKE)[0][0] == first


def test_without_shared_words_the_likely_facet_comes_first() -> None:
    assert ranked(PASS, [], {"changed": 0.6, "cost": 0.2}, UNLIKE)[0][0] == "changed"


def test_what_is_alike_in_meaning_counts() -> None:
    def alike(texts: Sequence[str]) -> list[float]:
        return [0.9 if "ombudsman" in text else 0.1 for text in texts]

    assert ranked(PASS, [], {}, Asked(alike))[0][0] == "refused"


def test_the_side_that_the_encoder_reads_in_a_message_counts() -> None:
    named = dict.fromkeys(LABELS, -6.0)
    assert ranked(PASS, [], {}, Asked(unlike, named | {"changed": -0.1}))[0][0] == "changed"
    most = [ranked(PASS, [], {}, Asked(unlike, named | {name: -0.1}))[0][1] for name in ("changed", NONE)]
    assert most[0] > most[1]


def test_a_facet_that_is_not_known_is_never_ranked_and_steps_are_one() -> None:
    names = [name for name, _ in ranked(PASS, [], {"how-long": 0.99}, UNLIKE)]
    assert sorted(names) == ["changed", "cost", "refused", "steps"]


def test_a_facet_near_the_one_that_is_asked_for_gains_by_it() -> None:
    scores = dict(ranked(PASS, [], {"money": 0.8}, UNLIKE))
    assert scores["cost"] > scores["refused"]


def test_facets_stand_near_known_ones_only() -> None:
    assert {*NEAR, *(name for names in NEAR.values() for name in names)} <= {*FACETS, "contact"}


def test_an_entry_without_facets_has_none_to_rank() -> None:
    assert ranked(entry("national/sleep", "he does not sleep"), words("photo"), {}, UNLIKE) == []


def test_no_words_have_no_share_in_a_facet() -> None:
    assert share([], PASS.facets[0]) == 0
