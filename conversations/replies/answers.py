"""An Entry becomes a Reply: the answer in the right voice, steps, contacts with hours, source and date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from conversations.guide import Guide
from conversations.replies.easy import easy_parts, facet_blocks, hard_words, is_easy, opening
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
    plain,
)  # fmt: skip
from conversations.wording import Wording
from knowledge.entries import (
    FACETS,
    JARGON,
    NATIONAL,
    Area,
    Audience,
    Contact,
    Entry,
    Facet,
    Source,
    Term,
    overdue,
    review_due,
)
from knowledge.hours import parse, status

LOCAL_OFFER = "national/what-is-local-offer"
"""The entry that tells a family of an area that is not covered how to find their own Local Offer."""
RELATED = 3
"""Buttons to related entries under a whole answer."""
LONG_OVERDUE_DAYS = 60
"""From here on only the contact and the source are shown (C4)."""
FIRST_WORDS = 75
"""A first reply has no more words than this, its source line too (K7)."""
FACET_BUTTONS, IN_A_ROW = 6, 2
"""Buttons to facets under an answer, and how many of them stand side by side."""
TERM_FORM = re.compile(r"[A-Z][A-Za-z]*[A-Z][A-Za-z]*s?")
DOUBTED = re.compile(r"\b(check|undated|may have|might|older|not sure|may not|ask first)\b", re.IGNORECASE)
"""What a contact's note says where the number must not be shown without it (C7)."""
YOUR_CHILD = re.compile(r"\byour (?:child|son|daughter)\b", re.IGNORECASE)
"""What is written for parents alone, and read by a young person too."""
WRITTEN_FIRST: tuple[str, ...] = ("text", "email", "url", "phone", "hours", "note")
"""How a young person may reach a contact, what needs no voice first: many of them do not ring anybody."""
ALL = "all"
"""What stands in the place of a facet's name for the whole answer."""


def answer(
    entry: Entry, guide: Guide, state: State, now: datetime, voice: Audience | None = None, typed: str = "",
    first: Sequence[str] = (),
) -> Reply:  # fmt: skip
    """The first reply that an entry gets at `now` (Europe/London): the next move, one contact, one line of source (K7).

    `typed` is what was asked: a short form that stands in it is not explained; `first` are the facets that it likely asks for.
    """
    voice = voice or state.voice
    said = guide.said(entry, voice, state.area)
    if entry.small_talk:
        return Reply("small_talk", tuple(_paragraphs(said.answer)), (_menu(guide),), entry=entry.id)
    late = overdue(entry, now.date())
    title = Paragraph(entry.title, strong=True)
    contact = first_contact(said, guide.wording, now, voice)
    once = [Paragraph(guide.wording(name)) for name in _said_once(entry, guide, state, voice)]
    last: list[Block] = [*contact, *once, *provenance(entry, guide.wording, late)]
    if late > LONG_OVERDUE_DAYS:
        blocks: list[Block] = [title, Paragraph(guide.wording("overdue_long")), *last]
        return Reply("answer", tuple(blocks), (_menu(guide),), entry=entry.id)
    body = _begins(said, FIRST_WORDS - words_of((title, *last)), guide, state, typed)
    names = (*first, *(name for name in facet_names(said) if name not in first))
    rows = (*_rows_of(said, names, guide), *hard_words_row(said, guide, state), all_row(entry, guide))
    if state.area is not None and guide.area(state.area) is None and LOCAL_OFFER in guide.library.by_id:
        rows = ((guide.button(guide.library.by_id[LOCAL_OFFER]),), *rows)
    return Reply("answer", (title, *body, *last), rows, entry=entry.id, facets=names)


def whole(entry: Entry, guide: Guide, state: State, now: datetime, voice: Audience | None = None) -> Reply:
    """All that is known of an entry: the answer, what to do, each facet, every contact, the sources."""
    voice = voice or state.voice
    said = guide.said(entry, voice, state.area)
    late = overdue(entry, now.date())
    harder: list[str] = []
    blocks: list[Block] = [Paragraph(entry.title, strong=True)]
    if late > LONG_OVERDUE_DAYS:
        blocks.append(Paragraph(guide.wording("overdue_long")))
    elif state.easy_read and said.easy_read:
        blocks += _whole_in_easy_read(said, guide)
        harder = easy_parts(said)[1]
    else:
        blocks += _paragraphs(said.answer)
        blocks += [Paragraph(guide.wording("steps_heading")), Steps(said.steps)] if said.steps else []
        for facet in said.facets:
            if facet.text:
                blocks += [Paragraph(label(facet.name, said, guide), strong=True), Paragraph(facet.text)]
        blocks += [Paragraph(text) for text in (said.join, said.cost) if text and text not in said.answer]
    contacts = [contact_block(contact, guide.wording, now, voice) for contact in said.contacts]
    if contacts:
        blocks += [Paragraph(guide.wording("contacts_heading")), *contacts, *_open_instead(entry, guide.wording, now)]
    if entry.may_change:
        blocks.append(Paragraph(guide.wording("may_change", text=entry.may_change)))
    blocks += provenance(entry, guide.wording, late, every=True)
    related = [guide.library.by_id[other] for other in entry.see_also if other in guide.library.by_id]
    near = [other for other in related if other.area in (NATIONAL, entry.area)][:RELATED]
    take = (guide.button(entry, "tk", guide.wording("button_take_away")),)
    rows = (*_rows_of(said, harder, guide), take, *((guide.button(other),) for other in near), _menu(guide))
    return Reply("answer", tuple(blocks), rows, entry=entry.id, facet=ALL, facets=tuple(facet_names(said)))


def _whole_in_easy_read(said: Entry, guide: Guide) -> list[Block]:
    """All of an entry that has an easy form; where other parts have none, that they are there."""
    blocks: list[Block] = [Paragraph(sentence) for sentence in said.easy_read]
    if said.steps and all(is_easy(step) for step in said.steps):
        blocks += [Paragraph(guide.wording("steps_heading"), strong=True), Steps(said.steps)]
    easy, harder = easy_parts(said)
    for facet, form in easy:
        blocks += [Paragraph(label(facet.name, said, guide), strong=True), *(Paragraph(text) for text in form)]
    return [*blocks, Paragraph(guide.wording("easy_more"))] if harder else blocks


def facet_answer(
    entry: Entry, names: Sequence[str], guide: Guide, state: State, now: datetime,
    voice: Audience | None = None, named: bool = False, guess: bool = False,
) -> Reply:  # fmt: skip
    """What an entry says about one or two of its facets, or an honest no with whom to ask (K1).

    `named` is True where the person has just named the topic: it then stands as the title. `guess` is True where the entry may not
    hold what was asked: that is said first.
    """
    voice = voice or state.voice
    said = guide.said(entry, voice, state.area)
    head = entry.title if named else guide.wording("facet_about", title=entry.title)
    blocks: list[Block] = [Paragraph(head, strong=named)]
    blocks += [Paragraph(guide.wording("facet_nearest"))] if guess else []
    contacts: dict[str, Contact] = {}
    sources: list[Source] = []
    told, head_only = False, len(blocks)
    for name in names:
        facet = said.facet(name)
        if facet is not None and facet.text:
            told = True
            blocks += facet_blocks(facet, state.easy_read)
            sources += _source_of(facet, said)
            if facet.contact is not None and facet.contact <= len(said.contacts):
                contact = said.contacts[facet.contact - 1]
                contacts[contact.name] = contact
        elif name == "contact" and said.contacts:
            contacts[said.contacts[0].name] = said.contacts[0]
        elif name == "steps" and said.steps:
            blocks += [Paragraph(guide.wording("steps_heading")), Steps(said.steps)]
        elif (text := _older_field(name, said, guide)) is not None:
            blocks.append(Paragraph(text))
    if len(blocks) == head_only and not contacts:
        blocks += _unknown(said, guide, now, voice)
    blocks += [contact_block(contact, guide.wording, now, voice) for contact in contacts.values()]
    blocks += provenance(entry, guide.wording, overdue(entry, now.date()), sources if told else None)
    rows = (*facet_rows(said, guide, without=names), *hard_words_row(said, guide, state), all_row(entry, guide))
    return Reply("answer", tuple(blocks), rows, entry=entry.id, facet=names[0], facets=tuple(facet_names(said)))


def chosen_answer(
    entry: Entry, facet: str, guide: Guide, state: State, now: datetime, voice: Audience | None = None
) -> Reply:
    """An entry that was offered for one of its facets, and taken: how its answer begins where words are left, then that facet."""
    if overdue(entry, now.date()) > LONG_OVERDUE_DAYS:
        return answer(entry, guide, state, now, voice)
    voice = voice or state.voice
    reply = facet_answer(entry, (facet,), guide, state, now, voice, named=True)
    said = guide.said(entry, voice, state.area)
    title, *rest = reply.blocks
    once = [Paragraph(guide.wording(name)) for name in _said_once(entry, guide, state, voice)]
    head = Paragraph(label(facet, said, guide), strong=True)
    left = FIRST_WORDS - words_of((*reply.blocks, *once, head))
    begin = [block for block in _begins(said, left, guide, state, "")[:1] if words_of((block,)) <= left]
    return replace(reply, blocks=(title, *begin, head, *rest, *once))


def chosen(state: State, entry: Entry, facet: str, guide: Guide, voice: Audience | None = None) -> State:
    """The state after that: the entry was shown, and that facet of it."""
    return replace(shown(state, entry, guide, voice), shown=facet)


def _unknown(entry: Entry, guide: Guide, now: datetime, voice: Audience) -> list[Block]:
    """That nobody could find it out, and whom to ask: three lines, no wall."""
    contacts = tuple(contact for contact in entry.contacts if contact.phone not in EMERGENCY)
    contact = first_contact(replace(entry, contacts=contacts), guide.wording, now, voice)
    name = contact[0].name if contact else guide.wording("local_offer_team")
    return [Paragraph(guide.wording("facet_unknown", contact=name)), *contact]


EMERGENCY = ("999", "111")
"""Numbers that nobody rings to ask about what an entry does not hold."""


def facet_names(entry: Entry) -> list[str]:
    """The facets that an entry can answer, those that are asked most first; of its own two after the first four."""
    known = {facet.name for facet in entry.facets if facet.text}
    known |= {name for name in ("steps",) if entry.steps} | {name for name in ("cost",) if entry.cost}
    known |= {name for name in ("age",) if entry.ages}
    named = [name for name in FACETS if name in known]
    own = [facet.name for facet in entry.facets if facet.text and facet.name not in FACETS]
    return [*named[:4], *own[:2], *named[4:], *own[2:]]


def _older_field(name: str, entry: Entry, guide: Guide) -> str | None:
    """What a field of the entry says about a facet that is not written yet."""
    if name == "cost":
        return entry.cost
    if name == "age" and entry.ages:
        return guide.wording("facet_ages", youngest=entry.ages[0], oldest=entry.ages[1])
    if name == "changed":
        return entry.may_change
    return None


def has_facet(entry: Entry, name: str, guide: Guide) -> bool:
    """Whether an entry can answer a facet."""
    facet = entry.facet(name)
    known = facet is not None and bool(facet.text)
    return known or (name == "steps" and bool(entry.steps)) or _older_field(name, entry, guide) is not None


def facet_rows(entry: Entry, guide: Guide, without: Sequence[str] = ()) -> tuple[tuple[Button, ...], ...]:
    """Rows of buttons to the facets of an entry, but those that are shown already."""
    return _rows_of(entry, [name for name in facet_names(entry) if name not in without], guide)


def _rows_of(entry: Entry, facets: Sequence[str], guide: Guide) -> tuple[tuple[Button, ...], ...]:
    """Rows of buttons to these facets, as many as stand under an answer."""
    names = facets[:FACET_BUTTONS]
    buttons = [guide.facet_button(entry, name, label(name, entry, guide)) for name in names]
    return tuple(tuple(buttons[at : at + IN_A_ROW]) for at in range(0, len(buttons), IN_A_ROW))


def label(name: str, entry: Entry, guide: Guide) -> str:
    """What the button of a facet says."""
    facet = entry.facet(name)
    labels: dict[str, str] = guide.wording.rows["facet_labels"]
    return (facet.label if facet is not None else None) or labels.get(name, name.replace("-", " ").capitalize())


def all_row(entry: Entry, guide: Guide) -> tuple[Button, ...]:
    """The last row under an answer: the whole of it, and the topics."""
    return (guide.facet_button(entry, ALL, guide.wording("button_all")), *_menu(guide))


def hard_words_row(entry: Entry, guide: Guide, state: State) -> tuple[tuple[Button, ...], ...]:
    """In easy read the button to what the hard words of an entry mean, where it has some."""
    if not state.easy_read or not hard_words(entry, guide.wording):
        return ()
    return ((guide.button(entry, "hw", guide.wording("button_hard_words")),),)


def _menu(guide: Guide) -> tuple[Button, ...]:
    return (Button("m", guide.wording("button_menu")),)


def shown(state: State, entry: Entry, guide: Guide, voice: Audience | None = None, what: str | None = None) -> State:
    """The state after an entry was shown, or the facet `what` of it.

    Small talk leaves the topics where they were, and so does a word that was explained in the middle of a talk.
    """
    if entry.small_talk or (entry.id == JARGON and state.topics):
        return replace(state, asked=None)
    told = (*state.told, *_said_once(entry, guide, state, voice or state.voice)) if what is None else state.told
    return replace(state.on(entry.id, what), asked=None, told=told, missed=0)


def _said_once(entry: Entry, guide: Guide, state: State, voice: Audience) -> list[str]:
    """The sentences that belong under this answer and have not been said in this talk."""
    names: list[str] = []
    if voice == "young-person" and any(contact.phone for contact in entry.contacts[:1]):
        names.append("young_elsewhere")
    if voice == "young-person" and (YOUR_CHILD.search(entry.said_to(voice).answer)):
        names.append("young_your_child")
    if state.area is not None and guide.area(state.area) is None and entry.id != LOCAL_OFFER and not entry.small_talk:
        names.append("area_elsewhere_short")
    return [name for name in names if name not in state.told]


def _paragraphs(text: str) -> list[Block]:
    return [Paragraph(part) for part in re.split(r"\n\s*\n|\n", text) if part.strip()]


def _begins(said: Entry, left: int, guide: Guide, state: State, typed: str) -> list[Block]:
    """How an entry's answer begins, in easy words where the talk has them on: as much of it as `left` words hold, a sentence at least."""
    if state.easy_read and said.easy_read:
        return opening(said.easy_read, guide.wording, left)
    return _opening(said.answer, left, guide, typed)


def _opening(text: str, left: int, guide: Guide, typed: str) -> list[Block]:
    """An answer's sentences, as many as `left` words hold, and what its first short form stands for where that fits."""
    kept = " ".join(_sentences_within(text, left))
    blocks: list[Block] = [Paragraph(kept)]
    term = first_short_form(kept, guide.library.terms)
    if term is not None and term.term.lower() not in typed.lower():
        explained = Paragraph(guide.wording("short_form", term=term.term, full=term.full))
        if words_of((*blocks, explained)) <= left:
            blocks.append(explained)
    return blocks


def _within(sentences: Sequence[str], left: int) -> Iterator[Paragraph]:
    """Sentences, each a paragraph, as many as `left` words hold; one at least."""
    for at, sentence in enumerate(sentences):
        left -= len(sentence.split())
        if at and left < 0:
            return
        yield Paragraph(sentence)


def _sentences_within(text: str, left: int) -> Iterator[str]:
    """The sentences of a text, as many as `left` words hold; one at least."""
    for paragraph in _within(SENTENCE_END.split(" ".join(text.split())), left):
        yield paragraph.text


SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z£0-9\"'(])")


def words_of(blocks: Iterable[Block]) -> int:
    """How many words people read in these blocks."""
    return sum(len(plain(Reply("answer", (block,))).split()) for block in blocks)


def first_contact(entry: Entry, wording: Wording, now: datetime, voice: Audience = "parent") -> list[ContactBlock]:
    """The one contact of a first reply: its best way, whether it is open, and its doubt where it has one.

    A young person gets the best way that needs no voice, and the number after it.
    """
    if not entry.contacts:
        return []
    contact = entry.contacts[0]
    found = contact_block(contact, wording, now, voice)
    best = next((way for way in found.ways if way.how in ("phone", "text", "url", "email")), None)
    ways = [best] if best is not None else [way for way in found.ways if way.how == "note"]
    if voice == "young-person":
        ways += [way for way in found.ways if way.how == "phone" and way is not best]
    if contact.hours and any(way.how in ("phone", "text") for way in ways):
        ways.append(Reach("hours", "", hours_now(contact.hours, wording, now, whole=False)))
    if contact.note and best is not None and DOUBTED.search(contact.note):
        ways.append(Reach("note", "", contact.note))
    return [ContactBlock(found.name, tuple(ways))]


def first_short_form(text: str, terms: tuple[Term, ...], spelled_out: bool = False) -> Term | None:
    """The first abbreviation of a text that the glossary knows, and, but for `spelled_out`, that it does not spell out."""
    known = {form: term for term in terms for form in (term.term, *term.also) if TERM_FORM.fullmatch(form)}
    for found in TERM_FORM.finditer(text):
        term = known.get(found[0]) or known.get(found[0].rstrip("s"))
        if term is not None and term.full != term.term and (spelled_out or term.full.lower() not in text.lower()):
            return term
    return None


def contact_block(contact: Contact, wording: Wording, now: datetime, voice: Audience = "parent") -> ContactBlock:
    """A contact as it is shown, with whether it is open now (C9); to a young person the ways without a voice first."""
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
    if voice == "young-person":
        ways.sort(key=lambda way: WRITTEN_FIRST.index(way.how))
    return ContactBlock(contact.name, tuple(ways))


def hours_now(text: str, wording: Wording, now: datetime, whole: bool = True) -> str:
    """Hours with what they mean at `now`: "open now until 17:00", "closed now, opens Monday 8:30"; not `whole`: that alone."""
    hours = parse(text)
    if hours is None:
        return text
    at = status(hours, now)
    if at.changes is None:
        return wording("open_always") if at.open else text
    clock, day = f"{at.changes.hour}:{at.changes.minute:02d}", _day(at.changes, wording, now)
    if not whole:
        return wording("first_open" if at.open else "first_closed", time=clock, day=day)
    if at.open:
        return wording("open_now", hours=text, time=clock)
    return wording("closed_holiday" if at.holiday else "closed_now", hours=text, day=day, time=clock)


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


def provenance(
    entry: Entry, wording: Wording, late: int, sources: Sequence[Source] | None = None, every: bool = False
) -> list[Block]:
    """One line of source, its date, and who checked the answer when (C5): the first source, these, or `every` one."""
    if entry.small_talk:
        return []
    blocks: list[Block] = []
    if late > 0 and (due := review_due(entry)) is not None:
        blocks.append(Paragraph(wording("overdue", date=day_text(due.isoformat(), wording))))
    shown = entry.sources if every else sources if sources is not None else entry.sources[:1]
    lines = [_source_line(source, wording) for source in dict.fromkeys(shown)]
    blocks += lines[:-1]
    if entry.checked:
        checked = wording("checked", date=day_text(entry.checked.isoformat(), wording))
    elif entry.written:
        checked = wording("not_checked", month=day_text(entry.written.isoformat()[:7], wording))
    else:
        checked = ""
    text = f"{lines[-1].text} {checked}".strip() if lines else checked
    return [*blocks, SourceLine(text, lines[-1].url if lines else None)] if text else blocks


def _source_line(source: Source, wording: Wording) -> SourceLine:
    seen = day_text(source.seen, wording) if source.seen else wording("undated")
    return SourceLine(wording("source", title=source.title, date=seen), source.url)


def _source_of(facet: Facet, entry: Entry) -> list[Source]:
    """The source that a facet names; none where it names none, such as for words to say."""
    return [] if facet.source is None else list(entry.sources[facet.source - 1 : facet.source])


def day_text(when: str, wording: Wording) -> str:
    """ "2024-07" as "July 2024", "2024-07-31" as "31 July 2024", "2024" as it is."""
    year, *rest = when.split("-")
    month = wording.list("months")[int(rest[0]) - 1] + " " if rest else ""
    return f"{int(rest[1])} {month}{year}" if len(rest) > 1 else f"{month}{year}"


def term_answer(term: Term, entry: Entry | None, guide: Guide, state: State, now: datetime) -> Reply:
    """The reply that explains a term of the glossary which has no entry of its own."""
    blocks: list[Block] = [Paragraph(term.term, strong=True)]
    if term.full.lower() != term.term.lower():
        blocks.append(Paragraph(guide.wording("term", term=term.term, full=term.full)))
    blocks.append(Paragraph(term.means))
    rows: tuple[tuple[Button, ...], ...] = (_menu(guide),)
    if entry is not None:
        blocks.append(Paragraph(guide.wording("explained")))
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
