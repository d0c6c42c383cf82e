"""A world that runs: its log, its clock, its open streams and waits, and its exchanges.

All of it lives on one event loop. Nothing here awaits between reading the clock and applying a
command, so a world needs no lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from typing import Protocol

from emulator.core.clock import Instant, Mode, Pace
from emulator.core.commands import (
    Command,
    Happening,
    Moved,
    Query,
    Reply,
    Submit,
    Tick,
    Wind,
)
from emulator.core.jobs import Job
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import KeyRule, Scenario
from emulator.core.world import World
from emulator.providers.port import Provider, Stream, Terms, Wait
from emulator.providers.registry import assume, models
from emulator.server.clock import WorldClock
from emulator.server.faults import Faults
from emulator.server.meters import FEED, Meters, Place
from emulator.server.naps import Nap, Naps
from emulator.server.recorder import Recorder
from emulator.server.sequencer import Log, Sequencer
from emulator.server.streams import Hub
from emulator.server.waits import Waiter, Waits

SLICE = 250
"""Moves that are settled in one go, if they come at several instants: a few milliseconds' worth."""

DUE = Tick().why
"""Why time passes by itself: no log has to have that, for it follows from the clock."""

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
        meters: Meters,
        owner: str = "",
        world: World | None = None,
        log: Log | None = None,
    ) -> None:
        self.world = world or World(name, scenario)
        self.owner = owner
        self.rule = rule
        self.log = log
        self.held: Instant | None = None
        self.sequencer = sequencer
        self.clock = WorldClock(scenario.pace, scenario.start, machine)
        (_, self.began, _), *_ = self.clock.turns
        self.meters = meters
        self.recorder = Recorder(ring, meters.calls)
        self.watchers: set[asyncio.Queue[Happening | None]] = set()
        self.terms = {one.name: self._terms(one, rule) for one in providers.values()}
        self.waits = Waits(self.stir)
        self.naps = Naps(self.stir)
        self.faults = Faults(self.decide, self._armed, meters)
        self.hubs = {
            (provider.name, route.operation): Hub(
                route,
                self.terms[provider.name],
                stir=self.stir,
                schedule=self.schedule,
                present=self.present,
                handed=partial(self._handed, (provider.name, route.operation)),
                cut=partial(self._cut, (provider.name, route.operation)),
            )
            for provider in providers.values()
            for route in provider.routes
            if isinstance(route, Stream)
        }
        self.listener: Watchful | None = None
        self.closed = False
        self._busy = 0
        self._leaping = False
        self._jump: asyncio.Task[None] | None = None
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
        """Where the world's clock stands, whether or not what is due by then is settled.

        While commands are on their way into the log, it stands where they will take effect. When
        many moves are due it goes from slice to slice of them, so that nobody else has to wait.
        """
        now = self.clock.now() if self.held is None else min(self.clock.now(), self.held)
        return max(self.world.agenda.reach(now, SLICE), self.world.now)

    def present(self) -> Instant:
        """Settle every move that is due by now; the instant."""
        now = self.instant
        if (due := self.world.agenda.due) is not None and due <= now:
            self._commit(now, Tick())
        self._wake(now)
        return now

    def do(self, command: Command) -> Reply:
        """Have a command take effect, where no log has to have it first; Refused if the world says
        no."""
        self._admit()
        reply = self.take(self.instant, command)
        if isinstance(reply, Refused):
            raise reply
        return reply

    async def decide(self, command: Command) -> Reply:
        """Have a command take effect once it is in the log; Refused as well if it cannot be."""
        if self.log is None:
            return self.do(command)
        self._admit()
        return await self.log.decide(self, command)

    def take(
        self, at: Instant, command: Command, machine: Instant | None = None
    ) -> Reply | Refused:
        """Have a command take effect at an instant that is not before the world's own. A clock that
        it turns turned when the machine's time was that which the log has."""
        match command:
            case Wind():
                turn = None if machine is None else (at, machine)
                self.clock.wind(Pace(command.mode, command.speed), turn)
                self._timed = None
            case Tick() if command.why != DUE:
                self.clock.jump(at, machine)
                self._timed = None
        reply = self._commit(at, command)
        self._wake(at)
        if isinstance(command, Wind):
            self.stir(0)
        elif isinstance(command, Tick):
            for hub in self.hubs.values():
                hub.wake_all()
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

    async def advance(self, to: Instant, why: str = "advance") -> None:
        """Wind the clock forward; every move on the way is settled at its own instant. The streams
        are handed what one slice of moves tells before the next comes."""
        while (step := self.world.agenda.reach(to, SLICE)) < to:
            await self._wound(step, why)
            await self.handed()
            self._admit()
        await self._wound(to, why)

    async def _wound(self, to: Instant, why: str) -> None:
        if self.log is None:
            self.take(max(to, self.instant), Tick(why=why))
        else:
            await self.log.decide(self, Tick(why=why), to)

    async def wind(self, pace: Pace) -> None:
        """Give the clock another pace."""
        await self.decide(Wind(mode=pace.mode, speed=pace.speed))

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
        if self.closed or self.held is not None:
            return
        due = self._next(keep_alives=True)
        if due == self._timed:
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

    def _armed(self, id: str) -> bool:
        """Whether a fault ever was armed."""
        return self.world.armory.find(id) is not None

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
        count = self.world.count
        outcome = self.world.apply(entry.at, entry.command)
        if isinstance(command, Submit):
            self.meters.made[command.provider] += self.world.count - count
        for happening in outcome.happenings:
            self.meters.happened(happening)
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
            self.meters.dropped[FEED] += 1
            watcher.put_nowait(None)
        else:
            watcher.put_nowait(happening)

    def _handed(self, place: Place, moved: Moved) -> None:
        self.meters.handed(place, self.clock.since(moved.at))

    def _cut(self, place: Place) -> None:
        self.meters.dropped[place] += 1

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
        if due is None:
            return
        if self.log is None:
            self.take(max(due, self.instant), Tick(why="jump"))
            self._leap_soon()
        elif self._jump is None or self._jump.done():
            self._jump = asyncio.get_running_loop().create_task(self._jumped(due))

    async def _jumped(self, to: Instant) -> None:
        """Leap once the log has it; where it cannot be had, look again with the next call."""
        with suppress(Refused):
            await self.advance(to, why="jump")
            self._leap_soon()
