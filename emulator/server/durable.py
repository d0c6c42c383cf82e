"""A log in a store: every command is kept before it takes effect, many of them in one go."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from emulator.core.clock import Instant
from emulator.core.commands import Command, Done, Reply, Tick
from emulator.core.refusals import Reason, Refused
from emulator.log import codec
from emulator.log.rows import DROPPED, ENTRY, WORLD, Kept, Row, Store, Unwritable
from emulator.server.asked import Asked, asked, stamping, tell
from emulator.server.live import Live
from emulator.server.restoring import made, replayed, whole
from emulator.server.stage import Stage

T = TypeVar("T")

TOGETHER = 1000
"""Commands that are written in one go at the most."""

EVERY = 20_000
"""Lines of one world after which a snapshot stands for them: what a start has to replay, at most,
is about as many again, for a world that remembers many jobs is snapshot less often."""

BEHIND = 100_000
"""Lines of all worlds after which snapshots stand for some: two seconds' work for a start. Where
the worlds remember more jobs than that, it is as many lines as jobs."""

MANY = 10_000
"""Jobs from which on it would take long to look through what was restored for garbage."""

log = logging.getLogger("understudy")


class Durable:
    """Puts the commands of all worlds of a server into a store, and has them take effect.

    Only one thread ever uses the store. Commands that come while others are written wait, and are
    then written together. `refusing` says why nothing can be written, while nothing can.
    """

    def __init__(self, store: Store, machine: Callable[[], Instant]) -> None:
        self.refusing = ""
        self._store = store
        self._machine = machine
        self._queue: deque[Asked] = deque()
        self._gone: list[Live] = []
        self._lines: dict[Live, int] = {}
        self._position = 0
        self._behind = 0
        self._pause = 0
        self._thread = ThreadPoolExecutor(1, "understudy log")
        self._writing: asyncio.Task[None] | None = None
        self._picturing: asyncio.Task[None] | None = None
        self._closed = False

    def restore(self, stage: Stage) -> None:
        """Have every world go on that the log has, as its last line left it. BadLog if it cannot be
        read.

        Meanwhile nobody looks for garbage: to look through a hundred thousand jobs again and again,
        of which none is, takes seconds.
        """
        gc.disable()
        try:
            late = [live for live in self._restored(stage) if live.clock.now() < live.world.now]
            if self._jobs() > MANY:
                gc.freeze()
        finally:
            gc.enable()
        if late:
            self._resume(late)
        self._position = self._store.last

    async def decide(self, live: Live, command: Command, to: Instant = 0) -> Reply:
        """What a world says to a command once that is in the log: at `to`, or at the world's
        present if that is later. Refused if the log cannot be written, or the world says no."""
        data = codec.told(command)
        return await self._said(asked(live, command=command, data=data, to=to))

    def made(self, live: Live) -> None:
        """There is a new world. What it is begun with is in the log before anything that is written
        to it."""
        self._ask(asked(live))

    async def begin(self, live: Live) -> None:
        """Have a new world in the log. Refused if that cannot be written."""
        await self._said(asked(live))

    def dropped(self, live: Live) -> None:
        """A world is no more."""
        self._gone.append(live)
        self._begin()

    async def end(self, live: Live, forget: Callable[[], None]) -> None:
        """Have a world forgotten once that is in the log. Refused if the log cannot be written."""
        await self._said(asked(live, forget=forget))

    async def close(self) -> None:
        """Write what is on its way, and snapshots, so that the next start is quick."""
        self._closed = True
        if self._writing is not None:
            await self._writing
        if self._gone:
            await self._keep([], self._gone)
        if self._picturing is not None:
            await self._picturing
        for live, lines in tuple(self._lines.items()):
            if lines and not self._pause:
                await self._picture(live)
        await self._apart(self._store.close)
        self._thread.shutdown()

    def _restored(self, stage: Stage) -> Iterator[Live]:
        for past in self._store.load():
            found = replayed(past)
            live = stage.adopt(found.made.owner, found.made.rule, found.world)
            live.clock.restore(found.pace, found.turns)
            self._count(live, found.lines)
            yield live

    def _resume(self, late: list[Live]) -> None:
        """The machine's time was set back: these worlds go on from where they are, not once the
        machine has come there again."""
        machine, data = self._machine(), codec.told(Tick(why="resumed"))
        rows = [self._row(live, live.world.now, data, machine) for live in late]
        for live in late:
            live.clock.jump(live.world.now, machine)
            self._count(live, 1)
        try:
            self._store.append(rows)
        except Unwritable as error:
            self._failed(error.why)

    async def _said(self, one: Asked) -> Reply:
        if self._closed:
            raise Refused(Reason.UNAVAILABLE, "the server is shutting down")
        self._ask(one)
        said = await asyncio.shield(one.reply)
        if isinstance(said, Refused):
            raise Refused(said.reason, said.detail)
        return said

    def _ask(self, one: Asked) -> None:
        self._queue.append(one)
        self._begin()

    def _begin(self) -> None:
        if not self._closed and (self._writing is None or self._writing.done()):
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        """Write until there is nothing left to be written. What failed waits for the next call."""
        done = True
        while self._queue or (self._gone and done):
            batch = list(self._batch())
            gone, self._gone = self._gone, []
            done = await self._keep(batch, gone)
            if done:
                await self._tidy({one.live for one in batch})

    def _batch(self) -> Iterator[Asked]:
        """What is written together: nothing comes behind a world's end."""
        for _ in range(min(len(self._queue), TOGETHER)):
            one = self._queue.popleft()
            if one.live.closed:
                tell(one, Refused(Reason.UNAVAILABLE, "the world has been dropped"))
                continue
            yield one
            if one.forget is not None:
                return

    async def _keep(self, batch: list[Asked], gone: list[Live]) -> bool:
        """Write commands and let them take effect, or refuse them all; whether they are there."""
        gone = [live for live in gone if live in self._lines]
        machine = self._machine()
        stamped = list(stamping(batch))
        try:
            rows = [*self._ends(gone), *self._rows(stamped, machine)]
            position = await self._apart(lambda: self._store.append(rows))
        except Unwritable as error:
            self._gone = [*gone, *self._gone]
            self._failed(error.why)
            for one in batch:
                tell(one, Refused(Reason.UNAVAILABLE, error.why))
            return False
        except Exception as error:
            log.exception("the log is broken")
            for one in batch:
                tell(one, Refused(Reason.BROKEN, str(error)))
            return False
        else:
            self._recovered()
            for live in gone:
                self._forget(live)
            for one, at in stamped:
                tell(one, self._taken(one, at, machine))
            self._position = position
            return True
        finally:
            for live in {one.live for one in batch}:
                live.held = None
                live.schedule()

    def _rows(self, stamped: list[tuple[Asked, Instant]], machine: Instant) -> Iterator[Row]:
        new: set[Live] = set()
        for one, at in stamped:
            live = one.live
            if live not in self._lines and live not in new:
                new.add(live)
                yield Row(world=live.name, kind=WORLD, at=at, data=codec.written(made(live)))
            if one.command is not None:
                yield self._row(live, at, one.data, machine)
            elif one.forget is not None:
                yield from self._ends([live])

    def _row(self, live: Live, at: Instant, data: tuple[str, bytes], machine: Instant) -> Row:
        return Row(world=live.name, kind=ENTRY, at=at, data=codec.line(data, machine))

    def _ends(self, gone: list[Live]) -> Iterator[Row]:
        for live in gone:
            yield Row(world=live.name, kind=DROPPED, at=live.world.now, data=b"")

    def _taken(self, one: Asked, at: Instant, machine: Instant) -> Reply | Refused:
        """What comes of a command that the log has."""
        if one.forget is not None:
            self._forget(one.live)
            one.forget()
            return Done(now=at)
        if one.command is None:
            self._count(one.live, 0)
            return Done(now=at)
        self._count(one.live, 1)
        try:
            return one.live.take(at, one.command, machine)
        except Exception as error:
            log.exception("a command broke %s", one.live.name)
            return Refused(Reason.BROKEN, str(error))

    def _count(self, live: Live, lines: int) -> None:
        self._lines[live] = self._lines.get(live, 0) + lines
        self._behind += lines

    def _forget(self, live: Live) -> None:
        self._behind -= self._lines.pop(live, 0)

    async def _tidy(self, lives: set[Live]) -> None:
        """Begin with snapshots where the log has grown, and free what they stand for."""
        idle = self._picturing is None or self._picturing.done()
        if idle and (live := self._grown(lives)) is not None:
            self._picturing = asyncio.get_running_loop().create_task(self._pictures(live))
        try:
            while not self._queue and await self._apart(self._store.sweep):
                pass
        except Unwritable as error:
            log.error("nothing was freed in the log: %s", error.why)

    def _grown(self, lives: Iterable[Live]) -> Live | None:
        """A world that it is time to take a snapshot of."""
        if self._behind < self._pause:
            return None
        for live in lives:
            if self._lines.get(live, 0) >= max(EVERY, len(live.world.jobs) // 2):
                return live
        if self._behind > BEHIND and self._behind > self._jobs() // 2:
            return max(self._lines, key=self._lines.__getitem__)
        return None

    def _jobs(self) -> int:
        return sum(len(live.world.jobs) for live in self._lines)

    async def _pictures(self, live: Live | None) -> None:
        while live is not None and not self._closed:
            await self._picture(live)
            live = self._grown(self._lines)

    async def _picture(self, live: Live) -> None:
        """Keep a snapshot of a world as it stands now; where that cannot be, do without for a
        while. Commands are written meanwhile."""
        state, position, lines = whole(live), self._position, self._lines[live]
        loop = asyncio.get_running_loop()
        try:
            data = await loop.run_in_executor(None, codec.snapshot, state)
            kept = Kept(world=live.name, position=position, data=data)
            await self._apart(lambda: self._store.keep(kept))
        except Exception as error:
            self._pause = self._behind + EVERY
            why = error.why if isinstance(error, Unwritable) else repr(error)
            log.error("no snapshot of %s was written: %s", live.name, why)
        else:
            self._pause = 0
            if live in self._lines:
                self._count(live, -lines)

    async def _apart(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _failed(self, why: str) -> None:
        if not self.refusing:
            log.error("the log cannot be written, and commands are refused: %s", why)
        self.refusing = why

    def _recovered(self) -> None:
        if self.refusing:
            log.error("the log can be written again")
        self.refusing = ""
