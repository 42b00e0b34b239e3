"""The safety path: danger in a message, and the card for it; pure, and ready before anything else is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from knowledge.danger.detector import Danger, Person
from knowledge.danger.rules import About
from knowledge.entries import Area, Audience, Contact, Safety, SafetyCard

GENERAL = "general"
STANDS_FOR = {"worn": "crisis", "low": "crisis", "past": "self-harm", "worry": GENERAL}
"""Whose card the button under a gentle line brings."""
MOST_CONTACTS = 4
"""Two to four contacts on a card (requirements, S2)."""
NHS_111 = "111"


@dataclass(frozen=True)
class Card:
    """A safety card as it is shown, line by line."""

    kind: str
    person: Literal["adult", "young-person", "unclear"]
    first: str
    """999, and when to ring it."""
    second: str
    """The number for this danger and this person."""
    lines: tuple[str, ...]
    """What to do now."""
    warm: str
    honest: str
    """That no person is reading, and what the service cannot do."""
    contacts: tuple[Contact, ...]
    easy_read: tuple[str, ...]
    """The whole card in easy read, but for the contacts."""


def card(found: Danger, safety: Safety, area: Area | None = None, audience: Audience | None = None) -> Card:
    """The card for a danger. The words outweigh the chosen audience; where both are silent, both numbers are on it.

    `area` None leaves the council's line out (S2). A kind without a card of its own gets the general one.
    """
    person = found.person
    if person == "unclear" and audience is not None:
        person = "young-person" if audience == "young-person" else "adult"
    chosen = _chosen(STANDS_FOR.get(found.kind, found.kind), person, found.about, safety)
    return Card(
        kind=chosen.kind,
        person=chosen.person,
        first=chosen.first,
        second=chosen.second,
        lines=chosen.lines,
        warm=chosen.warm,
        honest=safety.honest,
        contacts=_contacts(chosen, area),
        easy_read=chosen.easy_read + safety.honest_easy,
    )


def general_card(safety: Safety, area: Area | None = None, audience: Audience | None = None) -> Card:
    """The card for crisis numbers asked for plainly."""
    return card(Danger(GENERAL, "card"), safety, area, audience)


def _chosen(kind: str, person: Person, about: About, safety: Safety) -> SafetyCard:
    """The card that fits best: this kind before general, this person before both, this `about` before either."""

    def fit(one: SafetyCard) -> tuple[int, int, int, int]:
        people = 2 if one.person == person else int(one.person == "unclear")
        whom = 2 if one.about == about else int(one.about == "either")
        return int(one.kind == kind), int(one.kind == GENERAL), people, whom

    return max(safety.cards, key=fit)


def _contacts(chosen: SafetyCard, area: Area | None) -> tuple[Contact, ...]:
    """The card's contacts and the area's: the card's first two stay in front, four at most in all."""
    own, more = list(chosen.contacts), list[Contact]()
    if area is not None and chosen.crisis and area.crisis is not None:
        if (area.crisis.phone or "").startswith(NHS_111):
            own = [_with_url(one, area.crisis) if one.phone == NHS_111 else one for one in own]
        else:
            more.append(area.crisis)
    if area is not None and chosen.council:
        more.extend(area.social_care)
    kept = max(2, MOST_CONTACTS - len(more))
    return tuple((own[:kept] + more)[:MOST_CONTACTS])


def _with_url(one: Contact, local: Contact) -> Contact:
    return replace(one, url=one.url or local.url)
