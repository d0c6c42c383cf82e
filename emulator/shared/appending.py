"""Appends what many ask for in batches, one after the other, each of them once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from emulator.log.rows import Unwritable
from emulator.shared import scripts
from emulator.shared.failures import Away, Late, Refusing
from emulator.shared.places import Behind, Draft, Position, Unsure
from emulator.shared.state import State
from emulator.shared.wire import Command, Wire, run

TOGETHER = 1000
"""Entries of one batch, at the most; more only if one append has more."""

BIG = 4 * 1024 * 1024
"""Bytes of data after which a batch is not made longer."""

log = logging.getLogger("understudy")


class Asked(NamedTuple):
    """Entries to be, and who waits for their positions."""

    drafts: tuple[Draft, ...]
    positions: asyncio.Future[tuple[Position, ...]]


class Appending:
    """Puts entries into the log. What comes while a batch is on its way is in the next one."""

    def __init__(self, state: State) -> None:
        self.link = state.link()
        self._state = state
        self._queue: deque[Asked] = deque()
        self._number = 0
        self._writing: asyncio.Task[None] | None = None

    async def append(self, drafts: Sequence[Draft]) -> tuple[Position, ...]:
        """Their positions once they are in the log, all or none."""
        if not drafts:
            return ()
        loop = asyncio.get_running_loop()
        asked = Asked(tuple(drafts), loop.create_future())
        self._queue.append(asked)
        if self._writing is None or self._writing.done():
            self._writing = loop.create_task(self._write())
        return await asked.positions

    async def close(self) -> None:
        """Write what is on its way, and no more."""
        if self._writing is not None:
            await self._writing
        await self.link.close()

    async def _write(self) -> None:
        """Write until there is nothing left. What has waited for a batch that failed because Redis
        is away fails with it, for it has been away long enough."""
        while self._queue:
            batch = self._together()
            try:
                first = await self._place([one for asked in batch for one in asked.drafts])
            except (Unwritable, Unsure, Behind) as error:
                _fail(batch, error)
                if self.link.why:
                    _fail(self._queue, Unwritable(self.link.why))
                    self._queue.clear()
            except RedisError as error:
                log.exception("the shared log is broken")
                _fail(batch, Unsure(f"Redis answers what is no answer: {error}"))
            else:
                _tell(batch, first)

    def _together(self) -> list[Asked]:
        """What is next, and as much more as one batch holds. Nobody is counted who has gone."""
        batch: list[Asked] = []
        rows = size = 0
        while self._queue:
            asked = self._queue[0]
            rows += len(asked.drafts)
            size += sum(len(one.data) for one in asked.drafts)
            if batch and (rows > TOGETHER or size > BIG):
                break
            batch.append(self._queue.popleft())
        return batch

    async def _place(self, drafts: list[Draft]) -> Position:
        """Where the first of them is."""
        self._number += 1
        number, loop = self._number, asyncio.get_running_loop()
        until = loop.time() + self.link.timeout

        def make(wire: Wire) -> list[Command]:
            return [self._command(wire, number, wire.at(until), drafts)]

        try:
            ((stamp, nth, _),) = await self.link.ask(make)
        except Late:
            # Redis's clock, or its measure of the time, went another way than ours.
            self.link.again()
            raise Unwritable("Redis was told too late, and has not written it; try again") from None
        except Refusing as no:
            raise (Unwritable(no.why) if no.certain else Unsure(no.why)) from None
        except Away as away:
            raise (Unsure(_unsure(away.why)) if away.sent else Unwritable(away.why)) from None
        first = Position(int(stamp), int(nth))
        self._state.see(Position(first.stamp, first.nth + len(drafts) - 1))
        return first

    def _command(self, wire: Wire, number: int, end: int, drafts: list[Draft]) -> Command:
        state = self._state
        keys = state.keys.log, state.keys.stream, f"{state.keys.batch}:{state.worker}"
        rows: list[Any] = [part for one in drafts for part in one]
        return run(scripts.append, keys, state.birth, wire.run, number, end, state.worker, *rows)


def _unsure(why: str) -> str:
    return f"{why}; it may have written this before"


def _tell(batch: list[Asked], first: Position) -> None:
    nth = first.nth
    for asked in batch:
        after = nth + len(asked.drafts)
        if not asked.positions.done():
            asked.positions.set_result(tuple(Position(first.stamp, n) for n in range(nth, after)))
        nth = after


def _fail(batch: Sequence[Asked] | deque[Asked], error: Unwritable | Unsure | Behind) -> None:
    for asked in batch:
        if not asked.positions.done():
            asked.positions.set_exception(type(error)(error.why))
