"""All the worlds of a server: who gets which, how many there may be, and the server's journal."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from emulator.core.clock import Instant
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import KeyRule, Scenario
from emulator.core.world import World
from emulator.faults.catalogue import CONNECT
from emulator.providers.port import Provider
from emulator.providers.registry import assume, check
from emulator.server.clock import machine_time
from emulator.server.live import Live
from emulator.server.meters import Meters
from emulator.server.recorder import FINGERPRINT, RING, Recorder, fingerprint
from emulator.server.sequencer import LOG, Log, Memory

Listen: TypeAlias = Callable[[Live], Awaitable[object]]
"""Gives a world a listener of its own."""

PREFIX = "/_understudy"
"""Where the control plane is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a server holds: worlds, exchanges and entries of the log for each, and bytes of a
    request's body."""

    worlds: int = 1000
    exchanges: int = RING
    entries: int = LOG
    body: int = 64 * 1024 * 1024


def connection_fault(scenario: Scenario) -> str | None:
    """The first fault of a scenario that befalls connections, if there is one."""
    return next((one.id for one in scenario.faults if one.on.operation == CONNECT), None)


def _bare(scenario: Scenario) -> Scenario:
    """The scenario for the lobby, which any number of callers share: nothing befalls them there."""
    return replace(scenario, name="lobby", faults=(), chaos=None)


def _rule(scenario: Scenario, key: str) -> KeyRule:
    """What a key may do; it may be named by its fingerprint too."""
    rules = scenario.keys
    return rules.get(key) or rules.get(fingerprint(key)) or KeyRule()


class Stage:
    """Every world, by name and by key. A world is made when its key is first used; `dropped` counts
    those that are gone.

    `listen` is there once a server that can open listeners runs.
    Raises ValueError for a scenario that names an unknown assumption or model, or with a fault that
    befalls connections: that needs a listener which serves one world.
    """

    def __init__(
        self,
        scenario: Scenario,
        providers: Mapping[str, Provider],
        *,
        keys: frozenset[str] | None = None,
        limits: Limits = Limits(),
        machine: Callable[[], Instant] | None = None,
        log: Log | None = None,
    ) -> None:
        check(scenario)
        if (id := connection_fault(scenario)) is not None:
            raise ValueError(
                f"{id} befalls connections, and this listener serves every world; a world made over"
                f' {PREFIX}/worlds with "listener": true has one of its own'
            )
        self.scenario = scenario
        self.providers = providers
        self.keys = keys
        self.limits = limits
        self.machine = machine or machine_time()
        self.listen: Listen | None = None
        self.meters = Meters()
        self.journal = Recorder(limits.exchanges, self.meters.calls)
        self.assume = {name: assume(one, scenario.assumptions) for name, one in providers.items()}
        self.worlds: dict[str, Live] = {}
        self._by_key: OrderedDict[str, Live] = OrderedDict()
        self._found: dict[str, Live] = {}
        self._made = 0
        self.dropped = 0
        self._closed = False
        self.log = log
        self._shared: Live | None = None
        self.lobby = self._live("lobby", _bare(scenario), KeyRule())

    def of(self, key: str) -> Live:
        """The world of a key; Refused for a key that is not among those allowed."""
        live = self._by_key.get(key, self._shared)
        if live is not None:
            if live is not self._shared:
                self._by_key.move_to_end(key)
            return live
        if self.keys is not None and key not in self.keys:
            raise Refused(Reason.UNKNOWN_KEY, fingerprint(key))
        return self.known(key) or self.make(self.scenario, key)

    def known(self, key: str) -> Live | None:
        """The world of a key, if there is one already."""
        if self._found and (live := self._found.pop(fingerprint(key), None)) is not None:
            self._by_key[key] = live
        return self._by_key.get(key, self._shared)

    def adopt(self, owner: str, rule: KeyRule, world: World) -> Live:
        """A world that the log has goes on: it belongs to the key with this fingerprint."""
        live = self._live(world.name, world.scenario, rule, owner, self.log, world)
        self._found[owner] = self.worlds[world.name] = live
        return live

    def share(self, scenario: Scenario, key: str) -> Live:
        """A new world that serves every key, whichever a client has."""
        self._shared = self.make(scenario, key)
        return self._shared

    def make(self, scenario: Scenario, key: str, *, logged: bool = True) -> Live:
        """A new world for a key, in place of the one it had. The log has it, unless told not to.

        ValueError if its name belongs to another key's world; Refused if there is no room.
        """
        self._admit()
        name, before = self._place(scenario, key)
        if before is not None:
            self.drop(before)
        self._make_room()
        log = self.log if logged else None
        live = self._live(name, scenario, _rule(scenario, key), fingerprint(key), log)
        self._by_key[key] = self.worlds[name] = live
        if log is not None:
            log.made(live)
        return live

    async def renew(self, scenario: Scenario, key: str, *, logged: bool = True) -> Live:
        """The same, once the log has it that the world is gone which the key had."""
        _, before = self._place(scenario, key)
        if before is not None:
            await self.end(before)
        return self.make(scenario, key, logged=logged)

    def next_key(self) -> str:
        """A key that nobody was given yet."""
        while True:
            self._made += 1
            key = f"understudy-{self._made}"
            if self.known(key) in (None, self._shared):
                return key

    def find(self, name: str) -> Live | None:
        """A world by its name, or by its key; Refused once there are none any more."""
        self._admit()
        return self.worlds.get(name) or self.known(name)

    def drop(self, live: Live) -> None:
        """Forget a world; its streams end, its waits are refused. The log hears of it in time."""
        self._forget(live)
        self.dropped += 1
        if live.log is not None:
            live.log.dropped(live)

    async def end(self, live: Live) -> None:
        """Forget a world once the log has that; Refused if it cannot be written, and the world is
        as it was."""
        if live.log is None:
            self.drop(live)
        else:
            await live.log.end(live, partial(self._forget, live))

    def open(self) -> None:
        """Make worlds, again if it was closed."""
        self._closed = False

    def close(self) -> None:
        """Forget every world, and make no more; a log keeps what it has."""
        self._closed = True
        for live in list(self.worlds.values()):
            self._forget(live)

    def _forget(self, live: Live) -> None:
        live.close()
        if self.worlds.get(live.name) is live:
            del self.worlds[live.name]
        for of in (self._by_key, self._found):
            for key in [key for key, one in of.items() if one is live]:
                del of[key]

    def _live(
        self,
        name: str,
        scenario: Scenario,
        rule: KeyRule,
        owner: str = "",
        log: Log | None = None,
        world: World | None = None,
    ) -> Live:
        return Live(
            name,
            scenario,
            self.providers,
            Memory(self.limits.entries),
            self.machine,
            rule=rule,
            ring=self.limits.exchanges,
            meters=self.meters,
            owner=owner,
            world=world,
            log=log,
        )

    def _place(self, scenario: Scenario, key: str) -> tuple[str, Live | None]:
        """What a new world is called, and the one that it takes the place of."""
        if scenario.name is not None and FINGERPRINT.fullmatch(scenario.name):
            raise ValueError(f"{scenario.name!r} looks like a key's fingerprint; choose another")
        before = self.known(key)
        before = None if before is self._shared else before
        name = scenario.name or fingerprint(key)
        if self.worlds.get(name, before) is not before or name == self.lobby.name:
            if scenario is not self.scenario:
                raise ValueError(f"a world called {name!r} exists already")
            name = fingerprint(key)
        return name, before

    def _admit(self) -> None:
        if self._closed:
            raise Refused(Reason.UNAVAILABLE, "the server is shutting down")

    def _make_room(self) -> None:
        """The world that was idle longest goes, once there are too many."""
        if len(self.worlds) < self.limits.worlds:
            return
        known = (*self._found.values(), *self._by_key.values())
        idle = next((live for live in known if live.idle), None)
        if idle is None:
            raise Refused(Reason.UNAVAILABLE, f"all {self.limits.worlds} worlds are in use")
        self.drop(idle)
