"""Decides the order of a world's commands, and nothing else.

A `Log` has every command before it takes effect. Without one the order is that in which commands
come, and only the memory has them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from emulator.core.clock import Instant
from emulator.core.commands import Command, Entry, Reply

if TYPE_CHECKING:
    from emulator.server.live import Live


class Log(Protocol):
    """Puts the commands of all worlds of a server in order, and has them `apply`."""

    async def decide(self, live: Live, command: Command, to: Instant = 0) -> Reply:
        """What a world says to a command once that is in the log: at `to`, or at the world's
        present if that is later. Refused if the log cannot be written, or the world says no."""

    def made(self, live: Live) -> None:
        """There is a new world. Whoever writes to it finds it in the log."""

    async def begin(self, live: Live) -> None:
        """Have a new world in the log. Refused if that cannot be written."""

    def dropped(self, live: Live) -> None:
        """A world is no more."""

    async def end(self, live: Live, forget: Callable[[], None]) -> None:
        """Have a world forgotten once that is in the log. Refused if the log cannot be written."""

    async def close(self) -> None:
        """The server stops: nothing more is decided."""


class Sequencer(Protocol):
    """Stamps a command with an instant that never decreases, and appends it to the log."""

    def append(self, at: Instant, command: Command) -> Entry:
        """The entry made, at `at` or later."""

    def entries(self) -> tuple[Entry, ...]:
        """The log from its beginning; LookupError if that is forgotten."""

    def tail(self) -> tuple[int, tuple[Entry, ...]]:
        """All that is remembered of the log, and which entry, counted from 1, is the first."""


LOG = 100_000
"""How many entries a world remembers if nobody says otherwise."""


class Memory:
    """The last entries of the log, at most so many."""

    def __init__(self, most: int = LOG) -> None:
        self._log: deque[Entry] = deque(maxlen=most)
        self._count = 0
        self._last: Instant = 0

    def append(self, at: Instant, command: Command) -> Entry:
        """The entry made: at `at`, or at the last one's instant if that is later."""
        self._last = max(at, self._last)
        entry = Entry(self._last, command)
        self._log.append(entry)
        self._count += 1
        return entry

    def entries(self) -> tuple[Entry, ...]:
        """The log from its beginning; LookupError if that is forgotten."""
        first, entries = self.tail()
        if first > 1:
            raise LookupError(f"of {self._count} entries only the last {len(entries)} are here")
        return entries

    def tail(self) -> tuple[int, tuple[Entry, ...]]:
        """All that is remembered of the log, and which entry, counted from 1, is the first."""
        return self._count - len(self._log) + 1, tuple(self._log)
