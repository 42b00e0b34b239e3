"""The commands that start with a slash; each answers in every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from conversations.guide import Guide
from conversations.replies.answers import contact_block
from conversations.replies.prompts import area_buttons, info, offered_as, own_local_offer, small_prompt
from conversations.retention import BACKUP_DAYS, limits
from conversations.turns import Block, Button, Forgotten, MineWanted, Paragraph, Reply, State, Turn


def command(state: State, text: str, guide: Guide, now: datetime) -> Turn:
    """The turn of a command, with whatever follows the first word passed over ("/area@signpost_bot wirral")."""
    name = text.split()[0].lstrip("/").partition("@")[0].lower()
    name = {"topics": "menu"}.get(name, name)
    act = COMMANDS.get(name)
    if act is None:
        return Turn(state, (_said(guide, "unknown_command", "help", "help_commands"),))
    return act(replace(state, asked=None), guide, now)


def _said(guide: Guide, *names: str) -> Reply:
    return Reply("info", tuple(Paragraph(guide.wording(name)) for name in names))


def start(state: State, guide: Guide, now: datetime) -> Turn:
    """Begin again: settings and last topic are dropped."""
    blocks = (Paragraph(guide.wording("welcome")), Paragraph(guide.wording("welcome_safety"), strong=True))
    if not guide.library.areas:
        return Turn(State(), (Reply("info", blocks), small_prompt("ready", guide)))
    asking = Reply("prompt", (*blocks, Paragraph(guide.wording("ask_area"))), tuple(area_buttons(guide)))
    return Turn(State(asked="area"), (asking,))


def help_(state: State, guide: Guide, now: datetime) -> Turn:
    """What the bot can do."""
    return Turn(state, (_said(guide, "help", "help_commands", "welcome_safety"),))


def menu(state: State, guide: Guide, now: datetime) -> Turn:
    """Topics for those who do not want to type."""
    return Turn(state, (small_prompt("menu", guide),))


def area(state: State, guide: Guide, now: datetime) -> Turn:
    """Ask where somebody lives."""
    return Turn(replace(state, asked="area"), (small_prompt("ask_area", guide),))


def easy_read(state: State, guide: Guide, now: datetime) -> Turn:
    """Turn easy read on or off; who begins with it is asked where they live, as then buttons lead on, and nothing must be typed."""
    after = replace(state, easy_read=not state.easy_read)
    told = info("easy_read_on" if after.easy_read else "easy_read_off", guide)
    if not after.easy_read or state.topics or state.area or not guide.library.areas:
        return Turn(after, (told,))
    return Turn(replace(after, asked="area"), (told, small_prompt("ask_area", guide.to(after))))


def language(state: State, guide: Guide, now: datetime) -> Turn:
    """English for now."""
    reply = replace(info("language", guide), buttons=((Button("m", guide.wording("english")),),))
    return Turn(state, (reply,))


def feedback(state: State, guide: Guide, now: datetime) -> Turn:
    """How to reach the parent carer forum, where nothing can be kept just now (S9)."""
    home = guide.area(state.area)
    blocks: list[Block] = [Paragraph(guide.wording("feedback"))]
    if home is not None and home.forum is not None:
        return Turn(state, (Reply("info", (*blocks, contact_block(home.forum, guide.wording, now))),))
    if state.area is None and guide.library.areas:
        asking = (*blocks, Paragraph(guide.wording("feedback_no_area")))
        return Turn(replace(state, asked="area"), (Reply("prompt", asking, tuple(area_buttons(guide))),))
    own = [Paragraph(guide.wording("feedback_elsewhere")), *own_local_offer(guide, now)[1:]]
    return Turn(state, (Reply("info", (*blocks, *own)),))


def privacy(state: State, guide: Guide, now: datetime) -> Turn:
    """What is kept and for how long, in 60 words, then more."""
    reply = info("privacy", guide, **limits())
    return Turn(state, (replace(reply, buttons=((Button("priv", guide.wording("button_privacy_more")),),)),))


def privacy_more(guide: Guide) -> Reply:
    """The longer word on privacy."""
    lines = guide.wording.list("privacy_more", **limits())
    return Reply("info", tuple(Paragraph(line) for line in lines))


def my_data(state: State, guide: Guide, now: datetime) -> Turn:
    """Everything that is held under the key of this talk (P7)."""
    if replace(state, turns=0) == State():
        return Turn(state, (info("my_data_none", guide),), wants=MineWanted())
    rows = (*_settings_rows(state, guide), *_topic_rows(state, guide))
    return Turn(
        state,
        (Reply("info", (Paragraph(guide.wording("my_data")), *(Paragraph(row) for row in rows))),),
        wants=MineWanted(),
    )


def settings(state: State, guide: Guide, now: datetime) -> Turn:
    """What is chosen, with the buttons that change it."""
    rows = tuple(
        (Button(id_, guide.wording(name)),)
        for id_, name in (("area", "button_area"), ("who-ask", "button_audience"), ("er", "button_easy_read"))
    )
    blocks = (Paragraph(guide.wording("settings")), *(Paragraph(row) for row in _settings_rows(state, guide)))
    return Turn(state, (Reply("info", blocks, rows, moves=True),))


def _settings_rows(state: State, guide: Guide) -> tuple[str, ...]:
    home = guide.area(state.area)
    elsewhere = guide.wording("button_elsewhere") if state.area else guide.wording("not_set")
    rows = {
        "data_area": home.name if home else elsewhere,
        "data_audience": guide.wording(state.audience or "not_set"),
        "data_easy_read": guide.wording("on" if state.easy_read else "off"),
        "data_language": guide.wording("english"),
    }
    return tuple(guide.wording("my_data_line", name=guide.wording(name), value=value) for name, value in rows.items())


def _topic_rows(state: State, guide: Guide) -> tuple[str, ...]:
    titles = {entry.id: entry.title for entry in guide.library.entries}
    by_id = guide.library.by_id
    offered = [
        offered_as(by_id[id_], state.behind(id_), state, guide) if id_ in by_id else id_ for id_ in state.offered
    ]
    rows = {
        "data_last": _titles(state.topics, titles),
        "data_band": guide.wording(f"age_{state.band}") if state.band else None,
        "data_worry": guide.wording("on") if state.worry else None,
        "data_offered": ", ".join(offered),
        "data_forum": _titles(state.forum_offered, titles),
        "data_rated": _titles(state.rated, titles),
    }
    return tuple(
        guide.wording("my_data_line", name=guide.wording(name), value=value) for name, value in rows.items() if value
    )


def _titles(ids: tuple[str, ...], titles: dict[str, str]) -> str:
    return ", ".join(titles.get(id_, id_) for id_ in ids)


def forget(state: State, guide: Guide, now: datetime) -> Turn:
    """Delete everything held under the key, at once (P6)."""
    reply = Reply("forgotten", (Paragraph(guide.wording("forgotten", backup_days=BACKUP_DAYS)),))
    return Turn(State(), (reply,), (Forgotten(),))


def stop(state: State, guide: Guide, now: datetime) -> Turn:
    """Goodbye; nothing is ever sent that is not a reply."""
    return Turn(state, (info("stopped", guide),))


COMMANDS: dict[str, Callable[[State, Guide, datetime], Turn]] = {
    "start": start,
    "help": help_,
    "menu": menu,
    "area": area,
    "feedback": feedback,
    "easyread": easy_read,
    "language": language,
    "privacy": privacy,
    "settings": settings,
    "mydata": my_data,
    "forget": forget,
    "stop": stop,
}
"""The commands in the order in which Telegram's menu shows them."""
