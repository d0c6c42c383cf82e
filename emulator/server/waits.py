"""Calls that block until a job is over: when each will be answered, on the world's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush

from emulator.core.clock import Instant
from emulator.core.commands import Jobs, Moved
from emulator.core.jobs import Job
from emulator.providers.port import Wait


class Waiter:
    """One blocked call. `answer` is the instant at which it will be answered, once known."""

    def __init__(self, wait: Wait) -> None:
        self.wait = wait
        self.job: Job = wait.job
        self.answer: Instant | None = wait.until
        self.reply: asyncio.Future[Jobs | None] = asyncio.get_running_loop().create_future()


class Waits:
    """Every blocked call of a world.

    A wait's end is as exact as a move: the reply shows the job as it stood at that instant,
    however far a leap of the clock went beyond it.
    """

    def __init__(self, stir: Callable[[int], None]) -> None:
        self._stir = stir
        self._by_job: dict[str, list[Waiter]] = {}
        self.ends: list[tuple[Instant, int, Waiter]] = []
        self._count = 0

    def __len__(self) -> int:
        return sum(len(waiters) for waiters in self._by_job.values())

    def due(self) -> Instant | None:
        """When the next wait ends."""
        while self.ends and self.ends[0][2].reply.done():
            heappop(self.ends)
        return self.ends[0][0] if self.ends else None

    def join(self, wait: Wait, now: Instant) -> Waiter:
        """Somebody begins to wait."""
        waiter = Waiter(wait)
        ended = wait.job.ended(now)
        if ended is not None:
            waiter.answer = wait.answers(ended)
        self._by_job.setdefault(wait.job.id, []).append(waiter)
        if waiter.answer is not None:
            self._expect(waiter)
        self.settle(now)
        self._stir(-1)
        return waiter

    async def reply(self, waiter: Waiter) -> Jobs | None:
        """The job as it stands when the wait is over; None for one who left.

        A caller that hangs up cancels nothing.
        """
        try:
            return await waiter.reply
        finally:
            if waiter.reply.cancelled():
                self._stir(+1)
            self._forget(waiter)

    def leave(self, waiter: Waiter) -> None:
        """Nobody waits there any more."""
        if not waiter.reply.done():
            self._stir(+1)
            waiter.reply.set_result(None)

    def tell(self, moved: Moved) -> None:
        """A job has moved: if it is over, those who wait for it know when they are answered."""
        if not moved.to.over:
            return
        for waiter in self._by_job.get(moved.job.id, ()):
            waiter.job = moved.job
            waiter.answer = waiter.wait.answers(moved.at)
            self._expect(waiter)

    def settle(self, now: Instant) -> None:
        """Answer every wait that has ended by now."""
        while self.ends and self.ends[0][0] <= now:
            at, _, waiter = heappop(self.ends)
            if not waiter.reply.done() and at == waiter.answer:
                self._stir(+1)
                waiter.reply.set_result(Jobs(now=at, jobs=(waiter.job,)))

    def close(self, error: Exception) -> None:
        """Nobody is waited for any more."""
        for waiters in self._by_job.values():
            for waiter in waiters:
                if not waiter.reply.done():
                    self._stir(+1)
                    waiter.reply.set_exception(error)

    def _expect(self, waiter: Waiter) -> None:
        assert waiter.answer is not None
        self._count += 1
        heappush(self.ends, (waiter.answer, self._count, waiter))

    def _forget(self, waiter: Waiter) -> None:
        waiters = self._by_job[waiter.wait.job.id]
        waiters.remove(waiter)
        if not waiters:
            del self._by_job[waiter.wait.job.id]
