"""A hundred thousand jobs in flight, over real sockets: how late their events come while polls go
on, what a job weighs while it lives and once it has ended, and how long the lists of them take.

The server runs on one processor, all of this on the other. The jobs are submitted while the clock
stands still and then take their models' own times, at `--speed`. `--json FILE` keeps the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import uvloop
from bench import BODY, HERE, QUEUE, aside, machine, request
from line import Line, Reader, line
from servers import KEY, Server, heed, start
from timer import quantiles, yardstick

from emulator.core.clock import instant

PLANE = "/_understudy/worlds"
LINES = 16
POLLED = 32
"""Connections over which the polls go, so that one that is late holds up few others."""


def control(what: str, data: Any = None) -> bytes:
    """A call of the control plane."""
    body = b"" if data is None else json.dumps(data).encode()
    return request("POST" if body else "GET", f"{PLANE}{what}", body)


async def submit(port: int, count: int) -> tuple[list[str], float]:
    """The ids of so many new jobs, one call each, and how many were made in a second."""
    ids: list[str] = []
    left = iter(range(count))
    wire = request("POST", QUEUE, BODY)

    async def some() -> None:
        one = await line(port)
        for _ in left:
            answer = await one.call(wire)
            at = answer.rindex(b'"generation_id":"') + 17
            ids.append(answer[at : at + 36].decode())
        one.transport.close()

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(LINES)))
    return ids, count / (time.perf_counter() - began)


async def poll(port: int, ids: list[str], rate: float, over: asyncio.Event) -> list[float]:
    """Poll jobs at random, so many times a second, whether or not answers are late; how long each
    took from the instant at which it was to be made."""
    took: list[float] = []
    chance = random.Random(1)
    began, count = time.perf_counter(), iter(range(1_000_000_000))

    async def some() -> None:
        one = await line(port)
        for nth in count:
            due = began + nth / rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            if over.is_set():
                break
            await one.call(request("GET", f"{QUEUE}/{chance.choice(ids)}"))
            took.append(time.perf_counter() - due)
        one.transport.close()

    await asyncio.gather(*(some() for _ in range(POLLED)))
    return took


async def offset(one: Line, speed: float) -> tuple[int, float]:
    """An instant of the world's clock and when it was, as exactly as the fastest call tells."""
    best: tuple[float, int, float] | None = None
    for _ in range(200):
        before = time.perf_counter()
        shown: Any = await one.json(control(f"/{KEY}/clock"))
        after = time.perf_counter()
        if best is None or after - before < best[0]:
            best = after - before, instant(shown["now"]), (before + after) / 2
    assert best is not None
    return best[1], best[2]


async def run_out(
    port: int, one: Line, ids: list[str], asked: argparse.Namespace
) -> tuple[Reader, list[float], tuple[int, float]]:
    """Let all the jobs take their time, with one reader of the stream and polls meanwhile."""
    loop = asyncio.get_running_loop()
    reader = Reader(request("GET", "/api/events"))
    stream, _ = await loop.create_connection(lambda: reader, "127.0.0.1", port)
    await asyncio.sleep(0.3)
    await one.json(control(f"/{KEY}/clock", {"mode": "real", "speed": asked.speed}))
    shown = await offset(one, asked.speed)
    over = asyncio.Event()
    polls = asyncio.create_task(poll(port, ids, asked.polls, over))
    for _ in range(round(200 / asked.speed)):
        await asyncio.sleep(1)
        world: Any = await one.json(control(f"/{KEY}"))
        if not world["waiting"]:
            break
    over.set()
    took = await polls
    stream.close()
    return reader, took, shown


async def timed(one: Line, wire: bytes) -> tuple[float, bytes]:
    """Seconds that a call took, and its answer."""
    began = time.perf_counter()
    answer = await one.call(wire)
    return time.perf_counter() - began, answer


async def lists(one: Line) -> dict[str, float]:
    """Seconds for each page that shows many jobs."""
    paths = {
        "queue_s": QUEUE,
        "history_s": "/api/ai/generations?page=1&page_size=50",
        "history_late_s": "/api/ai/generations?page=900&page_size=50",
        "failed_s": f"{QUEUE}?status=failed",
    }
    return {
        name: round((await timed(one, request("GET", path)))[0], 3) for name, path in paths.items()
    }


async def measure(server: Server, asked: argparse.Namespace) -> dict[str, Any]:
    """All of it."""
    port, count = server.port, asked.jobs
    one = await line(port)
    scenario = {"clock": {"mode": "manual"}, "balance": "1000000", "keep": count, "seed": 3}
    await one.json(control("", {"key": KEY, "scenario": scenario}))
    await submit(port, 2000)
    one = await line(port)
    await one.json(control(f"/{KEY}/clock", {"advance": "10m"}))
    found: dict[str, Any] = {"jobs": count, "speed": asked.speed}
    empty = server.resident()
    ids, found["made_per_second"] = await submit(port, count)
    found["in_flight_bytes"] = weight(server, empty, count)
    gc.freeze()
    one = await line(port)
    with yardstick(found):
        reader, took, (at, when) = await run_out(port, one, ids, asked)
    found["ended_bytes"] = weight(server, empty, count)
    found["polls"] = {"count": len(took), **quantiles(took)}
    took_page, page = await timed(one, control(f"/{KEY}/jobs"))
    found["jobs_page_s"] = round(took_page, 2)
    found["events"] = late(reader, page, at, when, asked.speed)
    await one.json(control(f"/{KEY}/clock", {"mode": "manual"}))
    await submit(port, count)
    one = await line(port)
    found["lists"] = await lists(one)
    found["leap_s"] = round((await timed(one, control(f"/{KEY}/clock", {"advance": "10m"})))[0], 2)
    found["lists_ended"] = await lists(one)
    before = server.resident()
    for _ in range(2):
        await submit(port, count)
        one = await line(port)
        await one.json(control(f"/{KEY}/clock", {"advance": "10m"}))
    found["pruned_mib_per_100k"] = round((server.resident() - before) / 2 * 100_000 / count, 1)
    ledger: Any = await one.json(control(f"/{KEY}"))
    found["account"] = ledger["accounts"]["oxen"]
    return found


def weight(server: Server, empty: float, count: int) -> int:
    """Bytes that the server holds for each job."""
    return round((server.resident() - empty) * 1024 * 1024 / count)


def late(reader: Reader, page: bytes, at: int, when: float, speed: float) -> dict[str, Any]:
    """How long after its instant each event came."""
    jobs = orjson.loads(page.partition(b"\r\n\r\n")[2])["jobs"]
    due: Mapping[str, float] = {
        job["id"]: when + (instant(job["ended"]) - at) / speed / 1_000_000
        for job in jobs
        if job["ended"]
    }
    values = [now - due[id] for id, now in reader.events()]
    span = max(due.values()) - min(due[id] for id, _ in reader.events())
    return {"count": len(values), "per_second": round(len(values) / span), **quantiles(values)}


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--polls", type=float, default=1000, help="a second")
    parser.add_argument("--speed", type=float, default=2, help="of the world's clock")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    heed()
    server = start((sys.executable, str(HERE / "serve.py"), "understudy", "{port}"), QUEUE)
    try:
        with aside():
            found = uvloop.run(measure(server, asked))
    finally:
        server.stop()
    print(json.dumps(found, indent=2))
    print(machine())
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
