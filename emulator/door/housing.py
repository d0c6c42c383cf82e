"""An emulator with a door, in a thread of its own: for as long as one client runs."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from emulator.core.scenario import Scenario
from emulator.door.authority import Authority
from emulator.door.door import Door
from emulator.door.guard import Guard
from emulator.door.hosts import hosts
from emulator.door.sandbox import Inside
from emulator.providers.registry import providers
from emulator.server.app import App
from emulator.server.injector import Injector
from emulator.server.run import TURN, TURNS, Server, listen, origin
from emulator.server.stage import Stage

T = TypeVar("T")

KEY = "any"
"""What the key of a world is called that serves every key."""


class HouseServer(Server):
    """A server with a door beside its own socket: a proxy, and what a sandbox has `inside`. With a
    `scenario` every key that comes by leads to one world of it."""

    def __init__(
        self,
        app: App,
        authority: Authority,
        proxy: socket.socket,
        *,
        scenario: Scenario | None = None,
        inside: Path | None = None,
        allowed: Collection[str] | None = None,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        # uvloop reads a connection before it can be told to wait, and its first bytes are TLS's.
        super().__init__(app, ready, loop="auto" if inside is None else "asyncio")
        self.config.app = Guard(app, authority)
        self.door = Door(self._connection, hosts(), authority, allowed=allowed)
        self._stage = app.stage
        self._scenario = scenario
        self._proxy = proxy
        self.inside = None if inside is None else Inside(inside, self.door)
        self._open: asyncio.Server | None = None

    async def opened(self) -> None:
        """Open the door with the rest."""
        if self._scenario is not None:
            self.door.listener = await self.listen(self._stage.share(self._scenario, KEY))
        loop = asyncio.get_running_loop()
        self._open = await loop.create_server(self.door.proxy, sock=self._proxy)
        if self.inside is not None:
            self.inside.begin()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close it first."""
        if self._open is not None:
            self._open.close()
        if self.inside is not None:
            self.inside.close()
        self.door.close()
        await super().shutdown(sockets)


class House:
    """An emulator that one program finds behind the providers' own names.

    Used as a context manager: `proxy` is the origin of its proxy then, and `door` has what it
    refused. Every key leads to the same world, unless the scenario says what each key may do.
    """

    def __init__(
        self,
        scenario: Scenario,
        authority: Authority,
        *,
        inside: Path | None = None,
        allowed: Collection[str] | None = None,
    ) -> None:
        one = None if scenario.keys else scenario
        calm = replace(scenario, faults=(), chaos=None) if one else scenario
        self.stage = Stage(calm, providers())
        self._proxy = listen("127.0.0.1", 0)
        self._open = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        app = App(self.stage, injector=Injector(headers=False))
        self._server = HouseServer(
            app,
            authority,
            self._proxy,
            scenario=one,
            inside=inside,
            allowed=allowed,
            ready=self._ready,
        )
        self._thread = threading.Thread(target=self._run, name="understudy", daemon=True)
        self.proxy = origin("127.0.0.1", self._proxy.getsockname()[1])

    @property
    def inside(self) -> Inside | None:
        """What a sandbox is served from, at the path that was given for it."""
        return self._server.inside

    @property
    def door(self) -> Door:
        """Where its clients come in."""
        return self._server.door

    def __enter__(self) -> House:
        self._thread.start()
        while not self._open.wait(0.05):
            if not self._thread.is_alive():
                raise RuntimeError("the emulator did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()

    def ask(self, question: Callable[[], T]) -> T:
        """What the emulator's own thread has to say, once it knows how the last calls ended."""

        async def answered() -> T:
            for _ in range(TURNS):
                if not self._server.server_state.tasks:
                    break
                await asyncio.sleep(TURN)
            return question()

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(answered(), self._loop).result()

    def _ready(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._open.set()

    def _run(self) -> None:
        self._server.run(sockets=[])
