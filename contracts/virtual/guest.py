"""The event loop of an asynchronous client: a guest in the trial, on its clock and its network."""

from __future__ import annotations

import asyncio
import errno
import os
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from contracts.virtual.clock import Loop, Overrun, Waiting
from contracts.virtual.network import Network, Transport
from contracts.virtual.refused import Refuse
from contracts.virtual.sockets import Stream

T = TypeVar("T")


class Guest(Loop):
    """A loop that runs while the world's own loop rests, and lets it go on while it waits."""

    def __init__(
        self, network: Network, current: Callable[[], Network | None], refuse: Refuse
    ) -> None:
        self._network = network
        self._connected: weakref.WeakSet[Transport] = weakref.WeakSet()
        self._refuse = refuse
        self._current = current
        super().__init__(network.loop.clock, Waiting(network.loop, self._busy))

    def run_until_complete(self, future: Any) -> Any:
        """Run; in another trial than it was made in, with nothing of that one's left."""
        if self._moved():
            self._ready.clear()  # type: ignore[attr-defined]
        return super().run_until_complete(future)

    def run_forever(self) -> None:
        """Run, in whichever trial this is."""
        self._moved()
        super().run_forever()

    def _moved(self) -> bool:
        network = self._current()
        if network is None or network is self._network:
            return False
        self._network, self.clock = network, network.loop.clock
        self._selector = Waiting(network.loop, self._busy)
        self._scheduled.clear()  # type: ignore[attr-defined]
        for one in tuple(self._connected):
            one.lose(None)
        return True

    def used(self) -> None:
        """Something that is bound to this loop is used."""
        self._network.used()

    def _check_closed(self) -> None:
        if self.is_closed():
            self.used()
        super()._check_closed()  # type: ignore[misc]

    def _busy(self) -> bool:
        return bool(self._ready)  # type: ignore[attr-defined]

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run it here and now; refused if it waits in vain while other work of the loop is due, as
        in a thread it would not."""
        try:
            return super().run_in_executor(executor, func, *args)
        except Overrun:
            if self.due():
                self._refuse("it does several things at once in threads")
            raise

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | None = None,
        port: int | None = None,
        *,
        ssl: Any = None,
        sock: Any = None,
        **more: Any,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """A connection over the trial's network; TLS there is none."""
        if ssl:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        protocol = protocol_factory()
        transport = Transport(self, protocol)
        self._connected.add(transport)
        if isinstance(sock, Stream):
            sock.hand_over(transport.side)
        else:
            self._network.connect(host or "127.0.0.1", port or 0, transport.side)
        transport.begin()
        await asyncio.sleep(0)
        return transport, protocol

    async def create_server(self, *given: Any, **more: Any) -> Any:
        """Refused."""
        self._refuse("it listens for connections")

    async def create_unix_server(self, *given: Any, **more: Any) -> Any:
        """Refused."""
        self._refuse("it listens for connections")

    async def create_unix_connection(self, *given: Any, **more: Any) -> Any:
        """Refused."""
        self._refuse("it uses a socket of the file system")

    async def create_datagram_endpoint(self, *given: Any, **more: Any) -> Any:
        """Refused."""
        self._refuse("it sends datagrams")

    async def subprocess_exec(self, *given: Any, **more: Any) -> Any:
        """Refused."""
        self._refuse("it starts a process of its own (asyncio)")

    async def subprocess_shell(self, *given: Any, **more: Any) -> Any:
        """Refused."""
        self._refuse("it starts a process of its own (asyncio)")

    async def sock_connect(self, sock: Any, address: Any) -> None:
        """Connect a socket of the trial."""
        sock.connect(address)
