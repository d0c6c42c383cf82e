"""Thousands of readers of event streams, as small as they can be, and calls beside them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

BATCH = 200
"""Connections that are made at once."""

END = b"\n\n\r\n"
"""How a chunk ends that is sent to a stream. It comes whole: it is small."""

PATIENCE = 60
"""Seconds after which what has not come never will."""


class Crowd:
    """The readers of one server; `gather` tells when each has been sent something more."""

    def __init__(self, port: int, request: bytes) -> None:
        self.port = port
        self.size = 0
        self.lost = 0
        self.last = 0.0
        self._request = request
        self._got = 0
        self._all = asyncio.Event()
        self._wanted = 0

    async def grow(self, size: int) -> None:
        """So many readers in all."""
        loop = asyncio.get_running_loop()
        while self.size < size:
            batch = min(BATCH, size - self.size)
            self._expect(batch)
            made = (
                loop.create_connection(lambda: Reader(self, self._request), "127.0.0.1", self.port)
                for _ in range(batch)
            )
            await asyncio.gather(*made)
            await self._come()
            self.size += batch

    async def gather(self, cause: Callable[[], object]) -> float:
        """Seconds from the cause until the last reader has got it."""
        self._expect(self.size)
        began = time.perf_counter()
        cause()
        await self._come()
        return self.last - began

    def got(self) -> None:
        """A reader has got something."""
        self._got += 1
        if self._got == self._wanted:
            self.last = time.perf_counter()
            self._all.set()

    def _expect(self, count: int) -> None:
        self._got, self._wanted = 0, count
        self._all.clear()

    async def _come(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._all.wait()
        except TimeoutError:
            raise ValueError(f"{self._got} of {self._wanted} readers got it") from None
        if self.lost:
            raise ValueError(f"{self.lost} streams ended")


class Reader(asyncio.Protocol):
    """One open stream."""

    __slots__ = ("_crowd", "_request")

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        if data.endswith(END) or data.endswith(b"chunked\r\n\r\n"):
            self._crowd.got()

    def connection_lost(self, error: Exception | None) -> None:
        self._crowd.lost += 1


class Talk(asyncio.Protocol):
    """A connection for calls, one after another; their answers say how long they are."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._answer = b""
        self._whole: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def say(self, request: bytes) -> asyncio.Future[bytes]:
        """Send a request; its answer is to come."""
        self._answer = b""
        self._whole = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._whole

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or self._whole is None:
            return
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        if len(body) >= length and not self._whole.done():
            self._whole.set_result(body)


async def talk(port: int) -> Talk:
    """A connection for calls."""
    loop = asyncio.get_running_loop()
    _, made = await loop.create_connection(Talk, "127.0.0.1", port)
    return made
