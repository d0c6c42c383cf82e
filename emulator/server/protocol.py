"""uvicorn's HTTP protocol, with four things more: answers in one go, streams that need no task,
JSON for what cannot be read, and the wire itself for those who answer with less than a response."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias
from urllib.parse import unquote

import orjson
from httptools import HttpParserError, HttpParserUpgrade, parse_url
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from emulator.faults.deed import Response
from emulator.server.tap import Tap
from emulator.server.wire import Asked, Headers, Scope

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER switched on with no time to linger: closing sends an RST."""

log = logging.getLogger("understudy")

PIPELINED = 64
"""Calls of one connection that may be under way at once."""

Prompt: TypeAlias = Callable[[Scope, Asked, bytes], Response | Tap | ASGIApp]
"""Given a call, its headers and its body: the answer, or what gives it in time."""

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
    """One connection. What is no HTTP request belongs to no provider, so its answer is neutral.

    A call that comes whole, while no other is under way, is answered in the turn in which it came,
    if the application has `at_once` for that and nothing has to be waited for.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Every call of the connection finds the wire in its scope's state. Who put it there has
        told the listener already."""
        new = "wire" not in self.app_state
        self.app_state = {"wire": Wire(transport), **self.app_state}
        self._open: list[RequestResponseCycle] = []
        self._prompt: Prompt | None = getattr(self.app, "at_once", None)
        self._held: bytes | None = None
        self._idle_since: float | None = None
        self._headers: Headers = []
        self._tap: Tap | None = None
        self._asked = Asked([])
        super().connection_made(transport)
        if new and (listener := self.app_state.get("listener")) is not None:
            listener.met(self.app_state["wire"])

    def data_received(self, data: bytes) -> None:
        """Go on with a call whose body has not come with its head as ASGI does."""
        self._idle_since = None
        try:
            self.parser.feed_data(data)
        except HttpParserError:
            self._held = None
            self.send_400_response("Invalid HTTP request received.")
        except HttpParserUpgrade:
            log.debug("a client wanted another protocol than HTTP/1.1")
        if self._held is not None:
            self._open_call(self.app)

    def on_headers_complete(self) -> None:
        """Hold a call until its body is here, if it may be answered at once."""
        plain = not (self._open or self.expect_100_continue or self.flow.write_paused)
        if plain and self._prompt is not None and self.parser.should_keep_alive():
            self._held = b""
        else:
            self._open_call(self.app)

    def on_body(self, body: bytes) -> None:
        """More of a call's body."""
        if self._held is None:
            super().on_body(body)
        else:
            self._held += body

    def on_message_complete(self) -> None:
        """A call is here as a whole."""
        if self._held is None:
            super().on_message_complete()
            return
        scope: Any = self.scope
        if self.headers == self._headers:
            scope["headers"] = self._headers
        else:
            self._headers = self.headers
            self._asked = Asked(self.headers)
        path, query = _split(self.url)
        scope["method"] = method = self.parser.get_method().decode("ascii")
        scope["raw_path"] = path
        named = path.decode("ascii")
        scope["path"] = unquote(named) if "%" in named else named
        scope["query_string"] = query
        assert self._prompt is not None
        if method == "HEAD" or self.parser.get_http_version() != "1.1":
            answer: Response | Tap | ASGIApp = self.app
        else:
            answer = self._prompt(scope, self._asked, self._held)
        if isinstance(answer, Response):
            self._held = None
            self._send(answer)
        else:
            self._open_call(answer)
            super().on_message_complete()

    def _open_call(self, app: Tap | ASGIApp) -> None:
        """Let an application answer a call in a task of its own. The connection is read on, so that
        a client that hangs up is noticed; only so many calls may be pipelined."""
        held, self._held = self._held, None
        before, usual = self.cycle, self.app
        self.app = app
        try:
            super().on_headers_complete()
        finally:
            self.app = usual
        if self.cycle is before:
            return
        if held:
            super().on_body(held)
        if not self.cycle.response_complete:
            self._open.append(self.cycle)
        if 1 < len(self._open) <= PIPELINED:
            self.flow.resume_reading()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if isinstance(app, Tap):
            self._tap, self._tapped = app, cycle
            app.open(self)
        else:
            super()._start_asgi_task(cycle, app)

    def _send(self, response: Response) -> None:
        self._write(response.status, response.head, b"\r\n", response.content)
        self.on_response_complete()

    def _write(self, status: int, head: Iterable[tuple[bytes, bytes]], *rest: bytes) -> None:
        pieces = [STATUS_LINE[status]]
        for name, value in head:
            pieces += (name, b": ", value, b"\r\n")
        pieces += rest
        self.transport.write(b"".join(pieces))

    @property
    def streams(self) -> bool:
        """Whether a stream is open that needs no task."""
        return self._tap is not None

    @property
    def paused(self) -> bool:
        """Whether the client does not read as fast as it is written to."""
        return self.flow.write_paused

    def begin(self, head: Headers, content: bytes) -> None:
        """The head of a stream, and its first chunks."""
        self._write(200, head, b"transfer-encoding: chunked\r\n\r\n", content)

    def write(self, chunk: bytes) -> None:
        """A chunk of a stream."""
        if not self.transport.is_closing():
            self.transport.write(chunk)

    def finish(self) -> None:
        """The end of a stream."""
        self._tap = None
        self.write(b"0\r\n\r\n")
        self._tapped.response_complete = True
        if not self._tapped.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def abort(self) -> None:
        """The end of a connection that is stuck."""
        self.app_state["wire"].abort()

    def resume_writing(self) -> None:
        """What was written has left: more may be written."""
        super().resume_writing()
        if self._tap is not None:
            self._tap.resume()

    def on_response_complete(self) -> None:
        """A call is answered: the next one may begin, or the connection idles."""
        self._open = [one for one in self._open if not one.response_complete]
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._linger(self.timeout_keep_alive)

    def _linger(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self._lingered)

    def _lingered(self) -> None:
        """Close a connection that was idle for so long."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._linger(left)
        else:
            self.timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """Every call learns of it: uvicorn tells only the last one that was read."""
        super().connection_lost(exc)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        for one in self._open:
            one.disconnected = True
            one.message_event.set()
        if self._tap is not None:
            tap, self._tap = self._tap, None
            tap.lost()

    def send_400_response(self, msg: str) -> None:
        """Answer what could not be read, and close."""
        content = orjson.dumps({"error": {"message": msg}})
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + content)
        self.transport.close()


def _split(url: bytes) -> tuple[bytes, bytes]:
    """The path and the query of what was called."""
    if url.startswith(b"/") and b"?" not in url and b"#" not in url:
        return url, b""
    parsed = parse_url(url)
    return parsed.path, parsed.query or b""
