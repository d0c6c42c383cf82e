"""The network of a trial: connections in memory between a client and the servers it may reach.

A write is delivered at once and in order; what the other side does with it happens in its own turn.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import weakref
from collections.abc import Callable
from typing import Any, TypeAlias

from contracts.virtual.clock import Loop

Listen: TypeAlias = Callable[[], asyncio.Protocol]
"""Makes the server's protocol of a new connection."""


def reset_error() -> ConnectionResetError:
    """What the system says of a connection that was reset."""
    return ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))


class Network:
    """Who listens where, and which addresses were asked for."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.asked: list[tuple[str, int]] = []
        self.listeners: dict[int, Listen] = {}
        self.streams: weakref.WeakSet[Any] = weakref.WeakSet()
        self._late: Callable[[], None] | None = None
        self._ports = 40_000
        self._served: list[Side] = []

    def bind(self, host: str, port: int) -> Port:
        """A place to listen at, under every name."""
        return Port(self, port)

    def end(self, late: Callable[[], None]) -> None:
        """The trial is over: what the client keeps of its connections has been hung up on.

        Whatever is said through them from now on is said too `late`.
        """
        self._late = late
        for stream in tuple(self.streams):
            stream.feed_eof()

    def used(self) -> None:
        """Something of this network is used."""
        if self._late is not None:
            self._late()

    def cut(self) -> None:
        """Every client is dead: the system hangs up for it."""
        for server in self._served:
            if server.peer is not None:
                server.peer.peer = None
                server.peer = None
                server.feed_eof()
        self._served.clear()

    def connect(self, host: str, port: int, client: Side) -> None:
        """A connection from this side; ConnectionRefusedError if nobody listens there."""
        self.asked.append((host, port))
        make = self.listeners.get(port)
        if make is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        self._ports += 1
        there, here = ("127.0.0.1", port), ("127.0.0.1", self._ports)
        server = Transport(self.loop, make())
        server.side.join(client, local=there, remote=here)
        client.join(server.side, local=here, remote=there)
        self._served.append(server.side)
        server.begin()


class Port:
    """A port of the trial's network, held as a listening socket is."""

    def __init__(self, network: Network, port: int) -> None:
        self._network = network
        self._port = port

    def getsockname(self) -> tuple[str, int]:
        """Where it is."""
        return ("127.0.0.1", self._port)

    def serve(self, make: Listen) -> Port:
        """Give each connection that comes a protocol."""
        self._network.listeners[self._port] = make
        return self

    def close(self) -> None:
        """Listen no more."""
        self._network.listeners.pop(self._port, None)


class Side:
    """One end of a connection: what it has received, and whether more can come."""

    def __init__(self) -> None:
        self.peer: Side | None = None
        self.local = self.remote = ("127.0.0.1", 0)

    def join(self, peer: Side, *, local: tuple[str, int], remote: tuple[str, int]) -> None:
        """Be connected to the other end."""
        self.peer, self.local, self.remote = peer, local, remote

    def hand_over(self, to: Side) -> None:
        """Let another take this end's place."""
        if self.peer is not None:
            to.join(self.peer, local=self.local, remote=self.remote)
            self.peer.peer, self.peer = to, None

    def feed(self, data: bytes) -> None:
        """The peer has written."""

    def feed_eof(self) -> None:
        """The peer will write no more."""

    def feed_reset(self) -> None:
        """The peer has cut the connection off."""


class Plug:
    """What a transport gives as its socket: addresses, and a place to set SO_LINGER."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.family = socket.AF_INET
        self.type = socket.SOCK_STREAM
        self.proto = socket.IPPROTO_TCP

    def getsockname(self) -> tuple[str, int]:
        return self._transport.side.local

    def getpeername(self) -> tuple[str, int]:
        return self._transport.side.remote

    def setsockopt(self, level: int, name: int, value: Any) -> None:
        """Nothing: in memory nothing lingers and nothing is delayed."""

    def getsockopt(self, *_: Any) -> int:
        return 0

    def fileno(self) -> int:
        return -1


class Wired(Side):
    """The side of a transport: what comes is handed to its protocol, in a turn of its own."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def feed(self, data: bytes) -> None:
        self._transport.receive(data)

    def feed_eof(self) -> None:
        self._transport.receive(None)

    def feed_reset(self) -> None:
        self._transport.lose(reset_error())


class Transport(asyncio.Transport):
    """An asyncio transport over a connection in memory."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.BaseProtocol) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self.side = Wired(self)
        self._closing = False
        self._lost = False
        self._paused = False
        self._held: list[bytes | None] = []

    def begin(self) -> None:
        """Tell the protocol that it is connected."""
        self._loop.call_soon(self._protocol.connection_made, self)

    def _soon(self, act: Callable[..., None], *given: Any) -> None:
        """In the loop's next turn, if it has one: a client may hang up when all is over."""
        if not self._loop.is_closed():
            self._loop.call_soon(act, *given)

    def receive(self, data: bytes | None) -> None:
        """Something has come, or with None the end."""
        self._held.append(data)
        self._soon(self._hand)

    def lose(self, error: Exception | None) -> None:
        """The connection is gone."""
        if not self._lost:
            self._lost = self._closing = True
            self._soon(self._protocol.connection_lost, error)

    def _hand(self) -> None:
        while self._held and not self._paused and not self._lost:
            data = self._held.pop(0)
            if data is not None:
                self._protocol.data_received(data)  # type: ignore[attr-defined]
            elif not self._protocol.eof_received():  # type: ignore[attr-defined]
                self.close()

    def write(self, data: Any) -> None:
        if not self._closing and self.side.peer is not None and data:
            self.side.peer.feed(bytes(data))

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            if self.side.peer is not None:
                self.side.peer.feed_eof()
            self.lose(None)

    def abort(self) -> None:
        if not self._lost and self.side.peer is not None:
            self.side.peer.feed_reset()
        self.lose(None)

    def is_closing(self) -> bool:
        return self._closing

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is ever buffered."""

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        self._soon(self._hand)

    def is_reading(self) -> bool:
        return not self._paused

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        side = self.side
        told = {"socket": Plug(self), "sockname": side.local, "peername": side.remote}
        return told.get(name, default)
