"""A world that runs: its log, its clock, its open streams and waits, and its exchanges.

All of it lives on one event loop. Nothing here awaits between reading the clock and applying a
command, so a world needs no lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Protocol

from emulator.core.clock import Instant, Mode, Pace
from emulator.core.commands import Command, Happening, Moved, Query, Reply, Tick, Wind
from emulator.core.jobs import Job
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import KeyRule, Scenario
from emulator.core.world import World
from emulator.providers.port import Provider, Stream, Terms, Wait
from emulator.providers.registry import assume, models
from emulator.server.clock import WorldClock
from emulator.server.faults import Faults
from emulator.server.naps import Nap, Naps
from emulator.server.recorder import Recorder
from emulator.server.sequencer import Sequencer
from emulator.server.streams import Hub
from emulator.server.waits import Waiter, Waits

TURNS = 200
"""Turns of the event loop that streams get to hand over their frames."""


BACKLOG = 10_000
"""Happenings that a watcher of the feed may fall behind."""


class Watchful(Protocol):
    """What listens for one world alone, as its faults want it."""

    @property
    def url(self) -> str:
        """The origin to call."""

    def heed(self, now: Instant) -> None:
        """Listen, or do not, as it is to be at this instant."""

    def due(self, now: Instant) -> Instant | None:
        """When it is to heed again."""

    async def turned(self) -> None:
        """Return once it listens, or does not, as it was told last."""

    def close(self) -> None:
        """Listen no more."""


class Live:
    """One world on the server. `present` brings it up to its clock, and so does `do`."""

    def __init__(
        self,
        name: str,
        scenario: Scenario,
        providers: Mapping[str, Provider],
        sequencer: Sequencer,
        machine: Callable[[], Instant],
        *,
        rule: KeyRule = KeyRule(),
        ring: int,
    ) -> None:
        self.world = World(name, scenario)
        self.sequencer = sequencer
        self.clock = WorldClock(scenario.pace, scenario.start, machine)
        self.recorder = Recorder(ring)
        self.watchers: set[asyncio.Queue[Happening | None]] = set()
        self.terms = {one.name: self._terms(one, rule) for one in providers.values()}
        self.waits = Waits(self.stir)
        self.naps = Naps(self.stir)
        self.faults = Faults(self.do)
        self.hubs = {
            (provider.name, route.operation): Hub(
                route,
                self.terms[provider.name],
                stir=self.stir,
                schedule=self.schedule,
                present=self.present,
            )
            for provider in providers.values()
            for route in provider.routes
            if isinstance(route, Stream)
        }
        self.listener: Watchful | None = None
        self.closed = False
        self._busy = 0
        self._leaping = False
        self._timer: asyncio.TimerHandle | None = None
        self._timed: Instant | None = None

    @property
    def name(self) -> str:
        return self.world.name

    @property
    def idle(self) -> bool:
        """Whether nobody is connected."""
        streaming = any(hub.subscribers for hub in self.hubs.values())
        waiting = len(self.waits) or len(self.naps)
        return not (self._busy or streaming or waiting or self.watchers)

    @property
    def instant(self) -> Instant:
        """Where the world's clock stands, whether or not what is due by then is settled."""
        return max(self.clock.now(), self.world.now)

    def present(self) -> Instant:
        """Settle every move that is due by now; the instant."""
        now = max(self.clock.now(), self.world.now)
        if (due := self.world.agenda.due) is not None and due <= now:
            self._commit(now, Tick())
        self._wake(now)
        return now

    def do(self, command: Command) -> Reply:
        """Put a command into the log and apply it; Refused if the world says no."""
        self._admit()
        now = self.instant
        reply = self._commit(now, command)
        self._wake(now)
        if isinstance(reply, Refused):
            raise reply
        return reply

    def ask(self, query: Query) -> Reply:
        """Read the world as it stands now; Refused if there is nothing of the kind."""
        return self.world.ask(self.present(), query)

    def join(self, wait: Wait) -> Waiter:
        """Begin to wait for a job. `waits.reply` is when the wait is over."""
        self._admit()
        now = self.present()
        job: Job = self.world.jobs.get(wait.job.id, wait.job)
        waiter = self.waits.join(Wait(job, wait.until, wait.every), now)
        self.schedule()
        return waiter

    def advance(self, to: Instant, why: str = "advance") -> None:
        """Wind the clock forward; every move on the way is settled at its own instant."""
        self.clock.jump(to)
        self._timed = None
        now = max(to, self.clock.now(), self.world.now)
        self._commit(now, Tick(why=why))
        self._wake(now)
        for hub in self.hubs.values():
            hub.wake_all()

    def wind(self, pace: Pace) -> None:
        """Give the clock another pace."""
        self.clock.wind(pace)
        self._timed = None
        self.do(Wind(mode=pace.mode, speed=pace.speed))
        self.stir(0)

    async def handed(self) -> None:
        """Return when every open stream has been handed all it is to be sent, and the world's own
        listener listens, or does not, as it is to.

        A reader that does not read is not waited for: it takes no part after a few turns.
        """
        if self.listener is not None:
            await self.listener.turned()
        turns = 0
        while turns < TURNS:
            await asyncio.sleep(0)
            if not any(hub.busy for hub in self.hubs.values()):
                return
            turns += not any(hub.serving for hub in self.hubs.values())

    def stir(self, change: int) -> None:
        """A call begins or goes on (+1), or is answered or waits (-1)."""
        self._busy += change
        if not self._busy and self.clock.pace.mode is Mode.AUTO:
            self._leap_soon()

    def schedule(self) -> None:
        """Be called when the next thing is due: a move, a wait's end or a keep-alive."""
        due = self._next(keep_alives=True)
        if due == self._timed or self.closed:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timed = due
        if due is not None and (delay := self.clock.until(due)) is not None:
            self._timer = asyncio.get_running_loop().call_later(min(delay, 86_400), self._ring)

    def close(self) -> None:
        """End every stream cleanly and refuse those who wait; nothing begins any more."""
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        for hub in self.hubs.values():
            hub.close()
        for watcher in self.watchers:
            watcher.put_nowait(None)
        self.faults.close()
        if self.listener is not None:
            self.listener.close()
        self.naps.close()
        self.waits.close(Refused(Reason.UNAVAILABLE, "the server is shutting down"))

    def nap(self, until: Instant | None) -> Nap:
        """Hold a call up until then. `naps.over` is when it goes on."""
        nap = self.naps.begin(until)
        self.naps.settle(self.present())
        self.schedule()
        return nap

    def _wake(self, now: Instant) -> None:
        if self.waits.ends:
            self.waits.settle(now)
        if self.naps.ends:
            self.naps.settle(now)
        if self.listener is not None:
            self.listener.heed(now)

    def _admit(self) -> None:
        if self.closed:
            raise Refused(Reason.UNAVAILABLE, "the world has been dropped")

    def _terms(self, provider: Provider, rule: KeyRule) -> Terms:
        scenario = self.world.scenario
        chosen = assume(provider, scenario.assumptions)
        secret = blake2b(f"{scenario.seed}|{self.name}|links".encode(), digest_size=32)
        return Terms(
            world=self.name,
            secret=secret.digest(),
            scenario=scenario,
            assume=chosen,
            models=models(provider, chosen),
            allowed=rule.models,
            see=self.clock.see(scenario.view),
        )

    def _commit(self, now: Instant, command: Command) -> Reply | Refused:
        entry = self.sequencer.append(now, command)
        outcome = self.world.apply(entry.at, entry.command)
        for happening in outcome.happenings:
            if isinstance(happening, Moved):
                self.waits.tell(happening)
                for hub in self.hubs.values():
                    hub.tell(happening)
            for watcher in tuple(self.watchers):
                self._show(watcher, happening)
        self.schedule()
        return outcome.reply

    def _show(self, watcher: asyncio.Queue[Happening | None], happening: Happening) -> None:
        """Tell a watcher; one that does not keep up is told no more."""
        if watcher.qsize() >= BACKLOG:
            self.watchers.discard(watcher)
            watcher.put_nowait(None)
        else:
            watcher.put_nowait(happening)

    def _next(self, *, keep_alives: bool) -> Instant | None:
        dues = [self.world.due, self.waits.due(), self.naps.due()]
        if keep_alives:
            dues += [hub.due() for hub in self.hubs.values()]
            if self.listener is not None:
                dues.append(self.listener.due(self.instant))
        return min((due for due in dues if due is not None), default=None)

    def _ring(self) -> None:
        self._timer = self._timed = None
        now = self.present()
        for hub in self.hubs.values():
            hub.stir_idle(now)
        self.schedule()

    def _leap_soon(self) -> None:
        if not self._leaping:
            self._leaping = True
            asyncio.get_running_loop().call_soon(self._leap)

    def _leap(self) -> None:
        """Jump to the next move or wait's end, if somebody waits and every call is answered.

        One jump a turn of the event loop, so that a call that comes in between is answered first.
        """
        self._leaping = False
        if self._busy or self.clock.pace.mode is not Mode.AUTO:
            return
        waiting = len(self.waits) or self.naps.due() is not None
        if not (waiting or any(hub.subscribers for hub in self.hubs.values())):
            return
        due = self._next(keep_alives=False)
        if due is not None:
            self.advance(due, why="jump")
            self._leap_soon()
