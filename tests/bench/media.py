"""Results under load: how late polls are while many files are rendered for the first time, and how
fast files that are there come, whole and in ranges.

The polls are measured without renders, with renders in processes apart, as `understudy serve` has
them, and with renders in threads, as an emulator inside another process has them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import uvloop
from bench import HERE, QUEUE, machine, request
from jobs import control, poll
from line import Line, line
from servers import KEY, heed, start
from timer import quantiles, yardstick

LINES = 4
"""Connections over which files are asked for: more than are rendered at once."""


async def made(one: Line, nth: int) -> tuple[str, str]:
    """A job with a result that no other has, and where that will be."""
    body = {
        "model": "google-veo-3-1-lite",
        "prompt": f"kite {nth}",
        "input_image": f"https://example.com/{nth}.png",
        "resolution": "1080p" if nth % 2 else "720p",
        "duration": "8s",
    }
    asked: Any = await one.json(request("POST", QUEUE, json.dumps(body).encode()))
    id = asked["generations"][0]["generation_id"]
    return id, f"/api/repos/bench/playground/file/main/generations/{id}.mp4"


async def measure(port: int, asked: argparse.Namespace) -> dict[str, Any]:
    """Polls alone, polls with first renders, and downloads."""
    one = await line(port)
    scenario = {"clock": {"mode": "manual"}, "balance": "1000000", "name": "bench"}
    await one.json(control("", {"key": KEY, "scenario": scenario}))
    files = [await made(one, nth) for nth in range(asked.files)]
    await one.json(control(f"/{KEY}/clock", {"advance": "10m"}))
    await one.call(request("GET", files[0][1]))
    ids = [id for id, _ in files]
    alone = await polled(port, ids, asked, asyncio.sleep(asked.seconds))
    left = iter(files[1:])
    began = time.perf_counter()

    async def some() -> None:
        own = await line(port)
        for _, path in left:
            await own.call(request("GET", path))

    async def fetch() -> None:
        await asyncio.gather(*(some() for _ in range(LINES)))

    rendering = await polled(port, ids, asked, fetch())
    took = time.perf_counter() - began
    return {
        "polls": alone,
        "polls_while_rendering": rendering,
        "renders_per_second": round((asked.files - 1) / took, 1),
        "downloads": await downloaded(port, files[1][1], asked.seconds),
    }


async def polled(port: int, ids: list[str], asked: argparse.Namespace, work: Any) -> Any:
    """Polls while something is done."""
    over = asyncio.Event()
    found: dict[str, Any] = {}
    polls = asyncio.create_task(poll(port, ids, asked.polls, over))
    with yardstick(found):
        await work
    over.set()
    return {**quantiles(await polls), **found}


async def downloaded(port: int, path: str, seconds: float) -> dict[str, float]:
    """One file again and again."""
    until = time.perf_counter() + seconds
    got = [0, 0]

    async def some() -> None:
        own = await line(port)
        while time.perf_counter() < until:
            got[0] += len(await own.call(request("GET", path)))
            got[1] += 1

    await asyncio.gather(*(some() for _ in range(LINES)))
    return {
        "file_kib": round(got[0] / got[1] / 1024),
        "mib_per_second": round(got[0] / seconds / 1024 / 1024),
        "files_per_second": round(got[1] / seconds),
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--polls", type=float, default=500, help="a second")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    heed()
    found = {}
    for name, how in (("understudy", "apart"), ("threads", "threads")):
        server = start((sys.executable, str(HERE / "serve.py"), name, "{port}"), QUEUE)
        try:
            found[how] = uvloop.run(measure(server.port, asked))
        finally:
            server.stop()
    print(json.dumps(found, indent=2))
    print(machine())
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
