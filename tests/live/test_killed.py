"""Killed under load, over and over, and started again: whatever was answered is so."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from emulator.core.money import Micros, dollars, usd
from tests.live.memory import PATIENCE, RANKS, WORLDS, Line, Memory, listen, load
from tests.live.serving import Serving
from tests.server.caller import VEO

ROUNDS = 26
"""For each way to sync."""

MOST = 220
"""Answers after which a server is killed at the latest."""

BALANCE = "10000.00"


def serving(path: Path, sync: str) -> Serving:
    scenario = path.with_name("scenario.yaml")
    scenario.write_text('assumptions: {oxen.cancel-ended: "404"}')
    flags = [
        "--scenario",
        str(scenario),
        "--log",
        str(path),
        "--sync",
        sync,
        "--speed",
        "2000",
        "--balance",
        BALANCE,
    ]
    return Serving(*flags, module="tests.live.often")


def total(jobs: list[dict[str, Any]], what: str) -> Micros:
    return sum(usd(job[what]) for job in jobs)


async def hold(line: Line, memory: Memory) -> list[dict[str, Any]]:
    """Hold a server to what was answered, while the clock stands still; the jobs."""
    path = f"{WORLDS}/{memory.key}"
    told = (await line.good("GET", f"{path}/jobs"))["jobs"]
    jobs = {job["id"]: job for job in told}
    assert [job["number"] for job in told] == list(range(1, len(told) + 1))
    assert jobs.keys() >= memory.jobs.keys()
    assert len(told) == len(jobs) <= len(memory.jobs) + memory.lost
    for id, before in memory.told.items():
        words = {"running": "processing"}
        now = jobs[id]["status"]
        assert RANKS[now] >= RANKS[before], (id, before, now)
        assert RANKS[before] < 2 or now == words.get(before, before), (id, before, now)
    for provider, account in (await line.good("GET", f"{path}/ledger"))["accounts"].items():
        own = [job for job in told if job["provider"] == provider]
        over = [job for job in own if RANKS[job["status"]] == 2]
        waiting = [job for job in own if RANKS[job["status"]] < 2]
        assert account["balances"]
        assert account["captured"] == dollars(total(over, "charged"))
        assert account["held"] == dollars(total(waiting, "held"))
        paid = usd(account["deposited"]) - usd(BALANCE)
        sure = memory.paid if provider == "oxen" else 0
        assert sure <= paid <= sure + (memory.unsure if provider == "oxen" else 0)
    return list(told)


async def held(port: int, memories: list[Memory]) -> None:
    """Hold it to everything, then let the clocks go on."""
    for memory in memories:
        line, clock = await Line.open(port, memory.key), f"{WORLDS}/{memory.key}/clock"
        await line.good("POST", clock, {"mode": "manual"})
        await hold(line, memory)
        await line.good("POST", clock, {"mode": "real"})
        await line.close()


async def ended(port: int, memory: Memory) -> None:
    """Let everything end: who listens hears of what had not, and the sums are right."""
    line, ear = await Line.open(port, memory.key), await Line.open(port, memory.key)
    path, before = f"{WORLDS}/{memory.key}", set(memory.heard)
    await line.good("POST", f"{path}/clock", {"mode": "manual"})
    listening = asyncio.ensure_future(listen(ear, memory))
    ids = [
        one["generation_id"]
        for one in (await line.good("GET", "/api/ai/queue?limit=100"))["generations"]
    ]
    status, told = await line.call("POST", "/api/ai/queue", dict(VEO))
    assert status == 200
    ids += [one["generation_id"] for one in told["generations"]]
    memory.jobs |= dict.fromkeys(ids, "oxen")
    await line.good("POST", f"{path}/clock", {"advance": "10h"})
    jobs = await hold(line, memory)
    assert {RANKS[job["status"]] for job in jobs} == {2}
    async with asyncio.timeout(PATIENCE):
        while not set(memory.heard) >= set(ids):
            await asyncio.sleep(0)
    assert not before & set(ids)
    assert set(Counter(memory.heard).values()) == {1}
    listening.cancel()
    await line.close()
    await ear.close()


@pytest.mark.slow
@pytest.mark.parametrize("sync", ["always", "batch"])
def test_whatever_was_answered_outlives_the_server(tmp_path: Path, sync: str) -> None:
    random, path = Random(f"killed {sync}"), tmp_path / "log.db"
    memories = [Memory(f"key-{nth}-of-somebody") for nth in range(3)]
    for nth in range(ROUNDS):
        how = signal.SIGTERM if nth % 6 == 5 else signal.SIGKILL
        with serving(path, sync) as server:
            if nth:
                asyncio.run(held(server.port, memories))
            end = lambda server=server, how=how: server.process.send_signal(how)  # noqa: E731
            asyncio.run(load(server.port, memories, random, random.randint(1, MOST), end))
            assert server.process.communicate(timeout=PATIENCE) == ("", "")
            assert server.process.returncode == -how
    with serving(path, sync) as server:
        asyncio.run(held(server.port, memories))
        for memory in memories:
            asyncio.run(ended(server.port, memory))
    assert sum(len(memory.jobs) for memory in memories) > ROUNDS
