"""What a server has done so far, counted as it happens: what a world knows of itself by then goes
with the world, and these totals never fall."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TypeAlias

from emulator.core.clock import SECOND, Span
from emulator.core.commands import Happening, Moved
from emulator.core.jobs import Status
from emulator.core.ledger import Kind

Place: TypeAlias = tuple[str, str]
"""A provider and one of its operations."""

FEED: Place = ("", "feed")
"""Where the readers of the control plane's feeds are."""

BOUNDS = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
"""Seconds up to which the parts of a histogram go; the last goes on for ever."""


class Spread:
    """How many spans were how long. `counts` has one more than there are bounds."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum: Span = 0

    def add(self, span: Span) -> None:
        """One more."""
        self.counts[bisect_left(BOUNDS, span / SECOND)] += 1
        self.sum += span


class Meters:
    """The totals of a server. They know no world's name, no job and no key.

    `calls` are by provider, operation and status; `made` are jobs by provider, `moves` what became
    of them; `posted` are micro-dollars by provider and kind of posting; `strikes` are of faults, by
    family, deed and whether anything was done; `dropped` are readers that were cut off, and `lags`
    how late events were handed to readers, by stream.
    """

    def __init__(self) -> None:
        self.calls: dict[tuple[str, str, int], int] = {}
        self.made: Counter[str] = Counter()
        self.moves: Counter[tuple[str, Status]] = Counter()
        self.posted: Counter[tuple[str, Kind]] = Counter()
        self.strikes: Counter[tuple[str, str, bool]] = Counter()
        self.dropped: Counter[Place] = Counter()
        self.lags: dict[Place, Spread] = {}

    def happened(self, one: Happening) -> None:
        """A job has moved, or money."""
        if isinstance(one, Moved):
            self.moves[one.job.provider, one.to] += 1
        else:
            self.posted[one.provider, one.kind] += one.amount

    def handed(self, place: Place, late: Span) -> None:
        """The readers of a stream were handed an event, so long after it happened."""
        if place not in self.lags:
            self.lags[place] = Spread()
        self.lags[place].add(late)
