"""`signpost ask`: one question, one answer, with no talk and no database; by hand or as JSON Lines."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conversations.engine import act_of, hear, step, voice_of
from conversations.guide import Guide
from conversations.replies.prompts import sorry
from conversations.steps.area import without_home
from conversations.turns import Message, Reply, State, Turn, plain
from knowledge.danger.detector import explained as danger_explained
from knowledge.entries import AUDIENCES, Audience
from knowledge.matching.explain import explain
from knowledge.matching.match import Match

TOP = 10
DIGITS = 4


@dataclass(frozen=True)
class Question:
    """One question as the contract has it."""

    text: str
    area: str | None = None
    audience: Audience | None = None
    id: Any = None


class QuestionError(ValueError):
    """A line that is no question; the message says why. `id` is the line's own, where it had one."""

    def __init__(self, problem: str, id: Any = None) -> None:
        super().__init__(problem)
        self.id = id


def ask(question: Question, guide: Guide, now: datetime) -> Turn:
    """The turn of a first message that asks `question`. Never raises."""
    state = State(area=question.area, audience=question.audience)
    try:
        turn = step(state, Message(text=question.text), guide, now)
    except Exception:
        return Turn(state, (sorry(state, guide, now),))
    return turn if turn.replies else Turn(state, (sorry(state, guide, now),))


def matched(question: Question, guide: Guide) -> Match:
    """What the matcher finds for the question, whatever the reply is."""
    said = without_home(hear(question.text, guide), guide.library)
    return guide.matcher.find(said, question.area, voice_of(State(audience=question.audience), said.typed))


def explained(question: Question, guide: Guide, now: datetime) -> str:
    """Why there is danger or none, what the message does, and why the matcher found what it found, in plain lines."""
    state = State(area=question.area, audience=question.audience)
    act = act_of(state, question.text, guide, now)
    does = f"the message: {act.kind} {act.move}".rstrip() + f" ({act.why})"
    return "\n".join((danger_explained(question.text), does, explain(matched(question, guide), guide.matcher)))


def as_json(question: Question, turn: Turn, guide: Guide) -> dict[str, Any]:
    """The answer to one question as the contract's object."""
    reply = turn.replies[0]
    found = reply.top
    if not found:
        with suppress(Exception):  # what else it may have been is told where it can be told; the reply stands
            found = tuple((one.entry.id, one.score) for one in matched(question, guide).top)
    top = [{"id": id_, "score": round(score, DIGITS)} for id_, score in found]
    return {
        "id": question.id,
        "kind": reply.kind,
        "entry": reply.entry,
        "score": round(reply.score or 0.0, DIGITS),
        "safety": reply.safety,
        "choices": choice_rows(reply, guide),
        "facet": reply.facet,
        "facets": list(reply.facets),
        "under": [{"id": id_, "title": guide.library.by_id[id_].title} for id_ in reply.under],
        "top": top[:TOP],
        "text": plain(reply),
    }


def choice_rows(reply: Reply, guide: Guide) -> list[dict[str, str]]:
    """The offered entries of a reply, best first."""
    return [{"id": id_, "title": guide.library.by_id[id_].title} for id_ in reply.choices]


def read_question(line: str, area: str | None = None, audience: Audience | None = None) -> Question:
    """A question from a line of JSON; `area` and `audience` where it names none. Raises QuestionError."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise QuestionError('this line is not JSON; it should be like {"id": "1", "text": "..."}') from None
    if not isinstance(row, dict):
        raise QuestionError('this line is not a JSON object; it should be like {"id": "1", "text": "..."}')
    name = row.get("id")
    if not isinstance(row.get("text"), str):
        raise QuestionError('"text" is missing or is not text', name)
    own_area, own_audience = row.get("area", area), row.get("audience", audience)
    if own_area is not None and not isinstance(own_area, str):
        raise QuestionError('"area" should be the id of an area, or null', name)
    return Question(row["text"], (own_area or "").lower() or None, read_audience(own_audience, name), name)


def read_audience(text: Any, name: Any = None) -> Audience | None:
    """An audience by its name; None where nothing is chosen. Raises QuestionError."""
    if text is None or text == "":
        return None
    for audience in AUDIENCES:
        if text == audience:
            return audience
    raise QuestionError(f'"audience" should be one of {", ".join(AUDIENCES)}', name)
