"""Where `signpost` begins: the encoder is read beside the rest, which takes as long to load."""

from __future__ import annotations

import sys

from knowledge.encoder.weights import read_aside

ANSWERING = frozenset({"ask", "chat", "telegram", "serve"})
"""The commands that understand messages, and so need the encoder."""


def main() -> None:
    """Run the command that was typed."""
    if not ANSWERING.isdisjoint(sys.argv[1:2]):
        read_aside()
    from bot.commands.main import main as command

    command(prog_name="signpost")


if __name__ == "__main__":
    main()
