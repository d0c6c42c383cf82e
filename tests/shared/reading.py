"""Rows for a shared log, and what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from emulator.log.rows import Unwritable
from emulator.shared.log import SharedLog
from emulator.shared.places import BEGINNING, Draft, Placed, Position, Unreadable

BRIEF = 0.75
"""Seconds that a test has an absent Redis waited for."""


def line(data: bytes, world: str = "w") -> Draft:
    return Draft(world, "entry", data)


async def read(log: SharedLog, count: int, after: Position = BEGINNING) -> list[Placed]:
    """So many entries."""
    found: list[Placed] = []
    following = log.follow(after)
    try:
        while len(found) < count:
            found += await anext(following)
    finally:
        await following.aclose()
    return found


async def whole(log: SharedLog) -> list[bytes]:
    """The data of all entries up to now."""
    end = (await log.look()).position
    found: list[Placed] = []
    following = log.follow(BEGINNING)
    try:
        while end > (found[-1].position if found else BEGINNING):
            found += await anext(following)
    finally:
        await following.aclose()
    return [one.data for one in found]


class Follower:
    """Reads along in the background."""

    def __init__(self, log: SharedLog, after: Position = BEGINNING) -> None:
        self.found: list[Placed] = []
        self._more = asyncio.Condition()
        self.task = asyncio.create_task(self._follow(log, after))

    async def reach(self, position: Position) -> None:
        """Return once it has read that far; raises what it was told."""
        async with self._more:
            while not self.found or self.found[-1].position < position:
                if self.task.done():
                    self.task.result()
                await self._more.wait()

    async def _follow(self, log: SharedLog, after: Position) -> None:
        following = log.follow(after)
        try:
            async for entries in following:
                async with self._more:
                    self.found += entries
                    self._more.notify_all()
        finally:
            await following.aclose()
            async with self._more:
                self._more.notify_all()


@asynccontextmanager
async def followed(log: SharedLog, after: Position = BEGINNING) -> AsyncIterator[Follower]:
    follower = Follower(log, after)
    try:
        yield follower
    finally:
        follower.task.cancel()
        await asyncio.gather(follower.task, return_exceptions=True)


async def first_written(log: SharedLog, data: bytes) -> Position:
    """The position once it can be written again."""
    async with asyncio.timeout(30):
        while True:
            with suppress(Unwritable):
                return (await log.append([line(data)]))[0]
            await asyncio.wait_for(log._appending.link.there(), 30)


async def first_looked(log: SharedLog) -> int:
    """The stamp once one can be had again."""
    async with asyncio.timeout(30):
        while True:
            with suppress(Unreadable):
                return (await log.look()).stamp
            await asyncio.wait_for(log._looking.link.there(), 30)
