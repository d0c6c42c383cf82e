"""The least that a broadcast can cost: a uvloop Protocol that writes the same bytes to everybody.

`python floor.py PORT`: a GET of `/api/events` subscribes, a POST tells its body to all.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)
DONE = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"

readers: set[asyncio.Transport] = set()


class Floor(asyncio.Protocol):
    """One connection; its requests come whole."""

    __slots__ = ("transport",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"POST"):
            frame = data.partition(b"\r\n\r\n")[2]
            chunk = b"%x\r\n%b\r\n" % (len(frame), frame)
            for reader in readers:
                reader.write(chunk)
        elif data.startswith(b"GET /api/events"):
            readers.add(self.transport)
            self.transport.write(HEAD)
            return
        self.transport.write(DONE)

    def connection_lost(self, error: Exception | None) -> None:
        readers.discard(self.transport)


async def main(port: int) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Floor, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
