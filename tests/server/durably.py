"""An application with a log in memory, which can be killed at any turn of the loop and made again.

The store is a model: what it was asked to keep it keeps, unless it is told to fail or to wait.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from emulator import Limits, Scenario
from emulator.core.clock import Mode, Pace
from emulator.core.snapshot import Snapshot, take
from emulator.log.batch import sort
from emulator.log.rows import ENTRY, WORLD, Kept, Past, Row, Unwritable
from emulator.providers.registry import providers
from emulator.server.app import App
from emulator.server.durable import Durable
from emulator.server.injector import Injector
from emulator.server.stage import Stage
from tests.server.caller import VEO
from tests.server.inside import House, Machine, Talk, body

QUEUE = "/api/ai/queue"
PATIENCE = 30
"""Seconds that a writing thread waits to be let on."""


class Shelf:
    """A store that outlives who writes to it. While `why` says something it is full of that; while
    `open` is not set it keeps whoever writes waiting. `appended` counts what was written."""

    def __init__(self, why: str = "") -> None:
        self.rows: dict[int, Row] = {}
        self.worlds: dict[str, int] = {}
        self.of: dict[int, int] = {}
        self.kept: dict[int, Kept] = {}
        self.all: list[Kept] = []
        self.last = 0
        self.why = why
        self.open = threading.Event()
        self.open.set()
        self.asked = self.appended = 0
        self.closed = False

    def append(self, rows: Sequence[Row]) -> int:
        """All or none."""
        self.asked += 1
        assert self.open.wait(PATIENCE)
        self._check()
        batch = sort(rows, self.last, self.worlds)
        for made, name, at, data in batch.made:
            self.rows[made] = Row(world=name, kind=WORLD, at=at, data=data, position=made)
        for position, made, kind, at, data in batch.lines:
            name = self.rows[made].world
            self.rows[position] = Row(world=name, kind=kind, at=at, data=data, position=position)
            self.of[position] = made
        for name, found in batch.changes.items():
            if found is None:
                self.worlds.pop(name, None)
            else:
                self.worlds[name] = found
        self.last = batch.last
        self.appended += 1
        return self.last

    def keep(self, kept: Kept) -> bool:
        self._check()
        assert kept.position <= self.last
        made = self.worlds.get(kept.world)
        if made is None or kept.position < made:
            return False
        self.kept[made] = kept
        self.all.append(kept)
        return True

    def drop(self, world: str) -> bool:
        return self.worlds.pop(world, None) is not None

    def lines(self, position: int) -> int:
        """How many lines stand up to there."""
        return sum(one <= position for one in self.of)

    def sweep(self) -> bool:
        return False

    def load(self) -> Iterator[Past]:
        for name, made in sorted(self.worlds.items(), key=lambda one: one[1]):
            kept = self.kept.get(made)
            after = kept.position if kept else made
            rows = [
                self.rows[position]
                for position, of in sorted(self.of.items())
                if of == made and position > after
            ]
            assert all(row.kind == ENTRY and row.world == name for row in rows)
            yield Past(made=self.rows[made], kept=kept, rows=iter(rows))

    def close(self) -> None:
        self.closed = True

    def _check(self) -> None:
        if self.why:
            raise Unwritable(self.why)


class Inline(ThreadPoolExecutor):
    """Does everything at once."""

    def submit(self, work: Any, /, *given: Any, **named: Any) -> Any:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*given, **named))
        except BaseException as error:
            done.set_exception(error)
        return done


class Durably(House):
    """A house whose log is on a shelf: one on the same shelf goes on where the last one stopped.

    Without `threads` it is written within a turn of the loop or two, always the same.
    """

    def __init__(
        self,
        shelf: Any = None,
        *,
        machine: Machine | None = None,
        keys: frozenset[str] | None = None,
        limits: Limits | None = None,
        threads: bool = False,
        scenario: Scenario | None = None,
        **fields: Any,
    ) -> None:
        self.shelf = Shelf() if shelf is None else shelf
        self.machine = machine or Machine()
        self.scenario = scenario or Scenario(**{"pace": Pace(Mode.MANUAL), **fields})
        self.log = Durable(self.shelf, self.machine)
        if not threads:
            self.log._thread = Inline()
        self.stage = Stage(
            self.scenario,
            providers(),
            keys=keys,
            limits=limits or Limits(),
            machine=self.machine,
            log=self.log,
        )
        self.log.restore(self.stage)
        self.app = App(self.stage, injector=Injector())

    def again(self, **more: Any) -> Durably:
        """The process is gone, without a word, and another takes its place."""
        self.log._store = Shelf(why="the process is gone")
        told = {"machine": self.machine, "scenario": self.scenario}
        return Durably(self.shelf, **told | more)


def state(house: House, key: str) -> Snapshot:
    """A world at its clock's present, which it need not have settled anything at; no log names its
    keys."""
    live = house.live(key)
    now = live.present()
    return replace(keyless(take(live.world)), now=now)


def keyless(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, scenario=replace(snapshot.scenario, keys={}))


async def until(there: Callable[[], bool]) -> None:
    """Let others go on until that is so."""
    async with asyncio.timeout(PATIENCE):
        while not there():
            await asyncio.sleep(0)


async def held(house: Durably) -> None:
    """Have whoever writes next wait, and return once somebody does."""
    before = house.shelf.asked
    await until(lambda: house.shelf.asked > before)


def waiting(house: Durably) -> Talk:
    """A call of which the log is held up."""
    house.shelf.open.clear()
    return house.open("POST", QUEUE, key="k", body=body(VEO))


async def rows(house: Durably, key: str = "k") -> list[str]:
    told = await house.json("GET", QUEUE, key=key)
    return [one["generation_id"] for one in told["generations"]]
