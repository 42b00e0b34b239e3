"""Where `signpost` begins: the encoder is read beside the rest, which takes as long to load."""

from __future__ import annotations

import sys

from knowledge.encoder import read_aside

ANSWERING = frozenset({"ask", "chat", "telegram", "serve"})
"""The commands that understand messages, and so need the encoder."""


def main() -> None:
    """Run the command that was typed."""
    if not ANSWERING.isdisjoint(sys.argv[1:2]):
        read_aside()
    from bot import commands

    commands.main(prog_name="signpost")


if __name__ == "__main__":
    main()
