"""A log in a store: every command is kept before it takes effect, many of them in one go."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple, TypeVar

from emulator.core.clock import Instant, Pace
from emulator.core.commands import Command, Reply, Tick, Wind
from emulator.core.refusals import Reason, Refused
from emulator.core.snapshot import restore, take
from emulator.core.world import World
from emulator.log import codec
from emulator.log.rows import DROPPED, ENTRY, WORLD, BadLog, Kept, Past, Row, Store, Unwritable
from emulator.server.live import Live
from emulator.server.recorder import fingerprint
from emulator.server.stage import Stage

T = TypeVar("T")

TOGETHER = 1000
"""Commands that are written in one go at the most."""

EVERY = 20_000
"""Lines of one world after which a snapshot stands for them: what a start has to replay, at most,
is about as many again, for a world that remembers many jobs is snapshot less often."""

DROPPED_WORLD = Refused(Reason.UNAVAILABLE, "the world has been dropped")

log = logging.getLogger("understudy")


class Asked(NamedTuple):
    """A command on its way into the log, and who waits for what comes of it."""

    live: Live
    command: Command
    to: Instant
    reply: asyncio.Future[Reply | Refused]


class Found(NamedTuple):
    """A world as the log has it: whose it is, its state, and how its clock ran."""

    made: codec.Made
    world: World
    pace: Pace
    turned: tuple[Instant, Instant]
    lines: int


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
        self._thread = ThreadPoolExecutor(1, "understudy log")
        self._writing: asyncio.Task[None] | None = None

    def restore(self, stage: Stage) -> None:
        """Have every world go on that the log has, as its last line left it. BadLog if it cannot be
        read."""
        for past in self._store.load():
            found = _replayed(past)
            made = found.made
            live = stage.adopt(made.owner, made.rule, found.world, found.pace, found.turned)
            self._lines[live] = found.lines

    async def decide(self, live: Live, command: Command, to: Instant = 0) -> Reply:
        """What a world says to a command once that is in the log: at `to`, or at the world's
        present if that is later. Refused if the log cannot be written, or the world says no."""
        reply: asyncio.Future[Reply | Refused] = asyncio.get_running_loop().create_future()
        self._queue.append(Asked(live, command, to, reply))
        self._begin()
        said = await asyncio.shield(reply)
        if isinstance(said, Refused):
            raise said
        return said

    def dropped(self, live: Live) -> None:
        """A world is no more."""
        if live in self._lines:
            self._gone.append(live)
            self._begin()

    async def close(self) -> None:
        """Write what is on its way, and snapshots, so that the next start is quick."""
        if self._writing is not None:
            await self._writing
        try:
            for live, lines in tuple(self._lines.items()):
                if lines:
                    await self._snapshot(live)
        except Unwritable as error:
            log.error("no snapshot was written: %s", error.why)
        await self._apart(self._store.close)
        self._thread.shutdown()

    def _begin(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        """Write until there is nothing left to be written."""
        while self._queue or self._gone:
            asked = [self._queue.popleft() for _ in range(min(len(self._queue), TOGETHER))]
            batch = [one for one in asked if not one.live.closed]
            _tell([one for one in asked if one.live.closed], DROPPED_WORLD)
            gone, self._gone = self._gone, []
            await self._keep(batch, gone)
            await self._tidy({one.live for one in batch})

    async def _keep(self, batch: list[Asked], gone: list[Live]) -> None:
        """Write commands and let them take effect, or refuse them all."""
        stamped = list(_stamped(batch))
        rows = [*self._ends(gone), *self._rows(stamped)]
        try:
            await self._apart(lambda: self._store.append(rows))
        except Unwritable as error:
            self._gone = [*gone, *self._gone]
            self._failed(error.why)
            _tell(batch, Refused(Reason.UNAVAILABLE, error.why))
        except Exception as error:
            log.exception("the log is broken")
            _tell(batch, Refused(Reason.BROKEN, str(error)))
        else:
            self._recovered()
            for live in gone:
                self._lines.pop(live, None)
            for one, at in stamped:
                self._lines[one.live] = self._lines.get(one.live, 0) + 1
                _tell([one], one.live.take(at, one.command))
        finally:
            for live in {one.live for one in batch}:
                live.held = None
                live.schedule()

    def _rows(self, stamped: list[tuple[Asked, Instant]]) -> Iterator[Row]:
        new: set[Live] = set()
        machine = self._machine()
        for one, at in stamped:
            live = one.live
            if live not in self._lines and live not in new:
                new.add(live)
                yield Row(world=live.name, kind=WORLD, at=at, data=codec.written(_made(live)))
            yield Row(world=live.name, kind=ENTRY, at=at, data=codec.line(one.command, machine))

    def _ends(self, gone: list[Live]) -> Iterator[Row]:
        for live in gone:
            yield Row(world=live.name, kind=DROPPED, at=live.world.now, data=b"")

    async def _tidy(self, lives: set[Live]) -> None:
        """Keep snapshots of worlds whose log has grown, and free what they stand for."""
        try:
            for live in lives:
                if self._lines.get(live, 0) >= max(EVERY, len(live.world.jobs)):
                    await self._snapshot(live)
            while not self._queue and await self._apart(self._store.sweep):
                pass
        except Unwritable as error:
            self._failed(error.why)

    async def _snapshot(self, live: Live) -> None:
        state, (world, machine) = take(live.world), live.clock.turn
        position, pace = self._store.last, live.clock.pace

        def keep() -> None:
            whole = codec.Whole(state=state, pace=pace, world=world, machine=machine)
            self._store.keep(Kept(world=live.name, position=position, data=codec.written(whole)))

        await self._apart(keep)
        self._lines[live] = 0

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


def _stamped(batch: list[Asked]) -> Iterator[tuple[Asked, Instant]]:
    """When each command takes effect. Until the first of a world has, its clock stands there."""
    last: dict[Live, Instant] = {}
    for one in batch:
        at = max(one.to, one.live.instant, last.get(one.live, 0))
        if one.live not in last:
            one.live.held = at
        last[one.live] = at
        yield one, at


def _tell(asked: list[Asked], said: Reply | Refused) -> None:
    for one in asked:
        if not one.reply.done():
            one.reply.set_result(said)


def _made(live: Live) -> codec.Made:
    """A world's beginning, with no key in it."""
    scenario = live.world.scenario
    keys = {fingerprint(key): rule for key, rule in scenario.keys.items()}
    return codec.Made(
        owner=live.owner,
        scenario=replace(scenario, keys=keys),
        rule=live.rule,
        machine=live.began,
    )


def _replayed(past: Past) -> Found:
    made = codec.read(codec.Made, past.made.data)
    if past.kept is None:
        world = World(past.made.world, made.scenario)
        pace, turned = made.scenario.pace, (made.scenario.start, made.machine)
    else:
        whole = codec.read(codec.Whole, past.kept.data)
        world = restore(whole.state)
        pace, turned = whole.pace, (whole.world, whole.machine)
    lines = 0
    for row in past.rows:
        lines += 1
        command, machine = codec.command(row.data)
        try:
            world.apply(row.at, command)
        except ValueError as error:
            raise BadLog(f"line {row.position} of the log cannot be applied: {error}") from None
        if isinstance(command, Wind):
            pace = Pace(command.mode, command.speed)
        if isinstance(command, Wind | Tick):
            turned = row.at, machine
    return Found(made, world, pace, turned, lines)
