"""Nothing is public that nobody has looked at: masking on every field, the preview, the yes, and undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk_visitor import House, undo_asks_first


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_what_looks_like_a_personal_detail_in_any_field_stops_before_publication(house: House) -> None:
    record, ann = house.give("x"), house.signed_in("ann")
    path = f"/desk/feedback/{record}"
    looked = ann.send(
        path, do="publish", public_words="Ring Kai Miller on 07700 900123", response="We rang 07700 900456",
        done_text="Mended, ask jo@example.org",
    )  # fmt: skip
    assert looked.url.path == f"{path}/publish"
    for found in ("07700 900123", "07700 900456", "jo@example.org"):
        assert f"<mark>{found}</mark>" in looked.text
    assert not house.row(record)["published"]
    refused = ann.send(f"{path}/publish", do="publish")
    assert refused.status_code == 422
    assert not house.row(record)["published"]
    hidden = ann.send(f"{path}/publish", do="hide")
    assert "07700" not in hidden.text.partition("Before you publish it")[2]
    assert "[phone number]" in hidden.text
    assert "Published: everybody" in ann.send(f"{path}/publish", do="publish").text
    assert house.row(record)["published"]


def test_nothing_is_published_but_what_was_looked_at(house: House) -> None:
    record, ann, bea = house.give("x", public_words="y"), house.signed_in("ann"), house.signed_in("bea")
    path = f"/desk/feedback/{record}"
    form = ann.fields(ann.get(f"{path}/publish"))[0]
    bea.send(path, public_words="z")
    late = ann.post(f"{path}/publish", [*form, ("do", "publish")])
    assert late.status_code == 409
    assert not house.row(record)["published"]
    forged = ann.post(path, [("mark", ann.mark), ("published", "yes")])
    assert forged.status_code == 200
    assert not house.row(record)["published"], "the form of the comment publishes nothing"


def test_a_public_text_that_changes_is_public_no_more_until_it_is_looked_at_again(house: House) -> None:
    record, ann = house.give("x", public_words="y", published=True, state="done"), house.signed_in("ann")
    ann.send(f"/desk/feedback/{record}", note="for us alone")
    assert house.row(record)["published"]
    ann.send(f"/desk/feedback/{record}", response="07700 900123")
    assert not house.row(record)["published"]


def test_undoing_a_redaction_of_something_public_asks(house: House) -> None:
    record, ann = house.give("x"), house.signed_in("ann")
    path = f"/desk/feedback/{record}"
    ann.send(path, public_words="Kai is sad")
    ann.send(path, public_words="A child is sad")
    ann.publish(record)
    undo = next(
        form for form in range(1, 6) if dict(ann.fields(ann.get(path), form)[0]).get("change") == str(_second(house))
    )
    asked = ann.send(path, form=undo)
    assert "This is public. Undo it anyway?" in asked.text
    assert "Kai is sad" in asked.text
    assert house.row(record)["published"]
    assert house.record(record).public_words(house.seals) == "A child is sad"
    fields, action = ann.fields(asked)
    assert "Undone." in ann.post(action, fields).text
    assert not house.row(record)["published"]


def _second(house: House, field: str = "public_words") -> int:
    with house.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"select id from changes where field = '{field}' order by id").scalars()
        return int(list(rows)[1])


def test_a_detail_is_marked_in_whatever_would_be_public_again_after_an_undo(house: House) -> None:
    record, ann = house.give("x", public_words="A child is sad"), house.signed_in("ann")
    for text in ("We rang 07700 900123", "We rang them"):
        ann.send(f"/desk/feedback/{record}", done_text=text)
    ann.publish(record)
    last = str(_second(house, "done_text"))
    asked = ann.post(f"/desk/feedback/{record}/undo", [("mark", ann.mark), ("change", last)])
    assert "This is public. Undo it anyway?" in asked.text
    assert "<mark>07700 900123</mark>" in asked.text


def test_undoing_that_it_was_taken_out_of_public_view_leads_to_the_preview(house: House) -> None:
    record, ann = house.give("x", public_words="y", published=True, state="done"), house.signed_in("ann")
    ann.send(f"/desk/feedback/{record}", published="no")
    assert not house.row(record)["published"]
    undone = ann.send(f"/desk/feedback/{record}", form=1)
    assert undone.url.path == f"/desk/feedback/{record}/publish"
    assert not house.row(record)["published"]


def test_an_undo_that_would_show_the_council_a_detail_asks_first(house: House) -> None:
    record, ann = house.give("x"), house.signed_in("ann")
    path = f"/desk/feedback/{record}"
    ann.send(path, public_words="Ring 07700 900123")
    ann.send(path, public_words="Ring us", state="council")
    cat = house.signed_in("cat", ("council",))
    undo_asks_first(ann, path, _second(house), cat, f"/desk/council/{record}", "07700 900123")
    ann.send(path, state="read")
    with house.engine.connect() as connection:
        last = connection.exec_driver_sql("select max(id) from changes where field = 'state'").scalar()
    asked = ann.post(f"{path}/undo", [("mark", ann.mark), ("change", str(last))])
    assert "The council reads this. Undo it anyway?" in asked.text
    assert house.row(record)["state"] == "read"


def test_the_council_never_gets_an_empty_link_or_a_detail_that_nobody_looked_at(house: House) -> None:
    empty = house.give("x", state="council")
    record, ann, cat = house.give("y"), house.signed_in("ann"), house.signed_in("cat", ("council",))
    assert f"/desk/council/{empty}" not in cat.get("/desk/council").text
    refused = ann.send(f"/desk/feedback/{record}", state="council", public_words="Ring 07700 900123")
    assert refused.status_code == 422
    assert "<mark>07700 900123</mark>" in refused.text
    assert house.row(record)["state"] == "new"
    ann.send(f"/desk/feedback/{record}", state="council", public_words="Ring 07700 900123", stands="yes")
    assert f"/desk/council/{record}" in cat.get("/desk/council").text
    emptied = ann.send(f"/desk/feedback/{record}", public_words="", state="council")
    assert emptied.status_code == 422, "not even later"
