"""Text to terms: Unicode, words, stems, and words mended to the ones that the knowledge base holds."""

from __future__ import annotations

import re
import sys
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

MAX_CHARACTERS = 2_000
"""What is read of a message: Telegram allows 4,096 characters, and a question that long has said its need by half."""

WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
SILENT = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]"
)
APOSTROPHES = re.compile(r"['’ʼ]")

COMMON = frozenset(
    """a about actually after again all also always am an and any anybody anyone anything are arent around as ask asked
    asking at away back bad be because been before being best better bit both but by bye can cant cannot come could
    couldnt day days did didnt do does doesnt doing done dont down each either else even ever every everyone everything
    few find for from get gets getting give gives giving go goes going gone good got gotta had has hasnt have havent
    having he hello help her here hers hes hey hi him his how hows i id if ill im in into is isnt it its ive just keep
    kind know knows let lets like little look looking lot make makes many may maybe me mean means might mine more most
    much must my myself need needs never new no nobody not nothing now of off oh ok okay old on once one only or other
    our ours out over own people please pls put really right said same say says see seem seems she shes should show so
    some someone something sort still stuff such sure take tell than thank thanks that thats the their them then there
    theres these they theyre theyve thing things think this those though through time to today told too try trying two
    u under until up ur us use used very want wanted wants was wasnt way we well went were werent weve what whats when
    whens where wheres whether which while who whos whose why will with without wont work works would wouldnt ya yeah
    yes yet you your youre yours anyway am pm etc ect cos coz bc wanna gonna im ive dunno idk hiya r n ppl plz thx""".split()
)
"""Words that say nothing about a need: nothing is answered on these alone (M3)."""


def clean(text: str, most: int = MAX_CHARACTERS) -> str:
    """The text in one Unicode form, lower case, without marks that cannot be seen, at most so many characters long."""
    text = text[: 4 * most].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = SILENT.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return " ".join(text.split())[:most]


def split_words(text: str) -> list[str]:
    """The words of a cleaned text, without apostrophes: "can't" is "cant". Each is held in memory once."""
    return [sys.intern(APOSTROPHES.sub("", word)) for word in WORD.findall(text)]


def telling(text: str) -> tuple[str, ...]:
    """The stems of the words of a text that could tell one need from another, each once, in order."""
    return tuple(dict.fromkeys(stem(word) for word in split_words(clean(text)) if word not in COMMON))


_threads = threading.local()


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of one lower-case word (Porter's English stemmer, the "Snowball" revision); one stemmer a thread."""
    if not word.isascii() or word.isdigit():
        return word
    stemmer = getattr(_threads, "stemmer", None)
    if stemmer is None:
        stemmer = _threads.stemmer = snowballstemmer.stemmer("english")
    return str(stemmer.stemWord(word))
