"""The counts of an annual report: one way at a time, none under 5 and none that can be worked out (P10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from conversations import states
from conversations.forum.disclosure_control import SMALLEST, Group, merged
from conversations.london import first_second
from conversations.records import counts, feedback, questions
from conversations.records.counts import ANSWER, HELPFUL, NOTHING, TALK, UNHELPFUL
from conversations.records.feedback import Filters
from conversations.turns import FEEDBACK_KINDS, WAYS

FELT = ("good", "mixed", "bad", "none")
GENERAL = "general"
"""The theme of what is about nothing in particular."""


@dataclass(frozen=True)
class Counted:
    """What a report counts; None and empty where there are too few to count."""

    total: int | None = None
    groups: Mapping[str, tuple[Group, ...]] | None = None
    """Comments by theme, kind, felt, age, how they came, quarter and state: each way's groups, those of themes and kinds by size."""
    apart: tuple[str, ...] = ()
    """The themes whose words may say that a young person said them: 5 or more young people, and 5 or more others."""
    talks: int | None = None
    """How many talks there were with families of the area."""
    answers: int | None = None
    """How many answers Signpost has shown."""
    ratings: tuple[Group, ...] = ()
    nothing_found: int | None = None
    passed_on: int | None = None

    def by(self, way: str) -> tuple[Group, ...]:
        """The groups of one way; none where they would say no more than the total."""
        return (self.groups or {}).get(way, ())


def bounds_of(year: int) -> tuple[int, int]:
    """The first second of a year and of the next, in Europe/London."""
    first, last = (first_second(date(one, 1, 1)) for one in (year, year + 1))
    return first, last


def counted_in(area: str, year: int) -> Filters:
    """What a report counts: one area, one year, in the states that are counted."""
    since, until = bounds_of(year)
    return Filters((area,), states.counted(), since=since, until=until)


def count(connection: Connection, area: str, year: int, themes: tuple[str, ...]) -> Counted:
    """The counts of a year; `themes` are those that comments can have, in their order."""
    quarters = [first_second(date(year, month, 1)) for month in (1, 4, 7, 10)]
    columns = ("theme", "kind", "felt", "young", "state", "came")
    tally = feedback.tally(connection, counted_in(area, year), *columns, starts=quarters)
    total = sum(tally.values())

    def by(place: int, names: tuple[str, ...]) -> tuple[Group, ...]:
        """The groups of one column, in the order of `names`; names that nobody chose stand with 0."""
        found = dict.fromkeys(names, 0)
        for key, n in tally.items():
            name = str(key[place]) if key[place] is not None else "none"
            found[name] = found.get(name, 0) + n
        return merged(found)

    by_theme = by(0, (*themes, GENERAL))
    young = {
        group.names: [
            sum(n for key, n in tally.items() if key[0] in group.names and key[3] is age) for age in (True, False)
        ]
        for group in by_theme
    }
    return Counted(
        total=total if total >= SMALLEST else None,
        groups={
            "theme": _by_size(by_theme), "kind": _by_size(by(1, FEEDBACK_KINDS)), "felt": by(2, FELT),
            "age": by(3, ("True", "False")), "came": by(5, WAYS), "quarter": by(6, ("0", "1", "2", "3")),
            "state": by(4, states.counted()),
        },
        apart=tuple(name for names, ages in young.items() if min(ages) >= SMALLEST for name in names),
        **_of_talks(connection, area, year),
    )  # fmt: skip


def _by_size(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """The largest first; what was merged last."""
    return tuple(sorted(groups, key=lambda group: (len(group.names) > 1, -group.n)))


def _of_talks(connection: Connection, area: str, year: int) -> dict[str, Any]:
    """What the daily counts tell: answers, ratings where both are 5 or more, and questions without an answer.

    How many of these were passed on only where neither they nor the rest are under 5.
    """
    what = (TALK, ANSWER, HELPFUL, UNHELPFUL, NOTHING)
    found = dict.fromkeys(what, 0)
    days = date(year, 1, 1).isoformat(), date(year, 12, 31).isoformat()
    for (kind, _), n in counts.summed(connection, area, what, *days).items():
        found[kind] += n
    ratings = merged({kind: found[kind] for kind in (HELPFUL, UNHELPFUL)})
    passed = questions.how_many(connection, area, *bounds_of(year))
    apart = passed >= SMALLEST and found[NOTHING] - passed >= SMALLEST
    return {
        "talks": found[TALK] if found[TALK] >= SMALLEST else None,
        "answers": found[ANSWER] if found[ANSWER] >= SMALLEST else None,
        "ratings": ratings if len(ratings) > 1 else (),
        "nothing_found": found[NOTHING] if found[NOTHING] >= SMALLEST else None,
        "passed_on": passed if apart else None,
    }


def written(counted: Counted) -> dict[str, Any]:
    """The counts as JSON can hold them."""
    return asdict(counted)


def read(rows: Mapping[str, Any]) -> Counted:
    """The counts again, from what `written` made of them and JSON gave back."""

    def groups(found: list[dict[str, Any]]) -> tuple[Group, ...]:
        return tuple(Group(tuple(one["names"]), one["n"]) for one in found)

    by = {way: groups(found) for way, found in (rows["groups"] or {}).items()}
    return Counted(**{**rows, "groups": by, "apart": tuple(rows["apart"]), "ratings": groups(rows["ratings"])})
