"""What a step costs beside one reading of the same text: `./run bench step`.

A step is all that `signpost ask` does with one message: danger, what it does, finding, the reply. A reading is one pass of
the encoder over the text, in whole numbers, by onnxruntime. Both are times of the processor, on one thread, in turn, over
families' open questions, so that the ratio holds on a busy machine; see `To reach` in benchmarks/README.md.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

QUESTIONS = Path(__file__).parent.parent / "tests" / "questions" / "open"
MOST = 300
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


def main() -> None:
    """Print the median and the ninth tenth of both, of their ratio, the readings a step, and the memory held."""
    if os.environ.get(THREADS[0]) != "1":
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.step"], os.environ | dict.fromkeys(THREADS, "1"))  # noqa: S606
    from benchmarks.telegram import resident
    from bot.ask import Question, ask
    from bot.opening import give_memory_back
    from conversations.guide import Guide
    from conversations.wording import load_wording
    from knowledge.encoder.weights import encoders
    from knowledge.loader import load
    from knowledge.matching.matcher import Matcher

    rows = [row for file in sorted(QUESTIONS.glob("*/*.yaml")) for row in yaml.safe_load(file.read_text("utf-8"))]
    random.Random(0).shuffle(rows)
    library, now = load(), datetime.now(UTC)
    guide = Guide(library, Matcher(library), load_wording())
    give_memory_back()
    reader = encoders()["danger"]
    readings = _counted(encoders())
    steps, passes, shares = [], [], []
    for at, row in enumerate(rows[: MOST + 20]):
        begin = time.thread_time()
        ask(Question(row["ask"], row.get("area")), guide, now)
        middle = time.thread_time()
        reader._of(row["ask"])  # noqa: SLF001 - what it remembers must not answer
        end = time.thread_time()
        if at < 20:
            readings.clear()  # the first few fill what is remembered of words
            continue
        steps.append(middle - begin)
        passes.append(end - middle)
        shares.append((middle - begin) / (end - middle))
    print("| | p50 | p90 |")  # noqa: T201
    print("| --- | --- | --- |")  # noqa: T201
    for name, found, unit in (
        ("a step, ms", steps, 1e3),
        ("one reading, ms", passes, 1e3),
        ("step / reading", shares, 1),
    ):
        found.sort()
        print(f"| {name} | {unit * found[len(found) // 2]:.1f} | {unit * found[int(0.9 * len(found))]:.1f} |")  # noqa: T201
    told = ", ".join(f"{use} {count / MOST:.2f}" for use, count in sorted(readings.items()))
    print(f"\nreadings a step, the one measured among those of danger: {told}")  # noqa: T201
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory of the process: {resident(os.getpid()):.0f} MB; while the index was built {most:.0f} MB")  # noqa: T201


def _counted(encoders: Any) -> Counter[str]:
    """Counts the readings of each encoder from now on."""
    count: Counter[str] = Counter()
    for use, encoder in encoders.items():

        def told(ids: Any, use: str = use, read: Any = encoder._told) -> Any:  # noqa: SLF001
            count[use] += 1
            return read(ids)

        encoder._told = told  # noqa: SLF001
    return count


if __name__ == "__main__":
    main()
