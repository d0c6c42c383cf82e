"""What a log in Redis costs: appends a second by batch and by callers, what a look takes, and what
it takes until another worker has an entry. Printed, not judged.

`python -m tests.bench.shared [SECONDS]` starts three servers of its own, which differ in when they
have their file on the disk, and asks them in turns.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TypeAlias

from emulator.shared.log import SharedLog
from emulator.shared.places import Draft
from tests.shared.reading import followed
from tests.shared.servers import Server, running

ROUNDS = 3
BATCHES = (1, 10, 100, 1000)
CALLERS = (1, 10, 100, 1000)
KEPT = 500_000
"""Microseconds of the log that are left between two rounds, so that memory does not count."""

LINE = Draft("w", "entry", b'{"is":"Called","provider":"oxen","operation":"status"}' + b"0" * 346)
FLUSHED = {
    "no file": ("--appendonly", "no"),
    "everysec": ("--appendonly", "yes", "--appendfsync", "everysec"),
    "always": ("--appendonly", "yes", "--appendfsync", "always"),
}

Work: TypeAlias = Callable[[SharedLog], Awaitable[object]]


async def timed(log: SharedLog, work: Work, callers: int, seconds: float) -> list[float]:
    """How long each call took, of so many callers who call one time after the other."""
    took: list[float] = []
    end = perf_counter() + seconds

    async def call() -> None:
        now = perf_counter()
        while now < end:
            await work(log)
            before, now = now, perf_counter()
            took.append(now - before)

    await asyncio.gather(*(call() for _ in range(callers)))
    return took


async def trim(log: SharedLog) -> None:
    await log.keep((await log.look()).position, b"", margin=KEPT)


async def turns(logs: dict[str, SharedLog], work: Work, callers: int, seconds: float) -> None:
    """Calls a second and how long they took: the median of rounds, server by server."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in logs}
    for _ in range(ROUNDS):
        for name, log in logs.items():
            took = await timed(log, work, callers, seconds)
            cuts = quantiles(took, n=100) if len(took) > 1 else took * 99
            found[name].append((len(took) / seconds, cuts[49] * 1e3, cuts[98] * 1e3))
            await trim(log)
    for rounds in found.values():
        rate, half, most = (median(column) for column in zip(*rounds, strict=True))
        print(f"{rate:12.0f}{half:8.2f}{most:8.2f}", end="")
    print()


async def told(logs: dict[str, SharedLog], others: dict[str, SharedLog], seconds: float) -> None:
    """From the call of an append until another worker has the entry."""
    print(f"{'another worker has it':22}", end="")
    for name, log in logs.items():
        (last,) = await log.append([LINE])
        took: list[float] = []
        async with followed(others[name], last) as follower:
            end = perf_counter() + seconds
            while (began := perf_counter()) < end:
                (position,) = await log.append([LINE])
                await follower.reach(position)
                took.append(perf_counter() - began)
        cuts = quantiles(took, n=100)
        print(f"{len(took) / seconds:12.0f}{cuts[49] * 1e3:8.2f}{cuts[98] * 1e3:8.2f}", end="")
    print()


async def bench(servers: dict[str, Server], seconds: float) -> None:
    async with AsyncExitStack() as stack:
        urls = {name: server.url for name, server in servers.items()}
        logs, others = [
            {
                name: await stack.enter_async_context(await SharedLog.open(url, within=30))
                for name, url in urls.items()
            }
            for _ in range(2)
        ]
        print(" " * 22 + "".join(f"{name:>28}" for name in logs))
        print(f"{'':22}" + f"{'calls/s':>12}{'p50 ms':>8}{'p99 ms':>8}" * len(logs))
        for size in BATCHES:
            rows = [LINE] * size
            print(f"{f'append of {size}':22}", end="", flush=True)
            await turns(logs, lambda log, rows=rows: log.append(rows), 1, seconds)  # type: ignore[misc]
        for callers in CALLERS[1:]:
            print(f"{f'append, {callers} callers':22}", end="", flush=True)
            await turns(logs, lambda log: log.append([LINE]), callers, seconds)
        for callers in CALLERS:
            print(f"{f'look, {callers} callers':22}", end="", flush=True)
            await turns(logs, lambda log: log.look(), callers, seconds)
        await told(logs, others, seconds)


def main(seconds: float) -> None:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        servers = {
            name: stack.enter_context(running(Path(folder) / name.replace(" ", "-"), *settings))
            for name, settings in FLUSHED.items()
        }
        asyncio.run(bench(servers, seconds))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
