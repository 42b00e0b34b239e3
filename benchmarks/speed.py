"""How fast the matcher answers, starts and how much it holds, beside what people would use in its place.

    ./run bench speed                 1,000, 10,000 and 100,000 phrases
    ./run bench speed 1000 10000      these numbers of phrases

The phrases are made: halves of the built-in ones put together anew, thirty an entry. Each size runs in a process of its
own, on one thread. Times are of the processor, so that other programs on the machine disturb them less. Last the whole
process of one `signpost ask` over the built-in content, by the clock: the first one in a data folder, and a later one.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

SIZES = (1_000, 10_000, 100_000)
PER_ENTRY = 30
QUESTIONS = 200
SLOW = 25
"""Questions put to a peer that takes long."""


def made(count: int) -> tuple[list[str], list[str]]:
    """So many phrases, and questions that are none of them."""
    from knowledge.loader import load

    texts = [phrase for entry in load().entries if not entry.small_talk for phrase in entry.phrases]
    halves = [text.split() for text in texts]
    rng = random.Random(count)
    out: dict[str, None] = {}
    while len(out) < count + QUESTIONS:
        first, second = rng.choice(halves), rng.choice(halves)
        out[" ".join((*first[: (len(first) + 1) // 2], *second[len(second) // 2 :]))] = None
    every = list(out)
    return every[:count], every[count:]


def median(ask: Callable[[str], Any], questions: list[str]) -> float:
    """The median time of a question in milliseconds of the processor."""
    times = []
    for question in questions:
        begin = time.thread_time()
        ask(question)
        times.append(1e3 * (time.thread_time() - begin))
    return sorted(times)[len(times) // 2]


def measure(count: int) -> dict[str, float]:
    """All times of one size, in milliseconds and seconds, and the memory in MB."""
    from knowledge.entries import Area, Entry, Library
    from knowledge.matching.matcher import Matcher

    phrases, questions = made(count)
    entries = tuple(
        Entry(f"demo/{at}", "demo", "made", phrases[at], "-", tuple(phrases[at : at + PER_ENTRY]))
        for at in range(0, count, PER_ENTRY)
    )
    library = Library(entries, (Area("demo", "Demo"),), digest=str(count))
    out: dict[str, float] = {}
    before = _memory()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        matcher = Matcher(library, cache=Path(folder))
        out["cold start, s"] = time.process_time() - begin
        out["memory of the process, MB"] = _memory()
        out["of it the matcher, MB"] = out["memory of the process, MB"] - before
        begin = time.process_time()
        Matcher(replace(library), cache=Path(folder))
        out["cached start, s"] = time.process_time() - begin
    matcher.match(questions[0], "demo")
    out["Signpost, ms"] = median(lambda text: matcher.match(text, "demo"), questions)
    return out | _peers(phrases, questions)


def _peers(phrases: list[str], questions: list[str]) -> dict[str, float]:
    from rapidfuzz import fuzz, process, utils

    choices = [utils.default_process(phrase) for phrase in phrases]
    out: dict[str, float] = {}
    for name, scorer in (("WRatio, ms", fuzz.WRatio), ("token_set_ratio, ms", fuzz.token_set_ratio)):
        few = questions[: QUESTIONS if len(phrases) <= 1_000 else SLOW]

        def nearest(text: str, scorer: Callable[..., float] = scorer) -> object:
            return process.extract(utils.default_process(text), choices, scorer=scorer, limit=10)

        out[name] = median(nearest, few)
    try:
        import bm25s
    except ImportError:
        return out
    index = bm25s.BM25()
    index.index([text.lower().split() for text in phrases], show_progress=False)
    most = min(10, len(phrases))
    out["bm25s, ms"] = median(
        lambda text: index.retrieve([text.lower().split()], k=most, show_progress=False), questions
    )
    return out


def _memory() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def starts() -> tuple[float, float]:
    """Seconds of the clock for a whole `signpost ask`: with nothing cached, and from the cache (the best of three)."""
    with tempfile.TemporaryDirectory() as folder:
        call = [
            sys.executable,
            "-m",
            "bot",
            "ask",
            "how do I get an EHC plan",
            "--area",
            "manchester",
            "--data",
            folder,
        ]
        times = []
        for _ in range(4):
            begin = time.perf_counter()
            subprocess.run(call, capture_output=True, check=True)
            times.append(time.perf_counter() - begin)
    return times[0], min(times[1:])


def main() -> None:
    """Print the table, a column a size."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    if os.environ.get("MEASURE"):
        print(json.dumps(measure(sizes[0])))
        return
    columns = []
    for size in sizes:
        threads = dict.fromkeys(
            ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
        )
        call = [sys.executable, "-m", "benchmarks.speed", str(size)]
        done = subprocess.run(
            call, env={**os.environ, **threads, "MEASURE": "1"}, capture_output=True, text=True, check=True
        )
        columns.append(json.loads(done.stdout))
    print("| | " + " | ".join(f"{size:,} phrases" for size in sizes) + " |")
    print("| --- " * (1 + len(sizes)) + "|")
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(f"{column[name]:.4g}" for column in columns) + " |")
    shares = [column["Signpost, ms"] / column["WRatio, ms"] for column in columns]
    print("| Signpost / WRatio | " + " | ".join(f"{share:.3f}" for share in shares) + " |")
    cold, cached = starts()
    print(f"\nThe whole of one `signpost ask`: cold {cold:.2f} s, cached {cached:.2f} s ({cached / cold:.2f} of it)")


if __name__ == "__main__":
    main()
