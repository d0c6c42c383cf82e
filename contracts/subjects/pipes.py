"""The pipes to a process: all are read at once, so that none that is full ever blocks the process,
and the one that is written to is never waited for alone."""

from __future__ import annotations

import fcntl
import os
import selectors
import struct
import termios
from collections.abc import Callable
from typing import IO, TypeAlias

from emulator.core.clock import SECOND
from emulator.server.clock import machine_time

CHUNK = 65_536

Hear: TypeAlias = Callable[[bytes], None]
"""Is given what came out of a pipe; nothing once it has ended."""

machine = machine_time()


class Pipes:
    """Several pipes to read and one to write, for one thread."""

    def __init__(self, into: IO[bytes]) -> None:
        self._into = into
        self._unsent = memoryview(b"")
        self._last = False
        self._selector = selectors.DefaultSelector()
        self.open: set[int] = set()
        os.set_blocking(into.fileno(), False)

    def read(self, fd: int, hear: Hear) -> None:
        """Read a pipe, too, for as long as it is `open`."""
        os.set_blocking(fd, False)
        self.open.add(fd)
        self._selector.register(fd, selectors.EVENT_READ, lambda: self._read(fd, hear))

    def send(self, data: bytes, *, last: bool) -> None:
        """Write this, and nothing more after what is the `last`."""
        self._unsent, self._last = memoryview(data), last
        self._selector.register(self._into, selectors.EVENT_WRITE, self._write)

    @property
    def unread(self) -> int:
        """How many of the bytes that were sent the process has not read."""
        if self._into.closed:
            return 0
        waiting = fcntl.ioctl(self._into, termios.FIONREAD, struct.pack("i", 0))
        return int(struct.unpack("i", waiting)[0]) + len(self._unsent)

    def listen(self, seconds: float, done: Callable[[], bool]) -> bool:
        """Read and write until it is done; False if the seconds are over before."""
        until = machine() + round(seconds * SECOND)
        while not done():
            left = until - machine()
            if left <= 0:
                return False
            self._turn(left / SECOND)
        return True

    def catch_up(self) -> None:
        """Read what is there by now."""
        while self.open and self._turn(0):
            pass

    def close(self) -> None:
        """Listen no more."""
        self._selector.close()
        self.open.clear()

    def _turn(self, seconds: float) -> bool:
        ready = self._selector.select(seconds)
        for key, _ in ready:
            key.data()
        return bool(ready)

    def _read(self, fd: int, hear: Hear) -> None:
        data = os.read(fd, CHUNK)
        if not data:
            self._selector.unregister(fd)
            self.open.discard(fd)
        hear(data)

    def _write(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._into.fileno(), self._unsent[:CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._selector.unregister(self._into)
            return
        if not self._unsent:
            self._selector.unregister(self._into)
            if self._last:
                self._into.close()
