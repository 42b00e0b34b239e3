"""Choosing among what was offered: by number, last, other, both, none, or by a word of a title (K3).

After Rasa's and goflow's choices: what was offered stays on offer for some turns, and a wait tries its own cases first.
"""

from __future__ import annotations

import re
from dataclasses import replace

from conversations.replies.answers import ALL, answer, chosen, chosen_answer, facet_names, has_facet, label, shown
from conversations.replies.prompts import offer, person_to_ask
from conversations.steps import facets
from conversations.steps.acts import ASKED_FACETS, Act, Hearing
from conversations.steps.area import at_home
from conversations.turns import AnswerShown, Button, NothingFound, Paragraph, Reply, Turn
from knowledge.entries import CRISIS, Entry
from knowledge.text.normalise import COMMON, clean, split_words, stem

OFFERED_TURNS = 8
"""What was offered can be chosen for so many messages."""
ORDINALS = {
    "1": 0, "one": 0, "first": 0, "1st": 0, "2": 1, "two": 1, "second": 1, "2nd": 1, "3": 2, "three": 2, "third": 2, "3rd": 2,
    "4": 3, "four": 3, "fourth": 3, "4th": 3, "last": -1, "bottom": -1, "top": 0, "middle": 1, "final": -1, "b": 1, "c": 2,
}  # fmt: skip
BESIDE = frozenset(
    "the a an and ok okay so now then id like can could i me we have see go with for pick choose take want show give tell about "
    "try lets let number num no option one please pls plz thanks ta instead actually maybe first its that this ill will of "
    "them those these what whats um er hmm oh yeah yes".split()
)
"""Words that stand around a chosen number."""
PLACED = re.compile(
    r"(?:the |ok |and )*(?P<place>first|1st|second|2nd|third|3rd|last|top|bottom) one(?:\s*[,:;.-]+\s*|\s+(?=(?:is|are|does|do|can|could|how|what|when|who|where)\b))(?=\w+ \w+)"
)
"""A place in the list, and what is asked of it: "2nd one, is that for under 5s too"."""
MOST_WORDS = 6
"""A longer message does not choose by a word: it asks."""
YES = re.compile(r"(?:oh |ok |um )?(?:yes|yeah|yep|yup|ye|aye|please)(?: please| pls| it is| thats it| that one)?")
OTHER = re.compile(r"\b(?:the )?(?:other|others|alternative)(?: one)?\b")
CLEARLY = 2.0
"""So many times better than the next must one of the offered fit, to be chosen by what the message means."""


def read(h: Hearing) -> Act | None:
    """Which of the offered entries a message chooses, or which button of the topic its words are the label of."""
    if (pressed := labelled(h)) is not None:
        return pressed
    offered = [h.guide.library.by_id[id_] for id_ in h.state.offered if id_ in h.guide.library.by_id]
    if not offered or not h.words:
        return None
    if (at := _ordinal(h.words)) is not None and at < len(offered):
        return Act("select", "one", offered[at], why="a number or place in the list")
    if OTHER.search(" ".join(h.words)) and not set(h.content) - {"other", "one"} and len(h.words) <= MOST_WORDS:
        rest = [entry for entry in offered if entry.id != h.state.last]
        return Act("select", "one", rest[0], why="the other one") if rest else None
    if (placed := PLACED.match(h.said.text)) is not None:
        at = ORDINALS[placed["place"]]
        entry = offered[at] if at < len(offered) else None
        asked = facets.asked(h, entry, facets.CLEAR_FACET) if entry is not None else ()
        if entry is not None and asked:
            return Act("facet", asked[0], entry, asked, why="a place in the list, and a side of it")
    if h.move == "none" and h.is_likely("none") and len(h.words) <= 12 and not _asks_anew(h):
        return Act("select", "none", why="none of what was offered")
    if (
        h.move == "both"
        and h.is_likely("both")
        and not _side_of_topic(h)
        and len(offered) > 1
        and len(h.words) <= MOST_WORDS + 2
    ):
        return Act("select", "both", why="all of what was offered")
    if len(h.words) > MOST_WORDS:
        return None
    if h.state.offered_turns <= 1 and YES.fullmatch(" ".join(h.words)) and h.state.last not in h.state.offered:
        return Act("select", "which", why="a yes to several")
    return _by_word(h, offered)


def _side_of_topic(h: Hearing) -> bool:
    """Whether the topic, chosen or named since, surely answers it: "can i get both", of two benefits."""
    taken = h.state.last is not None and (h.state.last in h.state.offered or h.state.offered_turns > 1)
    return taken and any(share >= facets.SURE_FACET for _, share in h.topic_facets[:1])


def _asks_anew(h: Hearing) -> bool:
    """Whether whoever wants none of them also says what they want: "none of these. talking therapy"."""
    new = set(h.content) - {"none", "neither", "other", "option", "list"}
    return len(new) > 1 and (h.found is not None or bool(h.match.choices))


def labelled(h: Hearing) -> Act | None:
    """The facet of the topic whose button says what was typed: typing a label is pressing it (K3)."""
    topic, typed = h.topic, h.said.typed.lower().strip(" ?!.")
    if topic is None or not typed:
        return None
    said = topic.said_to(h.voice)
    names = {label(name, said, h.guide).lower().strip(" ?!."): name for name in facet_names(said)[::-1]}
    name = ALL if typed == h.guide.wording("button_all").lower() else names.get(typed)
    return Act("facet", name, topic, (name,), why="the label of a button") if name is not None else None


def _ordinal(words: tuple[str, ...]) -> int | None:
    """The place in the list that is named, from 0; -1 for the last."""
    named = [word for word in words if word in ORDINALS and not (word in BESIDE and len(words) > 1)]
    if not named and len(words) == 1 and words[0] in ORDINALS:
        named = [words[0]]
    if not named and words[-1:] == ("one",) and set(words[:-1]) <= {"number", "option", "no", "num"}:
        named = ["one"]
    if words and words[0] == "first" and set(words) <= BESIDE:
        named = ["first"]
    if "first" in words and set(words) <= BESIDE and "the" in words:
        named = ["first"]
    rest = [word for word in words if word not in BESIDE and word not in named]
    return ORDINALS[named[0]] if len(named) == 1 and not rest else None


def _by_word(h: Hearing, offered: list[Entry]) -> Act | None:
    """The one of them whose title has a word of the message that no other has, or that it fits clearly best."""
    wanted = {word for word in h.content if word != "one"}
    taken = h.state.last in h.state.offered
    elsewhere = h.found is not None and h.found.id not in h.state.offered and h.names_it(h.found)
    moves = h.move not in ASKED_FACETS and h.move not in ("question", "correct", "return") and h.is_likely(h.move)
    if not wanted or elsewhere or moves or (taken and h.move in ASKED_FACETS and h.is_likely(h.move)):
        return None
    held = [_title_words(entry) for entry in offered]
    fit = [entry for entry, words in zip(offered, held, strict=True) if wanted & words]
    only = [len(wanted & words) for words in held]
    if len(fit) > 1 and sorted(only)[-1] > sorted(only)[-2]:
        fit = [offered[only.index(max(only))]]
    if len(fit) == 1 and len(wanted - held[offered.index(fit[0])]) <= 1:
        return Act("select", "one", fit[0], why="a word of its title")
    if taken or h.state.offered_turns > 2:
        return None
    if h.found is not None and h.found.id in h.state.offered:
        return _meant(h, h.found)
    scores = {one.entry.id: one.score for one in h.match.top}
    ranked = sorted(offered, key=lambda entry: -scores.get(entry.id, 0.0))
    best, second = scores.get(ranked[0].id, 0.0), scores.get(ranked[1].id, 0.0) if len(ranked) > 1 else 0.0
    first = h.match.top[0].entry if h.match.top else None
    if first is ranked[0] and best > CLEARLY * second:
        return _meant(h, ranked[0])
    return None


def _meant(h: Hearing, entry: Entry) -> Act:
    """The one that a question means, and the side of it that it clearly asks for: "is there any funding for us"."""
    names = facets.asked(h, entry, facets.CLEAR_FACET)
    if names:
        return Act("facet", names[0], entry, names, why="a side of what the message means")
    return Act("select", "one", entry, why="what the message means")


def _title_words(entry: Entry) -> frozenset[str]:
    """The stems of its title and other names that could tell it from others."""
    texts = (entry.title, *entry.also_called)
    return frozenset(stem(word) for text in texts for word in split_words(clean(text)) if word not in COMMON)


def turn(act: Act, h: Hearing) -> Turn:
    """What was chosen, or a way on."""
    state, guide = h.state, h.guide
    offered = [guide.library.by_id[id_] for id_ in state.offered if id_ in guide.library.by_id]
    if act.kind == "facet":
        return facets.turn(act, h)
    if act.move == "none":
        asked = person_to_ask(state, guide) or guide.wording("local_offer_team")
        text = Paragraph(guide.wording("none_of_these", contact=asked))
        rows = ((Button("m", guide.wording("button_menu")),),)
        after = replace(state, offered=(), offered_for=(), asked=None, missed=state.missed + 1)
        return Turn(after, (Reply("no_match", (text,), rows),), (NothingFound(),))
    if act.move == "which":
        return Turn(state, (offer(offered, guide, state, h.now, "choices_which"),))
    if act.move == "both":
        both = [entry for entry in offered if entry.id != CRISIS][:2]
        after = state
        for one in reversed(both):
            after = shown(after, one, guide, h.voice)
        replies = tuple(answer(entry, guide, state, h.now, h.voice) for entry in both)
        return Turn(after, replies, tuple(AnswerShown(entry.id) for entry in both))
    entry = act.entry
    assert entry is not None
    there = at_home(state, entry)
    behind = state.behind(entry.id)
    if behind and has_facet(entry.said_to(h.voice), behind, guide):
        reply = chosen_answer(entry, behind, guide, there, h.now, h.voice)
        return Turn(chosen(there, entry, behind, guide, h.voice), (reply,), (AnswerShown(entry.id),))
    return Turn(
        shown(there, entry, guide, h.voice), (answer(entry, guide, there, h.now, h.voice),), (AnswerShown(entry.id),)
    )
