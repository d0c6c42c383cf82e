"""Thousands of subscribers of one event stream beside a bare uvloop Protocol that broadcasts.

`make bench` runs it; `--json FILE` keeps the figures. The servers take turns on one processor, the
readers of both are a process on another. An event is a job's end, brought about by winding the
clock of a world that stands still; it counts until the last reader has it. Only ratios of one run
count.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
import uvloop
from bench import BODY, QUEUE, aside, machine, request
from readers import Crowd, Talk, talk
from rich.console import Console
from rich.table import Table
from servers import KEY, Server, go_on, heed, held, start

HERE = Path(__file__).parent
SPARE = 200
"""Descriptors that are left for all the rest."""

SOME = 100
"""Readers that are there before memory is looked at, so that what is made once does not count."""

EVENTS = request("GET", "/api/events")
CLOCK = f"/_understudy/worlds/{KEY}/clock"
FRAME = (
    b'event: media_generation_completed\ndata: {"generation_id":"%s","status":"succeeded",'
    b'"media_type":"video","model":"google-veo-3-1-lite","url":"%s"}\n\n' % (b"i" * 36, b"u" * 130)
)


@dataclass(slots=True)
class Figures:
    """What the rounds gave, in milliseconds, and KiB for each idle reader."""

    floor: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    idle_cpu: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    floor_kib: float = 0.0
    ours_kib: float = 0.0


def room(wanted: int) -> int:
    """How many readers each of two servers can have, once this process may open all it can."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(wanted, (hard - SPARE) // 2)


def wind(seconds: float) -> bytes:
    """The call that lets time pass in the world."""
    return request("POST", CLOCK, json.dumps({"advance": seconds}).encode())


def still(port: int) -> None:
    """Make the world in which nothing happens unless it is told to."""
    plan = {"queued": 0, "running": 1}
    scenario = {"name": KEY, "clock": {"mode": "manual"}, "plans": [plan], "balance": "1000000"}
    made = httpx.post(
        f"http://127.0.0.1:{port}/_understudy/worlds", json={"key": KEY, "scenario": scenario}
    )
    made.raise_for_status()


async def fill(server: Server, size: int) -> tuple[Crowd, float]:
    """A server's readers, and the KiB that each of them takes while nothing comes."""
    crowd = Crowd(server.port, EVENTS)
    with server.awake():
        await crowd.grow(min(SOME, size))
        before = held(server.process.pid)
        await crowd.grow(size)
        await asyncio.sleep(0.2)
    return crowd, (held(server.process.pid) - before) / max(size - SOME, 1)


async def measure(floor: Server, ours: Server, size: int, rounds: int) -> Figures:
    """The same readers at both, told of something in turns."""
    found = Figures()
    at_floor, found.floor_kib = await fill(floor, size)
    at_ours, found.ours_kib = await fill(ours, size)
    tell, call, poll = await talk(floor.port), await talk(ours.port), await talk(ours.port)
    for nth in range(rounds + 1):
        go_on()
        with floor.awake():
            least = await round_of(at_floor, tell, request("POST", "/", FRAME))
        with ours.awake():
            made = json.loads(await call.say(request("POST", QUEUE, BODY)))
            row = request("GET", f"{QUEUE}/{made['generations'][0]['generation_id']}")
            event = await round_of(at_ours, call, wind(1))
            spent, polling = cpu(ours), asyncio.create_task(longest(poll, row))
            idle = await round_of(at_ours, call, wind(15))
            polling.cancel()
            worst = await polling
            spent = cpu(ours) - spent
        if nth:
            found.floor.append(least)
            found.ours.append(event)
            found.idle.append(idle)
            found.idle_cpu.append(spent)
            found.polls.append(worst)
    return found


async def round_of(crowd: Crowd, wire: Talk, cause: bytes) -> float:
    """Milliseconds from a call until the last reader has what it brings about."""
    answers: list[asyncio.Future[bytes]] = []
    say: Callable[[], object] = lambda: answers.append(wire.say(cause))  # noqa: E731
    took = await crowd.gather(say)
    await answers[0]
    return took * 1000


async def longest(wire: Talk, poll: bytes) -> float:
    """Milliseconds of the longest poll until it is cancelled."""
    worst, began = 0.0, time.perf_counter()
    while True:
        answer = wire.say(poll)
        try:
            await asyncio.shield(answer)
        except asyncio.CancelledError:
            await answer
            return max(worst, (time.perf_counter() - began) * 1000)
        worst, began = max(worst, (time.perf_counter() - began) * 1000), time.perf_counter()


def cpu(server: Server) -> float:
    """Milliseconds that a server has run."""
    return int(Path(f"/proc/{server.process.pid}/schedstat").read_text().split()[0]) / 1e6


def summary(size: int, found: Figures) -> dict[str, float]:
    """Medians over the rounds; the ratio is to the floor of the same round."""
    pairs = zip(found.ours, found.floor, strict=True)
    return {
        "readers": size,
        "floor_ms": round(median(found.floor), 1),
        "event_ms": round(median(found.ours), 1),
        "ratio": round(median(one / least for one, least in pairs), 2),
        "floor_kib": round(found.floor_kib, 1),
        "idle_kib": round(found.ours_kib, 1),
        "keep_alive_ms": round(median(found.idle), 1),
        "keep_alive_cpu_ms": round(median(found.idle_cpu), 1),
        "longest_poll_ms": round(median(found.polls), 1),
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    heed()
    size = room(asked.readers)
    servers: list[Server] = []
    try:
        servers.append(start((sys.executable, str(HERE / "floor.py"), "{port}"), "/"))
        servers.append(
            start((sys.executable, str(HERE / "serve.py"), "understudy", "{port}"), QUEUE)
        )
        still(servers[1].port)
        with aside():
            found = uvloop.run(measure(*servers, size, asked.rounds))
    finally:
        for server in servers:
            server.stop()
    figures = summary(size, found)
    table = Table(f"{size} readers of {asked.readers} asked for", "bare Protocol", "understudy")
    floor, event = f"{figures['floor_ms']:g}", f"{figures['event_ms']:g}"
    table.add_row("ms from an event to the last reader", floor, event)
    table.add_row("of the floor", "1", f"{figures['ratio']:g}")
    table.add_row(
        "KiB for each idle reader", f"{figures['floor_kib']:g}", f"{figures['idle_kib']:g}"
    )
    table.add_row("ms until all have a keep-alive", "", f"{figures['keep_alive_ms']:g}")
    table.add_row("ms of processor for it", "", f"{figures['keep_alive_cpu_ms']:g}")
    table.add_row("ms of the longest poll meanwhile", "", f"{figures['longest_poll_ms']:g}")
    Console().print(table)
    print(machine())
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
