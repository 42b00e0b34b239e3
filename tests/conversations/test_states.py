"""Each state of feedback is handled wherever states are, and so is one that is added to the list (F1, F3, F4, F5).

The tests walk the list with three made-up states at its end, each with words of its own, so that whoever adds a state
finds here what it must have, and code that names states by hand fails.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from sqlalchemy import update

from conversations import states, wording
from conversations.forum import figures, reports
from conversations.forum.roles import COUNCIL, REVIEWER, SAFEGUARDING
from conversations.guide import Guide
from conversations.records.sealed import FEEDBACK_PUBLIC_WORDS
from conversations.records.tables import feedback
from conversations.states import STATES, FeedbackState
from conversations.wording import load_wording
from knowledge.loader import ContentError
from tests.support.desk_visitor import House, Visitor
from tests.support.feedback_talks import Family, family, kinds, text

OPEN = FeedbackState("parked", told="state_parked", unread=True, council="asked")
QUIET = FeedbackState("mistaken", told="state_mistaken", counted=False, publishable=False)
GUARDED = FeedbackState("urgent", told="state_urgent", counted=False, publishable=False, guarded=True)
MADE_UP = (OPEN, QUIET, GUARDED)
ALL = (*STATES, *MADE_UP)
ENOUGH = 6
"""More than the least that a report counts."""


@pytest.fixture
def longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of states with made-up ones at its end, which have no words."""
    monkeypatch.setattr(states, "STATES", ALL)


@pytest.fixture
def worded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, longer: None) -> None:
    """The made-up states have words as well."""
    folder = Path(shutil.copytree(wording.FOLDER, tmp_path / "wording"))
    en, desk = folder / "en.yaml", folder / "desk.yaml"
    lines = "".join(f"{state.told}: It is {state.id} now.\n" for state in MADE_UP)
    en.write_text(en.read_text(encoding="utf-8") + lines, encoding="utf-8")
    rows = yaml.safe_load(desk.read_text(encoding="utf-8"))
    rows["states"] |= {state.id: f"Name of {state.id}" for state in MADE_UP}
    desk.write_text(yaml.safe_dump(rows), encoding="utf-8")
    monkeypatch.setattr(wording, "FOLDER", folder)


@pytest.fixture
def house(worded: None, tmp_path: Path) -> House:
    """A desk with one piece of feedback in each state."""
    house = House(tmp_path)
    for state in ALL:
        house.give(f"words in {state.id}.", state=state.id, public_words=f"public {state.id}.", published=True)
    return house


@pytest.fixture
def talk(worded: None, guide: Guide, tmp_path: Path) -> Family:
    """A family that has left feedback."""
    return family(replace(guide, wording=load_wording()), tmp_path)


def set_state(talk: Family, state: str) -> None:
    assert talk.secrets.seals is not None
    public = FEEDBACK_PUBLIC_WORDS.seal("public words.", talk.secrets.seals)
    row = {"state": state, "published": True, "public_words": public, "done_text": "Mended."}
    with talk.engine.begin() as connection:
        connection.execute(update(feedback).values(**row))


def number_of(state: FeedbackState) -> int:
    """The id of the record in a state."""
    return ALL.index(state) + 1


def shown(page: str) -> set[str]:
    """The ids of the states whose words stand on a page."""
    return {state.id for state in ALL if f"words in {state.id}." in page}


def test_each_state_has_a_sentence_for_families_and_a_name_for_staff() -> None:
    en, desk = load_wording().rows, load_wording("desk").rows["states"]
    length = getattr(feedback.c.state.type, "length", 0)
    for state in STATES:
        assert state.told.startswith("state_")
        assert en[state.told], state.id
        assert desk[state.id], state.id
        assert len(state.id) <= length
    assert list(desk) == [state.id for state in STATES]
    assert {name for name in en if name.startswith("state_")} == {state.told for state in STATES}


def test_what_only_the_safeguarding_role_opens_is_neither_counted_nor_published() -> None:
    assert not [state.id for state in STATES if state.guarded and (state.counted or state.publishable)]
    assert states.NEW.unread


@pytest.mark.parametrize(("language", "lacking"), [("en", "state_parked"), ("desk", "states: parked")])
def test_a_state_without_words_stops_the_start(longer: None, language: str, lacking: str) -> None:
    with pytest.raises(ContentError, match=lacking):
        load_wording(language)


def test_the_inbox_its_search_and_the_figures_show_all_but_what_is_guarded(house: House) -> None:
    ann = house.signed_in("ann", (REVIEWER,))
    listed = {state.id for state in ALL if not state.guarded}
    page = ann.get("/desk/inbox").text
    assert shown(page) == shown(re.sub("</?mark>", "", ann.search("words").text)) == listed
    assert f'class="count">{sum(state.unread for state in ALL)}<' in page
    for state in ALL:
        only = ann.get(f"/desk/inbox?state={state.id}").text
        assert (f'href="?state={state.id}"' in page) is not state.guarded
        assert shown(only) == ({state.id} if state.id in listed else listed)
    found = figures.figures(house.engine, ("east",), house.clock().date())
    assert found.total.n == len(listed)


def test_only_the_safeguarding_role_finds_and_opens_what_is_guarded_and_each_look_is_audited(house: House) -> None:
    ann, lead = house.signed_in("ann"), house.signed_in("lead", (SAFEGUARDING,))
    page = lead.get("/desk/safeguarding").text
    assert house.trail()[0].what == "safeguarding listed"
    for state in ALL:
        path = f"/desk/feedback/{number_of(state)}"
        assert (f'href="/desk/safeguarding/{number_of(state)}"' in page) is state.guarded
        assert ann.get(path).status_code == (404 if state.guarded else 200), state.id
        assert lead.get(path).status_code == (200 if state.guarded else 404), state.id
        looked = ("safeguarding read", f"feedback {number_of(state)}")
        assert (looked in {(line.what, line.about) for line in house.trail()}) is state.guarded


def test_the_council_sees_what_it_is_asked_and_what_it_has_answered(house: House) -> None:
    cat = house.signed_in("cat", (COUNCIL,))
    page = cat.get("/desk/council").text
    for state in ALL:
        path = f"/desk/council/{number_of(state)}"
        assert (f'href="{path}"' in page) is (state.council == "asked")
        assert cat.get(path).status_code == (200 if state.council == "asked" else 404), state.id
    with house.engine.begin() as connection:
        connection.execute(update(feedback).values(council_response="We agree."))
    for state in ALL:
        status = cat.get(f"/desk/council/{number_of(state)}").status_code
        assert status == (404 if state.council == "never" else 200), state.id


def test_an_export_holds_all_but_what_is_guarded(house: House) -> None:
    ann = house.signed_in("ann")
    listed = {state.id for state in ALL if not state.guarded}
    form = ann.get("/desk/export").text
    for wanted in ([], *([one.id] for one in ALL)):
        rows = csv.DictReader(io.StringIO(ann.send("/desk/export", format="csv", state=wanted).text.lstrip("\ufeff")))
        assert {row["state"] for row in rows} == (set(wanted) & listed or listed), wanted
    for state in ALL:
        assert (f'id="state-{state.id}"' in form) is not state.guarded


def test_the_report_counts_and_shows_a_state_as_it_says(house: House) -> None:
    for state in ALL:
        for _ in range(ENOUGH - 1):
            house.give("more", state=state.id)
    made = reports.report(house.engine, "east", 2026, house.seals, house.guide, house.desk.wording, house.clock())
    counted = [state for state in ALL if state.counted]
    assert made.total == ENOUGH * len(counted)
    names = house.desk.wording.rows["states"]
    assert [line.label for line in dict(made.tables)["state"]] == [names[state.id] for state in counted]
    said = {row.said for section in reports.published(made) for row in section.rows}
    assert said == {f"public {state.id}." for state in counted}


def test_the_form_offers_each_state_and_what_follows_from_it_follows(house: House) -> None:
    ann = house.signed_in("ann", (REVIEWER, SAFEGUARDING))
    for state in ALL:
        record = house.give("x", public_words="y", published=True, state=states.READ.id)
        page = ann.get(f"/desk/feedback/{record}")
        assert f'<option value="{state.id}"' in page.text
        saved = ann.send(f"/desk/feedback/{record}", state=state.id)
        assert saved.status_code == 200
        assert saved.url.path.endswith(f"/safeguarding/{record}" if state.guarded else f"/feedback/{record}")
        row = house.row(record)
        assert (row["state"], row["published"]) == (state.id, state.publishable)
        assert house.desk.wording.rows["states"][state.id] in ann.get(f"/desk/feedback/{record}").text


def test_only_redacted_words_come_into_a_state_in_which_the_council_is_asked(house: House) -> None:
    ann, _ = house.signed_in("ann"), house.staff("lead", (SAFEGUARDING,))
    for state in ALL:
        record = house.give("x", state=states.READ.id)
        status = ann.send(f"/desk/feedback/{record}", state=state.id).status_code
        assert status == (422 if state.council == "asked" else 200), state.id


def test_a_receipt_and_my_data_tell_each_state_in_its_words(talk: Family) -> None:
    code, sentence = talk.leave(), load_wording()
    for state in ALL:
        set_state(talk, state.id)
        for said in (talk.say(code), talk.say(code, "another"), talk.say("/mydata")):
            assert sentence(state.told) in text(said), state.id
        assert kinds(talk.say(code)) == ["info"]


def test_everybody_reads_what_is_published_in_a_state_that_may_be(talk: Family) -> None:
    talk.leave()
    for state in ALL:
        set_state(talk, state.id)
        assert ("public words." in text(talk.say("what changed"))) is state.publishable, state.id


def test_a_state_that_only_a_newer_version_knows_is_told_as_read_and_shown_to_nobody(
    talk: Family, house: House
) -> None:
    code = talk.leave()
    set_state(talk, "of-tomorrow")
    assert load_wording()("state_read") in text(talk.say(code))
    assert "public words." not in text(talk.say("what changed"))
    record = house.give("words of tomorrow", state="of-tomorrow", published=True, public_words="y")
    visitors: list[Visitor] = [house.signed_in("ann"), house.signed_in("lead", (SAFEGUARDING,))]
    for visitor in visitors:
        assert visitor.get(f"/desk/feedback/{record}").status_code == 404
    assert "words of tomorrow" not in visitors[0].get("/desk/inbox").text
    assert "words of tomorrow" not in visitors[0].send("/desk/export", format="csv").text


def test_a_change_back_to_a_state_that_there_is_no_more_cannot_be_undone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, ann = number_of(OPEN), house.signed_in("ann")
    ann.send(f"/desk/feedback/{record}", state=states.READ.id)
    monkeypatch.setattr(states, "STATES", STATES)
    undone = ann.send(f"/desk/feedback/{record}", form=1)
    assert undone.status_code == 409
    assert house.row(record)["state"] == states.READ.id
