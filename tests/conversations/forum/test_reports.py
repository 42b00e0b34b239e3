"""The annual report tells no count under 5, and none that can be worked out from the others (P10, F4)."""

from __future__ import annotations

import csv
import io
import itertools
import random
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from bot.files.report import write
from conversations.forum import editions, reports
from conversations.forum.disclosure_control import SMALLEST, merged
from conversations.forum.reports import Draft, Report
from conversations.london import LONDON
from conversations.records import feedback, issues
from tests.support.desk_visitor import House
from tests.support.figures import note

KINDS = ("offer", "missing", "information", "making", "other")
THEMES = ("money", "health", "school-help", "general")
SECTION: dict[str, Any] = {"section-other-themes": "On buses."}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def made(house: House, year: int = 2026, area: str = "east") -> Report:
    return reports.report(house.engine, area, year, house.seals, house.guide, house.desk.wording, house.clock())


def csv_of(report: Report, house: House) -> list[dict[str, str]]:
    body = write("csv", report, house.desk.pages, house.desk.wording).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body, newline="")))


def reach(equations: list[tuple[NDArray[np.float64], int]], target: NDArray[np.float64]) -> tuple[int, int]:
    """The least and greatest whole number that a sum of unknown counts can be, by mixed integer programming (HiGHS)."""
    rows = np.array([row for row, _ in equations])
    sums = np.array([total for _, total in equations])
    found = []
    for sign in (1, -1):
        done = milp(
            sign * target,
            constraints=LinearConstraint(rows, sums, sums),
            integrality=np.ones(len(target)),
            bounds=Bounds(0, np.inf),
        )
        assert done.success
        found.append(round(sign * done.fun))
    return found[0], found[1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_a_solver_cannot_recover_a_small_count_from_the_report(house: House, seed: int) -> None:
    chance = random.Random(seed)
    wide = chance.choice((0.15, 0.5, 1.0))
    truth: dict[tuple[str, str], int] = defaultdict(int)
    for theme, kind in itertools.product(THEMES, KINDS):
        n = int(chance.choice((0, 1, 2, 3, 4, 5, 6, 9, 14)) * wide)
        truth[theme, kind] = n
        for _ in range(n):
            house.give(
                "x",
                theme=theme,
                kind=kind,
                felt=chance.choice(("good", "bad", None)),
                young=chance.random() < 0.2,
                state=chance.choice(("new", "read", "done")),
                days=chance.randrange(300),
            )
    names, files = house.desk.wording.rows, [csv_of(made(house), house)]
    house.clock.now = house.clock.now.replace(year=2027)
    for _ in range(2):  # an edition, some take their words back, and another edition
        frozen = editions.freeze(
            house.engine, "ann", "east", 2026, 0, house.seals, house.guide, house.desk.wording, house.clock()
        )
        opened = editions.edition(house.engine, "ann", "east", 2026, frozen, "csv", house.seals, house.clock())
        assert opened is not None
        files.append(csv_of(opened, house))
        with house.engine.begin() as connection:
            for record in chance.sample(range(1, sum(truth.values()) + 1), min(3, sum(truth.values()))):
                feedback.withdraw(connection, record)
    cells = list(truth)
    known: list[tuple[NDArray[np.float64], int]] = []
    label_of: dict[str, str] = {
        **{
            reports.theme_name(theme, house.guide, house.desk.wording): theme
            for theme in (*house.guide.themes, "general")
        },
        **{names["kinds"][kind]: kind for kind in KINDS},
    }

    def members(label: str, rows: list[dict[str, str]], part: str) -> set[str]:
        """What a line counts: a reader knows that what was merged is all that has no line of its own."""
        if label in label_of:
            return {label_of[label]}
        own = {label_of.get(row["Line"]) for row in rows if row["Part"] == part}
        return {*THEMES, *KINDS} - own

    def where(rows: set[str] | None, columns: set[str] | None = None) -> NDArray[np.float64]:
        return np.array(
            [float((rows is None or theme in rows) and (columns is None or kind in columns)) for theme, kind in cells]
        )

    for rows in files:
        for row in rows:
            if not re.fullmatch(r"\d+", row["Count"]):
                continue
            assert int(row["Count"]) >= SMALLEST, row
            if row["Part"] == "How many comments":
                known.append((where(None), int(row["Count"])))
            elif row["Part"] == "Comments by theme":
                known.append((where(members(row["Line"], rows, row["Part"])), int(row["Count"])))
            elif row["Part"] == "Comments by kind":
                known.append((where(None, members(row["Line"], rows, row["Part"])), int(row["Count"])))
    known = known or [(np.zeros(len(cells)), 0)]
    for places, total in known:
        assert places @ np.array([truth[cell] for cell in cells]) == total, "the solver reads the report rightly"
    single = [where({theme}, {kind}) for theme, kind in cells]
    sums = [*(where({theme}) for theme in THEMES), *(where(None, {kind}) for kind in KINDS)]
    tried = 0
    for target in (*single, *sums):
        n = int(target @ np.array([truth[cell] for cell in cells]))
        if 0 <= n < SMALLEST and sum(total for _, total in known) > 0:
            low, high = reach(known, target)
            assert high - low >= 2, f"{n} lies between {low} and {high}"
            assert high >= SMALLEST, f"{n} can be told to be under {SMALLEST}"
            tried += 1
    note(f"report, seed {seed}: {sum(truth.values())} comments, {tried} small counts, none recovered")


def test_whoever_knows_the_rules_cannot_tell_a_merged_category(house: House) -> None:
    for size, most in ((2, 24), (3, 12), (4, 8)):
        behind: dict[tuple[tuple[tuple[str, ...], int], ...], list[tuple[int, ...]]] = defaultdict(list)
        for counts in itertools.product(range(most), repeat=size):
            shown = merged({str(place): n for place, n in enumerate(counts)})
            behind[tuple((group.names, group.n) for group in shown)].append(counts)
        for told, all_counts in behind.items():
            assert all(n >= SMALLEST for _, n in told)
            if len(all_counts) < 2 and max(map(max, all_counts)) > most - 6:
                continue  # the edge of what was enumerated: larger counts lie behind it too
            for place in range(size):
                values = {counts[place] for counts in all_counts}
                if min(values) < SMALLEST and max(map(max, all_counts)) < most - 1:
                    assert len(values) > 1, (told, all_counts)


def test_fewer_than_five_comments_give_no_count_at_all(house: House) -> None:
    for n in range(4):
        house.give("x", young=n == 0, state="done", published=True, public_words=f"say {n}")
    report = made(house)
    assert report.total is None
    assert report.tables == ()
    assert not [row for row in csv_of(report, house) if re.fullmatch(r"\d+", row["Count"])]
    assert [row.young for section in report.sections for row in section.rows] == [False] * 4


def test_words_say_that_a_young_person_said_them_only_in_a_group_of_five_and_five_others(house: House) -> None:
    for theme, young, others in (("money", 4, 9), ("health", 6, 4), ("school-help", 5, 5), ("general", 0, 9)):
        for n in range(young + others):
            house.give(
                "x",
                theme=theme,
                young=n < young,
                state="done",
                published=n in (0, young),
                public_words=f"{theme} words",
            )
    report = made(house)
    labels = {section.name: [row.young for row in section.rows] for section in report.sections}
    assert labels == {
        "money": [False, False],
        "health": [False, False],
        "school-help": [True, False],
        "general": [False],
    }


def test_themes_under_five_merge_and_their_words_stand_under_the_merged_heading(house: House) -> None:
    for theme, n in (("money", 12), ("health", 3), ("school-help", 4)):
        for _ in range(n):
            house.give("x", theme=theme, state="done", published=theme == "health", public_words="not enough beds")
    report = made(house)
    themes = dict(report.tables)["theme"]
    assert {line.n for line in themes} == {12, 7}
    (section,) = report.sections
    assert section.name == reports.OTHER
    assert section.label == "Other themes"
    ann = house.signed_in("ann")
    assert "The draft is saved." in ann.send("/desk/report/east/2026", other_name="Health and school").text
    report = made(house)
    assert [line.label for line in dict(report.tables)["theme"]][-1] == report.sections[0].label == "Health and school"


def test_a_report_counts_its_own_year_and_area_and_nothing_unpublishable(house: House) -> None:
    for _ in range(6):
        house.give("mine")
    for state in ("safeguarding", "not-for-publication"):
        for _ in range(7):
            house.give("never", state=state, public_words="never words", published=True)
    for _ in range(8):
        house.give("of the west", area="west")
    for _ in range(9):
        house.give("last year", days=400)
    report = made(house)
    assert report.total == 6
    assert "never words" not in write("html", report, house.desk.pages, house.desk.wording).decode()
    assert made(house, 2025).total == 9


def test_gaps_are_counted_and_what_was_passed_on_only_where_the_rest_is_no_small_number(house: House) -> None:
    house.count("nothing", 20)
    for n in range(17):
        house.ask(f"question {n}", n)
    report = made(house)
    assert (report.nothing_found, report.passed_on) == (20, None), "20 less 17 would tell 3"
    house.count("nothing", 3, day="2026-10-01")
    assert (made(house).nothing_found, made(house).passed_on) == (23, 17)


def test_ratings_stand_only_where_both_are_five_or_more(house: House) -> None:
    house.count("helpful", 30)
    house.count("unhelpful", 4)
    assert made(house).ratings == ()
    house.count("unhelpful", 1, entry="east/bus-pass")
    assert {line.n for line in made(house).ratings} == {30, 5}


def test_a_draft_can_be_edited_and_the_report_holds_it_in_all_three_forms(house: House) -> None:
    for n in range(6):
        house.give(
            "x",
            state="done",
            published=True,
            public_words=f"Words number {n} – ‘quoted’ ♿ Ω",
            response="Thank you.",
            council_response="We agree.",
            done_text="Mended.",
        )
    ann = house.signed_in("ann")
    page = ann.get("/desk/report/east/2026")
    left_out = re.search(r'name="keep" value="(\d+)"', page.text)
    assert left_out is not None
    keep = [value for value in re.findall(r'name="keep" value="(\d+)"', page.text) if value != left_out[1]]
    saved = ann.send(
        "/desk/report/east/2026",
        introduction="A good year.",
        council="Thanks to all.",
        closing="Come in May.",
        keep=keep,
        **SECTION,
    )
    assert "The draft is saved." in saved.text
    report = made(house)
    for kind in ("html", "csv"):
        text = write(kind, report, house.desk.pages, house.desk.wording).decode("utf-8-sig")
        for words in ("A good year.", "Thanks to all.", "On buses.", "Words number 5", "We agree.", "Mended."):
            assert words in text, (kind, words)
        assert "Words number 0" not in text
    file = ann.get("/desk/report/east/2026/file.pdf")
    assert file.content.startswith(b"%PDF-1.")
    assert len(file.content) < 400_000
    assert "attachment" in file.headers["content-disposition"]


def test_a_draft_that_somebody_else_saved_meanwhile_is_not_overwritten(house: House) -> None:
    assert reports.write_draft(house.engine, "ann", "east", 2026, Draft("one"), house.seals, house.clock())
    assert not reports.write_draft(house.engine, "bea", "east", 2026, Draft("two"), house.seals, house.clock())
    assert made(house).draft.introduction == "one"
    ann = house.signed_in("ann")
    assert ann.send("/desk/report/east/2026", version="0", introduction="late").status_code == 409


def test_what_a_colleague_publishes_or_hides_while_the_form_is_open_is_not_lost(house: House) -> None:
    first, second = (house.give("x", state="done", published=True, public_words=f"Word {n}") for n in "ab")
    path, ann, bea = "/desk/report/east/2026", house.signed_in("ann"), house.signed_in("bea")
    coming: dict[str, Any] = {f"next-{first}": "By May.", f"next-{second}": "By June."}
    ann.send(path, keep=[str(first)], **coming)
    bea.send(f"/desk/feedback/{second}", published="no")
    opened = ann.fields(ann.get(path))[0]
    third = house.give("x", state="done", published=True, public_words="Word c")
    ann.post(path, opened)
    bea.publish(second)
    draft = made(house).draft
    assert draft.left_out == (str(second),), "not the one that came while the form was open"
    assert draft.next == {str(first): "By May.", str(second): "By June."}
    late = ann.post(path, [*(pair for pair in opened if pair[0] != "introduction"), ("introduction", "x" * 8_001)])
    assert late.status_code == 422
    assert dict(ann.fields(late)[0])[f"next-{second}"] == "By June."
    assert f'value="{third}" checked' in late.text


def test_a_report_of_a_year_that_is_not_over_says_so(house: House) -> None:
    assert not made(house).finished
    house.clock.now = house.clock.now.replace(year=2027, tzinfo=LONDON)
    assert made(house).finished


def test_a_published_issue_stands_after_the_comments_with_its_answer_and_its_day(house: House) -> None:
    comment = house.give("x", theme="health", state="done", published=True, public_words="No club near us.")
    begun = int(house.clock().timestamp())
    texts = {
        "title": "Clubs",
        "you_said": "There is no club for teenagers.",
        "answer_text": "A club opens.",
        "who": "Youth team",
    }
    with house.engine.begin() as connection:
        for moment, published in ((begun, begun), (begun, None), (begun - 400 * 86_400, begun)):
            id_ = issues.store(connection, "east", texts, moment, house.seals)
            found = issues.by_id(connection, id_)
            assert found is not None
            answered = {"standing": "answered", "answer": "planned", "by_when": "2027-03-01", "published": published}
            assert issues.change(connection, found, answered, house.seals)
        feedback.change(connection, comment, 1, {"issue": 1}, house.seals)
    (rows,) = (section.rows for section in made(house).sections)
    assert [(row.key, row.said, row.did, row.next) for row in rows] == [
        (str(comment), "No club near us.", (), ""),
        ("issue-1", "There is no club for teenagers.", (("council", "A club opens."),), "1 March 2027"),
    ]
    assert rows[1].theme == "health"
    ann = house.signed_in("ann")
    ann.send("/desk/report/east/2026", keep=[str(comment), "issue-1"])
    assert made(house).draft.next == {"issue-1": "1 March 2027"}, "and nothing of a row that had none"
    emptied: dict[str, Any] = {"next-issue-1": " "}
    for _ in range(2):
        ann.send("/desk/report/east/2026", keep=[str(comment), "issue-1"], **emptied)
        assert [row.next for row in made(house).sections[0].rows] == ["", ""], "nor does it come back when saved again"
        assert dict(ann.fields(ann.get("/desk/report/east/2026"))[0])["next-issue-1"] == ""
    assert not made(house, 2027).promises
    coming: dict[str, Any] = {f"next-{comment}": "", "next-issue-1": "By spring."}
    ann.send("/desk/report/east/2026", keep=[str(comment)], **coming)
    assert made(house).draft.left_out == ("issue-1",)
    assert "There is no club" not in write("html", made(house), house.desk.pages, house.desk.wording).decode()
