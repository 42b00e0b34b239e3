"""Pages for people who stand behind the content: what to confirm before a launch, and how each entry reads."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.entries import Entry, Library
from knowledge.publishing.checks import grade
from knowledge.publishing.contact_register import contact_details

OPENING = """# What a person must confirm before launch

Made by `./run check --review`; do not edit it by hand. Each line is something that the researchers could not be sure of: a number
from an old page, uncertain hours, a rule that moves, wording on safety. When it is confirmed, take the line out of the entry's
`confirm:`, and once the whole entry has been read set `checked:` and `checked_by:` in it.
"""


def review_page(library: Library) -> str:
    """Every line that awaits a person, by entry, as Markdown."""
    lines = [OPENING]
    if library.safety is not None:
        lines += ["## Safety wording (safety.yaml)\n", *_safety(library), ""]
    for entry in library.entries:
        if entry.small_talk:
            continue
        lines.append(f"## {entry.id}: {entry.title}\n")
        lines += [f"- [ ] {line}" for line in (*entry.confirm, *_undated(entry))] or ["- [ ] Read it whole."]
        lines.append("")
    return "\n".join(lines)


def _safety(library: Library) -> Iterator[str]:
    assert library.safety is not None
    if library.safety.reviewed_by is None:
        yield "- [ ] A safeguarding lead has read every card, and signs with `reviewed_by:` and `checked:`."
    yield from (f"- [ ] {line}" for line in library.safety.confirm)


def _undated(entry: Entry) -> Iterator[str]:
    """Numbers that rest on sources without a date."""
    if any(source.seen for source in entry.sources):
        return
    details = [detail for contact in entry.contacts for detail in contact_details(contact.phone or "")]
    if details:
        yield f"No source of this entry has a date; ring {', '.join(details)} once."


def reading_table(library: Library) -> str:
    """Reading grades, lengths and dates by entry, as a Markdown table."""
    rows = [
        "| entry | words | grade | easy-read grade | phrases | newest source | checked |",
        "| --- | --: | --: | --: | --: | --- | --- |",
    ]
    for entry in library.entries:
        if entry.small_talk:
            continue
        newest = max((source.seen for source in entry.sources if source.seen), default="undated")
        easy = grade(" ".join(entry.easy_read), entry) if entry.easy_read else 0.0
        rows.append(
            f"| {entry.id} | {len(entry.answer.split())} | {grade(entry.answer, entry):.1f} | {easy:.1f} | "
            f"{len(entry.phrases)} | {newest} | {entry.checked or 'not yet'} |"
        )
    return "\n".join(rows)
