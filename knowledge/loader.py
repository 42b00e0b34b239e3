"""YAML content folders into a Library, or every fault in them at once, each with its file and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml

from knowledge.amendments import NONE, Amendments
from knowledge.entries import (
    AUDIENCES,
    FACETS,
    NATIONAL,
    AfterCard,
    Area,
    Contact,
    Entry,
    Facet,
    Library,
    Safety,
    SafetyCard,
    Source,
    Term,
    Young,
)
from knowledge.publishing.contact_register import mended
from knowledge.yaml_loaders import VALUES

BUILT_IN = Path(__file__).parent / "content"
"""The content that comes with the program."""

NO_AREAS = ("wording",)
"""Folders beside the areas that hold something else: sentences of the bot's own."""

COMMON_FILES = ("safety", "glossary", "elsewhere")
"""Files beside the area folders; where a folder has none of its own, the built-in one serves."""

MOST_BYTES = 64 * 1024 * 1024
"""A larger content file is refused unread: 100,000 phrases take about 10 MB."""

PLACED = ("id", "area", "theme", "file", "line")
"""What an entry or an area is told by where it stands, not by a field of its own."""

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
SEEN = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
SLUG = re.compile(r"[^\s/:]+$")
FACET = re.compile(r"[a-z][a-z0-9-]{0,12}$")
"""A facet's name stands in the id of its button, which has 64 bytes."""
AT_DESK = "written at the desk"
"""Stands for the file of an entry that stands in none: its line is 0."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong in the content, and where; `entry` and `field` are empty where there is none."""

    file: str
    line: int
    entry: str
    field: str
    problem: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.entry, self.field) if part)
        return f"{self.file if self.file == AT_DESK else f'{self.file}:{self.line}'}: {place + ': ' if place else ''}{self.problem}"


class ContentError(Exception):
    """The content cannot be loaded; `faults` holds everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Loaded:
    """A library, with what only a check of the content needs."""

    library: Library
    lines: dict[tuple[str, str], int]
    """The line of each field of each entry, by (entry id, field)."""
    unknown: tuple[Fault, ...]
    """Fields that no entry has: they are passed over when loading, and told by `signpost check`."""


def load(folder: Path = BUILT_IN, amendments: Amendments = NONE) -> Library:
    """Every area folder below `folder` as one Library, with what was changed of it. Raises ContentError with all faults at once."""
    return read(folder, amendments).library


def read(folder: Path = BUILT_IN, amendments: Amendments = NONE) -> Loaded:
    """As `load`, with the line of each field and the fields that nothing reads."""
    reading = _Reading(folder, amendments)
    if not folder.is_dir():
        raise ContentError([Fault(str(folder), 0, "", "", "there is no such folder of content")])
    for area in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        if area.name not in NO_AREAS:
            reading.area(area)
    for name in COMMON_FILES:
        own = folder / f"{name}.yaml"
        reading.common(name, own if own.is_file() else BUILT_IN / f"{name}.yaml")
    reading.homeless()
    if not reading.entries and not reading.faults:
        reading.faults.append(Fault(str(folder), 0, "", "", "no entries found: an entry stands in AREA/THEME.yaml"))
    if reading.faults:
        raise ContentError(sorted(reading.faults, key=lambda fault: (fault.file, fault.line)))
    return reading.loaded()


def entry_from(id_: str, theme: str, fields: Mapping[str, Any]) -> tuple[Entry | None, tuple[Fault, ...]]:
    """One entry from plain values, as its file would hold them; or None, with all that is wrong with them."""
    area, _, slug = id_.partition("/")
    reading, node = _Reading(Path()), as_node(fields)
    entry = reading.build_entry(area, Path(area) / f"{theme}.yaml", slug, node, node)
    faults = (*reading.faults, *reading.unknown)
    return (None, faults) if faults else (entry, ())


class _Reading:
    """What has been read so far, and what was wrong with it."""

    def __init__(self, folder: Path, amendments: Amendments = NONE) -> None:
        self.folder, self.amendments = folder, amendments
        self.entries: list[Entry] = []
        self.ids: set[str] = set()
        self.areas: list[Area] = []
        self.terms: tuple[Term, ...] = ()
        self.safety: Safety | None = None
        self.elsewhere: tuple[str, ...] = ()
        self.lines: dict[tuple[str, str], int] = {}
        self.unknown: list[Fault] = []
        self.faults: list[Fault] = []
        self.at_desk = False
        """Whether what is being read was written at the desk."""
        self.digest = hashlib.sha256(amendments.digest)

    def loaded(self) -> Loaded:
        dead = self.amendments.details
        library = Library(
            entries=mended(tuple(self.entries), dead),
            areas=mended(tuple(self.areas), dead),
            terms=self.terms,
            safety=mended(self.safety, dead),
            digest=self.digest.hexdigest(),
            folder=self.folder,
            elsewhere=self.elsewhere,
        )
        return Loaded(library, self.lines, tuple(self.unknown))

    def area(self, folder: Path) -> None:
        """Read one area: its `area.yaml`, and a theme from every other YAML file in it, with what was written for it at the desk."""
        files = [*folder.glob("*.yaml"), *folder.glob("*.yml")]
        if not files:
            return
        there, added = {file.stem for file in files}, added_to(self.amendments, folder.name)
        files += [folder / f"{theme}.yaml" for theme in added if theme not in there]
        if folder.name != NATIONAL:
            own = folder / "area.yaml"
            node = self.compose(own) if own.is_file() else None
            self.areas.append(self.build_area(folder, own, node))
        themes, first = sorted(file for file in files if file.stem != "area"), len(self.entries)
        for file in themes:
            if file.stem in there:
                self.theme(folder.name, file)
        for file in themes:  # once all files are read: an editor of files may have moved one to another theme
            self.add(folder.name, file, added.get(file.stem, ()))
        order = {self.name(file): place for place, file in enumerate(themes)}
        self.entries[first:] = sorted(self.entries[first:], key=lambda entry: order[entry.file])

    def theme(self, area: str, file: Path) -> None:
        node = self.compose(file)
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self.fault(file, node, "", "", "a theme is a mapping: `slug:` with the fields of an entry below it")
            return
        for key, value in node.value:
            slug = str(key.value)
            if f"{area}/{slug}" in self.ids:
                self.fault(file, key, f"{area}/{slug}", "", "this entry stands twice in the area")
            elif not SLUG.match(slug):
                self.fault(file, key, slug, "", "an entry's key has no spaces, slashes or colons")
            elif (entry := self.build_entry(area, file, slug, key, self.amended(f"{area}/{slug}", value))) is not None:
                self.entries.append(entry)
            self.ids.add(f"{area}/{slug}")

    def add(self, area: str, file: Path, entries: Iterable[str]) -> None:
        """Add entries that were written at the desk and stand in no file to the theme of one, after those that stand in it."""
        self.at_desk = True
        for id_ in entries:
            if id_ not in self.ids:
                node = as_node(self.amendments.entries[id_])
                entry = self.build_entry(area, file, id_.partition("/")[2], node, node)
                self.entries += [entry] if entry is not None else []
                self.ids.add(id_)
        self.at_desk = False

    def amended(self, entry: str, node: yaml.Node) -> yaml.Node:
        """The node of an entry with the fields that were changed of it."""
        fields = self.amendments.entries.get(entry)
        if not fields or not isinstance(node, yaml.MappingNode):
            return node
        kept = [(key, value) for key, value in node.value if str(key.value) not in fields]
        changed = as_node(fields, node).value
        return yaml.MappingNode(node.tag, [*kept, *changed], node.start_mark, node.end_mark)

    def homeless(self) -> None:
        """Tell of changes whose entry is not there any more: they are passed over."""
        for entry in sorted(self.amendments.entries.keys() - self.ids):
            self.unknown.append(Fault("", 0, entry, "", "was changed at the desk, and stands in no file any more"))

    def build_entry(self, area: str, file: Path, slug: str, key: yaml.Node, node: yaml.Node) -> Entry | None:
        entry = f"{area}/{slug}"
        row = _Row(self, file, entry, node)
        values = row.values(ENTRY_FIELDS)
        for needed in ("title", "answer", "phrases"):
            if needed not in values and needed not in row.broken:
                row.fault(
                    key,
                    needed,
                    "is missing: an entry needs a title, an answer and phrases (a list, which may be empty)",
                )
        old = values.pop("young_answer", None)
        if not {"title", "answer", "phrases"} <= values.keys():
            return None
        if old is not None:  # as it was written before there was `young`
            values["young"] = replace(values.get("young", Young()), answer=values.get("young", Young()).answer or old)
        for name, line in row.lines.items():
            self.lines[entry, name] = 0 if self.at_desk else line
        line = 0 if self.at_desk else key.start_mark.line + 1
        return Entry(id=entry, area=area, theme=file.stem, file=self.name(file), line=line, **values)

    def build_area(self, folder: Path, file: Path, node: yaml.Node | None) -> Area:
        values = _Row(self, file, "", node).values(AREA_FIELDS) if node is not None else {}
        values.setdefault("name", folder.name.replace("-", " ").title())
        return Area(id=folder.name, file=self.name(file), **values)

    def common(self, name: str, file: Path) -> None:
        node = self.compose(file) if file.is_file() else None
        if node is None:
            return
        if name == "safety":
            self.safety = self.build_safety(file, node)
        elif name == "elsewhere":
            self.elsewhere = _Row(self, file, "", node).values({"names": _texts}).get("names", ())
        elif isinstance(node, yaml.MappingNode):
            self.terms = tuple(self.build_term(file, key, value) for key, value in node.value)
        else:
            self.fault(file, node, "", "", "the glossary is a mapping from a term to its meaning")

    def build_term(self, file: Path, key: yaml.Node, node: yaml.Node) -> Term:
        values = _Row(self, file, str(key.value), node).values(TERM_FIELDS)
        term = str(key.value)
        return Term(
            term, values.get("full") or term, values.get("means", ""), values.get("entry"), values.get("also", ())
        )

    def build_safety(self, file: Path, node: yaml.Node) -> Safety | None:
        row = _Row(self, file, "", node)
        values = row.values(SAFETY_FIELDS)
        missing = [name for name in ("cards", "line", "honest", "button") if name not in values]
        for name in missing:
            row.fault(node, name, "is missing")
        return None if missing else Safety(**values)

    def compose(self, file: Path) -> yaml.Node | None:
        """The node tree of a file, or None (with a fault noted, or where the file is empty)."""
        try:
            data = file.read_bytes()
            if len(data) > MOST_BYTES:
                self.faults.append(Fault(self.name(file), 1, "", "", f"is larger than {MOST_BYTES} bytes"))
                return None
            self.digest.update(self.name(file).encode() + b"\0" + data + b"\0")
            node: yaml.Node | None = yaml.compose(data.decode("utf-8"), Loader=VALUES)
            return node
        except OSError as error:
            self.faults.append(Fault(self.name(file), 0, "", "", f"cannot be read: {error.strerror}"))
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self.faults.append(Fault(self.name(file), line, "", "", "is not UTF-8 text"))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or "not readable"
            self.faults.append(
                Fault(self.name(file), mark.line + 1 if mark else 1, "", "", f"this is not valid YAML: {problem}")
            )
        return None

    def name(self, file: Path) -> str:
        return str(file.relative_to(self.folder)) if file.is_relative_to(self.folder) else file.name

    def fault(self, file: Path, node: yaml.Node, entry: str, field: str, problem: str) -> None:
        self.faults.append(self.fault_at(file, node.start_mark.line + 1, entry, field, problem))

    def fault_at(self, file: Path, line: int, entry: str, field: str, problem: str) -> Fault:
        """A fault at a line of a file, or of what stands in none."""
        return Fault(*((AT_DESK, 0) if self.at_desk else (self.name(file), line)), entry, field, problem)


def added_to(amendments: Amendments, area: str) -> dict[str, list[str]]:
    """The ids of the entries that were written at the desk for an area, by theme."""
    found: dict[str, list[str]] = {}
    for id_, theme in sorted(amendments.new.items()):
        if id_.partition("/")[0] == area and id_ in amendments.entries:
            found.setdefault(theme, []).append(id_)
    return found


def as_node(fields: Mapping[str, Any], place: yaml.Node | None = None) -> yaml.MappingNode:
    """Plain values as YAML's nodes; where something is wrong with them, `place` is where they are said to stand."""
    node = yaml.compose(yaml.safe_dump(dict(fields), allow_unicode=True, sort_keys=False), Loader=VALUES)
    assert isinstance(node, yaml.MappingNode)
    waiting: list[yaml.Node] = [node]
    while place is not None and waiting:
        one = waiting.pop()
        one.start_mark, one.end_mark = place.start_mark, place.end_mark
        if isinstance(one, yaml.MappingNode):
            waiting += [part for pair in one.value for part in pair]
        elif isinstance(one, yaml.SequenceNode):
            waiting += one.value
    return node


def mapping(file: Path) -> dict[str, Any]:
    """A YAML file of the program's own as plain values. Raises what is wrong with it."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=VALUES) or {}


class _Row:
    """One mapping of the content: its fields read by name, each with a reader that says what it should be."""

    def __init__(self, reading: _Reading, file: Path, entry: str, node: yaml.Node) -> None:
        self.reading, self.file, self.entry, self.node = reading, file, entry, node
        self.lines: dict[str, int] = {}
        self.broken: set[str] = set()

    def values(self, readers: dict[str, Any]) -> dict[str, Any]:
        """The fields that are there and readable; a fault is noted for each of the others."""
        found: dict[str, Any] = {}
        if not isinstance(self.node, yaml.MappingNode):
            self.fault(self.node, "", "should be a mapping of fields")
            self.broken.update(readers)
            return found
        for key, node in self.node.value:
            name = str(key.value)
            if name in self.lines:
                self.fault(key, name, "stands twice")
            self.lines[name] = key.start_mark.line + 1
            if name not in readers:
                self.reading.unknown.append(
                    self.reading.fault_at(self.file, self.lines[name], self.entry, name, "is not a field; misspelt?")
                )
            elif not _is_null(node):
                try:
                    found[name] = readers[name](node, self)
                except ValueError as error:
                    self.broken.add(name)
                    self.fault(node, name, str(error))
        return found

    def fault(self, node: yaml.Node, field: str, problem: str) -> None:
        self.reading.fault(self.file, node, self.entry, field, problem)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in NULLS


def _text(node: yaml.Node, row: _Row) -> str:
    """Any scalar as the text that stands there: `0161` and `no` stay what they are."""
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("should be text")
    text = " ".join(str(node.value).split()) if "\n" not in node.value else str(node.value).strip()
    if not text:
        raise ValueError("is empty")
    return text


def _texts(node: yaml.Node, row: _Row) -> tuple[str, ...]:
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError("should be a list of texts")
    return tuple(_text(item, row) for item in node.value if not _is_null(item))


def _flag(node: yaml.Node, row: _Row) -> bool:
    text = _text(node, row)
    if text not in ("true", "false"):
        raise ValueError("should be true or false")
    return text == "true"


def _date(node: yaml.Node, row: _Row) -> date:
    text = _text(node, row)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"should be a date such as 2026-11-22, not {text!r}") from None


def _seen(node: yaml.Node, row: _Row) -> str:
    text = _text(node, row)
    if not SEEN.match(text):
        raise ValueError(f"should be a year, a month or a day (2024, 2024-07, 2024-07-31), or null; not {text!r}")
    return text


def _months(node: yaml.Node, row: _Row) -> int:
    found = re.fullmatch(r"(\d{1,3}) (month|year)s?", _text(node, row))
    if not found or int(found[1]) == 0:
        raise ValueError("should be like `6 months` or `1 year`")
    return int(found[1]) * (12 if found[2] == "year" else 1)


def _ages(node: yaml.Node, row: _Row) -> tuple[int, int]:
    texts = _texts(node, row)
    if len(texts) != 2 or not all(text.isdecimal() for text in texts) or int(texts[0]) > int(texts[1]):
        raise ValueError("should be the youngest and the oldest age in years: [14, 25]")
    return int(texts[0]), int(texts[1])


def _audience(node: yaml.Node, row: _Row) -> tuple[str, ...]:
    texts = _texts(node, row)
    if unknown := [text for text in texts if text not in AUDIENCES]:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(AUDIENCES)}")
    return texts


def _position(node: yaml.Node, row: _Row) -> int:
    text = _text(node, row)
    if not text.isdecimal() or int(text) == 0:
        raise ValueError("should be a number from 1 on: which one of the entry's own list")
    return int(text)


def _facets(node: yaml.Node, row: _Row) -> tuple[Facet, ...]:
    """Facets by name: a text, or a mapping with `text`; null where nobody could find it out."""
    if not isinstance(node, yaml.MappingNode):
        raise ValueError("should be a mapping from a facet's name to its text")
    found: dict[str, Facet] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in found:
            raise ValueError(f"{name} stands twice")
        if not FACET.match(name):
            raise ValueError(f"{name!r}: a facet's name has small letters, digits and dashes, at most 13")
        values: dict[str, Any] = {"text": ""} if _is_null(value) else {}
        if isinstance(value, yaml.MappingNode):
            values = _Row(row.reading, row.file, row.entry, value).values(FACET_FIELDS)
        elif not values:
            values = {"text": _text(value, row)}
        if not values.get("text") and isinstance(value, yaml.MappingNode):
            raise ValueError(f"{name} lacks text")
        if name not in FACETS and not values.get("label"):
            raise ValueError(f"{name} is none of {', '.join(FACETS)}: give it a `label` of its own, or mend its name")
        found[name] = Facet(name=name, **values)
    return tuple(found.values())


def _see(node: yaml.Node, row: _Row) -> tuple[tuple[str, str], ...]:
    if not isinstance(node, yaml.MappingNode):
        raise ValueError("should be a mapping from a name to an entry's id")
    return tuple((str(key.value), _text(value, row)) for key, value in node.value)


def _made(kind: type[Any], readers: dict[str, Any], needed: tuple[str, ...]) -> Any:
    """A reader that makes one `kind` of a mapping."""

    def make(node: yaml.Node, row: _Row) -> Any:
        if not isinstance(node, yaml.MappingNode):
            raise ValueError(f"should be a mapping with {', '.join(needed)}")
        values = _Row(row.reading, row.file, row.entry, node).values(readers)
        if missing := [name for name in needed if name not in values]:
            raise ValueError(f"lacks {', '.join(missing)}")
        return kind(**values)

    return make


def _list_of(make: Any) -> Any:
    """A reader of a list, every item by `make`."""

    def make_all(node: yaml.Node, row: _Row) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise ValueError("should be a list")
        return tuple(make(item, row) for item in node.value)

    return make_all


def _readers(kind: type[Any], **special: Any) -> dict[str, Any]:
    """A reader for each field of a dataclass, by its type; `special` for those that a type does not tell."""
    known = {str: _text, bool: _flag, date: _date, Contact: _contact, tuple[str, ...]: _texts}
    lists = {tuple[Contact, ...]: _list_of(_contact), tuple[Source, ...]: _list_of(_source)}
    found: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        plain = next((part for part in get_args(hint) if part is not type(None)), hint) if _optional(hint) else hint
        if get_origin(plain) is Literal:
            plain = str
        reader = special.get(name) or known.get(plain) or lists.get(plain)
        if reader is not None and not (name in PLACED and kind in (Entry, Area)):
            found[name] = reader
    return found


def _optional(hint: Any) -> bool:
    return type(None) in get_args(hint)


_contact = _made(Contact, {item.name: _text for item in fields(Contact)}, ("name",))
_source = _made(Source, {"title": _text, "url": _text, "seen": _seen}, ("title",))

FACET_FIELDS = _readers(Facet, source=_position, contact=_position)
FACET_FIELDS.pop("name")
_young = _made(Young, _readers(Young, facets=_facets), ())
ENTRY_FIELDS = _readers(
    Entry, audience=_audience, ages=_ages, review_every=_months, facets=_facets, see=_see, young=_young
)
ENTRY_FIELDS["young_answer"] = _text
AREA_FIELDS = _readers(Area, teams=_see)
TERM_FIELDS = _readers(Term)
_card = _made(SafetyCard, _readers(SafetyCard), ("kind", "first", "contacts"))
_after = _made(AfterCard, _readers(AfterCard), ("name", "text"))
SAFETY_FIELDS = _readers(Safety, cards=_list_of(_card), after=_list_of(_after))
