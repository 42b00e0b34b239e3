"""An entry as an editor changes it: its form, the answer beside it as a family would read it, what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.web.visit import Desk, Visit, staff_page
from conversations.engine import judge
from conversations.forum import editing, unanswered
from conversations.forum.editing import EditError
from conversations.forum.roles import EDITOR
from conversations.forum.unanswered import ContentChange
from conversations.guide import Guide
from conversations.keys.sealing import SealError
from conversations.replies import answers
from conversations.turns import Block, Message, State
from knowledge.amendments import NONE
from knowledge.entries import FACETS, NATIONAL, Audience, Entry
from knowledge.loader import Fault, entry_from
from knowledge.matching.index import lines
from knowledge.matching.matcher import Matcher
from knowledge.matching.trial import Trial, stolen
from knowledge.publishing import drafts
from knowledge.publishing.checks import known_details, unknown_details
from knowledge.publishing.contact_register import plain_detail
from knowledge.publishing.entry_form import as_fields, as_typed, facets_in, fields_of, lines_of, named
from knowledge.publishing.where_shown import all_shown

LONGEST = 20_000
"""Characters of one field; the longest list of phrases has 4,000."""
MOST_TRIED, MOST_JUDGED = 10, 60
"""Questions that are tried at once, and new phrases of which danger is judged: each takes some hundredths of a second."""
NEW_PATH = "/desk/content/new"
UNSAVED = "+"
"""Stands in the id of an entry that has none yet."""
FOUND = "found."
"""In front of the name of a field that says where a detail was found."""
ASKED = "asked."
"""In front of the number of a family's phrase that was put into the form: the phrase goes where its question is taken back."""


def routes(desk: Desk) -> list[Route]:
    """The routes of this file."""
    path = "/desk/content/entry/{area}/{slug}"
    return [
        Route(NEW_PATH, staff_page(desk, begin, [EDITOR]), methods=["GET"]),
        Route(NEW_PATH, staff_page(desk, save_new, [EDITOR]), methods=["POST"]),
        Route(path, staff_page(desk, look, [EDITOR]), methods=["GET"]),
        Route(path, staff_page(desk, save, [EDITOR]), methods=["POST"]),
    ]


@dataclass(frozen=True)
class Looked:
    """An entry as it was typed, and what is to be said of it."""

    entry: Entry | None
    """None where it does not load."""
    faults: tuple[Fault, ...]
    unknown: tuple[str, ...]
    """Details that the register lacks: where was each found?"""


def look(visit: Visit) -> Response:
    """The form as the entry is now, or as the draft of it stands; phrases of families' questions are filled in."""
    entry, typed = entry_of(visit), {}
    draft = editing.draft_of(visit.desk.engine, "entry", entry.id)
    body = (editing.body_of(draft, visit.desk.seals) if draft else None) or {}
    typed = as_typed(drafted(entry, body.get("fields", {})))
    typed |= {f"{FOUND}{detail}": where for detail, where in body.get("found", {}).items()}
    asked = _asked(visit, entry)
    filled = _fill(typed, [line for change in asked for line in change.phrases])
    _sign(visit, typed, (*body.get("proposals", ()), *(one for change in asked for one in change.proposals)))
    return _page(visit, entry, typed, draft.version if draft else 0, filled=filled)


def _fill(typed: dict[str, str], asked: Iterable[str]) -> int:
    """Put ways in which families asked after the phrases that were typed; how many there were that did not stand there."""
    there = lines_of(typed.get("phrases", ""))
    new = [line for line in asked if line not in there]
    typed["phrases"] = "\n".join([*there, *new])
    return len(new)


def _sign(visit: Visit, typed: dict[str, str], asked: Iterable[int]) -> None:
    """Note in the form which of families' phrases were put into it."""
    there = editing.phrases(visit.desk.engine, asked, visit.desk.seals, writable(visit))
    typed |= {f"{ASKED}{number}": phrase for number, phrase in there.items() if phrase}


def _still_asked(visit: Visit, entry: Entry, typed: dict[str, str]) -> dict[str, str]:
    """What was typed, without the lines that came of a question that its family has taken back meanwhile."""
    sent = {name: text for name, text in typed.items() if re.fullmatch(rf"{re.escape(ASKED)}\d{{1,9}}", name, re.ASCII)}
    if not sent:
        return typed
    there = editing.phrases(visit.desk.engine, [int(name[len(ASKED) :]) for name in sent], visit.desk.seals)
    gone = {name: text for name, text in sent.items() if int(name[len(ASKED) :]) not in there}
    lines_ = lines_of(typed.get("phrases", ""))
    new = [line for line in lines_ if line not in entry.phrases]
    leaving = {line for phrase in gone.values() for line in editing.came_of(phrase, new)}
    typed = {name: text for name, text in typed.items() if name not in gone}
    return typed | {"phrases": "\n".join(line for line in lines_ if line not in leaving)} if leaving else typed


def begin(visit: Visit) -> Response:
    """The form of a new entry, with the phrases of a question that wants one; where somebody has begun with it, their draft."""
    typed = dict[str, str]()
    change = wanted(visit, visit.asked("wanted"))
    if (draft := begun(visit, change)) is not None:
        return visit.go(f"/desk/content/entry/{draft.about}")
    if change is not None:
        typed["wanted"] = visit.asked("wanted")
    area, mine = change.area if change else visit.asked("area"), writable(visit)
    if not mine:
        raise HTTPException(404)
    typed["area"] = area if area in mine else mine[0]
    filled = _fill(typed, change.phrases if change else ())
    _sign(visit, typed, change.proposals if change else ())
    return _page(visit, unsaved(visit, typed), typed, 0, filled=filled)


def begun(visit: Visit, change: ContentChange | None) -> Any:
    """The draft into which phrases of a change were put already; None where there is none."""
    if change is None:
        return None
    return editing.draft_with(visit.desk.engine, visit.here.staff, change.proposals, visit.desk.seals)


def writable(visit: Visit) -> tuple[str, ...]:
    """Whose content somebody may add to: only an area that has a folder can hold a new entry."""
    library = visit.desk.guide.library
    there = {area.id for area in library.areas} | {entry.area for entry in library.entries}
    return tuple(area for area in editing.areas_of(visit.here.staff) if area in there)


def wanted(visit: Visit, asked: str) -> ContentChange | None:
    """What waits for a new entry, by the number of one of its phrases."""
    desk = visit.desk
    found = unanswered.content_changes(desk.engine, visit.here.staff.areas, desk.seals, desk.guide.library)
    of_new = (one for one in found if one.entry == unanswered.NEW_ENTRY)
    return next((one for one in of_new if asked in map(str, one.proposals)), None)


def unsaved(visit: Visit, typed: Mapping[str, str]) -> Entry:
    """A new entry as far as the form tells where it belongs: its area, and its theme if one was chosen."""
    area, theme = typed.get("area", ""), typed.get("theme", "")
    if area not in writable(visit):
        raise HTTPException(404)
    return drafts.blank(f"{area}/{UNSAVED}", theme if theme in visit.desk.guide.themes else "")


def entry_of(visit: Visit, typed: Mapping[str, str] | None = None) -> Entry:
    """The entry of the address, where it is one of this person's; of a new one that is a draft still, nothing but its name.

    What was `typed` of a new one is not lost where its draft was decided on meanwhile: it goes on as a blank one.
    """
    id_ = f"{visit.request.path_params['area']}/{visit.request.path_params['slug']}"
    entry = known_entry(visit, id_)
    if entry is None and typed and "theme" in typed and editing.was_there(visit.desk.engine, "entry", id_):
        entry = drafts.blank(id_, "")
    if entry is None or entry.small_talk or entry.area not in editing.areas_of(visit.here.staff):
        raise HTTPException(404)
    return entry


def known_entry(visit: Visit, id_: str, body: Mapping[str, Any] | None = None) -> Entry | None:
    """An entry as it is in use; a blank one for the id of a new one, of which `body` is the draft, or else the one that waits."""
    desk = visit.desk
    if (entry := desk.guide.library.by_id.get(id_)) is not None:
        return entry
    if body is None:
        draft = editing.draft_of(desk.engine, "entry", id_)
        body = (editing.body_of(draft, desk.seals) if draft else None) or {}
    return drafts.blank(id_, body["theme"]) if body.get("theme") else None


def is_new(visit: Visit, entry: Entry) -> bool:
    """Whether an entry is not in use yet."""
    return entry.id not in visit.desk.guide.library.by_id


def drafted(entry: Entry, changed: Mapping[str, Any]) -> Entry:
    """An entry with the fields of a draft; as it is where they do not load any more."""
    made, _ = entry_from(entry.id, entry.theme, drafts.applied(as_fields(entry), changed))
    return entry if made is None else replace(made, file=entry.file, line=entry.line)


def _asked(visit: Visit, entry: Entry) -> tuple[Any, ...]:
    """The phrases that were kept for the entry on the page Questions."""
    desk = visit.desk
    found = unanswered.content_changes(desk.engine, visit.here.staff.areas, desk.seals, desk.guide.library)
    return tuple(change for change in found if change.entry == entry.id)


def _page(
    visit: Visit, entry: Entry, typed: Mapping[str, str], version: int, problem: str | None = None, status: int = 200,
    filled: int = 0, other: Any = None,
) -> Response:  # fmt: skip
    desk, new = visit.desk, is_new(visit, entry)
    draft = other or editing.draft_of(desk.engine, "entry", entry.id)
    empty = version == 0 and visit.request.method == "GET" and new
    seen = examined(visit, entry, typed) if not empty else Looked(None, (), ())
    shown = seen.entry or entry
    typed = named(typed, entry)
    guide = replace(desk.guide, library=drafts.with_entry(desk.guide.library, shown))
    names = {name: answers.label(name, shown, guide) for name in (*FACETS, *(one.name for one in shown.facets))}
    facets = tuple(dict.fromkeys((*(one.name for one in entry.facets), *facets_in(typed))))
    return visit.page(
        "content_entry.html", status, entry=entry, shown=shown, typed=typed, problem=problem, draft=draft, filled=filled,
        version=version, faults=by_field(seen.faults), unknown=seen.unknown, measures=drafts.measures(shown), names=names,
        free=[name for name in FACETS if name not in facets], previews=_previews(shown, guide, visit), facets=facets,
        new=new, here=NEW_PATH if entry.id.endswith(f"/{UNSAVED}") else f"/desk/content/entry/{entry.id}",
        areas=writable(visit), themes=desk.guide.themes,
        contacts=_numbers(typed, "contact"), sources=_numbers(typed, "source"), kind=lambda block: type(block).__name__,
        past=editing.history(desk.engine, "entry", entry.id), **_found_by(visit, entry, shown, typed),
    )  # fmt: skip


def _found_by(visit: Visit, entry: Entry, shown: Entry, typed: Mapping[str, str]) -> dict[str, Any]:
    """What the questions that an editor tries would find, and what the change would take over or should leave to safety."""
    desk, area = visit.desk, _asked_in(entry, visit)
    guide, library = desk.guide, drafts.with_entry(desk.guide.library, shown)
    tried = lines_of(typed.get("tried", ""))[:MOST_TRIED]
    then = Trial.of(guide.matcher, library, shown).matcher if tried else guide.matcher
    found = [(one, _outcome(guide, guide.matcher, one, area), _outcome(guide, then, one, area)) for one in tried]
    old = set(lines(entry))
    new = [line for line in lines(shown) if line and line not in old]
    return {
        "tried": found, "tried_in": area, "stolen": stolen(guide.matcher, library, shown) if new else (),
        "dangerous": [one for one in new[:MOST_JUDGED] if judge(Message(text=one), guide).card],
    }  # fmt: skip


def _outcome(guide: Guide, matcher: Matcher, question: str, area: str) -> tuple[str, tuple[str, ...]]:
    """What a question brings: a card, one answer, a choice, or nothing; and the titles of what it brings."""
    if judge(Message(text=question), guide).card:
        return "card", ()
    match = matcher.match(question, area)
    if match.sure is not None:
        return "sure", (match.sure.title,)
    return ("choices", tuple(one.title for one in match.choices)) if match.choices else ("none", ())


def _asked_in(entry: Entry, visit: Visit) -> str:
    return entry.area if entry.area != NATIONAL else visit.here.staff.areas[0]


def _numbers(typed: Mapping[str, str], group: str) -> list[int]:
    """The rows of a group that the form shows: those that are there, and one more."""
    found = {int(key.split(".")[1]) for key in typed if re.match(rf"{group}\.\d{{1,3}}\.", key, re.ASCII)}
    filled = [one for one in found if any(v for key, v in typed.items() if key.startswith(f"{group}.{one}."))]
    return list(range(max(filled, default=-1) + 2))


def _previews(entry: Entry, guide: Guide, visit: Visit) -> dict[str, tuple[tuple[Block, ...], list[str]]]:
    """The replies that a family would get, with the labels of the buttons under each; none where nothing is answered yet."""
    if not entry.answer:
        return {}
    area = _asked_in(entry, visit)
    voices: list[tuple[str, Audience, bool, Any]] = [("first", "parent", False, answers.answer)]
    voices.append(("whole", "parent", False, answers.whole))
    if entry.easy_read:
        voices.append(("easy", "parent", True, answers.answer))
    if entry.young != type(entry.young)():
        voices.append(("young", "young-person", False, answers.answer))
    found = {}
    for name, voice, easy, reply_of in voices:
        reply = reply_of(entry, guide, State(area=area, audience=voice, easy_read=easy), visit.now)
        found[name] = reply.blocks, [button.label for row in reply.buttons for button in row]
    return found


def typed_by(visit: Visit) -> dict[str, str]:
    """What the form sent of the entry."""
    return {
        name: text.replace("\r\n", "\n")[:LONGEST] for name, text in visit.form if name not in ("mark", "version", "do")
    }


def examined(visit: Visit, entry: Entry, typed: Mapping[str, str]) -> Looked:
    """What was typed as an entry, with all that a check would say of it."""
    desk = visit.desk
    after = drafts.applied(fields_of(typed, entry), {})
    made, faults = entry_from(entry.id, entry.theme, after)
    if made is None:
        return Looked(None, faults, ())
    made = replace(made, file=entry.file, line=entry.line)
    library = desk.guide.library
    known = known_to(desk) or frozenset()
    unknown = tuple(dict.fromkeys(detail for _, detail in unknown_details(made, known))) if known_to(desk) else ()
    allowed = known | {plain_detail(detail) for detail in found_in(typed)}
    finished = drafts.completed(as_fields(entry), drafts.changes_of(entry, after), visit.now.date(), False)
    whole, faults = entry_from(entry.id, entry.theme, drafts.applied(after, finished))
    assert whole is not None, faults
    return Looked(made, tuple(drafts.faults_of_entry(whole, library, allowed if known_to(desk) else None)), unknown)


def known_to(desk: Desk) -> frozenset[str] | None:
    """Every detail that may be shown (C7). Where something approved cannot be read, what is in use was found once, too."""
    library, in_use = desk.guide.library, frozenset[str]()
    if library.folder is None:
        return None
    try:
        amended = editing.amendments(desk.engine, desk.seals)[1]
    except SealError:
        amended, in_use = editing.amendments(desk.engine, desk.seals, NONE)[1], frozenset(all_shown(library))
    known = known_details(library.folder, amended)
    return None if known is None else known | in_use


def found_in(typed: Mapping[str, str]) -> dict[str, str]:
    """Where details that the register lacks were found, as far as somebody has said."""
    found = {name.removeprefix(FOUND): " ".join(text.split()) for name, text in typed.items() if name.startswith(FOUND)}
    return {detail: where for detail, where in found.items() if where}


def by_field(faults: Iterable[Fault]) -> dict[str, list[str]]:
    """What is wrong, by the field of the form that it is shown at."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.field, []).append(fault.problem)
    return found


def leaned_on(changed: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The sources and contacts of an entry to which its changed facets point by their place.

    They are kept with them: another order in a later version of the shipped entry would give a facet another source.
    """
    facets = [*dict(changed.get("facets") or {}).values()]
    facets += dict((changed.get("young") or {}).get("facets") or {}).values()
    pairs = (("source", "sources"), ("contact", "contacts"))
    return {
        group: after.get(group)
        for name, group in pairs
        if any(isinstance(facet, Mapping) and name in facet for facet in facets)
    }


def save(visit: Visit) -> Response:
    """Show what was typed once more, or keep it as a draft: with faults too, which somebody may mend later."""
    typed = typed_by(visit)
    entry, version = entry_of(visit, typed), max(visit.sent_number("version"), 0)
    new, typed = is_new(visit, entry), _still_asked(visit, entry, typed)
    if new and (theme := typed.get("theme", entry.theme)) != entry.theme:
        entry = drafts.blank(entry.id, theme if theme in visit.desk.guide.themes else "")
    if visit.sent("do") != "save":
        return _page(visit, entry, typed, version)
    if new and not entry.theme:
        return _page(visit, entry, typed, version, "theme", 422)
    if new and any(one.state == "approved" for one in editing.history(visit.desk.engine, "entry", entry.id)):
        return _page(visit, entry, typed, 0, "stale", 409)  # in use within a minute: then it is a change of it
    there = editing.draft_of(visit.desk.engine, "entry", entry.id)
    before = (editing.body_of(there, visit.desk.seals) if there else None) or {}
    asked = [number for change in _asked(visit, entry) for number in change.proposals]
    return _keep(visit, entry, typed, version, tuple(dict.fromkeys((*before.get("proposals", ()), *asked))))


def save_new(visit: Visit) -> Response:
    """Show a new entry once more, or keep it as a draft; from then on it has a name of its own."""
    typed = typed_by(visit)
    entry, change = unsaved(visit, typed), wanted(visit, typed.get("wanted", ""))
    typed = _still_asked(visit, entry, typed)
    if visit.sent("do") != "save":
        return _page(visit, entry, typed, 0)
    if not entry.theme:
        return _page(visit, entry, typed, 0, "theme", 422)
    if (other := begun(visit, change)) is not None:
        return _page(visit, entry, typed, 0, "stale", 409, other=other)
    return _keep(visit, entry, typed, 0, change.proposals if change else ())


def _keep(visit: Visit, entry: Entry, typed: Mapping[str, str], version: int, proposals: tuple[int, ...]) -> Response:
    """Keep what was typed as a draft; of a new entry all of it, of another what differs."""
    desk, seen, new = visit.desk, examined(visit, entry, typed), is_new(visit, entry)
    if seen.entry is None:
        return _page(visit, entry, typed, version, "faults", 422)
    whole = as_fields(seen.entry)
    changed = whole if new else drafts.changes_of(entry, whole)
    if not changed:
        return _page(visit, entry, typed, version, "nothing", 422)
    unknown = set(seen.unknown)
    asked = editing.phrases(desk.engine, proposals, desk.seals)
    new_lines = [line for line in seen.entry.phrases if line not in entry.phrases]
    body: dict[str, Any] = {
        "fields": changed if new else {**changed, **leaned_on(changed, whole)},
        "found": {detail: where for detail, where in found_in(typed).items() if detail in unknown},
        "proposals": tuple(asked),
        "said": {number: editing.came_of(phrase, new_lines) for number, phrase in asked.items() if phrase},
    }
    body |= {"theme": entry.theme} if new else {}
    id_ = _named(visit, entry) if entry.id.endswith(f"/{UNSAVED}") else entry.id
    try:
        number = editing.save(
            desk.engine, visit.here.staff, "entry", id_, entry.area, body, version, desk.seals, visit.now
        )
    except EditError as error:
        there = editing.draft_of(desk.engine, "entry", entry.id)
        other = editing.draft_with(desk.engine, visit.here.staff, asked, desk.seals) if new and there is None else None
        return _page(visit, entry, typed, there.version if there else 0, error.reason, 409, other=other)
    return visit.go(f"/desk/content/{number}", said="saved")


def _named(visit: Visit, entry: Entry) -> str:
    """The id of a new entry: one that no other has or ever had."""
    desk = visit.desk

    def taken(slug: str) -> bool:
        id_ = f"{entry.area}/{slug}"
        return id_ in desk.guide.library.by_id or editing.was_there(desk.engine, "entry", id_)

    return f"{entry.area}/{drafts.new_slug(entry.theme, taken)}"
