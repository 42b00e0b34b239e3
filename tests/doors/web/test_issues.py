"""Issues: many comments, one matter, passed on, answered and published once, and told to everybody and to each family."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from conversations.feedback import receipts
from conversations.forum import issues as at_the_desk
from conversations.forum import reports
from conversations.records import feedback, issues
from conversations.records.purging import purge
from conversations.records.tables import feedback as feedback_table
from conversations.records.tables import issues as issues_table
from tests.support.chat_visitor import ChatHouse, Parent
from tests.support.desk_visitor import House, Visitor, undo_asks_first

SAID = "The taxi to school comes late every week."
SHOWN: dict[str, Any] = {
    "title": "School transport comes late",
    "you_said": "Taxis to school come late, and nobody rings.",
}
PLAN: dict[str, Any] = {
    "answer": "planned",
    "answer_text": "A new firm drives from spring.",
    "by_when": "2027-03-01",
    "who": "Transport team",
}


@pytest.fixture
def house(tmp_path: Path) -> ChatHouse:
    return ChatHouse(tmp_path)


def begin(
    house: House, ann: Visitor, n: int = 3, title: str = "School transport comes late", **more: Any
) -> tuple[int, list[int]]:
    """An issue from some new comments, by the ticks of the inbox; its id, and theirs."""
    ids = [house.give(f"{SAID} {k}", days=k, **more) for k in range(n)]
    chosen = ann.send("/desk/inbox", form=2, do="issue", comment=[str(one) for one in ids])
    made = ann.post("/desk/issues/put", [("title", title), *ann.fields(chosen)[0]])
    assert f"{n} {'comment is' if n == 1 else 'comments are'} in it now" in made.text
    return int(made.url.path.rpartition("/")[2]), ids


def save(visitor: Visitor, issue: int, **changed: Any) -> httpx.Response:
    """Send the issue's own form with some fields changed."""
    path = f"/desk/issues/{issue}"
    page, form = visitor.get(path), 0
    while "you_said" not in dict(visitor.fields(page, form)[0]):
        form += 1
    return visitor.send(path, form=form, **changed)


def publish(visitor: Visitor, issue: int, **changed: Any) -> httpx.Response:
    return visitor.send(f"/desk/issues/{issue}/publish", **{"do": "publish", "stands": "yes", **changed})


def record(house: House, issue: int) -> issues.Issue:
    with house.engine.connect() as connection:
        found = issues.by_id(connection, issue)
    assert found is not None
    return found


def give_code(house: ChatHouse, id_: int, number: int) -> str:
    """A receipt code that leads to a comment."""
    code = receipts.code(number * 7919**9)
    with house.engine.begin() as connection:
        mine = update(feedback_table).where(feedback_table.c.id == id_)
        connection.execute(mine.values(receipt=house.secrets.receipts(code)[0], key=bytes([number]) * 32))
    return code


def test_one_answer_for_all_comments_is_told_to_everybody_and_to_each_family(house: ChatHouse) -> None:
    ann, cat, parent = house.signed_in("ann"), house.signed_in("cat", ("council",)), Parent(house)
    issue, ids = begin(house, ann)
    assert {house.row(one)["state"] for one in ids} == {"read"}, "whoever ticked them has read them"
    codes = [give_code(house, one, number) for number, one in enumerate(ids, 1)]
    parent.open()
    assert "put it together with what others said" in parent.say(f"what happened to {codes[0]}")
    assert f"/desk/council/issues/{issue}" not in cat.get("/desk/council").text
    assert cat.get(f"/desk/council/issues/{issue}").status_code == 404, "not passed on yet"
    assert "Fill in all three" in save(ann, issue, do="ask", you_said=SHOWN["you_said"]).text
    assert "Passed on." in save(ann, issue, do="ask", **SHOWN, question="What will you do about it?").text
    assert "asked the council on 22 November 2026" in parent.say(f"what happened to {codes[1]}")
    page = cat.get(f"/desk/council/issues/{issue}").text
    assert "What will you do about it?" in page
    assert SAID not in page
    assert "Choose an answer" in cat.send(f"/desk/council/issues/{issue}", **{**PLAN, "answer_text": "Thank you."}).text
    assert "The forum sees it now" in cat.send(f"/desk/council/issues/{issue}", **PLAN).text
    assert "It is planned, 1 March 2027" in ann.get("/desk/issues").text
    assert PLAN["answer_text"] not in parent.say(f"what happened to {codes[0]}"), "not before it is published"
    assert PLAN["answer_text"] not in parent.open("/you-said-we-did?area=east")
    looked = save(ann, issue, do="publish", we_did="We met the head of transport.")
    assert looked.url.path == f"/desk/issues/{issue}/publish"
    told = ("The council plans this: A new firm drives from spring.", "By when: 1 March 2027.",
            "Who sees to it: Transport team", "We did: We met the head of transport.")  # fmt: skip
    for line in told:
        assert line in looked.text, "the preview is what the public reads"
    assert "Published: everybody may read it" in publish(ann, issue).text
    assert {house.row(one)["state"] for one in ids} == {"done"}
    public = parent.open("/you-said-we-did?area=east")
    parent.open()
    for read in (public, *(parent.say(f"what happened to {code}") for code in codes)):
        for line in told:
            assert line in read
    assert "it is done" not in parent.say(f"what happened to {codes[0]}"), "it is planned"
    assert SHOWN["you_said"] in public
    assert SHOWN["title"] not in parent.open("/you-said-we-did?area=west")
    house.clock.on(days=120)
    assert "That day has passed" in parent.open("/you-said-we-did?area=east")
    ben = house.signed_in("ben")
    assert "1 public plan of the council is past its day" in " ".join(
        re.sub("<[^>]+>", " ", ben.get("/desk/today").text).split()
    )


def test_what_changed_has_the_newest_publication_first_and_thanks_are_no_deed(house: ChatHouse) -> None:
    ann, parent = house.signed_in("ann"), Parent(house)
    late = house.give("x", days=300, public_words="The club closed.", done_text="It is open again.")
    thanked = house.give(
        "y", public_words="A kind word.", response="Thank you for telling us!", done_text="Many thanks."
    )
    answered = house.give("z", public_words="The form is long.", response="Thank you. We asked for a shorter one.")
    issue, _ = begin(house, ann)
    assert "“Thank you” alone is neither" in save(ann, issue, do="publish", **SHOWN, we_did="Thank you all!").text
    save(ann, issue, answer="cannot", answer_text="There is no money this year.", by_when="2027-01-01", we_did="")
    for one in (answered, thanked):
        ann.publish(one)
    house.clock.on(minutes=5)
    publish(ann, issue)
    house.clock.on(minutes=5)
    ann.publish(late)
    page = parent.open("/you-said-we-did?area=east")
    places = [page.index(words) for words in ("The club closed.", SHOWN["you_said"], "The form is long.")]
    assert places == sorted(places)
    assert "A kind word." not in page
    assert "The forum answers: Thank you. We asked for a shorter one." in page
    assert "We did: It is open again." in page
    assert "The council says this cannot be done: There is no money this year." in page
    assert "2027" not in page.partition("no money")[2].partition("The form")[0], "what cannot be done has no day"


def test_a_personal_detail_in_any_part_stops_before_the_council_and_before_the_public(house: ChatHouse) -> None:
    ann = house.signed_in("ann")
    issue, _ = begin(house, ann)
    detail = "Ring Kai Miller on 07700 900123"
    for name in ("you_said", "question"):
        refused = save(ann, issue, do="ask", **{**SHOWN, "question": "What now?", name: detail})
        assert refused.status_code == 422
        assert "<mark>07700 900123</mark>" in refused.text
    assert record(house, issue).standing == "open"
    looked = save(
        ann, issue, do="publish", you_said=detail, answer="done", answer_text="Ask jo@example.org", who="07700 900456",
        we_did="We rang 07700 900789", title=SHOWN["title"],
    )  # fmt: skip
    for found in ("07700 900123", "jo@example.org", "07700 900456", "07700 900789"):
        assert f"<mark>{found}</mark>" in looked.text
    refused = publish(ann, issue, stands=None)
    assert refused.status_code == 422
    assert "<title>Error" in refused.text
    hidden = ann.send(f"/desk/issues/{issue}/publish", do="hide")
    assert "07700" not in hidden.text.partition("Before you publish it")[2]
    form = ann.fields(ann.get(f"/desk/issues/{issue}/publish"))[0]
    save(ann, issue, we_did="Something else")
    late = ann.post(f"/desk/issues/{issue}/publish", [*form, ("do", "publish"), ("stands", "yes")])
    assert late.status_code == 409, "nothing is published but what was looked at"
    assert record(house, issue).published is None
    publish(ann, issue, stands=None)
    assert record(house, issue).published is not None
    save(ann, issue, you_said="They say it is late.")
    assert record(house, issue).published is None, "a public text that changes is public no more"


def test_what_families_take_back_leaves_the_issue(house: ChatHouse) -> None:
    ann = house.signed_in("ann")
    issue, ids = begin(house, ann)
    save(ann, issue, **SHOWN, we_did="We wrote to them.")
    with house.engine.begin() as connection:
        feedback.withdraw(connection, ids[0])
    assert "2 comments in it" in ann.get(f"/desk/issues/{issue}").text
    for path in (f"/desk/issues/{issue}", f"/desk/issues/{issue}/publish"):
        assert "A family has taken back what they said." in " ".join(
            re.sub("</?strong>", "", ann.get(path).text).split()
        )
    house.staff("lead", ("safeguarding",))
    ann.send(f"/desk/feedback/{ids[1]}", state="safeguarding")
    assert house.row(ids[1])["issue"] is None, "what is under safeguarding stands in no list"
    publish(ann, issue, done=None)
    with house.engine.begin() as connection:
        feedback.forget(connection, b"k" * 32)
        assert purge(connection, house.clock())["issues"] == 0
    assert record(house, issue).taken_back == 1, "what was published stays"
    assert "No comment is in it" in ann.get(f"/desk/issues/{issue}").text
    house.clock.on(days=800)
    with house.engine.begin() as connection:
        assert purge(connection, house.clock())["issues"] == 1


STAYS = 'What was published under "what changed" stays'


def test_what_a_family_is_told_when_it_takes_words_back_is_what_happens_to_each_thing_that_was_published(
    house: ChatHouse,
) -> None:
    ann, parent = house.signed_in("ann"), Parent(house)
    alone: dict[str, Any] = {
        "public_words": "The club closed.",
        "done_text": "It is open again.",
        "state": "done",
        "published": True,
    }
    issue, (together,) = begin(house, ann, 1, **alone)
    save(ann, issue, **SHOWN, we_did="We wrote to them.")
    publish(ann, issue)
    house.clock.on(days=60)
    ben = house.signed_in("ben")

    def report() -> Any:
        year = (house.engine, "east", 2026, house.seals, house.guide, house.desk.wording, house.clock())
        return [row.said for section in reports.report(*year).sections for row in section.rows]

    def frozen() -> str:
        return ben.get("/desk/report/east/2026/editions/1.html").text

    assert report() == ["The club closed.", SHOWN["you_said"]]
    assert "is frozen" in ben.send("/desk/report/east/2026", form=1).text
    assert "The club closed." in frozen()
    code = give_code(house, together, 1)
    parent.open()
    asked = parent.say(f"withdraw {code}")
    for told in ("leaves the forum's yearly report", STAYS, "wrote in its own words about many comments together"):
        assert told in unescape(asked)
    done = parent.press("Yes, take it back")
    assert STAYS in unescape(done)
    assert report() == [SHOWN["you_said"]], "the comment leaves the report; the issue is the forum's own words"
    assert "The club closed." not in frozen()
    assert SHOWN["you_said"] in frozen()
    public = parent.open("/you-said-we-did?area=east")
    assert "The club closed." in public, "under what changed it stays"
    assert SHOWN["you_said"] in public
    assert "no longer in the yearly report" in ben.get(f"/desk/feedback/{together}").text


def test_an_issue_that_was_never_published_goes_with_its_last_comment(house: ChatHouse) -> None:
    ann = house.signed_in("ann")
    issue, ids = begin(house, ann, 1, public_words="late", published=True, state="done")
    with house.engine.begin() as connection:
        feedback.withdraw(connection, ids[0])
    assert ann.get(f"/desk/issues/{issue}").status_code == 404
    assert house.row(ids[0])["words"] is None, "of what was published by itself the public words stay"
    other, moved = begin(house, ann, 1)
    assert "1 comment taken out" in ann.send(f"/desk/issues/{other}", do="out", comment=[str(moved[0])]).text
    with house.engine.begin() as connection:
        assert purge(connection, house.clock())["issues"] == 1
    assert house.row(moved[0])["issue"] is None


def test_comments_go_into_an_issue_of_their_own_area_alone(house: ChatHouse) -> None:
    ann, both = house.signed_in("ann"), house.signed_in("bea", areas=("east", "west"))
    issue, ids = begin(house, ann)
    west, rude = house.give("of the west", "west"), house.give("rude", state="not-for-publication")
    one = house.give("one more")
    assert ann.get(f"/desk/issues/put?comment={west}").status_code == 404
    mixed = both.get(f"/desk/issues/put?comment={west}&comment={one}")
    assert mixed.status_code == 422
    assert "more than one area" in mixed.text
    page = ann.get(f"/desk/issues/put?comment={one}&comment={rude}&comment={west}&comment=x")
    assert "2 comments are left out" in page.text
    fields = ann.fields(page)[0]
    assert "Give the new issue a title" in ann.post("/desk/issues/put", fields).text
    none = [pair for pair in fields if pair[0] != "comment"]
    assert "Leave at least one comment ticked" in ann.post("/desk/issues/put", none).text
    kept = [pair for pair in fields if pair[0] != "issue"]
    added = ann.post("/desk/issues/put", [*kept, ("issue", str(issue)), ("comment", str(west)), ("comment", str(rude))])
    assert "1 comment is in it now. 2 could not be put in." in added.text
    assert [house.row(n)["issue"] for n in (one, west, rude)] == [issue, None, None]
    assert f"<span>Issue {issue}</span>" in ann.get("/desk/inbox").text
    assert f"issue {issue}</a>" in ann.get(f"/desk/feedback/{one}").text
    undone = ann.send(f"/desk/feedback/{ids[0]}", form=1)
    assert "Undone." in undone.text, "that it was put in is a change like any other"


def test_another_areas_issue_is_not_there(house: ChatHouse) -> None:
    ann, will = house.signed_in("ann"), house.signed_in("will", ("reviewer", "council"), ("west",))
    issue, _ = begin(house, ann)
    save(ann, issue, do="ask", **SHOWN, question="What now?")
    none = will.get("/desk/issues/999999").text
    for path in (f"/desk/issues/{issue}", f"/desk/issues/{issue}/publish", f"/desk/council/issues/{issue}"):
        page = will.get(path)
        assert (page.status_code, page.text) == (404, none)
    mark = ("mark", will.mark)
    for path, fields in (
        (f"/desk/issues/{issue}", [("title", "x")]), (f"/desk/issues/{issue}", [("do", "hide")]),
        (f"/desk/issues/{issue}/undo", [("change", "1")]), (f"/desk/issues/{issue}/publish", [("do", "publish")]),
        (f"/desk/council/issues/{issue}", [("do", "back"), ("words", "x")]),
        (f"/desk/council/issues/{issue}", [("answer", "done"), ("answer_text", "x")]),
    ):  # fmt: skip
        assert will.post(path, [mark, *fields]).status_code == 404, path
    assert SHOWN["title"] not in will.get("/desk/issues").text + will.get("/desk/council").text
    cat = house.signed_in("cat", ("council",))
    for path in ("/desk/issues", f"/desk/issues/{issue}", "/desk/issues/put?comment=1"):
        assert cat.get(path).status_code == 404, "the council has pages of its own"
    forged = cat.post(f"/desk/council/issues/{issue}", [("mark", cat.mark), ("title", "x"), ("we_did", "y")])
    assert forged.status_code == 422
    assert record(house, issue).standing == "asked"


def test_an_answer_that_there_is_none_of_is_refused_in_words(house: ChatHouse) -> None:
    ann = house.signed_in("ann")
    issue, _ = begin(house, ann)
    refused = save(ann, issue, answer="xyz")
    assert refused.status_code == 404
    assert "That cannot be chosen here" in refused.text


def test_two_at_one_issue_lose_nothing_and_what_is_public_is_undone_with_a_question(house: ChatHouse) -> None:
    ann, bea = house.signed_in("ann"), house.signed_in("bea")
    issue, _ = begin(house, ann)
    path = f"/desk/issues/{issue}"
    page = bea.get(path)
    mine = dict(next(bea.fields(page, n)[0] for n in range(3) if "you_said" in dict(bea.fields(page, n)[0])))
    save(ann, issue, you_said="from ann", we_did="Ann wrote.")
    both = bea.post(path, list({**mine, "you_said": "from bea", "title": "Late taxis"}.items()))
    assert both.status_code == 409
    assert "from ann" in both.text.partition("You both changed this")[2].partition("</section>")[0]
    assert "Saved." in bea.post(path, list({**mine, "title": "Late taxis"}.items())).text
    values = at_the_desk.unsealed(record(house, issue), house.seals).values
    assert (values["title"], values["you_said"], values["we_did"]) == ("Late taxis", "from ann", "Ann wrote.")
    publish(ann, issue)
    page = ann.get(path)
    forms = [ann.fields(page, n) for n in range(page.text.count("<form") - 1)]
    fields, action = next(one for one in forms if one[1].endswith("undo") and _field_of(house, one[0]) == "title")
    asked = ann.post(action, fields)
    assert "This is public. Undo it anyway?" in asked.text
    assert record(house, issue).published is not None
    fields, action = ann.fields(asked)
    assert "Undone." in ann.post(action, fields).text
    assert record(house, issue).published is None
    assert at_the_desk.unsealed(record(house, issue), house.seals).values["title"] == SHOWN["title"]


def test_an_undo_that_would_show_the_council_a_detail_asks_first(house: ChatHouse) -> None:
    ann, cat = house.signed_in("ann"), house.signed_in("cat", ("council",))
    issue, _ = begin(house, ann)
    save(ann, issue, you_said="Ring 07700 900123")
    save(ann, issue, do="ask", **SHOWN, question="What now?")
    with house.engine.connect() as connection:
        last = connection.exec_driver_sql("select max(id) from changes where field = 'you_said'").scalar_one()
    undo_asks_first(ann, f"/desk/issues/{issue}", last, cat, f"/desk/council/issues/{issue}", "07700 900123")


def _field_of(house: House, fields: list[tuple[str, str]]) -> str:
    with house.engine.connect() as connection:
        found = connection.exec_driver_sql(f"select field from changes where id = {int(dict(fields)['change'])}")
        return str(found.scalar_one())


def test_an_issue_whose_key_is_lost_stands_there_and_nothing_of_it_is_wiped(house: ChatHouse) -> None:
    ann, parent = house.signed_in("ann"), Parent(house)
    issue, _ = begin(house, ann)
    save(ann, issue, **SHOWN, we_did="We wrote.")
    publish(ann, issue)
    with house.engine.begin() as connection:
        texts = connection.execute(select(issues_table.c.texts)).scalar_one()
        spoilt = texts[:-1] + bytes([texts[-1] ^ 1])
        connection.execute(update(issues_table).values(texts=spoilt))
    for path in ("/desk/issues", f"/desk/issues/{issue}", "/desk/council"):
        assert (page := ann.get(path)).status_code in (200, 404)
    assert "cannot be read" in ann.get(f"/desk/issues/{issue}").text
    assert save(ann, issue, title="Another").status_code == 409
    assert page is not None
    assert parent.open("/you-said-we-did?area=east")
    with house.engine.connect() as connection:
        assert connection.execute(select(issues_table.c.texts)).scalar_one() == spoilt
