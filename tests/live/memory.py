"""Clients that remember what they were told, so that a server can be held to it after a kill."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from typing import Any

from emulator.core.money import Micros, usd
from tests.server.caller import CREATE, KLING, LITE, STATUS, VEO
from tests.server.inside import body, host

QUEUE = "/api/ai/queue"
WORLDS = "/_understudy/worlds"
PATIENCE = 60
"""Seconds that anything has."""

RANKS = {"queued": 0, "processing": 1, "running": 1, "succeeded": 2, "failed": 2, "cancelled": 2}


class Cut(Exception):
    """The server is gone, and so is the answer, if there was one."""


class Memory:
    """What one key's clients asked for and were told.

    `jobs` are those that were acknowledged, each with how it is polled, and `told` the farthest
    status of each; `paid` is what was topped up. `lost` and `unsure` are the jobs and the money of
    which nobody said whether they were. `heard` are the ids of events.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.jobs: dict[str, str] = {}
        self.told: dict[str, str] = {}
        self.heard: list[str] = []
        self.paid: Micros = 0
        self.unsure: Micros = 0
        self.lost = 0

    def see(self, id: str, status: str, seen: dict[str, str]) -> None:
        """A status that was told: never one from before the last that the same client has seen."""
        for before in filter(None, (seen.get(id),)):
            assert RANKS[status] >= RANKS[before], (id, before, status)
            assert RANKS[before] < 2 or status == before, (id, before, status)
        seen[id] = status
        if RANKS[status] >= RANKS[self.told.get(id, "queued")]:
            self.told[id] = status


class Line:
    """A connection that carries one key's calls; Cut once the server is gone."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str
    ) -> None:
        self.reader, self._writer, self._key = reader, writer, key
        self.seen: dict[str, str] = {}

    @classmethod
    async def open(cls, port: int, key: str) -> Line:
        try:
            return cls(*await asyncio.open_connection("127.0.0.1", port), key)
        except OSError:
            raise Cut from None

    async def call(self, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        try:
            self.say(method, path, b"" if data is None else body(data))
            async with asyncio.timeout(PATIENCE):
                head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.split("content-length: ")[1].split()[0])
                content = await self.reader.readexactly(length)
        except (OSError, EOFError):
            raise Cut from None
        return int(head.split()[1]), json.loads(content)

    def say(self, method: str, path: str, sent: bytes = b"") -> None:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {host(path)}\r\n"
            f"Authorization: Bearer {self._key}\r\nContent-Length: {len(sent)}\r\n\r\n"
        )
        self._writer.write(head.encode() + sent)

    async def good(self, method: str, path: str, data: Any = None) -> Any:
        status, told = await self.call(method, path, data)
        assert status == 200, (method, path, status, told)
        return told

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


async def submit(line: Line, memory: Memory, data: Mapping[str, Any]) -> None:
    """A generation, or two, in the Oxen queue."""
    memory.lost += data.get("num_generations", 1)
    status, told = await line.call("POST", QUEUE, data)
    memory.lost -= data.get("num_generations", 1)
    if status == 200:
        for one in told["generations"]:
            memory.jobs[one["generation_id"]] = "oxen"
    else:
        assert status in (402, 503), (status, told)


async def create(line: Line, memory: Memory) -> None:
    """An Omixa job."""
    memory.lost += 1
    status, told = await line.call("POST", CREATE, LITE)
    memory.lost -= 1
    if status == 200:
        memory.jobs[told["operation"].rpartition("/")[2]] = told["operation"]
    else:
        assert status in (402, 503), (status, told)


async def poll(line: Line, memory: Memory, id: str) -> None:
    """Look where a job stands."""
    if memory.jobs[id] == "oxen":
        status, told = await line.call("GET", f"{QUEUE}/{id}")
    else:
        status, told = await line.call("POST", STATUS, {"operation": memory.jobs[id]})
    assert status in (200, 503), (id, status, told)
    if status == 200:
        memory.see(id, told["status"], line.seen)


async def cancel(line: Line, memory: Memory, id: str) -> None:
    """End a job of the Oxen queue, if it has not ended."""
    status, told = await line.call("DELETE", f"{QUEUE}/{id}")
    if status == 200:
        memory.see(id, "cancelled", {})
    else:
        assert status in (404, 503), (status, told)


async def top_up(line: Line, memory: Memory) -> None:
    """A cent, and a micro-dollar."""
    amount = usd("0.010001")
    memory.unsure += amount
    given = {"provider": "oxen", "top_up": "0.010001"}
    status, told = await line.call("POST", f"{WORLDS}/{memory.key}/ledger", given)
    memory.unsure -= amount
    if status == 200:
        memory.paid += amount
    else:
        assert status == 503, (status, told)


async def act(line: Line, memory: Memory, random: Random) -> None:
    """One call of a client's."""
    queued = [id for id, place in memory.jobs.items() if place == "oxen"]
    match random.random():
        case share if share < 0.35 or not queued:
            await submit(line, memory, random.choice([VEO, KLING, {**VEO, "num_generations": 2}]))
        case share if share < 0.5:
            await create(line, memory)
        case share if share < 0.65:
            await cancel(line, memory, random.choice(queued[-20:]))
        case share if share < 0.75:
            await top_up(line, memory)
        case _:
            await poll(line, memory, random.choice(list(memory.jobs)[-30:]))


async def listen(line: Line, memory: Memory) -> None:
    """Hear the events of the Oxen queue until the server is gone."""
    line.say("GET", "/api/events")
    with suppress(OSError, EOFError):
        await line.reader.readuntil(b"\r\n\r\n")
        while True:
            told = (await line.reader.readline()).partition(b"data: ")[2]
            if told:
                memory.heard.append(json.loads(told)["generation_id"])
            elif line.reader.at_eof():
                return


async def load(
    port: int, memories: list[Memory], random: Random, calls: int, then: Callable[[], None]
) -> None:
    """Several clients for each key, at once. After so many answers `then` is done; then they go on
    until the server is gone."""
    answered = 0

    async def client(memory: Memory, own: Random) -> None:
        nonlocal answered
        with suppress(Cut):
            line = await Line.open(port, memory.key)
            try:
                while True:
                    await act(line, memory, own)
                    answered += 1
                    if answered == calls:
                        then()
            finally:
                await line.close()

    async def listener(memory: Memory) -> None:
        with suppress(Cut):
            line = await Line.open(port, memory.key)
            try:
                await listen(line, memory)
            finally:
                await line.close()

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as clients:
        for memory in memories:
            clients.create_task(listener(memory))
            for _ in range(3):
                clients.create_task(client(memory, Random(random.random())))
