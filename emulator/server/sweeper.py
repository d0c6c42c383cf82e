"""When the process looks for garbage: among what is new all the time, everywhere only in a lull.

What the server makes is freed as soon as nobody refers to it, dropped worlds excepted. Python's own
search everywhere finds nothing else, and walks every job: 0.6 s for 100,000 of them.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE = 2000, 10
"""Objects made until the new ones are searched, and how often until the survivors are: at most some
20,000 objects, a few milliseconds."""

NEVER = 1_000_000_000

SECOND = 10
"""Ticks in a second."""

LULL = 5
"""Seconds without a connection after which everything is searched, if there was enough to do."""

CALLS = 1000
"""Calls that are enough; a dropped world is, too."""

DROPPED = 100
"""Worlds dropped after which everything is searched although somebody is connected."""

MOST = 5_000_000
"""Calls after which it is as well: a bound for garbage that nobody foresaw."""


class Sweeper:
    """Takes the search over from Python; `tick` is to be called ten times a second."""

    def __init__(self) -> None:
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, MIDDLE, NEVER)
        self._ticks = 0
        self._lull = 0
        self._dropped = 0
        self._calls = 0

    def tick(self, connections: int, dropped: int, calls: int) -> bool:
        """Search among what is new, or everywhere if it is time: given how many connections there
        are, and how many worlds were ever dropped and calls answered. Whether it was."""
        self._ticks += 1
        if self._ticks % SECOND:
            # Python counts what is made less what is freed: where both happen, it would not look
            # before there are very many.
            gc.collect(1)
            return False
        self._lull = 0 if connections else self._lull + 1
        gone, answered = dropped - self._dropped, calls - self._calls
        quiet = self._lull >= LULL and (gone or answered >= CALLS)
        if not quiet and gone < DROPPED and answered < MOST:
            gc.collect(1)
            return False
        self._dropped, self._calls = dropped, calls
        gc.collect()
        return True
