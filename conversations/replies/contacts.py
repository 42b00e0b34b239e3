"""Who to reach for an entry, cut down to what was asked for: a number, an email, a page, when they are open (M7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from conversations.guide import Guide
from conversations.replies.answers import (
    all_row,
    contact_block,
    facet_names,
    facet_rows,
    provenance,
)  # fmt: skip
from conversations.turns import Block, ContactBlock, Paragraph, Reply, State
from knowledge.entries import Audience, Contact, Entry, overdue
from knowledge.text.normalise import COMMON, clean, split_words, stem
from knowledge.text.said import Said

ASKS: dict[str, frozenset[str]] = {
    "hours": frozenset("open opens opening hours closed shut close closes times saturday saturdays sunday sundays weekend weekends evening evenings tonight".split()),
    "email": frozenset("email emails mail e-mail inbox".split()),
    "text": frozenset("text texts sms whatsapp".split()),
    "url": frozenset("website site web webpage page link links online url download facebook".split()),
    "phone": frozenset("phone number numbers ring call telephone tel num fone speak landline mobile".split()),
}  # fmt: skip
"""What is asked for, and the words that ask for it."""
MOST = 2
"""Contacts that are shown when somebody asks for a way to reach them."""


def contacts_answer(
    entry: Entry, said: Said, guide: Guide, state: State, now: datetime, voice: Audience | None = None, named: bool = False
) -> Reply:  # fmt: skip
    """The contacts of an entry that have what is asked for; whole where nothing in particular is."""
    voice = voice or state.voice
    spoken = guide.said(entry, voice, state.area)
    contacts = by_name(spoken.contacts, said)
    wording = guide.wording
    hows = [how for how, words in ASKS.items() if not words.isdisjoint(said.words)]
    head = entry.title if named else wording("facet_about", title=entry.title)
    blocks: list[Block] = [Paragraph(head, strong=named)]
    if "hours" in hows and contacts and not any(contact.hours for contact in contacts):
        blocks.append(Paragraph(wording("hours_unknown")))
        hows = []
    fit = [contact for contact in contacts if any(_has(contact, how) for how in hows)]
    if fit and fit[0] is contacts[0]:
        blocks += [_cut(contact_block(contact, wording, now, voice), hows) for contact in fit[:MOST]]
    elif fit:  # nobody else's number may pass for theirs
        blocks += [Paragraph(wording("follow_none")), contact_block(contacts[0], wording, now, voice)]
        blocks += [_cut(contact_block(contact, wording, now, voice), hows) for contact in fit[:1]]
    elif contacts:
        lacks = [how for how in hows if how in ("hours", "email", "text", "phone")]
        blocks += [Paragraph(wording("follow_none"))] if lacks else []
        blocks += [contact_block(contact, wording, now, voice) for contact in contacts[:MOST]]
    else:
        blocks.append(Paragraph(wording("facet_unknown", contact=wording("local_offer_team"))))
    blocks += provenance(entry, wording, overdue(entry, now.date()))
    rows = (*facet_rows(spoken, guide), all_row(entry, guide))
    return Reply("answer", tuple(blocks), rows, entry=entry.id, facet="contact", facets=tuple(facet_names(spoken)))


def by_name(contacts: Sequence[Contact], said: Said) -> list[Contact]:
    """The contacts, those first whose name or note holds most of what was said: "mencap number", "out of hours?"."""
    late = LATE.search(" ".join(said.words)) is not None
    wanted = {stem(word) for word in said.words if word not in COMMON} - {stem(word) for word in WAYS}

    def fits(contact: Contact) -> int:
        told = split_words(clean(f"{contact.name} {contact.note or ''}"))
        return len(wanted & {stem(word) for word in told}) + (late and LATE.search(" ".join(told)) is not None)

    return sorted(contacts, key=lambda contact: -fits(contact))


LATE = re.compile(
    r"\b(?:out of hours|after hours|nights?|tonight|evenings?|weekends?|saturdays?|sundays?|bank holidays?)\b"
)
WAYS = frozenset().union(*ASKS.values())
"""Words that ask for a way to reach somebody, and name nobody."""


def _has(contact: Contact, how: str) -> bool:
    return getattr(contact, how) is not None


def _cut(block: ContactBlock, hows: list[str]) -> ContactBlock:
    """The block with only these ways, and with what must not be left out beside them: hours, and a doubt."""
    kept = (
        {*hows, "note"}
        | ({"hours"} if {"phone", "text"} & set(hows) else set())
        | ({"phone"} if hows == ["hours"] else set())
    )
    return ContactBlock(block.name, tuple(way for way in block.ways if way.how in kept))
