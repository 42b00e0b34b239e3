"""Likely names of people in free words: by the words around them, and by a list of first names. It finds many, not all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.text.first_names import first_names
from knowledge.text.spelling import english_words

WORD = r"[^\W\d_]+(?:[-'’][^\W\d_]+)*"
NAME = rf"(?P<name>{WORD})"
FRONT = r"(?<![^\W\d_])(?<![^\W\d_][-'’])"
"""No letter of the same word stands before: a word is tried from its start alone, so that long ones take no long time."""

RELATION = (
    r"sons?|daughters?|daugter|boys?|girls?|lads?|lass|lassie|child|kid|kids|bab(?:y|ies)|toddler|eldest|oldest|youngest|middle one|"
    r"twins?|brothers?|sisters?|nephews?|nieces?|grandsons?|granddaughters?|grandchild|cousins?|husband|hubby|wife|partner|fianc[eé]e?|"
    r"mum|mam|mom|mother|dad|father|nan|nana|nanny|gran|grandma|grandad|granddad|aunt(?:y|ie)?|uncle|ex|friend|mate|neighbour|"
    r"little (?:one|man|boy|girl|lad)|wee (?:one|man|boy|girl)|bestie|boyfriend|girlfriend|step-?(?:son|daughter|dad|mum)|foster (?:son|daughter|child)"
)
ROLE = (
    r"senco|sendco|senca|ta|lsa|teacher|head ?teacher|head|headmaster|headmistress|tutor|keyworker|key worker|social worker|case ?worker|"
    r"case officer|plan coordinator|support worker|therapist|psychologist|ep|salt|ot|paediatrician|pediatrician|consultant|doctor|gp|nurse|"
    r"health visitor|childminder|nursery nurse|manager|receptionist|coordinator|co-ordinator|officer|adviser|advisor|driver|escort|carer|"
    r"assistant|one to one|1:1|1-1|121|mentor|solicitor|caseworker|lady|woman|man|bloke|guy|someone"
)
CALLED = r"(?:,|is|was|'s|’s|named|called|who is|who's|whos|name is|names|name's|is called|is named|\(|-|:)"
CUES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:my|our|his|her|their|the|your|me|ur|a|this)(?:\s+\w+)?\s+(?:{RELATION})\b(?:\s*{CALLED})?\s*\(?\b{NAME}",
        rf"\b(?:{RELATION})\b\s*(?:,|named|called|\()\s*\b{NAME}",
        rf"\b(?:{ROLE})\b(?:\s*(?:,|is|was|named|called|\(|-))?\s*\b{NAME}",
        rf"\b(?:(?:mr|mrs|ms|mx|dr|prof|cllr|rev)\.?|miss|doctor|professor|nurse|sister|aunt|auntie|aunty|uncle|nana|councillor|sir)\s+{NAME}",
        rf"\b(?:called|named|name is|name's|my names?|known as|goes by|nicknamed|ask for|asked for|spoke to|speak to|spoke with|speaking to|"
        rf"rang|emailed|email|rung|saw|seen by|met with|met|contact|contacted|thank you|thanks to|thanks|signed|regards|from|love from|cheers|tell|told|hi|hello|hiya|dear)"
        rf"(?:\s*[,:])?\s+{NAME}",
        rf"\b(?:i am|i'm|i’m|im|this is|it's|its|it’s)\s+{NAME}(?=\s*(?:,|\.|$|and\b|from\b|'s mum|s mum|i'm\b|im\b))",
        rf"{FRONT}{NAME}(?:'s|’s|s)\s+(?:{RELATION}|ehcp|plan|teacher|school|annual review|needs|class|senco|ta|taxi|transport|nursery|diagnosis|assessment|meltdowns?)\b",
        rf"(?:^|[.!?,]\s+|\b(?:and|but|because|cos|so|when|if|that|with|for|poor|little|as|while)\s+){NAME}\s+(?:hates|loves|is|was|has|had|goes|went|needs|gets|got|cant|can't|"
        rf"can’t|cannot|wont|won't|doesn't|doesnt|didn't|didnt|said|says|starts|started|struggles|struggled|cried|cries|refuses|lashes|likes|wants|isn't|isnt|comes|came|finally|just|never|always|feels|felt|keeps)\b",
    )
)
"""Words around a name; the last two need the name to be known or to be no English word."""
STRONG = 4
"""The first so many cues name a person outright: what follows is a name unless it is plainly something else."""
OWNER = 6
"""Whose plan, school or brother it is."""
TITLE = 3
"""After Mrs or Dr a word of the library is a name too."""
PLACE_AFTER = re.compile(
    r"\s+(?:class|room|ward|unit|house|centre|center|school|hill|street|road|group|team|lodge|garden|gardens|nursery|college|primary|academy|court|ball|day|time|term|bank|holiday)\b",
    re.IGNORECASE,
)
"""After these a word such as Rose or Jade is the name of a place."""
SAINT = re.compile(r"\b(?:st|saint|port)\.?\s*$", re.IGNORECASE)
SENTENCE_START = re.compile(r"(?:^|[.!?:\n]\s*|^\W+)$")
NEAR_ENGLISH_FROM = 5
"""From so many letters on a word that is one edit away from an English one is taken for a misspelling, not a name."""
MOST_UNKNOWN = 40
"""Words of a text that are compared with all of English, at 8 ms each; whoever writes more of them is no parent in a hurry."""
NEXT = re.compile(rf"\s+(?P<name>{WORD})")
AND = re.compile(rf"\s*(?:,|and|&|\+|or|,\s*and)\s+(?P<name>{WORD})")

NEVER = frozenset(
    "i we he she they it you my our his her their your a an the this that these those who what when where why how which and or but if so as at in on of to for "
    "from with by not no yes is was are were be been has have had do does did can could will would should may might must just only very really also then than "
    "too here there now again still all both each some any one two three four five six seven eight nine ten ehcp ehc send sen senco camhs dla pip nhs gp ot salt "
    "adhd asd asc pda odd add ta ep la lea eotas ebsa ofsted sendiass council school nursery college monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep sept oct "
    "nov dec english maths england uk british local offer autism autistic easter christmas ramadan eid diwali parent carer forum sensory year ks mr mrs ms miss dr "
    "whose im ive hes shes theyre thats whats dont doesnt didnt cant wont isnt wasnt hasnt havent couldnt wouldnt shouldnt aint mum dad nan mam mummy daddy nana "
    "portage makaton bsl pecs tribunal mainstream specialist lo pcf ehcna ehcps gps tas eps ots ipsea scope mencap barnardos sencos okay ok bc cos coz tbh pls plz "
    "thx ur u r b n nd wiv wen wot gonna wanna gotta lol omg idk asap etc eg ie re ps fyi btw nonverbal meltdown meltdowns whatsapp facebook google zoom teams iphone ipad".split()
)
"""Never a name, whatever stands before it."""


def likely_names(text: str, known: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where names of people may stand in a text; `known` are words that the library itself uses, in lower case."""
    compared: set[str] = set()
    for found in re.finditer(WORD, text):
        if _known_name(found[0], text, found.start(), found.end()):
            yield _whole(text, found.start(), _end(found[0], found.start()), known)
    for index, cue in enumerate(CUES):
        for found in cue.finditer(text):
            strong = index < STRONG or (
                index == OWNER and text[found.end("name") : found.end("name") + 1] in ("'", "’")
            )
            if _fits(found["name"], frozenset() if index == TITLE else known, strong, compared):
                start = found.start("name")
                start, end = _whole(text, start, _end(found["name"], start), known)
                yield start, end
                yield from _others(text, end, known, strong, compared)


def _others(text: str, end: int, known: frozenset[str], strong: bool, compared: set[str]) -> Iterator[tuple[int, int]]:
    """The further names of a list: "my twins Ava and Noah"."""
    while (
        (found := AND.match(text, end))
        and found["name"][:1].isupper()
        and _fits(found["name"], known, strong, compared)
    ):
        start, end = _whole(text, found.start("name"), _end(found["name"], found.start("name")), known)
        yield start, end


def _bare(word: str) -> str:
    """A word without the 's of a possessive, in lower case."""
    return re.sub(r"['’]s?$", "", word).lower()


def _end(word: str, start: int) -> int:
    return start + len(_bare(word))


def _known_name(word: str, text: str, start: int, end: int) -> bool:
    """A first name that is no other word; written small only where nobody could read it as English."""
    bare, capital = _bare(word), word[:1].isupper()
    names, also, _ = first_names()
    if any(part in names for part in bare.split("-")):
        if capital:
            return not SAINT.search(text[max(0, start - 8) : start]) and not PLACE_AFTER.match(text, end)
        return not any(part in english_words() for part in bare.split("-"))
    if capital and bare in also and not word.isupper():
        here = PLACE_AFTER.match(text, end) is None and SENTENCE_START.search(text[max(0, start - 3) : start]) is None
        return here and start > 0
    return capital and bare.endswith("s") and bare[:-1] in names and bare not in english_words()


def _fits(word: str, known: frozenset[str], strong: bool, compared: set[str]) -> bool:
    """Whether a word after a cue may be a name. `compared` are the words of this text that were compared with English."""
    bare, capital = _bare(word), word[:1].isupper()
    names, also, seldom = first_names()
    if len(bare) < 2 or bare in NEVER:
        return False
    if bare in names or (bare in also | seldom and capital):
        return True
    if word.isupper() or bare in known:
        return False
    if capital:
        return strong or bare not in english_words()
    if not strong or bare in english_words():
        return False
    if len(compared) >= MOST_UNKNOWN and bare not in compared:
        return True
    compared.add(bare)
    return not near_english(bare)


@lru_cache(maxsize=10_000)
def near_english(word: str) -> bool:
    """Whether a word is English, or a common misspelling of an English word: one edit away from it."""
    english = english_words()
    if word in english or word.rstrip("s") in english or word.replace("-", "") in english:
        return True
    if len(word) < NEAR_ENGLISH_FROM:
        return False
    edits = 1 if len(word) < 8 else 2
    if len(word) > max(_by_length()) + edits:
        return False
    for length in range(len(word) - edits, len(word) + edits + 1):
        if process.extractOne(word, _by_length().get(length, ()), scorer=OSA.distance, score_cutoff=edits) is not None:
            return True
    return False


@cache
def _by_length() -> dict[int, tuple[str, ...]]:
    """The English words by their length: others are too far off to be compared."""
    words: dict[int, list[str]] = {}
    for word in english_words():
        words.setdefault(len(word), []).append(word)
    return {length: tuple(same) for length, same in words.items()}


def _whole(text: str, start: int, end: int, known: frozenset[str]) -> tuple[int, int]:
    """A name with the surname that follows it, where one does."""
    found = NEXT.match(text, end)
    if found is None or text[start:end].islower():
        return start, end
    word = found["name"]
    bare = _bare(word)
    if word[:1].isupper() and not word.isupper() and bare not in NEVER and bare not in known:
        return start, _end(word, found.start("name"))
    return start, end
