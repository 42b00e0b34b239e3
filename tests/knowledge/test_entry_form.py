"""An entry as fields and as the lines of a form: nothing is lost on the way there and back."""

from __future__ import annotations

from dataclasses import replace

from knowledge.entries import Contact, Entry, Facet, Library, Source
from knowledge.loader import entry_from, load
from knowledge.publishing.entry_form import as_fields, as_typed, changed_fields, fields_of, named

ENTRY = Entry(
    "east/club", "east", "voice", "The club", "Ring them.",
    contacts=(Contact("A", phone="0161 496 0111"), Contact("B", email="b@b.example")),
    sources=(Source("One"), Source("Two", seen="2026")),
    facets=(Facet("cost", "It is free."), Facet("say", "Say hello.", source=2, contact=2), Facet("law", "")),
)  # fmt: skip


def test_every_shipped_entry_comes_back_the_same_from_its_fields_and_from_a_form() -> None:
    for entry in load().entries:
        plain = as_fields(entry)
        made, faults = entry_from(entry.id, entry.theme, plain)
        assert faults == ()
        assert made is not None
        assert replace(made, file=entry.file, line=entry.line) == entry
        assert fields_of(as_typed(entry), entry) == plain


def test_what_was_emptied_goes_and_what_points_at_rows_goes_on_pointing_at_them() -> None:
    typed = as_typed(ENTRY) | {"contact.0.name": "", "contact.0.phone": " ", "source.0.title": ""}
    after, _ = entry_from(ENTRY.id, ENTRY.theme, fields_of(typed, ENTRY))
    assert after is not None
    assert [contact.name for contact in after.contacts] == ["B"]
    say = after.facet("say")
    assert say is not None
    assert (say.source, say.contact) == (1, 1)
    gone, _ = entry_from(ENTRY.id, ENTRY.theme, fields_of(typed | {"contact.1.name": "", "contact.1.email": ""}, ENTRY))
    assert gone is not None
    assert gone.facets[1].contact is None


def test_a_facet_is_added_under_a_name_of_the_list_or_a_label_of_its_own() -> None:
    typed = as_typed(ENTRY) | {"facet.+.name": "where", "facet.+.text": "In town."}
    assert fields_of(typed, ENTRY)["facets"]["where"] == "In town."
    typed |= {"facet.+.name": "", "facet.+.label": "Parking & the bus stop"}
    assert fields_of(typed, ENTRY)["facets"]["parking-the-b"] == {"text": "In town.", "label": "Parking & the bus stop"}


def test_a_facet_whose_name_is_anothers_is_numbered_and_no_text_is_lost() -> None:
    for first, second, names in (
        ("16 to 18", "19 to 25", ["to", "to-2"]),
        ("Cost?", "Say", ["cost-2", "say-2"]),
        ("Where we meet now", "Where we meet next", ["where-we-meet", "where-we-me-2"]),
        ("2026", "2027", ["new", "new-2"]),
    ):
        typed = as_typed(ENTRY) | {"facet.+.label": first, "facet.+.text": "One."}
        typed = named(typed, ENTRY) | {"facet.+.label": second, "facet.+.text": "Two."}
        after, faults = entry_from(ENTRY.id, ENTRY.theme, fields_of(typed, ENTRY))
        assert after is not None, faults
        texts = ["It is free.", "Say hello.", "", "One.", "Two."]
        assert [(one.name, one.text) for one in after.facets] == [
            *zip(["cost", "say", "law", *names], texts, strict=True)
        ]
    typed = as_typed(ENTRY) | {"facet.+.name": "cost", "facet.+.label": "Costs", "facet.+.text": "It costs 5 pounds."}
    facets = fields_of(typed, ENTRY)["facets"]
    assert (facets["cost"], facets["cost-2"]["text"]) == ("It is free.", "It costs 5 pounds.")


def test_only_what_differs_is_a_change() -> None:
    before = as_fields(ENTRY)
    assert changed_fields(before, fields_of(as_typed(ENTRY), ENTRY)) == {}
    after = fields_of(as_typed(ENTRY) | {"answer": "Ring  them\r\nnow.", "facet.cost.text": ""}, ENTRY)
    changed = changed_fields(before, after)
    assert changed.keys() == {"answer", "facets"}
    assert "cost" not in changed["facets"]
    assert "law" in changed["facets"]
    assert changed["answer"] == "Ring them\nnow."


def test_what_does_not_load_is_told_by_field() -> None:
    none, faults = entry_from(
        "east/club", "voice", {"title": "", "answer": "x", "sources": [{"title": "A", "seen": "soon"}]}
    )
    assert none is None
    assert {fault.field for fault in faults} >= {"title", "seen"}
    assert Library((ENTRY,), ()).by_id["east/club"] is ENTRY
