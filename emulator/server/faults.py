"""What a server knows of a world's faults beyond the world: times to live, and their strikes."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from emulator.core.commands import Arm, Command, Disarm, Reply
from emulator.core.faults import Fault
from emulator.core.refusals import Refused
from emulator.server.meters import Meters

REMEMBERED = 1000
"""Strikes of one fault that are remembered with their exchange."""


STRUCK = 20_000
"""Faults whose strikes are remembered, of those that were never armed: chance draws each anew."""


class Strike(NamedTuple):
    """A fault took a call: the exchange's number (0 if there is none), why it did nothing there if
    it did not, which call of which operation it was, and what the fault does, with its family."""

    exchange: int
    idle: str = ""
    place: tuple[str, str] = ("", "")
    nth: int = 0
    deed: tuple[str, str] = ("", "")


class Faults:
    """Arms and disarms, and remembers the strikes. `decide` puts a command into the world's log,
    `armed` tells whether a fault ever was."""

    def __init__(
        self,
        decide: Callable[[Command], Coroutine[Any, Any, Reply]],
        armed: Callable[[str], bool],
        meters: Meters,
    ) -> None:
        self._decide = decide
        self._armed = armed
        self._meters = meters
        self._drawn: deque[str] = deque()
        self._ends: set[asyncio.Task[None]] = set()
        self._lives: dict[str, asyncio.TimerHandle] = {}
        self._named = 0
        self.struck = 0
        self._calls: dict[tuple[str, str], int] = {}
        self.strikes: dict[str, list[Strike]] = {}

    def name(self, taken: Callable[[str], bool]) -> str:
        """An id for a fault that has none."""
        while True:
            self._named += 1
            id = f"fault-{self._named}"
            if not taken(id):
                return id

    async def arm(self, fault: Fault, seconds: float | None) -> None:
        """Armed from now on, and for so many of the machine's seconds; Refused if it cannot be."""
        await self._decide(Arm(fault=fault))
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._lives[fault.id] = loop.call_later(seconds, self._expire, fault.id)

    async def disarm(self, id: str, why: str = "it was disarmed") -> None:
        """Armed no more; Refused if it is not."""
        await self._decide(Disarm(id=id, why=why))
        if (timer := self._lives.pop(id, None)) is not None:
            timer.cancel()

    def call(self, provider: str, operation: str) -> int:
        """An operation is called; how often it was by now."""
        count = self._calls[provider, operation] = self._calls.get((provider, operation), 0) + 1
        return count

    def note(self, id: str, strike: Strike) -> None:
        """A fault took a call."""
        self.struck += strike.exchange > 0
        self._meters.strikes[(*strike.deed, bool(strike.idle))] += 1
        strikes = self.strikes.get(id)
        if strikes is None:
            strikes = self.strikes[id] = []
            if not self._armed(id):
                self._drawn.append(id)
                if len(self._drawn) > STRUCK:
                    del self.strikes[self._drawn.popleft()]
        strikes.append(strike)
        if len(strikes) > REMEMBERED:
            del strikes[0]

    def close(self) -> None:
        """No time to live matters any more."""
        for timer in self._lives.values():
            timer.cancel()

    def _expire(self, id: str) -> None:
        self._lives.pop(id, None)
        task = asyncio.get_running_loop().create_task(self._end(id))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    async def _end(self, id: str) -> None:
        with contextlib.suppress(Refused):  # It may have struck as often as it was to.
            await self._decide(Disarm(id=id, why="its time to live ran out"))
