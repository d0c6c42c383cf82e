"""A hundred clients at once: none misses an event, none hears another's."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.server.caller import CREATE, KLING, LITE, STATUS, VEO, Caller
from tests.server.inside import body

CROWD = 100
PATIENCE = 120
"""Seconds that the whole crowd has."""

QUICK = {"mode": "real", "speed": 100}
OVER = ("succeeded", "failed", "cancelled")


class Phone:
    """A client of few words: one keep-alive connection for calls, another for the stream."""

    def __init__(self, port: int, key: str) -> None:
        self.port = port
        self.key = key

    async def __aenter__(self) -> Phone:
        self.calls = await asyncio.open_connection("127.0.0.1", self.port)
        self.stream = await asyncio.open_connection("127.0.0.1", self.port)
        await self._say(self.stream, "GET", "/api/events")
        await self.stream[0].readuntil(b"\r\n\r\n")
        return self

    async def __aexit__(self, *_: object) -> None:
        for _, writer in (self.calls, self.stream):
            writer.close()
            await writer.wait_closed()

    async def call(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """The JSON of an answer."""
        await self._say(self.calls, method, path, b"" if data is None else body(data))
        reader, _ = self.calls
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200 "), head
        length = int(head.split(b"content-length: ")[1].split()[0])
        return json.loads(await reader.readexactly(length))

    async def enqueue(self, data: Mapping[str, Any], **fields: Any) -> list[str]:
        made = await self.call("POST", "/api/ai/queue", {**data, **fields})
        return [one["generation_id"] for one in made["generations"]]

    async def follow(self, id: str) -> list[str]:
        """Poll until it is over; the statuses that were seen."""
        seen = [""]
        while seen[-1] not in OVER:
            row = await self.call("GET", f"/api/ai/queue/{id}")
            seen.append(row["status"])
            await asyncio.sleep(0.02)
        return seen[1:]

    async def hear(self, count: int) -> list[bytes]:
        """The first events of the stream, however they were cut into chunks."""
        reader, _ = self.stream
        heard = b""
        while heard.count(b"event: ") < count or not heard.endswith(b"\n\n"):
            size = int(await reader.readuntil(b"\r\n"), 16)
            heard += (await reader.readexactly(size + 2))[:-2]
        return [one for one in heard.split(b"\n\n") if one.startswith(b"event: ")]

    async def _say(
        self,
        line: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        method: str,
        path: str,
        content: bytes = b"",
    ) -> None:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: emulator.test\r\n"
            f"Authorization: Bearer {self.key}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        line[1].write(head.encode() + content)
        await line[1].drain()


def told(event: bytes) -> dict[str, Any]:
    name, data = event.split(b"\n")
    assert name == b"event: media_generation_completed"
    shown = json.loads(data.removeprefix(b"data: "))
    assert isinstance(shown, dict)
    return shown


async def visit(phone: Phone) -> list[str]:
    """Three jobs, polled and listened to at once; their ids."""
    async with phone:
        ids = await phone.enqueue(VEO, num_generations=2) + await phone.enqueue(KLING)
        heard, polled = await asyncio.gather(phone.hear(3), phone.follow(ids[0]))
        assert Counter(told(event)["generation_id"] for event in heard) == Counter(ids)
        assert polled[-1] == "succeeded"
        rows = [await phone.call("GET", f"/api/ai/queue/{id}") for id in ids]
        assert [row["status"] for row in rows] == ["succeeded"] * 3
        page = await phone.call("GET", "/api/ai/generations")
        assert {row["generation_id"] for row in page["generations"]} == set(ids)
        assert (await phone.call("GET", "/api/ai/queue"))["count"] == 0
        return ids


async def test_a_hundred_clients_each_in_a_world_of_its_own(world: Callable[..., Caller]) -> None:
    callers = [world(clock=QUICK) for _ in range(CROWD)]
    async with asyncio.timeout(PATIENCE):
        ids = await asyncio.gather(*(visit(Phone(one.emulator.port, one.key)) for one in callers))
    assert len({id for own in ids for id in own}) == 3 * CROWD
    for caller in callers:
        assert [hub.told for hub in caller.live.hubs.values()] == [3]
        ledger = caller.control("ledger")["accounts"]["oxen"]
        assert (ledger["captured"], ledger["held"]) == ("1.150000", "0.000000")
        assert ledger["balances"]


@pytest.mark.parametrize("mode", ["real", "auto"])
async def test_a_hundred_clients_all_in_one_world(world: Callable[..., Caller], mode: str) -> None:
    caller = world(clock={**QUICK, "mode": mode}, balance="100000")
    async with asyncio.timeout(PATIENCE), AsyncExitStack() as lines:
        phones = [
            await lines.enter_async_context(Phone(caller.emulator.port, caller.key))
            for _ in range(CROWD)
        ]
        hearing = asyncio.gather(*(phone.hear(2 * CROWD) for phone in phones))
        made = await asyncio.gather(*(phone.enqueue(VEO, num_generations=2) for phone in phones))
        polled = await asyncio.gather(
            *(phone.follow(own[0]) for phone, own in zip(phones, made, strict=True))
        )
        heard = await hearing
    assert {statuses[-1] for statuses in polled} == {"succeeded"}
    ids = Counter(id for own in made for id in own)
    assert len(ids) == 2 * CROWD
    assert Counter(told(event)["generation_id"] for event in heard[0]) == ids
    assert all(events == heard[0] for events in heard)
    assert caller.control()["waiting"] == 0


async def test_a_crowd_at_the_other_provider_gets_each_its_own_operation(
    world: Callable[..., Caller],
) -> None:
    caller = world(clock=QUICK, balance="100000")

    async def job(nth: int) -> str:
        async with Phone(caller.emulator.port, caller.key) as phone:
            asked = {**LITE, "wait_seconds": nth % 4, "seed": nth}
            shown = await phone.call("POST", CREATE, asked)
            while shown["status"] == "running":
                await asyncio.sleep(0.02)
                shown = await phone.call("POST", STATUS, {"operation": shown["operation"]})
            assert shown["status"] == "succeeded"
            assert shown["operation"].rpartition("/")[2] in shown["data"][0]["url"]
            return str(shown["operation"])

    async with asyncio.timeout(PATIENCE):
        operations = await asyncio.gather(*map(job, range(CROWD)))
    assert len(set(operations)) == CROWD
    ledger = caller.control("ledger")["accounts"]["omixa"]
    assert (ledger["captured"], ledger["held"]) == ("40.000000", "0.000000")
