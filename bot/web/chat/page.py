"""The chat page as it is drawn: replies as cards, the box to type in, topics, area, and what leaves or forgets."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from sqlalchemy import Engine

from bot.web.chat.door import Door
from bot.web.chat.paper import Paper
from bot.web.chat.pictures import picture_of, picture_on
from bot.web.chat.tappable import pieces, ways
from bot.web.chat.token import Token, new_token
from conversations.guide import Guide, InUse, in_use
from conversations.keys.talk_key import Secrets
from conversations.replies.prompts import area_buttons
from conversations.talks import Talks
from conversations.turns import ContactBlock, Message, Paragraph, Quote, Reply, SourceLine, State, Steps, quoted
from conversations.wording import Wording

TEMPLATES = Path(__file__).parent / "templates"
TOPICS = 6
"""So many topics stand on the first screen; the others are one press away."""
COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
LEAST_CONTRAST = 4.5
"""Of white letters on a colour that a host page chooses (WCAG 2.2, 1.4.3)."""
RATED = "hy:"
"""How the row of buttons begins that asks whether an answer helped."""


@dataclass(frozen=True)
class Start:
    """What a link to the page brings: an area, and a topic of it."""

    area: str = ""
    topic: str = ""
    easy: bool = False
    """Whether it asks for easy read."""
    young: bool = False
    """Whether a young person is to be spoken to."""

    def applied(self, state: State) -> State:
        """The state of a talk that goes on from it."""
        audience = "young-person" if self.young else state.audience
        here = replace(
            state, area=self.area or state.area, easy_read=self.easy or state.easy_read, audience=audience
        )  # fmt: skip
        return here.on(self.topic) if self.topic else here


@dataclass(frozen=True)
class View:
    """One page of one talk."""

    token: Token
    state: State = field(default_factory=State)
    start: Start = field(default_factory=Start)
    known: bool = False
    """Whether the browser came with a talk of before."""
    framed: bool = False
    """Within another site: no cookie is used, and the talk's token stands in the page."""
    colour: str = ""
    shown: Markup | None = None
    """The replies that stand on it."""

    @property
    def easy(self) -> bool:
        """Whether it speaks easy words."""
        return self.state.easy_read or self.start.easy


@dataclass(frozen=True)
class Chat:
    """All that the page stands on; one for the whole server."""

    door: Door
    words: Wording
    pages: Environment
    secure: bool
    framed_by: tuple[str, ...] = ()
    """The origins that may show the page in a frame; none by default."""

    @property
    def guide(self) -> Guide:
        """The guide that is in use now."""
        return self.door.talks.guide

    def replies(self, replies: Sequence[Reply], view: View) -> Markup:
        """Replies as a part of a page."""
        return Markup(self._draw("replies.html", view, replies=replies))  # noqa: S704 - drawn with autoescape

    def page(self, view: View) -> str:
        """The whole page."""
        return self._draw("page.html", view)

    def changes(self, view: View, replies: Sequence[Reply]) -> str:
        """What families said and what was done; without replies a page to choose an area."""
        return self._draw("changes.html", view, replies=replies)

    def paper(self, view: View, paper: Paper, problem: str = "") -> str:
        """An answer as a page to print and to take away, with the way back to where it came from."""
        return self._draw("paper.html", view, paper=paper, problem=problem, back=_back(view))

    def lost(self, failed: bool) -> str:
        """The page of what is not there, or `failed`: the way out and the numbers stand on it too."""
        return self._draw("lost.html", View(new_token(self.door.clock())), failed=failed)

    def _draw(self, template: str, view: View, **values: Any) -> str:
        guide, words = (self.guide.easy, self.words.easy) if view.easy else (self.guide, self.words)
        return self.pages.get_template(template).render(
            view=view, once=secrets.token_hex(8), area=guide.area(view.state.area or view.start.area), easy=view.easy,
            words=words.rows, said=words, themes=[(theme, guide.wording.theme(theme)) for theme in guide.themes[:TOPICS]],
            areas=[button for row in area_buttons(guide) for button in row] if guide.library.areas else [],
            picture_of=partial(picture_of, guide), picture_on=partial(picture_on, guide), **values,
        )  # fmt: skip


def open_chat(
    guide: Guide | InUse, engine: Engine | None, kept: Secrets | None, words: Wording, clock: Callable[[], datetime],
    secure: bool, framed_by: tuple[str, ...] = (),
) -> Chat:  # fmt: skip
    """The chat page over a database, with the sentences that it says in its own way."""
    talks = Talks(in_use(guide).at_door(words), engine, kept)
    talks.judge(Message(text=words("ask")))  # what judging needs is read now: the first card is as quick as any (S1a)
    return make_chat(Door(talks, clock), words, secure, framed_by)


def make_chat(door: Door, words: Wording, secure: bool, framed_by: tuple[str, ...] = ()) -> Chat:
    """The chat page with its templates. `door` hears what is sent to it."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    guide = door.talks.guide
    pages.globals.update(
        pieces=pieces, ways=ways, kind_of=kind_of, quoted=quoted, is_rating=is_rating,
        homes=[(home.id, home.name) for home in guide.library.areas],
    )  # fmt: skip
    return Chat(door, words, pages, secure, framed_by)


def kind_of(block: object) -> str:
    """The name by which the template knows a block."""
    match block:
        case Paragraph(strong=True):
            return "heading"
        case Paragraph():
            return "paragraph"
        case Steps():
            return "steps"
        case ContactBlock():
            return "contact"
        case SourceLine():
            return "source"
        case Quote():
            return "quote"
    raise TypeError(type(block).__name__)


def is_rating(row: Sequence[Any]) -> bool:
    """Whether a row of buttons asks whether an answer helped."""
    return bool(row) and row[0].id.startswith(RATED)


def _back(view: View) -> str:
    """The address of the page that the talk stands on: within a frame with the area and the colour that the host asked for."""
    if not view.framed:
        return "/"
    asked = {"area": view.state.area or view.start.area, "colour": view.colour.removeprefix("#")}
    return "/embed?" + urlencode({name: value for name, value in asked.items() if value})


def fit_colour(asked: str) -> str:
    """A colour that a host page asks for, as #rrggbb; empty where white letters could not be read on it."""
    found = COLOUR.fullmatch(asked)
    if found is None:
        return ""
    parts = [int(found[1][at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return f"#{found[1].lower()}" if 1.05 / (luminance + 0.05) >= LEAST_CONTRAST else ""
