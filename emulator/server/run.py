"""Runs the application under uvicorn: in the foreground for the command line, or in a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

import uvicorn

from emulator.core.scenario import Scenario
from emulator.providers.registry import providers
from emulator.server.app import App
from emulator.server.hosts import loopback
from emulator.server.injector import Injector
from emulator.server.listeners import Listener
from emulator.server.live import Live
from emulator.server.protocol import Protocol
from emulator.server.stage import Limits, Stage
from emulator.server.sweeper import Sweeper

GRACE = 1
"""Seconds that connections have to finish once the server stops."""

TURN, TURNS = 0.02, 20
"""Seconds, so many times over, that calls get to end by themselves when the server stops."""

IDLE = 75
"""Seconds after which an idle connection is closed: well above the documented poll interval."""


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A bound socket; OSError if the address is not to be had. One whose address is `shared` may be
    bound once more in the same way.

    The protocol is named because asyncio sets TCP_NODELAY only on sockets that say so.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def hold(host: str, port: int) -> socket.socket:
    """A bound socket that shares its address with those that are bound in this way."""
    return listen(host, port, shared=True)


def origin(host: str, port: int) -> str:
    """The origin of a server that listens there."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class Server(uvicorn.Server):
    """uvicorn's, except that open streams are told to end before connections are waited for."""

    def __init__(
        self, app: App, ready: Callable[[], None] = lambda: None, *, loop: str = "auto"
    ) -> None:
        self._app = app
        self._ready = ready
        self._sweeper: Sweeper | None = None
        app.stage.listen = self.listen
        super().__init__(
            uvicorn.Config(
                app,
                loop=loop,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                lifespan="on",
                http=Protocol,
                ws="none",
                timeout_graceful_shutdown=GRACE,
                timeout_keep_alive=IDLE,
                backlog=4096,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """What uvicorn does; then whoever waits for it is told."""
        await super().startup(sockets)
        if self.started:
            await self.opened()
            # In another thread the process is somebody else's, and so is what it does for garbage.
            if threading.current_thread() is threading.main_thread():
                self._sweeper = Sweeper()
            self._ready()

    async def on_tick(self, counter: int) -> bool:
        """What uvicorn does ten times a second; and garbage is looked for."""
        if self._sweeper is not None:
            state = self.server_state
            gone = self._app.stage.dropped
            self._sweeper.tick(len(state.connections), gone, state.total_requests)
        return await super().on_tick(counter)

    async def opened(self) -> None:
        """It listens: what else there is to be opened."""

    async def listen(self, live: Live) -> Listener:
        """Give a world a socket of its own."""
        live.listener = listener = Listener(live, self._connection, hold)
        await listener.start()
        listener.heed(live.present())
        await listener.turned()
        live.schedule()
        return listener

    def _connection(self, state: dict[str, Any]) -> asyncio.Protocol:
        return Protocol(self.config, self.server_state, {**self.lifespan.state, **state})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then what uvicorn does.

        Who neither reads nor sends by then is hung up on.
        """
        self._app.close()
        for _ in range(TURNS):
            if not (self.server_state.tasks or any(map(_streams, self.server_state.connections))):
                break
            await asyncio.sleep(TURN)
        else:
            for connection in tuple(self.server_state.connections):
                if connection.transport is not None:
                    connection.transport.abort()
        await super().shutdown(sockets)
        if self._app.stage.log is not None:
            await self._app.stage.log.close()


def _streams(connection: Any) -> bool:
    return isinstance(connection, Protocol) and connection.streams


class Emulator:
    """A server in a thread of its own, on a free port of the loopback address.

    Use it as a context manager; `url` is where it listens, `stage` its worlds, `token` what its
    control plane asks for (on any host but loopback it is closed without one), and `call_faults`
    whether a call may bring a fault or a plan along in a header. Raises OSError if it
    cannot listen, RuntimeError if it does not start.
    """

    def __init__(
        self,
        scenario: Scenario = Scenario(),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        keys: frozenset[str] | None = None,
        limits: Limits = Limits(),
        token: str | None = None,
        call_faults: bool = True,
    ) -> None:
        self.stage = Stage(scenario, providers(), keys=keys, limits=limits)
        self._socket = listen(host, port)
        guarded = token is not None or not loopback(host)
        injector = Injector(headers=call_faults and loopback(host))
        app = App(self.stage, token=token, guarded=guarded, injector=injector)
        self._server = Server(app)
        self._thread = threading.Thread(target=self._run, name="understudy", daemon=True)
        self.host, self.port = self._socket.getsockname()[:2]

    @property
    def url(self) -> str:
        """The origin to call, without a slash at the end."""
        return origin(self.host, self.port)

    def __enter__(self) -> Emulator:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the emulator did not start")
            self._thread.join(0.002)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])
