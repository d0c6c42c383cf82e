"""A load generator as small as it can be: keep-alive connections that repeat one request each."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import uvloop


@dataclass(slots=True)
class Tally:
    """What one run counted. Latencies are in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    wrong: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency that this share of the answers did not exceed."""
        if not self.latencies:
            raise SystemExit("nothing was answered in time: the machine is too busy to measure")
        ranked = sorted(self.latencies)
        return ranked[min(int(share * len(ranked)), len(ranked) - 1)]


class Caller(asyncio.Protocol):
    """Sends its request, waits for the whole answer, and sends it again."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self._request = request
        self._tally = tally
        self._answer = b""
        self._sent = 0.0
        self.stopped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        answer = self._answer + data if self._answer else data
        if not whole(answer):
            self._answer = answer
            return
        self._answer = b""
        self._tally.latencies.append(time.perf_counter() - self._sent)
        if not answer.startswith(b"HTTP/1.1 200"):
            self._tally.wrong += 1
        if not self.stopped:
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.stopped:
            self._tally.wrong += 1

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self.transport.write(self._request)  # type: ignore[attr-defined]


def whole(answer: bytes) -> bool:
    """Whether an answer has come to its end."""
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    low = head.lower()
    if b"\r\ntransfer-encoding: chunked" in low:
        return body.endswith(b"\r\n0\r\n\r\n")
    return len(body) >= length(low)


def length(low: bytes) -> int:
    """The Content-Length of an answer, by its head in small letters."""
    at = low.index(b"content-length:") + 15
    end = low.find(b"\r\n", at)
    return int(low[at : end if end > 0 else len(low)])


def drive(port: int, request: bytes, *, connections: int, seconds: float) -> Tally:
    """Repeat a request over so many connections for so long."""
    return uvloop.run(_drive(port, request, connections, seconds))


async def _drive(port: int, request: bytes, connections: int, seconds: float) -> Tally:
    tally = Tally()
    loop = asyncio.get_running_loop()
    callers = [
        (await loop.create_connection(lambda: Caller(request, tally), "127.0.0.1", port))
        for _ in range(connections)
    ]
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    tally.seconds = time.perf_counter() - began
    for transport, caller in callers:
        caller.stopped = True
        transport.close()
    return tally
