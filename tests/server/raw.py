"""A connection of one's own, on which every byte shows."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from types import TracebackType

from tests.server.inside import host

PATIENCE = 30
"""Seconds after which a test that waits for something gives up."""


class Line:
    """A socket to the emulator; use it as a context manager."""

    def __init__(self, port: int, *, buffer: int | None = None) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.connect(("127.0.0.1", port))
        self.seen = b""

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def say(self, method: str, path: str, *headers: str, body: bytes = b"") -> None:
        """A request."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host(path)}", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def head(self) -> bytes:
        """A response's head, with the empty line."""
        return self.until(b"\r\n\r\n")

    def take(self, size: int) -> bytes:
        """So many bytes."""
        self._read(lambda: len(self.seen) >= size)
        taken, self.seen = self.seen[:size], self.seen[size:]
        return taken

    def until(self, mark: bytes) -> bytes:
        """All up to a mark, with it."""
        self._read(lambda: mark in self.seen)
        at = self.seen.index(mark) + len(mark)
        return self.take(at)

    def chunk(self) -> bytes:
        """The next chunk of a chunked body; nothing at its end."""
        size = int(self.until(b"\r\n"), 16)
        return self.take(size + 2)[:-2]

    def chunks(self) -> list[bytes]:
        """Every chunk up to the end of the body."""
        return list(iter(self.chunk, b""))

    def whole(self) -> tuple[bytes, bytes]:
        """A whole response: its head, and its body without the framing."""
        head = self.head()
        low = head.lower()
        if b"transfer-encoding: chunked" in low:
            return head, b"".join(self.chunks())
        _, _, length = low.partition(b"content-length: ")
        return head, self.take(int(length.split()[0])) if length else b""

    def _read(self, there: Callable[[], bool]) -> None:
        while not there():
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(f"the connection ended after {self.seen!r}")
            self.seen += more


def until(there: Callable[[], bool], what: str) -> None:
    """Return once that is so, or fail."""
    end = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > end:
            raise AssertionError(f"it never came to this: {what}")
        time.sleep(0.005)
