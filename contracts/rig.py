"""The emulator of one trial: one world, one key, one listener, and everything on record.

It knows nothing of how the client is run: over a network in memory, or over real sockets.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from contracts.cases import Case, Kill, When
from contracts.intents import Intent, Outcome
from contracts.spec import flaws
from contracts.trial import Trial, Trouble
from emulator.core.clock import Instant, Mode, Pace
from emulator.core.scenario import View
from emulator.door.authority import Authority
from emulator.door.door import Door
from emulator.door.guard import Guard
from emulator.door.hosts import hosts
from emulator.door.sandbox import Inside
from emulator.media import Store
from emulator.providers.registry import providers
from emulator.server.app import App
from emulator.server.injector import Injector
from emulator.server.listeners import Listener
from emulator.server.protocol import Protocol
from emulator.server.run import IDLE, origin
from emulator.server.stage import Limits, Stage
from emulator.server.wire import Gone, Receive, Scope, Send

KEY = "understudy-trial-key"
"""The only key that a trial's world knows."""

KEPT = 100_000
"""Exchanges that a trial keeps: more than a client makes that comes to an end."""

TURNS, ACCEPTED = 300, 10
"""Turns of the event loop in which what a client has sent is heard, at most and at least."""

LINGER = 2.0
"""Seconds that a call has to end once its client has hung up."""


class Gate:
    """Where every call of the client comes by, and where it is killed.

    `came` is called at each call. `fell` is called once, at the one that the client does not
    survive: killed before it, the provider never hears of it; killed within, it does all that it
    would have done.
    """

    def __init__(
        self, app: App, kill: Kill | None, came: Callable[[], None], fell: Callable[[], None]
    ) -> None:
        self._app = app
        self._kill = kill
        self._came = came
        self._fell = fell
        self._calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        self._calls += 1
        self._came()
        if self._kill is None or self._calls != self._kill.call:
            await self._app(scope, receive, send)
            return
        if self._kill.when is When.WITHIN:
            await self._app(scope, receive, _lost)
        self._fell()
        while (await receive())["type"] != "http.disconnect":
            pass


async def _lost(message: Any) -> None:
    raise Gone


class Rig:
    """An emulator that one client can be pointed at. `began` is the world's instant at its start.

    `virtual` says that its clock is the client's own; it is the machine's otherwise, and leaps
    while the client listens or blocks.
    """

    def __init__(
        self,
        case: Case,
        machine: Callable[[], Instant],
        store: Store,
        *,
        virtual: bool,
        came: Callable[[], None] = lambda: None,
        fell: Callable[[], None] = lambda: None,
        authority: Authority | None = None,
        inside: Path | None = None,
    ) -> None:
        self.case = case
        self.began = machine()
        self._virtual = virtual
        scenario = replace(
            case.scenario,
            name=None,
            start=self.began,
            pace=Pace(Mode.REAL if virtual else Mode.AUTO, 1.0),
            view=View.WORLD if virtual else View.MACHINE,
        )
        self._stage = Stage(
            replace(scenario, faults=(), chaos=None),
            providers(),
            keys=frozenset({KEY}),
            limits=Limits(exchanges=KEPT),
            machine=machine,
        )
        make = self._stage.make if authority is None else self._stage.share
        self.live = make(scenario, KEY)
        app = App(self._stage, injector=Injector(headers=False), store=store)
        self._app = app
        gate = Gate(app, case.kill, came, fell)
        self._authority = authority
        self._path = inside
        self._inside: Inside | None = None
        self._door: Door | None = None
        self._proxy: asyncio.Server | None = None
        self._config = uvicorn.Config(
            gate if authority is None else Guard(gate, authority),
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            lifespan="off",
            http=Protocol,
            ws="none",
            timeout_keep_alive=IDLE,
        )
        self._config.load()
        self._state = ServerState()

    async def open(self, bind: Callable[[str, int], socket.socket]) -> str:
        """Begin to listen, where `bind` says; the origin to call, or, with an `authority`, that of
        a proxy to the providers' own hosts."""
        loop = asyncio.get_running_loop()

        def made(state: dict[str, Any]) -> asyncio.Protocol:
            return Protocol(self._config, self._state, state, loop)

        listener = Listener(self.live, made, bind)
        self.live.listener = listener
        await listener.start()
        listener.heed(self.live.present())
        await listener.turned()
        self.live.schedule()
        if self._authority is None:
            return listener.url
        self._door = door = Door(made, hosts(), self._authority)
        door.listener = listener
        plug = bind("127.0.0.1", 0)
        if self._path is not None:
            self._inside = Inside(self._path, door)
            self._inside.begin()
        self._proxy = await loop.create_server(door.proxy, sock=plug)
        return origin("127.0.0.1", plug.getsockname()[1])

    @property
    def _usual(self) -> bool:
        """Whether the contract can judge what happened here: it describes no other assumptions than
        the usual ones."""
        return not self.case.scenario.assumptions

    def count(self) -> int:
        """How many exchanges there were so far."""
        return self.live.recorder.count + self._stage.journal.count

    async def leave(self) -> Instant:
        """See a client off, on real sockets: what it has sent is heard, and every call that it left
        open ends. The instant at which it left."""
        left = self.live.present()
        for turn in range(TURNS):
            await asyncio.sleep(0)
            if turn > ACCEPTED and not self._state.connections:
                break
        for connection in tuple(self._state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)
        if tasks := tuple(self._state.tasks):
            await asyncio.wait(tasks, timeout=LINGER)
        return left

    async def settle(self) -> Instant:
        """Let every job come to its planned end; the instant."""
        now = self.live.present()
        ends = [move.at for job in self.live.world.jobs.values() for move in job.plan.moves]
        to = max([now, *ends])
        if to > now:
            await self.live.advance(to)
        return to

    def trial(
        self,
        intent: Intent,
        outcome: Outcome,
        *,
        ended: Instant,
        settled: Instant,
        trouble: Trouble | None = None,
        killed: int | None = None,
        asked: tuple[tuple[str, int], ...] = (),
    ) -> Trial:
        """All that happened, as a value."""
        found = sorted(
            (*self.live.recorder, *self._stage.journal), key=lambda one: (one.began, one.ended)
        )
        exchanges = tuple(one._replace(number=nth) for nth, one in enumerate(found, 1))
        world = self.live.world
        return Trial(
            case=self.case,
            intent=intent,
            outcome=outcome,
            began=self.began,
            ended=ended,
            settled=settled,
            exchanges=exchanges,
            flaws=flaws(self.case.provider, exchanges) if self._usual else (),
            jobs=tuple(world.jobs.values()),
            account=world.books.account(self.case.provider),
            struck={id: len(one) for id, one in self.live.faults.strikes.items()},
            asked=asked,
            trouble=trouble,
            killed=killed,
            virtual=self._virtual,
        )

    async def close(self) -> None:
        """End every stream and every connection."""
        if self._proxy is not None:
            self._proxy.close()
        if self._inside is not None:
            self._inside.close()
        if self._door is not None:
            self._door.close()
        self._app.close()
        self._app.files.close()
        for connection in tuple(self._state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        for task in tuple(self._state.tasks):
            task.cancel()
