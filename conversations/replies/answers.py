"""An Entry becomes a Reply: the answer in the right voice, steps, contacts with hours, source and date."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from conversations.guide import Guide
from conversations.turns import (
    Block,
    Button,
    ContactBlock,
    Paragraph,
    Reach,
    Reply,
    SourceLine,
    State,
    Steps,
)  # fmt: skip
from conversations.wording import Wording
from knowledge.entries import NATIONAL, Area, Audience, Contact, Entry, Term, overdue, review_due
from knowledge.hours import parse, status

LOCAL_OFFER = "national/what-is-local-offer"
"""The entry that tells a family of an area that is not covered how to find their own Local Offer."""
RELATED = 3
"""Buttons to related entries under an answer."""
LONG_OVERDUE_DAYS = 60
"""From here on only the contact and the source are shown (C4)."""
TERM_FORM = re.compile(r"[A-Z][A-Za-z]*[A-Z][A-Za-z]*s?")


def answer(entry: Entry, guide: Guide, state: State, now: datetime, voice: Audience | None = None) -> Reply:
    """The reply that shows an entry to this person at `now` (Europe/London)."""
    voice = voice or state.voice
    late = overdue(entry, now.date())
    blocks: list[Block] = []
    if late > LONG_OVERDUE_DAYS:
        blocks += [Paragraph(entry.title, strong=True), Paragraph(guide.wording("overdue_long"))]
    else:
        blocks += _body(entry, guide, state, voice)
    contacts = [contact_block(contact, guide.wording, now) for contact in entry.contacts]
    if state.easy_read:
        contacts = contacts[:2]
    if contacts:
        blocks += [Paragraph(guide.wording("contacts_heading")), *contacts]
        blocks += _open_instead(entry, guide.wording, now)
    if entry.may_change and not entry.small_talk:
        blocks.append(Paragraph(guide.wording("may_change", text=entry.may_change)))
    blocks += [Paragraph(guide.wording(name)) for name in _said_once(entry, guide, state, voice)]
    blocks += _provenance(entry, guide.wording, late)
    related = [guide.library.by_id[other] for other in entry.see_also if other in guide.library.by_id]
    near = [other for other in related if other.area in (NATIONAL, entry.area)][:RELATED]
    rows = [(guide.button(other),) for other in near]
    if state.area is not None and guide.area(state.area) is None and LOCAL_OFFER in guide.library.by_id:
        rows = [(guide.button(guide.library.by_id[LOCAL_OFFER]),), *rows[: RELATED - 1]]
    rows.append((Button("m", guide.wording("button_menu")),))
    return Reply("small_talk" if entry.small_talk else "answer", tuple(blocks), tuple(rows), entry=entry.id)


def shown(state: State, entry: Entry, guide: Guide, voice: Audience | None = None) -> State:
    """The state after an entry was shown; small talk leaves the last entry where it was."""
    if entry.small_talk:
        return replace(state, asked=None)
    told = (*state.told, *_said_once(entry, guide, state, voice or state.voice))
    return replace(state, last=entry.id, offered=(), asked=None, told=told)


def _said_once(entry: Entry, guide: Guide, state: State, voice: Audience) -> list[str]:
    """The sentences that belong under this answer and have not been said in this talk."""
    names: list[str] = []
    if voice == "young-person" and any(contact.phone for contact in entry.contacts):
        names.append("young_elsewhere")
    if state.area is not None and guide.area(state.area) is None and entry.id != LOCAL_OFFER and not entry.small_talk:
        names.append("area_elsewhere")
    return [name for name in names if name not in state.told]


def _body(entry: Entry, guide: Guide, state: State, voice: Audience) -> list[Block]:
    blocks: list[Block] = [] if entry.small_talk else [Paragraph(entry.title, strong=True)]
    if state.easy_read and entry.easy_read:
        return [*blocks, *(Paragraph(sentence) for sentence in entry.easy_read)]
    text = (entry.young_answer if voice == "young-person" else None) or entry.answer
    blocks += [Paragraph(part) for part in re.split(r"\n\s*\n|\n", text) if part.strip()]
    if (term := first_short_form(text, guide.library.terms)) is not None:
        blocks.append(Paragraph(guide.wording("short_form", term=term.term, full=term.full)))
    if entry.steps:
        blocks += [Paragraph(guide.wording("steps_heading")), Steps(entry.steps)]
    return blocks


def first_short_form(text: str, terms: tuple[Term, ...]) -> Term | None:
    """The first abbreviation of a text that the glossary knows and that the text itself does not spell out."""
    known = {form: term for term in terms for form in (term.term, *term.also) if TERM_FORM.fullmatch(form)}
    for found in TERM_FORM.finditer(text):
        term = known.get(found[0]) or known.get(found[0].rstrip("s"))
        if term is not None and term.full != term.term and term.full.lower() not in text.lower():
            return term
    return None


def contact_block(contact: Contact, wording: Wording, now: datetime) -> ContactBlock:
    """A contact as it is shown, with whether it is open now (C9)."""
    ways: list[Reach] = []
    if contact.phone:
        ways.append(Reach("phone", wording("phone"), contact.phone))
    if contact.text:
        ways.append(Reach("text", wording("text"), contact.text))
    if contact.email:
        ways.append(Reach("email", wording("email"), contact.email))
    if contact.url:
        ways.append(Reach("url", wording("url"), contact.url))
    if contact.hours:
        ways.append(Reach("hours", wording("hours"), hours_now(contact.hours, wording, now)))
    if contact.note:
        ways.append(Reach("note", "", contact.note))
    return ContactBlock(contact.name, tuple(ways))


def hours_now(text: str, wording: Wording, now: datetime) -> str:
    """Hours with what they mean at `now`: "open now until 17:00", "closed now, opens Monday 8:30"."""
    hours = parse(text)
    if hours is None:
        return text
    at = status(hours, now)
    if at.changes is None:
        return wording("open_always") if at.open else text
    clock = f"{at.changes.hour}:{at.changes.minute:02d}"
    if at.open:
        return wording("open_now", hours=text, time=clock)
    return wording(
        "closed_holiday" if at.holiday else "closed_now", hours=text, day=_day(at.changes, wording, now), time=clock
    )


def _day(moment: datetime, wording: Wording, now: datetime) -> str:
    if moment.date() == now.date():
        return wording("today")
    name = wording.list("days")[moment.weekday()]
    far = moment.date() - now.date() > timedelta(days=6)
    return f"{name} {moment.day} {wording.list('months')[moment.month - 1]}" if far else name


def _open_instead(entry: Entry, wording: Wording, now: datetime) -> list[Block]:
    """What is open instead where every contact with hours is closed (C9)."""
    known = [hours for contact in entry.contacts if contact.hours and (hours := parse(contact.hours))]
    if known and not any(status(hours, now).open for hours in known):
        return [Paragraph(wording("open_instead"))]
    return []


def _provenance(entry: Entry, wording: Wording, late: int) -> list[Block]:
    """The source and its date, and who checked the answer when (C5)."""
    if entry.small_talk:
        return []
    blocks: list[Block] = []
    if late > 0 and (due := review_due(entry)) is not None:
        blocks.append(Paragraph(wording("overdue", date=day_text(due.isoformat(), wording))))
    if entry.sources:
        source = entry.sources[0]
        seen = day_text(source.seen, wording) if source.seen else wording("undated")
        blocks.append(SourceLine(wording("source", title=source.title, date=seen), source.url))
    if entry.checked:
        blocks.append(Paragraph(wording("checked", date=day_text(entry.checked.isoformat(), wording))))
    elif entry.written:
        month = day_text(entry.written.isoformat()[:7], wording)
        blocks.append(Paragraph(wording("not_checked", month=month)))
    return blocks


def day_text(when: str, wording: Wording) -> str:
    """ "2024-07" as "July 2024", "2024-07-31" as "31 July 2024", "2024" as it is."""
    year, *rest = when.split("-")
    month = wording.list("months")[int(rest[0]) - 1] + " " if rest else ""
    return f"{int(rest[1])} {month}{year}" if len(rest) > 1 else f"{month}{year}"


def term_answer(term: Term, entry: Entry | None, guide: Guide, state: State, now: datetime) -> Reply:
    """The reply that explains a term of the glossary which has no entry of its own."""
    blocks: list[Block] = [Paragraph(term.term, strong=True)]
    if term.full != term.term:
        blocks.append(Paragraph(guide.wording("term", term=term.term, full=term.full)))
    blocks.append(Paragraph(term.means))
    rows: tuple[tuple[Button, ...], ...] = ((Button("m", guide.wording("button_menu")),),)
    if entry is not None:
        blocks += _provenance(entry, guide.wording, overdue(entry, now.date()))
        rows = ((guide.button(entry),), *rows)
    return Reply("answer", tuple(blocks), rows, entry=entry.id if entry else None)


def with_line(reply: Reply, guide: Guide, state: State) -> Reply:
    """The reply with the gentle line about safety before it, and one button that brings the card (S10)."""
    safety = guide.library.safety
    if safety is None:
        return reply
    rows = ((Button("safety", safety.button),), *reply.buttons)
    line = safety.line_easy if state.easy_read and safety.line_easy else safety.line
    return replace(reply, blocks=(Paragraph(line), *reply.blocks), buttons=rows, safety="line")


def area_contacts(area: Area, wording: Wording, now: datetime) -> list[Block]:
    """The Local Offer line and SENDIASS of an area."""
    contacts = [contact for contact in (area.local_offer, area.sendiass) if contact is not None]
    return [contact_block(contact, wording, now) for contact in contacts]
