"""Several workers at once: one order for all, stamps that never decrease, looks that never lie."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.shared.log import SharedLog
from emulator.shared.places import BEGINNING, Looked, Position
from tests.shared.reading import Follower, line
from tests.shared.servers import Server

APPEND, LOOK, KILL, KEEP = "append", "look", "kill", "keep"
Deed: TypeAlias = tuple[str, int]

DEEDS: st.SearchStrategy[list[Deed]] = st.lists(
    st.tuples(st.sampled_from([APPEND, APPEND, APPEND, LOOK, LOOK, KILL, KEEP]), st.integers(1, 5)),
    max_size=15,
)


@dataclass
class Seen:
    """What everybody was told, in the order in which it was."""

    said: dict[Position, bytes] = field(default_factory=dict)
    last: Position = BEGINNING
    stamp: int = 0

    def acknowledge(self, places: tuple[Position, ...], data: bytes) -> None:
        for place in places:
            assert place not in self.said
            self.said[place] = data
        self.last = max(self.last, *places)


async def work(log: SharedLog, name: int, deeds: list[Deed], seen: Seen, server: Server) -> None:
    for number, (deed, count) in enumerate(deeds):
        match deed:
            case "append":
                stamp, data = seen.stamp, f"{name} {number}".encode()
                places = await log.append([line(data)] * count)
                assert places[0].stamp >= stamp
                seen.acknowledge(places, data)
            case "look":
                before, stamp = seen.last, seen.stamp
                for looked in await asyncio.gather(*(log.look() for _ in range(count))):
                    assert looked.position >= before
                    assert looked.stamp >= max(stamp, looked.position.stamp)
                    seen.stamp = max(seen.stamp, looked.stamp)
            case "kill":
                await server.cut()
            case "keep":
                at = (await log.look()).position
                if at != BEGINNING and await log.turn():
                    await log.keep(at, str(at).encode())


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=st.lists(DEEDS, min_size=2, max_size=4))
async def test_all_see_the_same(redis: Server, deeds: list[list[Deed]]) -> None:
    url = redis.url
    logs = [await SharedLog.open(url, within=30) for _ in deeds]
    followers = [Follower(log) for log in logs]
    seen = Seen()
    await asyncio.gather(
        *(
            work(log, n, each, seen, redis)
            for n, (log, each) in enumerate(zip(logs, deeds, strict=True))
        )
    )
    end: Looked = await logs[0].look()
    assert end.position == seen.last
    for log, follower in zip(logs, followers, strict=True):
        if seen.said:
            await follower.reach(end.position)
        assert [one.position for one in follower.found] == sorted(seen.said)
        assert {one.position: one.data for one in follower.found} == seen.said
        assert follower.found == followers[0].found
        follower.task.cancel()
        await asyncio.gather(follower.task, return_exceptions=True)
        await log.close()
    async with await SharedLog.open(url) as late:
        snapshot = await late.latest()
        assert snapshot is None or snapshot.data == str(snapshot.position).encode()
