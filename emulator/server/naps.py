"""Calls that are held up on purpose: until an instant of the world's clock, or for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from heapq import heappop, heappush
from typing import TypeAlias

from emulator.core.clock import Instant


class Woken(Enum):
    """Why a nap is over."""

    TIME = "the instant has come"
    GONE = "the client hung up"
    CLOSED = "the world was dropped"


Nap: TypeAlias = asyncio.Future[Woken]


class Naps:
    """Every call of a world that is held up. `stir` hears -1 when one sleeps, +1 when it wakes."""

    def __init__(self, stir: Callable[[int], None]) -> None:
        self._stir = stir
        self._naps: set[Nap] = set()
        self.ends: list[tuple[Instant, int, Nap]] = []
        self._count = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._naps)

    def due(self) -> Instant | None:
        """When the next one wakes."""
        while self.ends and self.ends[0][2].done():
            heappop(self.ends)
        return self.ends[0][0] if self.ends else None

    def begin(self, until: Instant | None) -> Nap:
        """Fall asleep; without an instant only `wake` or `close` ends it."""
        nap: Nap = asyncio.get_running_loop().create_future()
        self._naps.add(nap)
        if until is not None:
            self._count += 1
            heappush(self.ends, (until, self._count, nap))
        self._stir(-1)
        if self._closed:
            self.wake(nap, Woken.CLOSED)
        return nap

    async def over(self, nap: Nap) -> Woken:
        """Why it is over, once it is."""
        try:
            return await nap
        finally:
            if nap.cancelled():
                self._stir(+1)
            self._naps.discard(nap)

    def wake(self, nap: Nap, why: Woken) -> None:
        """End a nap, if it has not ended."""
        if not nap.done():
            self._stir(+1)
            nap.set_result(why)

    def settle(self, now: Instant) -> None:
        """Wake all whose instant has come."""
        while self.ends and self.ends[0][0] <= now:
            self.wake(heappop(self.ends)[2], Woken.TIME)

    def close(self) -> None:
        """Wake all: there is nothing to wait for any more."""
        self._closed = True
        for nap in tuple(self._naps):
            self.wake(nap, Woken.CLOSED)
