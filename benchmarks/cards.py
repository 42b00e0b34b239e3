"""Cards and lines in a hundred messages of other people, by set: `./run bench cards`.

The sets stand in ../shared (see its README files); only what danger was not taught on is measured, as
knowledge/training/public_messages.py parts them. A message that wants danger (`card`, `either`) stands in rows of its own.
"""

from __future__ import annotations

import sys
from collections import defaultdict

from knowledge.danger.detector import danger
from knowledge.training import public_messages

WANT_DANGER = ("card", "either")


def main() -> int:
    """Print the table; 2 where the sets are not beside this checkout."""
    if not public_messages.is_there():
        sys.stderr.write("The public sets are not beside this checkout (../shared/ordinary, ../shared/real).\n")
        return 2
    found: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    for source in ("comments", "crisis", "written", "posts"):
        for message in public_messages.parts(source)[1]:
            wanted = "danger" if message.want in WANT_DANGER else "no danger"
            judged = danger(message.text)
            found[f"{source}: {message.source}", wanted].append(judged.strength if judged else None)
    print("| set | wanted | messages | card, of 100 | card or line, of 100 |")  # noqa: T201
    print("| --- | --- | --- | --- | --- |")  # noqa: T201
    for (source, wanted), strengths in sorted(found.items()):
        cards, any_ = strengths.count("card"), len(strengths) - strengths.count(None)
        count = len(strengths)
        print(f"| {source} | {wanted} | {count} | {100 * cards / count:.1f} | {100 * any_ / count:.1f} |")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
