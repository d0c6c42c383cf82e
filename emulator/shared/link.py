"""A connection that is made again whenever it breaks, and what happens to requests meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from redis.exceptions import RedisError

from emulator.shared.failures import Anew, Away, Broken, Refusing, silent
from emulator.shared.places import Behind
from emulator.shared.wire import Command, Wire

FIRST, LONGEST = 0.02, 1.0
"""Seconds between attempts to connect: doubled each time, up to the longest."""

Make: TypeAlias = Callable[[Wire], Sequence[Command]]
"""What to ask over this connection."""

log = logging.getLogger("understudy")


class Link:
    """Asks Redis over one connection, one request after another.

    `greet` is what each connection begins with. For as long as `timeout`, requests wait for a
    connection that broke to be there again; then they fail at once until it is.
    """

    def __init__(self, new: Callable[[], Wire], greet: Callable[[Wire], Awaitable[None]],
                 timeout: float) -> None:  # fmt: skip
        self.timeout = timeout
        self._new = new
        self._greet = greet
        self._loop = asyncio.get_running_loop()
        self._wire: Wire | None = None
        self._why: Exception = Broken("Redis has not been reached yet")
        self._since = self._loop.time()
        self._served = False
        self._news = asyncio.Event()
        self._again = asyncio.Event()
        self._task = self._loop.create_task(self._hold())

    @property
    def why(self) -> str:
        """Why nothing can be asked now; nothing if it can."""
        return "" if self._wire is not None else str(self._why)

    async def ask(self, make: Make, *, wait: float = 0.0) -> list[Any]:
        """The answers, which may take `wait` longer than the timeout. What breaks is asked again.

        Raises Away, Refusing, Behind and Late.
        """
        until, sent = self._loop.time() + self.timeout, False
        while True:
            wire = await self._ready(until, sent)
            try:
                return await self._once(wire, make(wire), until + wait)
            except Anew:
                pass
            except Broken as broken:
                sent = True
                if self._loop.time() >= until:
                    raise Away(broken.why, sent=True) from None
            except Refusing as no:
                raise Refusing(no.why, certain=no.certain or not sent) from None

    async def there(self) -> None:
        """Return once there is a connection, however long that takes. Raises Behind."""
        while self._wire is None:
            if isinstance(self._why, Behind):
                raise _fresh(self._why)
            await self._news.wait()

    def again(self) -> None:
        """Connect anew now, whatever there was."""
        self._again.set()
        self._since = self._loop.time()
        self._turn(None, Anew("the connection to Redis begins anew"))

    def drop(self, why: Exception) -> None:
        """Connect anew, later and later if it is of no use."""
        self._since = self._loop.time()
        self._turn(None, why)

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._turn(None, Broken("the log has been closed"))

    async def _once(self, wire: Wire, commands: Sequence[Command], until: float) -> list[Any]:
        began = self._loop.time()
        try:
            async with asyncio.timeout_at(until):
                answers = await wire.ask(*commands)
        except TimeoutError:
            self._drop(wire, why := Broken(silent(wire.shown, self.timeout)), began)
            raise why from None
        except (Broken, Behind) as error:
            self._drop(wire, error, self._loop.time())
            raise
        except asyncio.CancelledError:
            self._drop(wire, Anew("a request was given up"), self._loop.time())
            raise
        self._served = True
        return answers

    async def _ready(self, until: float, sent: bool) -> Wire:
        """The connection; Away if there is none in time."""
        while self._wire is None:
            if isinstance(self._why, Behind):
                raise _fresh(self._why)
            end = min(until, self._since + self.timeout)
            if self._loop.time() >= end or self._task.done():
                raise Away(str(self._why), sent=sent)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(end):
                    await self._news.wait()
        return self._wire

    async def _hold(self) -> None:
        """Have a connection, always."""
        pause = FIRST
        while True:
            self._again.clear()
            wire = self._new()
            try:
                if await self._met(wire):
                    self._served = False
                    self._turn(wire, None)
                    while self._wire is wire:
                        await self._news.wait()
                    if self._served:
                        pause = FIRST
                        continue
            finally:
                await wire.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._again.wait()
            pause = min(pause * 2, LONGEST)

    async def _met(self, wire: Wire) -> bool:
        """Whether there is a connection, and Redis and the log are as they are to be."""
        try:
            async with asyncio.timeout(self.timeout):
                await wire.open()
                await self._greet(wire)
        except TimeoutError:
            self._turn(None, Broken(silent(wire.shown, self.timeout)))
        except (Broken, Refusing, Behind) as error:
            # What was found is of no account if the log has been begun anew meanwhile.
            self._turn(None, Anew("it begins anew") if self._again.is_set() else error)
        except RedisError as error:
            log.exception("the shared log is broken")
            self._turn(None, Broken(f"Redis at {wire.shown} answers what is no answer: {error}"))
        else:
            return True
        return False

    def _drop(self, wire: Wire, why: Exception, since: float) -> None:
        if self._wire is wire:
            self._since = since
            self._turn(None, why)

    def _turn(self, wire: Wire | None, why: Exception | None) -> None:
        """Let everybody know that there is a connection, or why not."""
        self._wire, self._why = wire, why or self._why
        news, self._news = self._news, asyncio.Event()
        news.set()


def _fresh(error: Behind) -> Behind:
    """The same for another who is told it."""
    return type(error)(error.why)
