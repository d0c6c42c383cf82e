"""uvicorn's HTTP protocol, with two things more: JSON for what cannot be read, and the wire itself
for those who answer with less than a response."""

from __future__ import annotations

import asyncio
import socket
import struct

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER switched on with no time to linger: closing sends an RST."""

PIPELINED = 64
"""Calls of one connection that may be under way at once."""

TURNS = 1000
"""Turns of the event loop in which what was written can leave, before a reset throws it away."""


class Wire:
    """The connection under one call: where there is TLS, with what carries it `below`."""

    def __init__(
        self, transport: asyncio.Transport, below: asyncio.Transport | None = None
    ) -> None:
        self._transport = transport
        self._below = below or transport

    def write(self, data: bytes) -> None:
        """Send these bytes as they are, if somebody is still there."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Send a FIN, behind all that was written. TLS is not told: it is cut short."""
        self._below.close()

    async def reset(self) -> None:
        """Send an RST, behind all that was written."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
            waiting = self._transport.get_write_buffer_size(), self._below.get_write_buffer_size()
            if self._below.is_closing() or not any(waiting):
                break
        self.abort()

    def abort(self) -> None:
        """Send an RST at once."""
        plug = self._below.get_extra_info("socket")
        if plug is not None and not self._below.is_closing():
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self._below.abort()


class Protocol(HttpToolsProtocol):
    """One connection. What is no HTTP request belongs to no provider, so its answer is neutral."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Every call of the connection finds the wire in its scope's state. Who put it there has
        told the listener already."""
        new = "wire" not in self.app_state
        self.app_state = {"wire": Wire(transport), **self.app_state}
        self._open: list[RequestResponseCycle] = []
        super().connection_made(transport)
        if new and (listener := self.app_state.get("listener")) is not None:
            listener.met(self.app_state["wire"])

    def on_headers_complete(self) -> None:
        """Remember every call that is under way. The connection is read on, so that a client that
        hangs up is noticed; only so many calls may be pipelined."""
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is before:
            return
        self._open = [one for one in self._open if not one.response_complete]
        self._open.append(self.cycle)
        if 1 < len(self._open) <= PIPELINED:
            self.flow.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Every call learns of it: uvicorn tells only the last one that was read."""
        super().connection_lost(exc)
        for one in self._open:
            one.disconnected = True
            one.message_event.set()

    def send_400_response(self, msg: str) -> None:
        """Answer what could not be read, and close."""
        content = orjson.dumps({"error": {"message": msg}})
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + content)
        self.transport.close()
