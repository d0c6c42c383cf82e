"""One keep-alive connection that calls again and again, and one that reads a live stream."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator

import orjson
from drive import length

TOLD = re.compile(rb'"generation_id":"([0-9a-f-]{36})"')


class Line(asyncio.Protocol):
    """Sends a request and waits for its whole answer; one at a time."""

    transport: asyncio.Transport
    _waiting: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self._answer, self._size = bytearray(), 0

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        answer += data
        if not self._size and (end := answer.find(b"\r\n\r\n")) >= 0:
            self._size = end + 4 + length(bytes(answer[: end + 2]).lower())
        if self._waiting is not None and self._size and len(answer) >= self._size:
            self._answer, self._size = bytearray(), 0
            self._waiting.set_result(bytes(answer))
            self._waiting = None

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionError("the server hung up"))

    async def call(self, request: bytes) -> bytes:
        """The answer's bytes; ValueError if it is no success."""
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        answer = await self._waiting
        if not answer.startswith(b"HTTP/1.1 2"):
            raise ValueError(answer[:300].decode(errors="replace"))
        return answer

    async def json(self, request: bytes) -> object:
        """What the answer's body says."""
        return orjson.loads((await self.call(request)).partition(b"\r\n\r\n")[2])


class Reader(asyncio.Protocol):
    """Reads the events of a stream and notes when each came."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._left = b""
        self.came: list[tuple[float, bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        ready, end, self._left = (self._left + data).rpartition(b"\n\n")
        if end:
            self.came.append((now, ready))

    def events(self) -> Iterator[tuple[str, float]]:
        """The job of each event, and when it came."""
        for now, text in self.came:
            for id in TOLD.findall(text):
                yield id.decode(), now


async def line(port: int) -> Line:
    """A connection to this machine."""
    loop = asyncio.get_running_loop()
    _, made = await loop.create_connection(Line, "127.0.0.1", port)
    return made
