"""Ten thousand calls under chaos, with streams open: nothing leaks, nothing breaks, all is told."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import random
from typing import Any

import pytest

from emulator import Emulator, Mode, Pace, Scenario
from emulator.server.live import Live
from tests.server.caller import CREATE, FLUX, KLING, LITE, STATUS, VEO

ROUNDS, CALLS, CROWD, STREAMS = 20, 500, 10, 3
GIVES_UP, ENOUGH = 0.25, 10
"""Seconds that a client waits for more of an answer."""

RATES = {
    "answer": 0.08,
    "wire": 0.08,
    "lost": 0.04,
    "stream": 0.3,
    "lifecycle": 0.1,
    "media": 0.1,
    "money": 0.02,
    "limits": 0.05,
}
WARM = 4
"""Rounds after which memory is to stay as it is."""


async def call(port: int, key: str, method: str, path: str, data: Any = None) -> bytes:
    """All that comes before the end, a reset, or the client's patience is over."""
    patience = ENOUGH if path.startswith("/_understudy") else GIVES_UP
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    content = b"" if data is None else json.dumps(data).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + content)
    heard = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65536), patience):
            heard += piece
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return heard


async def client(port: int, key: str, live: Live, chance: random.Random) -> None:
    """A share of the calls, on whatever jobs there are."""
    for _ in range(CALLS // CROWD):
        jobs = [job for job in live.world.jobs.values() if job.provider == "oxen"]
        some = chance.choice(jobs).id if jobs else "none"
        await call(port, key, *chance.choice(ways(some, chance)))


def ways(job: str, chance: random.Random) -> list[tuple[Any, ...]]:
    """What a client may call next."""
    return [
        ("POST", "/api/ai/queue", {**chance.choice([VEO, KLING, FLUX]), "num_generations": 2}),
        ("POST", "/api/ai/images/generate", FLUX),
        ("POST", CREATE, {**LITE, "sample_count": 2, "wait_seconds": chance.choice([0, 5])}),
        ("POST", STATUS, {"operation": "none"}),
        ("GET", "/api/v1/usage/requests"),
        *[("GET", f"/api/ai/queue/{job}")] * 4,
        ("DELETE", f"/api/ai/queue/{job}"),
        ("GET", "/api/ai/queue"),
        ("GET", "/api/ai/models"),
        ("POST", "/api/ai/queue", {"model": "none"}),
    ]


async def listener(port: int, key: str, over: asyncio.Event) -> None:
    """A reader of the stream that comes back whenever it is cut off, until all is over."""
    while not over.is_set():
        await call(port, key, "GET", "/api/events")
        await asyncio.sleep(0)


async def soak(emulator: Emulator, number: int) -> Live:
    """One round, in a world of its own that is dropped at the end."""
    key, port = f"soak-{number}", emulator.port
    chaos = {"seed": number, "rates": RATES}
    scenario = {"chaos": chaos, "clock": {"mode": "auto"}, "balance": "500", "keep": 200}
    made = {"key": key, "scenario": scenario}
    assert b" 201 " in await call(port, key, "POST", "/_understudy/worlds", made)
    live = emulator.stage.find(key)
    assert live is not None
    over = asyncio.Event()
    streams = [asyncio.create_task(listener(port, key, over)) for _ in range(STREAMS)]
    chance = random.Random(number)
    await asyncio.gather(*(client(port, key, live, chance) for _ in range(CROWD)))
    over.set()
    await asyncio.gather(*streams)
    return live


async def quiet(emulator: Emulator) -> None:
    """Return when the server has noticed that every client is gone."""
    state = emulator._server.server_state
    for _ in range(500):
        if not state.tasks and not state.connections:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{len(state.tasks)} calls, {len(state.connections)} connections are left")


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.slow
def test_ten_thousand_calls_under_chaos_leave_nothing_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    objects, open_before = [], 0
    with (
        caplog.at_level(logging.WARNING),
        Emulator(Scenario(pace=Pace(Mode.AUTO))) as emulator,
    ):
        for number in range(ROUNDS):

            async def play(number: int = number) -> Live:
                live = await soak(emulator, number)
                await quiet(emulator)
                return live

            live = asyncio.run(play())
            assert live.idle
            assert not any(hub.subscribers for hub in live.hubs.values())
            assert len(live.naps) == len(live.waits) == 0
            assert all(account.balances for account in live.world.books.accounts.values())
            assert live.faults.struck == len(live.world.armory.drawn) > CALLS / 10
            asyncio.run(call(emulator.port, "x", "DELETE", f"/_understudy/worlds/soak-{number}"))
            del live
            gc.collect()
            objects.append(len(gc.get_objects()))
            if number == WARM:
                open_before = descriptors()
        assert descriptors() <= open_before + 5
        steady = objects[WARM:]
        assert max(steady) < 1.05 * min(steady), objects
    assert [record.getMessage() for record in caplog.records] == []
