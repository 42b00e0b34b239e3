"""Messages written out in plain full English, and put among ordinary sentences: danger must not be known by its register.

What is taught on short messages of one register learns that whatever is grammatical and general is harmless, and loses a
clause among others. So each message is also shown as a careful writer would put it, and before, behind or between others.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

MOST_WORDS = 60
"""Words of a mixture: what the encoder reads at once (danger/judge.py)."""
JOINS = (". ", ". ", ". ", ", ", ", ", " and ", " ", "! ", " - ", "... ", " but ")
"""What stands between a message and the sentence beside it."""

SHORTENED = {
    "im": "I'm", "ive": "I've", "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "cant": "can't", "wont": "won't",
    "isnt": "isn't", "wasnt": "wasn't", "hasnt": "hasn't", "havent": "haven't", "wouldnt": "wouldn't", "shouldnt": "shouldn't",
    "couldnt": "couldn't", "arent": "aren't", "werent": "weren't", "hes": "he's", "shes": "she's", "theyre": "they're", "theyve": "they've",
    "youre": "you're", "youve": "you've", "weve": "we've", "whats": "what's", "thats": "that's", "theres": "there's", "i": "I",
}  # fmt: skip
FULL = {
    "I'm": "I am", "I've": "I have", "don't": "do not", "doesn't": "does not", "didn't": "did not", "can't": "cannot",
    "won't": "will not", "isn't": "is not", "wasn't": "was not", "hasn't": "has not", "haven't": "have not", "wouldn't": "would not",
    "they're": "they are", "they've": "they have", "you're": "you are", "we've": "we have", "what's": "what is",
}  # fmt: skip


def written_out(text: str, spoken: Mapping[str, str], chance: random.Random) -> str:
    """The message in plain full English: text speak written out, apostrophes, a capital and a stop."""
    full = chance.random() < 0.5
    words = []
    for found in re.split(r"(\W*\s+\W*)", text.strip()):
        word = spoken.get(found.casefold(), found)
        word = " ".join(SHORTENED.get(part, part) for part in word.split(" ")) if word.strip() else word
        words.append(FULL.get(word, word) if full else word)
    made = "".join(words)
    made = made[:1].upper() + made[1:]
    return made if made[-1:] in ".?!" else made + "."


def among(text: str, others: Sequence[str], chance: random.Random) -> str:
    """The message before, behind or between one to three other sentences, at most MOST_WORDS long in all."""
    left = MOST_WORDS - len(text.split())
    picked: list[str] = []
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
        other = chance.choice(others)
        if (size := len(other.split())) <= left:
            picked.append(other)
            left -= size
    at = chance.randint(0, len(picked))
    return joined([*picked[:at], text, *picked[at:]], chance)


def joined(parts: Sequence[str], chance: random.Random) -> str:
    """Sentences in one message, each joined to the next as people do."""
    made = parts[0]
    for part in parts[1:]:
        join = chance.choice(JOINS)
        made = (
            made + " " + part
            if made[-1:] in ".?!" and join.strip() in (".", "", "and", "!")
            else made.rstrip(".") + join + part
        )
    return made
