"""Finding the entry that a question asks for, on a small library."""

from dataclasses import replace

import pytest

from knowledge.entries import JARGON, NATIONAL, Area, Library
from knowledge.matching.explain import explain
from knowledge.matching.match import Match
from knowledge.matching.matcher import Matcher
from knowledge.publishing.confusions import confusions
from tests.support.small_library import ENTRIES, LIBRARY, entry


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(LIBRARY)


def sure(match: Match) -> str | None:
    """The id of the entry that is answered."""
    return match.sure.id if match.sure else None


def found(match: Match) -> list[str]:
    """The ids that a family would see."""
    return [match.sure.id] if match.sure else [one.id for one in match.choices]


def best(match: Match) -> str:
    return match.top[0].entry.id


def test_a_phrase_of_an_entry_finds_it(matcher: Matcher) -> None:
    assert sure(matcher.match("how do i get a blue badge", "bury")) == "national/blue-badge"


def test_a_misspelt_question_finds_it_and_tells_what_was_mended(matcher: Matcher) -> None:
    match = matcher.match("blu bagde renewel", "bury")
    assert best(match) == "national/blue-badge"
    assert ("bagde", "badge") in match.mended


def test_the_words_that_were_understood_are_told_as_typed(matcher: Matcher) -> None:
    assert matcher.match("how do i get a BADGE for zzyzx", "bury").understood == ("badge",)


def test_the_top_is_at_most_ten_best_first_between_nought_and_one(matcher: Matcher) -> None:
    scores = [one.score for one in matcher.match("school help money plan badge taxi", "oldham").top]
    assert len(scores) <= 10
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize(
    "question", ["the", "", "   ", "asdf", "how do i get a dog", "what is it", "🙂" * 5_000, "?!", "1+1"]
)
def test_nothing_is_answered_on_common_words_alone(matcher: Matcher, question: str) -> None:
    match = matcher.match(question, "oldham")
    assert match.sure is None
    assert match.choices == ()


@pytest.mark.parametrize(
    "question",
    [
        "a" * 10_000,
        "blue badge " * 1_000,
        "\ud800\udfff\udc00",
        "\u202eblue\u202c badge\u200b",
        "ß" * 3_000,
        "\x00\x07",
        "and, and. and; " * 700,
    ],
)
def test_no_message_is_an_error(matcher: Matcher, question: str) -> None:
    assert len(matcher.match(question, "oldham").top) <= 10


def test_marks_that_cannot_be_seen_change_nothing(matcher: Matcher) -> None:
    plain, marked = (
        matcher.match("blue badge renewal", "bury"),
        matcher.match("\u202eblue\u200b badge renewal\ufeff", "bury"),
    )
    assert found(plain) == found(marked)


def test_the_same_question_always_gives_the_same_match(matcher: Matcher) -> None:
    again = Matcher(LIBRARY)
    for question in ("dla form", "respite for my son", "plan for school", "newsletter"):
        assert matcher.match(question, "bury") == again.match(question, "bury")


def test_a_local_entry_wins_over_a_national_one_on_the_same_subject(matcher: Matcher) -> None:
    assert best(matcher.match("a break from caring", "oldham")) == "oldham/short-breaks"
    assert best(matcher.match("a break from caring", "bury")) == "national/short-breaks"


def test_entries_of_another_area_never_appear(matcher: Matcher) -> None:
    for question in ("sign up for the newsletter", "join the forum", "short breaks", "parents"):
        assert all(one.entry.area in (NATIONAL, "oldham") for one in matcher.match(question, "oldham").top)


def test_a_place_named_in_the_question_wins_over_the_chosen_area(matcher: Matcher) -> None:
    match = matcher.match("the newsletter in royton", "bury")
    assert match.area == "oldham"
    assert "oldham/newsletter" in found(match)


def test_an_uncovered_area_gets_national_entries_only(matcher: Matcher) -> None:
    for question in ("sign up for the newsletter", "respite for my son"):
        assert all(one.entry.area == NATIONAL for one in matcher.match(question, "narnia").top)


def test_without_an_area_national_entries_answer(matcher: Matcher) -> None:
    assert sure(matcher.match("what are short breaks")) == "national/short-breaks"


def test_without_an_area_what_only_areas_have_is_a_choice(matcher: Matcher) -> None:
    match = matcher.match("where do i sign up for the newsletter")
    assert match.sure is None
    assert {"oldham/newsletter", "bury/newsletter"} <= set(found(match))


def test_a_term_with_an_entry_gives_the_entry(matcher: Matcher) -> None:
    for question in ("what is an ehcp", "whats EHCP", "education health and care plan?", "what does ehc plan mean"):
        match = matcher.match(question, "bury")
        assert sure(match) == "national/ehcp-what", question


def test_a_term_without_an_entry_gives_its_meaning(matcher: Matcher) -> None:
    match = matcher.match("what does PfA mean", "bury")
    assert sure(match) == JARGON
    assert match.term is not None
    assert match.term.term == "PfA"


def test_another_name_asked_for_exactly_is_sure(matcher: Matcher) -> None:
    assert sure(matcher.match("Buzzy Parents", "bury")) == "bury/forum"


def test_an_abbreviation_and_its_expansion_are_one_word(matcher: Matcher) -> None:
    short, long = matcher.match("fill in the dla form"), matcher.match("fill in the disability living allowance form")
    assert found(short) == found(long) == ["national/dla"]


def test_what_is_rejected_is_never_shown(matcher: Matcher) -> None:
    match = matcher.match("not the ehcp, i mean the extra help in lessons", "bury")
    assert best(match) == "national/sen-support"
    assert "national/ehcp-what" not in found(match)


def test_two_needs_are_both_a_choice(matcher: Matcher) -> None:
    match = matcher.match("how do i get a blue badge and also how do i claim dla", "bury")
    assert match.sure is None
    assert {"national/blue-badge", "national/dla"} <= set(match.choices and [one.id for one in match.choices])


def test_small_talk_is_answered_as_small_talk(matcher: Matcher) -> None:
    assert sure(matcher.match("hello")) == "national/hello"
    assert sure(matcher.match("thanks a lot!")) == "national/thanks"


def test_a_greeting_before_a_question_does_not_answer_it(matcher: Matcher) -> None:
    assert best(matcher.match("hi there, how do i get a blue badge", "bury")) == "national/blue-badge"


def test_the_asking_sentence_of_a_long_message_is_found(matcher: Matcher) -> None:
    story = "My lad is nine and we have had a terrible week. The washing machine broke too. How do i get a blue badge? Sorry to go on."
    assert best(matcher.match(story, "bury")) == "national/blue-badge"


def test_an_age_outside_an_entry_counts_against_it(matcher: Matcher) -> None:
    young, grown = (
        {one.entry.id: one.score for one in matcher.match(f"she is {years}, is it dla or pip", "bury").top}
        for years in (5, 17)
    )
    assert young["national/pip"] / young["national/dla"] < grown["national/pip"] / grown["national/dla"]


def test_the_audience_only_breaks_ties() -> None:
    twins = (
        replace(entry("a/one", "swimming club"), audience=("parent",)),
        replace(entry("a/two", "swimming club"), audience=("young-person",)),
    )
    matcher = Matcher(Library((*twins, entry("a/three", "taxi to school")), (Area("a", "A"),)))
    assert best(matcher.match("a swimming club", "a", "young-person")) == "a/two"
    assert best(matcher.match("a swimming club", "a", "parent")) == "a/one"
    assert best(matcher.match("taxi to school", "a", "young-person")) == "a/three"


def test_one_entry_with_two_phrases_answers_and_abstains() -> None:
    base = Library(
        (entry("demo/bus-pass", "how do i get a bus pass", "free bus travel", title="Bus pass"),),
        (Area("demo", "Demo"),),
    )
    matcher = Matcher(base)
    assert sure(matcher.match("bus pass", "demo")) == "demo/bus-pass"
    assert sure(matcher.match("how do i get a bus pass")) == "demo/bus-pass"
    assert matcher.match("what is the weather", "demo").sure is None


def test_an_empty_library_finds_nothing() -> None:
    assert Matcher(Library((), ())).match("blue badge").top == ()


def test_an_entry_without_phrases_is_found_by_its_title() -> None:
    matcher = Matcher(Library((entry("demo/x", title="Bus pass"),), (Area("demo", "Demo"),)))
    assert sure(matcher.match("bus pass", "demo")) == "demo/x"


def test_without_word_vectors_it_runs_on_two_views_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.matching.matcher.meaning", lambda library: None)
    matcher = Matcher(LIBRARY)
    assert matcher.scorer.views == 2
    assert sure(matcher.match("how do i get a blue badge", "bury")) == "national/blue-badge"


def test_it_can_say_why(matcher: Matcher) -> None:
    why = explain(matcher.match("blue bagde renewal", "bury"), matcher)
    for words in ("sure of national/blue-badge", "bagde -> badge", "nearest phrases", "shares", "an answer from"):
        assert words in why


def test_it_can_say_why_there_is_nothing(matcher: Matcher) -> None:
    assert "nothing found" in explain(matcher.match("asdf", "bury"), matcher)


def test_every_phrase_of_the_small_library_leads_to_its_entry_or_beside_it(matcher: Matcher) -> None:
    for one in ENTRIES:
        for phrase in one.phrases:
            near = [
                scored.entry.id
                for scored in matcher.match(phrase, one.area if one.area != NATIONAL else "narnia").top[:2]
            ]
            assert one.id in near, phrase


def test_editors_see_which_entries_confuse_each_other(matcher: Matcher) -> None:
    pairs = confusions(LIBRARY, matcher, "bury")
    assert all(pair.entry != pair.instead for pair in pairs)
    assert all(one.startswith(("national/", "bury/")) for pair in pairs for one in (pair.entry, pair.instead))
    assert [len(pair.phrases) for pair in pairs] == sorted((len(pair.phrases) for pair in pairs), reverse=True)


def test_however_many_areas_there_are_none_is_left_out_of_a_choice_over_areas() -> None:
    names = ("east", "north", "south", "west")
    offers = [
        entry(f"{name}/offer", f"{name} helpline", title=f"Helpline of {name}", also_called=("helpline",))
        for name in names
    ]
    found = Matcher(Library(tuple(offers), tuple(Area(name, name.title()) for name in names))).match("helpline")
    assert {one.area for one in found.choices} == set(names)
