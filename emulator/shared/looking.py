"""Asks for the time and the end of the log, once for all who come while that is asked."""

from __future__ import annotations

import asyncio
import logging

from redis.exceptions import RedisError

from emulator.shared import scripts
from emulator.shared.failures import Away, Refusing
from emulator.shared.places import Behind, Looked, Unreadable, position
from emulator.shared.state import State
from emulator.shared.wire import Command, Wire, run

log = logging.getLogger("understudy")


class Looking:
    """One look is on its way at a time. It serves those who came before it began."""

    def __init__(self, state: State) -> None:
        self.link = state.link()
        self._state = state
        self._waiting: list[asyncio.Future[Looked]] = []
        self._asking: asyncio.Task[None] | None = None

    async def look(self) -> Looked:
        """The present, as of a moment after it was asked for."""
        loop = asyncio.get_running_loop()
        looked: asyncio.Future[Looked] = loop.create_future()
        self._waiting.append(looked)
        if self._asking is None or self._asking.done():
            self._asking = loop.create_task(self._ask())
        return await looked

    async def close(self) -> None:
        if self._asking is not None:
            await self._asking
        await self.link.close()

    async def _ask(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                ((stamp, head),) = await self.link.ask(self._commands)
            except (Away, Refusing) as error:
                self._fail(asked, Unreadable(error.why))
            except Behind as error:
                self._fail(asked, error)
            except RedisError as error:
                log.exception("the shared log is broken")
                self._fail(asked, Unreadable(f"Redis answers what is no answer: {error}"))
            else:
                found = Looked(int(stamp), position(head))
                self._state.see(found.position)
                for one in asked:
                    if not one.done():
                        one.set_result(found)

    def _fail(self, asked: list[asyncio.Future[Looked]], error: Unreadable | Behind) -> None:
        """Those who have come since fail too, if Redis is away: it has been so long enough."""
        if self.link.why:
            asked, self._waiting = [*asked, *self._waiting], []
        for one in asked:
            if not one.done():
                one.set_exception(type(error)(error.why))

    def _commands(self, wire: Wire) -> list[Command]:
        keys = self._state.keys.log, self._state.keys.stream
        return [run(scripts.look, keys, self._state.birth, wire.run)]
