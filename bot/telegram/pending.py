"""Updates that are confirmed to Telegram before they are answered: a crash loses no person, though it loses the answer (T8).

Telegram shows no more than a hundred updates that are not confirmed, so that those who come after would wait for the slowest
of them. Where each answer goes is therefore noted, sealed and without a word of what was typed, before it is let go. What a
process leaves unanswered, the next one takes over: it asks the person to write again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable

from bot.limits import FairLane
from bot.telegram.html import draw
from bot.telegram.sending import Sender
from bot.telegram.updates import Incoming
from conversations.keys.talk_key import talk_name
from conversations.replies.prompts import interrupted
from conversations.talks import Talks

log = logging.getLogger(__name__)

NOTE_SECONDS = 0.5
"""How long newer updates wait for this to be written: a card among them must leave within two seconds (S1a)."""


class Pending:
    """What one process let go, and what it took over."""

    def __init__(self, talks: Talks, sender: Sender, owner: str, behind: FairLane, shared: bool) -> None:
        """`shared`: as at Door."""
        self.talks, self.sender, self.owner, self.behind, self.shared = talks, sender, owner, behind, shared
        self.in_hand: dict[int, Incoming] = {}
        """The updates that are not answered yet, by number."""
        self.telling = 0
        """How many people are being told."""

    async def let_go(self, numbers: Iterable[int]) -> bool:
        """Note where the answers to these updates go; whether it could be noted. Of a group nothing is noted (T5)."""
        going = [self.in_hand[number] for number in numbers if number in self.in_hand]
        going = [one for one in going if not one.message.group]
        addresses = {(_name(one), one.number): json.dumps([one.chat, one.thread]) for one in going}
        if not addresses or not await self.behind.run(None, self.talks.let_go, self.owner, addresses, self.shared):
            return False
        late = [self.talks.mark_of(_name(one), one.number) for one in going if one.number not in self.in_hand]
        if late:  # done while this was written, by no answer that is noted
            await self.behind.run(None, self.talks.told, late)
        return True

    async def tell(self) -> None:
        """Tell everybody who waits in vain, since a process is gone, that they should write again."""
        found = await self.behind.run(None, self.talks.take_over, self.owner)
        coming = {self.talks.mark_of(_name(one), one.number) for one in self.in_hand.values()} if found else set()
        waiting: dict[tuple[int, int | None], list[bytes]] = {}
        for mark, address in found.items():
            if mark in coming:  # it came again, and is answered here
                continue
            chat, thread = json.loads(address)
            waiting.setdefault((chat, thread), []).append(mark)
        self.telling += len(waiting)
        await asyncio.gather(*(self._tell(chat, thread, marks) for (chat, thread), marks in waiting.items()))

    async def _tell(self, chat: int, thread: int | None, marks: list[bytes]) -> None:
        try:
            marks = await self.behind.run(None, self.talks.still_owed, self.owner, marks)
            if not marks:  # what came again meanwhile is answered where it came
                return
            outcome = "sent"
            for part in draw(interrupted(self.talks.guide)):
                outcome = await self.sender.send(chat, part, thread)
            if outcome != "given up":
                await self.behind.run(None, self.talks.told, marks)
        finally:
            self.telling -= 1


def _name(incoming: Incoming) -> str:
    return talk_name("telegram", str(incoming.chat))
