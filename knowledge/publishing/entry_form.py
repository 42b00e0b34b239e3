"""An entry as the fields of YAML, and as flat lines of text that a form can show and bring back."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from knowledge.entries import FACETS, Contact, Entry, Facet, Source, Young
from knowledge.loader import PLACED

TEXTS = ("title", "answer", "join", "cost", "may_change", "reading_reason")
LISTS = ("steps", "easy_read", "phrases", "also_called")
"""One a line."""
CONTACT = tuple(item.name for item in fields(Contact))
SOURCE = tuple(item.name for item in fields(Source))
NEW = "+"
"""Stands in the place of the name of a facet that is not there yet."""
ALWAYS = ("phrases", "checked", "checked_by")
"""Fields that stand in an entry even where they are empty."""
UNNAMED = "new"
"""The name of a facet of which nobody has said what it answers: the loader takes it for a misspelt one."""
LONGEST_NAME = 13
"""Of a facet: it stands in the id of a button."""


def as_fields(entry: Entry) -> dict[str, Any]:
    """An entry as it stands in YAML, without what is empty; the loader makes the same entry of it."""
    found: dict[str, Any] = {}
    for item in fields(entry):
        value = getattr(entry, item.name)
        if item.name not in PLACED and (value not in (None, (), False, Young()) or item.name in ALWAYS):
            found[item.name] = _plain(item.name, value)
    return found


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if name == "review_every":
        return f"{value} months"
    if name == "facets":
        return {facet.name: _plain_facet(facet) for facet in value}
    if name == "see":
        return dict(value)
    if name == "young":
        parts = {item.name: getattr(value, item.name) for item in fields(value)}
        return {part: _plain(part, one) for part, one in parts.items() if one not in (None, ())}
    if isinstance(value, Contact | Source):
        rows = {item.name: getattr(value, item.name) for item in fields(value)}
        return {key: one for key, one in rows.items() if one is not None or key == "seen"}
    return [_plain("", one) for one in value] if isinstance(value, tuple) else value


def _plain_facet(facet: Facet) -> Any:
    rows = {item.name: getattr(facet, item.name) for item in fields(facet) if item.name != "name"}
    kept = {key: list(one) if isinstance(one, tuple) else one for key, one in rows.items() if one not in (None, (), "")}
    if not kept:
        return None
    return kept["text"] if kept.keys() == {"text"} else kept


def as_typed(entry: Entry) -> dict[str, str]:
    """An entry as flat lines of text by the name of a form's field: `answer`, `contact.0.phone`, `facet.cost.text`."""
    typed = {name: getattr(entry, name) or "" for name in TEXTS}
    typed |= {name: "\n".join(getattr(entry, name)) for name in LISTS}
    for at, contact in enumerate(entry.contacts):
        typed |= {f"contact.{at}.{name}": getattr(contact, name) or "" for name in CONTACT}
    for at, source in enumerate(entry.sources):
        typed |= {f"source.{at}.{name}": getattr(source, name) or "" for name in SOURCE}
    typed |= _typed_facets("facet", entry.facets)
    young = entry.young
    typed |= {"young.answer": young.answer or "", "young.steps": "\n".join(young.steps)}
    typed |= {"young.easy_read": "\n".join(young.easy_read)}
    return typed | _typed_facets("young_facet", young.facets)


def _typed_facets(group: str, facets: tuple[Facet, ...]) -> dict[str, str]:
    typed: dict[str, str] = {}
    for facet in facets:
        front = f"{group}.{facet.name}"
        typed |= {f"{front}.label": facet.label or ""}
        typed |= {f"{front}.text": facet.text, f"{front}.phrases": "\n".join(facet.phrases)}
        typed |= {f"{front}.easy_read": "\n".join(facet.easy_read)}
        typed |= {f"{front}.source": str(facet.source or ""), f"{front}.contact": str(facet.contact or "")}
    return typed


def fields_of(typed: Mapping[str, str], before: Entry) -> dict[str, Any]:
    """What was typed as the fields of YAML; what a form did not bring stays as it was before."""
    found = as_fields(before)
    for name in (*TEXTS, *LISTS):
        if name in typed:
            _put(found, name, lines_of(typed[name]) if name in LISTS else _text(typed[name]))
    found.setdefault("phrases", [])
    places: dict[str, dict[str, int]] = {}
    for group, names in (("contact", CONTACT), ("source", SOURCE)):
        if any(key.startswith(f"{group}.") for key in typed):
            rows, places[group] = _rows(typed, group, names)
            _put(found, f"{group}s", rows)
    _put(found, "facets", _facets(typed, "facet", before.facets, places))
    young = dict(found.pop("young", {}))
    for name in ("answer", "steps", "easy_read"):
        if (key := f"young.{name}") in typed:
            _put(young, name, _text(typed[key]) if name == "answer" else lines_of(typed[key]))
    _put(young, "facets", _facets(typed, "young_facet", before.young.facets, places))
    _put(found, "young", young)
    return found


def lines_of(text: str) -> list[str]:
    """One item a line."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _text(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def _put(found: dict[str, Any], name: str, value: Any) -> None:
    if value:
        found[name] = value
    else:
        found.pop(name, None)


def _rows(typed: Mapping[str, str], group: str, names: tuple[str, ...]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The rows of a group that are not empty, and where each now stands, from 1, by the number that it had."""
    rows: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    numbers = {int(key.split(".")[1]) for key in typed if re.match(rf"{group}\.\d{{1,3}}\.", key)}
    for number in sorted(numbers):
        row = {name: _text(typed.get(f"{group}.{number}.{name}", "")) for name in names}
        if any(row.values()):
            rows.append({name: value or None for name, value in row.items() if value or name == "seen"})
            places[str(number + 1)] = len(rows)
    return rows, places


def _facets(
    typed: Mapping[str, str], group: str, before: tuple[Facet, ...], places: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for facet in before:
        front = f"{group}.{facet.name}"
        if f"{front}.text" not in typed:
            found[facet.name] = _plain_facet(facet)
        elif (row := _facet(typed, front, places, facet.label)) is not None:
            found[facet.name] = row
        elif not facet.text:  # known that nobody could find it out
            found[facet.name] = None
    for name in facets_in(typed, group):
        if name not in found:
            label = _text(typed.get(f"{group}.{name}.label", "")) if name not in FACETS else None
            if (row := _facet(typed, f"{group}.{name}", places, label)) is not None:
                found[name] = row
    name, label = new_name(typed, group, found)
    if (row := _facet(typed, f"{group}.{NEW}", places, label if name not in FACETS else None)) is not None:
        found[name] = row
    return found


def new_name(typed: Mapping[str, str], group: str, there: Container[str]) -> tuple[str, str]:
    """What the facet that has no name yet is called, with a number where that is another's name; and its own label."""
    name, label = typed.get(f"{group}.{NEW}.name", ""), _text(typed.get(f"{group}.{NEW}.label", ""))
    if name in FACETS and name not in there:
        return name, label
    plain = name if name in FACETS else re.sub(r"[^a-z]+", "-", label.lower()).strip("-")[:LONGEST_NAME].rstrip("-")
    plain, number = plain or UNNAMED, 1
    name = plain
    while name in there or name in FACETS:
        number += 1
        name = f"{plain[: LONGEST_NAME - len(f'-{number}')].rstrip('-')}-{number}"
    return name, label


def facets_in(typed: Mapping[str, str], group: str = "facet") -> tuple[str, ...]:
    """The names of the facets that a form brought, but for the one that has none yet."""
    front = f"{group}."
    names = (key[len(front) :].partition(".")[0] for key in typed if key.startswith(front) and key.endswith(".text"))
    return tuple(dict.fromkeys(name for name in names if name != NEW))


def named(typed: Mapping[str, str], before: Entry) -> dict[str, str]:
    """What was typed into the form of an entry, with the facet that had no name under the one that it gets: there is room for another."""
    kept = {key: text for key, text in typed.items() if not key.startswith(f"facet.{NEW}.")}
    name, label = new_name(typed, "facet", fields_of(kept, before).get("facets", {}))
    if not _text(typed.get(f"facet.{NEW}.text", "")) or (name not in FACETS and not label):
        return dict(typed)
    moved = {f"facet.{name}.{part}": typed.get(f"facet.{NEW}.{part}", "") for part in ("text", "source", "contact")}
    return {**kept, **moved, f"facet.{name}.label": label if name not in FACETS else ""}


def _facet(typed: Mapping[str, str], front: str, places: Mapping[str, Mapping[str, int]], label: str | None) -> Any:
    text = _text(typed.get(f"{front}.text", ""))
    if not text:
        return None
    row: dict[str, Any] = {"text": text}
    if label:
        row["label"] = label
    for name in ("phrases", "easy_read"):
        _put(row, name, lines_of(typed.get(f"{front}.{name}", "")))
    for group in ("source", "contact"):
        asked = typed.get(f"{front}.{group}", "")
        _put(row, group, places[group].get(asked) if group in places else int(asked) if asked.isdecimal() else None)
    return text if row.keys() == {"text"} else row


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that differ, as they are after; None where one was taken away."""
    return {name: after.get(name) for name in {**before, **after} if before.get(name) != after.get(name)}
