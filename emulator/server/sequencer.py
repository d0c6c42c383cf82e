"""Decides the order of a world's commands, and nothing else. This one keeps the log in memory."""

from __future__ import annotations

from typing import Protocol

from emulator.core.clock import Instant
from emulator.core.commands import Command, Entry


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
