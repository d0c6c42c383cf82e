"""The log of a whole server: rows in one order over all its worlds. What is in them is opaque."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from emulator.core.clock import Instant

WORLD: Final = "world"
"""The kind of row that makes a world. Its name must be free."""

DROPPED: Final = "dropped"
"""The kind of row that ends a world: nothing of it is loaded any more, and its name is free."""

ENTRY: Final = "entry"
"""The kind of row that is a line of a world's own log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the log. Its position counts from 1; it is 0 until the row is in a store."""

    world: str
    kind: str
    at: Instant
    data: bytes
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A snapshot of a world, which stands for all its rows up to and including the position."""

    world: str
    position: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All there is of one world: the row that made it, its last snapshot, and the rows after that.

    The rows are read from the store while they are gone through, once.
    """

    made: Row
    kept: Kept | None
    rows: Iterator[Row]


class BadLog(ValueError):
    """A file that cannot be opened as a log: what was seen, what is allowed, what to do."""


class Unwritable(OSError):
    """Nothing of what was to be written is in the log. The store goes on once the cause is gone."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Store(Protocol):
    """Keeps the log. One thread at a time may use it."""

    @property
    def last(self) -> int:
        """The position of the last row there ever was; 0 before the first."""

    def append(self, rows: Sequence[Row]) -> int:
        """Keep these rows, all or none; the position of the last. They follow one another.

        Raises Unwritable, and ValueError for a row of a world that there is not, or for a second
        world of one name.
        """

    def keep(self, kept: Kept) -> bool:
        """Keep a snapshot in place of the rows that it stands for.

        False, and nothing is done, if the world has been dropped since, or there is a later one.
        Raises Unwritable, and ValueError for a position that is still to come.
        """

    def drop(self, world: str) -> bool:
        """End a world without a row that says so. False if there is none. Raises Unwritable."""

    def sweep(self) -> bool:
        """Free some of the space of rows that nothing needs; whether there is more to free.

        Raises Unwritable.
        """

    def load(self) -> Iterator[Past]:
        """Every living world, oldest first. To be gone through before anything is written.

        Raises BadLog where what was kept cannot be read.
        """

    def close(self) -> None:
        """Let go of it."""
