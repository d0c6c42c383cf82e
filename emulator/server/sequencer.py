"""Decides the order of a world's commands, and nothing else.

A `Log` has every command before it takes effect. Without one the order is that in which commands
come, and only the memory has them.
"""

from __future__ import annotations

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
        """The log from its beginning."""


class Memory:
    """The log as a list."""

    def __init__(self) -> None:
        self._log: list[Entry] = []

    def append(self, at: Instant, command: Command) -> Entry:
        """The entry made: at `at`, or at the last one's instant if that is later."""
        last = self._log[-1].at if self._log else at
        entry = Entry(max(at, last), command)
        self._log.append(entry)
        return entry

    def entries(self) -> tuple[Entry, ...]:
        """The log from its beginning."""
        return tuple(self._log)
