"""Messages of other people in ../shared: the part that danger is taught on, and the part that is only measured.

None of them stands in this repository. What is taught and what is measured is settled here, once, for `./run train` and for
the tests: no message is in both, and no long message's twin is on the other side.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.danger.judge import NOT_DANGER
from knowledge.yaml_loaders import VALUES

SHARED = Path(__file__).parents[3] / "shared"
COMMENTS = SHARED / "ordinary" / "comments.txt"
WRITTEN = SHARED / "ordinary" / "written.yaml"
CRISIS = SHARED / "ordinary" / "danger-and-look-alikes.yaml"
POSTS = SHARED / "real" / "posts.yaml"
INTENTS = SHARED / "intents"

LINE, ORDINARY = NOT_DANGER
EVERY = 5
"""One comment in so many is only measured."""
RUN = 30
"""Rows of `written.yaml` that go to one side together, as twins stand beside each other; of three such runs one is measured."""
ALIKE = 0.25
"""Share of common words from which a row is taken for a twin of the one before it, so that no run ends between them."""
KIND_OF_SET = {"ask-a-question urgency": "medical"}
"""The kind of danger in a crisis set whose rows do not name it; in all others it is suicide."""

SPEAK_OF_DANGER = frozenset(
    """00a3a653 04de83cc 12c3b0c5 13221106 3141c511 34d19b92 35c47a29 3ca311e3 5c8e5733 617a02d7 73a7ef13 755c1d1f
    76860a11 89fbf450 91ed66b6 aeb27983 b0b55cfd b8ec5914 c13d7c9c c8e3ce49 c9670e7c d30e89dc d6479e6a d7b17603
    e5d0084c f51d2921 fabf5e76""".split()
)
"""Comments that are not taught as ordinary, as they do speak of danger: the first digits of their BLAKE2 hash. Found by
reading those in which the rules find a card, and those that a judge that had not seen them found most like danger."""


@dataclass(frozen=True)
class Message:
    """One message of somebody else."""

    text: str
    want: str
    """`card`, `either` (a card or a line), `line`, `calm` (a line or nothing), `none`."""
    kind: str
    """As in the danger bank: a kind of danger, `line`, `ordinary`."""
    source: str
    clause: str = ""
    """The words that matter, where they are one clause of a long message."""


def is_there() -> bool:
    """Whether this checkout has the messages beside it."""
    return all(file.is_file() for file in (COMMENTS, WRITTEN, CRISIS, POSTS))


def parts(source: str) -> tuple[list[Message], list[Message]]:
    """The messages of `comments`, `written`, `crisis` or `posts`: those that are taught, and those only measured."""
    taught: list[Message] = []
    measured: list[Message] = []
    for is_measured, message in _SPLIT[source]():
        (measured if is_measured else taught).append(message)
    return taught, measured


def intents() -> list[Message]:
    """Questions of shops' and a bank's customers, all of them taught: their test files are another's to measure on."""
    texts = dict[str, None]()
    for file in sorted(INTENTS.glob("*/train.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            texts |= dict.fromkeys(row["sentence"] for row in csv.DictReader(rows))
    return [Message(text, "none", ORDINARY, "intents") for text in texts]


def hashed(text: str) -> str:
    """What tells a comment apart without its words."""
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def sentences_of(post: str) -> list[str]:
    """A post as people type it on Telegram: sentence by sentence."""
    return [part.strip() for part in re.split(r"(?<=[.?!])\s+|\n", post) if part.strip()]


def posts() -> list[tuple[bool, list[str]]]:
    """Parents' posts that speak of no danger, by sentence; whether each is only measured."""
    harmless = [row for row in rows(POSTS) if "danger" not in row.get("style", [])]
    return [(bool(at % 2), sentences_of(row["text"])) for at, row in enumerate(harmless)]


def _comments() -> Iterator[tuple[bool, Message]]:
    for at, text in enumerate(COMMENTS.read_text(encoding="utf-8").splitlines()):
        if hashed(text) not in SPEAK_OF_DANGER:
            yield at % EVERY == EVERY - 1, Message(text, "none", ORDINARY, "comments")


def _written() -> Iterator[tuple[bool, Message]]:
    for number, run in enumerate(_runs(rows(WRITTEN))):
        for row in run:
            yield number % 3 == 2, Message(row["text"], row["want"], row["kind"], "written", row.get("clause", ""))


def _runs(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Runs of at least RUN rows, none of which ends between a message and its twin."""
    run: list[dict[str, Any]] = []
    for row in rows:
        if len(run) >= RUN and row["want"] == "card" and _shared(run[-1]["text"], row["text"]) < ALIKE:
            yield run
            run = []
        run.append(row)
    yield run


def _shared(one: str, other: str) -> float:
    """The share of the words of two texts that both have."""
    first, second = (set(re.findall(r"\w+", text.casefold())) for text in (one, other))
    return len(first & second) / max(1, len(first | second))


def _crisis() -> Iterator[tuple[bool, Message]]:
    seen: dict[tuple[str, str], int] = {}
    for row in rows(CRISIS):
        group = (row["set"], row["want"])
        seen[group] = seen.get(group, 0) + 1
        danger = row["want"] in ("card", "either")
        kind = KIND_OF_SET.get(row["set"], "suicide") if danger else ORDINARY
        yield seen[group] % 2 == 0, Message(row["text"], row["want"], kind, "crisis")


def _posts() -> Iterator[tuple[bool, Message]]:
    for is_measured, said in posts():
        for sentence in said:
            yield is_measured, Message(sentence, "none", ORDINARY, "posts")


_SPLIT = {"comments": _comments, "written": _written, "crisis": _crisis, "posts": _posts}


@cache
def rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a YAML file that is a list, read once."""
    found: list[dict[str, Any]] = yaml.load(file.read_text(encoding="utf-8"), Loader=VALUES)
    return found


def taught(sources: Iterable[str] = ("comments", "written", "crisis", "posts")) -> list[Message]:
    """All that is taught, less the messages whose label leaves open what they are."""
    found = [message for source in sources for message in parts(source)[0]] + intents()
    return [message for message in found if message.want not in ("either", "calm")]
