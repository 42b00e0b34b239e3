"""What a library tells everybody: its contacts, names and places. Masking leaves them in the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from knowledge.entries import Contact, Library

EMAIL_SHOWN = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER_SHOWN = re.compile(r"(?<!\w)\+?\d[\d ()-]{5,18}\d(?!\w)")
LINK_SHOWN = re.compile(
    r"\b(?:https?://|www\.)\S+|\b(?:[a-z0-9-]+\.)+(?:co\.uk|org\.uk|gov\.uk|nhs\.uk|sch\.uk|ac\.uk|org|com|net)\b",
    re.IGNORECASE,
)
HANDLE_SHOWN = re.compile(r"(?<![\w@.])@(?P<name>[A-Za-z_][\w.]{1,40})")
SOCIAL = (
    "facebook.",
    "fb.",
    "instagram.",
    "twitter.",
    "x.com",
    "tiktok.",
    "t.me",
    "wa.me",
    "youtube.",
    "youtu.be",
    "linkedin.",
    "snapchat.",
    "threads.",
)


@dataclass(frozen=True)
class Public:
    """What everybody may know: the contacts, names and places of a library. It stays."""

    digits: frozenset[str]
    """Phone and text numbers, digits alone."""
    emails: frozenset[str]
    links: frozenset[str]
    """Hosts, and for social media hosts with the first part of the path."""
    handles: frozenset[str]
    names: re.Pattern[str]
    """Names of services, people in public posts, areas and places."""
    words: frozenset[str]
    """Every word that the library uses, in lower case."""


@lru_cache(maxsize=4)
def public_of(library: Library) -> Public:
    """What a library itself tells everybody, and what therefore stays in the words."""
    contacts = tuple(_contacts(library))
    written = "\n".join(_texts(library))
    numbers = [value for contact in contacts for value in (contact.phone, contact.text) if value]
    numbers += [found[0] for found in NUMBER_SHOWN.finditer(written)]
    links = [contact.url for contact in contacts if contact.url] + [
        found[0].rstrip(".,") for found in LINK_SHOWN.finditer(written)
    ]
    emails = [contact.email for contact in contacts if contact.email] + [
        found[0] for found in EMAIL_SHOWN.finditer(written)
    ]
    names = {contact.name for contact in contacts} | {
        called for entry in library.entries for called in (entry.title, *entry.also_called)
    }
    names |= {place for area in library.areas for place in (area.name, area.council or area.name, *area.places)} | set(
        library.elsewhere
    )
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if len(name) > 2)
    return Public(
        frozenset(re.sub(r"\D", "", number) for number in numbers),
        frozenset(email.lower() for email in emails),
        frozenset(plain_link(link) for link in links),
        frozenset(found["name"].lower() for found in HANDLE_SHOWN.finditer(written)),
        re.compile(rf"(?<!\w)(?:{listed or '(?!)'})(?!\w)", re.IGNORECASE),
        frozenset(word.lower() for word in re.findall(r"[^\W\d_]+", written)),
    )


def _contacts(library: Library) -> Iterator[Contact]:
    for entry in library.entries:
        yield from entry.contacts
    for area in library.areas:
        yield from (contact for contact in (area.local_offer, area.forum, area.sendiass, area.crisis) if contact)
        yield from area.social_care
    if library.safety is not None:
        for card in library.safety.cards:
            yield from card.contacts


def _texts(library: Library) -> Iterator[str]:
    for entry in library.entries:
        yield from (entry.title, entry.answer, *entry.steps, *entry.also_called, *entry.easy_read)
    for contact in _contacts(library):
        yield from (value for value in (contact.name, contact.note, contact.url) if value)
    for term in library.terms:
        yield from (term.term, term.full, term.means, *term.also)


def plain_link(link: str) -> str:
    """The host of a link without www; of social media with the first part of the path."""
    host, _, path = re.sub(r"^https?://", "", link.lower()).partition("/")
    host = host.removeprefix("www.").removeprefix("m.")
    return f"{host}/{path.partition('/')[0].partition('?')[0]}" if host.startswith(SOCIAL) else host
