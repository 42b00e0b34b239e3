"""`./run train [WHAT ...]`: what is learned, made again from the content and the banks; by hand, when they have changed.

    embeddings          what each phrase of the content means: knowledge/content/meanings.npz (seconds to minutes)
    acts                what a message does in a talk: knowledge/acts/weights.npz (a minute)
    follow-ups          which facet a message asks for, and whether it is about the topic (alone; after `acts` and `matching`):
                        knowledge/matching/follow_ups.json, by conversations/training.py (some minutes)
    danger-classifier   likeness of words to danger: knowledge/danger/weights.json (some minutes)
    danger-judgement    what rules, likeness and meaning count together: knowledge/danger/judgement.json (some minutes)
    matching            what the encoder was taught of the entries; needs torch (ten minutes and more on two cores)
    danger              the same, of danger; after it make `danger-judgement` again (an hour and more)
    spans               the same, of what a message asks and rejects
    facets              the same, of which facet a message asks for; after `matching`, and before `follow-ups` (a quarter of an hour)

`matching --go-on` goes on from what is there, for a round: enough where entries or phrases were added. `matching` makes `embeddings` again after it. Without a name this text is shown. Another folder's embeddings:
`.venv/bin/python -m knowledge.training.embeddings FOLDER`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from knowledge.loader import BUILT_IN, load

GO_ON = "--go-on"
ENCODER = ("matching", "danger", "spans", "facets")


def main(wanted: Sequence[str]) -> int:
    """Make what is asked for; gives the exit code."""
    makers: dict[str, Callable[[], None]] = {
        "embeddings": _embeddings,
        "danger-classifier": _danger_classifier,
        "danger-judgement": _danger_judgement,
        "acts": _acts,
    }
    more, wanted = GO_ON in wanted, [name for name in wanted if name != GO_ON]
    unknown = [name for name in wanted if name not in (*makers, *ENCODER)]
    if unknown or not wanted:
        sys.stderr.write(__doc__ or "")
        return 2
    for name in wanted:
        if name in makers:
            makers[name]()
        else:
            _encoder(name, more=more)
    if "matching" in wanted:
        _embeddings()
    return 0


def _embeddings() -> None:
    from knowledge.training.embeddings import write

    sys.stdout.write(f"embeddings: {write(load(), BUILT_IN)} texts\n")


def _danger_classifier() -> None:
    from knowledge.training.danger_classifier import main as learn

    learn()


def _acts() -> None:
    from knowledge.training.acts import main as learn

    learn()


def _danger_judgement() -> None:
    from knowledge.training.judgement import main as settle

    settle()


def _encoder(name: str, *, more: bool) -> None:  # needs torch, which nothing else does
    if name == "facets":
        from knowledge.training.facet_encoder import main as learn

        learn()
    else:
        from knowledge.training.encoder import main as teach

        teach([name], more=more)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
