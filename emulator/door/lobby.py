"""A connection that nobody speaks on yet: what it sends is kept for whoever will."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

MOST = 256 * 1024
"""Bytes that are kept for whoever reads them; who sent them waits."""

Meet: TypeAlias = Callable[["Lobby"], None]


class Lobby(asyncio.Protocol):
    """The protocol of such a connection. `met` is called once it is made."""

    def __init__(self, met: Meet) -> None:
        self._met = met
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._ended = False
        self._held = False
        self.read = bytearray()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Tell whoever waits for it."""
        self.transport = transport  # type: ignore[assignment]
        self._met(self)

    def data_received(self, data: bytes) -> None:
        """Keep what was sent."""
        self.read += data
        self._more.set()
        if len(self.read) > MOST and not self._held:
            self._held = True
            self.transport.pause_reading()

    def pause_writing(self) -> None:
        """Whoever reads here is slow."""
        self._room.clear()

    def resume_writing(self) -> None:
        """It can be sent more."""
        self._room.set()

    def eof_received(self) -> bool:
        """What is to be sent can be sent still."""
        self._end()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing more comes, and nothing more goes."""
        self._room.set()
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._more.set()

    async def more(self) -> bytes:
        """What was sent since the last time, once there is something; nothing at the end."""
        while not self.read and not self._ended:
            self._more.clear()
            await self._more.wait()
        data = bytes(self.read)
        self.read.clear()
        self._go_on()
        return data

    async def send(self, data: bytes) -> None:
        """Send this, and wait until there is room for more. Raises ConnectionError."""
        if self.transport.is_closing():
            raise ConnectionAbortedError("it has hung up")
        self.transport.write(data)
        await self._room.wait()

    def _go_on(self) -> None:
        if self._held and not self.transport.is_closing():
            self._held = False
            self.transport.resume_reading()

    def hand_over(self, to: asyncio.Protocol, before: bytes = b"") -> None:
        """From now on another speaks here. It is told what was sent so far, `before` first."""
        self.transport.set_protocol(to)
        to.connection_made(self.transport)
        if data := before + bytes(self.read):
            to.data_received(data)
        self._go_on()
        if self._ended and not self.transport.is_closing():
            to.eof_received()
