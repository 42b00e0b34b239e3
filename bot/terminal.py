"""The same talk in a terminal: numbered buttons, colour where there is colour."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from conversations.keys.talk_key import talk_name
from conversations.replies.prompts import sorry
from conversations.talks import Talks
from conversations.turns import (
    Block,
    ContactBlock,
    Message,
    Paragraph,
    Quote,
    Reply,
    SourceLine,
    State,
    Steps,
    quoted,
)  # fmt: skip
from knowledge.entries import Audience

CHAT = talk_name("terminal", "terminal")
LEAVE = ("quit", "exit", ":q")
WIDTH = 88
"""Longer lines are hard to read."""
OPENING = "Type your question, or the number of a button. /help for more. Ctrl-D or quit to leave."


def talk(
    talks: Talks,
    clock: Callable[[], datetime],
    area: str | None = None,
    audience: Audience | None = None,
    note: str | None = None,
) -> None:
    """Talk until the input ends."""
    console = Console(width=min(WIDTH, Console().width), highlight=False)
    if note:
        console.print(Text(note, style="yellow"))
    console.print(Text(OPENING, style="dim"))
    if area or audience:
        talks.set(CHAT, State(area=area, audience=audience), clock())
        buttons = show(_hear(talks, Message(text="/menu"), clock()), console, [])
    else:
        buttons = show(_hear(talks, Message(text="/start"), clock()), console, [])
    while True:
        try:
            typed = input("\n> ") if sys.stdin.isatty() else _line()
        except (EOFError, KeyboardInterrupt):
            break
        if typed.strip().lower() in LEAVE:
            break
        pressed = typed.strip()
        number = int(pressed) if pressed.isdecimal() and len(pressed) < 4 else 0
        message = buttons[number - 1] if 0 < number <= len(buttons) else Message(text=typed)
        try:
            buttons = show(_hear(talks, message, clock()), console, buttons)
        except Exception:
            buttons = show((sorry(talks.state(CHAT, clock()), talks.guide, clock()),), console, buttons)  # (S8)
    console.print()


def _line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _hear(talks: Talks, message: Message, now: datetime) -> tuple[Reply, ...]:
    return talks.reply(CHAT, message, now).replies


def show(replies: tuple[Reply, ...], console: Console, before: list[Message]) -> list[Message]:
    """Print replies; what a number typed now stands for (as before where there are no new buttons)."""
    buttons: list[Message] = []
    for reply in replies:
        console.print()
        style = "bold red" if reply.safety == "card" else "bold cyan"
        for index, block in enumerate(reply.blocks):
            if reply.kind == "choices" and isinstance(block, Steps):
                continue  # the buttons below say the same
            if index and not (isinstance(block, ContactBlock) and isinstance(reply.blocks[index - 1], ContactBlock)):
                console.print()
            _block(block, console, style)
        for row in reply.buttons:
            for button in row:
                buttons.append(Message(press=button.id, quoted=quoted(reply)))
                console.print(Text(f"  [{len(buttons)}] {button.label}", style="green"))
    return buttons or before


def _block(block: Block, console: Console, style: str) -> None:
    match block:
        case Paragraph(text, strong):
            console.print(Text(text, style=style if strong else ""))
        case Steps(items):
            for number, item in enumerate(items, 1):
                console.print(Padding(Text(f"{number}. {item}"), (0, 0, 0, 2)))
        case ContactBlock(name, ways):
            console.print(Padding(Text(name, style="bold"), (0, 0, 0, 2)))
            for way in ways:
                console.print(Padding(Text(f"{way.label}: {way.value}" if way.label else way.value), (0, 0, 0, 4)))
        case SourceLine(text, url):
            console.print(Text(text + (f" {url}" if url else ""), style="dim"))
        case Quote(text):
            console.print(Padding(Text(text, style="italic"), (0, 0, 0, 4)))
