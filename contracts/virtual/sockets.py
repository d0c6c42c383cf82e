"""Sockets for blocking clients: real ones to look at, whose bytes come from the trial's network.

A blocking call lets the rest of the world go on until it can return, or until its timeout is over
on the trial's clock.
"""

from __future__ import annotations

import _socket
import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from contracts.virtual.network import Network, Side, reset_error

REAL = socket.socket
PAIR = _socket.socketpair


class Stream(REAL, Side):
    """A TCP socket of a client. Its descriptor is one end of a pair, and readable when this is."""

    def __init__(self, network: Network, refuse: Callable[[str], None]) -> None:
        here, there = PAIR()
        REAL.__init__(self, fileno=here.detach())
        Side.__init__(self)
        there.setblocking(False)
        self._signal = there
        self._network = network
        self._refuse = refuse
        network.streams.add(self)
        self._patience: float | None = socket.getdefaulttimeout()
        self._inbox = bytearray()
        self._ended = self._broken = self._told = self._closed_for_good = False

    @property
    def family(self) -> int:  # type: ignore[override]
        return socket.AF_INET

    @property
    def type(self) -> int:  # type: ignore[override]
        return socket.SOCK_STREAM

    # What comes from the other side.

    def feed(self, data: bytes) -> None:
        self._inbox += data
        self._tell()

    def feed_eof(self) -> None:
        self._ended = True
        self._tell()

    def feed_reset(self) -> None:
        self._broken = True
        self._tell()

    def _tell(self) -> None:
        if self._closed_for_good:
            return
        ready = self._readable()
        if ready and not self._told:
            self._signal.send(b"!")
        elif self._told and not ready:
            REAL.recv(self, 1)
        self._told = ready

    def _readable(self) -> bool:
        return bool(self._inbox) or self._ended or self._broken

    # What a client calls.

    def connect(self, address: Any) -> None:
        self._network.connect(str(address[0]), int(address[1]), self)
        self._network.loop.go_on()

    def connect_ex(self, address: Any) -> int:
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or errno.EIO
        return 0

    def bind(self, address: Any) -> None:
        """Nothing: a client's own address does not matter."""

    def listen(self, *given: Any) -> None:
        self._refuse("it listens for connections")

    def settimeout(self, value: float | None) -> None:
        self._patience = value

    def gettimeout(self) -> float | None:
        return self._patience

    def setblocking(self, flag: bool) -> None:
        self._patience = None if flag else 0.0

    def setsockopt(self, *given: Any) -> None:
        """Nothing: in memory nothing lingers and nothing is delayed."""

    def getsockopt(self, level: int, name: int, size: int = 0) -> Any:
        return bytes(size) if size else 0

    def getpeername(self) -> Any:
        return self.remote

    def getsockname(self) -> Any:
        return self.local

    def recv(self, size: int, flags: int = 0) -> bytes:
        self._wait()
        if not self._inbox:
            if self._broken:
                raise reset_error()
            return b""
        data = bytes(self._inbox[:size])
        if not flags & socket.MSG_PEEK:
            del self._inbox[:size]
            self._tell()
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def send(self, data: Any, flags: int = 0) -> int:
        sent = memoryview(data).cast("B")
        self._network.used()
        if self._broken:
            raise reset_error()
        if self.peer is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        if self._ended:
            self._broken = True  # The peer has gone, and answers what still comes with an RST.
        else:
            self.peer.feed(bytes(sent))
        return len(sent)

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.send(data, flags)

    def shutdown(self, how: int) -> None:
        if how != socket.SHUT_RD and self.peer is not None:
            self.peer.feed_eof()

    def _real_close(self, *given: Any) -> None:
        """Hang up, once the last file made of it is closed too."""
        self._closed_for_good = True
        if self.peer is not None:
            peer, self.peer = self.peer, None
            peer.feed_eof()
        self._signal.close()
        REAL._real_close(self)  # type: ignore[attr-defined]

    def _wait(self) -> None:
        self._network.used()
        if self._readable():
            return
        loop = self._network.loop
        if self._patience == 0.0:
            loop.go_on()
            if not self._readable():
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            return
        deadline = None
        if self._patience is not None:
            deadline = loop.clock.micros + round(self._patience * 1e6)
        if not loop.until(self._readable, deadline):
            raise TimeoutError("timed out")
