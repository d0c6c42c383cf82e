"""When the process looks for garbage: in small portions all the time, everywhere only in a lull.

What the server makes is freed as soon as nobody refers to it, dropped worlds excepted. Python's own
search everywhere finds nothing else, and walks every job: 0.6 s for 100,000 of them.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE = 2000, 10
"""Objects made until the youngest are searched, and how often until the survivors are: at most
some 20,000 objects, a few milliseconds."""

NEVER = 1_000_000_000

LULL = 5
"""Seconds without a connection after which everything is searched, if anything happened."""

DROPPED = 100
"""Worlds dropped after which everything is searched although somebody is connected."""

OLD = 5000
"""Searches of the survivors after which it is as well: a bound for garbage that nobody foresaw."""


class Sweeper:
    """Takes the search over from Python; `tick` is to be called every second."""

    def __init__(self) -> None:
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, MIDDLE, NEVER)
        self._lull = 0
        self._dropped = 0

    def tick(self, connections: int, dropped: int) -> bool:
        """Search everywhere if it is time, given how many connections there are and how many worlds
        were ever dropped; whether it was."""
        self._lull = 0 if connections else self._lull + 1
        since = gc.get_count()[2]
        quiet = self._lull >= LULL and (since > MIDDLE or dropped > self._dropped)
        if not quiet and dropped - self._dropped < DROPPED and since < OLD:
            return False
        self._dropped = dropped
        gc.collect()
        return True
