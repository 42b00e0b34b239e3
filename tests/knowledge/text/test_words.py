"""Text to terms: what is cleaned, what is mended and what is left alone."""

from knowledge.entries import Term
from knowledge.matching.analysis import Analyser
from knowledge.text.glossary import Glossary, asks_what
from knowledge.text.normalise import MAX_CHARACTERS, clean, split_words, stem
from knowledge.text.spelling import Speller

SPELLER = Speller({"blue": 4, "badge": 9, "transport": 3, "tribunal": 2, "anxiety": 5, "short": 2, "breaks": 2})
EHCP = Term("EHCP", "education, health and care plan", "A legal plan.", "national/ehcp-what", ("EHC plan",))
SENCO = Term("SENCO", "special educational needs coordinator", "A teacher.", None, ("sendco",))
GLOSSARY = Glossary((EHCP, SENCO), [split_words("ask for an ehcp"), split_words("who is the senco")])


def words(text: str) -> list[str]:
    return split_words(clean(text))


def test_marks_that_cannot_be_seen_are_dropped() -> None:
    assert clean("bl\u200bue \u202ebadge\ufeff") == "blue badge"


def test_a_lone_surrogate_is_no_error() -> None:
    assert words("\ud83d blue \udc00") == ["blue"]


def test_wide_letters_and_capitals_are_one_form() -> None:
    assert words("ＢＬＵＥ Badge") == ["blue", "badge"]


def test_an_apostrophe_belongs_to_its_word() -> None:
    assert words("can’t don't") == ["cant", "dont"]


def test_a_long_message_is_read_to_its_limit() -> None:
    assert len(clean("a b " * 10_000)) <= MAX_CHARACTERS


def test_only_emoji_are_no_words() -> None:
    assert words("🙂" * 5_000) == []


def test_an_unknown_word_is_mended_to_one_of_the_base() -> None:
    assert SPELLER.mend_all(["tribunel", "transprot"])[0] == ["tribunal", "transport"]


def test_what_was_mended_is_told() -> None:
    assert SPELLER.mend_all(["bage"])[1] == [("bage", "badge")]


def test_a_known_english_word_is_never_mended() -> None:
    assert SPELLER.mend_all(["bade", "transports"])[0] == ["bade", "transports"]


def test_two_swapped_letters_of_a_common_word_are_put_right() -> None:
    assert SPELLER.mend_all(["hwo", "waht"])[0] == ["how", "what"]


def test_two_words_written_as_one_are_parted() -> None:
    assert SPELLER.mend_all(["bluebadge"])[0] == ["blue", "badge"]


def test_short_words_and_numbers_are_left_alone() -> None:
    assert SPELLER.mend_all(["blx", "2024", "m14"])[0] == ["blx", "2024", "m14"]


def test_an_abbreviation_and_what_it_stands_for_are_one_word() -> None:
    reader = Analyser(GLOSSARY)
    said = [
        reader.phrase(words(text))
        for text in ("my EHCP", "my education, health and care plan", "my EHC plan", "my ehcps")
    ]
    assert {phrase.text for phrase in said} == {"my ehcp"}


def test_word_vectors_read_an_abbreviation_written_out() -> None:
    assert Analyser(GLOSSARY).phrase(["ehcp"]).meaning == "education health and care plan"


def test_a_term_that_no_entry_uses_is_not_folded() -> None:
    unused = Term("PA", "personal assistant", "Somebody who helps.", None)
    assert Glossary((unused,), [split_words("a card for pa payments in dollars")[:2]]).folds == {}


def test_a_question_for_a_term_is_recognised_however_it_is_put() -> None:
    for text in (
        "what is a senco",
        "whats senco",
        "SENCO?",
        "what does sendco mean",
        "senco meaning",
        "who is the senco",
    ):
        assert GLOSSARY.asked(words(text)) is SENCO, text


def test_a_question_about_something_else_with_a_term_in_it_is_not_for_the_term() -> None:
    assert GLOSSARY.asked(words("how do i complain about the senco")) is None


def test_a_bare_name_asks_nothing_about_its_meaning() -> None:
    assert not asks_what(["senco"])


def test_stems_join_the_forms_of_a_word() -> None:
    assert stem("refused") == stem("refusing")
