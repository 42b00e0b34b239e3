"""What a message asks and what it says that it does not mean."""

import pytest

from knowledge.matching.span_tagger import ASKED, BEGUN, BESIDE, REJECTED, Spans, SpanTagger, tagger
from knowledge.text.normalise import clean
from knowledge.training.span_bank import bank, marked

needs_encoder = pytest.mark.skipif(
    tagger() is None, reason="the package of the encoder is not installed here (requirements-vectors.in)"
)


def reading() -> SpanTagger:
    """The tagger, which is there where the encoder is."""
    found = tagger()
    assert found is not None
    return found


def test_marks_become_words_and_what_each_is() -> None:
    words, kinds = marked("hi, not <no>the plan</no>, <ask>Who pays</ask> for it?")
    assert words == ["hi,", "not", "the", "plan,", "who", "pays", "for", "it?"]
    assert kinds == [BESIDE, BESIDE, REJECTED, REJECTED, BEGUN, ASKED, BESIDE, BESIDE]


@pytest.mark.parametrize("text", ["<ask>one", "one</ask>", "<ask>one <no>two</no></ask>", "<ask>one</no>"])
def test_a_mark_that_is_not_closed_or_stands_in_another_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="mark"):
        marked(text)


@pytest.mark.slow
def test_every_message_of_the_bank_is_marked_well() -> None:
    found = bank()
    assert len(found) > 1_500
    assert all(len(words) == len(kinds) for words, kinds in found)


@needs_encoder
@pytest.mark.parametrize(
    ("text", "rejects", "asks"),
    [
        ("Mediation was no use whatsoever, how do I take the council to tribunal", ["mediation"], ["tribunal"]),
        ("how do i get dla and also a blue badge", [], ["dla", "badge"]),
        ("school isn't following the plan", [], ["following the plan"]),
    ],
)
def test_what_is_asked_and_what_is_rejected_is_found(text: str, rejects: list[str], asks: list[str]) -> None:
    found = reading().spans(clean(text))
    assert len(found.rejects) == len(rejects)
    assert len(found.asks) == len(asks)
    assert all(word in part for word, part in zip(rejects, found.rejects, strict=True))
    assert all(word in part for word, part in zip(asks, found.asks, strict=True))
    assert not any(word in found.left for word in rejects)


def test_a_part_without_a_word_that_may_be_asked_asks_nothing() -> None:
    found = Spans((), (), "", "he is six.  who pays for a taxi", (0.0, 0.1, 0.1, 0.9, 0.5, 0.3, 0.1, 0.2))
    assert not found.may_ask("he is six")
    assert found.may_ask("who pays")
    assert found.may_ask("a taxi")
    assert found.may_ask("what does not stand in it")


@needs_encoder
@pytest.mark.parametrize("text", ["", "?", "😀" * 900, "a" * 2_000, "word " * 900, "\u202e\u200b", "a\u00a0b ﷺ ½"])
def test_no_message_is_too_odd_for_it(text: str) -> None:
    found = reading().spans(clean(text))
    assert set(" ".join(found.asks).split()) <= set(clean(text).split())


@needs_encoder
def test_a_need_at_the_end_of_a_long_message_is_found() -> None:
    story = "he is six and he loves trains and we moved here from leeds two years ago with his nan. " * 8
    assert "blue badge" in " ".join(reading().spans(clean(f"{story} so how do i get a blue badge for him")).asks)
