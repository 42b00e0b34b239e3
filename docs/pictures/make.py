"""Makes the README's pictures from the running program: a talk on the web page, one in the terminal, and the desk's inbox.

Run it from the root of a checkout: `.venv/bin/python make.py FOLDER`. It writes page.png, talk.png, talk.txt and desk.png there.
It needs Chromium, and Playwright from requirements-dev.txt. Nothing in the pictures is drawn by hand: the talk is what
`signpost chat` prints, and the inbox is the desk's own page over comments that were left through `signpost chat --json`.
"""

from __future__ import annotations

import base64
import html
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

SIGNPOST = (sys.executable, "-m", "bot")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
]  # fmt: skip
START_SECONDS = 120

NOW = "2026-11-24T10:40+00:00"
"""A fixed clock, a Tuesday morning: who is open, and the days at the desk, are the same in every run."""

TALK = ("how do i ask social services for help with my disabled daughter", "is there a number")
QUESTION = "they want to exclude my son from school"
COLUMNS = 88
PROMPT = "> "

PASSWORD = "four calm herons wade"
WHO = "robin"
# How each comment is left: who says it, the day, the question whose answer it is about, the kind and the feeling
# (labels of buttons), the words, and what the desk then does with it.
COMMENTS: tuple[dict[str, Any], ...] = (
    {"day": "2026-10-29", "ask": "who can help me with the ehc plan paperwork, sendiass", "kind": "What is offered, how good it is",
     "felt": "Good", "words": "SENDIASS rang back the same day and went through the letter with me line by line.",
     "desk": {"state": "Done", "public": "SENDIASS rang back the same day and went through the letter with me.",
              "response": "Thank you. We told the team what you said.", "publish": True}},
    {"day": "2026-11-03", "ask": "short breaks", "kind": "Something is missing", "felt": "Bad",
     "words": "Holiday clubs are full before Easter, and nobody says when new places open.", "desk": {"state": "Read"}},
    {"day": "2026-11-06", "ask": "sendlo", "kind": "How the Local Offer is made", "felt": None,
     "words": "Please ask families who use a wheelchair before you make a page about days out.", "desk": {"state": "Read"}},
    {"day": "2026-11-12", "ask": "school transport", "kind": "How easy the information is", "felt": "Bad",
     "words": "The letter about school transport is hard to read. I had to look up six words.", "desk": {"state": "Read"}},
    {"day": "2026-11-17", "ask": "sendlo", "kind": "How easy the information is", "felt": "Mixed",
     "words": "The website is good on a computer, but on my phone the menu covers half of the page.",
     "desk": {"state": "Done", "public": "On a phone the menu of the website covers half of the page.",
              "response": "Thank you. We passed this on.", "done": "The menu has been mended.", "publish": True}},
    {"day": "2026-11-20", "ask": "sendiass", "kind": "What is offered, how good it is", "felt": "Bad",
     "words": "While we waited for the assessment nobody told us that school can help without a diagnosis.",
     "desk": {"state": "With the council", "public": "While we waited for the assessment nobody told us that school can help."}},
    {"day": "2026-11-22", "ask": "short breaks", "kind": "Something is missing", "felt": "Mixed", "audience": "young-person",
     "words": "I would like a club for teenagers that is not only sport.", "desk": None},
    {"day": "2026-11-23", "ask": "sendiass", "kind": "How easy the information is", "felt": "Mixed",
     "words": "I found the SENDIASS page at once, but there is no phone number on it.", "desk": None},
)  # fmt: skip


def main() -> None:
    """Make the pictures in the folder that is named."""
    if len(sys.argv) != 2 or not Path("bot", "__main__.py").is_file():
        raise SystemExit("usage, from the root of a checkout: python make.py FOLDER")
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        printed = talk(Path(folder) / "talk")
        (out / "talk.txt").write_text(plain(printed), encoding="utf-8")
        picture_of_talk(browser, printed, out / "talk.png")
        picture_of_page(browser, Path(folder) / "page", out / "page.png")
        data = Path(folder) / "desk"
        leave_comments(data)
        picture_of_desk(browser, data, out / "desk.png")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium of the system, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


# -- the web page


def picture_of_page(browser: Browser, data: Path, file: Path) -> None:
    """A phone with the first page beside one with an answer, in the dark."""
    with serving(data) as address:
        shots = [_phone(browser, address, scheme) for scheme in ("light", "dark")]
    page = browser.new_page(viewport={"width": 820, "height": 740}, device_scale_factor=1.5)
    urls = [f"data:image/png;base64,{base64.b64encode(shot).decode()}" for shot in shots]
    images = "".join(f'<img src="{url}" style="width:390px;height:720px;border-radius:14px">' for url in urls)
    page.set_content(f'<body style="margin:10px;display:flex;gap:20px;background:#fff">{images}</body>')
    page.screenshot(path=str(file))
    page.close()


def _phone(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> bytes:
    """The first page; in the dark, the answer to a question."""
    context = browser.new_context(
        base_url=address, color_scheme=scheme, viewport={"width": 390, "height": 720}, device_scale_factor=2,
        reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.goto("/?area=wirral" if scheme == "dark" else "/")
    if scheme == "dark":
        page.get_by_role("textbox").fill(QUESTION)
        page.get_by_role("button", name="Send").click()
        page.locator(".reply.answer").wait_for()
    shot = page.screenshot()
    context.close()
    return shot


# -- the talk


def talk(data: Path) -> str:
    """What a terminal shows of the talk, with its colours: the program runs in a terminal of its own, and is typed to."""
    child, terminal = pty.fork()
    if child == 0:
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": "60"}
        command = [*SIGNPOST, "chat", "--area", "wirral", "--audience", "parent", "--now", NOW, "--data", str(data)]
        os.execvpe(command[0], command, environment)  # noqa: S606 - the program itself, in the new terminal
    shown = _until_prompt(terminal)
    for line in TALK:
        os.write(terminal, line.encode() + b"\n")
        shown += _until_prompt(terminal)
    os.write(terminal, b"quit\n")
    _until_prompt(terminal)
    os.waitpid(child, 0)
    os.close(terminal)
    return shown.replace("\r\n", "\n")


def _until_prompt(terminal: int) -> str:
    """What comes until the program waits for a line, or ends."""
    shown, until = b"", time.monotonic() + START_SECONDS
    while time.monotonic() < until and not shown.endswith(f"\n{PROMPT}".encode()):
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                read = os.read(terminal, 65_536)
            except OSError:  # how Linux says that the other end has closed
                break
            if not read:
                break
            shown += read
    return shown.decode("utf-8")


def plain(printed: str) -> str:
    """The talk without colours."""
    lines = re.sub(r"\x1b\[[\d;]*m", "", printed).split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip(f"\n{PROMPT}") + "\n"


def picture_of_talk(browser: Browser, printed: str, file: Path) -> None:
    """Draw the talk from the first line that was typed; what stood above it has scrolled away."""
    seen = printed[printed.index(f"\n{PROMPT}") + 1 :]
    page = browser.new_page(viewport={"width": 900, "height": 400})
    page.set_content(TERMINAL.replace("SEEN", "\n".join(map(_coloured, seen.split("\n")))))
    page.screenshot(path=str(file), full_page=True)
    page.close()


def _coloured(line: str) -> str:
    """One line as HTML. Its colours are those that the terminal was told; what was typed stands out."""
    if line.startswith(PROMPT):
        typed = line.removeprefix(PROMPT)
        return f'<b class="c36">&gt;</b> <b>{html.escape(typed)}</b>{"" if typed else "<i></i>"}'
    drawn, classes = "", ""
    for part in re.split(r"(\x1b\[[\d;]*m)", line.rstrip()):
        if found := re.fullmatch(r"\x1b\[([\d;]*)m", part):
            classes = " ".join(f"c{code}" for code in found[1].split(";") if code not in ("", "0"))
        elif part:
            drawn += f'<span class="{classes}">{html.escape(part)}</span>' if classes else html.escape(part)
    return drawn


TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #16202c; color: #d8dee6; padding: 20px 24px 22px; }
pre { margin: 0; font: 16px/22px "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; }
i { display: inline-block; width: .6em; height: 1.05em; background: #d8dee6; vertical-align: -.15em; }
b, .c1 { font-weight: 700; color: #fff; } .c2 { color: #93a1b0; } .c31 { color: #ff8a80; } .c32 { color: #8fd694; } .c36 { color: #7fd4e4; }
</style><pre>SEEN</pre>"""


# -- the desk


def leave_comments(data: Path) -> None:
    """Every comment is left as a family leaves it: asked, "Tell the forum", the two questions, the words, Yes."""
    lines: list[dict[str, str]] = []
    for number, one in enumerate(COMMENTS):
        here = {"talk": str(number), "now": f"{one['day']}T19:30+00:00"}
        lines += [
            here | {"area": "wirral", "audience": one.get("audience", "parent")},
            here | {"text": one["ask"]},
            here | {"press": "Tell the forum"},
            here | {"press": one["kind"]},
            here | {"press": one["felt"] or "Skip"},
            here | {"text": one["words"]},
            here | {"press": "Yes"},
        ]
    command = [*SIGNPOST, "chat", "--json", "--data", str(data)]
    typed = "".join(json.dumps(line) + "\n" for line in lines)
    answers = subprocess.run(command, input=typed, capture_output=True, text=True, check=True).stdout.splitlines()
    for line, answer in zip(lines, map(json.loads, answers), strict=True):
        if "error" in answer or (line.get("press") == "Yes" and "FeedbackGiven" not in answer["events"]):
            raise SystemExit(f"a comment was not kept: {line} {answer}")


def picture_of_desk(browser: Browser, data: Path, file: Path) -> None:
    """The inbox after a volunteer has been through the older comments."""
    add = [*SIGNPOST, "staff", "add", WHO, "--area", "wirral", "--role", "reviewer", "--now", NOW, "--data", str(data)]
    secret = subprocess.run(add, capture_output=True, text=True, check=True).stdout.split()[-1]
    with serving(data) as address:
        context = browser.new_context(
            base_url=address, viewport={"width": 1600, "height": 1000}, device_scale_factor=0.8
        )
        page = context.new_page()
        sign_in(page, secret)
        for place, one in enumerate(COMMENTS, 1):
            if one["desk"]:
                review(page, place, **one["desk"])
        page.goto("/desk/inbox")
        page.screenshot(path=str(file))
        context.close()


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """The desk in a process of its own."""
    command = [*SIGNPOST, "serve", "--insecure-loopback", "--port", "0", "--now", NOW, "--data", str(data)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        found = re.search(r"(http://\S+?)/desk/", process.stdout.readline())
        if found is None:
            raise SystemExit("the desk did not start")
        yield found[1]
    finally:
        process.terminate()
        process.wait(timeout=60)


def sign_in(page: Page, secret: str) -> None:
    """Set the account up, as a volunteer does: the code that proves the phone signs in."""
    moment = datetime.fromisoformat(NOW).timestamp()
    page.goto("/desk/set-up")
    page.get_by_label("Your name at the desk").fill(WHO)
    page.get_by_label("Set-up secret").fill(secret)
    page.get_by_role("button", name="Continue").click()
    codes = pyotp.TOTP(page.locator("code.secret").inner_text().replace(" ", ""))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_label("The six digits that the app shows now").fill(codes.at(moment))
    page.get_by_role("button", name="Set up my account").click()
    page.get_by_role("link", name="I have kept them. Continue").click()
    page.wait_for_url("**/desk/today")


def review(
    page: Page, number: int, state: str, public: str = "", response: str = "", done: str = "", publish: bool = False
) -> None:
    """What a volunteer does with one comment."""
    page.goto(f"/desk/feedback/{number}")
    page.get_by_label("State", exact=True).select_option(label=state)
    for label, words in (("Words for publication", public), ("Public response", response), ("What was done", done)):
        if words:  # their fields are opened with the state that needs them
            page.get_by_role("textbox", name=label).fill(words)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").wait_for()
    if publish:
        page.goto(f"/desk/feedback/{number}/publish")
        page.get_by_role("button", name="Publish: everybody may read this").click()
        page.get_by_text("Published: everybody may read it.").wait_for()


if __name__ == "__main__":
    main()
