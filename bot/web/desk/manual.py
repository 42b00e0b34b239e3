"""The volunteers' guide, docs/desk.md, cut into its parts and made ready for pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

GUIDE = Path(__file__).parents[3] / "docs" / "desk.md"
"""The guide lies beside the program: in its folder, and in its container."""
HELP = "/desk/help"
PART_FOR = (
    ("/desk/today", "the-pages"),
    ("/desk/inbox", "a-comment-step-by-step"),
    ("/desk/feedback", "a-comment-step-by-step"),
    ("/desk/safeguarding", "safeguarding"),
    ("/desk/council", "for-the-council"),
    ("/desk/questions", "questions-without-an-answer"),
    ("/desk/changes", "questions-without-an-answer"),
    ("/desk/figures", "figures"),
    ("/desk/report", "the-annual-report"),
    ("/desk/export", "export"),
    ("/desk/staff", "people-and-roles"),
    ("/desk/account", "your-account"),
    ("/desk/sign-in", "signing-in-the-first-time"),
    ("/desk/set-up", "signing-in-the-first-time"),
)
"""Which part of the guide helps with which pages, by how their addresses begin."""
WRONG = "when-something-goes-wrong"
"""The part that helps with pages that cannot be shown."""


@dataclass(frozen=True)
class Part:
    """One part of the guide: its name in addresses, its heading, and its text as HTML that holds no script and no style."""

    name: str
    title: str
    html: str


def part_for(path: str, status: int = 200) -> str:
    """The address of the help with a page; the contents of the guide where no part is about it.

    What cannot be shown has one part for all: it must not tell what would be there (W2).
    """
    name = next((part for start, part in PART_FOR if path.startswith(start)), "")
    name = WRONG if status in (403, 404, 405, 500) else name
    return f"{HELP}/{name}" if name in parts() else HELP


@cache
def parts() -> dict[str, Part]:
    """The parts of the guide by name, in its order; none where the guide does not lie beside the program."""
    if not GUIDE.is_file():
        return {}
    headed = re.split(r"^## +(.+)$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    texts = {slug(title): (title.strip(), text) for title, text in zip(headed[::2], headed[1::2], strict=True)}
    homes = {name: name for name in texts}
    for name, (_, text) in texts.items():
        homes |= {slug(title): name for title in re.findall(r"^### +(.+)$", text, flags=re.MULTILINE)}
    return {name: Part(name, title, _html(text, homes)) for name, (title, text) in texts.items()}


def slug(title: str) -> str:
    """A heading as links in Markdown name it."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def _html(text: str, homes: dict[str, str]) -> str:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for place, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1]) - 1}"
        if token.type == "heading_open":
            token.attrs["id"] = slug(tokens[place + 1].content)
        token.attrs.pop("style", None)  # the alignment of a column; no page has styles of its own
        if token.children:
            token.children = _inside(token.children, homes)
    html = str(markdown.renderer.render(tokens, markdown.options, {}))
    region = '<div class="scroll" tabindex="0" role="region" aria-label="A table"><table>'
    return html.replace("<table>", region).replace("</table>", "</table></div>")


def _inside(tokens: list[Token], homes: dict[str, str]) -> list[Token]:
    """The tokens of a paragraph without pictures; links lead to pages of the help, and other documents are named alone."""
    kept: list[Token] = []
    dropped: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            goal = _goal(str(token.attrs.get("href", "")), homes)
            dropped.append(not goal)
            token.attrs["href"] = goal
            if not goal:
                continue
        if (token.type == "link_close" and dropped.pop()) or token.type == "image":
            continue
        kept.append(token)
    return kept


def _goal(href: str, homes: dict[str, str]) -> str:
    """Where a link of the guide leads within the help; empty where it leads to another document."""
    if href.startswith(("https://", "tel:", "mailto:")):
        return href
    name = href.removeprefix("#")
    home = homes.get(name, "") if href.startswith("#") else ""
    return "" if not home else f"{HELP}/{home}" if home == name else f"{HELP}/{home}#{name}"
