"""200 talks at once on the chat page for a minute: from Send to answer, and the same over Telegram in the same run.

`python -m benchmarks.web [--people 200] [--seconds 60] [--pause 10]` prints a table. Everybody opens the page, then asks,
reads for a while (seeded), and asks again, with a cookie and an address of their own; the pages are got as the page's own
script gets them, over the loopback, so that the figures are those of the server and this machine, and not of a network.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from benchmarks.telegram import HEAD, QUESTIONS, ROOT, START_SECONDS, Figures, cpu_seconds, measure, resident

MARK = re.compile(r'name="mark" value="(\w+)"')
LISTENS = re.compile(r"(http://127\.0\.0\.1:\d+)/")


def main() -> None:
    """Measure the page, then Telegram, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=10, help="mean seconds between an answer and the next message")
    parser.add_argument("--only", choices=("page", "telegram"))
    options = parser.parse_args()
    print(
        f"{options.people} people, {options.seconds:.0f} s, a mean pause of {options.pause:.0f} s, {os.cpu_count()} cores"
    )
    print(HEAD)
    if options.only != "telegram":
        with serving() as (address, process):
            print(asyncio.run(talk(address, process, options)).row(), flush=True)
    if options.only != "page":
        figures = measure("signpost", options)
        figures.name = "telegram"
        print(figures.row(), flush=True)


@contextmanager
def serving() -> Iterator[tuple[str, int]]:
    """A server of its own over all content: its address and its process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bot", "serve", "--insecure-loopback", "--port", "0", "--data", folder]
        environ = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            until = time.monotonic() + START_SECONDS
            while (found := LISTENS.search(process.stdout.readline())) is None and time.monotonic() < until:
                continue
            assert found is not None, "the server did not start"
            yield found[1], process.pid
        finally:
            process.terminate()
            process.wait(30)


async def talk(address: str, process: int, options: argparse.Namespace) -> Figures:
    """Everybody talks until the time is over."""
    figures, chance = Figures("chat page"), random.Random(1)
    begun, cpu = time.monotonic(), cpu_seconds(process)
    figures.memory.append(resident(process))
    end = begun + options.seconds
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=options.people)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:
        people = [
            one_talk(client, number, random.Random(chance.random()), end, options.pause, figures)
            for number in range(options.people)
        ]
        await asyncio.gather(*people)
    figures.cpu = cpu_seconds(process) - cpu
    figures.memory.append(resident(process))
    return figures


async def one_talk(
    client: httpx.AsyncClient, number: int, chance: random.Random, end: float, pause: float, figures: Figures
) -> None:
    """One person: the page, then question after question. What is no answer to what was asked counts as unanswered."""
    await asyncio.sleep(chance.uniform(0, pause))
    headers = {
        "x-forwarded-for": f"10.0.{number // 250}.{number % 250 + 1}",
        "origin": str(client.base_url).rstrip("/"),
    }
    page = await client.get("/", headers=headers)
    cookie, mark = page.headers["set-cookie"].partition(";")[0], MARK.search(page.text)
    assert mark is not None
    form = {"mark": mark[1], "part": "1"}
    client.cookies.clear()  # each has its own
    asked = 0
    while time.monotonic() < end:
        asked += 1
        sent = {**form, "once": f"{asked:016x}", "text": chance.choice(QUESTIONS)}
        begun = time.monotonic()
        answer = await client.post("/talk", data=sent, headers={**headers, "cookie": cookie})
        took = time.monotonic() - begun
        client.cookies.clear()
        if answer.status_code == 200 and 'class="reply' in answer.json()["html"] and not answer.json()["again"]:
            figures.took.append(took)
        else:
            figures.unanswered += 1
        cookie = answer.headers["set-cookie"].partition(";")[0]
        await asyncio.sleep(chance.expovariate(1 / pause))


if __name__ == "__main__":
    main()
