"""Responses without an end that need no task: what writes them, and where they are written."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from emulator.server.wire import Headers


class Spout(Protocol):
    """Where a response without an end is written. While it is `paused` it takes no more."""

    @property
    def paused(self) -> bool: ...

    def begin(self, head: Headers, content: bytes) -> None:
        """Send the head, and the first chunks."""

    def write(self, chunk: bytes) -> None:
        """Send a chunk."""

    def finish(self) -> None:
        """End the response: the connection goes on."""

    def abort(self) -> None:
        """End the connection at once."""


@runtime_checkable
class Tap(Protocol):
    """A response without an end that writes itself, with no task."""

    def open(self, spout: Spout) -> None:
        """Begin."""

    def resume(self) -> None:
        """The spout takes more again."""

    def lost(self) -> None:
        """The connection is gone."""
