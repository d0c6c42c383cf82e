"""What waits without a socket's call or a sleep: conditions, `select`, `poll` and selectors.

In a trial's own thread they let the rest of the world go on. Pipes and other descriptors of the
machine's are looked at, and never waited for: nobody is there who could write into them.
"""

from __future__ import annotations

import select
import selectors
import threading
from asyncio import events
from collections.abc import Callable, Iterable
from typing import Any

from contracts.virtual.clock import Loop, Unfit
from contracts.virtual.network import Network
from contracts.virtual.refused import company

CONDITION = threading.Condition.wait
SELECT = select.select
POLL = select.poll
EPOLL: Any = getattr(select, "epoll", None)

Now = Callable[[], tuple[Loop, Network] | None]
"""The trial whose thread this is, if any."""


def install(now: Now) -> None:
    """From now on these waits are of the trials' time."""
    threading.Condition.wait = _condition(now)  # type: ignore[method-assign]
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector"):
        if kind := getattr(selectors, name, None):
            kind.select = _selector(now, kind.select)


def deadline(loop: Loop, seconds: float | None) -> int | None:
    """When so many seconds are over, on the trial's clock; never too early."""
    return None if seconds is None else loop.clock.micros + -(-round(seconds * 1e9) // 1000)


def _condition(now: Now) -> Any:
    def wait(self: Any, timeout: float | None = None) -> bool:
        here = now()
        if here is None or not self._is_owned():
            return CONDITION(self, timeout)
        if timeout is None:
            raise Unfit("it waits for a thread of its own")
        waiter = threading.Lock()
        waiter.acquire()
        self._waiters.append(waiter)
        saved = self._release_save()
        try:
            loop, _ = here
            return loop.until(lambda: not waiter.locked(), deadline(loop, max(timeout, 0.0)))
        finally:
            self._acquire_restore(saved)
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    return wait


def _watched(
    now: Now,
    look: Callable[[float | None], Any],
    descriptors: Iterable[int],
    seconds: float | None,
    *,
    always: bool = False,
) -> Any:
    """What `look` finds, once it finds anything, or after so long."""
    here = now()
    if here is None or (seconds is not None and seconds <= 0):
        return look(seconds)
    loop, network = here
    asked = set(descriptors)
    foreign = asked and not always and asked.isdisjoint(one.fileno() for one in network.streams)
    if foreign and company() and not any(look(0)):
        raise Unfit("it waits for a thread or a process of its own")
    loop.until(lambda: any(look(0)), deadline(loop, seconds))
    return look(0)


def selected(now: Now) -> Any:
    """In place of `select.select`."""

    def select(
        reads: Any, writes: Any, odds: Any, timeout: float | None = None, /
    ) -> tuple[list[Any], list[Any], list[Any]]:
        lists = list(reads), list(writes), list(odds)
        files = [_number(one) for some in lists for one in some]
        found: tuple[list[Any], list[Any], list[Any]] = _watched(
            now, lambda seconds: SELECT(lists[0], lists[1], lists[2], seconds), files, timeout
        )
        return found

    return select


def polled(now: Now) -> Any:
    """In place of `select.poll`."""

    class Poll:
        """Descriptors, and what is asked of each."""

        def __init__(self) -> None:
            self._real = POLL()
            self._files: set[int] = set()

        def register(self, fd: Any, *mask: int) -> None:
            self._real.register(fd, *mask)
            self._files.add(_number(fd))

        def modify(self, fd: Any, mask: int) -> None:
            self._real.modify(fd, mask)

        def unregister(self, fd: Any) -> None:
            self._real.unregister(fd)
            self._files.discard(_number(fd))

        def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
            never = timeout is None or timeout < 0
            found: list[tuple[int, int]] = _watched(
                now, self._look, self._files, None if never else (timeout or 0) / 1000
            )
            return found

        def _look(self, seconds: float | None) -> list[tuple[int, int]]:
            return self._real.poll(None if seconds is None else seconds * 1000)

    return Poll


def epolled(now: Now) -> Any:
    """In place of `select.epoll`."""

    class Epoll:
        """Descriptors, and what is asked of each."""

        def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
            self._real = EPOLL(sizehint, flags)
            self._files: set[int] = set()
            for name in ("close", "fileno", "modify"):
                setattr(self, name, getattr(self._real, name))

        @classmethod
        def fromfd(cls, fd: int) -> Any:
            return EPOLL.fromfd(fd)

        @property
        def closed(self) -> bool:
            return bool(self._real.closed)

        def register(self, fd: Any, *mask: int, **named: int) -> None:
            self._real.register(fd, *mask, **named)
            self._files.add(_number(fd))

        def unregister(self, fd: Any) -> None:
            self._real.unregister(fd)
            self._files.discard(_number(fd))

        def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
            never = timeout is None or timeout < 0
            found: list[tuple[int, int]] = _watched(
                now,
                lambda seconds: self._real.poll(seconds, maxevents),
                self._files,
                None if never else timeout,
            )
            return found

        def __enter__(self) -> Epoll:
            return self

        def __exit__(self, *_: object) -> None:
            self._real.close()

    return Epoll


def _selector(now: Now, real: Any) -> Any:
    def select(self: Any, timeout: float | None = None) -> Any:
        # An event loop that was made before the trial has pipes of its own, and yet is of its time.
        running = getattr(events._get_running_loop(), "_selector", None) is self
        files = [key.fd for key in self.get_map().values()]
        return _watched(now, lambda some: real(self, some), files, timeout, always=running)

    return select


def _number(file: Any) -> int:
    return file if isinstance(file, int) else int(file.fileno())
