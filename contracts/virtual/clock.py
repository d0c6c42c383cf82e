"""The clock of a trial, and the event loop that lives by it.

Nothing here waits: when no callback is ready, the clock jumps to the next timer. What happens is
therefore the same in every run, and ten minutes of polling take as long as the calls in them.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from asyncio import events
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from emulator.core.clock import EPOCH, SECOND, Instant

T = TypeVar("T")


class Overrun(BaseException):
    """A trial took longer than it may, on its own clock, or waits for what can never come. No
    client catches it by catching every Exception."""


class Dead(BaseException):
    """The client was killed: what is left of it ends wherever it would wait."""


class Unfit(BaseException):
    """The client does what cannot be had in virtual time."""


class Clock:
    """Microseconds since the trial began. It never goes back, nor beyond `limit`."""

    def __init__(self, limit: int) -> None:
        self.micros = 0
        self.limit = limit
        self.turning = False
        self.late: Overrun | None = None

    def instant(self) -> Instant:
        """The world's instant."""
        return EPOCH + self.micros

    def seconds(self) -> float:
        """Seconds since the trial began."""
        return self.micros / SECOND

    def jump(self, to: int) -> None:
        """Be there at once; Overrun if that is too late.

        Servers answer for whatever is raised in them: in a turn of the world's, who drives the loop
        is told as well.
        """
        if to > self.limit:
            self.micros = max(self.limit, self.micros)
            over = Overrun(f"{self.limit // SECOND} seconds of the trial's clock have passed")
            if self.turning:
                self.late = over
            raise over
        self.micros = max(to, self.micros)


class Idle(selectors.BaseSelector):
    """A selector of nothing: it is asked when no callback is ready, and lets time pass instead."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Remember it; it never becomes ready."""
        key = selectors.SelectorKey(fileobj, 0, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Forget it."""
        return self._keys.pop(fileobj)

    def get_map(self) -> Any:
        """All that is remembered."""
        return self._keys

    def select(self, timeout: float | None = None) -> list[Any]:
        """Nothing; after so long, on the trial's clock."""
        if timeout is None:
            raise Overrun("everybody waits, and nothing is to come")
        if timeout > 0:
            self._clock.jump(self._clock.micros + -(-round(timeout * 1e9) // 1000))
        return []


class Waiting(Idle):
    """The selector of a client's own loop: while it waits, the rest of the world goes on."""

    def __init__(self, world: Loop, ready: Callable[[], bool]) -> None:
        super().__init__(world.clock)
        self._world = world
        self._ready = ready

    def select(self, timeout: float | None = None) -> list[Any]:
        """Nothing; once the client has something to do, or after so long."""
        deadline = None
        if timeout is not None:
            deadline = self._clock.micros + -(-round(timeout * 1e9) // 1000)
        if timeout is None or timeout > 0:
            self._world.until(self._ready, deadline)
        else:
            self._world.go_on()
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time is the trial's. What it is to run in threads, it runs at once."""

    def __init__(self, clock: Clock, selector: selectors.BaseSelector | None = None) -> None:
        super().__init__(selector or Idle(clock))
        self.clock = clock
        self.turns = 0
        self.interrupt: Callable[[], None] | None = None
        self.dead = False
        self._owner = threading.get_ident()
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Seconds since the trial began."""
        return self.clock.seconds()

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run it here and now: threads would bring the machine's time in."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def owned(self) -> bool:
        """Whether this is the thread that the trial is played in."""
        return threading.get_ident() == self._owner

    def until(self, done: Callable[[], bool], deadline: int | None) -> bool:
        """Let everything go on until that is so; False if the deadline comes first.

        For blocking calls in the loop's own thread, made while it does not run: whoever blocks
        drives it.
        """
        if not self.owned():
            raise Unfit("it waits in a thread of its own")
        while True:
            self._be_in_time()
            if done():
                return True
            due = self._next()
            if due is None or due > self.clock.micros:
                if due is None and deadline is None:
                    raise Overrun("everybody waits, and nothing is to come")
                ends = deadline is not None and (due is None or deadline < due)
                self.clock.jump(deadline if ends and deadline is not None else due or 0)
                if ends:
                    return done()
            self._turn()

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *, sock: Any, **more: Any
    ) -> Any:
        """Serve a port of the trial's network."""
        return sock.serve(protocol_factory)

    def here(self, work: Coroutine[Any, Any, T]) -> T:
        """Do what needs a running loop, at this instant; it may not wait for a later one."""
        task = self.create_task(work)
        self.settle()
        return task.result()

    def end(self) -> None:
        """Cancel what still goes on, and close."""
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.settle()
        self.close()

    def go_on(self) -> None:
        """Let all go on that can at this instant, for a client; Overrun if one was too late."""
        self.settle()
        self._be_in_time()

    def _be_in_time(self) -> None:
        if self.clock.late is not None:
            late, self.clock.late = self.clock.late, None
            raise late

    def settle(self) -> None:
        """Let all go on that can at this instant."""
        while self.due():
            self._turn()

    def due(self) -> bool:
        """Whether there is anything that can go on at this instant."""
        first = self._next()
        return first is not None and first <= self.clock.micros

    def _next(self) -> int | None:
        """When the next callback runs, in microseconds; None if there is none."""
        if self._ready:  # type: ignore[attr-defined]
            return self.clock.micros
        scheduled = self._scheduled  # type: ignore[attr-defined]
        live = [handle for handle in scheduled if not handle.cancelled()]
        if len(live) < len(scheduled) and not live:
            scheduled.clear()
        first = min((handle.when() for handle in live), default=None)
        return None if first is None else -(-round(first * 1e9) // 1000)

    def _turn(self) -> None:
        if self.dead:
            raise Dead
        self.turns += 1
        before = events._get_running_loop()
        events._set_running_loop(self)
        self.clock.turning = self._stopping = True  # One turn does not ask the selector to wait.
        try:
            self._run_once()  # type: ignore[attr-defined]
        finally:
            self.clock.turning = self._stopping = False
            events._set_running_loop(before)
        if self.interrupt is not None:
            interrupt, self.interrupt = self.interrupt, None
            interrupt()
