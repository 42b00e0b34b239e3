"""Easy read: short blocks of one idea each, hard words explained, and what is not in easy words yet marked as such (W7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from conversations.guide import Guide
from conversations.turns import Block, ContactBlock, Paragraph, Reach, Reply, State, Steps, Turn
from conversations.wording import Wording
from knowledge.entries import Entry, Facet

EASY_WORDS = 12
"""So many words a sentence of easy read has at most (C2)."""
EXPLAINED_FIRST, EXPLAINED = 2, 4
"""So many hard words are explained in a first answer, which has 75 words in all (K7), and in what follows it."""
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')”’]?\s+(?=[A-Z£0-9\"'(“‘])|\n+")


def eased(turn: Turn, guide: Guide, before: State | None = None) -> Turn:
    """The turn in easy read, where the talk has it on after it, or had it on `before`; else unchanged. Twice is as once."""
    if not (turn.state.easy_read or (before is not None and before.easy_read)):
        return turn
    return replace(turn, replies=tuple(eased_reply(reply, guide.easy) for reply in turn.replies))


def eased_reply(reply: Reply, guide: Guide) -> Reply:
    """A reply in short blocks. Where some of it is not in easy words, it says so; a safety card stays as it was approved."""
    blocks = [part for block in reply.blocks for part in _short(block)]
    if reply.safety == "card" or reply.kind in ("crisis", "sorry"):
        return replace(reply, blocks=tuple(blocks))
    mark = Paragraph(guide.wording("not_easy"))
    if reply.kind == "answer" and reply.facet:
        blocks = [*blocks[:1], *_explained(blocks[1:], guide.wording, EXPLAINED)]
    body = blocks[1:] if reply.facet else blocks  # the head of a facet is a title
    if mark not in blocks and not all(is_easy(text) for text in _texts(body)):
        headed = reply.kind == "answer" or (isinstance(blocks[0], Paragraph) and blocks[0].strong)
        blocks.insert(1 if headed else 0, mark)
    return replace(reply, blocks=tuple(blocks))


def is_easy(text: str) -> bool:
    """Whether a text keeps to the length of easy read in each of its sentences (C2)."""
    return all(len(sentence.split()) <= EASY_WORDS for sentence in sentences(text))


def sentences(text: str) -> list[str]:
    """The sentences of a text, in its order."""
    return [part for part in (piece.strip() for piece in SENTENCE_END.split(text)) if part]


def easy_text(facet: Facet) -> tuple[str, ...]:
    """A facet's easy form: its own, or its text where that is short already; nothing where it has none."""
    return facet.easy_read or (tuple(sentences(facet.text)) if is_easy(facet.text) else ())


def facet_blocks(facet: Facet, easy: bool) -> list[Block]:
    """What a facet says; in easy read in its easy form, where it has one."""
    return [Paragraph(text) for text in (facet.easy_read if easy else ()) or (facet.text,)]


def easy_parts(entry: Entry) -> tuple[list[tuple[Facet, tuple[str, ...]]], list[str]]:
    """Of an entry's facets those with an easy form, each with it, and the names of the others."""
    forms = [(facet, easy_text(facet)) for facet in entry.facets if facet.text]
    return [(facet, form) for facet, form in forms if form], [facet.name for facet, form in forms if not form]


def opening(easy_read: Sequence[str], wording: Wording, left: int) -> list[Block]:
    """The sentences of an easy answer, as many as `left` words hold, one at least; then the hard words among them, where words are left.

    What somebody needs to do goes before what a word means: that is one press away.
    """
    kept: list[Block] = []
    for sentence in easy_read:
        if kept and left < len(sentence.split()):
            break
        kept.append(Paragraph(sentence))
        left -= len(sentence.split())
    return list(_explained(kept, wording, EXPLAINED_FIRST, left))


def hard_words(entry: Entry, wording: Wording) -> list[Block]:
    """What each hard word in an entry's easy read and easy facets means."""
    texts = [*entry.easy_read, *entry.steps, *(text for _, form in easy_parts(entry)[0] for text in form)]
    meanings = _meanings(wording)
    return [Paragraph(_line(word, wording)) for word in _hard([Paragraph(" ".join(texts))], meanings)]


def _short(block: Block) -> Iterator[Block]:
    """A paragraph as one for each sentence, and a contact's notes likewise."""
    match block:
        case Paragraph(text, strong=False):
            yield from (Paragraph(sentence) for sentence in sentences(text))
        case ContactBlock(name, ways):
            short = [(way, sentences(way.value) if way.how == "note" else [way.value]) for way in ways]
            yield ContactBlock(name, tuple(Reach(way.how, way.label, text) for way, texts in short for text in texts))
        case _:
            yield block


def _explained(blocks: Sequence[Block], wording: Wording, most: int, left: int | None = None) -> Iterator[Block]:
    """The blocks, and behind each the hard words that stand in it for the first time: `most` in all, and `left` words of text."""
    lines = {word: Paragraph(_line(word, wording)) for word in _meanings(wording)}
    told = {word for word, line in lines.items() if line in blocks}
    for block in blocks:
        yield block
        for word in () if block in lines.values() else _hard([block], lines):
            length = len(lines[word].text.split())
            if word in told or len(told) >= most or (left is not None and length > left):
                continue
            told.add(word)
            left = None if left is None else left - length
            yield lines[word]


def _meanings(wording: Wording) -> dict[str, str]:
    """The hard words, each with what it means; none but in easy read."""
    found: dict[str, str] = wording.rows.get("meanings", {})
    return found


def _line(word: str, wording: Wording) -> str:
    return wording("word_means", word=word, meaning=_meanings(wording)[word])


def _hard(blocks: Sequence[Block], words: Iterable[str]) -> list[str]:
    """The hard words in blocks, in the order in which they stand there."""
    text = " ".join(_texts(blocks)).lower()
    found = ((re.search(rf"\b{re.escape(word.lower())}(?:s|es)?\b", text), word) for word in words)
    return [word for _, word in sorted((place.start(), word) for place, word in found if place is not None)]


def _texts(blocks: Iterable[Block]) -> Iterator[str]:
    """The sentences of these blocks that can be hard; names, numbers, titles and sources are none."""
    for block in blocks:
        match block:
            case Paragraph(text, strong=False):
                yield text
            case Steps(items):
                yield from items
