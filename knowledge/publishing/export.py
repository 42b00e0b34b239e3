"""What was changed at the desk, written into the files of a content folder: comments and all that was not changed stay."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from knowledge.amendments import Amendments
from knowledge.entries import Entry, Library
from knowledge.loader import added_to, load
from knowledge.publishing.contact_register import FILE, mended, plain_detail
from knowledge.publishing.entry_form import ALWAYS
from knowledge.yaml_loaders import TEXTS, VALUES

WIDTH = 120


class ExportError(Exception):
    """The changes could not be written so that the files say the same; nothing was written."""


def export(amendments: Amendments, folder: Path) -> list[str]:
    """Write the changes into a content folder; give the names of the files that are other than before.

    Raises ContentError where the folder does not load, OSError where it cannot be written, and ExportError where the
    files would not say the same as the content in use.
    """
    wanted = load(folder, amendments)
    with TemporaryDirectory() as made:
        copy = Path(made) / "content"
        shutil.copytree(folder, copy)
        _add(amendments, wanted, copy)
        files = sorted([*copy.rglob("*.yaml"), *copy.rglob("*.yml")])
        for file in files:
            _rewrite(file, copy, amendments)
        if not _same(load(copy), wanted):
            raise ExportError("the files would not say the same as the content in use; nothing was written")
        changed = [place for file in files if _differs(copy, folder, place := file.relative_to(copy))]
        for place in changed:
            shutil.copyfile(copy / place, folder / place)
        return [str(place) for place in changed]


def _differs(one: Path, other: Path, place: Path) -> bool:
    return not (other / place).is_file() or (one / place).read_bytes() != (other / place).read_bytes()


def _add(amendments: Amendments, wanted: Library, folder: Path) -> None:
    """Write the entries of `wanted` that were written at the desk to the ends of their themes' files, where no file has them."""
    there = load(folder).by_id.keys()
    for area in sorted({id_.partition("/")[0] for id_ in amendments.new}):
        for theme, ids in added_to(amendments, area).items():
            file = next(iter((folder / area).glob(f"{theme}.y*ml")), folder / area / f"{theme}.yaml")
            before = file.read_text(encoding="utf-8").rstrip("\n") if file.is_file() else ""
            new = [id_ for id_ in ids if id_ in wanted.by_id and id_ not in there]
            texts = [_dumped({id_.partition("/")[2]: _kept(amendments.entries[id_])}) for id_ in new]
            if texts:
                file.write_text("\n".join([*([f"{before}\n"] if before else []), *texts]), encoding="utf-8")


def _kept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as they stand in a file: what is empty is left out, but for what says that nobody has checked it yet."""
    return {name: value for name, value in fields.items() if value is not None or name in ALWAYS}


def _same(one: Library, other: Library) -> bool:
    def plain(entries: tuple[Entry, ...]) -> list[Entry]:
        return [replace(entry, line=0) for entry in entries]

    rest = (one.areas, one.safety) == (other.areas, other.safety)
    return rest and plain(one.entries) == plain(other.entries)


def _rewrite(file: Path, folder: Path, amendments: Amendments) -> None:
    """Change one file."""
    before = after = file.read_text(encoding="utf-8")
    place = file.relative_to(folder)
    if str(place) == FILE:
        after = _register(before, amendments.found)
    else:
        front = f"{place.parts[0]}/" if len(place.parts) == 2 and place.stem != "area" else None
        mine = {
            id_.partition("/")[2]: row for id_, row in amendments.entries.items() if front and id_.startswith(front)
        }
        after = mended(_with_fields(after, mine) if mine else after, amendments.details)
    if after != before:
        file.write_text(after, encoding="utf-8")


def _register(text: str, found: Mapping[str, str]) -> str:
    """The register with what was found since."""
    known = {plain_detail(str(one)) for one in yaml.load(text, Loader=TEXTS) or {}}
    more = {detail: where for detail, where in found.items() if plain_detail(detail) not in known}
    return text.rstrip("\n") + "\n" + _dumped(more) if more else text


def _with_fields(text: str, changed: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a theme in which some fields of some of its entries are other. From the end on, so that lines keep their places."""
    node: Any = yaml.compose(text, Loader=VALUES)
    rows = node.value if isinstance(node, yaml.MappingNode) else []
    lines = text.splitlines(keepends=True)
    for number in reversed(range(len(rows))):
        key, entry = rows[number]
        fields = changed.get(str(key.value), {})
        start = key.start_mark.line
        end = rows[number + 1][0].start_mark.line if number + 1 < len(rows) else len(lines)
        end = _last(lines, start, end)
        if fields and entry.flow_style:  # all on one line: its fields, each on a line of its own
            values = _kept({**yaml.load("".join(lines[start:end]), Loader=TEXTS)[key.value], **fields})
            lines[start:end] = _dumped({key.value: values}).splitlines(keepends=True)
        elif fields:
            _change(lines, [one for one, _ in entry.value], end, fields, entry.start_mark.column)
    return "".join(lines)


def _change(lines: list[str], keys: list[yaml.Node], end: int, fields: Mapping[str, Any], indent: int) -> None:
    """Change the lines of one entry, whose fields begin at `keys`."""
    there = {str(getattr(key, "value", "")) for key in keys}
    kept = _kept(fields)
    more = {name: value for name, value in kept.items() if name not in there}
    lines[end:end] = _indented(_dumped(more), indent) if more else []
    for place in reversed(range(len(keys))):
        name, first = str(getattr(keys[place], "value", "")), keys[place].start_mark.line
        after = keys[place + 1].start_mark.line if place + 1 < len(keys) else end
        if name in fields:
            new = _indented(_dumped({name: kept[name]}), indent) if name in kept else []
            lines[first : _last(lines, first, after)] = new


def _last(lines: list[str], start: int, end: int) -> int:
    """Where a block ends, without the blank lines and comments that stand before the next."""
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _dumped(rows: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(rows), sort_keys=False, allow_unicode=True, width=WIDTH)


def _indented(text: str, indent: int) -> list[str]:
    return [" " * indent + line if line.strip() else line for line in text.splitlines(keepends=True)]
