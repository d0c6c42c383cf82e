"""What a client cannot have in virtual time: threads, processes, and what a signal wakes.

Each is refused where it is asked for, before anything has happened. Between trials they are had.
"""

from __future__ import annotations

import _posixsubprocess
import _thread
import os
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing import process, synchronize
from typing import Any, TypeAlias

Refuse: TypeAlias = Callable[[str], None]
"""Says what the client does that cannot be had; it returns only between trials."""

Pair: TypeAlias = tuple[Any, Any]
"""What is found somewhere, and what is to be found there."""

PROCESSES = ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system", "execv", "execve")
WAITS = ("pause", "sigwait", "sigwaitinfo", "sigtimedwait")


def refused(refuse: Refuse) -> Iterator[Pair]:
    """The functions that start something, or wait for a signal; and what takes their place."""
    for name in PROCESSES:
        if real := getattr(os, name, None):
            yield real, _never(real, refuse, f"it starts a process of its own (os.{name})")
    fork = _posixsubprocess.fork_exec
    yield fork, _never(fork, refuse, "it starts a process of its own (subprocess)")
    for name in ("start_new_thread", "start_joinable_thread"):
        if real := getattr(_thread, name, None):
            yield real, _never(real, refuse, "it starts a thread of its own")
    for name in WAITS:
        if real := getattr(signal, name, None):
            yield real, _never(real, refuse, f"it waits for a signal (signal.{name})")
    yield signal.alarm, _alarm(refuse)
    yield signal.setitimer, _timer(refuse)


def install(refuse: Refuse) -> None:
    """From now on what a trial's client starts as an object is refused, too."""
    threading.Thread.start = _start(threading.Thread.start, refuse, "thread")  # type: ignore[method-assign]
    start = _start(process.BaseProcess.start, refuse, "process")
    process.BaseProcess.start = start  # type: ignore[method-assign]
    lock = _never(synchronize.SemLock.__init__, refuse, "it waits for a process of its own")
    synchronize.SemLock.__init__ = lock  # type: ignore[method-assign]


def company() -> bool:
    """Whether there are threads or processes that a client has started while it was imported."""
    if _thread._count():
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _never(real: Any, refuse: Refuse, what: str) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        refuse(what)
        return real(*given, **named)

    return call


def _start(real: Any, refuse: Refuse, kind: str) -> Any:
    def start(self: Any) -> None:
        refuse(f"it starts a {kind} of its own ({self.name})")
        real(self)

    return start


def _alarm(refuse: Refuse) -> Any:
    real = signal.alarm

    def alarm(seconds: int, /) -> int:
        if seconds:
            refuse("it sets an alarm of the machine's time (signal.alarm)")
        return real(seconds)

    return alarm


def _timer(refuse: Refuse) -> Any:
    real = signal.setitimer

    def setitimer(which: int, seconds: float, interval: float = 0.0, /) -> tuple[float, float]:
        if seconds:
            refuse("it sets an alarm of the machine's time (signal.setitimer)")
        return real(which, seconds, interval)

    return setitimer
