"""Locks and simple queues, which wait in C: in a trial's own thread they wait on its clock.

Whoever waits for what another thread of the client's holds waits for real, as between trials.
"""

from __future__ import annotations

import queue
import sys
import threading
from typing import Any

from contracts.virtual.refused import company
from contracts.virtual.waits import Now, deadline

LOCK: Any = threading.Lock
QUEUE = queue.SimpleQueue


def install(now: Now) -> None:
    """From now on a new lock is one of ours, wherever one is made by that name. What the
    interpreter itself makes is not."""
    ours = _lock(now)
    for module in list(sys.modules.values()):
        space = getattr(module, "__dict__", {})
        if space.get("Lock") is LOCK and module.__name__ != __name__:
            space["Lock"] = ours


def _lock(now: Now) -> type:
    class Lock:
        """In place of `threading.Lock`."""

        __slots__ = ("__weakref__", "_real", "locked", "release")

        def __init__(self) -> None:
            self._real = LOCK()
            self.locked, self.release = self._real.locked, self._real.release

        def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
            here = now() if blocking else None
            if here is None or (timeout < 0 and timeout != -1):
                return bool(self._real.acquire(blocking, timeout))
            if self._real.acquire(False):
                return True
            if company():
                return bool(self._real.acquire(blocking, timeout))
            loop, _ = here
            ends = None if timeout == -1 else deadline(loop, timeout)
            return loop.until(lambda: bool(self._real.acquire(False)), ends)

        def __enter__(self) -> bool:
            return self.acquire()

        def __exit__(self, *_: object) -> None:
            self.release()

        def __repr__(self) -> str:
            return repr(self._real)

        def _at_fork_reinit(self) -> None:
            self._real._at_fork_reinit()

    return Lock


def queued(now: Now) -> Any:
    """In place of `queue.SimpleQueue`."""

    class SimpleQueue(QUEUE):  # type: ignore[type-arg]
        """A queue whose `get` waits on the trial's clock."""

        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            here = now() if block else None
            if here is None or not self.empty() or company() or (timeout or 0) < 0:
                return super().get(block, timeout)
            loop, _ = here
            loop.until(lambda: not self.empty(), deadline(loop, timeout))
            return super().get(block=False)

    return SimpleQueue
