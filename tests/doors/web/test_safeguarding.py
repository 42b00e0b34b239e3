"""A comment about somebody at risk is never lost: a lead, the mover's page, the log of calls, the red number, the close."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.doctor import examine
from bot.settings import Settings
from tests.support.desk_visitor import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_without_a_lead_nothing_is_moved_and_the_mover_may_take_the_role_on(house: House) -> None:
    record, ann = house.give("someone hurts me"), house.signed_in("ann")
    refused = ann.send(f"/desk/feedback/{record}", state="safeguarding", note="I am worried")
    assert refused.status_code == 422
    assert "holds the safeguarding role" in refused.text
    assert "I am worried" in refused.text, "what was typed is not lost"
    assert house.row(record)["state"] == "new"
    moved = ann.send(f"/desk/feedback/{record}", state="safeguarding", take_lead="yes")
    assert moved.url.path == f"/desk/safeguarding/{record}"
    assert "someone hurts me" in ann.get("/desk/feedback/1").text, "now a lead"
    assert ("ann", "safeguarding role taken", "ann") in {(one.who, one.what, one.about) for one in house.trail()}


def test_the_mover_keeps_words_and_numbers_and_writes_calls_until_a_lead_closes_it(house: House) -> None:
    record, ann = house.give("someone hurts me"), house.signed_in("ann")
    bea, lead = house.signed_in("bea"), house.signed_in("lead", ("safeguarding",))
    assert 'class="count alarm"' not in lead.get("/desk/safeguarding").text
    moved = ann.send(f"/desk/feedback/{record}", state="safeguarding")
    for words in ("someone hurts me", "0161 496 0111", "999", "lead"):
        assert words in moved.text
    here = f"/desk/safeguarding/{record}"
    assert bea.get(here).status_code == 404, "neither moved it nor holds the role"
    assert ann.send(here, do="close", outcome="nothing").status_code == 404, "a lead closes it"
    assert ann.send(here, do="call", rang="social care", when="", said="they come").status_code == 422
    kept = ann.send(here, do="call", rang="social care", when="Monday 10:15", said="They visit today.")
    assert "I rang social care at Monday 10:15. They said: They visit today." in kept.text
    assert 'class="count alarm">1<' in lead.get("/desk/safeguarding").text
    assert "They visit today." in lead.get(here).text
    assert lead.send(here, form=1, do="close", outcome="").status_code == 422
    assert "Closed." in lead.send(here, form=1, do="close", outcome="Social care has taken it on.").text
    assert 'class="count alarm"' not in lead.get("/desk/safeguarding").text
    assert ann.get(here).status_code == 404
    assert "It is open again." in lead.send(here, do="reopen").text
    assert ann.get(here).status_code == 200
    house.engine.dispose()
    assert b"visit today" not in house.file.read_bytes()


def test_an_undo_does_not_lose_a_comment_either(house: House) -> None:
    record, ann = house.give("x"), house.signed_in("ann", ("reviewer", "safeguarding"))
    ann.send(f"/desk/feedback/{record}", state="safeguarding")
    ann.send(f"/desk/feedback/{record}", state="read")
    with house.engine.begin() as connection:
        connection.exec_driver_sql("update staff set roles = 'reviewer'")
    page = ann.send(f"/desk/feedback/{record}", form=1)
    assert page.status_code == 422
    assert house.row(record)["state"] == "read"


def test_roles_can_be_changed_and_doctor_and_people_say_where_nobody_holds_the_role(house: House) -> None:
    settings = Settings(
        house.file.parent.parent / "knowledge", house.file.parent, f"sqlite:///{house.file}", house.clock()
    )
    admin, bea = house.signed_in("admin", ("admin",)), house.signed_in("bea")
    said = {one.what: one for one in examine(settings)}["safeguarding"]
    assert not said.good
    assert "nobody holds the safeguarding role in east" in said.detail
    assert "Nobody holds the safeguarding role in East" in admin.get("/desk/staff").text
    assert bea.get("/desk/safeguarding").status_code == 404
    fields = [("mark", admin.mark), ("name", "bea"), ("do", "roles"), ("area", "east"), ("area", "west")]
    assert admin.post("/desk/staff", fields).status_code == 422, "no role"
    kept = admin.post("/desk/staff", [*fields, ("role", "reviewer"), ("role", "safeguarding")])
    assert "Nobody holds" not in kept.text
    assert bea.get("/desk/safeguarding").status_code == 200
    assert bea.get("/desk/inbox?area=west").status_code == 404, "an area that the administrator does not have"
    assert {one.what: one for one in examine(settings)}["safeguarding"].good
