"""What a log costs a server: its start after a million commands, and enqueues a second.

`python -m tests.bench.durable [COMMANDS] [FOLDER]` prints it. The commands are made through the
worlds, with the snapshots that a server makes, and whoever wrote them is killed: nothing is tidied
up. It depends on the disk of the folder.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from emulator.core.clock import Pace
from emulator.core.commands import Cancel, Command, Jobs, Submit, Tick, TopUp
from emulator.core.money import DOLLAR
from emulator.core.scenario import Scenario
from emulator.log.opening import Sync
from emulator.log.sqlite import SqliteStore
from emulator.providers.registry import providers
from emulator.server.durable import Durable
from emulator.server.live import Live
from emulator.server.stage import Limits, Stage
from tests.bench.drive import drive
from tests.bench.servers import KEY, Server, start
from tests.server.caller import VEO
from tests.server.inside import House, Machine, body

PROGRAM = (sys.executable, "-m", "emulator", "serve", "--host", "127.0.0.1", "--port", "{port}")
HEALTH = "/_understudy/health"
CONNECTIONS = 32
ROUNDS = 5
SECONDS = 2.0
TOGETHER = 500
SHARES = {"enqueues alone": 1, "enqueues, each cancelled": 2, "one in ten an enqueue": 10}
WORLDS = (1, 100)


async def enqueue() -> Submit:
    """The command that an enqueue makes."""
    house = House(balance=10**9 * DOLLAR)
    await house.enqueue("k", VEO)
    command = house.live("k").sequencer.entries()[-1].command
    assert isinstance(command, Submit)
    return command


async def one(log: Durable, live: Live, submit: Submit, share: int) -> None:
    """An enqueue, and what comes with it: so many commands in all."""
    reply = await log.decide(live, submit)
    assert isinstance(reply, Jobs)
    rest: list[Command] = [TopUp(provider="oxen", amount=1) for _ in range(share - 2)]
    if share > 1:
        rest.append(Cancel(provider="oxen", job=reply.one.id))
    for command in rest:
        await log.decide(live, command)


async def write(path: Path, count: int, worlds: int, share: int) -> None:
    """So many commands; then it is killed."""
    machine, submit = Machine(), await enqueue()
    log = Durable(SqliteStore(path, sync=Sync.BATCH), machine)
    scenario = Scenario(balance=10**9 * DOLLAR, pace=Pace(speed=1))
    stage = Stage(scenario, providers(), limits=Limits(), machine=machine, log=log)
    lives = [stage.of(f"key-{nth}") for nth in range(worlds)]
    done = 0
    while done < count:
        machine.passes(1)
        asks = [one(log, lives[(done + nth) % worlds], submit, share) for nth in range(TOGETHER)]
        await asyncio.gather(*asks)
        done += TOGETHER * share
    await log.decide(lives[0], Tick(why="the end"))
    os.kill(os.getpid(), signal.SIGKILL)


def starts(folder: Path, count: int) -> Iterator[str]:
    """How long a server takes to its first answer with so many commands behind it."""
    for worlds in WORLDS:
        for name, share in SHARES.items():
            path = folder / f"{worlds}-{share}.db"
            given = [str(path), str(count), str(worlds), str(share)]
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "tests.bench.durable", "write", *given])
            took = time.perf_counter() - began
            size = sum(one.stat().st_size for one in folder.glob(f"{path.name}*")) / 1e6
            server = start([*PROGRAM, "--log", str(path)], HEALTH)
            held = server.resident()
            server.stop()
            again = start([*PROGRAM, "--log", str(path)], HEALTH)
            again.stop()
            yield (
                f"{count} commands, {worlds} worlds, {name}: {count / took:.0f} a second,"
                f" {size:.0f} MB; started after the kill in {server.first:.2f} s ({held:.0f} MiB),"
                f" after an orderly stop in {again.first:.2f} s"
            )
            for one_ in folder.glob(f"{path.name}*"):
                one_.unlink()


def rates(folder: Path) -> Iterator[str]:
    """Acknowledged enqueues a second: in memory, and with a log that is synced so or so."""
    kinds = {
        "memory": [],
        **{sync: ["--log", f"{folder}/{sync}.db", "--sync", sync] for sync in Sync},
    }
    asked = (
        f"POST /api/ai/queue HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body(VEO))}\r\n\r\n"
    ).encode() + body(VEO)
    flags = ["--balance", "1000000000", "--speed", "0.001"]
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name, more in kinds.items():
            servers[name] = start([*PROGRAM, *flags, *more], HEALTH)
            stack.callback(servers[name].stop)
        found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in kinds}
        for _ in range(ROUNDS):
            for name, server in servers.items():
                tally = drive(server.port, asked, connections=CONNECTIONS, seconds=SECONDS)
                assert not tally.wrong
                found[name].append((tally.rate, tally.quantile(0.5), tally.quantile(0.99)))
        base = median(rate for rate, _, _ in found["memory"])
        for name, rounds in found.items():
            rate, half, most = (median(values) for values in zip(*rounds, strict=True))
            yield (
                f"{name:8}{rate:8.0f} enqueues/s  {rate / base:5.2f} of memory,"
                f"  p50 {half * 1000:.1f} ms  p99 {most * 1000:.1f} ms"
            )


def main(count: str = "1000000", where: str | None = None) -> None:
    """Print it all."""
    with TemporaryDirectory(dir=where) as name:
        for line in chain(starts(Path(name), int(count)), rates(Path(name))):
            print(line, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        path, *numbers = sys.argv[2:]
        asyncio.run(write(Path(path), *map(int, numbers)))
    else:
        main(*sys.argv[1:])
