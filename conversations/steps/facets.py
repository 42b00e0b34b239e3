"""What is asked about the entry in hand is answered from its own approved facets, or honestly not (K1).

City bots that answer on service descriptions fill one slot of the service in hand; so does this.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from conversations.replies.answers import ALL, answer, facet_answer, has_facet, shown, whole
from conversations.replies.contacts import contacts_answer
from conversations.steps.acts import ASKED_FACETS, ASKING, POLITE, Act, Hearing, answers_yes_or_no, relatives
from conversations.turns import AnswerShown, Turn
from knowledge.acts.classifier import QUESTION
from knowledge.entries import FACETS, Entry
from knowledge.matching.facet_reader import NONE
from knowledge.matching.facets import LEAST, NEAR, follow_ups
from knowledge.matching.needs import NEED
from knowledge.text.normalise import clean, split_words, stem, telling

FIRST = ""
"""What stands in the place of a facet for the first answer of an entry."""
OWN_SHARE, OWN_LEAST = 0.6, 0.1
"""A facet of the entry's own is asked for where so much of a message's words stand in its phrases, unless its meaning speaks against it:
of 39 follow-ups that a few shared words alone bound to a facet, the three that were less probable than this were all bound wrongly."""
PARTS = re.compile(r"\?|\band\b|,|\bplus\b|\balso\b|\bthen\b")
MOST_WORDS = 26
"""A longer message asks a question of its own."""
NAMED = 0.6
"""A question that names its entry is answered with a facet first where the act is as likely as this."""
ABOUT, ABOUT_ANOTHER = 1.0, 3.0
"""Log odds from which a message is about the topic; and where the name of another entry stands in it. So of 555 follow-ups 90 in 100
are, and of 888 whole questions after another topic 2 in 100."""
LEANING_FACET, NOTHING_ELSE, CLEAR_FACET, SURE_FACET = 0.15, 0.4, 0.4, 0.7
"""How probable a facet must be: of the topic that is asked about; where nothing else is found; for each part of a message; and of an
entry that the message itself names."""
NAMES_ONLY = frozenset(stem(word) for word in ("live", "need", "want", "get", "apply", "help"))
"""Beside the name of an entry, or of a place, they ask for no side of it."""
PRONOUNS = frozenset("it that this them they their there those these its one".split())
"""What stands for the topic; "he" and "she" stand for the child."""
MOODS = (*POLITE, "anger", "feeling")
"""Moves that ask for nothing."""
POINTS = PRONOUNS - {"they", "them", "their", "there", "its"}
"""Those that stand for what is asked about rather than for people or a place: "can they take it to Tribunal"."""
LEANS = 0.7
"""So likely an act is answered with an honest no where the topic does not hold that facet."""
UNSURE, BESIDE = 0.6, 0.5
"""Where the best facet is less probable than this, the next is said too if it has so great a share of its probability: of 774 kept
follow-ups the best facet answered 77 in 100, the best two 89."""
MAYBE_NOT_HELD, NOT_HELD = 0.12, 0.45
"""How probable it is that no facet of the topic holds what is asked: from the first on its likeliest facet is told as the nearest, from
the second on nothing is told. So of 97 follow-ups that a wrong facet answered, as their entry does not hold it, 70 in 100 are told so,
and of 183 that a right facet answered 5."""
HOWS = frozenset(
    ("number", "numbers", "email", "emails", "phone", "telephone", "website", "link", "helpline", "landline", "contact")
)
"""Words that ask for a way to reach somebody, where nothing else is said."""
OPEN = re.compile(
    r"\b(?:is|are|when|what time|whens|do|does|r)\b.{0,40}\b(?:open|opens|closed|closes|close|shut|opening (?:hours|times))\b(?! (?:to|for|with)\b)"
)
"""Somebody asks when those of the topic can be reached."""
OPEN_WORDS = 9
OWN_NO = re.compile(r"\b(?:can|could|may|should|do) (?:i|we|he|she|you) (?:just |still )?(?:say no|refuse|turn)\b")
"""Somebody asks whether they may say no themselves."""
WHAT_IS = re.compile(r"(?:(?:and|so|ok|but|sorry) )*(?:what|whats|wots) (?:is |are |does )?")
"""Somebody asks what a thing is."""
HOW_MUCH = re.compile(r"\bhow much\b|\bdo (?:they|you|u) pay (?:you|u|me|us|him|her)\b")
"""Somebody asks for a sum."""
TO_WHOM = re.compile(
    r"\bwho (?:do|should|can|would|shall) (?:i|we|u|you|he|she) (?:need to )?(?:tell|ask|see|speak|talk|go)\b"
)
"""Somebody asks whom to turn to, who need not be a helpline."""
TURNS_TO = ("where", "who-runs", "steps", "who-else", "say")
"""The facets that tell it."""
ASKS_WHAT = re.compile(r"(?:(?:and|so|ok|but|then|well) )*(?:how|what|when|who|where|which|why)(?:s|re|d)?\b")
"""A question that yes or no does not answer."""
CONTACT = 0.3
"""From this probability on a message that asks for nothing likelier asks how to reach somebody."""


def read(h: Hearing) -> Act | None:
    """Which sides of the topic, or of the entry just named, a message asks for."""
    found, topic = h.named, h.topic
    if topic is None or len(h.words) > MOST_WORDS:
        return _named(h, h.found) if h.found is not None else None
    if (
        found is None
        and not h.may_ask
        and h.move in MOODS
        and all(share < CLEAR_FACET for _, share in h.topic_facets[:1])
    ):
        return None
    about = is_about(h, topic)
    if h.match.two_needs and not about:
        return None
    if _same_there(h, topic):
        names = asked(h, topic, CLEAR_FACET) or (FIRST,)
        return Act("facet", names[0], topic, names, why="the same, in another area")
    if not about and found is not None:
        return _named(h, found)
    if not about and topic in h.match.choices and not h.match.rejected:  # and then it is a facet
        names = asked(h, topic, CLEAR_FACET)
        if names:
            return _of_topic(h, topic, names)
    if not about and h.match.choices and not h.match.rejected and h.match.top[0].score >= NEED:
        lead = _named(h, h.match.choices[0])
        if lead is not None:
            return lead
    least = LEANING_FACET if about else NOTHING_ELSE
    named = _only_names(h, topic)
    names = asked(h, topic, CLEAR_FACET if named else least) if about or not h.match.choices else ()
    if names:
        return _of_topic(h, topic, names)
    if named and WHAT_IS.match(" ".join(h.words)) and has_facet(topic.said_to(h.voice), "what", h.guide):
        return Act("facet", "what", topic, ("what",), why="what the topic is")
    if (
        about
        and not named
        and h.move in ("question", "correct")
        and not h.new_words(topic)
        and has_facet(topic.said_to(h.voice), "who-can", h.guide)
    ):
        return Act("facet", "who-can", topic, ("who-can",), why="tells more of the child, and nothing new")
    if about and found is None and _not_held(h) >= NOT_HELD and h.move in (*ASKED_FACETS, QUESTION):
        return _no(h, topic)
    if about and h.move in ASKED_FACETS and h.is_likely(h.move, least=LEANS):
        return Act("facet", h.move, topic, (h.move,), why=f"{h.move} of the topic, which does not hold it")
    if about and found is None and h.move in ASKED_FACETS and h.is_likely(h.move) and _holds(h, topic, h.move):
        return Act(
            "facet", h.move, topic, (h.move,), why=f"{h.move} of the topic, {h.likely[h.move]:.2f}, and nothing else"
        )
    again = found is not None and found.id == h.state.last and h.state.shown is None
    if again or (about and not h.new_words(topic) and h.move in (*ASKED_FACETS, QUESTION)):
        return Act("facet", ALL, topic, (ALL,), why="the topic, and no side of it that can be told")
    return None


def _same_there(h: Hearing, topic: Entry) -> bool:
    """Whether a message asks for what was spoken of in another area, which it names: "we move to Oswestry, is there one there"."""
    last = h.guide.library.by_id.get(h.state.last or "")
    moved = last is not None and h.said.place.area is not None and topic.area == h.said.place.area != last.area
    return moved and h.found in (None, topic) and not PRONOUNS.isdisjoint(h.words)


def _of_topic(h: Hearing, topic: Entry, names: tuple[str, ...]) -> Act:
    """Those facets of the topic: told as the nearest it holds, or not at all, where it likely does not hold what is asked."""
    best, nothing = h.topic_facets[0][0] if h.topic_facets else "", _not_held(h)
    if names[0] == best and h.likely.get(best, 0.0) < LEANS and own_facet(h, topic) is None:
        if nothing >= NOT_HELD:
            return _no(h, topic)
        if nothing >= MAYBE_NOT_HELD:
            why = f"nearest to {best} of the topic, which may not hold it, {nothing:.2f}"
            return Act("facet", best, topic, (best,), guess=True, why=why)
    return Act("facet", names[0], topic, names, why=f"{names[0]} of the topic, {h.likely.get(names[0], 0):.2f}")


def _no(h: Hearing, topic: Entry) -> Act:
    """An honest no: no facet of the topic holds what is asked."""
    return Act("facet", NONE, topic, (NONE,), why=f"the topic, which does not hold it, {_not_held(h):.2f}")


def _only_names(h: Hearing, entry: Entry) -> bool:
    """Whether a message does no more than name an entry: "how do i get a blue badge"."""
    words = set(telling(h.said.text))
    asks = {stem(word) for word in h.words} & ASKING
    return bool(words) and not asks and words <= _called(h, entry) | NAMES_ONLY


def _not_held(h: Hearing) -> float:
    """The probability that no facet of the topic holds what is asked."""
    return 1.0 - sum(probability for _, probability in h.topic_facets)


def is_about(h: Hearing, topic: Entry) -> bool:
    """Whether a message asks about the topic: it is what the matcher finds, or else by what speaks for it and against."""
    found = h.named
    if found is not None and found in relatives(topic, h.state.area, h.guide):
        return True
    if _appeals(h, topic):
        return True
    if h.found is not None and POINTS.isdisjoint(h.words) and _only_names(h, h.found):
        return False
    named = found is not None and h.names_it(found) and not h.guide.own_words(topic) & h.naming(found)
    return follow_ups().about_it(about_signs(h, topic)) >= (ABOUT_ANOTHER if named else ABOUT)


def _appeals(h: Hearing, topic: Entry) -> bool:
    """Whether a message asks no more than how to appeal, and the topic tells it: the Tribunal does not hear every appeal."""
    return set(h.content) - ASKING == {APPEAL} and has_facet(topic.said_to(h.voice), "refused", h.guide)


APPEAL = stem("appeal")


def _called(h: Hearing, entry: Entry) -> frozenset[str]:
    """The stems of the names of an entry, and of the place that a message names."""
    return h.guide.own_words(entry) | h.place_words


def about_signs(h: Hearing, topic: Entry) -> dict[str, float]:
    """What speaks for a message's being about `topic`, the one of its talk, and what against."""
    family = {entry.id for entry in relatives(topic, h.state.area, h.guide)}
    own = max((one.score for one in h.match.top if one.entry.id in family), default=0.0)
    other = max(
        (one.score for one in h.match.top if one.entry.id not in family and not one.entry.small_talk), default=0.0
    )
    best = h.topic_facets[:1]
    return {
        "asks": sum(h.likely.get(label, 0.0) for label in ASKED_FACETS),
        "question": h.likely.get(QUESTION, 0.0),
        "facet": math.log((best[0][1] if best else 0.0) + LEAST),
        "own": own,
        "other": other,
        "new_words": float(min(len(h.new_words(topic)), MOST_NEW)),
        "pronoun": float(not PRONOUNS.isdisjoint(h.words)),
        "length": math.log(1 + len(h.words)),
        "two_needs": float(h.match.two_needs),
    }


MOST_NEW = 5
"""More new words than this tell no more."""


def _named(h: Hearing, found: Entry) -> Act | None:
    """A facet of the entry that a question of its own names, or two."""
    both = _both(h, found)
    if len(both) > 1:
        return Act("facet", both[0], found, both, why="two sides of it")
    own = own_facet(h, found, NAMED)
    if own is not None:
        return Act("facet", own, found, (own,), why="words of that facet")
    asks = {name: h.likely.get(name, 0.0) for name in ASKED_FACETS}
    name = max(asks, key=asks.__getitem__)
    held = name == "contact" or has_facet(found.said_to(h.voice), name, h.guide)
    if asks[name] < NAMED or name in ("steps", "what") or not held:
        return None
    if name != "contact" and _asked_by(h, found, None, SURE_FACET)[:1] != (name,):
        return None
    return Act("facet", name, found, (name,), why=f"{name} of {found.title}, {asks[name]:.2f}")


def asked_beside(h: Hearing, entry: Entry) -> tuple[str, ...]:
    """The facet that is asked for beside something else that the message does."""
    parts = _parts(h)
    return _asked_by(h, entry, parts[-1], least=SURE_FACET)[:1] if len(parts) > 1 else ()


def asked_in(h: Hearing, entry: Entry, rest: str) -> tuple[str, ...]:
    """The facet that the rest of a message asks for, where its beginning only named the entry."""
    return _asked_by(h, entry, rest, least=CLEAR_FACET)


def asked(h: Hearing, entry: Entry, least: float) -> tuple[str, ...]:
    """The one or two facets of an entry that a message asks for at least so clearly, the surer first."""
    own = own_facet(h, entry)
    if own is not None:
        return (own,)
    both = _both(h, entry)
    return both if len(both) > 1 else _asked_by(h, entry, None, least)


def _parts(h: Hearing) -> list[str]:
    return [part.strip() for part in PARTS.split(h.said.text) if len(part.split()) > 1]


def _both(h: Hearing, entry: Entry) -> tuple[str, ...]:
    """The facets that the two or three parts of a message ask for, each clearly; two at most."""
    parts = _parts(h)
    if not 1 < len(parts) <= 3:
        return ()
    asking = [part for part in parts if _asks(h, entry, part)]
    return tuple(dict.fromkeys(name for part in asking for name in _asked_by(h, entry, part, CLEAR_FACET)[:1]))[:2]


def _asks(h: Hearing, entry: Entry, part: str) -> bool:
    """Whether a part of a message may ask for a side: it does more than name the entry, and than thank ("thanks, that's helpful")."""
    words = set(telling(part))
    names = bool(words) and words <= _called(h, entry) | NAMES_ONLY
    return not names and sum(h.read(part).get(label, 0.0) for label in POLITE) < LEANS


def _asked_by(h: Hearing, entry: Entry, part: str | None, least: float) -> tuple[str, ...]:
    """The facet that a message, or a part of it, asks for, and the next one where the two fit about as well."""
    likely = h.likely if part is None else h.read(part)
    text = h.said.text if part is None else part
    words, typed = telling(text), split_words(clean(text))
    plain, asks_how = " ".join(typed), set(typed) & HOWS
    if len(h.words) <= OPEN_WORDS and OPEN.search(plain) and entry.contacts:
        return ("contact",)
    if (
        asks_how
        and not set(words) - {stem(word) for word in asks_how} - ASKING - _called(h, entry)
        and likely.get("say", 0.0) < CONTACT
    ):
        return ("contact",)
    likeliest = max(FACETS, key=lambda name: likely.get(name, 0.0))
    said, surely = entry.said_to(h.voice), likely.get(likeliest, 0.0) >= LEANS
    known = said.facet(likeliest)
    if surely and known is not None and not known.text:
        return (likeliest,)  # it is known that nobody could find it out
    if surely and known is None and likeliest != "steps" and _holds(h, entry, likeliest):
        return (likeliest,)  # a field of its own tells it, or the same subject's other entry
    scores = _ranked(h, entry) if part is None else h.facets_of(entry, text, likely)
    if TO_WHOM.search(plain) and not asks_how and not set(h.content) - ASKING:
        where = next((name for name, _ in scores if name in TURNS_TO), None)
        return (where, "contact") if where is not None else ("contact",)
    if HOW_MUCH.search(plain) and scores and scores[0][0] == "cost" and _sum_elsewhere(said):
        return ("money",)
    if likely.get("contact", 0.0) >= max(CONTACT, *(likely.get(name, 0.0) for name in FACETS)):
        told = bool(scores) and scores[0][1] >= SURE_FACET and not asks_how
        return (scores[0][0], "contact") if told else ("contact",)
    if not scores or scores[0][1] < least:
        return ()
    (best, most), rest = scores[0], scores[1:2]
    bare = likeliest == "refused" and surely and most < SURE_FACET and not set(h.content) - ASKING
    if bare and OWN_NO.search(plain) is None and has_facet(said, likeliest, h.guide):
        return (likeliest,)  # "and if they turn us down": nothing in it tells one refusal from another
    names = [best, *(name for name, one in rest if most < UNSURE and one >= BESIDE * most)]
    if ASKS_WHAT.match(plain):
        names = [name for name in names if name == best or not answers_yes_or_no(said, name)]
    return tuple(sorted(names, key=lambda name: name == "steps"))


def _sum_elsewhere(said: Entry) -> bool:
    """Whether what it costs names no sum, and what is paid does: "It is free to claim" is not how much it is."""
    cost, money = said.facet("cost"), said.facet("money")
    return cost is not None and "£" not in (cost.text or "") and money is not None and "£" in (money.text or "")


def _holds(h: Hearing, entry: Entry, name: str) -> bool:
    """Whether an entry can answer a facet, or one on the same subject that answers in the area."""
    alike = relatives(entry, h.state.area, h.guide)
    return any(has_facet(one.said_to(h.voice), name, h.guide) for one in alike)


def own_facet(h: Hearing, entry: Entry, least: float = OWN_LEAST) -> str | None:
    """The facet whose own phrases hold most of a message's words, where it is at least so probable."""
    named = h.guide.own_words(entry)
    words = set(h.content) - named
    best, most = None, OWN_SHARE
    for facet in entry.said_to(h.voice).facets:
        for phrase in facet.phrases if facet.text else ():
            held = set(telling(phrase)) - named
            together = len(words & held) / max(len(words | held), 1)
            if together > most and (words & held) - ASKING:
                best, most = facet.name, together
    if best is None:
        return None
    return best if dict(_ranked(h, entry)).get(best, 0.0) >= least else None


def _ranked(h: Hearing, entry: Entry) -> list[tuple[str, float]]:
    """The facets of an entry by the probability that the whole message asks for each, best first; of the topic, its relatives' too."""
    return h.topic_facets if entry is h.topic else h.facets_of(entry, h.said.text, h.likely)


def turn(act: Act, h: Hearing) -> Turn:
    """The facets of the entry, of what stands for it, or an honest no."""
    entry = act.entry
    assert entry is not None
    state, guide = replace(h.state, asked=None), h.guide
    named = state.last != entry.id
    entry, names = place(h, entry, act.facets)
    if names == (FIRST,):
        reply = answer(entry, guide, state, h.now, h.voice)
    elif names == (ALL,):
        reply = whole(entry, guide, state, h.now, h.voice)
    elif names == ("contact",):
        reply = contacts_answer(entry, h.said, guide, state, h.now, h.voice, named)
    else:
        reply = facet_answer(entry, names, guide, state, h.now, h.voice, named, act.guess)
    what = None if names == (FIRST,) else names[0]
    return Turn(shown(state, entry, guide, h.voice, what), (replace(reply, score=1.0),), (AnswerShown(entry.id),))


def place(h: Hearing, entry: Entry, names: tuple[str, ...]) -> tuple[Entry, tuple[str, ...]]:
    """Where the facets are answered: in the entry, in another that it points at, in its relative, or in near facets."""
    guide, by_id = h.guide, h.guide.library.by_id
    if len(names) > 1:
        each = [place(h, entry, (name,)) for name in names]
        where = entry if any(one is entry for one, _ in each) else each[0][0]
        return where, tuple(dict.fromkeys(found[0] for one, found in each if one is where))
    name = names[0]
    if name in ("contact", ALL) or has_facet(entry.said_to(h.voice), name, guide):
        return entry, names
    for facet, other in entry.see:
        if facet == name and other in by_id:
            target = by_id[other]
            return target, (name,) if has_facet(target.said_to(h.voice), name, guide) else (FIRST,)
    for relative in relatives(entry, h.state.area, guide)[1:]:
        if has_facet(relative.said_to(h.voice), name, guide):
            return relative, names
    unknown = entry.said_to(h.voice).facet(name)
    for near in NEAR.get(name, ()) if unknown is None else ():
        if has_facet(entry.said_to(h.voice), near, guide):
            return entry, (near,)
    return entry, names
