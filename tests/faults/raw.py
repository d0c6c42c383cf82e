"""What came over a socket for one call, to the byte, and how the connection ended."""

from __future__ import annotations

from dataclasses import dataclass
from socket import create_connection, socket
from urllib.parse import urlsplit

import orjson

from tests.faults.stand import Ask, Stand
from tests.server.raw import PATIENCE, Line, until

CLOSED, RESET, OPEN = "closed", "reset", "open"

QUIET = 0.2
"""Seconds that a reader waits for more where nothing more is to come."""


@dataclass(frozen=True, slots=True)
class Came:
    """All that came, and how it ended."""

    data: bytes
    end: str

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def length(self) -> int:
        """The length that the head promises for the body."""
        return int(self.head.lower().partition(b"content-length: ")[2].split()[0])


def heard(it: Stand, ask: Ask, *, hangs: bool = False) -> Came:
    """What comes for a call until the connection ends, or, if it `hangs`, until it is silent."""
    with Line(urlsplit(it.url).port or 0) as line:
        parts = urlsplit(ask.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        head = [f"{name}: {value}" for name, value in ask.headers.items()]
        line.say(ask.method, target, *head, body=orjson.dumps(ask.body) if ask.body else b"")
        if hangs:
            until(lambda: len(it.caller.live.naps) == 1, "the server sends no more")
            line.socket.settimeout(QUIET)
        return _rest(line.socket)


def touched(port: int) -> Came:
    """What comes over a connection on which nothing is said."""
    try:
        with create_connection(("127.0.0.1", port), PATIENCE) as made:
            return _rest(made)
    except ConnectionResetError:
        return Came(b"", RESET)


def _rest(line: socket) -> Came:
    data = b""
    try:
        while part := line.recv(65536):
            data += part
    except ConnectionResetError:
        return Came(data, RESET)
    except TimeoutError:
        return Came(data, OPEN)
    return Came(data, CLOSED)
