"""`signpost chat --json`: the whole engine as JSON Lines, many talks in one stream."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from bot.ask import DIGITS, QuestionError, choice_rows, read_audience
from bot.edits import Edits
from bot.settings import SettingsError, read_moment
from conversations.guide import Guide
from conversations.keys.talk_key import talk_name
from conversations.replies.prompts import sorry
from conversations.steps.buttons import entry_of
from conversations.talks import Talks
from conversations.turns import Button, Message, Reply, State, plain, quoted
from knowledge.entries import Audience

log = logging.getLogger(__name__)

BUTTONS_REMEMBERED = 400
"""Buttons of a talk that can still be pressed by their label; the oldest go first."""
OTHERS = ("area", "audience", "text", "press", "other")


@dataclass(frozen=True)
class Shown:
    """A button that a talk has been shown, with the quoted words of the reply that it hangs on."""

    button: Button
    quoted: str | None


class Stream:
    """Reads one line at a time; remembers which buttons each talk has been shown, as a phone's screen does."""

    def __init__(self, talks: Talks, area: str | None = None, audience: Audience | None = None) -> None:
        self.talks = talks
        self.area, self.audience = area, audience
        self.shown: dict[str, list[Shown]] = {}
        self.replies: dict[str, list[str | None]] = {}
        """The entry that each reply of a talk was about, by the short form that its buttons hold."""
        self.edits = Edits()

    def line(self, line: str, now: datetime) -> dict[str, Any]:
        """The answer to one line; what is no message gives `error`, and the stream goes on. Never raises (S8)."""
        talk: Any = None
        try:
            row = _object(line)
            talk = row.get("talk", "")
            if not isinstance(talk, str | int):
                raise QuestionError('"talk" should be text')
            self._open(str(talk), now)
            moment = read_moment(row["now"]) if isinstance(row.get("now"), str) else now
            return {"talk": talk, **self._turn(str(talk), row, moment)}
        except (QuestionError, SettingsError) as error:
            return {"talk": talk, "error": str(error)}
        except Exception as error:
            log.error("a line failed: %s", type(error).__name__)
            reply = reply_json(sorry(State(area=self.area), self.talks.guide, now), self.talks.guide)
            return {"talk": talk, "replies": [reply], "events": [], "state": state_json(State())}

    def _open(self, talk: str, now: datetime) -> None:
        """A talk that this stream has not seen starts with the area and audience of the command line."""
        if talk in self.shown:
            return
        self.shown[talk] = []
        if self.area or self.audience:
            state = self.talks.state(_name(talk), now)
            area, audience = self.area or state.area, self.audience or state.audience
            self.talks.set(_name(talk), replace(state, area=area, audience=audience), now)

    def _turn(self, talk: str, row: dict[str, Any], now: datetime) -> dict[str, Any]:
        if not any(name in row for name in ("text", "press", "other")):
            return self._choose(talk, row, now)
        message = self._message(talk, row)
        if message.text is not None and self._says_nothing_new(talk, message, row.get("edited") is True):
            return {"replies": [], "events": [], "state": state_json(self.talks.state(_name(talk), now))}
        turn = self.talks.reply(_name(talk), message, now)
        buttons = [Shown(button, quoted(reply)) for reply in turn.replies for line in reply.buttons for button in line]
        self.shown[talk] = [*self.shown.get(talk, []), *buttons][-BUTTONS_REMEMBERED:]
        about = [entry_of(button.id for line in reply.buttons for button in line) for reply in turn.replies]
        self.replies.setdefault(talk, []).extend(about)
        return {
            "replies": [reply_json(reply, self.talks.guide) for reply in turn.replies],
            "events": [type(event).__name__ for event in turn.events],
            "state": state_json(turn.state),
        }

    def _says_nothing_new(self, talk: str, message: Message, edited: bool) -> bool:
        """Whether a message is the newest of its talk, edited with no word changed, and speaks of no danger (S1a)."""
        changed = self.edits.changed(talk, message.text)
        return edited and not changed and not self.talks.judge(message).card

    def _choose(self, talk: str, row: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Set area and audience as the buttons would set them."""
        if "area" not in row and "audience" not in row:
            raise QuestionError(f"one of {', '.join(OTHERS)} is missing")
        state = self.talks.state(_name(talk), now)
        if "area" in row:
            if row["area"] is not None and not isinstance(row["area"], str):
                raise QuestionError('"area" should be the id of an area, or null')
            state = replace(state, area=(row["area"] or "").lower() or None)
        if "audience" in row:
            state = replace(state, audience=read_audience(row["audience"]))
        return {"replies": [], "events": [], "state": state_json(self.talks.set(_name(talk), state, now))}

    def _message(self, talk: str, row: dict[str, Any]) -> Message:
        group, number = row.get("group", False) is True, row.get("update")
        if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
            raise QuestionError('"update" should be a whole number')
        for name in ("text", "press", "other"):
            if name in row and not isinstance(row[name], str):
                raise QuestionError(f'"{name}" should be text')
        if "press" in row:
            found = self._pressed(talk, row["press"])
            return Message(press=found.button.id, quoted=found.quoted, group=group, number=number)
        if "other" in row:
            return Message(other=row["other"], group=group, number=number)
        return Message(text=row["text"], group=group, number=number, about=self._replied(talk, row.get("reply_to")))

    def _replied(self, talk: str, number: Any) -> str | None:
        """What the reply was about that a message is a reply to: the N-th of its talk, from 1."""
        replies = self.replies.get(talk, [])
        if number is None:
            return None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= len(replies):
            raise QuestionError(f'"reply_to" should be the number of a reply of this talk, from 1 to {len(replies)}')
        return replies[number - 1]

    def _pressed(self, talk: str, wanted: str) -> Shown:
        """A button by its id, or by its exact label, newest first."""
        for shown in self.shown.get(talk, [])[::-1]:
            if wanted in (shown.button.id, shown.button.label):
                return shown
        raise QuestionError(f"no reply of this talk had a button {wanted!r}")


def _name(talk: str) -> str:
    return talk_name("json", talk)


def _object(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise QuestionError('this line is not JSON; it should be like {"talk": "a", "text": "..."}') from None
    if not isinstance(row, dict):
        raise QuestionError('this line is not a JSON object; it should be like {"talk": "a", "text": "..."}')
    return row


def reply_json(reply: Reply, guide: Guide) -> dict[str, Any]:
    """One reply as the contract's object."""
    return {
        "kind": reply.kind,
        "entry": reply.entry,
        "facet": reply.facet,
        "facets": list(reply.facets),
        "safety": reply.safety,
        "choices": choice_rows(reply, guide),
        "score": round(reply.score, DIGITS) if reply.score is not None else None,
        "text": plain(reply),
        "buttons": [asdict(button) for line in reply.buttons for button in line],
    }


def state_json(state: State) -> dict[str, Any]:
    """A state as JSON; never the person's words, for none are in it."""
    rows = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(state).items()}
    return {**rows, "last": state.last}
