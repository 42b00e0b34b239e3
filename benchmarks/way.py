"""The way of one message through the house: how many files it enters, and how often it goes from one file to another.

`./run bench way` prints a line a message. A hop is a call of a function that stands in another file than the caller.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import FrameType

from bot.opening import make_guide, open_kept
from bot.settings import make_data_folder, read_settings
from conversations.keys.talk_key import talk_name
from conversations.london import LONDON
from conversations.talks import Talks
from conversations.turns import Message, State

ROOT = Path(__file__).parents[1]
FLOORS = tuple(f"{ROOT / floor}/" for floor in ("bot", "conversations", "knowledge"))
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=LONDON)
TALK = talk_name("json", "way")
MESSAGES = {
    "a question": "how do i get an ehc plan for my son",
    "a long story": (
        "hiya im nan to a lad of 7 in birkenhead, school keep ringing me to fetch him. it is every week now and i cant keep leaving "
        "work. his mum is not well. not the taxi thing, i mean can they just send him home like that and who do i ring about it"
    ),
    "a follow-up": "whats their number",
    "danger": "he smashed the house up tonight and im in the bathroom",
    "feedback": "/feedback the short breaks page is out of date and nobody answers",
}


def ours(frame: FrameType | None) -> FrameType | None:
    """The nearest frame, this one or one that called it, whose code stands on one of the floors."""
    while frame is not None and not frame.f_code.co_filename.startswith(FLOORS):
        frame = frame.f_back
    return frame


def way(talks: Talks, text: str) -> tuple[set[str], Counter[str]]:
    """The files that a message enters, and its hops by wing ("knowledge/matching") of the file that is entered."""
    files: set[str] = set()
    hops: Counter[str] = Counter()

    def profile(frame: FrameType, event: str, _: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(FLOORS):
            files.add(file)
            caller = ours(frame.f_back)
            if caller is not None and caller.f_code.co_filename != file:
                hops["/".join(Path(file).relative_to(ROOT).parts[:2]).removesuffix(".py")] += 1

    sys.setprofile(profile)
    try:
        talks.hear(TALK, Message(text=text), NOW)
    finally:
        sys.setprofile(None)
    return files, hops


def main() -> None:
    """Print the table; each message is heard once before, a word longer, so that what is read on first use does not count."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(data=folder)
        make_data_folder(settings)
        engine, secrets = open_kept(settings)
        talks = Talks(make_guide(settings), engine, secrets)
        print("| message | files | hops | most of them in |\n| --- | --- | --- | --- |")
        for count, more in ((False, " please"), (True, "")):
            talks.hear(TALK, Message(text="/start"), NOW)
            talks.set(TALK, State(area="wirral"), NOW)
            for name, text in MESSAGES.items():
                files, hops = way(talks, text + more)
                most = ", ".join(f"{wing} {n}" for wing, n in hops.most_common(3))
                if count:
                    print(f"| {name} | {len(files)} | {hops.total()} | {most} |")


if __name__ == "__main__":
    main()
