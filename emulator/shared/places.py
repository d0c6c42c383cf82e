"""Entries of the shared log, their positions, and what can go wrong with it. It knows no Redis."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulator.core.clock import Instant


class Position(NamedTuple):
    """Where an entry stands: its stamp, in microseconds, and which one of that stamp it is."""

    stamp: Instant
    nth: int

    def __str__(self) -> str:
        return f"{self.stamp}-{self.nth}"


BEGINNING: Final = Position(0, 0)
"""Before the first entry."""


class Draft(NamedTuple):
    """What is to be an entry."""

    world: str
    kind: str
    data: bytes


class Placed(NamedTuple):
    """An entry in its place. `by` is the worker that appended it."""

    position: Position
    world: str
    kind: str
    data: bytes
    by: str


class Looked(NamedTuple):
    """The time by Redis's clock, and the last entry's position then."""

    stamp: Instant
    position: Position


class Snapshot(NamedTuple):
    """What stands for all entries up to and including the position."""

    position: Position
    data: bytes


def position(text: str | bytes) -> Position:
    """A position as it was written."""
    stamp, nth = (text.decode() if isinstance(text, bytes) else text).split("-")
    return Position(int(stamp), int(nth))


class Unreadable(OSError):
    """The log cannot be asked now. It can again once the cause is gone."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Unsure(OSError):
    """It is not known whether what was to be written is in the log; `follow` will show."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Behind(Exception):
    """The entries that follow are no longer in the log: `latest` has a snapshot to go on from."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Lost(Behind):
    """The log no longer has what it had: Redis lost writes, or is another. Begin with `latest`."""
